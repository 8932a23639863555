"""Which keys of a table are worth a look, found by kernels where this machine has them.

Kernels only leave out keys of which no identifier was heard [KERNELS-1] [KERNELS-2]; everything
else is decided by the library, from the keys themselves.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dp3t.params import EPHID_BYTES, Parameters
from dp3t.proximity.interface import TracingKey
from dp3t.proximity.observations import ObservationStore
from dp3t.publication.records import KeyGroup, KeyRecord
from dp3t.timeline import Instant

if TYPE_CHECKING:
    from dp3t.proximity.kernels.filters import Filters
    from dp3t.proximity.kernels.marking import Marking

WORTHWHILE_KEYS = 512
"""From so many keys on kernels are used; fewer are matched before numba is imported."""
DESIGNS = ("gaen", "lowcost", "hybrid")
"""The designs whose keys kernels expand."""

PREPARED = (*DESIGNS, "unlinkable")
"""What `prepare` loads: the unlinkable design's kernels build and ask filters."""

_tested: dict[str, "Marking | None"] = {}
_tested_filters: list["Filters | None"] = []


class Plan(NamedTuple):
    """Keys that expand alike: those of one group.

    Attributes:
        group: the keys.
        numbers: for GAEN the first interval and how many; for low-cost how many days are left out
            and how many come then; for hybrid nothing.
        identifiers: how many identifiers a key has, low-cost a day.
    """

    group: KeyGroup
    numbers: tuple[int, int]
    identifiers: int


def kernel(design: str) -> "Marking | None":
    """Return the kernel of a design, tested on this machine; None where the portable path is taken.

    The first call in a process imports numba and tests the kernel [KERNELS-4]; the first on a
    machine compiles it, which takes seconds. `prepare` does both when the caller wants it.
    """
    if design not in _tested:
        _tested[design] = _test(design) if design in DESIGNS else None
    return _tested[design]


def filters(items: int) -> "Filters | None":
    """Return the kernels that build and ask filters of so many items; None where there are none.

    What `kernel` says of its first call holds here too.
    """
    if items < WORTHWHILE_KEYS:
        return None
    if not _tested_filters:
        _tested_filters.append(_test_filters())
    return _tested_filters[0]


def prepare(designs: Iterable[str] = PREPARED, *, announce: Callable[[str], None]) -> bool:
    """Load or compile the kernels of some designs; return whether all are there.

    Args:
        designs: their names.
        announce: is called with the name of each before it is loaded, or compiled on first use.
    """
    found = []
    for design in designs:
        announce(design)
        there = filters(WORTHWHILE_KEYS) if design == "unlinkable" else kernel(design)
        found.append(there is not None)
    return all(found)


def worthwhile(design: str, *, keys: int) -> bool:
    """Return whether a table of so many keys of a design goes through a kernel."""
    return keys >= WORTHWHILE_KEYS and kernel(design) is not None


def plans(
    design: str,
    groups: Iterable[tuple[KeyGroup, TracingKey]],
    *,
    release: Instant,
    parameters: Parameters,
) -> Iterator[Plan]:
    """Yield what a kernel derives for every group, as its first key expands.

    Which identifiers count follows from a key's attributes, which are those of its group. A group
    without such identifiers is left out.
    """
    known: dict[tuple[int, ...], tuple[tuple[int, int], int] | None] = {}
    for group, key in groups:
        decisive = group.attributes[:2]
        if decisive not in known:
            known[decisive] = _expanded(design, decisive, key, release, parameters)
        plan = known[decisive]
        if plan is not None:
            yield Plan(group, *plan)


def _expanded(
    design: str,
    attributes: Sequence[int],
    key: TracingKey,
    release: Instant,
    parameters: Parameters,
) -> tuple[tuple[int, int], int] | None:
    expansions = key.expand(before=release, parameters=parameters)
    if not expansions:
        return None
    identifiers = len(expansions[0].identifiers) // EPHID_BYTES
    numbers = {
        "gaen": (attributes[0], identifiers),
        "lowcost": (expansions[0].period - attributes[0], len(expansions)),
        "hybrid": (0, 0),
    }
    return numbers[design], identifiers


def candidates(
    design: str,
    planned: Iterable[Plan],
    observations: ObservationStore,
    *,
    progress: Callable[[int], None] | None = None,
) -> Iterator[KeyRecord]:
    """Yield the keys, in their order, of which an identifier may have been heard [KERNELS-1].

    Args:
        design: one whose `kernel` is there.
        planned: the keys.
        observations: what the phone heard.
        progress: is called with how many keys have been looked at since the last call.
    """
    marking = kernel(design)
    if marking is None:
        raise ValueError("this machine has no kernel of the design")
    index = observations.derived(marking.index_of)
    return marking.candidates(planned, index, progress=progress)


def _test(design: str) -> "Marking | None":
    """Return the kernel if it can be compiled and marks what it should [KERNELS-4]."""
    try:
        from dp3t.proximity.kernels.marking import tested  # numba, only now
    except ImportError:
        return None
    return tested(design)


def _test_filters() -> "Filters | None":
    try:
        from dp3t.proximity.kernels.filters import tested
    except ImportError:
        return None
    return tested()
