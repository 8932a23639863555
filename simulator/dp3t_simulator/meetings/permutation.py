"""A permutation of 0 to n - 1 that is computed in both directions and stored nowhere.

Four rounds of a keyed xor, a keyed odd multiplication and a shift, on the least power of two that
is not below n; what falls outside goes round again until it falls inside (cycle walking), so that
every n has its permutation [MEETINGS-2]. Three rounds are too few: neighbours then meet too often.
"""

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import inlined, uncounted
from dp3t_simulator.streams import Stream

ROUNDS = 4
KEY_WORDS = 3 * ROUNDS
"""Numbers that make one permutation: what is added, the multipliers, their inverses."""

_LEAST_BITS = 4

Values = NDArray[np.uint64]


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
    value = _forth_once(key, at, bits, np.uint64(number))
    while value >= np.uint64(size):
        value = _forth_once(key, at, bits, value)
    return int(np.int64(value))  # signed, as places are


@inlined
def back(key: np.ndarray, at: int, bits: int, size: int, number: int) -> int:
    """Return the number whose image this is."""
    value = _back_once(key, at, bits, np.uint64(number))
    while value >= np.uint64(size):
        value = _back_once(key, at, bits, value)
    return int(np.int64(value))  # signed, as places are


@uncounted
def all_forth(key: np.ndarray, at: int, bits: int, size: int, values: Values) -> None:
    """Put the image of each number in its place.

    A processor takes several at a time, but for those that go round again.
    """
    for place in range(len(values)):
        values[place] = _forth_once(key, at, bits, values[place])
    for place in range(len(values)):
        while values[place] >= np.uint64(size):
            values[place] = _forth_once(key, at, bits, values[place])


@uncounted
def all_back(key: np.ndarray, at: int, bits: int, size: int, values: Values) -> None:
    """Put the number whose image each is in its place."""
    for place in range(len(values)):
        values[place] = _back_once(key, at, bits, values[place])
    for place in range(len(values)):
        while values[place] >= np.uint64(size):
            values[place] = _back_once(key, at, bits, values[place])


@inlined
def _forth_once(key: np.ndarray, at: int, bits: int, value: np.uint64) -> np.uint64:
    """Return the image of a number among all below the power of two."""
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    shift = np.uint64((bits + 1) // 2)
    for turn in range(ROUNDS):
        value = ((value ^ key[at + turn]) * key[at + ROUNDS + turn]) & mask
        value ^= value >> shift
    return value


@inlined
def _back_once(key: np.ndarray, at: int, bits: int, value: np.uint64) -> np.uint64:
    """Return the number below the power of two whose image this is."""
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    shift = np.uint64((bits + 1) // 2)
    for turn in range(ROUNDS - 1, -1, -1):
        value ^= value >> shift
        value = ((value * key[at + 2 * ROUNDS + turn]) & mask) ^ key[at + turn]
    return value
