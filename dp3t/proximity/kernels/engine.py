"""Which keys of a table are worth a look, found by kernels where this machine has them.

Kernels only leave out keys of which no identifier was heard [KERNELS-1] [KERNELS-2]; everything
else is decided by the library, from the keys themselves.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dp3t.params import EPHID_BYTES, Parameters
from dp3t.proximity.interface import TracingKey
from dp3t.proximity.kernels.status import Status, attempt
from dp3t.proximity.observations import ObservationStore
from dp3t.publication.records import KeyGroup, KeyRecord
from dp3t.timeline import Instant

if TYPE_CHECKING:
    from dp3t.proximity.kernels.filters import Filters
    from dp3t.proximity.kernels.marking import Marking

WORTHWHILE_KEYS = 512
"""From so many keys on kernels are used; fewer are matched before numba is imported."""
_LESS_ONCE_LOADED = 32
"""Once numba is there, kernels ask filters from 16 items on, in a sixth of the time."""

DESIGNS = ("gaen", "lowcost", "hybrid")
"""The designs whose keys kernels expand."""

PREPARED = (*DESIGNS, "unlinkable")
"""What `prepare` loads: the unlinkable design's kernels build and ask filters."""

_marking: dict[str, tuple["Marking | None", Status]] = {}
_filters: list[tuple["Filters | None", Status]] = []


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
    return _kernel(design)[0]


def filters(items: int, *, asking: bool = False) -> "Filters | None":
    """Return the kernels that build and ask filters of so many items; None where there are none.

    Once they are loaded, it pays to ask with fewer items.

    What `kernel` says of its first call holds here too.
    """
    fewest = WORTHWHILE_KEYS // _LESS_ONCE_LOADED if asking and _filters else WORTHWHILE_KEYS
    return _kernels_of_filters()[0] if items >= fewest else None


def status(design: str) -> Status:
    """Return whether this machine has the kernels of a design, and the reason where it has not.

    What `kernel` says of its first call holds here too. The reason is one of: numba cannot be
    imported; the processor has no AES instructions; compiling failed, with what the compiler said;
    the kernels did not pass their test; the design has none.
    """
    return _kernels_of_filters()[1] if design == "unlinkable" else _kernel(design)[1]


def prepare(designs: Iterable[str] = PREPARED, *, announce: Callable[[str], None]) -> bool:
    """Load or compile the kernels of some designs; return whether all are there.

    Args:
        designs: their names.
        announce: is called with the name of each before it is loaded, or compiled on first use, and
            with name and reason, "gaen: numba cannot be imported", where it is not there.
    """
    found = True
    for design in designs:
        announce(design)
        there, reason = status(design)
        if not there:
            announce(f"{design}: {reason}")
        found = found and there
    return found


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


def _kernel(design: str) -> tuple["Marking | None", Status]:
    if design not in DESIGNS:
        return None, Status(there=False, reason="the design has no kernel")

    def load() -> "Marking":
        from dp3t.proximity.kernels.marking import loaded  # numba, only now

        return loaded(design)

    if design not in _marking:
        _marking[design] = attempt(load)
    return _marking[design]


def _kernels_of_filters() -> tuple["Filters | None", Status]:
    def load() -> "Filters":
        from dp3t.proximity.kernels.filters import loaded

        return loaded()

    if not _filters:
        _filters.append(attempt(load))
    return _filters[0]
