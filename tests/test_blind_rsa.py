"""Blind RSA signatures, held to RFC 9474 and to the cryptography library."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_tokens
import published_blind_rsa as published
from dp3t.errors import MalformedError, VerificationError
from dp3t.primitives import BlindRsaPrivateKey, BlindRsaPublicKey, Rand, random_from_os
from dp3t.primitives.blind_rsa import random_unit
from published_blind_rsa import SALTED, VARIANTS, Variant
from rsa_keys import private_of
from spec.vectors.tokens import MODULUS, N, P, Q

KEY = private_of(P, Q)
PUBLIC = KEY.public()


def drawing(*parts: bytes) -> Rand:
    left = list(parts)

    def rand(length: int) -> bytes:
        part = left.pop(0)
        assert len(part) == length
        return part

    return rand


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_the_second_witness_computes_what_the_rfc_prints_of_every_variant(variant: Variant) -> None:
    n = published.MODULUS
    assert variant.prefix + variant.message == variant.prepared
    assert oracle_tokens.emsa_pss(variant.prepared, variant.salt, 4_096) == variant.encoded
    blinded = oracle_tokens.blind(n, variant.prepared, variant.salt, variant.factor)
    assert blinded == variant.blinded
    assert oracle_tokens.sign(published.P, published.Q, blinded) == variant.blind_signature
    signature = oracle_tokens.unblind(n, variant.blind_signature, variant.factor)
    assert signature == variant.signature
    salt_bytes = len(variant.salt)
    assert oracle_tokens.verifies(n, variant.prepared, signature, salt_bytes=salt_bytes)
    assert not oracle_tokens.verifies(n, variant.message + b"x", signature, salt_bytes=salt_bytes)


@pytest.mark.spec("TOKENS-4", "TOKENS-5", "TOKENS-6")
@pytest.mark.parametrize("variant", SALTED, ids=str)
def test_the_library_computes_what_the_rfc_prints_of_variants_with_a_salt(
    variant: Variant,
) -> None:
    key = private_of(published.P, published.Q)
    public = BlindRsaPublicKey(published.MODULUS_BYTES)
    assert key.public() == public
    drawn = (variant.factor - 1).to_bytes(512, "big")
    blinded = public.blind(variant.prepared, rand=drawing(variant.salt, drawn))
    assert (blinded.message, blinded.inverse) == (variant.blinded, variant.inverse)
    assert key.sign(variant.blinded, rand=random_from_os) == variant.blind_signature
    signature = public.finalize(variant.prepared, variant.blind_signature, inverse=blinded.inverse)
    assert signature == variant.signature


@pytest.mark.spec("TOKENS-5")
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_only_signatures_with_48_bytes_of_salt_verify(variant: Variant) -> None:
    public = BlindRsaPublicKey(published.MODULUS_BYTES)
    if variant in SALTED:
        public.verify(variant.prepared, variant.signature)
        return
    with pytest.raises(VerificationError):
        public.verify(variant.prepared, variant.signature)


@pytest.mark.spec("TOKENS-7")
def test_the_private_operation_works_on_a_hidden_number_and_gives_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = list[int]()
    root = BlindRsaPrivateKey._root

    def watched(key: BlindRsaPrivateKey, number: int) -> int:
        seen.append(number)
        return root(key, number)

    monkeypatch.setattr(BlindRsaPrivateKey, "_root", watched)
    blinded = PUBLIC.blind(b"a message", rand=random_from_os).message
    signatures = {KEY.sign(blinded, rand=random_from_os) for _ in range(4)}
    assert len(signatures) == 1
    assert len({*seen, int.from_bytes(blinded, "big")}) == 5


@pytest.mark.spec("TOKENS-7")
def test_the_hidden_number_is_the_blinded_one_times_what_was_drawn_to_the_exponent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = list[int]()

    def wrong(_: BlindRsaPrivateKey, number: int) -> int:
        seen.append(number)
        return 1

    monkeypatch.setattr(BlindRsaPrivateKey, "_root", wrong)
    with pytest.raises(VerificationError):
        KEY.sign((2).to_bytes(256, "big"), rand=drawing((6).to_bytes(256, "big")))
    assert seen == [2 * pow(7, 65_537, N) % N]


@pytest.mark.spec("TOKENS-6")
@pytest.mark.parametrize("wrong", ["of_p", "of_q", "result"])
def test_a_computation_that_failed_is_kept_back(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative: one that is wrong modulo one prime would give the factors away."""
    key = private_of(P, Q)
    root = BlindRsaPrivateKey._root
    faults = {
        "of_p": lambda each, number: (root(each, number) + Q * pow(Q, -1, P)) % N,
        "of_q": lambda each, number: (root(each, number) + P * pow(P, -1, Q)) % N,
        "result": lambda each, number: root(each, number) ^ 1,
    }
    monkeypatch.setattr(BlindRsaPrivateKey, "_root", faults[wrong])
    with pytest.raises(VerificationError, match="kept back"):
        key.sign(PUBLIC.blind(b"m", rand=random_from_os).message, rand=random_from_os)


