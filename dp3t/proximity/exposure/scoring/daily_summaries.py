"""GAEN's daily summaries: weighted time of a day's exposure windows, by report type and in all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dp3t.proximity.exposure.scoring.gaen_v2 import (
    COUNTED_REPORT_TYPES,
    ExposureWindow,
    Infectiousness,
    ReportType,
)
from dp3t.timeline import Day

MAX_WEIGHT = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySummariesRule:
    """How windows are weighed.

    Attributes:
        thresholds_db: three, strictly ascending, 0 to 255: the last attenuation that is immediate,
            near, medium.
        bucket_weights: four, 0 to 2.5: for immediate, near, medium and other.
        infectiousness_weights: three, 0 to 2.5, by `Infectiousness`.
        report_type_weights: six, 0 to 2.5, by `ReportType`.
        days_since_exposure_threshold: what is older is left out; 0 leaves nothing out.
        minimum_window_score: a window with less is left out.
        drop_uninfectious: whether a window of infectiousness none is left out, as Google's
            documents say; its code adds the window's weighted time.

    Raises:
        ValueError: a value outside its range.
    """

    thresholds_db: tuple[int, ...]
    bucket_weights: tuple[float, ...]
    infectiousness_weights: tuple[float, ...] = (0.0,) * len(Infectiousness)
    report_type_weights: tuple[float, ...] = (0.0,) * len(ReportType)
    days_since_exposure_threshold: int = 0
    minimum_window_score: float = 0.0
    drop_uninfectious: bool = False

    def __post_init__(self) -> None:
        low_to_high = sorted(set(self.thresholds_db))
        if len(self.thresholds_db) != 3 or low_to_high != list(self.thresholds_db):
            raise ValueError("there are three attenuation thresholds, strictly ascending")
        if low_to_high[0] < 0 or low_to_high[-1] > 255:
            raise ValueError("an attenuation threshold lies between 0 and 255 dB")
        for weights, count in (
            (self.bucket_weights, 4),
            (self.infectiousness_weights, len(Infectiousness)),
            (self.report_type_weights, len(ReportType)),
        ):
            if len(weights) != count or not all(0 <= weight <= MAX_WEIGHT for weight in weights):
                raise ValueError(f"there are {count} weights from 0 to {MAX_WEIGHT}")
        if self.days_since_exposure_threshold < 0 or not self.minimum_window_score >= 0:
            raise ValueError("a threshold of days or of a window's score is not negative")


class SummaryData(NamedTuple):
    """Scores of some windows: greatest, sum, and the sum of weighted seconds."""

    maximum: float = 0.0
    total: float = 0.0
    weighted_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySummary:
    """The windows of one day, by report type and in all."""

    day: Day
    data: SummaryData
    by_report_type: Mapping[ReportType, SummaryData]


def weighted_seconds(window: ExposureWindow, rule: DailySummariesRule) -> float:
    """Return a window's time, each scan weighted by its typical attenuation [SCORING-15]."""
    seconds = [0] * len(rule.bucket_weights)
    for scan in window.scans:
        seconds[sum(scan.typical_db > limit for limit in rule.thresholds_db)] += scan.seconds
    result = 0.0
    for amount, weight in zip(seconds, rule.bucket_weights, strict=True):
        result += amount * weight
    return result


def daily_summaries(
    windows: Iterable[ExposureWindow], *, rule: DailySummariesRule, today: Day
) -> tuple[DailySummary, ...]:
    """Return a summary for each day with a window, oldest first [SCORING-16].

    A day on which each window is left out for its score has a summary of zeros.

    Args:
        windows: in any order; sums are taken in the order given.
        rule: weights and limits.
        today: the present day, from which age is counted.
    """
    days: dict[Day, list[ExposureWindow]] = {}
    limit = rule.days_since_exposure_threshold
    for window in windows:
        if window.report_type not in COUNTED_REPORT_TYPES:
            continue
        if limit and today - window.day > limit:
            continue
        days.setdefault(window.day, []).append(window)
    return tuple(_summary(day, days[day], rule) for day in sorted(days))


def _summary(day: Day, windows: Sequence[ExposureWindow], rule: DailySummariesRule) -> DailySummary:
    by_type = {
        kind: _data([window for window in windows if window.report_type is kind], rule)
        for kind in COUNTED_REPORT_TYPES
    }
    data = SummaryData()
    for each in by_type.values():
        data = SummaryData(
            max(data.maximum, each.maximum),
            data.total + each.total,
            data.weighted_seconds + each.weighted_seconds,
        )
    return DailySummary(day=day, data=data, by_report_type=by_type)


def _data(windows: Sequence[ExposureWindow], rule: DailySummariesRule) -> SummaryData:
    data = SummaryData()
    for window in windows:
        if rule.drop_uninfectious and window.infectiousness is Infectiousness.NONE:
            continue
        weighted = weighted_seconds(window, rule)
        score = (
            weighted
            * rule.report_type_weights[window.report_type]
            * rule.infectiousness_weights[window.infectiousness]
        )
        if score < rule.minimum_window_score:
            continue
        data = SummaryData(
            max(data.maximum, score), data.total + score, data.weighted_seconds + weighted
        )
    return data
