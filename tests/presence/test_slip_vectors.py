"""spec/vectors/slip.json: every value derived again, every fault refused by its result."""

from typing import TYPE_CHECKING

import pytest

import oracle_slip
from dp3t.errors import Dp3tError, MalformedError, PolicyError, VerificationError
from dp3t.presence.card import Card
from dp3t.presence.entry import EntryCode
from dp3t.presence.slip import Slip, SlipMessage, write_slips
from dp3t.presence.slip_book import SlipBook
from dp3t.presence.slip_contacts import OpenedSlips, open_slips
from dp3t.presence.trace import Trace
from dp3t.primitives import Rand, X25519PrivateKey, X25519PublicKey, random_from_os
from dp3t.timeline import Day, Instant, Stretch
from gatherings import AUTHORITY
from vectors import Case, load, vector_cases

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

RESULTS: dict[str, type[Dp3tError]] = {
    "malformed": MalformedError,
    "unauthentic": VerificationError,
    "policy": PolicyError,
}


def cases(operation: str, *results: str) -> "list[ParameterSet]":
    return [
        case
        for result in results
        for case in vector_cases("slip", operation=operation, result=result)
    ]


def slips_of(case: Case) -> list[Slip]:
    return [Slip(Day(row["day"]), bytes.fromhex(row["ciphertext"])) for row in case["slips"]]


def drawn(draws: list[bytes]) -> Rand:
    """Return a source that gives these draws, each once."""
    left = iter(draws)
    return lambda length: next(left)[:length]


def written(case: Case, rand: Rand) -> tuple[Slip, ...]:
    return write_slips(
        EntryCode.parse(bytes.fromhex(case["payload"])),
        Card(bytes.fromhex(case["card"])),
        arrival=Instant(case["arrival"]),
        departure=Instant(case["departure"]),
        rand=rand,
    )


def opened(case: Case) -> OpenedSlips:
    return open_slips(
        slips_of(case),
        [Trace.decode(bytes.fromhex(each)) for each in case["traces"]],
        X25519PrivateKey(bytes.fromhex(case["private_key"])),
        stretch=Stretch(Instant(case["start"]), Instant(case["end"])),
    )


@pytest.mark.parametrize("case", cases("card", "valid"))
def test_a_card_is_that_of_the_second_witness(case: Case) -> None:
    public, ephemeral = bytes.fromhex(case["public_key"]), bytes.fromhex(case["ephemeral_key"])
    card = Card.of(case["contact"], authority=X25519PublicKey(public), rand=lambda _: ephemeral)
    expected = oracle_slip.card(case["contact"], public, ephemeral)
    assert card.sealed.hex() == case["card"] == expected.hex()
    assert card.text() == case["text"] == oracle_slip.text(expected)
    private = bytes.fromhex(case["private_key"])
    assert oracle_slip.contact(private, card.sealed) == case["contact"]
    assert Card.from_text(case["text"]).open(X25519PrivateKey(private)) == case["contact"]


@pytest.mark.parametrize("case", cases("contact", "malformed"))
def test_contact_details_with_one_fault_are_malformed(case: Case) -> None:
    with pytest.raises(MalformedError):
        Card.of(case["contact"], authority=AUTHORITY.public(), rand=random_from_os)


@pytest.mark.parametrize("case", cases("open-card", "malformed", "unauthentic"))
def test_a_card_with_one_fault_is_refused(case: Case) -> None:
    private = X25519PrivateKey(bytes.fromhex(case["private_key"]))
    with pytest.raises(RESULTS[case["result"]]):
        Card(bytes.fromhex(case["card"])).open(private)


@pytest.mark.parametrize("case", cases("text", "valid"))
def test_a_text_in_another_dress_is_the_same_card(case: Case) -> None:
    assert Card.from_text(case["text"]).sealed.hex() == case["card"]


@pytest.mark.parametrize("case", cases("text", "malformed"))
def test_a_text_with_one_fault_is_malformed(case: Case) -> None:
    with pytest.raises(MalformedError):
        Card.from_text(case["text"])


@pytest.mark.parametrize("case", cases("write", "valid"))
def test_slips_are_those_of_the_second_witness(case: Case) -> None:
    draws = [bytes.fromhex(draw) for draw in case["draws"]]
    slips = written(case, drawn(draws))
    payload, public = bytes.fromhex(case["payload"]), bytes.fromhex(case["public_key"])
    card = bytes.fromhex(case["card"])
    expected = oracle_slip.slips(payload, public, case["arrival"], case["departure"], card, draws)
    assert list(slips) == slips_of(case)
    assert [(slip.day, slip.ciphertext) for slip in slips] == expected


@pytest.mark.parametrize("case", cases("write", "policy"))
def test_a_visit_that_nobody_makes_is_refused(case: Case) -> None:
    with pytest.raises(PolicyError):
        written(case, random_from_os)


@pytest.mark.parametrize("case", cases("message", "valid"))
def test_a_message_is_read_and_written_again(case: Case) -> None:
    message = bytes.fromhex(case["message"])
    assert SlipMessage.decode(message).encode() == message


@pytest.mark.parametrize("case", cases("message", "malformed"))
def test_a_message_with_one_fault_is_malformed(case: Case) -> None:
    with pytest.raises(MalformedError):
        SlipMessage.decode(bytes.fromhex(case["message"]))


@pytest.mark.parametrize("case", cases("book", "valid"))
def test_a_book_is_that_of_the_second_witness(case: Case) -> None:
    slips = slips_of(case)
    book = SlipBook().added(slips, now=Instant(case["now"]))
    expected = oracle_slip.book([(slip.day, slip.ciphertext) for slip in slips], case["now"])
    assert book.encode().hex() == case["book"] == expected.hex()
    assert SlipBook.decode(expected) == book


@pytest.mark.parametrize("case", cases("read-book", "malformed"))
def test_a_book_with_one_fault_is_malformed(case: Case) -> None:
    with pytest.raises(MalformedError):
        SlipBook.decode(bytes.fromhex(case["book"]))


@pytest.mark.parametrize("case", cases("open", "valid"))
def test_the_authority_finds_whom_the_case_names(case: Case) -> None:
    found = opened(case)
    contacts = [
        {"contact": each.contact, "stays": [list(stay) for stay in each.stays]}
        for each in found.contacts
    ]
    assert (contacts, found.unreadable) == (case["contacts"], case["unreadable"])


@pytest.mark.spec("SLIP-13")
def test_the_second_witness_finds_the_same_people() -> None:
    (case,) = (case for case in load("slip")["cases"] if case["id"] == "open-two-people")
    trace = bytes.fromhex(case["traces"][0])
    found = oracle_slip.stays(
        bytes.fromhex(case["private_key"]),
        trace[:32],
        trace[32:80],
        [(slip.day, slip.ciphertext) for slip in slips_of(case)],
        (case["start"], case["end"]),
    )
    expected = [(row["contact"], *stay) for row in case["contacts"] for stay in row["stays"]]
    assert found == expected
