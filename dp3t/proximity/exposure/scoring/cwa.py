"""Corona-Warn-App's rule of 2021: normalized minutes of exposure windows, two levels of risk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from dp3t.proximity.exposure.scoring.exposure_score import require_thresholds
from dp3t.proximity.exposure.scoring.gaen_v2 import (
    COUNTED_REPORT_TYPES,
    DataMapping,
    ExposureWindow,
    Infectiousness,
)
from dp3t.proximity.exposure.scoring.readings import rounded
from dp3t.timeline import Day

_LEVELS = 8


class RiskLevel(IntEnum):
    """What the app shows."""

    NONE = 0
    LOW = 1
    HIGH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CwaRule:
    """The app's parameters; the defaults are those of its version 1.15.

    Attributes:
        mapping: what a key's data mean.
        infectiousness_offsets: two, for standard (and none) and for high.
        report_type_offsets: four, for confirmed test, clinical diagnosis, self-report, recursive.
        transmission_risk_values: eight, at least 0, for the transmission risk levels 1 to 8; a
            level without a value has 0.
        thresholds_db: strictly ascending, 0 to 255; an attenuation at a threshold is above it.
        bucket_weights: one more than there are thresholds, at least 0.
        near_below_db: a scan below it is near, for the next field.
        min_near_minutes: a window with fewer near minutes is dropped.
        high_window_minutes: from here on a window's risk is high.
        low_day_minutes: from here on a day's risk is low, below there is none.
        high_day_minutes: from here on a day's risk is high.
        round_days: whether a day's minutes are rounded to tenths, as later versions do.

    Raises:
        ValueError: a value outside its range.
    """

    mapping: DataMapping = field(default_factory=DataMapping)
    infectiousness_offsets: tuple[int, ...] = (1, 2)
    report_type_offsets: tuple[int, ...] = (6, 4, 2, 0)
    transmission_risk_values: tuple[float, ...] = (0.0, 0.0, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6)
    thresholds_db: tuple[int, ...] = (63, 73, 79)
    bucket_weights: tuple[float, ...] = (0.8, 1.0, 0.1, 0.0)
    near_below_db: int = 79
    min_near_minutes: float = 0.0
    high_window_minutes: float = 9.0
    low_day_minutes: float = 5.0
    high_day_minutes: float = 9.0
    round_days: bool = False

    def __post_init__(self) -> None:
        require_thresholds(self.thresholds_db)
        if len(self.bucket_weights) != len(self.thresholds_db) + 1:
            raise ValueError("there is one weight more than there are thresholds")
        if len(self.infectiousness_offsets) != 2 or len(self.report_type_offsets) != 4:
            raise ValueError("there are two offsets of infectiousness and four of report types")
        if len(self.transmission_risk_values) != _LEVELS:
            raise ValueError("there are eight transmission risk values")
        if not all(value >= 0 for value in (*self.bucket_weights, *self.transmission_risk_values)):
            raise ValueError("a weight or a risk value is not negative")
        if not 0 <= self.low_day_minutes <= self.high_day_minutes:
            raise ValueError("a day's risk is low from fewer minutes on than it is high")
        if min(self.min_near_minutes, self.high_window_minutes) < 0:
            raise ValueError("minutes are not negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRisk:
    """The risk of one day.

    Attributes:
        day: the UTC day.
        minutes: normalized, added up over the day's windows.
        level: what the app shows.
        low_encounters: how many windows of low risk are certainly of different people.
        high_encounters: the same for high risk.
    """

    day: Day
    minutes: float
    level: RiskLevel
    low_encounters: int
    high_encounters: int


def transmission_risk_level(window: ExposureWindow, *, rule: CwaRule) -> int:
    """Return a window's transmission risk level, a sum of two offsets [SCORING-22].

    Raises:
        ValueError: the window's report type has no offset.
    """
    high = window.infectiousness is Infectiousness.HIGH
    kind = COUNTED_REPORT_TYPES.index(window.report_type)
    return rule.infectiousness_offsets[high] + rule.report_type_offsets[kind]


def normalized_minutes(window: ExposureWindow, *, rule: CwaRule) -> float | None:
    """Return a window's weighted minutes, or None where it is dropped [SCORING-23] [SCORING-24].

    A scan without attenuations was near nobody that is known of, and counts no time [SCORING-28].
    """
    if window.report_type not in COUNTED_REPORT_TYPES:
        return None
    level = transmission_risk_level(window, rule=rule)
    value = rule.transmission_risk_values[level - 1] if 1 <= level <= _LEVELS else 0.0
    scans = [scan for scan in window.scans if scan.attenuations_db]
    near = sum(max(scan.seconds, 0) for scan in scans if scan.least_db < rule.near_below_db)
    if not value or near / 60 < rule.min_near_minutes:
        return None
    seconds = 0.0
    for scan in scans:
        bucket = sum(scan.least_db >= limit for limit in rule.thresholds_db)
        seconds += max(scan.seconds, 0) * rule.bucket_weights[bucket]
    return value * (seconds / 60)


def day_risks(windows: Iterable[ExposureWindow], *, rule: CwaRule) -> tuple[DayRisk, ...]:
    """Return the risk of each day with a window that is not dropped, oldest first [SCORING-25].

    Args:
        windows: in any order; sums are taken in the order given.
        rule: the app's parameters.
    """
    days: dict[Day, list[tuple[ExposureWindow, float]]] = {}
    for window in windows:
        minutes = normalized_minutes(window, rule=rule)
        if minutes is not None:
            days.setdefault(window.day, []).append((window, minutes))
    return tuple(_day_risk(day, days[day], rule) for day in sorted(days))


def _day_risk(day: Day, weighed: Sequence[tuple[ExposureWindow, float]], rule: CwaRule) -> DayRisk:
    total = 0.0
    people: dict[RiskLevel, set[tuple[int, int]]] = {RiskLevel.LOW: set(), RiskLevel.HIGH: set()}
    for window, minutes in weighed:
        total += minutes
        level = RiskLevel.HIGH if minutes >= rule.high_window_minutes else RiskLevel.LOW
        sort_of_key = transmission_risk_level(window, rule=rule), window.calibration_confidence
        people[level].add(sort_of_key)
    if rule.round_days:
        total = rounded(total * 10) / 10
    level = RiskLevel.NONE
    if total >= rule.low_day_minutes:
        level = RiskLevel.HIGH if total >= rule.high_day_minutes else RiskLevel.LOW
    return DayRisk(
        day=day,
        minutes=total,
        level=level,
        low_encounters=len(people[RiskLevel.LOW]),
        high_encounters=len(people[RiskLevel.HIGH]),
    )
