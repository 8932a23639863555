"""Random numbers by name: what a draw is for says what it is, not when it is made.

A stream is a key made of a seed and a name. A draw is a hash of the key and of the numbers that
say which draw it is: a run, a day, a person. So no draw shifts another: results are the same in any
order and on any number of threads, and two scenarios differ only by what they do differently.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

_WORD = 2**64 - 1
_GAMMA = 0x9E3779B97F4A7C15
"""2⁶⁴ divided by the golden ratio, odd: neighbouring numbers land far apart."""
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
"""Stafford's thirteenth variant of a mixer of 64 bits, as in SplitMix64 (Steele et al. 2014)."""

Numbers = int | NDArray[np.integer]
"""What says which draw it is: each at least 0; arrays are broadcast against one another."""


class Stream:
    """Independent draws for one purpose [SIMULATOR-4].

    Args:
        seed: of the whole simulation, 0 to 2⁶⁴ - 1.
        name: what the draws are for, in ASCII; no other module uses it.

    Raises:
        ValueError: a seed that is no whole number in its range, or a name that is empty or not
            ASCII.
    """

    __slots__ = ("_key",)

    def __init__(self, seed: int, name: str) -> None:
        if not (_is_whole(seed) and 0 <= seed <= _WORD):
            raise ValueError(f"seed is {seed!r}; it is a whole number from 0 to 2**64 - 1")
        if not name or not name.isascii():
            raise ValueError("the name of a stream is ASCII text")
        self._key = _absorb(_absorb(0, seed), len(name))
        for character in name.encode("ascii"):
            self._key = _absorb(self._key, character)

    @property
    def key(self) -> int:
        """The state before the numbers of a draw: what a compiled loop begins with."""
        return self._key

    def at(self, *numbers: int) -> Self:
        """Return what is left when the first numbers of each draw are these.

        `stream.at(1).uniform(2)` is `stream.uniform(1, 2)`.
        """
        narrowed = type(self).__new__(type(self))
        narrowed._key = self._key
        for number in numbers:
            narrowed._key = _absorb(narrowed._key, number)
        return narrowed

    def bits(self, *numbers: Numbers) -> NDArray[np.uint64]:
        """Return 64 random bits for each draw."""
        single, many = self._key, None
        for number in numbers:
            if many is not None or np.ndim(number):
                many = _absorb_many(np.uint64(single) if many is None else many, number)
            else:
                single = _absorb(single, int(number))
        return np.asarray(single, dtype=np.uint64) if many is None else many

    def uniform(self, *numbers: Numbers) -> NDArray[np.float64]:
        """Return a number for each draw, uniform on the multiples of 2⁻⁵³ from 0 to below 1."""
        return (self.bits(*numbers) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _absorb(state: int, number: int) -> int:
    """Return the state after one more number, in whole numbers of Python."""
    state = (state + _GAMMA * (number + 1)) & _WORD
    state = ((state ^ (state >> 30)) * _FIRST) & _WORD
    state = ((state ^ (state >> 27)) * _SECOND) & _WORD
    return state ^ (state >> 31)


def _absorb_many(state: NDArray[np.uint64] | np.uint64, number: Numbers) -> NDArray[np.uint64]:
    """Return what `_absorb` gives, where the state or the number is an array."""
    if np.ndim(number):  # arrays wrap around silently; a single number of NumPy's would warn
        added = np.asarray(number).astype(np.uint64)
        added += np.uint64(1)
        added *= np.uint64(_GAMMA)
    else:
        added = np.asarray(_GAMMA * (int(number) + 1) & _WORD, dtype=np.uint64)
    mixed: NDArray[np.uint64] = np.asarray(state + added)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(_FIRST)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(_SECOND)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _is_whole(number: object) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool)
