"""spec/vectors/entry_receipt.json: every value derived again, every fault refused by its name."""

import pytest

import oracle_entry_receipt
from dp3t.arrivals.binding import Binding
from dp3t.arrivals.entry_receipt import EntryReceipt
from dp3t.arrivals.travel_document import TravelDocument
from dp3t.arrivals.verdict import verify
from dp3t.errors import MalformedError
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Day, Instant
from vectors import Case, vector_cases

FILE = "entry_receipt"


def document_in(case: Case) -> TravelDocument:
    return TravelDocument(number=case["number"], birth=case["birth"], expiry=case["expiry"])


def fields_of(document: TravelDocument) -> tuple[str, str, str]:
    return document.number, document.birth, document.expiry


def trusted_in(case: Case) -> TrustedKeys:
    return TrustedKeys(
        VerificationKey(
            public=bytes.fromhex(key["public"]),
            valid_from=Instant(key["valid_from"]),
            valid_until=Instant(key["valid_until"]),
        )
        for key in case["trusted"]
    )


def receipt_in(case: Case) -> EntryReceipt:
    return EntryReceipt(
        receipt_id=bytes.fromhex(case["receipt_id"]),
        binding=Binding.decode(bytes.fromhex(case["binding"])),
        entry_day=Day(case["entry_day"]),
        arrival_point=case["arrival_point"],
        opens_hours=case["opens_hours"],
        closes_hours=case["closes_hours"],
    )


@pytest.mark.parametrize("case", vector_cases(FILE, operation="document", result="valid"))
def test_what_is_typed_becomes_what_the_zone_has(case: Case) -> None:
    assert TravelDocument.of(**case["typed"]) == document_in(case)


@pytest.mark.parametrize("case", vector_cases(FILE, operation="document", result="malformed"))
def test_what_no_document_has_is_malformed(case: Case) -> None:
    with pytest.raises(MalformedError):
        TravelDocument.of(**case["typed"])


@pytest.mark.parametrize("case", vector_cases(FILE, operation="zone", result="valid"))
def test_a_zone_is_read_as_the_second_witness_reads_it(case: Case) -> None:
    found = TravelDocument.from_zone(case["zone"])
    assert found == document_in(case)
    assert fields_of(found) == oracle_entry_receipt.document_of_zone(case["zone"])


@pytest.mark.parametrize("case", vector_cases(FILE, operation="zone", result="malformed"))
def test_a_zone_that_was_misread_is_malformed(case: Case) -> None:
    with pytest.raises(MalformedError):
        TravelDocument.from_zone(case["zone"])


@pytest.mark.parametrize("case", vector_cases(FILE, operation="bind"))
def test_a_binding_is_what_the_second_witness_derives(case: Case) -> None:
    salt, document = bytes.fromhex(case["salt"]), document_in(case)
    bound = Binding.of(document, rand=lambda _: salt).encode()
    assert bound.hex() == case["binding"]
    assert bound == oracle_entry_receipt.binding(fields_of(document), salt)


@pytest.mark.parametrize("case", vector_cases(FILE, operation="receipt"))
def test_a_receipt_is_what_the_second_witness_signs(case: Case) -> None:
    seed, receipt = bytes.fromhex(case["seed"]), receipt_in(case)
    said = oracle_entry_receipt.payload(
        receipt_id=receipt.receipt_id,
        bound=receipt.binding.encode(),
        day=receipt.entry_day,
        point=receipt.arrival_point,
        opens=receipt.opens_hours,
        closes=receipt.closes_hours,
    )
    key = SigningKey(seed=seed, valid_from=Instant(0), valid_until=Instant(2**32 - 1))
    assert receipt.encode() == said == bytes.fromhex(case["payload"])
    assert EntryReceipt.decode(said) == receipt
    assert receipt.sign(key) == oracle_entry_receipt.text(seed, said) == case["text"]
    start = receipt.entry_day * 86_400
    assert case["valid_from"] == receipt.valid_from == start - 3_600 * receipt.opens_hours
    assert case["valid_until"] == receipt.valid_until == start + 3_600 * receipt.closes_hours


@pytest.mark.parametrize("case", vector_cases(FILE, operation="payload"))
def test_what_no_receipt_says_is_malformed(case: Case) -> None:
    with pytest.raises(MalformedError):
        EntryReceipt.decode(bytes.fromhex(case["payload"]))


@pytest.mark.parametrize("case", vector_cases(FILE, operation="verify"))
def test_the_verdict_is_the_first_that_holds(case: Case) -> None:
    checked = verify(
        case["text"],
        document_in(case),
        keys=trusted_in(case),
        arrival_point=case["arrival_point"],
        now=Instant(case["now"]),
        withdrawn=[bytes.fromhex(each) for each in case["withdrawn"]],
    )
    assert checked.verdict == case["verdict"]
    assert (checked.receipt is None) == (case["result"] in ("malformed", "unauthentic"))
