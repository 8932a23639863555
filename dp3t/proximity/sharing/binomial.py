"""Binomial tails, and the plain model: one polynomial, no groups, as many shares as one likes."""

from math import exp, fsum, lgamma, log, log1p

from dp3t.proximity.sharing.share import MAX_SHARES

_BISECTIONS = 60


def tails(trials: int, probability: float) -> list[float]:
    """Return P[X >= k] for k from 0 to `trials` + 1, X binomial."""
    masses = [_mass(trials, count, probability) for count in range(trials + 1)]
    found = [0.0] * (trials + 2)
    for count in range(trials, -1, -1):  # from the small end, where nothing is lost
        found[count] = min(1.0, found[count + 1] + masses[count])
    return found


def tail(trials: int, probability: float, *, at_least: int) -> float:
    """Return P[X >= at_least]."""
    counts = range(max(0, at_least), trials + 1)
    return min(1.0, fsum(_mass(trials, count, probability) for count in counts))


def largest_threshold(
    trials: int, probability: float, *, success: float, bound: int = MAX_SHARES
) -> int:
    """Return the largest k up to `bound` with P[X >= k] > success; 0 where not even 1 has it."""
    reached = tails(trials, probability)
    return max(k for k in range(min(trials, bound) + 1) if k == 0 or reached[k] > success)


def largest_probability(trials: int, *, at_least: int, below: float) -> float:
    """Return up to which reception P[X >= at_least] stays below a limit, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if tail(trials, middle, at_least=at_least) < below:
            low = middle
        else:
            high = middle
    return low


def _mass(trials: int, count: int, probability: float) -> float:
    if probability in (0.0, 1.0):
        return float(count == (trials if probability else 0))
    choices = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
    return exp(choices + count * log(probability) + (trials - count) * log1p(-probability))
