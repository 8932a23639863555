"""Who stays at home: isolation of the ill and the infected, quarantine of those they met."""

from concurrent.futures import Executor
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled
from dp3t_simulator.draws import absorb, absorbed, happens, stream_key, threshold, unit
from dp3t_simulator.response.groups import Persons
from dp3t_simulator.response.measures import Measures
from dp3t_simulator.scenario.settings import QuarantineSettings
from dp3t_simulator.state import Bytes, Days, Stage, State, Words

HISTORY_DAYS = 32
"""So many days the bits of `State.home` reach back."""


class Cause(IntEnum):
    """Why a quarantine began; the number is its place in counts."""

    HOUSEHOLD = 0
    APP = 1
    VENUE = 2
    MANUAL = 3


Written = tuple[NDArray[np.int32], NDArray[np.int64]]
"""Who stays at home on a day, and how many for which cause."""

_PARTS = 8
_PEOPLE_PER_PART = 8192
"""Fewer are gone through before another thread has begun."""

_ISOLATED = len(Cause)
_OUT = _ISOLATED + 1


class Confinement:
    """Isolations and quarantines of everybody.

    Args:
        settings: of quarantine.
        state: of everybody; `isolated_until`, `quarantined_until`, `quarantine_from` and `home` are
            written here.
        seed: of all draws.
        threads: that go through many people together.
    """

    def __init__(
        self,
        settings: QuarantineSettings,
        state: State,
        seed: int,
        threads: Executor | None = None,
    ) -> None:
        self._threads = threads
        self._state = state
        self._confined = np.zeros(state.people, dtype=np.bool_)
        self._cause = np.zeros(state.people, dtype=np.uint8)
        self._willing_key = stream_key(seed, "response: willing to stay at home when asked")
        self._out_key = stream_key(seed, "response: a day out of quarantine")
        self._out_below = threshold(settings.daily_dropout)
        nobody = np.zeros(0, dtype=np.int32)
        self._stayed = [nobody] * HISTORY_DAYS

    def isolate(self, people: Persons, until: int) -> None:
        """Let people stay at home from today to before a day, if they do not do so for longer."""
        state = self._state
        state.isolated_until[people] = np.maximum(state.isolated_until[people], until)
        self._confined[people] = True

    def quarantine(
        self, people: Persons, until: Persons, day: int, *, cause: Cause, share: float
    ) -> NDArray[np.int32]:
        """Ask people to stay at home from today to before a day of each [RESPONSE-6].

        Somebody may stand here several times; the last of the days holds. Whoever is in quarantine
        already stays for as long as the longer one lasts, and for the same cause as before.

        Args:
            people: who is asked.
            until: the first day out again, of each.
            day: today.
            cause: why.
            share: of the people who are willing when asked for this cause. Somebody's willingness
                does not change, and who is willing for a share is so for each larger one.

        Returns:
            Who begins a quarantine, in ascending order.
        """
        state = self._state
        begin = _quarantine(
            day,
            (people.astype(np.int32), until.astype(np.int32)),
            state.stage,
            (state.quarantined_until, state.quarantine_from, self._cause, self._confined),
            int(cause),
            (self._willing_key, share),
        )
        return np.sort(begin)

    def release(self, people: Persons, day: int) -> int:
        """End quarantines, so that today is the first day out; return how many ended."""
        inside = people[self._state.quarantined_until[people] > day]
        self._state.quarantined_until[inside] = day
        return len(inside)

    def write(self, day: int, measures: Measures) -> None:
        """Write who stays at home today into `State.home`, and count them [RESPONSE-7]."""
        state, slot = self._state, day % HISTORY_DAYS
        out_key = np.uint64(absorbed(self._out_key, day))
        now, before = np.flatnonzero(self._confined).astype(np.int32), self._stayed[slot]
        known = state.isolated_until, state.quarantined_until, state.stage, self._cause

        def written(part: tuple[NDArray[np.int32], NDArray[np.int32]]) -> Written:
            return _write(day, known, (self._confined, state.home), part, out_key, self._out_below)

        parts = self._by_person(now, before)
        run = self._threads.map if self._threads and len(parts) > 1 else map
        every = list(run(written, parts))
        self._stayed[slot] = np.concatenate([stayed for stayed, _ in every])
        counts = np.sum([count for _, count in every], axis=0)
        measures.quarantined_household = int(counts[Cause.HOUSEHOLD])
        measures.quarantined_app = int(counts[Cause.APP])
        measures.quarantined_venue = int(counts[Cause.VENUE])
        measures.quarantined_manual = int(counts[Cause.MANUAL])
        measures.isolated, measures.days_out = int(counts[_ISOLATED]), int(counts[_OUT])

    def _by_person(
        self, *people: NDArray[np.int32]
    ) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """Return lists in ascending order cut where the same people lie on either side."""
        parts = min(_PARTS if self._threads else 1, 1 + len(people[0]) // _PEOPLE_PER_PART)
        if parts == 1:
            return [(people[0], people[1])]
        ends = [self._state.people * part // parts for part in range(1, parts)]
        pieces = (np.split(each, np.searchsorted(each, ends)) for each in people)
        return list(zip(*pieces, strict=True))


_HOSPITAL, _DEAD = int(Stage.HOSPITAL), int(Stage.DEAD)


@compiled
def _quarantine(
    day: int,
    asked: tuple[NDArray[np.int32], NDArray[np.int32]],
    stage: Bytes,
    written: tuple[Days, Days, Bytes, NDArray[np.bool_]],
    cause: int,
    willing: tuple[np.uint64, float],
) -> NDArray[np.int32]:
    """Quarantine those who are alive and willing; return who begins, in no order."""
    people, until = asked
    quarantined_until, quarantine_from, causes, confined = written
    key, share = willing
    begin = np.empty(len(people), dtype=np.int32)
    count = 0
    for row in range(len(people)):
        person, current = people[row], quarantined_until[people[row]]
        if until[row] <= max(current, day) or stage[person] == _DEAD:
            continue
        if unit(absorb(key, person)) >= share:
            continue
        if current <= day:
            quarantine_from[person], causes[person] = day, cause
            begin[count] = person
            count += 1
        quarantined_until[person] = until[row]
        confined[person] = True
    return begin[:count]


@compiled
def _write(
    day: int,
    known: tuple[Days, Days, Bytes, Bytes],
    written: tuple[NDArray[np.bool_], Words],
    whom: tuple[NDArray[np.int32], NDArray[np.int32]],
    out_key: np.uint64,
    out_below: np.uint64,
) -> Written:
    """Return who stays at home, and counts; strike off whose time is over, and write history.

    Of `whom` the first may stay at home today, and the second did so when the bit was last used.
    """
    isolated_until, quarantined_until, stage, cause = known
    confined, home = written
    people, stayed_before = whom
    bit = np.uint32(1) << np.uint32(day % HISTORY_DAYS)
    for person in stayed_before:
        home[person] &= ~bit
    stayed = np.empty(len(people), dtype=np.int32)
    counts = np.zeros(_OUT + 1, dtype=np.int64)
    count = 0
    for person in people:
        isolated = isolated_until[person] > day
        if not isolated and quarantined_until[person] <= day:
            confined[person] = False
        elif stage[person] == _HOSPITAL or stage[person] == _DEAD:
            continue
        elif not isolated and happens(absorb(out_key, person), out_below):
            counts[_OUT] += 1
        else:
            counts[_ISOLATED if isolated else cause[person]] += 1
            home[person] |= bit
            stayed[count] = person
            count += 1
    return stayed[:count], counts
