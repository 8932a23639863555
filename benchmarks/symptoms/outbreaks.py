"""How soon an outbreak is seen, and how often an alarm is raised without one."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from dp3t.symptoms.alarm import LIMIT, Reading, readings
from dp3t.symptoms.estimate import Count
from dp3t.timeline import Day

REPORTS = (100, 300, 1_000, 3_000)
LIMITS = (2.0, 2.5, LIMIT, 3.5)
TURNED = 250
USUAL = 0.02
"""The share of yes where there is no outbreak."""

FIRST = 0.005
DOUBLING_DAYS = 5
MOST = 0.4
"""An outbreak: what it adds on its first day, how fast it grows, and where it ends."""

STEADY_DAYS = 400
LEAD_DAYS = 60
WATCHED_DAYS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What the chart does with a number of reports and a limit.

    Attributes:
        reports: of the commune on each day.
        limit: in standard deviations of the average.
        false_per_1000_days: how often an alarm begins where nothing happens.
        seen: of how many outbreaks an alarm was raised within 40 days.
        days: after how many days half of all outbreaks were seen; None where fewer were.
        late_days: after how many nine tenths were seen; None where fewer were.
        share_then: the share of yes on the day by which half were seen.
    """

    reports: int
    limit: float
    false_per_1000_days: float
    seen: float
    days: int | None
    late_days: int | None
    share_then: float | None


def detections(*, runs: int, rand: np.random.Generator) -> list[dict[str, float | None]]:
    """Return what the chart does for every number of reports and every limit.

    Args:
        runs: how many communes are simulated without an outbreak, and as many with one.
        rand: the dice.
    """
    found = []
    for reports in REPORTS:
        calm = [_chart(_steady(STEADY_DAYS), reports, rand) for _ in range(runs)]
        ill = [_chart(_outbreak(), reports, rand) for _ in range(runs)]
        found += [asdict(_detection(reports, limit, calm, ill)) for limit in LIMITS]
    return found


def _steady(days: int) -> list[float]:
    return [USUAL] * days


def _outbreak() -> list[float]:
    """Return the share of yes on each day before and in an outbreak."""
    return _steady(LEAD_DAYS) + [share_on(day) for day in range(WATCHED_DAYS)]


def share_on(day: int) -> float:
    """Return the share of yes so many days after an outbreak began."""
    growing: float = FIRST * 2 ** (day / DOUBLING_DAYS)
    return min(MOST, USUAL + growing)


def _chart(shares: Sequence[float], reports: int, rand: np.random.Generator) -> list[Reading]:
    turned = TURNED / 1_000
    positives = rand.binomial(reports, [turned + (1 - 2 * turned) * share for share in shares])
    return readings({Day(day): Count(reports, int(yes)) for day, yes in enumerate(positives)})


def _detection(
    reports: int, limit: float, calm: Sequence[list[Reading]], ill: Sequence[list[Reading]]
) -> Detection:
    watched = [[each for each in chart if each.residual is not None] for chart in calm]
    starts = sum(len(_begun(chart, limit)) for chart in watched)
    delays = sorted(_delay(chart, limit) for chart in ill)
    half, most = delays[len(delays) // 2], delays[len(delays) * 9 // 10]
    return Detection(
        reports=reports,
        limit=limit,
        false_per_1000_days=1_000 * starts / sum(map(len, watched)),
        seen=sum(delay < math.inf for delay in delays) / len(delays),
        days=_finite(half),
        late_days=_finite(most),
        share_then=None if _finite(half) is None else share_on(int(half)),
    )


def _begun(chart: Iterable[Reading], limit: float) -> list[Day]:
    """Return the days on which an alarm begins under another limit than the chart's own."""
    found, before = [], False
    for each in chart:
        raised = each.average > each.limit * limit / LIMIT
        if raised and not before:
            found.append(each.day)
        before = raised
    return found


def _delay(chart: Iterable[Reading], limit: float) -> float:
    """Return after how many days of an outbreak the alarm stands; infinity for never."""
    scale = limit / LIMIT
    days = (
        each.day - LEAD_DAYS
        for each in chart
        if each.day >= LEAD_DAYS and each.average > each.limit * scale
    )
    return next(days, math.inf)


def _finite(days: float) -> int | None:
    return None if math.isinf(days) else int(days)
