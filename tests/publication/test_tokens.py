"""spec/publication/tokens.md: tokens, and the book that an app keeps of them."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_tokens
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    MalformedError,
    TooEarlyError,
    UnauthorizedError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.primitives import BlindRsaPrivateKey, ed25519_public, random_from_os
from dp3t.publication.authorization import UploadCode
from dp3t.publication.token_book import TokenBook
from dp3t.publication.token_keys import TokenKeys
from dp3t.publication.token_request import IssueRefusal
from dp3t.publication.tokens import TOKEN_BYTES, PendingToken, Token, TokenKey
from dp3t.timeline import Day, Instant
from publication_cases import REFUSALS
from rsa_keys import private_of
from spec.vectors.tokens import KEY, MODULUS, SCOPE, TODAY, N, P, Q, pending, signature_of
from vectors import Case, load, vector_cases

PRIVATE = private_of(P, Q)
NOON = Instant(86_400 * TODAY + 43_200)


@pytest.mark.parametrize("case", vector_cases("tokens", operation="token"))
def test_a_token_is_what_both_witnesses_make_of_what_was_drawn(case: Case) -> None:
    nonce, prefix, salt = (bytes.fromhex(case[name]) for name in ("nonce", "prefix", "salt"))
    factor, scope, day = int(case["factor"], 16), case["scope"], case["day"]
    asked = pending(factor)
    assert asked.blinded.hex() == case["blinded"]
    assert asked.inverse.hex() == case["inverse"]
    token = asked.finish(bytes.fromhex(case["blind_signature"]))
    assert token.encode().hex() == case["token"]
    assert len(token.encode()) == TOKEN_BYTES
    assert Token.decode(token.encode()) == token
    assert token.nullifier.hex() == case["nullifier"]
    message = oracle_tokens.signed_message(scope, day, nonce, prefix)
    assert oracle_tokens.blind(N, message, salt, factor) == asked.blinded
    answer = oracle_tokens.sign(P, Q, asked.blinded)
    assert answer.hex() == case["blind_signature"]
    signature = oracle_tokens.unblind(N, answer, factor)
    assert oracle_tokens.token(scope, day, nonce, prefix, signature) == token.encode()
    assert oracle_tokens.verifies(N, message, signature)
    assert oracle_tokens.nullifier(scope, day, nonce) == token.nullifier


@pytest.mark.parametrize("case", vector_cases("tokens", operation="finish"))
def test_an_answer_that_is_no_signature_of_what_was_asked_is_no_token(case: Case) -> None:
    asked = PendingToken.decode(bytes.fromhex(case["pending"]))
    with pytest.raises(REFUSALS[case["result"]]):
        asked.finish(bytes.fromhex(case["blind_signature"]))


@pytest.mark.parametrize("case", vector_cases("tokens", operation="sign"))
def test_a_number_in_range_is_signed_and_no_other(case: Case) -> None:
    blinded = bytes.fromhex(case["blinded"])
    if case["result"] != "valid":
        with pytest.raises(REFUSALS[case["result"]]):
            PRIVATE.sign(blinded, rand=random_from_os)
        return
    signed = PRIVATE.sign(blinded, rand=random_from_os)
    assert signed.hex() == case["blind_signature"]
    assert oracle_tokens.sign(P, Q, blinded) == signed


@pytest.mark.parametrize("case", vector_cases("tokens", operation="decode"))
def test_bytes_that_are_no_token_are_malformed(case: Case) -> None:
    with pytest.raises(REFUSALS[case["result"]]):
        Token.decode(bytes.fromhex(case["token"]))


@pytest.mark.parametrize("case", vector_cases("tokens", operation="verify"))
def test_a_token_verifies_under_the_key_of_its_day_and_unaltered_alone(case: Case) -> None:
    token = Token.decode(bytes.fromhex(case["token"]))
    key = replace(KEY, day=token.day)
    message = oracle_tokens.signed_message(token.scope, token.day, token.nonce, token.prefix)
    is_valid = case["result"] == "valid"
    assert oracle_tokens.verifies(N, message, token.signature) == is_valid
    if is_valid:
        token.verify(key)
        return
    with pytest.raises(REFUSALS[case["result"]]):
        token.verify(key)


@pytest.mark.spec("TOKENS-5")
@pytest.mark.parametrize(
    "key",
    [
        replace(KEY, day=Day(TODAY + 1)),
        replace(KEY, scope="objections"),
    ],
    ids=["day", "scope"],
)
def test_the_key_of_another_day_or_scope_verifies_nothing(key: TokenKey) -> None:
    """Negative: though its modulus is the same here."""
    with pytest.raises(UnknownKeyError):
        token().verify(key)


@pytest.mark.parametrize("case", vector_cases("tokens", operation="good"))
def test_a_token_is_good_for_its_scope_on_its_day(case: Case) -> None:
    one = Token.decode(bytes.fromhex(case["token"]))
    scope, today = case["scope"], Day(case["today"])
    if case["result"] == "valid":
        one.require_good(scope=scope, today=today)
        return
    errors = {SCOPE: ExpiredError if today > one.day else TooEarlyError}
    with pytest.raises(errors.get(scope, UnauthorizedError)):
        one.require_good(scope=scope, today=today)


def test_the_key_of_the_vectors_is_the_one_that_they_print() -> None:
    key = load("tokens")["key"]
    assert int(key["p"], 16) * int(key["q"], 16) == N
    assert key["modulus"] == MODULUS.hex()


def token(*, day: Day = TODAY) -> Token:
    """Return a token of a day, all of whose keys are one here."""
    asked = PendingToken.begin(replace(KEY, day=day), rand=random_from_os)
    return asked.finish(PRIVATE.sign(asked.blinded, rand=random_from_os))


@pytest.mark.spec("TOKENS-4")
def test_everything_is_drawn_afresh() -> None:
    many = [PendingToken.begin(KEY, rand=random_from_os) for _ in range(3)]
    for part in ("nonce", "prefix", "blinded", "inverse"):
        assert len({getattr(each, part) for each in many}) == 3


@pytest.mark.spec("TOKENS-4")
def test_a_nonce_that_is_a_public_key_is_what_the_token_holds_and_all_else_is_drawn() -> None:
    public = ed25519_public(bytes(range(32)))
    asked = [PendingToken.begin(KEY, rand=random_from_os, nonce=public) for _ in range(2)]
    made = asked[0].finish(PRIVATE.sign(asked[0].blinded, rand=random_from_os))
    assert made.nonce == public
    made.verify(KEY)
    for part in ("prefix", "blinded", "inverse"):
        assert getattr(asked[0], part) != getattr(asked[1], part)


@pytest.mark.spec("TOKENS-4")
@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_nonce_of_another_length_is_a_programming_mistake(length: int) -> None:
    """Negative: a token could not hold it."""
    with pytest.raises(ValueError, match="32 bytes"):
        PendingToken.begin(KEY, rand=random_from_os, nonce=bytes(length))


@pytest.mark.spec("TOKENS-8")
def test_nothing_of_a_request_stands_in_the_token() -> None:
    """Negative: not even eight bytes in a row, beside scope and day."""
    asked = PendingToken.begin(KEY, rand=random_from_os)
    sent = [asked.blinded, UploadCode.generate(rand=random_from_os).digits().encode()]
    made = asked.finish(PRIVATE.sign(asked.blinded, rand=random_from_os))
    secret = made.nonce + made.prefix + made.signature
    for data in (*sent, signature_of(asked.blinded), asked.inverse):
        assert not any(data[at : at + 8] in secret for at in range(len(data) - 7))


@pytest.mark.spec("TOKENS-11")
def test_another_signature_of_a_nonce_is_the_same_token_to_whoever_counts() -> None:
    one = token()
    other = replace(one, prefix=bytes(32), signature=bytes(256))
    assert other.nullifier == one.nullifier
    assert replace(one, day=Day(one.day + 1)).nullifier != one.nullifier
    assert replace(one, scope="objections").nullifier != one.nullifier


def test_no_repr_shows_what_would_let_others_spend_or_link() -> None:
    asked, made = pending(), token()
    shown = repr(asked) + repr(made) + repr(TokenBook(scope=SCOPE, tokens=(made,)))
    for secret in (asked.nonce, asked.inverse, asked.blinded, made.nonce, made.signature):
        assert repr(secret)[2:20] not in shown
        assert secret.hex()[:16] not in shown


def test_a_pending_token_goes_through_its_bytes() -> None:
    asked = PendingToken.begin(KEY, rand=random_from_os)
    assert PendingToken.decode(asked.encode()) == asked


@pytest.mark.spec("TOKENS-3")
@given(
    data=st.one_of(st.binary(max_size=400), st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES))
)
def test_any_bytes_are_a_token_or_malformed(data: bytes) -> None:
    for decoder in (Token.decode, PendingToken.decode, TokenBook.decode):
        try:
            found = decoder(data)
        except MalformedError:
            continue
        assert found.encode() == data


@cache
def issuers() -> dict[Day, BlindRsaPrivateKey]:
    """Return the private key of each day, drawn when a test first asks: that takes longest."""
    return {Day(TODAY + ahead): BlindRsaPrivateKey.generate_from_os() for ahead in range(7)}


@cache
def list_of_keys() -> TokenKeys:
    """Return the list of their public keys."""
    keys = (TokenKey(day, SCOPE, key.public().to_bytes()) for day, key in issuers().items())
    return TokenKeys(region="VN", issued=NOON, keys=tuple(keys))


def answers(book: TokenBook) -> list[bytes | IssueRefusal]:
    """Return what an issuer answers to a book's request."""
    return [
        issuers()[each.key.day].sign(each.blinded, rand=random_from_os) for each in book.pending
    ]


