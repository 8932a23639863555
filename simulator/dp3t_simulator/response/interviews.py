"""Tracing by hand: the infected are asked whom they met, as far as there is time for it."""

from collections import deque
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled
from dp3t_simulator.draws import absorb, happens, stream_key, threshold
from dp3t_simulator.meetings.contacts import contacts_of, no_contacts
from dp3t_simulator.meetings.layers import LAYERS, Layer
from dp3t_simulator.meetings.table import MAX_CONTACTS, History, Meetings
from dp3t_simulator.parts import cut
from dp3t_simulator.response.agenda import Agenda, Column
from dp3t_simulator.response.confinement import HISTORY_DAYS
from dp3t_simulator.response.measures import Measures
from dp3t_simulator.response.vaccination import amount
from dp3t_simulator.scenario.settings import ManualTracingSettings

Named = tuple[NDArray[np.int32], NDArray[np.int32]]
"""Who was named, and the day of the contact."""

_PARTS = 8
_PEOPLE_PER_PART = 32
"""Fewer are asked before another thread has begun."""


class Interviews:
    """The queue of those to be asked, and what they tell [RESPONSE-8].

    Args:
        settings: of tracing by hand.
        people: how many live there.
        patience_days: the length of a quarantine; after so long a wait nobody is asked any more,
            and of contacts so long ago neither.
        seed: of all draws.
        threads: that listen to many together.
    """

    def __init__(
        self,
        settings: ManualTracingSettings,
        *,
        people: int,
        patience_days: int,
        seed: int,
        threads: Executor | None = None,
    ) -> None:
        self._threads = threads
        self._settings = settings
        self._daily = settings.interviews_per_100000_daily * people / 100_000
        self._patience_days = patience_days
        self._agenda = Agenda(3)
        self._waiting: deque[tuple[int, Column, Column]] = deque()
        self._key = stream_key(seed, "response: a contact is named")
        self._recall = recall_thresholds(settings)

    def invite(self, people: Column, taken: Column, day: int) -> None:
        """Put people into the queue whose result came in today."""
        if self._settings.enabled:
            due = day + self._settings.delay_days
            self._agenda.add(due, people, taken, np.full(len(people), due))

    def hold(self, day: int, meetings: Meetings, history: History, measures: Measures) -> Named:
        """Ask as many as a day allows, and return whom they name, with repetitions."""
        people, taken = self._turn(day, measures)
        # a quarantine for what was longer ago would be over, or is in no history
        earliest = max(0, day - min(HISTORY_DAYS, self._patience_days) + 1)
        since = np.maximum(taken - self._settings.look_back_days, earliest).astype(np.int32)
        asked = people.astype(np.int64)  # `contacts_of` takes people in 64 bits
        recall = self._key, self._recall

        def named(part: tuple[NDArray[np.int64], Column]) -> NDArray[np.int32]:
            return _named(meetings, history, *part, day, recall)

        parts = min(_PARTS if self._threads else 1, 1 + len(asked) // _PEOPLE_PER_PART)
        pieces = zip(cut(asked, parts), cut(since, parts), strict=True)
        run = self._threads.map if self._threads and parts > 1 else map
        rows = np.concatenate(list(run(named, pieces)))
        return rows[:, 0], rows[:, 1]

    def _turn(self, day: int, measures: Measures) -> tuple[Column, Column]:
        """Take those out of the queue who are asked today."""
        people, taken, due = self._agenda.due(day)
        order = np.lexsort((people, due))
        self._waiting.append((day, people[order], taken[order]))
        while self._waiting and day - self._waiting[0][0] >= self._patience_days:
            measures.interviews_given_up += len(self._waiting.popleft()[1])
        asked = self._first(amount(self._daily, day) if self._settings.enabled else 0)
        measures.interviews = len(asked[0])
        measures.interviews_waiting = sum(len(block[1]) for block in self._waiting)
        return asked

    def _first(self, number: int) -> tuple[Column, Column]:
        """Take so many out of the queue, or all if it is shorter."""
        parts = [np.zeros((2, 0), dtype=np.int32)]
        while number and self._waiting:
            since, people, taken = self._waiting.popleft()
            parts.append(np.stack([people[:number], taken[:number]]))
            if len(people) > number:
                self._waiting.appendleft((since, people[number:], taken[number:]))
            number -= parts[-1].shape[1]
        people, taken = np.concatenate(parts, axis=1)
        return people, taken


def recall_thresholds(settings: ManualTracingSettings) -> NDArray[np.uint64]:
    """Return below which bits a contact is named, by layer; measured ones count as occasional."""
    shares = {
        Layer.HOUSEHOLD: settings.recall_household,
        Layer.SCHOOL: settings.recall_school,
        Layer.WORK: settings.recall_work,
        Layer.OCCASIONAL: settings.recall_occasional,
        Layer.VENUE: settings.recall_venue,
        Layer.MEASURED: settings.recall_occasional,
    }
    return np.array([threshold(shares[Layer(each)]) for each in range(LAYERS)], dtype=np.uint64)


@compiled
def _named(
    meetings: Meetings,
    history: History,
    people: NDArray[np.int64],
    since: Column,
    day: int,
    recall: tuple[np.uint64, NDArray[np.uint64]],
) -> NDArray[np.int32]:
    """Return person and day of the contacts that people name, of the days before today."""
    key, below = recall
    out = no_contacts()
    rows = np.empty((4 * MAX_CONTACTS, 2), dtype=np.int32)
    count = 0
    for at, person in enumerate(people):
        mine = absorb(key, person)
        for met in range(since[at], day):
            if count + MAX_CONTACTS > len(rows):
                longer = np.empty((2 * len(rows), 2), dtype=np.int32)
                longer[:count] = rows[:count]
                rows = longer
            for each in range(contacts_of(meetings, history, person, met, out)):
                partner, layer = out.partner[each], out.layer[each]
                if happens(absorb(absorb(mine, partner), layer), below[layer]):
                    rows[count, 0], rows[count, 1] = partner, met
                    count += 1
    return rows[:count]
