"""The second witness of dummies: delays by exact fractions, Bayes' rule as it stands, tails."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise


def delay(random: bytes, mean_seconds: int) -> int:
    """Return the delay that a stream of random bytes gives."""
    draws = (Fraction(int(random[at : at + 8].hex(), 16), 2**64) for at in range(0, 10**9, 8))
    for refused, run in enumerate(_falling_runs(draws)):
        if len(run) % 2 == 1:
            return math.floor(mean_seconds * (refused + run[0])) + 1
    raise AssertionError("the bytes end first")


def _falling_runs(draws: Iterator[Fraction]) -> Iterator[list[Fraction]]:
    while True:
        run = [next(draws)]
        while (draw := next(draws)) < run[-1]:
            run.append(draw)
        yield run


def next_due(due: int, now: int, delay_seconds: int) -> int:
    """Return when the dummy after one that was due is due."""
    return min(max(due, now - 14 * 86_400) + delay_seconds, 2**32 - 1)


def poisson(count: int, mean: float) -> float:
    """Return a probability of the Poisson law."""
    return math.exp(-mean) * mean**count / math.factorial(count) if count >= 0 else 0.0


def posterior(uploads: int, mean: float, probability: float) -> float:
    """Return Bayes' rule over the two stories: all dummies, or one of them a report."""
    reported = probability * poisson(uploads - 1, mean)
    return reported / (reported + (1 - probability) * poisson(uploads, mean))


def kolmogorov(values: Sequence[float], error: float = 0.0) -> float:
    """Return the p-value of values being uniform in [0, 1]."""
    ordered, size = sorted(values), len(values)
    apart = [bisect_right(ordered, value) / size - value for value in ordered]
    apart += [value - bisect_left(ordered, value) / size for value in ordered]
    return kolmogorov_tail((math.sqrt(size) + 0.12 + 0.11 / math.sqrt(size)) * (max(apart) - error))


def kolmogorov_tail(scaled: float) -> float:
    """Return the tail by the theta function's other series, which converges for small values."""
    if scaled <= 0:
        return 1.0
    rates = ((2 * j - 1) * math.pi / scaled for j in range(1, 200))
    return 1 - math.sqrt(2 * math.pi) / scaled * sum(math.exp(-(rate**2) / 8) for rate in rates)


def kuiper(phases: Sequence[int], cells: int) -> float:
    """Return the p-value of phases being uniform on a circle of cells."""
    ordered, size = sorted(phases), len(phases)
    over = max(bisect_right(ordered, at) / size - (at + 1) / cells for at in phases)
    under = max(at / cells - bisect_left(ordered, at) / size for at in phases)
    deviation = max(0.0, over) + max(0.0, under)
    return kuiper_tail((math.sqrt(size) + 0.155 + 0.24 / math.sqrt(size)) * deviation)


def kuiper_tail(scaled: float) -> float:
    """Return the tail of Kuiper's statistic."""
    if scaled < 0.4:
        return 1.0
    return sum(
        2 * (4 * j**2 * scaled**2 - 1) * math.exp(-2 * j**2 * scaled**2) for j in range(1, 60)
    )


def wilson_hilferty(value: float, degrees: float) -> float:
    """Return the upper tail of chi-square by its cube root, which is nearly normal."""
    width = math.sqrt(2 / (9 * degrees))
    return 0.5 * math.erfc(((value / degrees) ** (1 / 3) - 1 + width**2) / width / math.sqrt(2))


def p_values(log: str) -> dict[str, float]:
    """Return the p-values of a log without reports, by the chapter's table."""
    phones = dict[str, list[int]]()
    for line in log.split():
        phone, at = line.split(",")
        phones.setdefault(phone, []).append(int(at))
    everything = [at for times in phones.values() for at in times]
    end, mean = max(everything), 432_000
    ranks, days = [], []
    for times in map(sorted, phones.values()):
        whole = times[0] + (end - times[0]) // 86_400 * 86_400
        days += [at for at in times if times[0] < at <= whole]
        for before, after in pairwise(times):
            if after != end:
                within = 1 - math.exp((before - end) / mean)
                ranks.append((1 - math.exp((before - after) / mean)) / within)
    samples = {"minute": 60, "quarter-hour": 900, "hour": 3600}
    found = {name: kuiper([at % n for at in everything], n) for name, n in samples.items()}
    found["gaps"] = kolmogorov(ranks, 1 - math.exp(-1 / mean))
    found["day"] = kuiper([at % 86_400 for at in days], 86_400)
    for name, width in (("neighbouring-minutes", 60), ("neighbouring-hours", 3600)):
        found[name] = _halves([at // width for at in everything])
    return found


def _halves(bins: list[int]) -> float:
    pairs = {at // 2 for at in bins}
    counts = [(bins.count(2 * pair), bins.count(2 * pair + 1)) for pair in pairs]
    counts = [(one, other) for one, other in counts if one + other >= 2]
    if len(counts) < 20:
        return math.nan
    statistic = sum((one - other) ** 2 / (one + other) for one, other in counts)
    variance = sum(2 - 2 / (one + other) for one, other in counts)
    scale = variance / 2 / len(counts)
    return wilson_hilferty(statistic / scale, len(counts) / scale)
