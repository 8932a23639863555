"""The least value of a function of a few numbers, found without its derivatives."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Point = NDArray[np.float64]


def least(
    function: Callable[[Point], float], begin: Point, steps: Point, *, rounds: int = 1000
) -> Point:
    """Return where a function is least, near a point (Nelder and Mead 1965).

    Args:
        function: of a point; infinite where it has no value.
        begin: where to begin.
        steps: how far the search reaches out at first, along each number.
        rounds: after which it ends at the latest.
    """
    points = np.vstack([begin, begin + np.diag(steps)])
    values = np.array([function(each) for each in points])
    for _ in range(rounds):
        order = np.argsort(values, kind="stable")
        points, values = points[order], values[order]
        if values[-1] - values[0] < 1e-6:
            break
        points, values = _improved(function, points, values)
    found: Point = points[int(np.argmin(values))]
    return found


def _improved(
    function: Callable[[Point], float], points: Point, values: Point
) -> tuple[Point, Point]:
    """Move the worst of points in order: mirror it, stretch, draw in, or shrink all."""
    centre, worst = points[:-1].mean(axis=0), points[-1]
    tried = 2 * centre - worst
    value = function(tried)
    if value < values[0]:
        farther = 3 * centre - 2 * worst
        if (reached := function(farther)) < value:
            tried, value = farther, reached
    elif value >= values[-2]:
        tried = (centre + (tried if value < values[-1] else worst)) / 2
        value = function(tried)
        if value >= values[-1]:
            points = (points + points[0]) / 2
            return points, np.array([values[0], *(function(each) for each in points[1:])])
    return np.vstack([points[:-1], tried]), np.append(values[:-1], value)
