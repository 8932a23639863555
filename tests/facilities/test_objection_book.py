"""spec/facilities/objection.md: what an app keeps for objections."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.codec import Value, encode
from dp3t.errors import Dp3tError, ExpiredError, MalformedError
from dp3t.facilities import LocalDay, Objection, ObjectionBook
from dp3t.primitives import random_from_os
from dp3t.publication.authorization import UploadCode
from dp3t.publication.signing import HEADER_BYTES
from dp3t.publication.token_book import TokenBook
from dp3t.publication.token_keys import TokenKeys
from dp3t.publication.token_request import Issued, IssueRefusal
from dp3t.timeline import Day, Instant
from rsa_keys import private_of
from spec.vectors.builders.facility_record import REGION, SERVER, TODAY, at
from spec.vectors.builders.objection_tokens import primes_of, token_list

NOW = at(0, 12)
UTC_DAY = Day(NOW // 86_400)


def keys_of(moment: Instant) -> TokenKeys:
    return TokenKeys.decode(token_list(moment, key=SERVER, region=REGION)[HEADER_BYTES:])


def issued(book: ObjectionBook) -> list[Issued]:
    """Return what a server signs for all pending tokens."""
    return [
        private_of(*primes_of(each.key.day)).sign(each.blinded, rand=random_from_os)
        for each in book.tokens.pending
    ]


PREPARED = ObjectionBook().prepared(keys_of(NOW), rand=random_from_os)
BOOK = PREPARED.answered(issued(PREPARED))


@pytest.mark.spec("OBJECTION-10", "TOKENS-22")
def test_a_book_asks_for_a_token_of_every_day_each_with_a_key_of_its_own() -> None:
    nonces = {each.nonce for each in PREPARED.tokens.pending}
    assert len(nonces) == len(PREPARED.seeds) == len(set(PREPARED.seeds.values())) == 7
    assert nonces == set(PREPARED.seeds)
    request = PREPARED.tokens.request(UploadCode.generate(rand=random_from_os))
    assert request is not None
    sent = request.encode()
    for secret in (*PREPARED.seeds, *PREPARED.seeds.values()):
        assert secret not in sent
        assert secret.hex() not in repr(PREPARED)
    assert PREPARED.prepared(keys_of(NOW), rand=random_from_os) == PREPARED


@pytest.mark.spec("OBJECTION-2", "OBJECTION-10")
def test_a_token_that_is_taken_signs_an_objection_and_its_key_is_forgotten() -> None:
    token, key, rest = BOOK.take(UTC_DAY)
    objection = Objection(
        region=REGION, made=NOW, facility="vy-da", day=LocalDay(TODAY), task="", token=token
    )
    assert Objection.read(objection.sign(key)) == objection
    assert (len(BOOK.seeds), len(rest.seeds)) == (7, 6)
    assert token.nonce not in rest.seeds
    with pytest.raises(ExpiredError):
        rest.take(UTC_DAY)


@pytest.mark.spec("OBJECTION-10")
def test_keys_of_days_that_are_over_or_were_refused_are_forgotten() -> None:
    later = BOOK.prepared(keys_of(at(2, 12)), rand=random_from_os)
    assert [each.day for each in later.tokens.tokens] == [UTC_DAY + ahead for ahead in range(2, 7)]
    assert len(later.seeds) == 7
    refused = PREPARED.answered([IssueRefusal.ISSUED] * 7)
    assert refused.seeds == {}


def test_a_book_is_read_as_it_was_stored() -> None:
    for book in (ObjectionBook(), PREPARED, BOOK, BOOK.take(UTC_DAY)[2]):
        assert ObjectionBook.decode(book.encode()) == book


@pytest.mark.spec("OBJECTION-10")
def test_a_book_that_lacks_a_key_or_has_one_too_many_is_malformed() -> None:
    """Negative: also one of other tokens."""
    seeds: list[Value] = [BOOK.seeds[nonce] for nonce in sorted(BOOK.seeds)]
    tokens = BOOK.tokens.encode()
    broken: list[list[Value]] = [
        seeds[1:], [*seeds, bytes(32)], seeds[::-1], [*seeds, seeds[0]], [*seeds[1:], b""],
        [*seeds[1:], 1], [],
    ]  # fmt: skip
    for held in broken:
        with pytest.raises(MalformedError):
            ObjectionBook.decode(encode({"seeds": held, "tokens": tokens, "version": 1}))
    with pytest.raises(MalformedError, match="something else"):
        ObjectionBook(TokenBook(scope="symptoms"))


@given(st.binary(max_size=100) | st.integers(0, 400).map(lambda end: BOOK.encode()[:end]))
def test_any_bytes_are_a_book_or_refused(data: bytes) -> None:
    try:
        assert ObjectionBook.decode(data).encode() == data
    except Dp3tError:
        return
