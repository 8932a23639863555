"""Medians with bands, and paired differences with confidence intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, mean, stdev

import numpy as np

_FEW = {1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 6: 2.4469, 7: 2.3646}
"""Student's quantile where its expansion is too coarse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where the runs of one combination lie.

    Attributes:
        runs: how many have the number.
        median: the middle one.
        low: what 5 % of the runs are below; between two runs on the line through them.
        high: what 5 % are above.
    """

    runs: int
    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How far two combinations are apart, seed by seed.

    Attributes:
        runs: how many seeds both have.
        mean: of the differences.
        low: the lower end of the 95 % confidence interval of the mean; None for one seed.
        high: its upper end.
    """

    runs: int
    mean: float
    low: float | None
    high: float | None


def band(values: Sequence[float]) -> Band | None:
    """Return where values lie; None where there are none."""
    if not values:
        return None
    low, middle, high = np.quantile(np.asarray(values, dtype=np.float64), (0.05, 0.5, 0.95))
    return Band(runs=len(values), median=float(middle), low=float(low), high=float(high))


def difference(differences: Sequence[float]) -> Difference | None:
    """Return what differences amount to, by Student's t; None where there are none [SWEEP-6]."""
    runs = len(differences)
    if not runs:
        return None
    middle = mean(differences)
    if runs == 1:
        return Difference(runs=1, mean=middle, low=None, high=None)
    reach = student_quantile(runs - 1) * stdev(differences) / sqrt(runs)
    return Difference(runs=runs, mean=middle, low=middle - reach, high=middle + reach)


def student_quantile(freedom: int) -> float:
    """Return what Student's t stays below with probability 0.975, to three decimals.

    Args:
        freedom: its degrees, at least 1. From 8 on by the expansion of Fisher and Cornish.
    """
    if freedom in _FEW:
        return _FEW[freedom]
    z = NormalDist().inv_cdf(0.975)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return float(z + sum(term / freedom**power for power, term in enumerate(terms, start=1)))
