"""Groups of people as arrays of their numbers."""

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.population import Population

Persons = NDArray[np.integer]


def distinct(people: Persons) -> Persons:
    """Return each person once, in ascending order."""
    people = np.sort(people)  # np.unique hashes since NumPy 2.3, which is slower here
    return people[_last(people)]


def household_members(population: Population, people: Persons) -> Persons:
    """Return everybody who lives with one of these people, and themselves."""
    homes = distinct(population.household[people])
    first = population.household_first[homes].astype(np.int64)
    sizes = population.household_first[homes + 1] - first
    before = np.cumsum(sizes) - sizes
    return np.repeat(first - before, sizes) + np.arange(sizes.sum())


def _last(people: Persons) -> NDArray[np.bool_]:
    """Return which of those in ascending order is the last of its kind."""
    last = np.ones(len(people), dtype=np.bool_)
    np.not_equal(people[1:], people[:-1], out=last[:-1])
    return last
