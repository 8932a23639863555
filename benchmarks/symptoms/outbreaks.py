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
_STRETCHES = range(LEAD_DAYS, STEADY_DAYS - WATCHED_DAYS + 1, WATCHED_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What the chart does with a number of reports and a limit.

    Attributes:
        reports: of the commune on each day.
        limit: in standard deviations of the average.
        false_per_1000_days: how often an alarm begins where nothing happens.
        seen: of how many outbreaks an alarm stood within 40 days.
        seen_without: of how many stretches of 40 days without an outbreak one stood as well.
        days: after how many days half of all outbreaks were seen; None where fewer were.
        half_without: in how many stretches without an outbreak an alarm stood as soon as that.
        late_days: after how many nine tenths were seen; None where fewer were.
        share_then: the share of yes on the day by which half were seen.
    """

    reports: int
    limit: float
    false_per_1000_days: float
    seen: float
    seen_without: float
    days: int | None
    half_without: float | None
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
    by_chance = [_delay(chart, limit, first) for chart in calm for first in _STRETCHES]
    half, most = delays[len(delays) // 2], delays[len(delays) * 9 // 10]
    return Detection(
        reports=reports,
        limit=limit,
        false_per_1000_days=1_000 * starts / sum(map(len, watched)),
        seen=_within(delays),
        seen_without=_within(by_chance),
        days=_finite(half),
        half_without=None if math.isinf(half) else _within(by_chance, half),
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


def _delay(chart: Iterable[Reading], limit: float, first: int = LEAD_DAYS) -> float:
    """Return after how many of the 40 days from the first an alarm stands; infinity for none."""
    scale = limit / LIMIT
    days = (
        each.day - first
        for each in chart
        if 0 <= each.day - first < WATCHED_DAYS and each.average > each.limit * scale
    )
    return next(days, math.inf)


def _within(delays: Sequence[float], most: float = WATCHED_DAYS) -> float:
    """Return in what share of stretches an alarm stood on some day up to one."""
    return sum(delay <= most for delay in delays) / len(delays)


def _finite(days: float) -> int | None:
    return None if math.isinf(days) else int(days)
