"""spec/publication/receipt.md, checking: what batches say of a promise, and what proves it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_receipt
from dp3t.codec import Value, decode, encode
from dp3t.errors import Dp3tError, MalformedError, VerificationError
from dp3t.proximity.receipt import published_records, revises
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.listing import IndexEntry
from dp3t.publication.receipt import Promise, Receipt
from dp3t.publication.receipt_check import (
    REACH_SECONDS,
    ReceiptCheck,
    Verdict,
    published_in_table,
    verify_evidence,
)
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.publication.report import Report
from dp3t.timeline import Instant, Stretch
from publication_cases import DAY, NOON, SIGNER, TRUSTED, signer
from vectors import Case, vector_cases

ONE, TWO, STRANGER = (KeyRecord((number, 144, 1, 0), bytes([number]) * 16) for number in (1, 2, 3))
DUE = Instant(NOON + DAY)
WHOLE = Stretch(Instant(DUE - REACH_SECONDS), DUE)
REPORT = Report(design="gaen", records=(ONE, TWO))
RECEIPT = Receipt.sign(
    Promise.of(REPORT.records, design="gaen", region="VN", published_by=DUE), key=SIGNER
)
CHECK = ReceiptCheck(receipt=RECEIPT, report=REPORT, region="VN")


def batch(
    *records: KeyRecord, release: int = NOON, design: str = "gaen", region: str = "VN"
) -> Batch:
    name = BatchName(design=design, region=region, release=Instant(release))
    return Batch(name, KeyTable.of(records).encode())


def records_of(values: Sequence[Case]) -> list[KeyRecord]:
    return [KeyRecord(tuple(one["attributes"]), bytes.fromhex(one["key"])) for one in values]


def pairs(records: Sequence[KeyRecord]) -> list[tuple[tuple[int, ...], bytes]]:
    return [(one.attributes, one.key) for one in records]


@pytest.mark.parametrize("case", vector_cases("receipt", operation="check"))
@pytest.mark.parametrize("step", [1, -1], ids=["in-order", "backwards"])
def test_batches_say_this_of_a_promise_in_whatever_order_they_come(case: Case, step: int) -> None:
    reported, due = records_of(case["records"]), Instant(case["published_by"])
    promise = Promise.of(reported, design=case["design"], region=case["region"], published_by=due)
    check = ReceiptCheck(
        receipt=Receipt.sign(promise, key=SIGNER),
        report=Report(design=case["design"], records=tuple(reported)),
        region=case["region"],
    )
    for one in case["batches"][::step] * 2:
        name = BatchName(
            design=case["design"], region=case["region"], release=Instant(one["release"])
        )
        found = Batch(name, bytes.fromhex(one["content"]))
        check = check.with_batch(found, published=published_records)
    complete = Stretch(Instant(case["complete_from"]), Instant(case["complete_to"]))
    verdict = check.verdict(complete=complete, revises=revises(case["design"]))
    theirs = oracle_receipt.verdict(
        case["design"],
        pairs(reported),
        [(one["release"], pairs(records_of(one["records"]))) for one in case["batches"]],
        published_by=due,
        complete=(complete.start, complete.end),
    )
    assert verdict == theirs == case["verdict"]


@pytest.mark.spec("RECEIPT-7")
@pytest.mark.parametrize(
    "other",
    [
        batch(ONE, TWO, region="LA"),
        batch(ONE, TWO, design="lowcost"),
        batch(ONE, TWO, release=DUE + 7_200),
    ],
    ids=["region", "design", "too-late"],
)
def test_a_batch_that_cannot_keep_the_promise_does_not_count(other: Batch) -> None:
    assert CHECK.with_batch(other) == CHECK
    assert CHECK.with_batch(other).verdict(complete=WHOLE) is Verdict.MISSING


@pytest.mark.spec("RECEIPT-7")
def test_only_the_last_two_words_and_the_first_are_no_accusation() -> None:
    assert {one for one in Verdict if not one.broken} == {Verdict.WAITING, Verdict.KEPT}


@pytest.mark.spec("RECEIPT-7", "REVISION-2")
@pytest.mark.parametrize(
    ("release", "verdict"),
    [(NOON, Verdict.TWICE), (NOON + 7_200, Verdict.KEPT), (NOON - 7_200, Verdict.TWICE)],
)
def test_a_revision_comes_in_a_later_batch_and_in_no_other(release: int, verdict: Verdict) -> None:
    revoked = KeyRecord((1, 144, 5, 0), ONE.key)
    check = CHECK.with_batch(batch(ONE, TWO)).with_batch(batch(revoked, release=release))
    assert check.verdict(complete=WHOLE, revises=revises("gaen")) is verdict


@pytest.mark.spec("RECEIPT-8")
@given(data=st.data())
def test_a_key_is_found_among_many_and_under_whatever_attributes(data: st.DataObject) -> None:
    numbers = data.draw(st.sets(st.integers(0, 300), max_size=60))
    records = [KeyRecord((n % 3,), n.to_bytes(16, "big")) for n in numbers]
    sought = [KeyRecord((9,), n.to_bytes(16, "big")) for n in range(0, 300, 7)]
    found = published_in_table(batch(*records), sought)
    assert set(found) == {one for one in records if int.from_bytes(one.key, "big") % 7 == 0}


def test_a_batch_that_is_no_table_is_malformed() -> None:
    broken = Batch(BatchName(design="gaen", region="VN", release=NOON), b"\xc0")
    with pytest.raises(MalformedError):
        CHECK.with_batch(broken)


def test_a_check_hides_what_was_reported() -> None:
    assert ONE.key.hex() not in repr(CHECK.with_batch(batch(ONE)))
    assert repr(ONE.key) not in repr(CHECK.with_batch(batch(ONE)))


@given(releases=st.lists(st.integers(-4, 4), max_size=4), data=st.data())
def test_a_check_survives_being_kept(releases: list[int], data: st.DataObject) -> None:
    check = CHECK
    for step in releases:
        some = data.draw(st.sets(st.sampled_from([ONE, TWO, STRANGER]), max_size=3))
        check = check.with_batch(batch(*some, release=NOON + 7_200 * step))
    again = ReceiptCheck.from_value(decode(encode(check.to_value()), limit_bytes=2**16))
    assert again == check


@pytest.mark.parametrize("name", ["design", "receipt", "records", "region", "sightings"])
@given(
    junk=st.integers()
    | st.text(alphabet=" é", max_size=3)
    | st.lists(st.integers(), min_size=1, max_size=2)
)
def test_a_kept_check_with_one_wrong_field_is_malformed(name: str, junk: Value) -> None:
    value = CHECK.with_batch(batch(ONE)).to_value()
    assert isinstance(value, dict)
    with pytest.raises(Dp3tError):
        ReceiptCheck.from_value({**value, name: junk})


@pytest.mark.parametrize("change", ["twice", "descending", "release", "empty"])
def test_sightings_out_of_order_are_malformed(change: str) -> None:
    value = CHECK.with_batch(batch(ONE)).with_batch(batch(TWO, release=NOON + 7_200)).to_value()
    assert isinstance(value, dict)
    sightings = value["sightings"]
    assert isinstance(sightings, list)
    first, second = sightings
    changed = {
        "twice": [first, first],
        "descending": [second, first],
        "release": [{**first, "release": 1}],
        "empty": [{**first, "records": KeyTable.of([]).encode()}],
    }
    with pytest.raises(MalformedError):
        ReceiptCheck.from_value({**value, "sightings": changed[change]})


def test_a_kept_check_without_records_is_malformed() -> None:
    value = CHECK.to_value()
    assert isinstance(value, dict)
    with pytest.raises(MalformedError, match="one record"):
        ReceiptCheck.from_value({**value, "records": KeyTable.of([]).encode()})


class TestEvidence:
    """What a person who trusts neither the phone nor the server can find again."""

    @staticmethod
    def judged(
        *batches: Batch,
        receipt: Receipt = RECEIPT,
        report: Report = REPORT,
        left_out: int = 0,
        complete: Stretch = WHOLE,
        more: Sequence[bytes] = (),
    ) -> Verdict:
        files = [one.sign(SIGNER) for one in batches]
        listed = [
            IndexEntry.of_file(data, design=one.design, release=one.release, leaf=0)
            for data, one in zip(files, batches, strict=True)
        ]
        return verify_evidence(
            receipt,
            report,
            region="VN",
            listed=listed,
            complete=complete,
            files=[*files[left_out:], *more],
            trusted=TRUSTED,
            published=published_records,
            revises=revises("gaen"),
        )

    @pytest.mark.spec("RECEIPT-10")
    def test_what_is_broken_is_found_again(self) -> None:
        early, moved = NOON - 7_200, KeyRecord((1, 143, 1, 0), ONE.key)
        assert self.judged(batch(ONE, release=early), batch(STRANGER)) is Verdict.MISSING
        assert self.judged(batch(moved, TWO)) is Verdict.ALTERED
        assert self.judged(batch(ONE, release=early), batch(ONE)) is Verdict.TWICE

    @pytest.mark.spec("RECEIPT-10")
    def test_a_kept_promise_and_one_that_is_not_due_prove_nothing(self) -> None:
        for complete in (WHOLE, Stretch(WHOLE.start, Instant(DUE - 7_200))):
            with pytest.raises(VerificationError, match="no broken promise"):
                self.judged(batch(ONE, TWO), complete=complete)
        with pytest.raises(VerificationError, match="no broken promise"):
            self.judged(batch(STRANGER), complete=Stretch(Instant(WHOLE.start + 1), DUE))

    @pytest.mark.spec("RECEIPT-10")
    def test_a_missing_key_is_not_proved_while_a_batch_is_held_back(self) -> None:
        batches = [batch(ONE, TWO, release=NOON - 7_200), batch(STRANGER)]
        with pytest.raises(VerificationError, match="could hold the keys"):
            self.judged(*batches, left_out=1)

    @pytest.mark.spec("RECEIPT-10")
    def test_a_batch_outside_the_three_days_may_be_left_out(self) -> None:
        old, late = WHOLE.start - 7_200, DUE + 7_200
        batches = [batch(release=old), batch(release=late), batch(STRANGER)]
        assert self.judged(*batches, left_out=2) is Verdict.MISSING

    @pytest.mark.spec("RECEIPT-10")
    def test_what_is_altered_or_twice_needs_no_other_batch(self) -> None:
        early, late = batch(ONE, release=NOON - 7_200), batch(ONE, TWO)
        other = batch(STRANGER, release=NOON - 14_400)
        nothing = Stretch(NOON, NOON)
        assert self.judged(other, early, late, left_out=1, complete=nothing) is Verdict.TWICE

    @pytest.mark.spec("RECEIPT-10")
    def test_a_file_that_is_not_listed_or_stands_twice_is_refused(self) -> None:
        file = batch(STRANGER).sign(SIGNER)
        with pytest.raises(VerificationError, match="not listed, or stands twice"):
            self.judged(batch(STRANGER), more=[file])
        with pytest.raises(VerificationError, match="not listed, or stands twice"):
            self.judged(batch(ONE), more=[file])

    @pytest.mark.spec("RECEIPT-10")
    def test_a_listed_file_of_another_name_or_another_signer_is_refused(self) -> None:
        for data in (
            batch(STRANGER, region="LA").sign(SIGNER),
            batch(STRANGER, release=NOON - 7_200).sign(SIGNER),
            batch(STRANGER).sign(signer(9)),
        ):
            entry = IndexEntry.of_file(data, design="gaen", release=NOON, leaf=0)
            with pytest.raises(VerificationError):
                verify_evidence(
                    RECEIPT,
                    REPORT,
                    region="VN",
                    listed=[entry],
                    complete=WHOLE,
                    files=[data],
                    trusted=TRUSTED,
                )

    @pytest.mark.spec("RECEIPT-10")
    def test_a_receipt_for_something_else_proves_nothing(self) -> None:
        with pytest.raises(VerificationError):
            self.judged(batch(ONE), report=Report(design="gaen", records=(ONE,)))
        decoy = Receipt.decoy(
            Promise.of(REPORT.records, design="gaen", region="VN", published_by=DUE),
            key=SIGNER,
            rand=bytes,
        )
        with pytest.raises(VerificationError):
            self.judged(batch(STRANGER), receipt=decoy)
