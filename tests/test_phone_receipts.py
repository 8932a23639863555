"""spec/phone.md: what a server promised, and what the phone finds of it in the batches."""

from collections.abc import Sequence

import pytest

import receipts
from dp3t.errors import MalformedError
from dp3t.params import DAY_SECONDS
from dp3t.phone import Phone
from dp3t.phone.receipts import MAX_RECEIPTS, ReceiptStatus
from dp3t.publication.receipt import Receipt, due_after
from dp3t.publication.receipt_check import REACH_SECONDS, ReceiptCheck, Verdict
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import Report
from dp3t.timeline import Instant, Stretch
from phones import (
    LATER,
    RELEASE,
    STATE_KEY,
    batch_of,
    batch_with,
    every_design,
    new,
    rand,
    report,
    sealed,
    state,
)
from publication_cases import SIGNER

DUE = due_after(RELEASE)
WHOLE = Stretch(Instant(DUE - REACH_SECONDS), DUE)
SLOT = 7_200


def receipt_of(made: Report, *, due: int = DUE) -> Receipt:
    return receipts.receipt_of(made, due=due, key=SIGNER)


def promised(name: str) -> tuple[Phone, Report]:
    """Return a phone whose report was accepted with a receipt, and the report."""
    phone = new(name)
    made = report(phone, LATER)
    phone.report_accepted(receipt_of(made), region="VN")
    return phone, made


def verdicts(phone: Phone) -> list[Verdict]:
    return [one.verdict for one in phone.receipts]


def elsewhere(name: str) -> Report:
    return report(new(name), LATER)


@every_design
@pytest.mark.spec("PHONE-30", "PHONE-31")
def test_a_promise_is_kept_when_every_batch_was_read_and_one_has_the_keys(name: str) -> None:
    phone, made = promised(name)
    assert phone.pending is None
    assert verdicts(phone) == [Verdict.WAITING]
    phone.ingest(batch_of(elsewhere(name), release=RELEASE))
    phone.ingest(batch_of(made, release=RELEASE + SLOT))
    assert verdicts(phone) == [Verdict.WAITING]
    phone.caught_up("VN", listed=Stretch(WHOLE.start, RELEASE))
    assert verdicts(phone) == [Verdict.WAITING]
    phone.caught_up("VN", listed=Stretch(RELEASE, DUE))
    assert verdicts(phone) == [Verdict.KEPT]
    assert phone.receipts[0].check.report == made


@every_design
@pytest.mark.spec("PHONE-31")
def test_a_promise_is_broken_when_every_batch_was_read_and_none_has_the_keys(name: str) -> None:
    phone, _ = promised(name)
    phone.ingest(batch_of(elsewhere(name), release=RELEASE))
    phone.caught_up("VN", listed=WHOLE)
    assert verdicts(phone) == [Verdict.MISSING]


@every_design
@pytest.mark.spec("PHONE-31")
def test_keys_that_come_twice_are_found_at_once_in_any_order(name: str) -> None:
    phone, made = promised(name)
    for release in (RELEASE + SLOT, RELEASE):
        phone.ingest(batch_of(made, release=release))
    assert verdicts(phone) == [Verdict.TWICE]


@pytest.mark.spec("PHONE-31")
def test_an_altered_key_is_found_at_once_and_a_revised_one_is_none() -> None:
    for kind, period, verdict in ((5, 0, Verdict.KEPT), (1, -1, Verdict.TWICE)):
        phone, made = promised("gaen")
        phone.ingest(batch_of(made, release=RELEASE))
        changed = _changed(made.records, kind, period)
        phone.ingest(batch_with(changed, name="gaen", release=RELEASE + SLOT))
        phone.caught_up("VN", listed=WHOLE)
        assert verdicts(phone) == [verdict]
    phone, made = promised("gaen")
    phone.ingest(batch_with(_changed(made.records, 1, -1), name="gaen", release=RELEASE))
    assert verdicts(phone) == [Verdict.ALTERED]


def _changed(records: Sequence[KeyRecord], kind: int, period: int) -> list[KeyRecord]:
    return [
        KeyRecord((start, length + period, kind, onset), one.key)
        for one in records
        for start, length, _, onset in [one.attributes]
    ]


@every_design
@pytest.mark.spec("PHONE-31")
def test_what_another_region_publishes_and_lists_says_nothing(name: str) -> None:
    phone, made = promised(name)
    phone.ingest(batch_of(made, release=RELEASE, region="LA"))
    phone.caught_up("LA", listed=WHOLE)
    assert verdicts(phone) == [Verdict.WAITING]
    phone.caught_up("VN", listed=WHOLE)
    assert verdicts(phone) == [Verdict.MISSING]


@every_design
@pytest.mark.spec("PHONE-31")
def test_a_gap_between_two_lists_leaves_the_promise_unknown(name: str) -> None:
    phone, _ = promised(name)
    phone.caught_up("VN", listed=Stretch(WHOLE.start, RELEASE))
    phone.caught_up("VN", listed=Stretch(Instant(RELEASE + SLOT), DUE))
    assert verdicts(phone) == [Verdict.WAITING]
    phone.caught_up("VN", listed=Stretch(DUE, WHOLE.start))
    assert verdicts(phone) == [Verdict.WAITING]


@every_design
@pytest.mark.spec("PHONE-31")
def test_a_shorter_list_later_takes_nothing_back(name: str) -> None:
    phone, _ = promised(name)
    phone.caught_up("VN", listed=WHOLE)
    phone.caught_up("VN", listed=Stretch(RELEASE, Instant(DUE - SLOT)))
    assert verdicts(phone) == [Verdict.MISSING]


