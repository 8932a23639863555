"""Half-edges: how many occasional contacts a day each person has [POPULATION-9]."""

import numpy as np
from numpy.typing import NDArray

from dp3t import LimitError
from dp3t_simulator.compiled import compiled
from dp3t_simulator.draws import absorb, stream_key, unit
from dp3t_simulator.population.population import Ages, Indices
from dp3t_simulator.population.table import Reals, Table, lookup

MAX_EACH = 255
"""Nobody has more occasional contacts in a day: with a mean of 50 one in 250 would."""

_MAX_ALL = 2**31 - 2


def half_edges(table: Table, age: Ages, daily: float | None, seed: int) -> tuple[Indices, Indices]:
    """Return where each person's half-edges begin, and whose each is.

    Args:
        table: how the number of each age is distributed.
        age: of everybody.
        daily: how many contacts a day people have on average, the table's if None; the means of
            all ages are scaled alike.
        seed: of the draws.

    Raises:
        LimitError: there are more than 2³¹ - 2.
    """
    mean = table.occasional_mean
    if daily is not None:
        overall = float(mean[age].mean())
        mean = mean * (daily / overall) if overall else np.full_like(mean, daily)
    bands, rows = np.unique(
        np.stack((mean, table.occasional_dispersion)), axis=1, return_inverse=True
    )
    below = np.array([_cumulative(float(m), float(k)) for m, k in bands.T])
    degree = _degrees(stream_key(seed, "population: occasional"), age, rows.ravel(), below)
    return _laid_out(degree)


def _cumulative(mean: float, dispersion: float) -> Reals:
    """Return the probabilities of each number, 0 to `MAX_EACH`, or less.

    The negative binomial distribution has the variance mean + mean² / dispersion. With an infinite
    dispersion all have the mean, or one of the two whole numbers beside it.
    """
    number = np.arange(MAX_EACH + 1)
    if np.isinf(dispersion):
        return np.clip(number + 1 - mean, 0.0, 1.0)
    ratio = mean / (mean + dispersion)
    steps = np.concatenate(([1.0], (number[:-1] + dispersion) / (number[:-1] + 1) * ratio))
    found: Reals = np.cumsum((1 - ratio) ** dispersion * np.cumprod(steps))
    return found


@compiled
def _degrees(key: np.uint64, age: Ages, rows: NDArray[np.intp], below: Reals) -> NDArray[np.int32]:
    """Return how many half-edges each person has."""
    degree = np.empty(len(age), dtype=np.int32)
    for person in range(len(age)):
        row = below[rows[age[person]]]
        degree[person] = lookup(row, unit(absorb(key, person)))
    return degree


def _laid_out(degree: NDArray[np.int32]) -> tuple[Indices, Indices]:
    """Return where each person's half-edges begin, and whose each is; an odd one is dropped."""
    total = int(degree.sum(dtype=np.int64))
    if total > _MAX_ALL:
        raise LimitError(f"{total} occasional contacts a day are more than {_MAX_ALL}")
    if total % 2:
        degree[np.flatnonzero(degree)[-1]] -= 1
    first = np.zeros(len(degree) + 1, dtype=np.int32)
    np.cumsum(degree, out=first[1:])
    owner = np.empty(int(first[-1]), dtype=np.int32)
    _own(first, owner)
    return first, owner


@compiled
def _own(first: Indices, owner: Indices) -> None:
    for person in range(len(first) - 1):
        owner[first[person] : first[person + 1]] = person
