"""The alarm: says when more people than usual of a commune say yes, by a chart of moving averages.

The chart is the exponentially weighted moving average of Roberts (1959), one-sided, with limits as
Lucas and Saccucci (1990) tabulate them. What is usual is taken from the days before.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dp3t.symptoms.estimate import Count
from dp3t.timeline import Day

WEIGHT = 0.25
"""Of the newest day in the average; for it Lucas and Saccucci give the limit below."""

LIMIT = 2.998
"""Where the alarm is raised, in standard deviations of the average."""

BASELINE_DAYS = 28
"""How many days tell what is usual."""

GAP_DAYS = 7
"""How many days before the day itself do not: an outbreak would raise its own bar."""

LEAST_DAYS = 14
"""Of how many days of the baseline there must be counts."""

MOST_MISSING_DAYS = 7
"""After more days in a row without a residual the average begins anew."""


class Reading(NamedTuple):
    """What the chart says of a day.

    Attributes:
        day: with counts.
        residual: by how many standard deviations the day lies above the baseline; None where too
            little is known of the days before.
        average: the moving average of the residuals.
        limit: of the average.
        alarm: whether the average lies above it.
    """

    day: Day
    residual: float | None
    average: float
    limit: float
    alarm: bool


@dataclass(frozen=True, slots=True)
class _Chart:
    """The moving average after some days.

    Attributes:
        average: of the residuals.
        steps: how many there were.
        last: the day of the last; None before the first.
    """

    average: float = 0.0
    steps: int = 0
    last: Day | None = None

    def after(self, day: Day, residual: float) -> "_Chart":
        """Return the chart with one residual more [ALARM-3] [ALARM-4]."""
        old = self.last is None or day - self.last > MOST_MISSING_DAYS + 1
        start = _Chart() if old else self
        average = (1 - WEIGHT) * start.average + WEIGHT * residual
        return _Chart(average, start.steps + 1, day)

    @property
    def limit(self) -> float:
        """The limit after so many steps: narrow at first, then wider [ALARM-3]."""
        spread = WEIGHT / (2 - WEIGHT) * (1 - (1 - WEIGHT) ** (2 * self.steps))
        return LIMIT * math.sqrt(spread)


def readings(counts: Mapping[Day, Count]) -> list[Reading]:
    """Return what the chart says of each day of a commune that has counts, ascending.

    Args:
        counts: of the commune, of one survey: another asks something else [ALARM-5].
    """
    found, chart = list[Reading](), _Chart()
    for day in sorted(counts):
        residual = residual_of(day, counts)
        if residual is not None:
            chart = chart.after(day, residual)
        raised = residual is not None and chart.average > chart.limit
        found.append(Reading(day, residual, chart.average, chart.limit, raised))
    return found


def residual_of(day: Day, counts: Mapping[Day, Count]) -> float | None:
    """Return by how many standard deviations a day lies above its baseline [ALARM-1] [ALARM-2].

    Args:
        day: which has counts.
        counts: of the commune by day.

    Returns:
        None where fewer than 14 days of the baseline have counts, or all of these are yes or no.
    """
    first = day - GAP_DAYS - BASELINE_DAYS
    before = [counts[d] for d in map(Day, range(first, day - GAP_DAYS)) if d in counts]
    reports = sum(each.reports for each in before)
    positives = sum(each.positives for each in before)
    if len(before) < LEAST_DAYS or not 0 < positives < reports:
        return None
    usual, today = positives / reports, counts[day]
    variance = usual * (1 - usual) * _dispersion(before, usual)
    spread = math.sqrt(variance * (1 / today.reports + 1 / reports))
    return (today.positives / today.reports - usual) / spread


def _dispersion(before: Sequence[Count], usual: float) -> float:
    """Return how many times the days of a baseline differ more than chance makes them, at least 1.

    It is Pearson's statistic over its degrees of freedom.
    """
    pearson = sum(
        (each.positives - each.reports * usual) ** 2 / (each.reports * usual * (1 - usual))
        for each in before
    )
    return max(1.0, pearson / (len(before) - 1))
