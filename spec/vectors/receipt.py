"""Cases of the receipt chapter: promises, signatures, answers, verdicts."""

from collections.abc import Iterator, Sequence

from dp3t.errors import UnknownKeyError, VerificationError
from dp3t.params import STANDARD
from dp3t.proximity.designs import design_named
from dp3t.proximity.receipt import published_records, revises
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.receipt import Promise, Receipt
from dp3t.publication.receipt_check import ReceiptCheck
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import REFUSALS, Report, encode_answer
from dp3t.publication.seed import slot_random
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Instant, Stretch
from spec.vectors.signing import (
    DAY,
    ENDED,
    FIRST,
    INDEX_CONTEXT,
    NOON,
    SECOND,
    UNTRUSTED,
    Case,
    flipped,
    trusted,
)

_SLOT = 7_200
_DUE = Instant(NOON + DAY)
_REACH = 3 * DAY
_REGION = "VN"
_TODAY = NOON // DAY


def _record(number: int, attributes: tuple[int, ...], length: int = 16) -> KeyRecord:
    return KeyRecord(attributes, bytes([number]) * length)


_REPORTS = {
    "lowcost": (_record(1, (_TODAY - 2,), 32),),
    "gaen": tuple(
        _record(number, ((_TODAY - 3 + number) * 144, 144, 3, number)) for number in (1, 2)
    ),
    "hybrid": tuple(_record(number, (_TODAY * 6 - number,)) for number in (2, 1)),
    "unlinkable": tuple(_record(number, (_TODAY * 96 - number,), 32) for number in (3, 2)),
}


def build() -> dict[str, object]:
    """Return the cases."""
    return {
        "spec": ["RECEIPT-1", "RECEIPT-4"],
        "source": "ours; derived again by tests/oracle_receipt.py",
        "cases": [*_signed(), *_refused(), *_answers(), *_strange_answers(), *_checks()],
    }


def _promise(design: str, *, due: Instant = _DUE, region: str = _REGION) -> Promise:
    return Promise.of(_REPORTS[design], design=design, region=region, published_by=due)


def _case(name: str, design: str, receipt: Receipt, **more: object) -> Case:
    return {
        "id": name,
        "operation": "receipt",
        "design": design,
        "region": _REGION,
        "records": _values(_REPORTS[design]),
        "published_by": receipt.published_by,
        "key": receipt.key_id.hex(),
        "receipt": receipt.signature.hex(),
        "trusted": trusted(FIRST, SECOND, ENDED),
        **more,
    }


def _signed() -> Iterator[Case]:
    for design in _REPORTS:
        receipt = Receipt.sign(_promise(design), key=FIRST)
        yield _case(
            f"receipt-{design}",
            design,
            receipt,
            seed=FIRST.seed.hex(),
            promise=_promise(design).encode().hex(),
            result="valid",
        )


def _refused() -> Iterator[Case]:
    design = "gaen"
    good = Receipt.sign(_promise(design), key=FIRST)
    later = Instant(_DUE + _SLOT)
    others = {
        "over-other-records": Receipt.sign(
            Promise.of(_REPORTS[design][:1], design=design, region=_REGION, published_by=_DUE),
            key=FIRST,
        ),
        "over-another-design": Receipt.sign(
            Promise.of(_REPORTS[design], design="hybrid", region=_REGION, published_by=_DUE),
            key=FIRST,
        ),
        "over-another-region": Receipt.sign(_promise(design, region="LA"), key=FIRST),
        "over-another-time": Receipt(
            published_by=later, key_id=good.key_id, signature=good.signature
        ),
        "decoy": Receipt.decoy(_promise(design), key=FIRST, rand=bytes),
        "altered": Receipt(
            published_by=_DUE, key_id=good.key_id, signature=flipped(good.signature, 40)
        ),
        "of-another-context": _with_context(INDEX_CONTEXT),
        "by-an-untrusted-key": Receipt.sign(_promise(design), key=UNTRUSTED),
        "by-a-key-that-had-ended": _by_ended(),
    }
    for name, receipt in others.items():
        try:
            receipt.verify(
                _REPORTS[design],
                design=design,
                region=_REGION,
                trusted=TrustedKeys(key.public() for key in (FIRST, SECOND, ENDED)),
            )
        except (VerificationError, UnknownKeyError):
            yield _case(name, design, receipt, flags=["receipt"], result="unauthentic")
        else:
            raise ValueError(name)


def _with_context(context: str) -> Receipt:
    signed = FIRST.sign(_promise("gaen").encode(), context=context)
    return Receipt(published_by=_DUE, key_id=signed[:8], signature=signed[8:72])


