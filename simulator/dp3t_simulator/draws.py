"""Random numbers by name inside compiled loops: the same bits as `streams.Stream` [SIMULATOR-4].

A loop is given a stream's key and takes in the numbers of a draw one by one: `absorb(absorb(key,
day), person)`. What happens with a probability is a comparison of 64 bits with a threshold.
"""

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled, inlined
from dp3t_simulator.streams import Stream

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_ONE = np.uint64(1)
_ALL = 2**64 - 1


def stream_key(seed: int, name: str) -> np.uint64:
    """Return the state of a stream before it takes in the numbers of a draw.

    Raises:
        ValueError: a seed outside 0 to 2⁶⁴ - 1, or a name that is empty or not ASCII.
    """
    return np.uint64(Stream(seed, name).key)


@inlined
def absorb(state: np.uint64, number: int) -> np.uint64:
    """Return a state after one more number, 0 to 2⁶³ - 1; the last state is the draw."""
    state = state + _GAMMA * (np.uint64(number) + _ONE)
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))


@inlined
def pair(state: np.uint64, one: int, other: int) -> np.uint64:
    """Return a draw that two numbers share, whichever is named first."""
    return absorb(absorb(state, min(one, other)), max(one, other))


def threshold(probability: float) -> np.uint64:
    """Return below which bits something happens with a probability.

    1 is kept exactly, by the largest number: see `happens`.

    Raises:
        ValueError: no probability.
    """
    if not 0 <= probability <= 1:
        raise ValueError("a probability lies between 0 and 1")
    return np.uint64(min(_ALL, int(probability * 2.0**64)))


@inlined
def happens(bits: np.uint64, below: np.uint64) -> bool:
    """Return whether bits lie below a threshold; below the largest one all do."""
    return bool(bits < below or below == np.uint64(_ALL))


@inlined
def unit(bits: np.uint64) -> float:
    """Return a number, uniform on the multiples of 2⁻⁵³ from 0 to below 1."""
    return float(bits >> np.uint64(11)) * 2.0**-53


class Lots:
    """Draws of a stream for people on a day: what `Stream.uniform(people, day)` gives, sooner.

    Args:
        seed: as of `Stream`.
        name: as of `Stream`.

    Raises:
        ValueError: as of `Stream`.
    """

    __slots__ = ("_key",)

    def __init__(self, seed: int, name: str) -> None:
        self._key = stream_key(seed, name)

    def uniform(self, people: NDArray[np.integer], day: int) -> NDArray[np.float64]:
        """Return a number for each of some people, from 0 to below 1."""
        if not len(people):
            return np.zeros(0)
        return _uniform(self._key, np.ascontiguousarray(people, dtype=np.int32), day)


@compiled
def _uniform(key: np.uint64, people: NDArray[np.int32], day: int) -> NDArray[np.float64]:
    drawn = np.empty(len(people))
    for each in range(len(people)):
        drawn[each] = unit(absorb(absorb(key, people[each]), day))
    return drawn


@compiled
def absorbed(key: np.uint64, number: int) -> np.uint64:
    """Return what `absorb` does, callable from where nothing is compiled."""
    return absorb(key, number)
