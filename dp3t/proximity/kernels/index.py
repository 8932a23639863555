"""What a phone heard, in a form that compiled code asks millions of times a second.

A filter says no to nearly all identifiers with one look; a sorted list decides the others. Both see
the first eight bytes of an identifier only: what they find is confirmed by the library itself.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dp3t.params import EPHID_BYTES
from dp3t.proximity.kernels.layout import PROBE_SHIFTS

Quads = npt.NDArray[np.uint64]
Words = npt.NDArray[np.uint32]

FILTER_BITS = 20
"""At least so many bits of the filter for each identifier; fewer than 1 in 200 passes by chance."""


class Index(NamedTuple):
    """The first eight bytes, little-endian, of every identifier heard, as numbers ("heads").

    Attributes:
        words: the filter; a head sets four bits in one of 2**n words [KERNELS-3].
        word_shift: by how much a head is shifted for its word.
        heads: ascending, each once.
        starts: where in `heads` those begin that have certain highest bits.
        shift: by how much a head is shifted for its place in `starts`.
    """

    words: Quads
    word_shift: np.uint64
    heads: Quads
    starts: Words
    shift: np.uint64


def index_of(identities: Iterable[bytes]) -> Index | None:
    """Return the index of what was heard; None where no identity is an identifier of 16 bytes."""
    joined = b"".join(one for one in identities if len(one) == EPHID_BYTES)
    if not joined:
        return None
    heads = np.unique(np.frombuffer(joined, "<u8")[::2])
    word_shift, words = _filter(heads)
    high_bits = max(1, int(len(heads) - 1).bit_length())
    shift = np.uint64(64 - high_bits)
    places = np.arange(2**high_bits + 1, dtype=np.uint64)
    starts = np.searchsorted(heads >> shift, places).astype(np.uint32)
    return Index(words, word_shift, heads, starts, shift)


def _filter(heads: Quads) -> tuple[np.uint64, Quads]:
    high_bits = max(1, (len(heads) * FILTER_BITS - 1).bit_length() - 6)
    words, word_shift = np.zeros(2**high_bits, np.uint64), np.uint64(64 - high_bits)
    bits = np.zeros(len(heads), np.uint64)
    for shift in PROBE_SHIFTS:
        bits |= np.uint64(1) << (heads >> np.uint64(shift) & np.uint64(63))
    np.bitwise_or.at(words, heads >> word_shift, bits)
    return word_shift, words