def _by_ended() -> Receipt:
    timeless = SigningKey(
        seed=ENDED.seed, valid_from=ENDED.valid_from, valid_until=FIRST.valid_until
    )
    return Receipt.sign(_promise("gaen"), key=timeless)


def _answers() -> Iterator[Case]:
    promise = _promise("lowcost")
    for refusal in (None, *REFUSALS):
        receipt = Receipt.sign(promise, key=FIRST)
        if refusal is not None:
            receipt = Receipt.decoy(promise, key=FIRST, rand=bytes)
        yield {
            "id": f"answer-{refusal or 'accepted'}",
            "operation": "answer",
            "refusal": refusal or "",
            "published_by": receipt.published_by,
            "key": receipt.key_id.hex(),
            "receipt": receipt.signature.hex(),
            "text": encode_answer(refusal, receipt=receipt).decode().rstrip(),
            "result": "policy" if refusal else "valid",
            "spec": ["REPORT-4", "RECEIPT-5" if refusal else "RECEIPT-6"],
        }


def _strange_answers() -> Iterator[Case]:
    receipt = Receipt.sign(_promise("lowcost"), key=FIRST)
    good = encode_answer(receipt=receipt).decode().rstrip()
    key, signature = receipt.key_id.hex(), receipt.signature.hex()
    texts = {
        "without-key": good.replace(f', "key": "{key}"', ""),
        "without-published-by": good.replace(f', "published_by": {_DUE}', ""),
        "without-receipt": good.replace(f', "receipt": "{signature}"', ""),
        "key-of-seven-bytes": good.replace(key, key[:-2]),
        "receipt-of-63-bytes": good.replace(signature, signature[:-2]),
        "receipt-in-capitals": good.replace(signature, signature.upper()),
        "receipt-no-hexadecimal": good.replace(signature, "z" * 128),
        "receipt-as-number": good.replace(f'"{signature}"', "1"),
        "published-by-no-release": good.replace(str(_DUE), str(_DUE + 1)),
        "published-by-false": good.replace(str(_DUE), "false"),
        "published-by-fraction": good.replace(str(_DUE), f"{_DUE}.0"),
        "published-by-after-2106": good.replace(str(_DUE), str(2**32 + 7_200)),
        "another-field": good.replace("}", ', "more": 1}'),
        "another-order": f'{{"key": "{key}", "accepted": true{good[17:].split(key)[1][1:]}',
        "field-twice": good.replace('"key"', '"key": "", "key"'),
    }
    for name, text in texts.items():
        yield {
            "id": f"answer-{name}",
            "operation": "answer-not-understood",
            "text": text.ljust(ANSWER_BYTES),
            "flags": ["answer"],
            "result": "malformed",
            "spec": ["RECEIPT-6", "REPORT-5"],
        }


def _changed(record: KeyRecord, place: int, to: int) -> KeyRecord:
    attributes = list(record.attributes)
    attributes[place] = to
    return KeyRecord(tuple(attributes), record.key)


