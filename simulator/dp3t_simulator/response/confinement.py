"""Who stays at home: isolation of the ill and the infected, quarantine of those they met."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled
from dp3t_simulator.draws import absorb, absorbed, happens, stream_key, threshold
from dp3t_simulator.response.groups import Persons, latest
from dp3t_simulator.response.measures import Measures
from dp3t_simulator.scenario.settings import QuarantineSettings
from dp3t_simulator.state import Bytes, Days, Stage, State, Words
from dp3t_simulator.streams import Stream

HISTORY_DAYS = 32
"""So many days the bits of `State.home` reach back."""


class Cause(IntEnum):
    """Why a quarantine began; the number is its place in counts."""

    HOUSEHOLD = 0
    APP = 1
    VENUE = 2
    MANUAL = 3


_ISOLATED = len(Cause)
_OUT = _ISOLATED + 1


class Confinement:
    """Isolations and quarantines of everybody.

    Args:
        settings: of quarantine.
        state: of everybody; `isolated_until`, `quarantined_until`, `quarantine_from` and `home` are
            written here.
        seed: of all draws.
    """

    def __init__(self, settings: QuarantineSettings, state: State, seed: int) -> None:
        self._state = state
        self._confined = np.zeros(state.people, dtype=np.bool_)
        self._cause = np.zeros(state.people, dtype=np.uint8)
        self._willing = Stream(seed, "response: willing to stay at home when asked")
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
        people, until = latest(people, until)
        alive = state.stage[people] != Stage.DEAD
        longer = until > np.maximum(state.quarantined_until[people], day)
        follow = alive & longer & (self._willing.uniform(people) < share)
        people, until = people[follow], until[follow]
        begin = people[state.quarantined_until[people] <= day]
        state.quarantine_from[begin] = day
        self._cause[begin] = cause
        state.quarantined_until[people] = until
        self._confined[people] = True
        return begin.astype(np.int32)

    def release(self, people: Persons, day: int) -> int:
        """End quarantines, so that today is the first day out; return how many ended."""
        inside = people[self._state.quarantined_until[people] > day]
        self._state.quarantined_until[inside] = day
        return len(inside)

    def write(self, day: int, measures: Measures) -> None:
        """Write who stays at home today into `State.home`, and count them [RESPONSE-7]."""
        state, slot = self._state, day % HISTORY_DAYS
        stayed, counts = _write(
            day,
            (state.isolated_until, state.quarantined_until, state.stage, self._cause),
            (self._confined, state.home, self._stayed[slot]),
            np.flatnonzero(self._confined),
            np.uint64(absorbed(self._out_key, day)),
            self._out_below,
        )
        self._stayed[slot] = stayed
        measures.quarantined_household = int(counts[Cause.HOUSEHOLD])
        measures.quarantined_app = int(counts[Cause.APP])
        measures.quarantined_venue = int(counts[Cause.VENUE])
        measures.quarantined_manual = int(counts[Cause.MANUAL])
        measures.isolated, measures.days_out = int(counts[_ISOLATED]), int(counts[_OUT])


_HOSPITAL, _DEAD = int(Stage.HOSPITAL), int(Stage.DEAD)


@compiled
def _write(
    day: int,
    known: tuple[Days, Days, Bytes, Bytes],
    written: tuple[NDArray[np.bool_], Words, NDArray[np.int32]],
    people: NDArray[np.int64],
    out_key: np.uint64,
    out_below: np.uint64,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return who stays at home, and counts; strike off whose time is over, and write history."""
    isolated_until, quarantined_until, stage, cause = known
    confined, home, stayed_before = written
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
