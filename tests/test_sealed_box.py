"""Sealing to a public key: libsodium opens what we seal, and we open what it seals."""

import nacl.public
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_seal
import published
from dp3t.errors import MalformedError, VerificationError
from dp3t.primitives import (
    SEALED_BOX_OVERHEAD_BYTES,
    X25519PrivateKey,
    X25519PublicKey,
    open_box,
    random_from_os,
    seal_box,
)
from published import Known

SMALL_ORDER = [
    "00" * 32,
    "01" + "00" * 31,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ec" + "ff" * 30 + "7f",
    "ed" + "ff" * 30 + "7f",
    "ee" + "ff" * 30 + "7f",
]
"""The points of order 1, 2, 4 and 8 of Curve25519, 0 and 1 in both their spellings."""

PRIVATE = X25519PrivateKey(bytes(range(32)))
messages = st.binary(max_size=200)


def rand(length: int) -> bytes:
    return bytes(range(64, 64 + length))


@pytest.mark.parametrize("known", published.X25519[2:4], ids=str)
def test_a_public_key_is_the_published_one(known: Known) -> None:
    private = X25519PrivateKey(known.inputs[0])
    assert private.public() == X25519PublicKey(known.output)
    assert private.to_bytes() == known.inputs[0]


@given(message=messages)
def test_libsodium_opens_what_is_sealed_here(message: bytes) -> None:
    theirs = nacl.public.SealedBox(nacl.public.PrivateKey(PRIVATE.to_bytes()))
    assert theirs.decrypt(seal_box(PRIVATE.public(), message, rand=random_from_os)) == message


@given(message=messages)
def test_what_libsodium_seals_is_opened_here(message: bytes) -> None:
    theirs = nacl.public.SealedBox(nacl.public.PublicKey(PRIVATE.public().to_bytes()))
    assert open_box(PRIVATE, theirs.encrypt(message)) == message


@given(message=messages, ephemeral=st.binary(min_size=32, max_size=32))
def test_the_same_draw_gives_the_bytes_of_the_second_witness(
    message: bytes, ephemeral: bytes
) -> None:
    public = PRIVATE.public()
    sealed = seal_box(public, message, rand=lambda _: ephemeral)
    assert sealed == oracle_seal.seal(public.to_bytes(), message, ephemeral)
    assert len(sealed) == len(message) + SEALED_BOX_OVERHEAD_BYTES


def test_one_draw_of_32_bytes_is_made() -> None:
    asked = list[int]()

    def counting(length: int) -> bytes:
        asked.append(length)
        return rand(length)

    seal_box(PRIVATE.public(), b"", rand=counting)
    assert asked == [32]
    assert X25519PrivateKey.generate(rand=rand).to_bytes() == rand(32)


def test_every_flipped_bit_is_noticed() -> None:
    sealed = seal_box(PRIVATE.public(), b"four", rand=rand)
    for place in range(8 * len(sealed)):
        damaged = bytearray(sealed)
        damaged[place // 8] ^= 1 << place % 8
        with pytest.raises(VerificationError, match="does not open"):
            open_box(PRIVATE, bytes(damaged))


def test_a_box_cut_at_either_end_or_lengthened_does_not_open() -> None:
    sealed = seal_box(PRIVATE.public(), b"four", rand=rand)
    for length in range(len(sealed)):
        with pytest.raises(VerificationError):
            open_box(PRIVATE, sealed[:length])
    for damaged in (sealed[1:], sealed + b"\0", b"\0" + sealed):
        with pytest.raises(VerificationError):
            open_box(PRIVATE, damaged)


def test_another_key_does_not_open() -> None:
    sealed = seal_box(PRIVATE.public(), b"four", rand=rand)
    with pytest.raises(VerificationError):
        open_box(X25519PrivateKey(bytes(32)), sealed)


@given(sealed=st.binary(max_size=200))
def test_any_bytes_are_refused_with_our_error(sealed: bytes) -> None:
    with pytest.raises(VerificationError):
        open_box(PRIVATE, sealed)


@pytest.mark.spec("DISCLOSURE-16")
@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_point_of_small_order_is_no_public_key(point: str) -> None:
    with pytest.raises(MalformedError, match="small order"):
        X25519PublicKey(bytes.fromhex(point))
    highest_bit = bytearray.fromhex(point)
    highest_bit[31] |= 0x80
    with pytest.raises(MalformedError, match="small order"):
        X25519PublicKey(bytes(highest_bit))


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_box_from_a_point_of_small_order_does_not_open(point: str) -> None:
    """Negative: its key would be known to everybody."""
    key = oracle_seal.hsalsa20(bytes(32), bytes(16))
    theirs, ours = bytes.fromhex(point), PRIVATE.public().to_bytes()
    nonce = oracle_seal.box_nonce(theirs, ours)
    with pytest.raises(VerificationError):
        open_box(PRIVATE, theirs + oracle_seal.secretbox(key, nonce, b"forged"))


@pytest.mark.spec("DISCLOSURE-16")
@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_of_another_length_is_malformed(length: int) -> None:
    with pytest.raises(MalformedError, match="32 bytes"):
        X25519PublicKey(bytes([9]) * length)
    with pytest.raises(MalformedError, match="32 bytes"):
        X25519PrivateKey(bytes([9]) * length)


def test_a_private_key_hides_in_its_repr_and_compares_by_value() -> None:
    assert repr(PRIVATE) == str(PRIVATE) == "X25519PrivateKey(hidden)"
    assert X25519PrivateKey(bytes(range(32))) == PRIVATE
    assert len({PRIVATE, X25519PrivateKey(bytes(range(32)))}) == 1
    assert X25519PrivateKey(bytes(32)) != PRIVATE
    public = PRIVATE.public()
    assert len({public, X25519PublicKey(public.to_bytes())}) == 1
    assert repr(public) == f"X25519PublicKey({public.to_bytes().hex()})"
    assert public != PRIVATE
