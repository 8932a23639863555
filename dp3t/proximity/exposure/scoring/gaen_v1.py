"""GAEN's first generation: a risk score for each exposure, a product of four table entries.

Exactly Google's published classes, their quirks included; the chapter lists them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dp3t.proximity.exposure.scoring.durations import (
    mean_attenuation_db,
    periods,
    seconds_by_attenuation,
    stretches,
)
from dp3t.proximity.exposure.scoring.readings import Reading

DURATION_STEP_SECONDS = 300
MAX_RISK_SCORE = 8**4
_BUCKETS = 8
_ATTENUATION_ABOVE_DB = (73, 63, 51, 33, 27, 15, 10)
_DAYS_FROM = (14, 12, 10, 8, 6, 4, 2)
_MINUTES_UP_TO = (0, 5, 10, 15, 20, 25, 30)
_FOURS = (4,) * _BUCKETS

Scores = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GaenV1Rule:
    """What a health authority and the system can set; the defaults are Google's.

    Attributes:
        attenuation_scores: 8 scores from 0 to 8, for more than 73, 63, 51, 33, 27, 15, 10 dB, less.
        days_scores: 8 scores, for at least 14, 12, 10, 8, 6, 4, 2 days since the key's day, fewer.
        duration_scores: 8 scores, for 0, up to 5, 10, 15, 20, 25, 30 minutes, more.
        transmission_scores: 8 scores, for the transmission risk levels 1 to 8; level 0 counts 1.
        minimum_risk_score: 1 to 4096; what is lower scores 0.
        thresholds_db: two, ascending, 0 to 255, of `seconds_by_attenuation`.
        scan_interval_seconds: at least 1; half of it is added at either end of a contact.
        max_gap_seconds: at least 1; what is further apart is another exposure.
        min_duration_seconds: at least 0; what is shorter after rounding is no exposure.
        interpolate: whether the attenuation changes evenly between two readings.
        transmission_risk_level_when_missing: 0 to 8, for a contact whose key's level is not known.

    Raises:
        ValueError: a value outside its range.
    """

    attenuation_scores: Scores = _FOURS
    days_scores: Scores = _FOURS
    duration_scores: Scores = _FOURS
    transmission_scores: Scores = _FOURS
    minimum_risk_score: int = 4
    thresholds_db: tuple[int, ...] = (50, 74)
    scan_interval_seconds: int = 300
    max_gap_seconds: int = 600
    min_duration_seconds: int = 1
    interpolate: bool = False
    transmission_risk_level_when_missing: int = 0

    def __post_init__(self) -> None:
        for scores in (
            self.attenuation_scores,
            self.days_scores,
            self.duration_scores,
            self.transmission_scores,
        ):
            if len(scores) != _BUCKETS or not all(0 <= score <= 8 for score in scores):
                raise ValueError("a table of scores has 8 entries from 0 to 8")
        if not 1 <= self.minimum_risk_score <= MAX_RISK_SCORE:
            raise ValueError(f"the minimum risk score lies between 1 and {MAX_RISK_SCORE}")
        low_to_high = sorted(self.thresholds_db)
        if len(low_to_high) != 2 or low_to_high != list(self.thresholds_db):
            raise ValueError("there are two attenuation thresholds, the lower one first")
        if low_to_high[0] < 0 or low_to_high[1] > 255:
            raise ValueError("an attenuation threshold lies between 0 and 255 dB")
        if min(self.scan_interval_seconds, self.max_gap_seconds) < 1:
            raise ValueError("scan interval and longest gap are at least 1 s")
        if self.min_duration_seconds < 0:
            raise ValueError("the shortest duration is not negative")
        require_transmission_risk_level(self.transmission_risk_level_when_missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskyExposure:
    """One exposure to one key.

    Attributes:
        attenuation_db: weighted by time.
        seconds: a multiple of 300.
        seconds_by_attenuation: below, between and from the two thresholds on; not rounded, so it
            need not add up to `seconds`.
        risk_score: 0 to 4096.
    """

    attenuation_db: int
    seconds: int
    seconds_by_attenuation: tuple[int, ...]
    risk_score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRisk:
    """All exposures to one key, at least one, oldest first."""

    exposures: tuple[RiskyExposure, ...]

    @property
    def max_risk_score(self) -> int:
        """The greatest of the scores."""
        return max(exposure.risk_score for exposure in self.exposures)

    @property
    def total_risk_score(self) -> int:
        """The sum of the scores."""
        return sum(exposure.risk_score for exposure in self.exposures)

    @property
    def seconds_by_attenuation(self) -> tuple[int, ...]:
        """The sums of the times."""
        columns = zip(
            *(exposure.seconds_by_attenuation for exposure in self.exposures), strict=True
        )
        return tuple(sum(column) for column in columns)


def key_risk(
    readings: Sequence[Reading],
    *,
    rule: GaenV1Rule,
    transmission_risk_level: int,
    days_since_key_day: int,
) -> KeyRisk | None:
    """Return the risk from one key, or None where there is no exposure [SCORING-10].

    Args:
        readings: those of the key's identifiers in order of time, one for each scan.
        rule: tables and limits.
        transmission_risk_level: the key's, 0 to 8.
        days_since_key_day: whole days since the key's first interval.

    Raises:
        ValueError: a transmission risk level outside its range.
    """
    require_transmission_risk_level(transmission_risk_level)
    exposures = []
    for run in stretches(readings, max_gap_seconds=rule.max_gap_seconds):
        seconds = _in_steps(run[-1].at_seconds - run[0].at_seconds)
        if seconds < rule.min_duration_seconds:
            continue
        line = periods(run, scan_interval_seconds=rule.scan_interval_seconds)
        attenuation = mean_attenuation_db(line)
        exposures.append(
            RiskyExposure(
                attenuation_db=attenuation,
                seconds=seconds,
                seconds_by_attenuation=seconds_by_attenuation(
                    line, rule.thresholds_db, interpolate=rule.interpolate
                ),
                risk_score=_score(
                    rule,
                    attenuation_db=attenuation,
                    days=days_since_key_day,
                    seconds=seconds,
                    level=transmission_risk_level,
                ),
            )
        )
    return KeyRisk(exposures=tuple(exposures)) if exposures else None


def require_transmission_risk_level(level: int) -> None:
    """Raise ValueError unless a level lies between 0 (invalid) and 8."""
    if not 0 <= level <= _BUCKETS:
        raise ValueError("a transmission risk level lies between 0 and 8")


def _in_steps(seconds: int) -> int:
    """Return a duration with one step more, to the nearest step, halves down [SCORING-9]."""
    extended = seconds + DURATION_STEP_SECONDS
    rest = extended % DURATION_STEP_SECONDS
    up = DURATION_STEP_SECONDS if 2 * rest > DURATION_STEP_SECONDS else 0
    return extended - rest + up


def _score(rule: GaenV1Rule, *, attenuation_db: int, days: int, seconds: int, level: int) -> int:
    """Return the product of the four scores, or 0 below the minimum [SCORING-8]."""
    above = [attenuation_db > bound for bound in _ATTENUATION_ABOVE_DB]
    since = [days >= bound for bound in _DAYS_FROM]
    within = [seconds // 60 <= bound for bound in _MINUTES_UP_TO]
    score = (
        rule.attenuation_scores[_first(above)]
        * rule.days_scores[_first(since)]
        * rule.duration_scores[_first(within)]
        * (rule.transmission_scores[level - 1] if level else 1)
    )
    return score if score >= rule.minimum_risk_score else 0


def _first(conditions: list[bool]) -> int:
    """Return the place of the first condition that holds, or the place after the last."""
    return conditions.index(True) if True in conditions else len(conditions)