@pytest.mark.spec("TOKENS-22", "TOKENS-9")
def test_a_book_asks_for_every_day_once_and_again_with_the_same_numbers() -> None:
    code = UploadCode.generate(rand=random_from_os)
    book = TokenBook(scope=SCOPE).prepared(list_of_keys(), rand=random_from_os)
    again = TokenBook.decode(book.encode()).prepared(list_of_keys(), rand=random_from_os)
    assert again == book
    request = book.request(code)
    assert request is not None
    assert [each.day for each in request.wanted] == list(list_of_keys().days)
    full = book.answered(answers(book))
    assert [each.day for each in full.tokens] == list(list_of_keys().days)
    assert full.request(code) is None
    assert full.prepared(list_of_keys(), rand=random_from_os) == full
    for each in full.tokens:
        each.verify(list_of_keys().key(SCOPE, each.day))


@pytest.mark.spec("TOKENS-22", "TOKENS-17")
def test_a_day_without_a_key_stays_pending_and_one_that_was_issued_elsewhere_is_given_up() -> None:
    book = TokenBook(scope=SCOPE).prepared(list_of_keys(), rand=random_from_os)
    mixed = answers(book)
    mixed[0], mixed[1] = IssueRefusal.NO_KEY, IssueRefusal.ISSUED
    after = book.answered(mixed)
    assert [each.key.day for each in after.pending] == [TODAY]
    assert after.used == (TODAY + 1,)
    assert [
        each.key.day for each in after.prepared(list_of_keys(), rand=random_from_os).pending
    ] == [TODAY]


