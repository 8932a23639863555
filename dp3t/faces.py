"""Faces of packages whose modules are imported when one of their names is used.

A phone that matches keys does not load what exports them, and a terminal command answers at once.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module

_NOTHING: Mapping[str, str] = {}


def face(
    package: str,
    name: str,
    *,
    homes: Mapping[str, Sequence[str]],
    renamed: Mapping[str, str] = _NOTHING,
) -> object:
    """Return a public name of a package, for its `__getattr__`.

    Args:
        package: its name.
        name: what was asked for.
        homes: the public names by the module in which they are.
        renamed: how a public name is called in its module, where that differs.

    Raises:
        AttributeError: no public name.
    """
    for home, names in homes.items():
        if name in names:
            found: object = getattr(import_module(home), renamed.get(name, name))
            return found
    raise AttributeError(f"module {package!r} has no attribute {name!r}")
