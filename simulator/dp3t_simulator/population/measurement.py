"""Populations of which is known who met whom: measured contacts, day after day."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t import LimitError, MalformedError
from dp3t_simulator.contacts.records import DAY_SECONDS, ContactRecords, Integers, Reals
from dp3t_simulator.population.population import NO_GROUP, MeasuredContacts, Population
from dp3t_simulator.population.table import read_table
from dp3t_simulator.streams import Stream

FIRST_SECOND, LAST_SECOND = 21_600, 78_600
"""No contact begins before 06:00 or ends after 21:50, so that clocks may be two hours off."""

MAX_CYCLE_DAYS = 366
GAP_SECONDS = 60
"""Two are together until they have not been seen together for longer than this."""

FACE_TO_FACE_CM = 100
"""How near contacts are that were measured face to face, without a distance."""

RSSI_AT_1_M_DBM = -75
"""Phones of the Copenhagen study hear one another like that, about; the exponent is 2."""

_NEAREST_CM, _FARTHEST_CM = 10, 10_000
_STEP_SECONDS = 600
_WINDOW_SECONDS = LAST_SECOND - FIRST_SECOND


class _Stays(NamedTuple):
    """Contacts of pairs, as columns: from when, until when, how near."""

    first: Integers
    second: Integers
    start: Integers
    end: Integers
    distance_cm: Reals


def measured(
    records: ContactRecords, preset: str, seed: int
) -> tuple[Population, MeasuredContacts]:
    """Return who had contacts, each living alone, and these contacts [POPULATION-11].

    People are numbered by their numbers in the data set, in order. Their ages are drawn from the
    preset's. Runs of records of a pair become one contact, from the first of them to the end of the
    last. Days keep their distance from one another; if contacts reach beyond 06:00 to 21:50, all
    are moved by the same time, so that as much as possible lies inside, and the rest is cut off.

    Args:
        records: the contacts.
        preset: of whose table the ages are.
        seed: of the simulation, 0 to 2⁶⁴ - 1.

    Raises:
        MalformedError: no such preset, or no contacts.
        LimitError: more than 366 days from the first contact to the last.
        ValueError: a seed outside its range.
    """
    ages = np.cumsum(read_table(preset).ages)
    if not len(records):
        raise MalformedError("a population of measured contacts has at least one contact")
    ids = np.unique(np.concatenate((records.first, records.second)))
    stays = _by_day(_joined(records))
    days = stays.start // DAY_SECONDS
    cycle_days = int(days.max() - days.min()) + 1
    if cycle_days > MAX_CYCLE_DAYS:
        raise LimitError(f"contacts of {cycle_days} days are more than {MAX_CYCLE_DAYS} days")
    drawn = Stream(seed, "population: measured age").uniform(np.arange(len(ids)))
    age = np.minimum(np.searchsorted(ages, drawn, side="right"), len(ages) - 1)
    return _alone(age.astype(np.uint8)), _columns(_moved(stays), ids, int(days.min()), cycle_days)


def _alone(age: NDArray[np.uint8]) -> Population:
    """Return people who meet nobody but whom they were measured to meet."""
    people = len(age)
    nobody = np.empty(0, dtype=np.int32)
    return Population(
        people=people,
        age=age,
        household=np.arange(people, dtype=np.int32),
        household_first=np.arange(people + 1, dtype=np.int32),
        group=np.full(people, NO_GROUP, dtype=np.int32),
        group_first=np.zeros(1, dtype=np.int32),
        group_member=nobody,
        group_kind=np.empty(0, dtype=np.uint8),
        edge_first=np.zeros(people + 1, dtype=np.int32),
        edge_owner=nobody,
    )


def _joined(records: ContactRecords) -> _Stays:
    """Return one contact for each run of records of a pair."""
    order = np.lexsort((records.start_seconds, records.second, records.first))
    first, second = records.first[order], records.second[order]
    start = records.start_seconds[order]
    end = start + records.duration_seconds[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    pair = np.cumsum(new) * (end.max() - start.min() + 1)  # what came before, of this pair alone
    latest = np.maximum.accumulate(end + pair) - pair
    new[1:] |= start[1:] - latest[:-1] > GAP_SECONDS
    runs = np.flatnonzero(new)
    lengths = np.diff(runs, append=len(order))
    distance_cm = np.add.reduceat(_distances_cm(records)[order], runs) / lengths
    return _Stays(
        first=first[runs],
        second=second[runs],
        start=start[runs],
        end=np.maximum.reduceat(end, runs),
        distance_cm=distance_cm,
    )


def _distances_cm(records: ContactRecords) -> Reals:
    if records.distance_m is not None:
        return np.clip(100 * records.distance_m, _NEAREST_CM, _FARTHEST_CM)
    if records.rssi_dbm is None:
        return np.full(len(records), float(FACE_TO_FACE_CM))
    away = 100 * 10 ** ((RSSI_AT_1_M_DBM - records.rssi_dbm) / 20)
    return np.clip(away, _NEAREST_CM, _FARTHEST_CM)


def _by_day(stays: _Stays) -> _Stays:
    """Return contacts that are parted at midnight."""
    parts = (stays.end - 1) // DAY_SECONDS - stays.start // DAY_SECONDS + 1
    row = np.repeat(np.arange(len(parts)), parts)
    number = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
    midnight = (stays.start[row] // DAY_SECONDS + number) * DAY_SECONDS
    return _Stays(
        first=stays.first[row],
        second=stays.second[row],
        start=np.maximum(stays.start[row], midnight),
        end=np.minimum(stays.end[row], midnight + DAY_SECONDS),
        distance_cm=stays.distance_cm[row],
    )


def _moved(stays: _Stays) -> tuple[_Stays, float]:
    """Return contacts of 06:00 to 21:50, and which share of the time of all was cut off."""
    day = stays.start // DAY_SECONDS * DAY_SECONDS
    start, end = stays.start - day, stays.end - day
    opens = _opening(start, end)
    inside = np.minimum(end, opens + _WINDOW_SECONDS) - np.maximum(start, opens)
    kept = inside > 0
    moved = day[kept] + np.maximum(start[kept], opens) - opens + FIRST_SECOND
    cut = 1 - int(inside[kept].sum()) / int((end - start).sum())
    return _Stays(
        first=stays.first[kept],
        second=stays.second[kept],
        start=moved,
        end=moved + inside[kept],
        distance_cm=stays.distance_cm[kept],
    ), cut


def _opening(start: Integers, end: Integers) -> int:
    """Return from which second of the day contacts are kept: 06:00, or what keeps more of them."""
    if start.min() >= FIRST_SECOND and end.max() <= LAST_SECOND:
        return FIRST_SECOND
    candidates = np.arange(0, DAY_SECONDS - _WINDOW_SECONDS + 1, _STEP_SECONDS)
    kept = [
        int(
            np.maximum(np.minimum(end, opens + _WINDOW_SECONDS) - np.maximum(start, opens), 0).sum()
        )
        for opens in candidates
    ]
    best = candidates[np.array(kept) == max(kept)]
    return int(best[np.abs(best - FIRST_SECOND).argmin()])


def _columns(
    found: tuple[_Stays, float], ids: Integers, first_day: int, cycle_days: int
) -> MeasuredContacts:
    """Return contacts from both sides, by day, person, time and partner."""
    stays, cut = found
    one, other = np.searchsorted(ids, stays.first), np.searchsorted(ids, stays.second)
    person, partner = np.concatenate((one, other)), np.concatenate((other, one))
    row = np.tile(np.arange(len(one)), 2)
    start = stays.start[row] % DAY_SECONDS
    cell = (stays.start[row] // DAY_SECONDS - first_day) * len(ids) + person
    order = np.lexsort((partner, start, cell))
    first = np.zeros(cycle_days * len(ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(cell, minlength=len(first) - 1), out=first[1:])
    row = row[order]
    return MeasuredContacts(
        people=len(ids),
        cycle_days=cycle_days,
        first=first,
        partner=partner[order].astype(np.int32),
        start=start[order].astype(np.int32),
        duration=(stays.end - stays.start)[row].astype(np.int32),
        distance_cm=np.round(stays.distance_cm[row]).astype(np.int16),
        cut_share=cut,
    )
