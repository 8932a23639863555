"""How far apart two samples lie, as somebody would ask who has to tell them apart."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

_COEFFICIENT = 1.949
"""Of the two-sample Kolmogorov-Smirnov test at 0.001 (sqrt(-ln(0.0005) / 2))."""


def kolmogorov_smirnov(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the largest difference of the two distribution functions, 0 to 1."""
    first, second = sorted(one), sorted(other)
    return max(
        abs(bisect_right(first, x) / len(first) - bisect_right(second, x) / len(second))
        for x in {*first, *second}
    )


def critical_distance(one: int, other: int) -> float:
    """Return the distance that two samples of one distribution exceed once in a thousand times.

    Args:
        one: size of the one sample.
        other: size of the other.
    """
    return _COEFFICIENT * math.sqrt((one + other) / (one * other))


def area_under_curve(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how often one value of each sample is put in the right order by the better rule.

    0.5 is what guessing gives, 1 tells them apart always.
    """
    ordered = sorted(other)
    below = sum((bisect_left(ordered, x) + bisect_right(ordered, x)) / 2 for x in one)
    area = below / (len(one) * len(other))
    return max(area, 1 - area)
