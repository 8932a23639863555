"""From groups of keys to arrays for the kernels, and back from their marks to keys."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from dp3t.params import EPHID_BYTES
from dp3t.primitives import aes128_ecb, aes_ctr_keystream, hkdf_sha256, hmac_sha256, sha256
from dp3t.proximity.kernels import native
from dp3t.proximity.kernels.features import require_support
from dp3t.proximity.kernels.index import Index, index_of
from dp3t.proximity.kernels.status import UnusableError
from dp3t.publication.records import KeyGroup, KeyRecord

if TYPE_CHECKING:
    from dp3t.proximity.kernels.engine import Plan

CHUNK_KEYS = 2**16
"""How many keys a kernel takes at once; so much memory, and so fine the progress."""

Words = npt.NDArray[np.uint32]
Mark = Callable[[Words, Words, Words, int, Index, native.Flags], None]


class Part(NamedTuple):
    """Keys of one group, from a place on."""

    plan: "Plan"
    first: int
    keys: int


class Marking:
    """The kernel of one design."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self.index_of = index_of

    def candidates(
        self,
        plans: Iterable["Plan"],
        index: Index | None,
        *,
        progress: Callable[[int], None] | None,
    ) -> Iterator[KeyRecord]:
        """Yield the keys of which an identifier may be in the index, in their order."""
        for parts in _chunks(plans):
            if index is not None:
                yield from self._marked(parts, index)
            if progress is not None:
                progress(sum(part.keys for part in parts))

    def _marked(self, parts: list[Part], index: Index) -> Iterator[KeyRecord]:
        counts = [part.keys for part in parts]
        ends = np.cumsum(counts)
        found = self.flags(parts, index)
        for place in np.flatnonzero(found):
            which = int(np.searchsorted(ends, place, side="right"))
            part = parts[which]
            at = part.first + int(place) - int(ends[which]) + part.keys
            group = part.plan.group
            width = group.key_bytes
            yield KeyRecord(group.attributes, group.keys[at * width : (at + 1) * width])

    def flags(self, parts: list[Part], index: Index) -> native.Flags:
        """Return a flag for every key: 1 where an identifier may be in the index."""
        counts = [part.keys for part in parts]
        first, second = (
            np.repeat(np.array([part.plan.numbers[at] for part in parts], np.uint32), counts)
            for at in range(2)
        )
        keys = np.frombuffer(b"".join(map(_key_bytes, parts)), np.uint32)
        found = np.zeros(len(first), np.uint8)
        self._mark(keys, first, second, parts[0].plan.identifiers, index, found)
        return found


def _chunks(plans: Iterable["Plan"]) -> Iterator[list[Part]]:
    """Yield parts of groups, together no more keys than a kernel takes at once."""
    parts: list[Part] = []
    room = CHUNK_KEYS
    for plan in plans:
        first = 0
        while first < len(plan.group):
            count = min(room, len(plan.group) - first)
            parts.append(Part(plan, first, count))
            first, room = first + count, room - count
            if not room:
                yield parts
                parts, room = [], CHUNK_KEYS
    if parts:
        yield parts


def _key_bytes(part: Part) -> bytes:
    width = part.plan.group.key_bytes
    return part.plan.group.keys[part.first * width : (part.first + part.keys) * width]


def _mark_gaen(
    keys: Words, first: Words, second: Words, _count: int, index: Index, found: native.Flags
) -> None:
    native.mark_gaen(keys, first, second, index, found)


def _mark_lowcost(
    keys: Words, first: Words, second: Words, count: int, index: Index, found: native.Flags
) -> None:
    native.mark_lowcost(keys, first, second, count, index, found)


def _mark_hybrid(
    keys: Words, _first: Words, _second: Words, count: int, index: Index, found: native.Flags
) -> None:
    native.mark_hybrid(keys, count, index, found)


_MARKS: dict[str, Mark] = {
    "gaen": _mark_gaen,
    "lowcost": _mark_lowcost,
    "hybrid": _mark_hybrid,
}


def _gaen_identifiers(key: bytes) -> list[bytes]:
    blocks = b"".join(b"EN-RPI" + bytes(6) + at.to_bytes(4, "little") for at in range(_TEST_COUNT))
    return _split(aes128_ecb(hkdf_sha256(key, b"EN-RPIK", 16), blocks))


def _lowcost_identifiers(key: bytes) -> list[bytes]:
    later = [sha256(key), sha256(sha256(key))]
    return list(chain.from_iterable(_stream(hmac_sha256(day, b"broadcast key")) for day in later))


def _hybrid_identifiers(key: bytes) -> list[bytes]:
    return _stream(hmac_sha256(key, b"DP3T-HYBRID"))


def _stream(key: bytes) -> list[bytes]:
    return _split(aes_ctr_keystream(key, EPHID_BYTES * _TEST_COUNT))


def _split(data: bytes) -> list[bytes]:
    return [data[at : at + EPHID_BYTES] for at in range(0, len(data), EPHID_BYTES)]


_TEST_KEYS = 40
_TEST_COUNT = 20
_TESTS: dict[str, tuple[Callable[[bytes], list[bytes]], int, tuple[int, int]]] = {
    "gaen": (_gaen_identifiers, 16, (0, _TEST_COUNT)),
    "lowcost": (_lowcost_identifiers, 32, (1, 2)),
    "hybrid": (_hybrid_identifiers, 16, (0, 0)),
}
"""For each design: what the portable path derives of a key, the length of a key, and its numbers:
GAEN from interval 0 on, low-cost the second and the third day."""


def loaded(design: str) -> Marking:
    """Return the kernel of a design, which marks exactly what the portable path says [KERNELS-4].

    Raises:
        UnusableError: the processor lacks the instructions, or the kernel marks something else.
        Exception: whatever keeps numba from compiling.
    """
    require_support()
    marking = Marking(_MARKS[design])
    if not _passes(design, marking):
        raise UnusableError("the kernel marks other keys than the portable path")
    return marking


def _passes(design: str, marking: Marking) -> bool:
    """Return whether the kernel finds the first and the last identifier of a key, and no other."""
    from dp3t.proximity.kernels.engine import Plan  # engine imports this module when it is used

    derive, width, numbers = _TESTS[design]
    keys = [sha256(bytes([number]))[:width] for number in range(_TEST_KEYS)]
    group = KeyGroup((0,), width, b"".join(sorted(keys)))
    part = Part(Plan(group, numbers, _TEST_COUNT), 0, _TEST_KEYS)
    for place in (0, -1):
        marked = [number for number in range(_TEST_KEYS) if number % 3 == 0]
        heard = [derive(key)[place] for number, key in enumerate(group) if number in marked]
        index = index_of([*heard, bytes(EPHID_BYTES)])
        if index is None or np.flatnonzero(marking.flags([part], index)).tolist() != marked:
            return False
    return True
