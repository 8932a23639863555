"""spec/facilities/record.md: whatever is said, an act is taken or refused by name."""

import json
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.canonical_json import encode_json
from dp3t.facilities.applying import apply
from dp3t.facilities.board import Board
from dp3t.facilities.ledger import Accepted, Ledger
from dp3t.facilities.refusal import BoardRefusal, RefusedError
from dp3t.facilities.state import day_state
from dp3t.publication.signing import HEADER_BYTES, TrustedKeys, VerificationKey
from dp3t.publication.token_keys import TokenKeys
from dp3t.timeline import Instant
from lenient_judge import LenientJudge
from spec.vectors.builders.board_refusals import NOW, base
from spec.vectors.builders.facility_record import AUTHORITY, REGION, SERVER, TODAY, Record, at
from spec.vectors.builders.objection_tokens import token_key, token_list
from vectors import load

CASES = load("board")["cases"]
ACTS = [
    bytes.fromhex(case["act"])
    for case in CASES
    if case["operation"] == "judge" and case["act"][144:146] == "7b"
]
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.booleans(),
    st.integers(-1, 2**53 - 1),
    st.sampled_from(["", "00" * 32, "00" * 64, "an-cuu", "upheld", "school", "\u202e", "é"]),
    st.lists(st.sampled_from(["air", "sea", "00" * 32]), max_size=2),
    st.just({}),
)


@cache
def ledger() -> Ledger:
    return base().board()._ledger


@given(st.sampled_from(ACTS), st.data())
@settings(max_examples=300, deadline=None)
def test_an_act_with_any_field_changed_is_taken_or_refused(act: bytes, data: st.DataObject) -> None:
    """Negative: also where nobody looks at signatures."""
    try:
        said: dict[str, Any] = json.loads(act[72:])
    except ValueError:
        return
    name = data.draw(st.sampled_from(sorted(said)))
    said[name] = data.draw(VALUES)
    signed = act[:72] + encode_json(said)
    try:
        accepted = LenientJudge(ledger(), NOW).judge(signed)
    except RefusedError:
        return
    grown = deepcopy(ledger())
    apply(grown, accepted)
    for place in grown.places:
        today = grown.rules.local_day(NOW)
        assert today is not None
        situation = grown.situation(place, today, NOW)
        assert situation is not None
        assert day_state(situation).day == today


@pytest.mark.spec("RECORD-2")
def test_every_reason_has_a_case() -> None:
    words = {case["refusal"] for case in CASES if case["operation"] == "judge"}
    assert words == {"", *map(str, BoardRefusal)}


@pytest.mark.spec("RECORD-4")
def test_a_chain_knows_its_last_acts_again_and_takes_older_ones_for_forked() -> None:
    """Negative."""
    record = Record()
    for moment in range(40):
        record.settle(at(0, moment / 10))
    board = record.board()
    judged = [board.judge(signed, None, received=at(0, 5)) for _, signed in record.acts]
    assert judged == [BoardRefusal.FORKED] * 8 + [BoardRefusal.KNOWN] * 32


@pytest.mark.spec("RECORD-14")
@pytest.mark.parametrize(
    ("day", "hour", "refusal"),
    [(1, 23.9, None), (2, 0, BoardRefusal.BACK_DATED), (0, 0.01, None), (-1, 23.9, "early")],
)
def test_a_day_may_be_attested_until_its_late_days_are_over(
    day: int, hour: float, refusal: BoardRefusal | None
) -> None:
    record = Record()
    record.settle(at(-3, 1))
    record.publish(at(-3, 1))
    record.enrol("vy-da", at(-3, 1))
    now = at(day, hour)
    board = record.board()
    signed = record.attest("vy-da", now, day=TODAY)
    judged = board.judge(signed, None, received=now)
    assert (judged == refusal) if refusal else isinstance(judged, Accepted)


@pytest.mark.spec("ACT-4")
def test_a_key_of_the_authority_speaks_for_its_lifetime_alone() -> None:
    """Negative: one that was stolen later makes no act of today."""
    record = Record()
    signed, now = record.settle(at(0, 1)), at(0, 1)
    for valid_until, refusal in ((now + 1, None), (now, BoardRefusal.WRONG_KEY)):
        key = VerificationKey(
            public=AUTHORITY.public().public,
            valid_from=Instant(0),
            valid_until=Instant(valid_until),
        )
        board = Board(REGION, authorities=TrustedKeys([key]))
        judged = board.judge(signed, None, received=now)
        assert (judged is refusal) if refusal else isinstance(judged, Accepted)


@pytest.mark.spec("RECORD-15")
def test_a_list_with_another_key_of_a_day_that_was_listed_is_forked() -> None:
    """Negative: the honest list of the next day has the keys that were listed before."""
    now = at(1, 8)
    honest = TokenKeys.decode(token_list(now, key=SERVER, region=REGION)[HEADER_BYTES:])
    keys = tuple(replace(key, modulus=token_key(key.day + 1).modulus) for key in honest.keys)
    forked = replace(honest, keys=keys).sign(SERVER)
    assert base().board().judge(forked, None, received=now) is BoardRefusal.FORKED
    assert isinstance(base().board().judge(honest.sign(SERVER), None, received=now), Accepted)


@pytest.mark.spec("RECORD-16")
def test_no_more_facilities_are_enrolled_than_a_map_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: but those that are can be enrolled again."""
    monkeypatch.setattr("dp3t.facilities.judging.MAX_FACILITIES", 3)
    for name, refusal in (("vy-da", None), ("phu-hoi", BoardRefusal.TOO_MANY)):
        record = base()
        board = record.board()
        judged = board.judge(record.enrol(name, NOW), None, received=NOW)
        assert (judged is refusal) if refusal else isinstance(judged, Accepted)
