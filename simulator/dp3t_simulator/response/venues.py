"""Which visits of infected people are made known to those who were there."""

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled
from dp3t_simulator.draws import absorb, happens, stream_key, threshold
from dp3t_simulator.interfaces import VenueTraces, no_traces
from dp3t_simulator.meetings.kernels import visit_of
from dp3t_simulator.meetings.table import History, Meetings
from dp3t_simulator.response.agenda import Agenda, Column
from dp3t_simulator.response.uploads import Illnesses
from dp3t_simulator.scenario.settings import PresenceSettings

RETENTION_DAYS = 14
"""Visits of longer ago are of no use to anybody: phones have forgotten theirs."""


class TracedVisits:
    """Visits of cases, by the day on which they are made known [RESPONSE-10].

    Args:
        settings: of checking in at venues.
        illnesses: when people fell ill.
        seed: of all draws.
    """

    def __init__(self, settings: PresenceSettings, illnesses: Illnesses, seed: int) -> None:
        self._settings, self._illnesses = settings, illnesses
        self._agenda = Agenda(2)
        self._key = stream_key(seed, "response: a visit is traced")
        self._below = threshold(settings.trace_probability)

    def decide(self, people: Column, taken: Column, day: int) -> None:
        """Have visits of people traced whose result came in today."""
        if self._settings.enabled:
            self._agenda.add(day + self._settings.trace_delay_days, people, taken)

    def due(self, day: int, meetings: Meetings, history: History) -> VenueTraces:
        """Return the visits made known today, by venue, then case, then day."""
        people, taken = self._agenda.due(day)
        if not len(people):
            return no_traces()
        earliest = max(0, day - RETENTION_DAYS)
        since = np.maximum(self._illnesses.infectious_from(people, taken), earliest)
        asked = people.astype(np.int64)  # `visit_of` takes people in 64 bits
        rows = _visits(meetings, history, asked, since, day, (self._key, self._below))
        venue, visited, start, end, case = rows[np.lexsort((rows[:, 1], rows[:, 4], rows[:, 0]))].T
        return VenueTraces(venue, visited.astype(np.int16), start, end, case)


@compiled
def _visits(
    meetings: Meetings,
    history: History,
    people: NDArray[np.int64],
    since: Column,
    day: int,
    traced: tuple[np.uint64, np.uint64],
) -> NDArray[np.int32]:
    """Return venue, day, start, end and visitor of the visits of people before today."""
    key, below = traced
    rows = np.empty((int(np.sum(day - since)), 5), dtype=np.int32)
    count = 0
    for at, person in enumerate(people):
        for visited in range(since[at], day):
            venue, start, end = visit_of(meetings, history, person, visited)
            if venue >= 0 and happens(absorb(absorb(key, person), visited), below):
                rows[count, 0], rows[count, 1], rows[count, 4] = venue, visited, person
                rows[count, 2], rows[count, 3] = start, end
                count += 1
    return rows[:count]