@pytest.mark.spec("TOKENS-5")
def test_a_book_takes_no_answer_that_is_no_signature_or_of_another_length() -> None:
    book = TokenBook(scope=SCOPE).prepared(list_of_keys(), rand=random_from_os)
    with pytest.raises(VerificationError):
        book.answered(answers(book)[::-1])
    with pytest.raises(ValueError, match="shorter"):
        book.answered(answers(book)[:-1])


def test_a_token_is_taken_once_and_its_day_is_asked_for_no_more() -> None:
    book = TokenBook(scope=SCOPE).prepared(list_of_keys(), rand=random_from_os)
    book = book.answered(answers(book))
    taken, rest = book.take(TODAY)
    assert taken == book.tokens[0]
    assert rest.used == (TODAY,)
    assert rest.prepared(list_of_keys(), rand=random_from_os).pending == ()
    with pytest.raises(ExpiredError):
        rest.take(TODAY)
    with pytest.raises(ExpiredError):
        rest.take(Day(TODAY + 7))
    assert TokenBook.decode(rest.encode()) == rest


@pytest.mark.spec("TOKENS-15")
def test_a_book_refuses_a_list_that_names_another_key_than_before() -> None:
    book = TokenBook(scope=SCOPE).prepared(list_of_keys(), rand=random_from_os)
    swapped = (replace(list_of_keys().keys[0], modulus=MODULUS), *list_of_keys().keys[1:])
    with pytest.raises(VerificationError):
        book.prepared(replace(list_of_keys(), keys=swapped), rand=random_from_os)
    with pytest.raises(UnknownKeyError):
        TokenBook(scope="objections").prepared(list_of_keys(), rand=random_from_os)


def test_what_is_of_days_before_the_list_is_forgotten() -> None:
    old = TokenBook(
        scope=SCOPE,
        pending=(PendingToken.begin(replace(KEY, day=Day(TODAY - 3)), rand=random_from_os),),
        tokens=(token(day=Day(TODAY - 2)),),
        used=(Day(TODAY - 1),),
    )
    book = old.prepared(list_of_keys(), rand=random_from_os)
    assert [each.key.day for each in book.pending] == list(list_of_keys().days)
    assert (book.tokens, book.used) == ((), ())


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": "Symptoms"},
        {"tokens": (token(), token())},
        {"tokens": (token(),), "used": (TODAY,)},
        {"used": (Day(TODAY + 1), TODAY)},
        {"scope": "objections", "tokens": (token(),)},
    ],
    ids=["scope", "day-twice", "day-used", "descending", "other-scope"],
)
def test_a_book_that_contradicts_itself_is_malformed(wrong: dict[str, object]) -> None:
    with pytest.raises(Dp3tError):
        TokenBook(**{"scope": SCOPE, **wrong})  # type: ignore[arg-type]  # wrong on purpose
