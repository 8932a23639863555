"""spec/facilities/record.md, state.md: what holds of every replay."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_board
from dp3t.errors import ClockError, VerificationError
from dp3t.facilities import Accepted, Board, BoardRefusal, LocalDay, Words, act_digest
from dp3t.facilities.authority_acts import Verdict
from dp3t.facilities.page import ReceivedAct
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant
from facility_lives import NAMES, board_of, records
from spec.vectors.builders.board_refusals import base
from spec.vectors.builders.board_states import life
from spec.vectors.builders.facility_record import (
    AUTHORITIES,
    AUTHORITY,
    DEADLINE,
    MIDNIGHT,
    REGION,
    SERVER,
    SERVERS,
    SETTINGS,
    TODAY,
    Record,
    at,
    key_of,
    new_board,
    objection,
)

KEYS = (REGION, AUTHORITY.public().public, SERVER.public().public)


def seen(board: Board, now: Instant) -> list[object]:
    """Return all that a board says of its facilities at a moment."""
    today = board.local_day(now) or LocalDay(0)
    return [
        (
            board.state(name, now),
            board.calendar(name, today, 12, now),
            board.tasks(name, now),
            board.objections(name, now),
            board.open_objections(name, now),
        )
        for name in NAMES
    ]


@pytest.mark.spec("STATE-1")
@given(records, st.data())
@settings(max_examples=25, deadline=None)
def test_a_replay_in_two_halves_is_one_replay(
    acts: tuple[ReceivedAct, ...], data: st.DataObject
) -> None:
    half = data.draw(st.integers(0, len(acts)))
    now = acts[-1][0]
    two = board_of(acts[:half]).replay(acts[half:])
    one = board_of(acts)
    assert seen(two, now) == seen(one, now)
    ends = [(each.authority_end(), *map(each.chain_end, NAMES)) for each in (one, two)]
    assert ends[0] == ends[1]
    assert one.acts == two.acts == len(acts)


@pytest.mark.spec("STATE-1")
@given(records, st.data())
@settings(max_examples=25, deadline=None)
def test_what_is_received_later_plays_no_part(
    acts: tuple[ReceivedAct, ...], data: st.DataObject
) -> None:
    """Negative: whichever moment of the record one asks about."""
    now = Instant(data.draw(st.integers(max(acts[4][0], acts[-1][0] - 14 * 86_400), acts[-1][0])))
    by_then = tuple(each for each in acts if each[0] <= now)
    assert seen(board_of(acts), now) == seen(board_of(by_then), now)


@given(records)
@settings(max_examples=25, deadline=None)
def test_acts_that_were_verified_before_give_the_same_board(acts: tuple[ReceivedAct, ...]) -> None:
    trusted, verified, now = board_of(acts, trusted=True), board_of(acts), acts[-1][0]
    assert seen(trusted, now) == seen(verified, now)
    assert [trusted.chain_end(name) for name in NAMES] == [
        verified.chain_end(name) for name in NAMES
    ]
    assert trusted.changed_since(6) == verified.changed_since(6)


@pytest.mark.spec("STATE-3", "STATE-10", "STATE-11")
@given(records, st.integers(0, 13 * 86_400))
@settings(max_examples=25, deadline=None)
def test_the_second_witness_finds_the_same_states(
    acts: tuple[ReceivedAct, ...], before: int
) -> None:
    board, now = board_of(acts), Instant(max(acts[4][0], acts[-1][0] - before))
    reader = oracle_board.Reader(acts, now, KEYS)
    today = board.local_day(now) or LocalDay(0)
    for name in NAMES:
        days = range(today - 8, today + 1)
        assert [
            (each.state, each.late, each.missing) for each in board.calendar(name, today, 9, now)
        ] == [reader.state(name, day) for day in days]
        assert board.open_objections(name, now) == reader.contesting(name, today)


@pytest.mark.parametrize("record", [base(), life()], ids=["base", "life"])
def test_an_attestation_that_was_verified_before_is_kept_as_any_other(record: Record) -> None:
    """With what is absent, closed, worded, and the key of its proofs of presence."""
    trusted, verified = (
        new_board().replay(record.acts, trusted=trusted)._ledger for trusted in (True, False)
    )
    for name, place in verified.places.items():
        assert trusted.places[name].history.attested == place.history.attested
        assert trusted.places[name].touched == place.touched
    assert trusted.worded == verified.worded
    assert (trusted.acts, trusted.received) == (verified.acts, verified.received)


@pytest.mark.spec("RECORD-2", "RECORD-4")
def test_an_act_enters_once_and_judging_changes_nothing() -> None:
    record, board = base(), base().board()
    signed, now = record.attest("vy-da", at(0, 12)), at(0, 12)
    first, second = (board.judge(signed, None, received=now) for _ in range(2))
    assert isinstance(first, Accepted)
    assert first == second
    assert (first.number, first.kind, first.facility) == (9, "attestation", "vy-da")
    assert (first.chain, first.chain_number) == ("facility:vy-da", 0)
    assert first.digest == act_digest(signed)
    board.apply(first)
    assert (board.acts, board.received) == (10, now)
    assert board.judge(signed, None, received=now) is BoardRefusal.KNOWN
    with pytest.raises(ValueError, match="since"):
        board.apply(first)


@pytest.mark.spec("RECORD-1")
def test_no_act_is_received_before_the_last() -> None:
    """Negative."""
    record, board = base(), base().board()
    signed = record.attest("vy-da", at(0, 9))
    with pytest.raises(ClockError):
        board.judge(signed, None, received=Instant(at(0, 10) - 1))
    assert isinstance(board.judge(signed, None, received=at(0, 10)), Accepted)


@pytest.mark.spec("RECORD-13")
def test_a_replay_names_the_act_that_no_honest_record_holds() -> None:
    """Negative."""
    acts = base().acts
    with pytest.raises(VerificationError, match="act 2 of the record: gap"):
        new_board().replay([*acts[:2], *acts[3:]])


@pytest.mark.spec("RECORD-15", "OBJECTION-4")
def test_without_the_servers_keys_no_list_enters_and_so_no_objection() -> None:
    """Negative."""
    board = Board(REGION, authorities=AUTHORITIES)
    acts = base().acts
    board.replay(acts[:5])
    assert board.judge(acts[5][1], None, received=acts[5][0]) is BoardRefusal.WRONG_KEY
    assert board.judge(acts[6][1], None, received=acts[6][0]) is BoardRefusal.BAD_TOKEN
    board.trust(SERVERS)
    assert isinstance(board.judge(acts[5][1], None, received=acts[5][0]), Accepted)


@pytest.mark.spec("ACT-4")
def test_an_authoritys_key_that_may_not_speak_then_makes_no_act() -> None:
    """Negative."""
    acts = base().acts
    board = Board(REGION, authorities=TrustedKeys([key_of("another").public()]))
    assert board.judge(acts[0][1], None, received=acts[0][0]) is BoardRefusal.WRONG_KEY


@pytest.mark.spec("OBJECTION-5", "TOKENS-11")
def test_a_token_is_good_for_one_objection_to_each_facility() -> None:
    record = base()
    spent = BoardRefusal.SPENT_TOKEN
    for name, refusal in (
        ("vy-da", None), ("vy-da", spent), ("kim-long", None), ("an-cuu", spent), ("vy-da", spent),
    ):  # fmt: skip
        board = record.board()
        signed = objection(name, at(0, 11), who="first", task="hands" if refusal else "")
        judged = board.judge(signed, None, received=at(0, 11))
        assert judged is refusal if refusal else isinstance(judged, Accepted)
        if refusal is None:
            record.add(at(0, 11), signed)


def test_acts_that_were_judged_before_are_not_judged_again() -> None:
    """A rule that is stricter since they were taken keeps no server from starting."""
    record = base()
    now = at(0, 12)
    record.attest("vy-da", now, day=TODAY - 9)
    record.attest("vy-da", now, day=TODAY - 9, done=("nothing-listed",))
    record.settle(now, replace(SETTINGS, utc_offset_minutes=480))
    record.publish(now)
    record.object("vy-da", at(5, 12), who="late", task="nothing-listed", day=TODAY + 9)
    with pytest.raises(VerificationError, match="act 9 of the record: back-dated"):
        record.board()
    board = new_board().replay(record.acts, trusted=True)
    assert board.acts == 14
    assert board.chain_end("vy-da").number == 2


def test_what_was_judged_before_must_still_be_readable_and_about_what_there_is() -> None:
    """Negative: such as rows of a damaged database."""
    record, now = base(), at(0, 12)
    stranger = Record()
    acts = {
        "malformed": record.acts[0][1][:-1],
        "unknown-facility": stranger.attest("nobody", now),
        "unknown-objection": stranger.resolve(b"nothing", now, Verdict.UPHELD),
    }
    later = {
        "unknown-facility": stranger.close("nobody", now, from_day=TODAY),
        "unknown-objection": stranger.answer("vy-da", b"nothing", now),
    }
    for refusal, signed in (*acts.items(), *later.items()):
        with pytest.raises(VerificationError, match=f"act 9 of the record: {refusal}"):
            new_board().replay([*record.acts, (now, signed)], trusted=True)


def test_a_board_tells_what_acts_from_a_number_on_are_about() -> None:
    record = base()
    assert record.board().changed_since(9) == ()
    assert record.board().changed_since(7) == ("kim-long",)
    assert record.board().changed_since(6) == ("an-cuu", "kim-long")
    record.strike(record.acts[4][1], at(0, 11))
    board = record.board()
    assert board.changed_since(9) == ("an-cuu",)
    assert board.is_struck(act_digest(record.acts[4][1]))
    assert not board.is_struck(act_digest(record.acts[6][1]))
    record.settle(at(0, 12))
    assert record.board().changed_since(10) == ("an-cuu", "kim-long", "vy-da")
    assert record.board().changed_since(11) == ()


def test_a_board_tells_when_time_alone_changes_states() -> None:
    board = base().board()
    tomorrow = MIDNIGHT + 86_400
    assert board.next_change(at(0, 9)) == DEADLINE
    assert board.next_change(DEADLINE) == tomorrow
    assert board.next_change(Instant(tomorrow - 1)) == tomorrow
    assert board.next_change(Instant(tomorrow)) == DEADLINE + 86_400
    assert new_board().next_change(MIDNIGHT) == 2**32 - 1


def test_a_board_tells_what_became_of_an_objection() -> None:
    record = base()
    signed = record.acts[6][1]
    record.answer("an-cuu", signed, at(0, 11))
    record.resolve(signed, at(0, 12), Verdict.UPHELD)
    board = record.board()
    (then,), (now,) = (board.objections("an-cuu", at(0, hour)) for hour in (10, 12))
    assert (then.verdict, then.answers) == (None, 0)
    assert (now.verdict, now.answers) == (Verdict.UPHELD, 1)
    assert (now.digest, now.day, now.task) == (act_digest(signed), TODAY, "")
    assert board.objections("an-cuu", at(0, 8)) == board.objections("vy-da", at(0, 12)) == ()
    assert board.facility_of(now.digest) == "an-cuu"
    assert board.facility_of(bytes(32)) == ""


def test_a_board_tells_the_tasks_of_today() -> None:
    record = base()
    record.attest("vy-da", at(0, 11), done=("air", "deep"))
    found = {each.task.task: each for each in record.board().tasks("vy-da", at(3, 9))}
    assert {name: each.last_done for name, each in found.items()} == {
        "air": TODAY, "deep": TODAY, "hands": None,
    }  # fmt: skip
    assert {name: each.due for name, each in found.items()} == {
        "air": True, "deep": False, "hands": True,
    }  # fmt: skip
    weekly = record.board().tasks("vy-da", at(7, 9))[2]
    assert weekly.due
    record.attest("vy-da", at(7, 9))
    weekly = record.board().tasks("vy-da", at(7, 9))[2]
    assert (weekly.due, weekly.last_done) == (True, TODAY + 7)


def test_a_board_knows_keys_lists_and_details() -> None:
    record = base()
    board, now = record.board(), at(0, 12)
    assert board.public("kim-long") == key_of("new").public().public
    assert board.public("vy-da") == key_of("vy-da").public().public
    assert board.has_token_list(act_digest(record.acts[5][1]))
    assert not board.has_token_list(bytes(32))
    assert board.settings(now) is not None
    assert [each.number for each in board.checklists()] == [1]
    checklist = board.checklist("vy-da", LocalDay(TODAY), now)
    assert checklist is not None
    assert checklist.number == 1
    assert board.checklist("vy-da", LocalDay(TODAY - 401), now) is None
    assert board.region == REGION


def test_what_a_board_does_not_know_is_a_lookup_error() -> None:
    """Negative."""
    board, now = base().board(), at(0, 12)
    day = LocalDay(TODAY)
    for ask in (
        lambda: board.state("nobody", now),
        lambda: board.state("an-cuu", at(0, 1.5)),
        lambda: board.calendar("nobody", day, 1, now),
        lambda: board.tasks("nobody", now),
        lambda: board.enrolment("nobody", now),
        lambda: board.enrolment("an-cuu", at(0, 1)),
        lambda: board.public("nobody"),
        lambda: board.chain_end("nobody"),
        lambda: board.checklist("nobody", day, now),
        lambda: new_board().state("an-cuu", now),
    ):
        with pytest.raises(LookupError):
            ask()
    for days in (0, 43):
        with pytest.raises(ValueError, match="1 to 42"):
            board.calendar("an-cuu", day, days, now)


@pytest.mark.spec("RECORD-6")
def test_words_come_with_the_act_that_commits_to_them() -> None:
    words = Words(bytes(16), "Không có xà phòng")
    signed = objection("vy-da", at(0, 12), who="wordy", words=words.commitment())
    board, now = base().board(), at(0, 12)
    accepted = board.judge(signed, words, received=now)
    assert isinstance(accepted, Accepted)
    assert accepted.has_words
    assert board.judge(signed, None, received=now) is BoardRefusal.WRONG_WORDS
