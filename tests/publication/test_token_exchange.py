"""spec/publication/tokens.md: lists of keys, requests and answers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_tokens
from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    PolicyError,
    TransportError,
    UnknownKeyError,
)
from dp3t.publication.token_keys import MAX_SCOPES, LoggedTokenKeys, TokenKeys
from dp3t.publication.token_request import (
    ISSUE_ERRORS,
    SPEND_ERRORS,
    TOKEN_ANSWER_BYTES,
    TOKEN_REQUEST_BYTES,
    IssueRefusal,
    SpendRefusal,
    TokenRequest,
    check_token_answer,
    encode_token_answer,
)
from dp3t.publication.tokens import TOKEN_DAYS, TokenKey
from dp3t.timeline import Day
from publication_cases import REFUSALS, keys_of
from spec.vectors.signing import FIRST
from spec.vectors.token_exchange import NOON, listed, token_keys
from spec.vectors.tokens import SCOPE, TODAY, N
from vectors import Case, vector_cases


@pytest.mark.parametrize("case", vector_cases("token_exchange", operation="open"))
def test_a_list_opens_where_nothing_is_wrong_with_it(case: Case) -> None:
    file, trusted = bytes.fromhex(case["file"]), keys_of(case["trusted"])
    asked = {"trusted": trusted, "region": case["region"], "now": case["now"]}
    if case["result"] == "valid":
        found = TokenKeys.open(file, **asked)
        assert TokenKeys.decode(found.encode()) == found
        return
    with pytest.raises(REFUSALS[case["result"]]):
        TokenKeys.open(file, **asked)


@pytest.mark.parametrize("case", [*vector_cases("token_exchange", id="list")])
def test_both_witnesses_sign_a_list_alike(case: Case) -> None:
    keys = [(each["day"], each["scope"], bytes.fromhex(each["modulus"])) for each in case["keys"]]
    seed, file = bytes.fromhex(case["seed"]), bytes.fromhex(case["file"])
    assert oracle_tokens.token_keys(seed, case["region"], case["issued"], keys) == file
    logged = bytes.fromhex(case["logged"])
    assert LoggedTokenKeys.decode(logged) == LoggedTokenKeys(file, case["leaf"])
    assert oracle_tokens.logged(file, case["leaf"]) == logged


@pytest.mark.parametrize("case", vector_cases("token_exchange", operation="continue"))
def test_a_reader_takes_no_other_key_than_it_has_seen(case: Case) -> None:
    former, following = (
        TokenKeys.decode(bytes.fromhex(case[name])) for name in ("former", "following")
    )
    if case["result"] == "valid":
        following.require_continues(former)
        return
    with pytest.raises(REFUSALS[case["result"]]):
        following.require_continues(former)


@pytest.mark.parametrize("case", vector_cases("token_exchange", operation="request"))
def test_a_request_is_what_both_witnesses_write_or_malformed(case: Case) -> None:
    body = bytes.fromhex(case["body"]).ljust(case["body_bytes"], b"\0")
    if case["result"] != "valid":
        with pytest.raises(REFUSALS[case["result"]]):
            TokenRequest.decode(body)
        return
    request = TokenRequest.decode(body)
    wanted = [(each["day"], bytes.fromhex(each["blinded"])) for each in case["wanted"]]
    assert (request.code.digits(), request.scope) == (case["code"], case["scope"])
    assert [(each.day, each.blinded) for each in request.wanted] == wanted
    assert request.encode() == body == oracle_tokens.request(case["code"], case["scope"], wanted)
    assert len(body) == TOKEN_REQUEST_BYTES
    assert case["code"] not in repr(request)


@pytest.mark.parametrize("case", vector_cases("token_exchange", operation="answer"))
def test_an_answer_is_what_both_witnesses_write(case: Case) -> None:
    body = bytes.fromhex(case["body"]).ljust(case["body_bytes"], b"\0")
    words = set(IssueRefusal)
    issued = [each if each in words else bytes.fromhex(each) for each in case["issued"]]
    assert oracle_tokens.answer(case["refusal"], issued) == body
    assert len(body) == TOKEN_ANSWER_BYTES
    if case["result"] == "valid":
        assert check_token_answer(body, days=case["days"]) == tuple(issued)
        return
    with pytest.raises(ISSUE_ERRORS[IssueRefusal(case["refusal"])]):
        check_token_answer(body, days=case["days"])


@pytest.mark.spec("TOKENS-17")
@pytest.mark.parametrize(
    ("answer", "days"),
    [
        (encode_token_answer([bytes(256)]), 2),
        (encode_token_answer([bytes(255)]), 1),
        (encode_token_answer([]), 1),
        (encode_token_answer([bytes(256)])[:-1], 1),
        (oracle_tokens.answer("unheard-of", []), 1),
        (oracle_tokens.answer("", ["unheard-of"]), 1),
        (oracle_tokens.answer("unknown-code", [bytes(256)]), 1),
        (oracle_tokens.answer("issued", []), 1),
        (oracle_tokens.answer("", ["unknown-code"]), 1),
        (b"", 1),
    ],
    ids=[
        "fewer",
        "short",
        "none",
        "truncated",
        "word",
        "word-of-a-day",
        "both",
        "of-a-day",
        "of-all",
        "empty",
    ],
)
def test_an_answer_that_is_none_is_not_understood(answer: bytes, days: int) -> None:
    with pytest.raises(TransportError):
        check_token_answer(answer, days=days)


def test_every_refusal_has_an_error_and_fits_into_an_answer() -> None:
    assert {str(each) for each in ISSUE_ERRORS} == {"unknown-code", "expired-code"}
    assert set(SPEND_ERRORS) == set(SpendRefusal)
    assert all(issubclass(error, PolicyError) for error in SPEND_ERRORS.values())
    assert max(map(len, SpendRefusal)) <= 14


@pytest.mark.spec("TOKENS-2")
def test_more_scopes_than_eight_are_refused_for_their_number() -> None:
    def scopes(count: int) -> tuple[TokenKey, ...]:
        moduli = iter(range(3, 10_000, 2))
        return tuple(
            TokenKey(
                Day(TODAY + ahead), chr(97 + which), (N - 2 * next(moduli)).to_bytes(256, "big")
            )
            for ahead in range(TOKEN_DAYS)
            for which in range(count)
        )

    most = replace(token_keys(), keys=scopes(MAX_SCOPES))
    assert len(most.of("a")) == TOKEN_DAYS
    assert TokenKeys.decode(most.encode()) == most
    with pytest.raises(LimitError):
        replace(token_keys(), keys=scopes(MAX_SCOPES + 1))


def test_a_list_gives_the_key_of_a_day_and_no_key_of_another() -> None:
    keys = token_keys()
    assert keys.key(SCOPE, Day(TODAY + 6)) == listed()[6]
    for scope, day in ((SCOPE, TODAY + 7), (SCOPE, TODAY - 1), ("objections", TODAY)):
        with pytest.raises(UnknownKeyError):
            keys.key(scope, Day(day))


@pytest.mark.spec("TOKENS-13")
def test_a_list_is_signed_with_a_key_that_is_valid_when_it_is_issued() -> None:
    late = token_keys(issued=FIRST.valid_until)
    with pytest.raises(UnknownKeyError):
        late.sign(FIRST)


@pytest.mark.spec("TOKENS-14")
def test_the_log_has_one_place_for_the_list_of_a_day_whenever_it_was_issued() -> None:
    early, late = token_keys(), token_keys(issued=type(NOON)(NOON + 3_600), change=5)
    one, other = early.logged(early.sign(FIRST)), late.logged(late.sign(FIRST))
    assert one.slot == other.slot
    assert one.digest != other.digest
    assert (one.kind, one.name, one.moment) == ("token-keys", "token-keys", TODAY * 86_400)


@pytest.mark.spec("TOKENS-16", "TOKENS-2")
@given(data=st.binary(max_size=300))
def test_any_bytes_are_decoded_or_malformed(data: bytes) -> None:
    padded = (data + b"\x80").ljust(TOKEN_REQUEST_BYTES, b"\0")
    for decode, found in (
        (TokenRequest.decode, padded),
        (TokenRequest.decode, data),
        (TokenKeys.decode, data),
        (LoggedTokenKeys.decode, data),
    ):
        try:
            decode(found)
        except MalformedError:
            continue
    with pytest.raises(Dp3tError):
        check_token_answer(data, days=1)
