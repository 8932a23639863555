"""Which phones find the keys of a day's reports, and what: one row for each pair and day."""

from typing import NamedTuple

import numpy as np

from dp3t_simulator.compiled import compiled, uncounted
from dp3t_simulator.interfaces import Uploads
from dp3t_simulator.state import Days, People
from dp3t_simulator.warnings.buckets import Buckets, bucket_seconds
from dp3t_simulator.warnings.encounters import (
    Meeting,
    Surroundings,
    end_of_pair,
    heard,
    meet,
    published_windows,
)
from dp3t_simulator.warnings.habits import reads_on
from dp3t_simulator.warnings.pair import Numbers, Workspace, contacts

PERSON, DAY, READ, SECONDS, NEAR, MIDDLE, CASE, PUBLISHED = range(8)
"""Columns of rows: who found it, the day of contact, the day on which the phone reads it, contact
time, seconds in the first two buckets of an exposure score, whose keys, which windows of that day
are published."""

COLUMNS = 8
_FIRST_ROWS = 1024


class Reports(NamedTuple):
    """The reports of a morning, for compiled loops.

    Attributes:
        person: who reports.
        first: the first day that each speaks for [WARNINGS-3].
        redacted: the day held back; -1 none.
    """

    person: People
    first: Numbers
    redacted: Days


def reports_of(uploads: Uploads, *, day: int, retention_days: int) -> Reports:
    """Return what the uploads of a morning speak for; there are no days before day 0."""
    first = np.maximum(uploads.since.astype(np.int32), max(0, day - retention_days))
    return Reports(uploads.person, np.minimum(first, day), uploads.redacted)


@compiled
def replay(
    around: Surroundings, buckets: Buckets, reports: Reports, day: int, last_day: int, room: Meeting
) -> Numbers:
    """Return a row for each pair and day of contact of some reports [WARNINGS-4].

    Args:
        around: the world.
        buckets: of the exposure score.
        reports: who reports, and which days.
        day: of the reports.
        last_day: of the simulation; what is read later is left out.
        room: for the contacts.
    """
    skew = around.habits.skew
    rows = np.empty((_FIRST_ROWS, COLUMNS), dtype=np.int32)
    used = 0
    for report in range(len(reports.person)):
        case, since = reports.person[report], reports.first[report]
        published = published_windows(around, room, case, since, day)
        for met in range(since, day):
            bits = published[met - since]
            if met == reports.redacted[report] or bits == 0:
                continue
            count = meet(around, case, met, room)
            rows = with_room(rows, used, count)
            latest = min(last_day, met + around.law.retention_days)
            first = 0
            while first < count:
                end = end_of_pair(room.met.partner, room.order, first, count)
                person = room.met.partner[room.order[first]]
                read = reads_on(around.habits, person, day, latest)
                made = 0
                if read >= 0:
                    sightings = heard(around.radio, room, first, end, case, person, met)
                    made = contacts(
                        around.law, room.work, sightings, skew[case], skew[person], bits
                    )
                if made:
                    row = rows[used]
                    row[PERSON], row[DAY], row[READ] = person, met, read
                    row[CASE], row[PUBLISHED] = case, bits
                    _add_up(buckets, room.work, made, row)
                    used += 1
                first = end
    return rows[:used]


@uncounted
def _add_up(buckets: Buckets, work: Workspace, made: int, row: Numbers) -> None:
    """Write the seconds of the contacts in a workspace into a row."""
    row[SECONDS], row[NEAR], row[MIDDLE] = 0, 0, 0
    begin = 0
    for contact in range(made):
        near, middle = bucket_seconds(buckets, work.reading, begin, work.end[contact])
        row[NEAR] += near
        row[MIDDLE] += middle
        row[SECONDS] += work.seconds[contact]
        begin = work.end[contact]


@compiled
def with_room(rows: Numbers, used: int, more: int) -> Numbers:
    """Return rows with places for some more behind those that are used."""
    if used + more <= len(rows):
        return rows
    longer = np.empty((2 * (used + more), rows.shape[1]), dtype=np.int32)
    for row in range(used):  # numba compiles an assignment of slices for seconds
        for column in range(rows.shape[1]):
            longer[row, column] = rows[row, column]
    return longer
