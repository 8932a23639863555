"""The designs by name: choosing one is one argument."""

from dp3t.errors import MalformedError
from dp3t.proximity.gaen import Gaen
from dp3t.proximity.hybrid import Hybrid
from dp3t.proximity.interface import Design
from dp3t.proximity.lowcost import LowCost
from dp3t.proximity.unlinkable import Unlinkable

_DESIGNS: tuple[Design, ...] = (LowCost(), Unlinkable(), Hybrid(), Gaen())

DESIGN_NAMES = tuple(design.name for design in _DESIGNS)


def design_named(name: str) -> Design:
    """Return a design.

    Raises:
        MalformedError: no design has that name.
    """
    for candidate in _DESIGNS:
        if candidate.name == name:
            return candidate
    raise MalformedError(f"there is no design of that name; there are {', '.join(DESIGN_NAMES)}")
