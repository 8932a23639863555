"""Did a scheduler clump the dummies? A log of request times tells.

What `dp3t.publication.dummy` promises holds only for dummies sent when they are due. Operating
systems move background work into maintenance windows, to the night or to the charger. This check
reads a log of test phones and compares it with a Poisson process, test by test [DUMMY-11].
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import expm1
from typing import Literal

from dp3t.params import DAY_SECONDS
from dp3t.publication.dummy import MEAN_DELAY_SECONDS
from dp3t.publication.goodness_of_fit import (
    equal_halves,
    kolmogorov_smirnov,
    kuiper,
    poisson_two_sided,
)
from dp3t.publication.request_log import Request

FEWEST_TO_ACQUIT = 400
SIGNIFICANCE = 0.001
"""How often an honest log may be called clumped, all tests together."""

REASONS = {
    "gaps": "the time from one dummy to the next is not exponential with the stated mean",
    "minute": "requests prefer some seconds of the minute, or the log's clock is coarse",
    "quarter-hour": "requests prefer some part of the quarter of an hour",
    "hour": "requests prefer some part of the hour",
    "day": "requests prefer some part of the day",
    "neighbouring-minutes": "requests come in bursts within minutes",
    "neighbouring-hours": "requests come in bursts within hours",
    "waits-after-reports": "the time from a report to the next dummy is not exponential",
    "dummies-after-reports": "phones that reported send more or fewer dummies than before",
}
"""The tests by name, and what it means that one rejects."""

Verdict = Literal["clumped", "unsuspicious", "undecided"]

_NEEDED_TO_ACQUIT = ("gaps", "hour", "day")
_FEWEST_CELLS = 20
_FEWEST_FOR_A_TEST = 20
_PERIODS = {"minute": 60, "quarter-hour": 900, "hour": 3600, "day": DAY_SECONDS}
_BINS = {"neighbouring-minutes": 60, "neighbouring-hours": 3600}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one test found.

    Attributes:
        test: its name, a key of REASONS.
        sample: how many values it had.
        p_value: how probable so great a deviation is in an honest log; None where the test was not
            run, because the sample is too small or the log too coarse.
    """

    test: str
    sample: int
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClumpingReport:
    """What the log says of the scheduler.

    Attributes:
        verdict: "clumped"; "unsuspicious"; or "undecided", where no test rejects and the log is too
            short or too coarse to acquit.
        reasons: why, one sentence each; none where the verdict is "unsuspicious".
        rejected: the tests that reject.
        findings: all tests, in the order of REASONS.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    rejected: tuple[str, ...]
    findings: tuple[Finding, ...]


def check_clumping(
    requests: Iterable[Request],
    *,
    mean_seconds: int = MEAN_DELAY_SECONDS,
    resolution_seconds: int = 1,
    significance: float = SIGNIFICANCE,
) -> ClumpingReport:
    """Say whether a log looks like exponential schedules that ran when they were due [DUMMY-11].

    Args:
        requests: of any number of phones, in any order.
        mean_seconds: the mean delay of the schedule; at least 1.
        resolution_seconds: the step to which the log's clock was rounded; at least 1. What a coarse
            clock hides is not tested.
        significance: how often an honest log may be called clumped; between 0 and 1.

    Raises:
        ValueError: a number out of range.
    """
    if mean_seconds < 1 or resolution_seconds < 1 or not 0 < significance < 1:
        raise ValueError("a mean, a resolution or a significance is out of range")
    log = _Log(requests, mean_seconds=mean_seconds, resolution_seconds=resolution_seconds)
    findings = tuple(log.findings())
    return _judge(findings, significance=significance)


def _judge(findings: tuple[Finding, ...], *, significance: float) -> ClumpingReport:
    p_values = {each.test: each.p_value for each in findings if each.p_value is not None}
    allowed = significance / max(1, len(p_values))  # Bonferroni's correction for many tests
    rejected = tuple(test for test, p_value in p_values.items() if p_value < allowed)
    verdict: Verdict = "clumped"
    reasons = [REASONS[test] for test in rejected]
    if not rejected:
        if findings[0].sample < FEWEST_TO_ACQUIT:
            reasons = [f"fewer than {FEWEST_TO_ACQUIT} gaps between dummies"]
        missing = [test for test in _NEEDED_TO_ACQUIT if test not in p_values]
        reasons += [f"the test {test} could not be run" for test in missing]
        verdict = "undecided" if reasons else "unsuspicious"
    return ClumpingReport(
        verdict=verdict, reasons=tuple(reasons), rejected=rejected, findings=findings
    )


class _Log:
    """The requests of a log by phone, in order of time, and the tests on them."""

    def __init__(
        self, requests: Iterable[Request], *, mean_seconds: int, resolution_seconds: int
    ) -> None:
        self._dummies: dict[str, list[int]] = defaultdict(list)
        self._reports: dict[str, list[int]] = defaultdict(list)
        self._end = 0
        for request in requests:
            (self._reports if request.report else self._dummies)[request.phone].append(request.at)
            self._end = max(self._end, request.at)
        for times in (*self._dummies.values(), *self._reports.values()):
            times.sort()
        self._mean = mean_seconds
        self._step = resolution_seconds

    def findings(self) -> Iterator[Finding]:
        """Run the tests in the order of REASONS."""
        yield self._exponential("gaps", list(self._gaps()))
        for test, period in _PERIODS.items():
            yield self._uniform(test, period)
        for test, bin_seconds in _BINS.items():
            yield self._even(test, bin_seconds)
        yield self._exponential("waits-after-reports", list(self._waits()))
        yield self._as_many()

    def _gaps(self) -> Iterator[float]:
        for times in self._dummies.values():
            for before, after in pairwise(times):
                if after < self._end:  # the log's last request ends a gap because it ends the log
                    yield self._rank(before, after)

    def _waits(self) -> Iterator[float]:
        """Rank the time from the first report after a dummy to the next dummy.

        Later reports do not count: that they came before the dummy makes the time short.
        """
        for phone, reports in self._reports.items():
            waiting: int | None = None
            marked = [(at, True) for at in self._dummies.get(phone, [])]
            for at, dummy in sorted([*marked, *((at, False) for at in reports)]):
                if dummy and waiting is not None and at < self._end:
                    yield self._rank(waiting, at)
                if dummy:
                    waiting = None
                elif waiting is None:
                    waiting = at

    def _rank(self, before: int, after: int) -> float:
        """Return where a delay stands among those that end within the log: uniform if honest."""
        return expm1((before - after) / self._mean) / expm1((before - self._end) / self._mean)

    def _exponential(self, test: str, ranks: Sequence[float]) -> Finding:
        p_value = None
        if len(ranks) >= _FEWEST_FOR_A_TEST and self._mean >= _FEWEST_CELLS * self._step:
            p_value = kolmogorov_smirnov(ranks, error=-expm1(-self._step / self._mean))
        return Finding(test=test, sample=len(ranks), p_value=p_value)

    def _uniform(self, test: str, period: int) -> Finding:
        """Test where in a period the requests fall.

        Of a phone only whole days from its first request on count for the day, or the hour in which
        the test began would be seen more often than the others.
        """
        phases = []
        for times in self._dummies.values():
            start, stop = -1, self._end
            if period == DAY_SECONDS:
                start = times[0]
                stop = start + period * ((self._end - start) // period)
            phases += [at % period // self._step for at in times if start < at <= stop]
        cells, uneven = divmod(period, self._step)
        p_value = None
        if len(phases) >= _FEWEST_FOR_A_TEST and cells >= _FEWEST_CELLS and not uneven:
            p_value = kuiper(phases, cells=cells)
        return Finding(test=test, sample=len(phases), p_value=p_value)

    def _even(self, test: str, bin_seconds: int) -> Finding:
        """Compare each bin with its neighbour: together they may hold many, but evenly."""
        counts = Counter(at // bin_seconds for times in self._dummies.values() for at in times)
        places = {number // 2 for number in counts}
        pairs = [(counts[2 * place], counts[2 * place + 1]) for place in places]
        pairs = [pair for pair in pairs if sum(pair) > 1]
        p_value = None
        if len(pairs) >= _FEWEST_FOR_A_TEST and bin_seconds % self._step == 0:
            p_value = equal_halves(pairs)
        return Finding(test=test, sample=len(pairs), p_value=p_value)

    def _as_many(self) -> Finding:
        """Count the dummies after the first report of each phone."""
        expected, seen = 0.0, 0
        for phone, reports in self._reports.items():
            expected += (self._end - reports[0]) / self._mean
            seen += sum(at > reports[0] for at in self._dummies.get(phone, []))
        p_value = None
        if expected >= _FEWEST_FOR_A_TEST:
            p_value = poisson_two_sided(seen, mean=expected)
        return Finding(test="dummies-after-reports", sample=seen, p_value=p_value)
