"""Who is found to have been at a venue with a case: overlaps of traces with checked-in visits."""

import numpy as np

from dp3t_simulator.compiled import compiled
from dp3t_simulator.interfaces import PRESENCE, VenueTraces
from dp3t_simulator.meetings.kernels import visit_of, visitors_of
from dp3t_simulator.warnings.agenda import Agenda
from dp3t_simulator.warnings.encounters import Surroundings
from dp3t_simulator.warnings.habits import VISIT_RETENTION_DAYS, checks_in, reads_on
from dp3t_simulator.warnings.ledger import Flags, Ledger
from dp3t_simulator.warnings.notices import Warnings
from dp3t_simulator.warnings.pair import Numbers
from dp3t_simulator.warnings.replay import with_room

_PERSON, _DAY, _READ, _START, _END = range(5)
_COLUMNS = 5
_FIRST_ROWS = 1024


class Venues:
    """The visits that phones have found to overlap with traces.

    Args:
        people: how many there are.
        minutes: from how long an overlap on a person is warned.
        last_day: of the simulation; what is read later is left out.
        retention_days: how long phones remember.
    """

    def __init__(self, *, people: int, minutes: int, last_day: int, retention_days: int) -> None:
        self._warn_from = 60 * minutes
        self._last_day = last_day
        self._memory_days = max(retention_days, VISIT_RETENTION_DAYS)
        self._agenda = Agenda(_COLUMNS)
        self._ledger = Ledger(people=people, columns=2)

    def morning(self, around: Surroundings, traces: VenueTraces, day: int) -> Warnings:
        """Publish traces, let phones read them, and return what they found [WARNINGS-10]."""
        rows = overlaps(around, traces, day, self._last_day)
        self._agenda.add(rows, rows[:, _READ])
        due = self._agenda.due(day)
        changed = self._ledger.add(
            due[:, _DAY],
            due[:, _PERSON],
            [due[:, _START], due[:, _END]],
            since=day - self._memory_days,
        )
        start, end = self._ledger.rows.numbers
        before, after = _lengths(start, end, self._ledger.rows.fresh, changed.first, changed.end)
        grown = after > before
        return Warnings(
            person=changed.person[grown],
            day=changed.day[grown],
            seconds=after[grown],
            score=after[grown] / 60,
            warned=((after >= self._warn_from) & (before < self._warn_from))[grown],
            kind=PRESENCE,
        )


@compiled
def overlaps(around: Surroundings, traces: VenueTraces, day: int, last_day: int) -> Numbers:
    """Return, for each trace and visit that overlap, who visited, when it is read, and the overlap.

    Args:
        around: the world.
        traces: of a morning.
        day: of the morning.
        last_day: of the simulation.
    """
    visitors = np.empty(around.meetings.capacity, dtype=np.int32)
    rows = np.empty((_FIRST_ROWS, _COLUMNS), dtype=np.int32)
    used = 0
    for trace in range(len(traces.venue)):
        visited = traces.day[trace]
        count = visitors_of(around.meetings, around.history, traces.venue[trace], visited, visitors)
        rows = with_room(rows, used, count)
        for each in range(count):
            person = visitors[each]
            if not around.app[person] or not checks_in(around.habits, person, visited):
                continue
            _, arrival, departure = visit_of(around.meetings, around.history, person, visited)
            skew = around.habits.skew[person]
            start = max(arrival + skew, traces.start[trace])
            end = min(departure + skew, traces.end[trace])
            latest = min(last_day, visited + VISIT_RETENTION_DAYS)
            read = reads_on(around.habits, person, day, latest)
            if start < end and read >= 0:
                rows[used, _PERSON], rows[used, _DAY], rows[used, _READ] = person, visited, read
                rows[used, _START], rows[used, _END] = start, end
                used += 1
    return rows[:used]


@compiled
def _lengths(
    start: Numbers, end: Numbers, fresh: Flags, first: Numbers, last: Numbers
) -> tuple[Numbers, Numbers]:
    """Return the lengths of the unions of stretches of rows: without what is fresh, and with it."""
    before = np.zeros(len(first), dtype=np.int32)
    after = np.zeros(len(first), dtype=np.int32)
    for each in range(len(first)):
        order = first[each] + np.argsort(start[first[each] : last[each]])
        known_until, until = 0, 0
        for row in order:
            after[each] += max(0, end[row] - max(until, start[row]))
            until = max(until, end[row])
            if not fresh[row]:
                before[each] += max(0, end[row] - max(known_until, start[row]))
                known_until = max(known_until, end[row])
    return before, after
