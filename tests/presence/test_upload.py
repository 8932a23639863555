"""spec/presence/upload.md: the owner's upload, its answer, and the dummies that hide it."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_pretrace
import oracle_seal
from dp3t.codec import Value, encode, pad
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    MalformedError,
    PolicyError,
    ReplayError,
    TooEarlyError,
    TransportError,
    UnauthorizedError,
    UnsupportedVersionError,
)
from dp3t.presence.owner_dummies import OwnerDummies, dummy_upload
from dp3t.presence.pretrace import PRE_TRACE_BYTES, PreTrace, pre_trace
from dp3t.presence.upload import (
    TRACE_REFUSALS,
    TRACE_UPLOAD_BYTES,
    TraceUpload,
    check_trace_answer,
    encode_trace_answer,
)
from dp3t.primitives import random_from_os
from dp3t.publication.authorization import UploadCode
from dp3t.publication.commitment import Openings
from dp3t.publication.dummy import DummySchedule
from dp3t.timeline import Day, Instant
from gatherings import AUTHORITY, HOUR, MARKET, NOW, REFERENCE, TEN, stretch
from vectors import Case, vector_cases

CODE = UploadCode("0123456789012345678968")
SEALED = bytes(range(256)) * (PRE_TRACE_BYTES // 256)
UPLOAD = TraceUpload(CODE, SEALED)
DAY = 86_400


def message(**changes: Any) -> dict[str, Any]:
    return {"authorization": CODE.to_value(), "pre_trace": SEALED, "version": 1, **changes}


def body_of(value: Any) -> bytes:
    return pad(encode(value), to_bytes=TRACE_UPLOAD_BYTES)


class TestUpload:
    """One request, one length."""

    @pytest.mark.spec("UPLOAD-1")
    def test_the_body_is_the_map_and_padding(self) -> None:
        body = UPLOAD.encode()
        assert body == body_of(message())
        assert len(body) == 17_408
        assert TraceUpload.decode(body) == UPLOAD
        assert repr(UPLOAD) == "TraceUpload(code=UploadCode(hidden))"

    @pytest.mark.spec("UPLOAD-1")
    @pytest.mark.parametrize("hours", [1, 24, 240])
    def test_the_length_tells_nothing_of_the_hours(self, hours: int) -> None:
        now = Instant(TEN + 240 * HOUR)
        one = pre_trace(MARKET, stretch=stretch(0, hours * HOUR), reference=REFERENCE, now=now)
        sealed = one.seal(AUTHORITY.public(), rand=random_from_os)
        body = TraceUpload(UploadCode.generate(rand=random_from_os), sealed).encode()
        assert len(body) == TRACE_UPLOAD_BYTES
        assert PreTrace.open(TraceUpload.decode(body).sealed, AUTHORITY) == one

    @pytest.mark.spec("UPLOAD-1")
    @pytest.mark.parametrize("length", [0, PRE_TRACE_BYTES - 1, PRE_TRACE_BYTES + 1])
    def test_a_box_of_another_length_is_a_programming_mistake(self, length: int) -> None:
        with pytest.raises(ValueError, match="16384"):
            TraceUpload(CODE, bytes(length)).encode()

    @pytest.mark.spec("UPLOAD-2")
    @pytest.mark.parametrize(
        "value",
        [
            [],
            {},
            message(more=1),
            message(pre_trace=SEALED[:-1]),
            message(pre_trace="x" * PRE_TRACE_BYTES),
            message(authorization={}),
            message(authorization={"code": "0" * 22, "form": "code"}),
            message(authorization={"code": CODE.digits(), "form": "other"}),
            {name: value for name, value in message().items() if name != "version"},
        ],
    )
    def test_a_map_with_one_fault_is_malformed(self, value: Any) -> None:
        with pytest.raises(MalformedError):
            TraceUpload.decode(body_of(value))

    @pytest.mark.spec("UPLOAD-2")
    def test_openings_of_commitments_permit_no_trace(self) -> None:
        openings = Openings(days=(Day(18_813),), randoms=(bytes(32),))
        with pytest.raises(MalformedError, match="code"):
            TraceUpload.decode(body_of(message(authorization=openings.to_value())))

    @pytest.mark.spec("UPLOAD-2", "CODEC-8")
    def test_another_version_is_named(self) -> None:
        with pytest.raises(UnsupportedVersionError, match="2"):
            TraceUpload.decode(body_of(message(version=2)))

    @pytest.mark.spec("UPLOAD-2", "CODEC-6")
    def test_a_body_of_another_length_or_padding_is_malformed(self) -> None:
        body = UPLOAD.encode()
        for wrong in (
            b"",
            body[:-1],
            body + b"\0",
            encode(message()),
            body[:-1] + b"\1",
            bytes(17_408),
        ):
            with pytest.raises(MalformedError):
                TraceUpload.decode(wrong)

    @pytest.mark.spec("UPLOAD-2")
    @settings(max_examples=50)
    @given(data=st.data())
    def test_a_damaged_body_ends_in_a_value_or_as_malformed(self, data: st.DataObject) -> None:
        body = bytearray(UPLOAD.encode())
        for _ in range(data.draw(st.integers(1, 3))):
            body[data.draw(st.integers(0, 120) | st.integers(0, len(body) - 1))] = data.draw(
                st.integers(0, 255)
            )
        try:
            found = TraceUpload.decode(bytes(body))
        except MalformedError:
            return
        assert found.encode() == body

    @pytest.mark.spec("UPLOAD-2")
    @given(seed=st.integers(), length=st.integers(0, 40) | st.just(TRACE_UPLOAD_BYTES))
    def test_any_bytes_end_as_malformed(self, seed: int, length: int) -> None:
        with pytest.raises(MalformedError):
            TraceUpload.decode(Random(seed).randbytes(length))

    def test_the_code_is_not_in_the_repr(self) -> None:
        assert CODE.digits() not in repr(UPLOAD)


class TestAnswer:
    """256 bytes whatever they say."""

    @pytest.mark.spec("UPLOAD-3")
    def test_every_answer_has_256_bytes_and_says_what_the_table_says(self) -> None:
        assert encode_trace_answer() == b'{"accepted": true}'.ljust(256)
        assert set(TRACE_REFUSALS) == {"unknown-code", "expired-code", "used-code", "full"}
        for refusal in TRACE_REFUSALS:
            text = b'{"accepted": false, "refusal": "%s"}' % refusal.encode()
            assert encode_trace_answer(refusal) == text.ljust(256)

    @pytest.mark.spec("UPLOAD-4")
    def test_each_refusal_is_raised_by_its_name(self) -> None:
        check_trace_answer(encode_trace_answer())
        errors: dict[str, type[Dp3tError]] = {
            "unknown-code": UnauthorizedError,
            "expired-code": ExpiredError,
            "used-code": ReplayError,
            "full": PolicyError,
        }
        for refusal, error in errors.items():
            with pytest.raises(error, match=refusal) as raised:
                check_trace_answer(encode_trace_answer(refusal))
            assert type(raised.value) is error

    @pytest.mark.spec("UPLOAD-3")
    def test_a_refusal_of_reports_only_is_a_programming_mistake(self) -> None:
        with pytest.raises(ValueError, match="refusal"):
            encode_trace_answer("uncovered-keys")

    @pytest.mark.spec("UPLOAD-4")
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            encode_trace_answer()[:-1],
            encode_trace_answer() + b" ",
            b'{"accepted":true}'.ljust(256),
            b'{"accepted": false, "refusal": "uncovered-keys"}'.ljust(256),
            b"<html>502</html>".ljust(256),
        ],
    )
    def test_anything_else_is_no_answer(self, body: bytes) -> None:
        with pytest.raises(TransportError):
            check_trace_answer(body)


class TestDummies:
    """An owner's app uploads now and then, whoever is asked for a trace."""

    @pytest.mark.spec("UPLOAD-5")
    def test_the_schedule_is_that_of_phones(self) -> None:
        seed = Random(3)
        dummies = OwnerDummies.first(now=NOW, rand=seed.randbytes)
        schedule = DummySchedule.first(now=NOW, rand=Random(3).randbytes)
        assert dummies.schedule == schedule
        due = schedule.next_due
        assert not dummies.due(now=Instant(due - 1))
        assert dummies.due(now=due)
        again = schedule.after(now=due, rand=Random(4).randbytes)
        assert dummies.sent(now=due, rand=Random(4).randbytes).schedule == again

    @pytest.mark.spec("UPLOAD-5")
    def test_a_year_brings_about_73(self) -> None:
        rand, sent = Random(5).randbytes, 0
        dummies = OwnerDummies.first(now=NOW, rand=rand)
        for now in range(NOW, NOW + 365 * DAY, HOUR):
            while dummies.due(now=Instant(now)):
                dummies, sent = dummies.sent(now=Instant(now), rand=rand), sent + 1
        assert 50 < sent < 100

    @pytest.mark.spec("UPLOAD-6")
    def test_a_real_upload_cannot_stand_for_a_dummy(self) -> None:
        dummies = OwnerDummies.first(now=NOW, rand=random_from_os)
        with pytest.raises(TooEarlyError):
            dummies.sent(now=NOW, rand=random_from_os)

    @pytest.mark.spec("UPLOAD-6", "DUMMY-6")
    def test_nothing_shows_when_the_next_is_due(self) -> None:
        dummies = OwnerDummies.first(now=NOW, rand=random_from_os)
        assert str(dummies.schedule.next_due) not in repr(dummies)

    @pytest.mark.spec("UPLOAD-5")
    def test_the_schedule_is_kept_as_a_map_of_one_field(self) -> None:
        dummies = OwnerDummies.first(now=NOW, rand=random_from_os)
        assert dummies.to_value() == {"schedule": {"next_due": dummies.schedule.next_due}}
        assert OwnerDummies.from_value(dummies.to_value()) == dummies
        wrongs: list[Value] = [
            [],
            {},
            {"schedule": {}},
            {"schedule": {"next_due": 1}, "sent": 2},
        ]
        for wrong in wrongs:
            with pytest.raises(MalformedError):
                OwnerDummies.from_value(wrong)

    @pytest.mark.spec("UPLOAD-7")
    def test_a_dummy_is_an_upload_that_opens_to_nothing(self) -> None:
        one, other = (dummy_upload(AUTHORITY.public(), rand=random_from_os) for _ in range(2))
        assert one.code != other.code
        assert one.sealed != other.sealed
        assert len(one.encode()) == TRACE_UPLOAD_BYTES
        assert TraceUpload.decode(one.encode()) == one
        assert len(oracle_seal.seal_open(AUTHORITY.to_bytes(), one.sealed)) == 16_336
        with pytest.raises(MalformedError):
            PreTrace.open(one.sealed, AUTHORITY)

    @pytest.mark.spec("UPLOAD-7")
    def test_the_same_randomness_gives_the_same_dummy(self) -> None:
        one, other = (dummy_upload(AUTHORITY.public(), rand=Random(7).randbytes) for _ in range(2))
        assert one == other


