"""Binomial tails."""

from math import exp, lgamma, log, log1p


def tails(trials: int, probability: float) -> list[float]:
    """Return P[X >= k] for k from 0 to `trials` + 1, X binomial."""
    masses = [_mass(trials, count, probability) for count in range(trials + 1)]
    found = [0.0] * (trials + 2)
    for count in range(trials, -1, -1):  # from the small end, where nothing is lost
        found[count] = min(1.0, found[count + 1] + masses[count])
    return found


def _mass(trials: int, count: int, probability: float) -> float:
    if probability in (0.0, 1.0):
        return float(count == (trials if probability else 0))
    choices = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
    return exp(choices + count * log(probability) + (trials - count) * log1p(-probability))
