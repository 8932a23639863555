"""spec/publication/receipt.md: the promise, its signature, and how an answer holds it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_receipt
from dp3t.codec import Value, decode, encode
from dp3t.errors import MalformedError, PolicyError, TransportError, VerificationError
from dp3t.publication.answer import ANSWER_BYTES, padded_answer
from dp3t.publication.receipt import GRACE_SECONDS, Promise, Receipt, due_after
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import REFUSALS, check_answer, encode_answer
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant
from publication_cases import DAY, NOON, SIGNER, TRUSTED, altered, keys_of, record_lists, signer
from vectors import Case, vector_cases

RECORDS = [KeyRecord((1, 2), bytes([number]) * 16) for number in range(3)]
PROMISE = Promise.of(RECORDS, design="gaen", region="VN", published_by=Instant(NOON + DAY))
RECEIPT = Receipt.sign(PROMISE, key=SIGNER)


def receipt_of(case: Case) -> Receipt:
    return Receipt(
        published_by=Instant(case["published_by"]),
        key_id=bytes.fromhex(case["key"]),
        signature=bytes.fromhex(case["receipt"]),
    )


def records_of(case: Case) -> list[KeyRecord]:
    return [
        KeyRecord(tuple(one["attributes"]), bytes.fromhex(one["key"])) for one in case["records"]
    ]


def verify(receipt: Receipt, case: Case) -> None:
    receipt.verify(
        records_of(case),
        design=case["design"],
        region=case["region"],
        trusted=keys_of(case["trusted"]),
    )


@pytest.mark.parametrize("case", vector_cases("receipt", operation="receipt", result="valid"))
def test_a_receipt_is_verified_and_both_witnesses_sign_it(case: Case) -> None:
    receipt = receipt_of(case)
    verify(receipt, case)
    records = [(one.attributes, one.key) for one in records_of(case)]
    promise = oracle_receipt.promise(case["design"], case["region"], records, case["published_by"])
    assert promise.hex() == case["promise"]
    seed = bytes.fromhex(case["seed"])
    assert oracle_receipt.receipt(seed, promise) == (receipt.key_id, receipt.signature)


@pytest.mark.parametrize("case", vector_cases("receipt", operation="receipt", result="unauthentic"))
def test_a_receipt_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(VerificationError):
        verify(receipt_of(case), case)


@pytest.mark.spec("RECEIPT-1", "RECEIPT-4")
def test_the_order_of_the_records_does_not_count_and_their_content_does() -> None:
    RECEIPT.verify(RECORDS[::-1], design="gaen", region="VN", trusted=TRUSTED)
    for others in (RECORDS[:2], [*RECORDS, KeyRecord((1, 2), bytes([9]) * 16)]):
        with pytest.raises(VerificationError):
            RECEIPT.verify(others, design="gaen", region="VN", trusted=TRUSTED)


@pytest.mark.spec("RECEIPT-2")
def test_a_promise_is_due_a_day_after_the_last_release() -> None:
    assert due_after(NOON) == NOON + 86_400 == NOON + GRACE_SECONDS
    assert due_after(Instant(2**32 - 1 - (2**32 - 1) % 7_200)) <= 2**32 - 1


@pytest.mark.spec("RECEIPT-3", "RECEIPT-4")
@pytest.mark.parametrize(
    ("begins", "ends", "good"),
    [(0, NOON, False), (0, NOON + 1, True), (NOON, NOON + 1, True), (NOON + 1, NOON + 9, False)],
)
def test_a_key_signs_and_is_believed_for_the_last_release(
    begins: int, ends: int, good: bool
) -> None:
    key, timeless = signer(7, begins=begins, ends=ends), signer(7)
    trusted, receipt = TrustedKeys([key.public()]), Receipt.sign(PROMISE, key=timeless)
    if good:
        assert Receipt.sign(PROMISE, key=key) == receipt
        receipt.verify(RECORDS, design="gaen", region="VN", trusted=trusted)
        return
    with pytest.raises(VerificationError):
        Receipt.sign(PROMISE, key=key)
    with pytest.raises(VerificationError):
        receipt.verify(RECORDS, design="gaen", region="VN", trusted=trusted)


@pytest.mark.spec("RECEIPT-5")
def test_a_refused_report_gets_a_signature_that_promises_it_nothing() -> None:
    decoy = Receipt.decoy(PROMISE, key=SIGNER, rand=Random(1).randbytes)
    assert decoy.published_by == RECEIPT.published_by
    assert decoy.key_id == RECEIPT.key_id
    assert decoy != Receipt.decoy(PROMISE, key=SIGNER, rand=Random(2).randbytes)
    with pytest.raises(VerificationError):
        decoy.verify(RECORDS, design="gaen", region="VN", trusted=TRUSTED)


@pytest.mark.spec("REPORT-4", "RECEIPT-5")
@pytest.mark.parametrize("refusal", [None, *REFUSALS])
def test_every_answer_with_a_receipt_has_256_bytes_and_fields_of_one_length(
    refusal: str | None,
) -> None:
    decoy = Receipt.decoy(PROMISE, key=SIGNER, rand=Random(1).randbytes)
    answers = [encode_answer(refusal, receipt=one) for one in (RECEIPT, decoy)]
    assert {len(answer) for answer in answers} == {ANSWER_BYTES}
    assert len({len(answer.rstrip()) for answer in answers}) == 1


@pytest.mark.spec("REPORT-4")
def test_the_longest_answer_fits() -> None:
    last = Receipt(
        published_by=Instant(2**32 - 1 - (2**32 - 1) % 7_200), key_id=bytes(8), signature=bytes(64)
    )
    longest = max(REFUSALS, key=len)
    assert len(encode_answer(longest, receipt=last).rstrip()) == 246
    assert len(padded_answer("x" * 14, last)) == ANSWER_BYTES


@pytest.mark.parametrize("case", vector_cases("receipt", operation="answer"))
def test_an_answer_gives_the_receipt_or_the_refusal(case: Case) -> None:
    receipt, body = receipt_of(case), case["text"].encode().ljust(ANSWER_BYTES)
    assert encode_answer(case["refusal"] or None, receipt=receipt) == body
    if case["result"] == "valid":
        assert check_answer(body) == receipt
    else:
        with pytest.raises(PolicyError, match=case["refusal"]):
            check_answer(body)


@pytest.mark.parametrize("case", vector_cases("receipt", operation="answer-not-understood"))
def test_another_answer_is_none(case: Case) -> None:
    body = case["text"].encode()
    assert len(body) == ANSWER_BYTES
    with pytest.raises(TransportError):
        check_answer(body)


@pytest.mark.spec("REPORT-5", "RECEIPT-6")
@given(body=altered(encode_answer(receipt=RECEIPT)))
def test_an_altered_answer_is_none_or_the_one_form_of_another(body: bytes) -> None:
    """A receipt is not verified here: one with another signature is still an answer."""
    try:
        receipt = check_answer(body)
    except TransportError:
        return
    assert body == encode_answer(receipt=receipt)


@pytest.mark.spec("REPORT-5")
@pytest.mark.parametrize("body", [b"[" * 100_000, b"1" * 10_000, b"\xff", b'{"key": 1e999}'])
def test_a_hostile_answer_is_none(body: bytes) -> None:
    with pytest.raises(TransportError):
        check_answer(body)


@given(records=record_lists(least=1))
def test_a_receipt_survives_being_kept(records: list[KeyRecord]) -> None:
    promise = Promise.of(records, design="x", region="A", published_by=NOON)
    receipt = Receipt.sign(promise, key=SIGNER)
    again = Receipt.from_value(decode(encode(receipt.to_value()), limit_bytes=512))
    assert again == receipt
    again.verify(records, design="x", region="A", trusted=TRUSTED)


@given(
    value=st.fixed_dictionaries(
        {},
        optional={
            "key_id": st.binary(max_size=9),
            "published_by": st.integers(-1, 2**33) | st.booleans(),
            "signature": st.binary(min_size=63, max_size=65),
            "more": st.integers(),
        },
    )
)
def test_any_other_value_is_malformed(value: Value) -> None:
    try:
        receipt = Receipt.from_value(value)
    except MalformedError:
        return
    assert receipt.to_value() == value


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33)])
def test_a_promise_over_no_digest_is_malformed(digest: bytes) -> None:
    with pytest.raises(MalformedError, match="32"):
        Promise(design="gaen", region="VN", records=digest, published_by=NOON)
