"""spec/facilities/state.md: what a facility is on a day, beyond the cases of the vectors."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_board
from dp3t.facilities import Accepted, LocalDay, State, act_digest
from dp3t.facilities.act import ActHead
from dp3t.facilities.acts import sign_act
from dp3t.facilities.authority_acts import Verdict
from dp3t.facilities.facility_acts import Attestation
from dp3t.facilities.history import Objected
from dp3t.facilities.page import ReceivedAct
from facility_lives import NAMES, board_of, records
from spec.vectors.builders.board_states import life
from spec.vectors.builders.facility_record import (
    AUTHORITY,
    CHECKLIST,
    REGION,
    SERVER,
    TODAY,
    Record,
    at,
    attestation,
    key_of,
    new_board,
    task,
)

KEYS = (REGION, AUTHORITY.public().public, SERVER.public().public)


def long_life() -> Record:
    """Return the record of a school that attested for 130 days, and cleaned on the first.

    Of that day it said too late that it had been closed.
    """
    record = Record()
    record.settle(at(0, 1))
    record.publish(at(0, 1))
    record.enrol("an-cuu", at(0, 1))
    for day in range(130):
        done = ("air", "deep", "hands") if day == 0 else ("air", "hands")
        signed = record.attest("an-cuu", at(day, 7), done=done)
        if day == 0:
            corrects = act_digest(signed)
            record.attest("an-cuu", at(0, 11), done=(), closed=True, corrects=corrects)
    return record


@pytest.mark.spec("STATE-10")
@pytest.mark.parametrize("trusted", [True, False])
def test_what_was_done_last_is_known_of_days_that_are_forgotten(trusted: bool) -> None:
    board = new_board().replay(long_life().acts, trusted=trusted)
    now = at(129, 12)
    last = {each.task.task: each.last_done for each in board.tasks("an-cuu", now)}
    assert last == {"air": TODAY + 129, "hands": TODAY + 129, "deep": TODAY}
    days = board.calendar("an-cuu", LocalDay(TODAY + 129), 42, now)
    assert {each.state for each in days} == {State.OVERDUE}
    assert [each.day for each in days] == list(range(TODAY + 88, TODAY + 130))
    history = board._ledger.places["an-cuu"].history
    assert len(history.attested) == 57
    assert len(history.last_done) == 2


@pytest.mark.spec("STATE-10")
@pytest.mark.parametrize(("day", "state"), [(109, State.SAFE), (110, State.OVERDUE)])
def test_a_period_longer_than_the_days_that_are_kept_ends_on_its_day(
    day: int, state: State
) -> None:
    record = Record()
    record.settle(at(0, 1))
    seldom = task("deep", period_days=100)
    record.publish(at(0, 1), replace(CHECKLIST, tasks=(*CHECKLIST.tasks[:2], seldom)))
    record.enrol("an-cuu", at(0, 1))
    for past in range(111):
        done = ("air", "deep", "hands") if past in (0, 10) else ("air", "hands")
        record.attest("an-cuu", at(past, 7), done=done)
    (found,) = record.board().calendar("an-cuu", LocalDay(TODAY + day), 1, at(110, 12))
    assert found.state is state


@pytest.mark.spec("STATE-1", "STATE-5")
def test_a_list_that_was_received_later_asked_for_nothing_then() -> None:
    """Negative: though it says that it held already."""
    record = Record()
    record.settle(at(0, 1))
    record.enrol("an-cuu", at(0, 1))
    record.publish(at(0, 12))
    board = record.board()
    states = [board.state("an-cuu", at(0, hour)).state for hour in (11, 12)]
    assert states == [State.CLOSED, State.OVERDUE]


@pytest.mark.spec("STATE-4", "STATE-14")
@given(records, st.integers(0, 2))
@settings(max_examples=25, deadline=None)
def test_who_says_too_late_that_it_is_closed_changes_no_state(
    acts: tuple[ReceivedAct, ...], which: int
) -> None:
    """Negative: whatever the record says of it already."""
    board, name, now = board_of(acts), NAMES[which], acts[-1][0]
    today = board.local_day(now) or LocalDay(0)
    before = board.calendar(name, today, 9, now)
    for day in (LocalDay(today - 1), today):
        newest = board._ledger.places[name].history.newest(day, now)
        corrects = b"" if newest is None else newest.digest
        fields = attestation(name, now, day=day, done=(), closed=True, corrects=corrects)
        head = ActHead.at(board.chain_end(name), region=REGION, made=now)
        signed = sign_act(Attestation(head=head, **fields), key_of(name))
        judged = board.judge(signed, None, received=now)
        if isinstance(judged, Accepted) and not board._ledger.rules.is_in_time(day, now):
            board.apply(judged)
    after = board.calendar(name, today, 9, now)
    assert [(each.state, each.late) for each in after] == [
        (each.state, each.late) for each in before
    ]


@pytest.mark.spec("STATE-14")
def test_a_day_says_whether_it_is_closed_by_the_facility_alone() -> None:
    board = life().board()
    for name, day, by_itself in (
        ("says-closed", 0, True), ("shut", 1, False), ("weekdays", 5, False),
        ("closed-late", 0, False), ("hides-contest", 0, False),
    ):  # fmt: skip
        (found,) = board.calendar(name, LocalDay(TODAY + day), 1, at(8, 12))
        assert found.by_itself is by_itself, name


@pytest.mark.spec("STATE-11")
@pytest.mark.parametrize(
    ("day", "left"), [(5, set()), (6, {"deep"}), (10, {"deep"}), (11, {"deep", "new"})]
)
def test_a_task_that_an_earlier_list_had_is_not_new_in_a_later_one(
    day: int, left: set[str]
) -> None:
    """Negative: so a list that is replaced each week does not put off what is done each week."""
    record = Record()
    record.settle(at(0, 1))
    record.publish(at(0, 1))
    record.enrol("an-cuu", at(0, 1))
    weekly = task("new", period_days=7)
    tasks = (*CHECKLIST.tasks, weekly)
    later = replace(CHECKLIST, number=2, valid_from=LocalDay(TODAY + 5), tasks=tasks)
    record.publish(at(1, 1), later)
    board = record.board()
    due = {each.task.task for each in board.tasks("an-cuu", at(day, 9)) if each.due}
    assert due == {"air", "hands"} | left


@pytest.mark.spec("STATE-6", "STATE-8")
@pytest.mark.parametrize("trusted", [True, False])
def test_old_objections_are_weighed_only_while_a_day_can_depend_on_them(trusted: bool) -> None:
    """And again when the authority decides on one after months."""
    record, whose = Record(), ("open", "dismissed", "settled", "upheld")
    record.settle(at(0, 1))
    record.publish(at(0, 1))
    record.enrol("an-cuu", at(0, 1))
    record.list_keys(at(0, 8))
    made = {who: record.object("an-cuu", at(0, 9), who=who) for who in whose}
    record.resolve(made["upheld"], at(0, 10), Verdict.UPHELD)
    record.resolve(made["settled"], at(0, 10), Verdict.UPHELD)
    for day in range(1, 130):
        record.attest("an-cuu", at(day, 7))
        if day == 40:
            record.resolve(made["settled"], at(day, 10), Verdict.SETTLED)
        if day == 80:
            record.resolve(made["dismissed"], at(day, 10), Verdict.DISMISSED)
        if day == 100:
            record.resolve(made["upheld"], at(day, 10), Verdict.SETTLED)
    board = new_board().replay(record.acts, trusted=trusted)
    history = board._ledger.places["an-cuu"].history
    kept = {who for who, signed in made.items() if act_digest(signed) in history.weighed}
    assert kept == {"dismissed", "upheld"}
    assert len(board.objections("an-cuu", at(129, 12))) == 4
    reader = oracle_board.Reader(record.acts, at(129, 12), KEYS)
    for day in (88, 99, 100, 129):
        (found,) = board.calendar("an-cuu", LocalDay(TODAY + day), 1, at(129, 12))
        assert found.state == reader.state("an-cuu", TODAY + day)[0]
        assert (found.state is State.UNSAFE) == (day < 100)
    record.resolve(made["open"], at(130, 8), Verdict.UPHELD)
    board.replay(record.acts[-1:], trusted=trusted)
    assert board.state("an-cuu", at(130, 9)).state is State.UNSAFE


@pytest.mark.parametrize(
    ("verdict", "decided", "last"),
    [
        (None, 0, 85),
        (Verdict.DISMISSED, 1, 85),
        (Verdict.SETTLED, 60, 117),
        (Verdict.UPHELD, 1, 999),
    ],
)
def test_an_objection_matters_for_as_long_as_days_are_kept_that_it_touches(
    verdict: Verdict | None, decided: int, last: int
) -> None:
    objected = Objected(at(0, 9), LocalDay(TODAY), "")
    if verdict is not None:
        objected.verdicts.append((at(decided, 9), verdict))
    assert objected.matters(at(last, 9))
    assert objected.matters(at(last + 1, 9)) is (last == 999)
