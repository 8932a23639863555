"""Whom a notice came from, which the phone does not know and the world does."""

from typing import NamedTuple

import numpy as np

from dp3t_simulator.compiled import compiled
from dp3t_simulator.interfaces import PROXIMITY, Notices, Uploads, World
from dp3t_simulator.meetings.contacts import contacts_of, no_contacts
from dp3t_simulator.meetings.table import History, Meetings
from dp3t_simulator.state import NEVER, Bytes, Days, People, State


class Reports(NamedTuple):
    """What each person has reported, for compiled loops.

    Attributes:
        since: the first day whose keys were uploaded.
        until: the day of the upload, whose keys were not; -1 nothing was uploaded.
        redacted: a day whose keys were held back; -1 none.
    """

    since: Days
    until: Days
    redacted: Days


class Found(NamedTuple):
    """Sources of notices, a row for each; in order of the notices, then of the source.

    Attributes:
        person: who was warned.
        exposed_day: the day on which they met the source.
        source: an index case.
    """

    person: People
    exposed_day: Days
    source: People


class Sources:
    """Looks up sources [SCENARIO-7].

    Args:
        world: in which people meet; its state says who stayed at home in the last 32 days.
    """

    def __init__(self, world: World) -> None:
        self._meetings, self._state = world.meetings, world.state
        never = np.full(world.state.people, NEVER, dtype=np.int16)
        self._reports = Reports(never, never.copy(), never.copy())

    def of(self, day: int, uploads: Uploads, notices: Notices) -> Found:
        """Return the sources of the notices of a day; days are asked for in their order."""
        self._reports.since[uploads.person] = uploads.since
        self._reports.until[uploads.person] = day
        self._reports.redacted[uploads.person] = uploads.redacted
        return _found(self._meetings, self._state, self._reports, notices)


@compiled
def _found(meetings: Meetings, state: State, reports: Reports, notices: Notices) -> Found:
    history = History(state.home, state.absent)
    met = no_contacts()
    person, day = np.empty(64, dtype=np.int32), np.empty(64, dtype=np.int16)
    source = np.empty(64, dtype=np.int32)
    found = 0
    for notice in range(len(notices.person)):
        if notices.kind[notice] != PROXIMITY:
            continue
        warned, exposed_day = notices.person[notice], notices.exposed_day[notice]
        count = contacts_of(meetings, history, warned, exposed_day, met)
        for partner in np.unique(met.partner[:count]):
            if not _covers(reports, state.app, partner, exposed_day):
                continue
            if found == len(person):
                person, day = np.append(person, person), np.append(day, day)
                source = np.append(source, source)
            person[found], day[found], source[found] = warned, exposed_day, partner
            found += 1
    return Found(person[:found], day[:found], source[:found])


@compiled
def _covers(reports: Reports, app: Bytes, person: int, day: int) -> bool:
    """Say whether a person's published keys are those of a day."""
    published: bool = reports.since[person] <= day < reports.until[person]
    return published and app[person] != 0 and reports.redacted[person] != day
