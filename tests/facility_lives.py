"""Random records of a few facilities, for properties that hold of all records."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from dp3t.facilities.authority_acts import Verdict
from dp3t.facilities.board import Board
from dp3t.facilities.ledger import Accepted
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.page import ReceivedAct
from dp3t.timeline import Instant
from spec.vectors.builders.facility_record import (
    CHECKLIST,
    REGION,
    SERVER,
    SETTINGS,
    TODAY,
    Record,
    at,
    new_board,
    objection,
    task,
)
from spec.vectors.builders.objection_tokens import token_list

NAMES = ("an-cuu", "kim-long", "vy-da")
_TASKS = ("air", "deep", "hands", "monthly")
_LISTED = replace(CHECKLIST, tasks=(*CHECKLIST.tasks, task("monthly", period_days=30)))
_ROLLS = st.tuples(
    st.integers(0, 40 * 3_600),
    st.sampled_from(("attest",) * 6 + ("object", "resolve", "close", "open", "settle", "enrol")),
    st.integers(0, 2),
    st.integers(0, 2**16 - 1),
)


@cache
def _objection(name: str, moment: Instant, day: int, who: str) -> bytes:
    return objection(name, moment, who=who, day=LocalDay(day))


class _Life:
    """A record that grows by what the board accepts."""

    def __init__(self) -> None:
        self.record, self.board = Record(), new_board()
        self.now = at(-20, 1)
        self._put(lambda r: r.settle(self.now))
        self._put(lambda r: r.publish(self.now, _LISTED))
        for name in NAMES:
            self._enrol(name, bits=63)
        self._objected: list[bytes] = []

    def roll(self, gap: int, kind: str, which: int, bits: int) -> None:
        self.now = Instant(self.now + gap)
        step: Callable[[str, int], None] = getattr(self, f"_{kind}")
        step(NAMES[which], bits)

    def _put(self, add: Callable[[Record], object]) -> bool:
        trial = self.record.copy()
        add(trial)
        for received, signed in trial.acts[len(self.record.acts) :]:
            judged = self.board.judge(signed, None, received=received)
            if not isinstance(judged, Accepted):
                return False
            self.board.apply(judged)
        self.record = trial
        return True

    def _attest(self, name: str, bits: int) -> None:
        day = SETTINGS.day_of_place(self.now) - bits % 3
        done = [each for place, each in enumerate(_TASKS) if bits >> (4 + place) & 1]
        absent = tuple(each for each in _TASKS if each not in done and bits >> 12 & 1)
        how: dict[str, Any] = {"day": day, "done": done, "absent": absent}
        if bits >> 13 & 7 == 7:
            how = {"day": day, "done": (), "closed": True}
        self._put(lambda r: r.attest(name, self.now, corrects=self._counting(name, day), **how))

    def _counting(self, name: str, day: int) -> bytes:
        history = self.board._ledger.places[name].history
        counting = history.newest(LocalDay(day), self.now)
        return b"" if counting is None else counting.digest

    def _object(self, name: str, bits: int) -> None:
        self._put(lambda r: r.add(self.now, token_list(self.now, key=SERVER, region=REGION)))
        day = SETTINGS.day_of_place(self.now) - bits % 9
        signed = _objection(name, self.now, day, f"person {bits % 5}")
        if self._put(lambda r: r.add(self.now, signed)):
            self._objected.append(signed)

    def _resolve(self, name: str, bits: int) -> None:
        del name
        if self._objected:
            signed = self._objected[bits % len(self._objected)]
            verdict = list(Verdict)[bits // 256 % 3]
            self._put(lambda r: r.resolve(signed, self.now, verdict))

    def _close(self, name: str, bits: int) -> None:
        day = SETTINGS.day_of_place(self.now) + bits % 5 - 2
        until = -1 if bits >> 8 & 1 else day + bits % 3
        self._put(lambda r: r.close(name, self.now, from_day=day, until_day=until))

    def _open(self, name: str, bits: int) -> None:
        day = SETTINGS.day_of_place(self.now) + bits % 5 - 2
        self._put(lambda r: r.open(name, self.now, from_day=day))

    def _settle(self, name: str, bits: int) -> None:
        del name
        changed = replace(
            SETTINGS,
            deadline_minutes=1 + bits % 1440,
            late_days=bits % 4,
            objection_days=1 + bits % 9,
        )
        self._put(lambda r: r.settle(self.now, changed))

    def _enrol(self, name: str, bits: int) -> None:
        weekdays = (*(bool(bits >> place & 1) for place in range(6)), True)
        self._put(
            lambda r: r.enrol(name, self.now, first_day=TODAY - 20 + bits % 9, weekdays=weekdays)
        )


def _lived(rolls: list[tuple[int, str, int, int]]) -> tuple[ReceivedAct, ...]:
    life = _Life()
    for roll in rolls:
        life.roll(*roll)
    return tuple(life.record.acts)


records = st.lists(_ROLLS, min_size=1, max_size=30).map(_lived)
"""Records of three facilities that a board accepts."""


def board_of(acts: tuple[ReceivedAct, ...], *, trusted: bool = False) -> Board:
    """Return a replay."""
    return new_board().replay(acts, trusted=trusted)
