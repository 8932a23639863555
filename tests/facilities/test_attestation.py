"""spec/facilities/attestation.md: what a facility says of a day, answers, changes of key."""

from dataclasses import replace
from typing import Any

import pytest

from dp3t.errors import MalformedError, UnknownKeyError
from dp3t.facilities.act import START, ActHead
from dp3t.facilities.acts import sign_act, verify_act
from dp3t.facilities.facility_acts import Answer, Attestation, Done, Rekey
from dp3t.facilities.local_time import LocalDay
from dp3t.params import LAST_INSTANT
from dp3t.primitives import sha256
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant

NOW = Instant(1_795_392_000)
HEAD = ActHead.at(START, region="VN-26", made=NOW)


def key(label: str) -> SigningKey:
    seed = sha256(label.encode())
    return SigningKey(seed=seed, valid_from=Instant(0), valid_until=Instant(LAST_INSTANT))


def done(task: str, at: int = NOW) -> Done:
    return Done(task=task, role="teacher", at=Instant(at))


def attestation(**changes: Any) -> Attestation:
    fields: dict[str, Any] = {
        "head": HEAD,
        "facility": "th-1",
        "day": LocalDay(20_780),
        "checklist": 1,
        "done": (done("air"), done("wash")),
        "absent": ("bins", "kitchen"),
        "closed": False,
        "photos": (sha256(b"1"), sha256(b"2")),
        "presence": b"",
        "corrects": b"",
        "words": b"",
    }
    return Attestation(**{**fields, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(changes, marks=pytest.mark.spec(clause))
        for clause, changes in [
            ("ATTESTATION-1", {"facility": ""}),
            ("ATTESTATION-1", {"day": LocalDay(-1)}),
            ("ATTESTATION-1", {"checklist": 0}),
            ("ATTESTATION-1", {"done": (done("wash"), done("air"))}),
            ("ATTESTATION-1", {"done": (done("air"), done("air", NOW - 1))}),
            ("ATTESTATION-1", {"absent": ("kitchen", "bins")}),
            ("ATTESTATION-1", {"absent": ("Bins",)}),
            ("ATTESTATION-1", {"photos": (sha256(b"1"),) * 2}),
            ("ATTESTATION-1", {"photos": tuple(sha256(bytes([n])) for n in range(9))}),
            ("ATTESTATION-1", {"photos": (b"",)}),
            ("ATTESTATION-1", {"presence": bytes(31)}),
            ("ATTESTATION-1", {"corrects": bytes(33)}),
            ("ATTESTATION-1", {"words": bytes(1)}),
            ("ATTESTATION-2", {"absent": ("air",)}),
            ("ATTESTATION-2", {"absent": tuple(f"b{n:02}" for n in range(39))}),
            ("ATTESTATION-3", {"done": (done("air", NOW + 1),)}),
            ("ATTESTATION-4", {"closed": True, "absent": ()}),
            ("ATTESTATION-4", {"closed": True, "done": ()}),
        ]
    ],
)
def test_nobody_builds_an_attestation_that_no_reader_takes(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        attestation(**changes)


@pytest.mark.spec("ATTESTATION-2")
def test_an_attestation_names_as_many_tasks_as_a_list_has() -> None:
    most = attestation(absent=tuple(f"b{n:02}" for n in range(38)))
    assert len(most.done) + len(most.absent) == 40


@pytest.mark.spec("ATTESTATION-1")
@pytest.mark.parametrize("changes", [{"task": "Air"}, {"role": "Cô Lan"}])
def test_who_did_a_task_is_a_role_and_no_name(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        replace(done("air"), **changes)


@pytest.mark.spec("ATTESTATION-5")
@pytest.mark.parametrize("changes", [{"words": b""}, {"objection": b""}, {"facility": "-"}])
def test_an_answer_has_words_and_what_they_answer(changes: dict[str, Any]) -> None:
    good = Answer(head=HEAD, facility="th-1", objection=sha256(b"1"), words=sha256(b"2"))
    with pytest.raises(MalformedError):
        replace(good, **changes)


@pytest.mark.spec("ATTESTATION-6")
def test_a_change_of_key_verifies_under_the_key_before_and_what_follows_under_the_new() -> None:
    first, second = key("made by an official"), key("known to the school alone")
    rekey = Rekey(head=HEAD, facility="th-1", public=second.public().public)
    signed = sign_act(rekey, first)
    before = TrustedKeys([VerificationKey.pinned(first.public().public)])
    after = TrustedKeys([VerificationKey.pinned(rekey.public)])
    assert verify_act(signed, before) == rekey
    with pytest.raises(UnknownKeyError):
        verify_act(signed, after)
    head = ActHead.at(START.after(signed), region="VN-26", made=NOW)
    next_act = sign_act(attestation(head=head), second)
    assert verify_act(next_act, after) == attestation(head=head)
    with pytest.raises(UnknownKeyError):
        verify_act(next_act, before)
