"""GAEN's second generation for loops: weighted seconds of a day, summed in the library's order."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t.proximity.exposure.configuration import GaenV2Rule
from dp3t.proximity.exposure.scoring.gaen_v2 import (
    DEFAULT_MINUTES_SINCE_LAST_SCAN,
    MAX_DAYS_FROM_ONSET,
    MAX_MINUTES_SINCE_LAST_SCAN,
    WINDOW_SECONDS,
)
from dp3t_simulator.compiled import compiled
from dp3t_simulator.warnings.pair import ATTENUATION, Numbers, time_of

UNKNOWN_ONSET = 2 * MAX_DAYS_FROM_ONSET + 1
"""What stands for days since onset that no key tells; others are counted from 14 days before."""

_MINUTE = 60


class Summaries(NamedTuple):
    """How windows of exposure are weighed.

    Attributes:
        threshold_db: the last attenuation of each bucket but the last.
        bucket_weight: of each bucket.
        report_weight: that of the reports of simulated phones.
        infectiousness_weight: by days since onset from 14 before it on, and at last for unknown.
    """

    threshold_db: NDArray[np.int64]
    bucket_weight: NDArray[np.float64]
    report_weight: float
    infectiousness_weight: NDArray[np.float64]


class Ranking(NamedTuple):
    """The contacts of one person and day, to be put into the library's order.

    Attributes:
        reading: readings of all, one contact after the other.
        first: where each contact's begin.
        end: where they end.
        onset: days since onset from 14 days before it on, or `UNKNOWN_ONSET`.
        known: 1 where the contact was known before this morning.
        order: the places of contacts, in order once they are sorted.
    """

    reading: Numbers
    first: Numbers
    end: Numbers
    onset: Numbers
    known: Numbers
    order: Numbers


def summaries_of(rule: GaenV2Rule, *, report_type: int) -> Summaries:
    """Return the numbers of a rule for the contacts with keys of one report type."""
    days = range(-MAX_DAYS_FROM_ONSET, MAX_DAYS_FROM_ONSET + 1)
    mapping, weights = rule.mapping, rule.summaries.infectiousness_weights
    return Summaries(
        threshold_db=np.array(rule.summaries.thresholds_db, dtype=np.int64),
        bucket_weight=np.array(rule.summaries.bucket_weights),
        report_weight=rule.summaries.report_type_weights[mapping.report_type(report_type)],
        infectiousness_weight=np.array(
            [weights[mapping.infectiousness(day)] for day in (*days, None)]
        ),
    )


@compiled
def onset_code(day: int, onset: int) -> int:
    """Return the days since an onset as `Ranking` has them; an onset of -1 is not told."""
    days = day - onset + MAX_DAYS_FROM_ONSET
    return days if onset >= 0 and 0 <= days < UNKNOWN_ONSET else UNKNOWN_ONSET


@compiled
def precedes(contacts: Ranking, one: int, other: int) -> bool:
    """Return whether a contact stands before another: by readings, then by onset [EXPOSURE-13]."""
    place, with_it = contacts.first[one], contacts.first[other]
    while place < contacts.end[one] and with_it < contacts.end[other]:
        if contacts.reading[place] != contacts.reading[with_it]:
            return bool(contacts.reading[place] < contacts.reading[with_it])
        place, with_it = place + 1, with_it + 1
    if place < contacts.end[one] or with_it < contacts.end[other]:
        return bool(with_it < contacts.end[other])
    return _onset_rank(int(contacts.onset[one])) < _onset_rank(int(contacts.onset[other]))


@compiled
def _onset_rank(code: int) -> int:
    """Return a number in the library's order, in which unknown stands just behind day 0."""
    return 1 if code == UNKNOWN_ONSET else 2 * (code - MAX_DAYS_FROM_ONSET)


@compiled
def rank(contacts: Ranking, count: int) -> None:
    """Put the first contacts in order."""
    for place in range(count):
        before = place - 1
        while before >= 0 and precedes(contacts, place, contacts.order[before]):
            contacts.order[before + 1] = contacts.order[before]
            before -= 1
        contacts.order[before + 1] = place


@compiled
def total(summaries: Summaries, contacts: Ranking, count: int, known_only: bool) -> float:
    """Return the weighted seconds of ranked contacts [SCORING-16].

    Args:
        summaries: how they are weighed.
        contacts: ranked.
        count: how many.
        known_only: whether those of this morning are left out.
    """
    result = 0.0
    for place in range(count):
        contact = contacts.order[place]
        if contacts.known[contact] or not known_only:
            result = _added(summaries, contacts, contact, result)
    return result


@compiled
def _added(summaries: Summaries, contacts: Ranking, contact: int, result: float) -> float:
    """Return a sum with the windows of a contact added one by one, as floats want it."""
    weight = summaries.infectiousness_weight[contacts.onset[contact]]
    seconds = np.zeros(len(summaries.bucket_weight), dtype=np.int64)
    place, end = contacts.first[contact], contacts.end[contact]
    before, window = -1, time_of(contacts.reading[place])
    while place < end:
        scan = time_of(contacts.reading[place])
        if scan - window >= WINDOW_SECONDS:
            result += _weighed(summaries, seconds) * summaries.report_weight * weight
            seconds[:] = 0
            window = scan
        decibels, sightings = 0, 0
        while place < end and time_of(contacts.reading[place]) == scan:
            decibels += contacts.reading[place] & ATTENUATION
            sightings += 1
            place += 1
        seconds[_bucket(summaries, decibels / sightings)] += _lasting(scan, before)
        before = scan
    return float(result + _weighed(summaries, seconds) * summaries.report_weight * weight)


@compiled
def _lasting(scan: int, before: int) -> int:
    """Return the seconds that a scan counts, in minutes of the clock [SCORING-12]."""
    minutes = DEFAULT_MINUTES_SINCE_LAST_SCAN
    if before >= 0:
        minutes = min(MAX_MINUTES_SINCE_LAST_SCAN, scan // _MINUTE - before // _MINUTE)
    return _MINUTE * minutes


@compiled
def _bucket(summaries: Summaries, mean_db: float) -> int:
    """Return the bucket of a scan's typical attenuation, the mean, halves up [SCORING-14]."""
    whole = np.floor(mean_db)
    typical = whole + 1 if mean_db - whole >= 0.5 else whole
    bucket = 0
    for limit in summaries.threshold_db:
        bucket += typical > limit
    return bucket


@compiled
def _weighed(summaries: Summaries, seconds: NDArray[np.int64]) -> float:
    result = 0.0
    for bucket in range(len(seconds)):
        result += seconds[bucket] * summaries.bucket_weight[bucket]
    return result