@every_design
@pytest.mark.spec("PHONE-30")
def test_an_answer_that_was_lost_does_not_make_a_kept_promise_look_broken(name: str) -> None:
    """The keys come before the receipt; nothing is fetched again, which others could see."""
    phone = new(name)
    made = report(phone, LATER)
    phone.tick(RELEASE, rand=rand)
    phone.ingest(batch_of(made, release=RELEASE, region="VN"))
    phone = Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)
    assert phone.pending == made
    phone.report_accepted(receipt_of(made), region="VN")
    assert phone.has_ingested(release=RELEASE, region="VN")
    phone.caught_up("VN", listed=WHOLE)
    assert verdicts(phone) == [Verdict.KEPT]


@every_design
@pytest.mark.spec("PHONE-30")
def test_keys_that_were_seen_after_the_promise_was_due_do_not_keep_it(name: str) -> None:
    phone = new(name)
    made = report(phone, LATER)
    phone.tick(Instant(DUE + SLOT), rand=rand)
    phone.ingest(batch_of(made, release=DUE + SLOT))
    phone.report_accepted(receipt_of(made), region="VN")
    phone.caught_up("VN", listed=WHOLE)
    assert verdicts(phone) == [Verdict.MISSING]


@every_design
@pytest.mark.spec("PHONE-30")
def test_without_a_receipt_or_a_report_nothing_is_kept(name: str) -> None:
    phone = new(name)
    made = report(phone, LATER)
    phone.report_accepted()
    assert phone.receipts == ()
    phone.report_accepted(receipt_of(made), region="VN")
    assert phone.receipts == ()


@every_design
@pytest.mark.spec("PHONE-30")
@pytest.mark.parametrize(("late", "kept"), [(-SLOT, 1), (0, 0)])
def test_a_promise_for_a_time_far_off_is_none(name: str, late: int, kept: int) -> None:
    phone = new(name)
    phone.tick(RELEASE, rand=rand)
    made = report(phone, RELEASE)
    receipt = receipt_of(made, due=RELEASE + 4 * DAY_SECONDS + late)
    phone.report_accepted(receipt, region="VN")
    assert len(phone.receipts) == kept
    assert phone.pending is None


def test_a_receipt_of_no_region_is_a_mistake_and_leaves_the_report() -> None:
    phone = new("gaen")
    made = report(phone, LATER)
    with pytest.raises(MalformedError):
        phone.report_accepted(receipt_of(made))
    assert phone.pending == made


@every_design
@pytest.mark.spec("PHONE-32")
def test_a_kept_promise_is_erased_by_the_next_tick_and_a_broken_one_with_the_batches(
    name: str,
) -> None:
    kept, made = promised(name)
    kept.ingest(batch_of(made, release=RELEASE))
    broken, _ = promised(name)
    for phone in (kept, broken):
        phone.caught_up("VN", listed=WHOLE)
        phone.tick(Instant(DUE + SLOT), rand=rand)
    assert verdicts(kept) == []
    assert state(kept)["receipts"] == []
    assert verdicts(broken) == [Verdict.MISSING]
    last = Instant(DUE - DUE % DAY_SECONDS + 15 * DAY_SECONDS - 1)
    broken.tick(last, rand=rand)
    assert verdicts(broken) == [Verdict.MISSING]
    broken.tick(Instant(last + 1), rand=rand)
    assert broken.receipts == ()


@pytest.mark.spec("PHONE-32")
def test_a_person_can_have_every_promise_erased() -> None:
    phone, _ = promised("hybrid")
    phone.forget_receipts()
    assert phone.receipts == ()


@every_design
@pytest.mark.spec("PHONE-18", "PHONE-33")
def test_promises_are_saved_and_in_the_order_in_which_they_are_due(name: str) -> None:
    phone = new(name)
    for days in (2, 0, 1):
        phone.tick(Instant(RELEASE + SLOT * days), rand=rand)
        made = report(phone, RELEASE + SLOT * days)
        due = DUE + DAY_SECONDS * (days if days != 1 else 0)
        phone.report_accepted(receipt_of(made, due=due), region="VN")
        if days == 2:
            phone.restart_keys(RELEASE, rand=rand)
    phone.caught_up("VN", listed=WHOLE)
    again = Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)
    assert again == phone
    assert again.receipts == phone.receipts
    due_times = [one.published_by for one in again.receipts]
    assert due_times == sorted(due_times)
    assert len(due_times) == 3


@pytest.mark.spec("PHONE-30")
def test_the_earliest_of_too_many_promises_goes() -> None:
    phone, made = promised("lowcost")
    many = [
        ReceiptStatus(
            check=ReceiptCheck(
                receipt=receipt_of(made, due=DUE - SLOT * number), report=made, region="VN"
            ),
            complete=Stretch(Instant(0), Instant(0)),
        ).to_value()
        for number in range(MAX_RECEIPTS, 0, -1)
    ]
    full = Phone.load(sealed({**state(phone), "receipts": many}), key=STATE_KEY)
    assert len(full.receipts) == MAX_RECEIPTS
    more = report(full, LATER)
    full.report_accepted(receipt_of(more), region="VN")
    assert len(full.receipts) == MAX_RECEIPTS
    assert full.receipts[-1].check.report == more
    assert full.receipts[0].published_by == DUE - SLOT * (MAX_RECEIPTS - 1)
