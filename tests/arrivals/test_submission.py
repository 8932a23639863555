"""spec/arrivals/submission.md: what goes to the server, and what it answers."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.arrivals.submission import (
    SUBMISSION_BYTES,
    SUBMISSION_REFUSALS,
    Submission,
    Withdrawal,
    check_submission_answer,
    check_withdrawal_answer,
    encode_submission_answer,
    encode_withdrawal_answer,
    entry_receipt_for,
    require_receipt_of,
)
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    TransportError,
    UnauthorizedError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Day
from travellers import DAY, ENVELOPE, KEYS, POINT, SERVER, receipt, text

OLD = Withdrawal(b"\1" * 32, b"\2" * 32)


class TestSubmission:
    """The request."""

    @pytest.mark.spec("SUBMISSION-1")
    def test_a_first_declaration_and_a_correction_have_one_length(self) -> None:
        first, correction = Submission(ENVELOPE).encode(), Submission(ENVELOPE, OLD).encode()
        assert len(first) == len(correction) == SUBMISSION_BYTES == 24_817
        assert first == bytes(64) + ENVELOPE.encode()
        assert correction == b"\1" * 32 + b"\2" * 32 + ENVELOPE.encode()
        assert Submission.decode(first) == Submission(ENVELOPE)
        assert Submission.decode(correction) == Submission(ENVELOPE, OLD)

    @pytest.mark.spec("SUBMISSION-1")
    def test_a_body_of_another_length_is_refused_for_it(self) -> None:
        good = Submission(ENVELOPE).encode()
        with pytest.raises(LimitError, match="24817"):
            Submission.decode(good + b"\0")
        for cut in (0, 63, 64, len(good) - 1):
            with pytest.raises(MalformedError):
                Submission.decode(good[:cut])

    @pytest.mark.spec("SUBMISSION-2")
    @given(data=st.binary(min_size=60, max_size=68))
    def test_a_withdrawal_is_64_bytes_with_an_id(self, data: bytes) -> None:
        try:
            found = Withdrawal.decode(data)
        except MalformedError:
            assert len(data) != 64 or not any(data[:32])
            return
        assert found.encode() == data

    @pytest.mark.spec("SUBMISSION-2")
    def test_a_secret_without_a_declaration_is_no_correction(self) -> None:
        with pytest.raises(MalformedError, match="zeros"):
            Submission.decode(bytes(32) + b"\2" * 32 + ENVELOPE.encode())

    def test_the_secret_is_not_shown(self) -> None:
        assert repr(OLD.secret) not in repr(Submission(ENVELOPE, OLD))


class TestAnswers:
    """What comes back."""

    @pytest.mark.spec("SUBMISSION-3")
    def test_every_answer_has_one_length_and_says_what_the_chapter_says(self) -> None:
        answers = [encode_submission_answer(receipt=text())]
        answers += [encode_submission_answer(refusal=word) for word in SUBMISSION_REFUSALS]
        assert {len(each) for each in answers} == {512}
        assert json.loads(answers[0]) == {"accepted": True, "receipt": text()}
        assert answers[1].startswith(b'{"accepted": false, "refusal": "replaced-keys"} ')
        assert check_submission_answer(answers[0]) == text()

    @pytest.mark.spec("SUBMISSION-3")
    @pytest.mark.parametrize("word", SUBMISSION_REFUSALS)
    def test_a_refusal_is_raised_by_its_name(self, word: str) -> None:
        with pytest.raises(SUBMISSION_REFUSALS[word], match=word):
            check_submission_answer(encode_submission_answer(refusal=word))
        assert SUBMISSION_REFUSALS["replaced-keys"] is ExpiredError
        assert SUBMISSION_REFUSALS["unknown-declaration"] is UnauthorizedError

    @pytest.mark.spec("SUBMISSION-4")
    def test_a_withdrawal_is_accepted_or_unknown(self) -> None:
        check_withdrawal_answer(encode_withdrawal_answer())
        with pytest.raises(UnauthorizedError, match="unknown-declaration"):
            check_withdrawal_answer(encode_withdrawal_answer("unknown-declaration"))
        for refusal in (None, "unknown-declaration"):
            assert len(encode_withdrawal_answer(refusal)) == 256

    @pytest.mark.spec("SUBMISSION-5")
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\xff",
            b"[]",
            b"[" * 512,
            encode_submission_answer(receipt=text())[:-1],
            encode_submission_answer(receipt=text())[:-1] + b"\n",
            encode_submission_answer(receipt=text()).replace(b"true,", b"true ,")[:512],
            b'{"accepted": true, "receipt": 7}'.ljust(512),
            b'{"accepted": false, "refusal": "tired"}'.ljust(512),
        ],
    )
    def test_any_other_answer_is_not_understood(self, body: bytes) -> None:
        with pytest.raises(TransportError):
            check_submission_answer(body)
        with pytest.raises(TransportError):
            check_withdrawal_answer(body)

    def test_an_answer_that_there_is_not_is_a_mistake_of_the_program(self) -> None:
        for given_ in ({}, {"refusal": "tired"}, {"receipt": "x", "refusal": "full"}):
            with pytest.raises(ValueError, match="refusal"):
                encode_submission_answer(**given_)
        with pytest.raises(ValueError, match="refusal"):
            encode_withdrawal_answer("full")


class TestReceiptOfADeclaration:
    """The server gave the right one."""

    @pytest.mark.spec("SUBMISSION-5", "ENTRY-RECEIPT-6")
    def test_the_receipt_says_what_the_envelope_says(self) -> None:
        said = entry_receipt_for(ENVELOPE, opens_hours=19, closes_hours=41)
        assert said.receipt_id == ENVELOPE.declaration_id[:16]
        assert (said.binding, said.entry_day) == (receipt().binding, DAY)
        assert said.arrival_point == POINT
        assert require_receipt_of(ENVELOPE, said.sign(SERVER), keys=KEYS) == said

    @pytest.mark.spec("SUBMISSION-5")
    @pytest.mark.parametrize(
        "other",
        [
            {"receipt_id": bytes(16)},
            {"entry_day": Day(DAY + 1)},
            {"arrival_point": "VHAN"},
            {"binding": replace(receipt().binding, value=bytes(16))},
        ],
        ids=str,
    )
    def test_a_receipt_that_says_something_else_is_refused(self, other: dict[str, object]) -> None:
        said = entry_receipt_for(ENVELOPE, opens_hours=19, closes_hours=41)
        wrong = replace(said, **other)  # type: ignore[arg-type]  # one field, each of its own type
        with pytest.raises(VerificationError, match="another declaration"):
            require_receipt_of(ENVELOPE, wrong.sign(SERVER), keys=KEYS)

    @pytest.mark.spec("SUBMISSION-5")
    def test_a_receipt_that_gates_would_refuse_is_refused_at_once(self) -> None:
        good = entry_receipt_for(ENVELOPE, opens_hours=19, closes_hours=41).sign(SERVER)
        with pytest.raises(UnknownKeyError):
            require_receipt_of(ENVELOPE, good, keys=TrustedKeys())
        with pytest.raises(Dp3tError):
            require_receipt_of(ENVELOPE, good[:-1], keys=KEYS)
