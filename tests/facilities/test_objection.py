"""spec/facilities/objection.md: objections, and what is no objection."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.canonical_json import decode_json, encode_json
from dp3t.errors import Dp3tError, MalformedError, UnauthorizedError, VerificationError
from dp3t.facilities import Objection, objection_key
from dp3t.facilities.objection import MAX_OBJECTION_BYTES, objection_key_of
from dp3t.primitives import random_from_os, sha256
from dp3t.publication.signing import SigningKey
from dp3t.publication.tokens import PendingToken
from spec.vectors.builders.facility_record import at, key_of, objection
from spec.vectors.builders.objection_tokens import token, token_key

NOON = at(0, 12)
SIGNED = objection("an-cuu", NOON, task="hands", words=bytes(32))
OBJECTION = Objection.read(SIGNED)
SAID: dict[str, Any] = dict(OBJECTION.to_json())
KEY = objection_key_of(sha256(b"citizen"))


def test_an_objection_that_is_read_is_the_one_that_was_signed() -> None:
    assert OBJECTION.sign(KEY) == SIGNED
    assert Objection.decode(OBJECTION.encode()) == OBJECTION
    assert (OBJECTION.facility, OBJECTION.task) == ("an-cuu", "hands")


@pytest.mark.spec("OBJECTION-1")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "answer"), ("version", 2), ("region", "vn"), ("made", -1), ("made", 2**32),
        ("facility", ""), ("facility", "An Cuu"), ("day", -1), ("day", 49_711), ("day", "1"),
        ("task", "Hands"), ("token", ""), ("token", "00" * 341), ("token", SAID["token"][:-2]),
        ("token", SAID["token"].upper()), ("presence", "00"), ("presence", "00" * 63),
        ("words", "00" * 31), ("words", None), ("more", 1),
    ],
)  # fmt: skip
def test_a_map_with_another_value_is_no_objection(name: str, value: Any) -> None:
    """Negative: one field at a time."""
    said = {**SAID, name: value} if value is not None else {k: SAID[k] for k in SAID if k != name}
    with pytest.raises(MalformedError):
        Objection.decode(encode_json(said))


@pytest.mark.spec("OBJECTION-1")
def test_a_payload_that_is_not_canonical_or_too_long_is_no_objection() -> None:
    """Negative."""
    payload = OBJECTION.encode()
    for other in (payload + b" ", payload.replace(b",", b", ", 1), b"", b"[]", b"{}"):
        with pytest.raises(MalformedError):
            Objection.decode(other)
    with pytest.raises(MalformedError, match="4096"):
        Objection.decode(payload.ljust(MAX_OBJECTION_BYTES + 1))


@pytest.mark.spec("OBJECTION-2")
def test_the_key_of_an_objection_is_drawn_afresh_and_its_public_half_is_the_nonce() -> None:
    keys = [objection_key(rand=random_from_os) for _ in range(2)]
    assert keys[0].public().public != keys[1].public().public
    key = token_key(NOON // 86_400)
    asked = PendingToken.begin(key, rand=random_from_os, nonce=keys[0].public().public)
    assert asked.nonce == keys[0].public().public
    assert OBJECTION.token.nonce == KEY.public().public


@pytest.mark.spec("OBJECTION-2")
def test_an_objection_is_not_signed_with_another_key_than_its_tokens() -> None:
    """Negative."""
    with pytest.raises(ValueError, match="another key"):
        OBJECTION.sign(objection_key(rand=random_from_os))


@pytest.mark.spec("OBJECTION-3")
@pytest.mark.parametrize("place", [0, 8, 40, 71])
def test_an_objection_with_another_signature_or_key_is_not_authentic(place: int) -> None:
    """Negative."""
    altered = SIGNED[:place] + bytes([SIGNED[place] ^ 1]) + SIGNED[place + 1 :]
    with pytest.raises(VerificationError):
        Objection.read(altered)


@pytest.mark.spec("OBJECTION-3")
@pytest.mark.parametrize(
    ("name", "value"),
    [("facility", "vy-da"), ("day", 20_779), ("task", ""), ("words", ""), ("made", NOON + 1)],
)
def test_an_objection_that_somebody_changes_is_not_authentic(name: str, value: Any) -> None:
    """Negative: not by a thief of the token either, who lacks its key."""
    payload = encode_json({**SAID, name: value})
    for key in (KEY, key_of("thief")):
        with pytest.raises(VerificationError):
            Objection.read(_signed_by(key, SIGNED, payload))


def _signed_by(key: SigningKey, signed: bytes, payload: bytes) -> bytes:
    if key is KEY:
        return signed[:72] + payload
    return key.sign(payload, context="objection 1")


@pytest.mark.spec("OBJECTION-2")
def test_the_signature_says_that_it_is_an_objections() -> None:
    """Negative: under another context nothing verifies."""
    with pytest.raises(VerificationError):
        Objection.read(KEY.sign(OBJECTION.encode(), context="facility act 1"))


@pytest.mark.spec("OBJECTION-4")
def test_a_token_for_something_else_makes_no_objection() -> None:
    """Negative."""
    other = token(sha256(b"citizen"), NOON // 86_400, scope="symptoms")
    with pytest.raises(UnauthorizedError):
        Objection.decode(encode_json({**SAID, "token": other.encode().hex()}))


@pytest.mark.spec("OBJECTION-5")
def test_a_nullifier_is_that_of_a_token_and_a_facility_and_of_nothing_else() -> None:
    same = Objection.read(objection("an-cuu", NOON, task=""))
    there = Objection.read(objection("vy-da", NOON))
    other = Objection.read(objection("an-cuu", NOON, who="somebody else"))
    assert same.nullifier == OBJECTION.nullifier
    assert len({OBJECTION.nullifier, there.nullifier, other.nullifier}) == 3


@pytest.mark.spec("OBJECTION-8")
def test_a_proof_of_presence_is_for_one_objection() -> None:
    """Negative: copied to another it proves nothing."""
    seed, other_seed = bytes(32), bytes(31) + b"\1"
    proved = OBJECTION.with_presence(seed)
    public = objection_key_of(seed).public().public
    proved.require_presence(public)
    assert proved.digest == OBJECTION.digest
    with pytest.raises(VerificationError):
        OBJECTION.with_presence(other_seed).require_presence(public)
    copied = Objection.decode(encode_json({**SAID, "task": "", "presence": proved.presence.hex()}))
    with pytest.raises(VerificationError):
        copied.require_presence(public)
    with pytest.raises(MalformedError):
        OBJECTION.with_presence(bytes(31))


def test_an_objection_shows_no_token_where_it_is_printed() -> None:
    assert SAID["token"][40:80] not in repr(OBJECTION)
    assert "token" not in repr(OBJECTION)


@given(st.binary(max_size=200) | st.binary().map(lambda more: OBJECTION.encode()[:300] + more))
def test_any_payload_is_an_objection_or_refused(payload: bytes) -> None:
    try:
        assert Objection.decode(payload).encode() == payload
    except Dp3tError:
        return
    assert decode_json(payload, limit_bytes=MAX_OBJECTION_BYTES)