def body_in(case: Case) -> bytes:
    """Return the body of a case: zeros fill it up, after 0x80 where it is a message."""
    parts = bytes.fromhex(case["before"]), bytes.fromhex(case["after"])
    data = parts[0] + b"\xab" * case["filler_bytes"] + parts[1]
    mark = b"\x80" if case["operation"] == "upload" else b""
    body: bytes = (data + mark).ljust(case["body_bytes"], b"\0")
    return body


class TestVectors:
    """The cases of the vector file, and the second witness."""

    @pytest.mark.parametrize("case", vector_cases("upload", operation="upload", result="valid"))
    def test_a_body_is_that_of_the_second_witness(self, case: Case) -> None:
        body = body_in(case)
        found = TraceUpload.decode(body)
        assert found.code.digits() == case["code"]
        assert found.encode() == body == oracle_pretrace.upload(case["code"], b"\xab" * 16_384)

    @pytest.mark.parametrize("case", vector_cases("upload", operation="upload", result="malformed"))
    def test_a_message_with_one_fault_is_malformed(self, case: Case) -> None:
        with pytest.raises(MalformedError):
            TraceUpload.decode(body_in(case))

    @pytest.mark.parametrize("case", vector_cases("upload", operation="body"))
    def test_a_body_with_one_fault_is_malformed(self, case: Case) -> None:
        with pytest.raises(MalformedError):
            TraceUpload.decode(body_in(case))

    @pytest.mark.parametrize("case", vector_cases("upload", operation="answer"))
    def test_an_answer_is_its_text_and_spaces(self, case: Case) -> None:
        body = case["text"].encode().ljust(256)
        assert encode_trace_answer(case["refusal"] or None) == body
        if case["result"] == "valid":
            check_trace_answer(body)
            return
        with pytest.raises(PolicyError, match=case["refusal"]):
            check_trace_answer(body)

    @pytest.mark.parametrize("case", vector_cases("upload", operation="answer-not-understood"))
    def test_another_text_is_no_answer(self, case: Case) -> None:
        with pytest.raises(TransportError):
            check_trace_answer(case["text"].encode())