@pytest.mark.spec("TOKENS-8", "TOKENS-4")
def test_every_blinded_message_fits_every_token() -> None:
    """What the signer saw and what it sees later fit in every pairing, each by one factor.

    So nothing in the numbers prefers the true pairing, for whoever has the private key too.
    """
    messages = [bytes([number]) * 96 for number in range(4)]
    asked = [PUBLIC.blind(message, rand=random_from_os) for message in messages]
    answers = [KEY.sign(each.message, rand=random_from_os) for each in asked]
    tokens = [
        PUBLIC.finalize(message, answer, inverse=each.inverse)
        for message, answer, each in zip(messages, answers, asked, strict=True)
    ]
    factors = set[int]()
    for blinded, answer in zip(asked, answers, strict=True):
        for message, token in zip(messages, tokens, strict=True):
            factor = int.from_bytes(answer, "big") * pow(int.from_bytes(token, "big"), -1, N) % N
            PUBLIC.verify(message, token)
            encoded = pow(int.from_bytes(token, "big"), 65_537, N)
            assert encoded * pow(factor, 65_537, N) % N == int.from_bytes(blinded.message, "big")
            factors.add(factor)
    assert len(factors) == 16


def test_a_key_goes_through_its_bytes_and_its_repr_hides_it() -> None:
    key = BlindRsaPrivateKey.generate_from_os()
    again = BlindRsaPrivateKey.from_bytes(key.to_bytes())
    assert again.public() == key.public()
    assert hash(again.public()) == hash(key.public())
    assert len(key.public().to_bytes()) == 256
    assert repr(key) == "BlindRsaPrivateKey(hidden)"
    assert key.public().to_bytes().hex()[:32] not in repr(key.public())
    assert repr(PUBLIC.blind(b"m", rand=random_from_os)).count("inverse") == 0


@pytest.mark.parametrize("data", [b"", b"\x30\x03\x02\x01\x00", KEY.to_bytes()[:-1]])
def test_bytes_that_are_no_private_key_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        BlindRsaPrivateKey.from_bytes(data)


def test_a_private_key_with_another_exponent_is_malformed() -> None:
    other = BlindRsaPrivateKey(rsa.generate_private_key(3, 2_048)).to_bytes()
    with pytest.raises(MalformedError, match="exponent"):
        BlindRsaPrivateKey.from_bytes(other)


@pytest.mark.spec("TOKENS-1")
@pytest.mark.parametrize(
    "modulus",
    [
        b"",
        MODULUS[:-1],
        b"\0" + MODULUS,
        (N - 1).to_bytes(256, "big"),
        (N >> 1 | 1).to_bytes(256, "big"),
    ],
    ids=["empty", "short", "leading-zero", "even", "2047-bits"],
)
def test_what_is_no_modulus_is_malformed(modulus: bytes) -> None:
    with pytest.raises(MalformedError):
        BlindRsaPublicKey(modulus)


def test_a_modulus_that_shares_a_factor_with_the_message_is_noticed() -> None:
    """A dishonest modulus that is a multiple of what is blinded."""
    salt = bytes(48)
    messages = (bytes([number]) for number in range(256))
    message = next(
        each
        for each in messages
        if int.from_bytes(oracle_tokens.emsa_pss(each, salt, 2_048), "big") % 3 == 0
    )
    public = BlindRsaPublicKey((2**2_048 - 1).to_bytes(256, "big"))  # a multiple of 3
    with pytest.raises(MalformedError, match="primes"):
        public.blind(message, rand=drawing(salt, bytes(256)))


def test_a_factor_without_an_inverse_is_drawn_again() -> None:
    drawn = drawing(bytes([2]), bytes([14]), bytes([3]))
    assert random_unit(15, rand=drawn) == (4, 4)


@given(message=st.binary(max_size=200))
@settings(max_examples=20)
def test_whatever_is_blinded_and_signed_verifies_for_both_witnesses(message: bytes) -> None:
    asked = PUBLIC.blind(message, rand=random_from_os)
    answer = KEY.sign(asked.message, rand=random_from_os)
    signature = PUBLIC.finalize(message, answer, inverse=asked.inverse)
    assert oracle_tokens.verifies(N, message, signature)
    with pytest.raises(VerificationError):
        PUBLIC.verify(message + b"\0", signature)
