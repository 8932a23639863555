"""GAEN's second generation: sightings of one key, cut into exposure windows of scan instances.

Exactly Google's published classes, except that windows stay in order: the system shuffles them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from dp3t.params import DAY_SECONDS
from dp3t.proximity.exposure.scoring.readings import SAME_SCAN_SECONDS, Reading, rounded
from dp3t.proximity.report_type import ReportType as ReportType
from dp3t.timeline import Day

WINDOW_SECONDS = 1800
MAX_DAYS_FROM_ONSET = 14
DEFAULT_MINUTES_SINCE_LAST_SCAN = 2
MAX_MINUTES_SINCE_LAST_SCAN = 5
_MAPPED_DAYS = 2 * MAX_DAYS_FROM_ONSET + 1


class Infectiousness(IntEnum):
    """How infectious a patient was on a key's day."""

    NONE = 0
    STANDARD = 1
    HIGH = 2


COUNTED_REPORT_TYPES = (
    ReportType.CONFIRMED_TEST,
    ReportType.CLINICAL_DIAGNOSIS,
    ReportType.SELF_REPORT,
    ReportType.RECURSIVE,
)
"""A window of another type is shown to no app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataMapping:
    """What a key's day and report say about the risk.

    Attributes:
        infectiousness_by_day: for each day from 14 before the onset of symptoms to 14 after it, an
            `Infectiousness`; with another number of entries every day counts as unknown.
        infectiousness_when_missing: for a key that says nothing about the onset.
        report_type_when_missing: for a key without a report type, 1 to 5.

    Raises:
        ValueError: a value outside its range.
    """

    infectiousness_by_day: tuple[int, ...] = ()
    infectiousness_when_missing: int = Infectiousness.STANDARD
    report_type_when_missing: int = ReportType.CONFIRMED_TEST

    def __post_init__(self) -> None:
        values = {*self.infectiousness_by_day, self.infectiousness_when_missing}
        if not values <= set(Infectiousness):
            raise ValueError("an infectiousness is 0 (none), 1 (standard) or 2 (high)")
        if not ReportType.UNKNOWN < self.report_type_when_missing <= ReportType.REVOKED:
            raise ValueError("the report type when missing lies between 1 and 5")

    def infectiousness(self, days_since_onset: int | None) -> Infectiousness:
        """Return how infectious a key's owner was [SCORING-13]."""
        known = len(self.infectiousness_by_day) == _MAPPED_DAYS
        if not known or days_since_onset is None or abs(days_since_onset) > MAX_DAYS_FROM_ONSET:
            return Infectiousness(self.infectiousness_when_missing)
        return Infectiousness(self.infectiousness_by_day[days_since_onset + MAX_DAYS_FROM_ONSET])

    def report_type(self, number: int) -> ReportType:
        """Return a key's report type, the default for 0 and unknown numbers [SCORING-13]."""
        if ReportType.UNKNOWN < number <= ReportType.REVOKED:
            return ReportType(number)
        return ReportType(self.report_type_when_missing)


class ScanInstance(NamedTuple):
    """What one scan heard of one key.

    Attributes:
        attenuations_db: of each sighting, in order of time.
        seconds: since the scan before, as far as it counts; 0 to 300.
    """

    attenuations_db: tuple[int, ...]
    seconds: int

    @property
    def typical_db(self) -> int:
        """The mean, halves up; 0 for a scan that heard nothing [SCORING-14]."""
        if not self.attenuations_db:
            return 0
        return rounded(sum(self.attenuations_db) / len(self.attenuations_db))

    @property
    def least_db(self) -> int:
        """The least; a scan that heard nothing has none and raises ValueError."""
        return min(self.attenuations_db)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureWindow:
    """At most 30 minutes with one key.

    Attributes:
        start_seconds: the first sighting, in the readings' time.
        infectiousness: of the key's owner on its day.
        report_type: why the key was published.
        calibration_confidence: the first sighting's, 0 to 3.
        scans: at least one, oldest first.
    """

    start_seconds: int
    infectiousness: Infectiousness
    report_type: ReportType
    calibration_confidence: int
    scans: tuple[ScanInstance, ...]

    @property
    def day(self) -> Day:
        """The UTC day, where the readings' time counts from 1970."""
        return Day(self.start_seconds // DAY_SECONDS)


def exposure_windows(
    readings: Iterable[Reading],
    *,
    mapping: DataMapping,
    report_type: int = ReportType.UNKNOWN,
    days_since_onset: int | None = None,
) -> tuple[ExposureWindow, ...]:
    """Return the exposure windows of one key, oldest first [SCORING-11].

    Args:
        readings: all sightings of the key's identifiers, in order of time.
        mapping: what the key's data mean.
        report_type: the key's, by number.
        days_since_onset: from the onset of symptoms to the key's day; None where it is not told.
    """
    return tuple(
        ExposureWindow(
            start_seconds=window[0].at_seconds,
            infectiousness=mapping.infectiousness(days_since_onset),
            report_type=mapping.report_type(report_type),
            calibration_confidence=window[0].calibration_confidence,
            scans=tuple(_scan(scan) for scan in _scans(window)),
        )
        for window in _windows(readings)
    )


def _windows(readings: Iterable[Reading]) -> list[list[Reading]]:
    windows: list[list[Reading]] = []
    for reading in readings:
        if not windows or reading.at_seconds - windows[-1][0].at_seconds >= WINDOW_SECONDS:
            windows.append([])
        windows[-1].append(reading)
    return windows


def _scans(window: list[Reading]) -> list[list[Reading]]:
    """Return chains of sightings, each close to the one before it [SCORING-12]."""
    scans: list[list[Reading]] = []
    for reading in window:
        if not scans or reading.at_seconds - scans[-1][-1].at_seconds > SAME_SCAN_SECONDS:
            scans.append([])
        scans[-1].append(reading)
    return scans


def _scan(chain: list[Reading]) -> ScanInstance:
    """Return a chain as a scan instance; its first sighting says how long it counts."""
    first = chain[0]
    minutes = DEFAULT_MINUTES_SINCE_LAST_SCAN
    if first.previous_scan_seconds is not None:
        minutes = min(
            MAX_MINUTES_SINCE_LAST_SCAN,
            first.at_seconds // 60 - first.previous_scan_seconds // 60,
        )
    return ScanInstance(tuple(reading.attenuation_db for reading in chain), 60 * minutes)