def _checks() -> Iterator[Case]:
    first, second = _REPORTS["gaen"]
    stranger = _record(9, first.attributes)
    whole, until = (_DUE - _REACH, _DUE), NOON
    both, early = [first, second, stranger], NOON - _SLOT
    confirmed, revoked = _changed(first, 2, 1), _changed(first, 2, 5)
    cases: dict[str, tuple[str, list[tuple[int, list[KeyRecord]]], tuple[int, int]]] = {
        "kept": ("gaen", [(NOON, both)], whole),
        "kept-over-two-batches": ("gaen", [(early, [first]), (until, [second])], whole),
        "kept-at-the-last-moment": ("gaen", [(_DUE, both)], whole),
        "kept-and-revised": ("gaen", [(early, both), (NOON, [confirmed])], whole),
        "kept-in-any-order": ("gaen", [(NOON, [second]), (early, [first])], whole),
        "waiting-for-the-last-batches": ("gaen", [(NOON, both)], (_DUE - _REACH, _DUE - _SLOT)),
        "waiting-for-the-first-batches": (
            "gaen",
            [(NOON, both)],
            (_DUE - _REACH + _SLOT, _DUE + DAY),
        ),
        "waiting-for-one-key": ("gaen", [(NOON, [first])], (_DUE - _REACH, NOON)),
        "missing": ("gaen", [(NOON, [stranger])], whole),
        "missing-one-of-two": ("gaen", [(NOON, [first])], whole),
        "missing-though-published-later": ("gaen", [(_DUE + _SLOT, both)], whole),
        "missing-without-any-batch": ("gaen", [], whole),
        "altered-period": ("gaen", [(NOON, [_changed(first, 1, 143), second])], (NOON, NOON)),
        "altered-onset": ("gaen", [(NOON, [_changed(first, 3, 9), second])], (NOON, NOON)),
        "altered-type": ("gaen", [(NOON, [revoked, second])], (NOON, NOON)),
        "twice-in-two-batches": ("gaen", [(early, both), (NOON, [first])], (NOON, NOON)),
        "twice-in-one-batch": ("gaen", [(NOON, [*both, confirmed])], (NOON, NOON)),
        "twice-is-no-revision": (
            "gaen",
            [(early, both), (NOON, [_changed(first, 2, 0)])],
            (NOON, NOON),
        ),
        "twice-revised": (
            "gaen",
            [(early, both), (NOON, [confirmed]), (NOON + _SLOT, [revoked])],
            (NOON, NOON),
        ),
        "lowcost-kept": ("lowcost", [(NOON, list(_REPORTS["lowcost"]))], whole),
        "lowcost-altered": (
            "lowcost",
            [(NOON, [_changed(_REPORTS["lowcost"][0], 0, _TODAY)])],
            whole,
        ),
        "lowcost-twice": (
            "lowcost",
            [(early, list(_REPORTS["lowcost"])), (NOON, list(_REPORTS["lowcost"]))],
            whole,
        ),
        "hybrid-kept": ("hybrid", [(NOON, list(_REPORTS["hybrid"]))], whole),
        "unlinkable-kept": ("unlinkable", [(NOON, list(_REPORTS["unlinkable"]))], whole),
        "unlinkable-missing": ("unlinkable", [(NOON, list(_REPORTS["unlinkable"][:1]))], whole),
        "unlinkable-of-another-epoch": (
            "unlinkable",
            [(NOON, [_changed(one, 0, 1) for one in _REPORTS["unlinkable"]])],
            whole,
        ),
        "unlinkable-twice": (
            "unlinkable",
            [(early, list(_REPORTS["unlinkable"])), (NOON, list(_REPORTS["unlinkable"]))],
            whole,
        ),
    }
    for name, (design, batches, complete) in cases.items():
        yield _check(name, design, batches, complete)
    revised = [_changed(one, 2, 1) for one in (first, second)]
    early_only, late = [(early, both)], (NOON + _SLOT, revised)
    for name, found, complete in (
        ("revision-waiting", early_only, (NOON, NOON)),
        ("revision-missing", early_only, whole),
        ("revision-of-another-period", [(early, [_changed(first, 1, 143)])], (NOON, NOON)),
        ("revision-kept", [*early_only, late], whole),
        ("revision-kept-alone", [late], whole),
    ):
        yield _check(name, "gaen", found, complete, reported=revised)


def _check(
    name: str,
    design: str,
    batches: Sequence[tuple[int, Sequence[KeyRecord]]],
    complete: tuple[int, int],
    *,
    reported: Sequence[KeyRecord] = (),
) -> Case:
    report = Report(design=design, records=tuple(reported) or _REPORTS[design])
    promise = Promise.of(report.records, design=design, region=_REGION, published_by=_DUE)
    receipt = Receipt.sign(promise, key=FIRST)
    check = ReceiptCheck(receipt=receipt, report=report, region=_REGION)
    published = [_batch(design, Instant(release), records) for release, records in batches]
    for batch in published:
        check = check.with_batch(batch, published=published_records)
    verdict = check.verdict(
        complete=Stretch(Instant(complete[0]), Instant(complete[1])), revises=revises(design)
    )
    return {
        "id": f"check-{name}",
        "operation": "check",
        "design": design,
        "region": _REGION,
        "records": _values(report.records),
        "published_by": receipt.published_by,
        "batches": [
            {
                "release": batch.release,
                "content": batch.content.hex(),
                "records": _values(sorted(records)),
            }
            for batch, (_, records) in zip(published, batches, strict=True)
        ],
        "complete_from": complete[0],
        "complete_to": complete[1],
        "verdict": verdict.value,
        "result": "valid",
        "spec": ["RECEIPT-7", "RECEIPT-9" if design == "unlinkable" else "RECEIPT-8"],
    }


def _batch(design: str, release: Instant, records: Sequence[KeyRecord]) -> Batch:
    name = BatchName(design=design, region=_REGION, release=release)
    rand = slot_random(bytes(32), purpose="batch", name=name)
    return design_named(design).publish(records, name=name, parameters=STANDARD, rand=rand)


def _values(records: Sequence[KeyRecord]) -> list[object]:
    return [{"attributes": list(one.attributes), "key": one.key.hex()} for one in records]
