"""Whether a person is to be warned: a phone's matches, weighed under a configuration."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dp3t.proximity.advertisement import Metadata
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
    exposure_windows,
)
from dp3t.proximity.exposure.scoring.readings import SAME_SCAN_SECONDS, Reading, one_per_scan
from dp3t.proximity.interface import Design, Match
from dp3t.proximity.report_type import ReportType
from dp3t.proximity.revisions import place_of, standing_of, unrevoked
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Instant, day_start, slot_start


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What was heard of one key on one day, and what the key says.

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
    design: Design,
    configuration: Configuration,
    calibration: Calibration = UNCALIBRATED,
    today: Day,
) -> tuple[DayScore, ...]:
    """Return a score for each day with a match, oldest first [EXPOSURE-11] [EXPOSURE-12].

    Where a key says nothing of its report or of the onset, the configuration says what counts
    [EXPOSURE-15]. A revoked key counts as no match [MATCHING-9].

    Args:
        matches: in any order.
        design: that of the matches.
        configuration: rule, look-back and threshold.
        calibration: this phone's radio.
        today: the present day.
    """
    contacts = contacts_of(matches, design=design, calibration=calibration)
    return assess_contacts(contacts, configuration=configuration, today=today)


def contacts_of(
    matches: Iterable[Match], *, design: Design, calibration: Calibration
) -> list[Contact]:
    """Return what was heard of each key on each day as a contact [EXPOSURE-10] [EXPOSURE-16].

    Where the moments of sightings are not kept, or the key is not known, every observation is a
    contact of its own, whose times count from its first sighting.
    """
    senders: dict[Hashable, list[Match]] = {}
    for number, match in enumerate(unrevoked(matches, design=design)):
        key = _timed_key(match, design)
        sender = number if key is None else (match.day, key.key)
        senders.setdefault(sender, []).append(match)
    return [_contact(of_one, design, calibration) for of_one in senders.values()]


def _timed_key(match: Match, design: Design) -> KeyRecord | None:
    """Return the key with whose other sightings these make one contact; None where none is."""
    return None if design.coarsens or match.observation.coarse else match.key


class _Heard(NamedTuple):
    """One sighting: a moment in seconds since 1970, and what its sender says of its radio."""

    at: int
    rssi_dbm: int
    metadata: Metadata | None


def _contact(matches: Sequence[Match], design: Design, calibration: Calibration) -> Contact:
    """Return the matches of one sender and day as a contact."""
    word = max(matches, key=lambda match: standing_of(match, design=design))
    key = None if word.key is None else design.tracing_key(word.key)
    heard = [
        each
        for match in sorted(matches, key=place_of)
        for each in _heard(match, timed=_timed_key(match, design) is not None)
    ]
    heard.sort(key=lambda each: (each.at, each.rssi_dbm))
    return Contact(
        day=word.day,
        readings=tuple(_readings(heard, calibration)),
        report_type=ReportType.UNKNOWN if key is None else key.report_type,
        days_since_onset=None if key is None else key.days_since_onset,
    )


def _heard(match: Match, *, timed: bool) -> Iterator[_Heard]:
    sightings = match.observation.sightings
    start = slot_start(match.observation.slot)
    if not timed:
        start = Instant(day_start(match.day) - sightings[0].offset_seconds)
    for offset, rssi in sightings:
        yield _Heard(start + offset, rssi, match.metadata)


def _readings(heard: Iterable[_Heard], calibration: Calibration) -> Iterator[Reading]:
    """Yield the readings of sightings in order of time.

    Sightings more than 25.5 s after the first of their scan begin another; each counts at the
    moment of its scan's first.
    """
    scan, before = None, None
    for at, rssi, metadata in heard:
        if scan is None or at - scan > SAME_SCAN_SECONDS:
            scan, before = at, scan
        power = None if metadata is None else metadata.tx_power_dbm
        attenuation = calibration.attenuation_db(rssi, tx_power_dbm=power)
        confidence: int = calibration.confidence
        if metadata is not None:
            confidence = metadata.calibration_confidence
        if attenuation is not None:
            yield Reading(scan, attenuation, confidence, before)


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
