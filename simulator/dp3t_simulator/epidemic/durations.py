"""Distributions of durations on whole days [EPIDEMIC-3]."""

from collections.abc import Callable
from math import erf, exp, inf, lgamma, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float64]

_Below = Callable[[float], float]
"""Which share lasts at most so many days."""


def shares_of(given: dict[str, Any]) -> Shares:
    """Return the share of each whole day from 0 to `most` of what a file says of a duration.

    Args:
        given: `least` and `most` days; `distribution`, gamma unless said, with `mean` and `sd`, or
            lognormal with `log_mean` and `log_sd`, or weibull with `shape` and `scale`; `rounded`,
            to the "nearest" day unless it says "up".

    Raises:
        KeyError: a distribution or a rounding of another name, or a number that is missing.
    """
    earlier = {"nearest": 0.5, "up": 1.0}[given.get("rounded", "nearest")]
    return _on_days(_BELOW[given.get("distribution", "gamma")](given), earlier, given)


def whole_days(*, mean: float, sd: float, least: int, most: int) -> Shares:
    """Return the share of each whole day from 0 to `most` of a gamma distribution [EPIDEMIC-3].

    Day k stands for k - ½ to k + ½; what lies below `least` or above `most` is left out, and the
    rest adds up to 1.
    """
    return shares_of({"mean": mean, "sd": sd, "least": least, "most": most})


def _on_days(below: _Below, earlier: float, given: dict[str, Any]) -> Shares:
    """Return shares of whole days, of which day k begins `earlier` than k and is a day long."""
    days = range(given["most"] + 2)
    shares = np.diff(np.array([below(max(0.0, day - earlier)) for day in days]))
    shares[: given["least"]] = 0.0
    found: Shares = shares / shares.sum()
    return found


def _gamma(given: dict[str, Any]) -> _Below:
    mean, sd = given["mean"], given["sd"]
    shape, scale = (mean / sd) ** 2, sd * sd / mean
    return lambda days: _gamma_below(shape, days / scale)


def _lognormal(given: dict[str, Any]) -> _Below:
    mean, sd = given["log_mean"], given["log_sd"]
    return lambda days: (1 + erf(((log(days) if days else -inf) - mean) / (sd * sqrt(2)))) / 2


def _weibull(given: dict[str, Any]) -> _Below:
    return lambda days: 1 - exp(-((days / given["scale"]) ** given["shape"]))


_BELOW: dict[str, Callable[[dict[str, Any]], _Below]] = {
    "gamma": _gamma,
    "lognormal": _lognormal,
    "weibull": _weibull,
}


def _gamma_below(shape: float, value: float) -> float:
    """Return the regularised lower incomplete gamma function, by its series."""
    if value <= 0:
        return 0.0
    term = total = 1.0
    step = 0
    while term > 1e-17 * total:
        step += 1
        term *= value / (shape + step)
        total += term
    return total * exp(shape * log(value) - value - lgamma(shape + 1))
