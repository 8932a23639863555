"""A permutation of 0 to n - 1 that is computed in both directions and stored nowhere.

Four rounds of a keyed xor, a keyed odd multiplication and a shift, on the least power of two that
is not below n; what falls outside goes round again until it falls inside (cycle walking), so that
every n has its permutation [MEETINGS-2]. Three rounds are too few: neighbours then meet too often.
"""

import numpy as np

from dp3t_simulator.compiled import inlined
from dp3t_simulator.streams import Stream

ROUNDS = 4
KEY_WORDS = 3 * ROUNDS
"""Numbers that make one permutation: what is added, the multipliers, their inverses."""

_LEAST_BITS = 4


def bits_of(size: int) -> int:
    """Return how many bits the power of two has in which a permutation of `size` walks."""
    return max(_LEAST_BITS, (size - 1).bit_length())


def key_of(stream: Stream, number: int, *, bits: int) -> list[int]:
    """Return the key of one permutation.

    Args:
        stream: draws for this purpose.
        number: which permutation: the day.
        bits: `bits_of` its size.
    """
    mask = 2**bits - 1
    drawn = [int(stream.bits(number, word)) for word in range(2 * ROUNDS)]
    added = [word & mask for word in drawn[:ROUNDS]]
    factors = [word & mask | 1 for word in drawn[ROUNDS:]]
    return [*added, *factors, *(pow(factor, -1, mask + 1) for factor in factors)]


@inlined
def forth(key: np.ndarray, at: int, bits: int, size: int, number: int) -> int:
    """Return the image of a number; `key[at:at + KEY_WORDS]` is the key."""
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    shift = np.uint64((bits + 1) // 2)
    value = np.uint64(number)
    while True:
        for turn in range(ROUNDS):
            value = ((value ^ key[at + turn]) * key[at + ROUNDS + turn]) & mask
            value ^= value >> shift
        if value < np.uint64(size):
            return int(np.int64(value))  # signed, as places are


@inlined
def back(key: np.ndarray, at: int, bits: int, size: int, number: int) -> int:
    """Return the number whose image this is."""
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    shift = np.uint64((bits + 1) // 2)
    value = np.uint64(number)
    while True:
        for turn in range(ROUNDS - 1, -1, -1):
            value ^= value >> shift
            value = ((value * key[at + 2 * ROUNDS + turn]) & mask) ^ key[at + turn]
        if value < np.uint64(size):
            return int(np.int64(value))  # signed, as places are
