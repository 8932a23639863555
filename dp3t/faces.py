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
    names: Sequence[str],
    homes: Sequence[str],
    renamed: Mapping[str, str] = _NOTHING,
) -> object:
    """Return a public name of a package, for its `__getattr__`.

    Args:
        package: its name.
        name: what was asked for.
        names: its public names.
        homes: the modules in which these are, below `dp3t`, those first that take least to import.
        renamed: how a public name is called in its module, where that differs.

    Raises:
        AttributeError: no public name.
    """
    if name in names:
        for home in homes:
            module = import_module(f"dp3t.{home}")
            found: object = getattr(module, renamed.get(name, name), None)
            if found is not None:
                return found
    raise AttributeError(f"module {package!r} has no attribute {name!r}")
