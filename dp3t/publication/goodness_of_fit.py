"""Tests of goodness of fit: how surprising a sample would be if the law were right.

Each returns a p-value. The tails are the asymptotic ones with Stephens' corrections for small
samples, good from about ten values on. Rounded values make no test reject what it should not.
"""

from collections.abc import Iterable, Sequence
from math import erfc, exp, lgamma, log, sqrt

_TERMS = 100
_SURELY_KOLMOGOROV, _SURELY_KUIPER = 0.2, 0.4  # below these the p-value is 1 to twelve digits


def kolmogorov_smirnov(values: Iterable[float], *, error: float = 0.0) -> float:
    """Return the p-value of numbers in [0, 1] being uniform, by their greatest deviation.

    Args:
        values: at least one.
        error: by how much rounding may have moved each; the deviation is forgiven as much.
    """
    ordered = sorted(values)
    over, under = _deviations(ordered, ordered)
    return kolmogorov_tail(max(over, under) - error, size=len(ordered))


def kolmogorov_tail(deviation: float, *, size: int) -> float:
    """Return how probable a deviation at least as great is."""
    scaled = (sqrt(size) + 0.12 + 0.11 / sqrt(size)) * deviation
    if scaled < _SURELY_KOLMOGOROV:
        return 1.0
    terms = [exp(-2 * (j * scaled) ** 2) for j in range(1, _TERMS)]
    return min(1.0, max(0.0, 2 * (sum(terms[::2]) - sum(terms[1::2]))))


def kuiper(phases: Iterable[int], *, cells: int) -> float:
    """Return the p-value of points being uniform on a circle, wherever it is cut open.

    Args:
        phases: at least one cell number in [0, cells).
        cells: how many cells of equal length the circle has.
    """
    ordered = sorted(phases)
    ends = [(phase + 1) / cells for phase in ordered]
    starts = [phase / cells for phase in ordered]
    over, under = _deviations(ends, starts)
    return kuiper_tail(max(0.0, over) + max(0.0, under), size=len(ordered))


def kuiper_tail(deviation: float, *, size: int) -> float:
    """Return how probable a sum of both deviations at least as great is."""
    scaled = (sqrt(size) + 0.155 + 0.24 / sqrt(size)) * deviation
    if scaled < _SURELY_KUIPER:
        return 1.0
    squares = (2 * (j * scaled) ** 2 for j in range(1, _TERMS))
    return min(1.0, max(0.0, 2 * sum((2 * square - 1) * exp(-square) for square in squares)))


def _deviations(ends: Sequence[float], starts: Sequence[float]) -> tuple[float, float]:
    """Return how far the sample's steps rise above the diagonal, and how far they fall below."""
    size = len(ends)
    over = max((rank + 1) / size - end for rank, end in enumerate(ends))
    under = max(start - rank / size for rank, start in enumerate(starts))
    return over, under


def equal_halves(pairs: Sequence[tuple[int, int]]) -> float:
    """Return the p-value of each pair being split as fair coins would, against wider splits.

    Args:
        pairs: counts of which each sum is at least 2.
    """
    statistic = sum((one - other) ** 2 / (one + other) for one, other in pairs)
    variance = sum(2 * (1 - 1 / (one + other)) for one, other in pairs)
    scale = variance / (2 * len(pairs))  # a multiple of chi-square with that mean and variance
    return chi_square_tail(statistic / scale, degrees=len(pairs) / scale)


def chi_square_tail(value: float, *, degrees: float) -> float:
    """Return the upper tail of chi-square (Wilson and Hilferty's approximation)."""
    width = 2 / (9 * degrees)
    return erfc(((value / degrees) ** (1 / 3) - (1 - width)) / sqrt(2 * width)) / 2


def poisson_two_sided(count: int, *, mean: float) -> float:
    """Return twice the smaller tail of a Poisson law at a count.

    Args:
        count: at least 0.
        mean: more than 0.
    """
    at = exp(count * log(mean) - mean - lgamma(count + 1))
    term, below = at, 0.0
    for number in range(count, 0, -1):
        below += term
        term *= number / mean
    below += term
    return min(1.0, 2 * min(below, 1 - below + at))
