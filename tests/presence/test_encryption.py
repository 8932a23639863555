"""spec/presence/encryption.md: encryption to an identity."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_presence
from dp3t.errors import MalformedError, VerificationError
from dp3t.presence.encryption import (
    OVERHEAD_BYTES,
    Ciphertext,
    IdentityKey,
    encrypt,
    partial_key,
)
from dp3t.presence.pairing import G1Point, G2Point, Scalar
from vectors import Case, load, vector_cases

SECRET = Scalar.of_hash(b"a secret")
PUBLIC = G2Point.of(SECRET)
IDENTITY = b"\7" * 32
KEY = IdentityKey(identity=IDENTITY, key=partial_key(SECRET, identity=IDENTITY))
SEALED = encrypt(PUBLIC, identity=IDENTITY, message=b"a record", rand=Random(1).randbytes)


def octets(case: Case, *names: str) -> list[bytes]:
    return [bytes.fromhex(case[name]) for name in names]


def identity_key(case: Case) -> IdentityKey:
    identity, key = octets(case, "identity", "key")
    return IdentityKey(identity=identity, key=G1Point.from_bytes(key))


def decrypted(case: Case) -> bytes:
    return identity_key(case).decrypt(Ciphertext.decode(bytes.fromhex(case["ciphertext"])))


@pytest.mark.parametrize("case", vector_cases("encryption", operation="encrypt"))
def test_a_message_is_encrypted_to_the_bytes_of_both_witnesses(case: Case) -> None:
    public, identity, message, x, nonce = octets(
        case, "public_key", "identity", "message", "x", "nonce"
    )
    draws = iter((x, nonce))
    made = encrypt(
        G2Point.from_bytes(public), identity=identity, message=message, rand=lambda _: next(draws)
    )
    assert made.encode().hex() == case["ciphertext"]
    assert oracle_presence.encrypt(public, identity, message, x, nonce) == made.encode()


@pytest.mark.spec("ENCRYPTION-2")
def test_the_case_named_mcl_has_the_values_of_mcl() -> None:
    """Written out, so that no builder stands between them and us."""
    (case,) = (c for c in load("encryption")["cases"] if c["id"] == "encrypt-mcl")
    assert case["public_key"].startswith("6752025e49cb70253645307216aa1818")
    sealed = Ciphertext.decode(bytes.fromhex(case["ciphertext"]))
    assert sealed.c1.hex().startswith("c331618031a8be5c5ece342f379f0711")
    assert sealed.c2.hex() == "1b5a03ac97b88adbc626584af186574e23454166a2920635aeabb273329820e9"
    assert sealed.nonce.hex() == "000102030405060708090a0b0c0d0e0f1011121314151617"
    assert sealed.c3.hex() == (
        "f76bff5783688899bb311128a1bd0fffdf588e07a68b6bdeb8e791a4bd5b5c08207e08"
    )


@pytest.mark.parametrize("case", vector_cases("encryption", operation="key"))
def test_a_key_is_the_sum_of_what_its_shares_add(case: Case) -> None:
    (identity,) = octets(case, "identity")
    one, other = (Scalar.from_bytes(bytes.fromhex(share)) for share in case["shares"])
    parts = [partial_key(share, identity=identity) for share in (one, other)]
    assert [part.to_bytes().hex() for part in parts] == case["parts"]
    assert parts[0].plus(parts[1]).to_bytes().hex() == case["key"]
    assert G2Point.of(one).plus(G2Point.of(other)).to_bytes().hex() == case["public_key"]


@pytest.mark.parametrize("case", vector_cases("encryption", operation="key"))
def test_the_second_witness_makes_the_same_key(case: Case) -> None:
    (identity,) = octets(case, "identity")
    shares = [bytes.fromhex(share) for share in case["shares"]]
    parts = [oracle_presence.partial_key(share, identity) for share in shares]
    assert [part.hex() for part in parts] == case["parts"]
    assert oracle_presence.sum_g1(*parts).hex() == case["key"]
    publics = [oracle_presence.public(share) for share in shares]
    assert oracle_presence.sum_g2(*publics).hex() == case["public_key"]


@pytest.mark.parametrize("case", vector_cases("encryption", operation="decrypt", result="valid"))
def test_the_key_of_the_identity_decrypts_for_both_witnesses(case: Case) -> None:
    assert decrypted(case).hex() == case["message"]
    found = oracle_presence.decrypt(*octets(case, "identity", "key", "ciphertext"))
    assert found.hex() == case["message"]


@pytest.mark.parametrize(
    "case", vector_cases("encryption", operation="decrypt", result="unauthentic")
)
def test_what_is_altered_or_anothers_is_refused_by_both_witnesses(case: Case) -> None:
    with pytest.raises(VerificationError):
        decrypted(case)
    with pytest.raises(oracle_presence.OracleError):
        oracle_presence.decrypt(*octets(case, "identity", "key", "ciphertext"))


@pytest.mark.parametrize(
    "case", vector_cases("encryption", operation="decrypt", result="malformed")
)
def test_what_is_no_ciphertext_is_refused_by_both_witnesses(case: Case) -> None:
    with pytest.raises(MalformedError):
        decrypted(case)
    with pytest.raises(oracle_presence.OracleError):
        oracle_presence.decrypt(*octets(case, "identity", "key", "ciphertext"))


@pytest.mark.parametrize("case", vector_cases("encryption", operation="under"))
def test_a_key_is_of_the_identity_and_under_the_public_key_or_refused(case: Case) -> None:
    key, (public,) = identity_key(case), octets(case, "public_key")
    if case["result"] == "valid":
        key.require_under(G2Point.from_bytes(public))
    else:
        with pytest.raises(VerificationError, match="public key"):
            key.require_under(G2Point.from_bytes(public))


@pytest.mark.parametrize("case", vector_cases("encryption", operation="under"))
def test_the_second_witness_who_knows_the_shares_judges_a_key_the_same_way(case: Case) -> None:
    identity, key, public = octets(case, "identity", "key", "public_key")
    shares = [bytes.fromhex(share) for share in case["shares"]]
    whole = oracle_presence.sum_g2(*(oracle_presence.public(share) for share in shares))
    right = oracle_presence.sum_g1(
        *(oracle_presence.partial_key(share, identity) for share in shares)
    )
    assert ((right, whole) == (key, public)) is (case["result"] == "valid")


@pytest.mark.spec("ENCRYPTION-6")
def test_each_ciphertext_draws_an_x_and_then_a_nonce_of_its_own() -> None:
    asked: list[int] = []
    random = Random(2)

    def rand(length: int) -> bytes:
        asked.append(length)
        return random.randbytes(length)

    made = [encrypt(PUBLIC, identity=IDENTITY, message=b"m", rand=rand) for _ in range(2)]
    assert asked == [32, 24, 32, 24]
    assert all(
        getattr(made[0], part) != getattr(made[1], part) for part in ("c1", "c2", "nonce", "c3")
    )
    drawn = Random(2)
    drawn.randbytes(32)
    assert made[0].nonce == drawn.randbytes(24)


@pytest.mark.spec("ENCRYPTION-4")
def test_a_share_alone_decrypts_nothing() -> None:
    owner, authority = Scalar.of_hash(b"o"), Scalar.of_hash(b"a")
    public = G2Point.of(owner).plus(G2Point.of(authority))
    sealed = encrypt(public, identity=IDENTITY, message=b"m", rand=Random(3).randbytes)
    parts = [partial_key(share, identity=IDENTITY) for share in (owner, authority)]
    whole = IdentityKey(identity=IDENTITY, key=parts[0].plus(parts[1]))
    assert whole.decrypt(sealed) == b"m"
    for part in parts:
        with pytest.raises(VerificationError):
            replace(whole, key=part).decrypt(sealed)


@pytest.mark.spec("ENCRYPTION-1", "ENCRYPTION-2", "ENCRYPTION-3")
@settings(max_examples=25)
@given(message=st.binary(max_size=300), identity=st.binary(min_size=32, max_size=32))
def test_any_message_comes_back_and_is_168_bytes_longer_encrypted(
    message: bytes, identity: bytes
) -> None:
    sealed = encrypt(PUBLIC, identity=identity, message=message, rand=Random(4).randbytes)
    assert len(sealed.encode()) == len(message) + OVERHEAD_BYTES == len(message) + 168
    key = IdentityKey(identity=identity, key=partial_key(SECRET, identity=identity))
    assert key.decrypt(Ciphertext.decode(sealed.encode())) == message


@pytest.mark.spec("ENCRYPTION-1")
@given(st.binary(max_size=400))
def test_any_bytes_are_a_ciphertext_or_malformed(data: bytes) -> None:
    try:
        assert Ciphertext.decode(data).encode() == data
        assert len(data) >= 168
    except MalformedError:
        assert len(data) < 168


@pytest.mark.spec("ENCRYPTION-1")
@pytest.mark.parametrize("length", [0, 96, 167])
def test_too_few_bytes_are_refused_with_the_least_length(length: int) -> None:
    with pytest.raises(MalformedError, match="at least 168"):
        Ciphertext.decode(bytes(length))


@pytest.mark.spec("ENCRYPTION-3", "ENCRYPTION-7")
@settings(max_examples=40)
@given(
    bit=st.integers(0, 8 * len(SEALED.encode()) - 1),
    more=st.binary(max_size=2),
    c1=st.none() | st.binary(min_size=96, max_size=96),
)
def test_whatever_is_altered_decryption_only_refuses(
    bit: int, more: bytes, c1: bytes | None
) -> None:
    data = bytearray(SEALED.encode() + more)
    data[bit // 8] ^= 1 << bit % 8
    altered = Ciphertext.decode(bytes(data))
    if c1 is not None:
        altered = replace(altered, c1=c1)
    with pytest.raises((MalformedError, VerificationError)):
        KEY.decrypt(altered)


@pytest.mark.spec("ENCRYPTION-3")
def test_a_point_that_was_checked_already_is_compared_nevertheless() -> None:
    point = G2Point.from_bytes(SEALED.c1)
    assert KEY.decrypt_at(point, SEALED) == b"a record"
    with pytest.raises(VerificationError):
        KEY.decrypt_at(point, replace(SEALED, c1=PUBLIC.to_bytes()))


@pytest.mark.spec("ENCRYPTION-1")
@pytest.mark.parametrize(
    ("part", "length"),
    [("c1", 95), ("c1", 97), ("c2", 31), ("c2", 33), ("nonce", 23), ("nonce", 25), ("c3", 15)],
)
def test_a_part_of_another_length_is_malformed(part: str, length: int) -> None:
    parts = {"c1": SEALED.c1, "c2": SEALED.c2, "nonce": SEALED.nonce, "c3": SEALED.c3}
    with pytest.raises(MalformedError):
        Ciphertext(**(parts | {part: bytes(length)}))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_an_identity_of_another_length_is_a_mistake_of_the_program(length: int) -> None:
    identity = bytes(length)
    with pytest.raises(ValueError, match="32 bytes"):
        encrypt(PUBLIC, identity=identity, message=b"", rand=Random(5).randbytes)
    with pytest.raises(ValueError, match="32 bytes"):
        partial_key(SECRET, identity=identity)
    with pytest.raises(ValueError, match="32 bytes"):
        IdentityKey(identity=identity, key=KEY.key)


def test_no_error_and_no_repr_holds_a_secret() -> None:
    assert KEY.key.to_bytes().hex() not in repr(KEY)
    with pytest.raises(VerificationError) as refusal:
        KEY.decrypt(replace(SEALED, c2=bytes(32)))
    assert b"a record".hex() not in str(refusal.value)
    assert refusal.value.__cause__ is None or "record" not in str(refusal.value.__cause__)
