"""spec/arrivals/recipients.md: the signed document of public keys, and its numbers."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_arrivals
from declarations import AUTHORITY, BINDING, HUE, KEYS, NOW, SECRET, TRUSTED, declaration
from dp3t.arrivals.recipients import KEYS_CONTEXT, MAX_DOCUMENT_BYTES, RecipientKeys
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.timeline import Instant
from vectors import Case, vector_cases

RESULTS: dict[str, type[Dp3tError]] = {
    "limit": LimitError,
    "malformed": MalformedError,
    "policy": PolicyError,
    "unauthentic": VerificationError,
}
FIELDS = (
    "version",
    "number",
    "valid_from",
    "valid_until",
    "border",
    "provinces",
    "receipts",
)


def trusted(case: Case) -> TrustedKeys:
    return TrustedKeys(
        VerificationKey(
            public=bytes.fromhex(key["public"]),
            valid_from=Instant(key["valid_from"]),
            valid_until=Instant(key["valid_until"]),
        )
        for key in case["trusted"]
    )


@pytest.mark.parametrize("case", vector_cases("recipients", operation="open", result="valid"))
def test_a_document_says_whose_keys_are_whose(case: Case) -> None:
    data = bytes.fromhex(case["file"])
    keys = RecipientKeys.open(data, authority=trusted(case), at_least=case["at_least"])
    assert (keys.number, keys.valid_from, keys.valid_until) == (
        case["number"],
        case["valid_from"],
        case["valid_until"],
    )
    assert keys.border.to_bytes().hex() == case["border"]
    assert {code: key.to_bytes().hex() for code, key in keys.provinces.items()} == case["provinces"]
    assert [key.public.hex() for key in keys.receipt_keys] == [
        key["public"] for key in case["receipts"]
    ]
    assert list(keys.receipts()) == list(keys.receipt_keys)
    assert keys.sign(AUTHORITY) == data
    said = {field: case[field] for field in FIELDS}
    assert oracle_arrivals.keys_document(bytes.fromhex(case["seed"]), said) == data


REFUSED = [
    case
    for result in RESULTS
    for case in vector_cases("recipients", operation="open", result=result)
]


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_is_refused_by_its_fault(case: Case) -> None:
    data = bytes.fromhex(case["file"])
    with pytest.raises(RESULTS[case["result"]]) as refused:
        RecipientKeys.open(data, authority=trusted(case), at_least=case["at_least"])
    kinds = [kind for kind in RESULTS.values() if isinstance(refused.value, kind)]
    assert kinds[0] is RESULTS[case["result"]]


@pytest.mark.spec("RECIPIENTS-1")
def test_a_document_of_another_length_than_allowed_is_refused_before_it_is_read() -> None:
    with pytest.raises(LimitError):
        RecipientKeys.open(bytes(MAX_DOCUMENT_BYTES + 1), authority=TRUSTED)
    most = AUTHORITY.sign(bytes(MAX_DOCUMENT_BYTES - 72), context=KEYS_CONTEXT)
    with pytest.raises(MalformedError, match="JSON"):
        RecipientKeys.open(most, authority=TRUSTED)


@pytest.mark.spec("RECIPIENTS-1")
def test_an_authority_signs_no_document_that_begins_outside_the_life_of_its_key() -> None:
    before = replace(KEYS, valid_from=Instant(AUTHORITY.valid_from - 1))
    with pytest.raises(UnknownKeyError):
        before.sign(AUTHORITY)


@pytest.mark.spec("RECIPIENTS-2")
def test_a_document_has_no_more_provinces_than_two_digits_name() -> None:
    provinces = dict.fromkeys((f"{n:02}" for n in range(100)), HUE.public())
    with pytest.raises(LimitError):
        replace(KEYS, provinces=provinces)


def test_the_provinces_of_a_document_cannot_be_changed() -> None:
    provinces = dict(KEYS.provinces)
    copied = replace(KEYS, provinces=provinces)
    provinces.clear()
    assert copied == KEYS
    with pytest.raises(TypeError):
        copied.provinces["01"] = HUE.public()  # type: ignore[index]  # what a caller may try


@pytest.mark.spec("RECIPIENTS-3")
@pytest.mark.parametrize(
    ("seconds", "refusal"),
    [
        (KEYS.valid_from - 1, TooEarlyError),
        (KEYS.valid_from, None),
        (KEYS.valid_until - 1, None),
        (KEYS.valid_until, ExpiredError),
    ],
)
def test_keys_are_current_in_their_term(seconds: int, refusal: type[Dp3tError] | None) -> None:
    if refusal is None:
        KEYS.require_current(Instant(seconds))
    else:
        with pytest.raises(refusal, match="keys document 3"):
            KEYS.require_current(Instant(seconds))


@pytest.mark.spec("RECIPIENTS-3")
def test_nothing_is_sealed_to_keys_past_their_time() -> None:
    old = replace(KEYS, valid_until=NOW)
    with pytest.raises(ExpiredError, match="keys document 3 is past its time"):
        declaration().seal(old, binding=BINDING, withdrawal_secret=SECRET, now=NOW)


@pytest.mark.spec("RECIPIENTS-4")
def test_a_document_that_was_replaced_is_refused_by_its_number() -> None:
    with pytest.raises(ExpiredError, match="keys document 3 is replaced by 4"):
        RecipientKeys.open(KEYS.sign(AUTHORITY), authority=TRUSTED, at_least=4)


@pytest.mark.spec("RECIPIENTS-5")
def test_a_declaration_for_another_document_is_refused_by_its_number() -> None:
    KEYS.require_number(3)
    with pytest.raises(ExpiredError, match="keys document 2 is replaced by 3"):
        KEYS.require_number(2)
    with pytest.raises(PolicyError, match="no keys document 4 yet") as refused:
        KEYS.require_number(4)
    assert not isinstance(refused.value, ExpiredError)


@pytest.mark.spec("RECIPIENTS-6")
def test_nothing_is_sealed_for_a_province_without_a_key() -> None:
    with pytest.raises(UnknownKeyError, match="no key of that province"):
        declaration(province="48").seal(KEYS, binding=BINDING, withdrawal_secret=SECRET, now=NOW)


@pytest.mark.spec("RECIPIENTS-2")
@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_signed_bytes_are_a_document_or_refused(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        RecipientKeys.open(AUTHORITY.sign(payload, context=KEYS_CONTEXT), authority=TRUSTED)
