"""DP-3T's exposure score: weighted minutes of a day, over all patients together.

As in the project's document of 27 May 2020, and as SwissCovid warned by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dp3t.proximity.exposure.scoring.durations import (
    periods,
    seconds_by_attenuation,
    stretches,
)
from dp3t.proximity.exposure.scoring.readings import Reading, one_per_scan

_MINUTES_OF_A_DAY = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureScoreRule:
    """Buckets and weights; the defaults are those of the document.

    Attributes:
        thresholds_db: strictly ascending, 0 to 255; an attenuation at a threshold is above it.
        bucket_weights: one more than there are thresholds, at least 0.
        cap_minutes: more than this of a day counts in no bucket; 1 to 1440.
        scan_interval_seconds: at least 1; for how long one reading stands.
        max_gap_seconds: at least 1; contact is not assumed to have gone on through longer gaps.

    Raises:
        ValueError: a value outside its range.
    """

    thresholds_db: tuple[int, ...] = (50, 55)
    bucket_weights: tuple[float, ...] = (1.0, 0.5, 0.0)
    cap_minutes: int = 30
    scan_interval_seconds: int = 300
    max_gap_seconds: int = 600

    def __post_init__(self) -> None:
        require_thresholds(self.thresholds_db)
        if len(self.bucket_weights) != len(self.thresholds_db) + 1:
            raise ValueError("there is one weight more than there are thresholds")
        if not all(weight >= 0 for weight in self.bucket_weights):
            raise ValueError("a weight is not negative")
        if not 1 <= self.cap_minutes <= _MINUTES_OF_A_DAY:
            raise ValueError("the cap of a bucket lies between 1 and 1440 minutes")
        if min(self.scan_interval_seconds, self.max_gap_seconds) < 1:
            raise ValueError("scan interval and longest gap are at least 1 s")


def require_thresholds(thresholds_db: Sequence[int]) -> None:
    """Raise ValueError unless thresholds ascend strictly between 0 and 255 dB."""
    if not thresholds_db or list(thresholds_db) != sorted(set(thresholds_db)):
        raise ValueError("attenuation thresholds ascend strictly")
    if thresholds_db[0] < 0 or thresholds_db[-1] > 255:
        raise ValueError("an attenuation threshold lies between 0 and 255 dB")


def bucket_seconds(
    senders: Iterable[Sequence[Reading]], *, rule: ExposureScoreRule
) -> tuple[int, ...]:
    """Return the time in each bucket, added up over all senders [SCORING-19].

    Args:
        senders: the readings of each sender on one day, in order of time.
        rule: thresholds and intervals.
    """
    totals = [0] * len(rule.bucket_weights)
    for readings in senders:
        scans = one_per_scan(readings)
        for run in stretches(scans, max_gap_seconds=rule.max_gap_seconds):
            line = periods(run, scan_interval_seconds=rule.scan_interval_seconds)
            times = seconds_by_attenuation(line, rule.thresholds_db, interpolate=False)
            totals = [total + seconds for total, seconds in zip(totals, times, strict=True)]
    return tuple(totals)


def exposure_score(seconds: Sequence[int], *, rule: ExposureScoreRule) -> float:
    """Return a day's score in minutes: each bucket capped, then weighted [SCORING-20]."""
    weighted = 0.0
    for amount, weight in zip(seconds, rule.bucket_weights, strict=True):
        weighted += min(amount, 60 * rule.cap_minutes) * weight
    return weighted / 60
