"""Whether a person is to be warned: a phone's matches, weighed under a configuration."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dp3t.proximity.exposure.calibration import UNCALIBRATED, Calibration
from dp3t.proximity.exposure.configuration import Configuration, GaenV2Rule
from dp3t.proximity.exposure.scoring.cwa import CwaRule, day_risks
from dp3t.proximity.exposure.scoring.daily_summaries import daily_summaries
from dp3t.proximity.exposure.scoring.exposure_score import (
    ExposureScoreRule,
    bucket_seconds,
    exposure_score,
)
from dp3t.proximity.exposure.scoring.gaen_v1 import GaenV1Rule, key_risk
from dp3t.proximity.exposure.scoring.gaen_v2 import (
    DataMapping,
    ExposureWindow,
    ReportType,
    exposure_windows,
)
from dp3t.proximity.exposure.scoring.readings import SAME_SCAN_SECONDS, Reading, one_per_scan
from dp3t.proximity.interface import Match
from dp3t.timeline import Day, day_start


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What was heard of one sender on one day, and what its key says.

    Attributes:
        day: the UTC day.
        readings: in order of time, in seconds since 1970, though only the day and the differences
            count; none where no attenuation is known.
        transmission_risk_level: the key's, 1 to 8; None where it tells none.
        report_type: the key's, by number; 0 where it tells none.
        days_since_onset: from the onset of symptoms to the key's day; None where it is not told.
    """

    day: Day
    readings: tuple[Reading, ...]
    transmission_risk_level: int | None = None
    report_type: int = ReportType.UNKNOWN
    days_since_onset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DayScore:
    """What a configuration makes of one day.

    Attributes:
        day: the UTC day.
        score: in the configuration's unit, at least 0.
        notify: whether the person is to be warned of the day.
    """

    day: Day
    score: float
    notify: bool


def assess(
    matches: Iterable[Match],
    *,
    configuration: Configuration,
    calibration: Calibration = UNCALIBRATED,
    today: Day,
) -> tuple[DayScore, ...]:
    """Return a score for each day with a match, oldest first [EXPOSURE-11] [EXPOSURE-12].

    The same for every design. A match does not tell which key it came from, so each identifier is
    a sender of its own, and the configuration says what counts where a key's data are missing.

    Args:
        matches: in any order.
        configuration: rule, look-back and threshold.
        calibration: this phone's radio.
        today: the present day.
    """
    contacts = [contact_of(match, calibration=calibration) for match in matches]
    return assess_contacts(contacts, configuration=configuration, today=today)


def contact_of(match: Match, *, calibration: Calibration) -> Contact:
    """Return a match as a contact [EXPOSURE-10].

    Sightings more than 25.5 s after the first of their scan begin another; each counts at the
    moment of its scan's first. Times count from the first sighting.
    """
    power = None if match.metadata is None else match.metadata.tx_power_dbm
    confidence: int = calibration.confidence
    if match.metadata is not None:
        confidence = match.metadata.calibration_confidence
    sightings = match.observation.sightings
    origin = day_start(match.day) - sightings[0].offset_seconds
    readings: list[Reading] = []
    scan, before = None, None
    for offset, rssi in sightings:
        at = origin + offset
        if scan is None or at - scan > SAME_SCAN_SECONDS:
            scan, before = at, scan
        attenuation = calibration.attenuation_db(rssi, tx_power_dbm=power)
        if attenuation is not None:
            readings.append(Reading(scan, attenuation, confidence, before))
    return Contact(day=match.day, readings=tuple(readings))


def assess_contacts(
    contacts: Iterable[Contact], *, configuration: Configuration, today: Day
) -> tuple[DayScore, ...]:
    """Return a score for each day with a contact, oldest first; `assess` for what knows more.

    Args:
        contacts: in any order.
        configuration: rule, look-back and threshold.
        today: the present day.
    """
    recent = sorted(
        (each for each in contacts if today - each.day <= configuration.look_back_days), key=_order
    )
    scores = dict.fromkeys((each.day for each in recent), 0.0)
    scores.update(_scores(recent, configuration, today))
    return tuple(
        DayScore(day=day, score=scores[day], notify=scores[day] >= configuration.notify_at)
        for day in sorted(scores)
    )


def _order(contact: Contact) -> tuple[object, ...]:
    """Return a key by which all orders of the same contacts are one: sums of floats have one."""
    return (
        contact.day,
        tuple((*reading[:3], reading.previous_scan_seconds or 0) for reading in contact.readings),
        contact.report_type,
        contact.transmission_risk_level or 0,
        contact.days_since_onset or 0,
        contact.days_since_onset is None,
    )


def _scores(
    contacts: Sequence[Contact], configuration: Configuration, today: Day
) -> Mapping[Day, float]:
    match configuration.rule:
        case ExposureScoreRule() as rule:
            return {
                day: exposure_score(
                    bucket_seconds((each.readings for each in of_day), rule=rule), rule=rule
                )
                for day, of_day in _by_day(contacts).items()
            }
        case GaenV1Rule() as rule:
            return {
                day: float(max(_risk_score(each, rule, today) for each in of_day))
                for day, of_day in _by_day(contacts).items()
            }
        case GaenV2Rule(mapping=mapping, summaries=rule):
            windows = _windows(contacts, mapping)
            found = daily_summaries(windows, rule=rule, today=today)
            return {summary.day: summary.data.total for summary in found}
        case CwaRule() as rule:
            risks = day_risks(_windows(contacts, rule.mapping), rule=rule)
            return {risk.day: risk.minutes for risk in risks}


def _by_day(contacts: Iterable[Contact]) -> dict[Day, list[Contact]]:
    days: dict[Day, list[Contact]] = {}
    for contact in contacts:
        days.setdefault(contact.day, []).append(contact)
    return days


def _risk_score(contact: Contact, rule: GaenV1Rule, today: Day) -> int:
    level = contact.transmission_risk_level
    risk = key_risk(
        one_per_scan(contact.readings),
        rule=rule,
        transmission_risk_level=(
            rule.transmission_risk_level_when_missing if level is None else level
        ),
        days_since_key_day=today - contact.day,
    )
    return 0 if risk is None else risk.max_risk_score


def _windows(contacts: Iterable[Contact], mapping: DataMapping) -> list[ExposureWindow]:
    return [
        window
        for contact in contacts
        for window in exposure_windows(
            contact.readings,
            mapping=mapping,
            report_type=contact.report_type,
            days_since_onset=contact.days_since_onset,
        )
    ]
