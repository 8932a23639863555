"""The one door to cryptography: published values, and every way a check can fail."""

import random
from base64 import encodebytes
from collections import Counter
from contextlib import nullcontext
from itertools import permutations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings

import oracle_crypto
import published
from dp3t import primitives
from dp3t.errors import MalformedError, VerificationError
from dp3t.primitives import P256PrivateKey, P256PublicKey
from published import Known

SEED_OF_DICE = 20200525


def counting(limit: int = 256) -> primitives.Rand:
    """Return a source that yields 0, 1, 2 … in single bytes."""
    values = iter(range(limit))
    return lambda length: bytes(next(values) for _ in range(length))


@pytest.mark.parametrize("known", published.AES_BLOCK[:1], ids=str)
def test_aes_ecb_is_the_published_block(known: Known) -> None:
    assert primitives.aes128_ecb(*known.inputs) == known.output


@pytest.mark.parametrize("known", published.AES_CTR, ids=str)
def test_aes_ctr_is_the_published_stream(known: Known) -> None:
    assert primitives.aes_ctr(*known.inputs) == known.output


@given(key=st.binary(min_size=16, max_size=16) | st.binary(min_size=32, max_size=32))
def test_the_keystream_starts_at_counter_zero(key: bytes) -> None:
    assert primitives.aes_ctr_keystream(key, 40) == oracle_crypto.aes_ctr(key, bytes(16), bytes(40))


def test_the_counter_is_128_bits_wide_and_wraps() -> None:
    key, last = bytes(16), b"\xff" * 16
    stream = primitives.aes_ctr(key, last, bytes(32))
    assert stream[16:] == primitives.aes_ctr_keystream(key, 16)


@pytest.mark.parametrize("known", published.HMAC_SHA256, ids=str)
def test_hmac_is_the_published_tag(known: Known) -> None:
    assert primitives.hmac_sha256(*known.inputs) == known.output


def test_hkdf_is_the_published_output() -> None:
    key, info = published.HKDF_SHA256.inputs
    assert primitives.hkdf_sha256(key, info, 42) == published.HKDF_SHA256.output


@given(key=st.binary(min_size=1, max_size=80), info=st.binary(max_size=40), n=st.integers(1, 99))
def test_both_witnesses_derive_alike(key: bytes, info: bytes, n: int) -> None:
    assert primitives.hkdf_sha256(key, info, n) == oracle_crypto.hkdf_sha256(key, info, n)
    assert primitives.hmac_sha256(key, info) == oracle_crypto.hmac_sha256(key, info)


class TestDice:
    @pytest.mark.parametrize("bound", [1, 2, 3, 255, 256, 257, 10**20])
    def test_numbers_lie_below_the_bound(self, bound: int) -> None:
        dice = random.Random(SEED_OF_DICE)
        drawn = {primitives.random_below(bound, rand=dice.randbytes) for _ in range(300)}
        assert min(drawn) >= 0
        assert max(drawn) < bound
        assert len(drawn) >= min(bound, 250) * 0.6

    def test_numbers_at_or_above_the_bound_are_rejected_not_folded(self) -> None:
        source = iter([b"\x07", b"\x05", b"\x04"])
        assert primitives.random_below(5, rand=lambda _: next(source)) == 4

    @pytest.mark.parametrize("bound", [0, -1])
    def test_a_bound_that_nothing_lies_below_is_a_mistake(self, bound: int) -> None:
        with pytest.raises(ValueError, match="positive"):
            primitives.random_below(bound, rand=counting())

    def test_every_order_is_equally_likely(self) -> None:
        """Chi-square over the 24 orders of four items; 49.7 is its 0.1 % point at 23 degrees."""
        dice, rounds = random.Random(SEED_OF_DICE), 12_000
        seen = Counter(
            tuple(primitives.shuffled("abcd", rand=dice.randbytes)) for _ in range(rounds)
        )
        expected = rounds / 24
        chi_square = sum((seen[order] - expected) ** 2 / expected for order in permutations("abcd"))
        assert chi_square < 49.7

    def test_the_test_of_likelihood_notices_a_common_mistake(self) -> None:
        """Swapping each item with any other, not only with those before it, is not uniform."""
        dice, rounds = random.Random(SEED_OF_DICE), 12_000
        seen: Counter[tuple[str, ...]] = Counter()
        for _ in range(rounds):
            order = list("abcd")
            for place in range(4):
                other = primitives.random_below(4, rand=dice.randbytes)
                order[place], order[other] = order[other], order[place]
            seen[tuple(order)] += 1
        expected = rounds / 24
        assert sum((seen[o] - expected) ** 2 / expected for o in permutations("abcd")) > 100

    @given(items=st.lists(st.integers(), max_size=20), seed=st.integers())
    def test_a_shuffle_loses_nothing_and_leaves_its_input_alone(
        self, items: list[int], seed: int
    ) -> None:
        before = list(items)
        after = primitives.shuffled(items, rand=random.Random(seed).randbytes)
        assert items == before
        assert sorted(after) == sorted(items)

    def test_the_operating_system_gives_what_is_asked(self) -> None:
        assert len(primitives.random_from_os(33)) == 33
        assert primitives.random_from_os(33) != primitives.random_from_os(33)


class TestEd25519:
    @pytest.mark.parametrize("known", published.ED25519, ids=str)
    def test_the_published_signature_is_made_and_accepted(self, known: Known) -> None:
        seed, public, message = known.inputs
        assert primitives.ed25519_public(seed) == public
        assert primitives.ed25519_sign(seed, message) == known.output
        primitives.ed25519_verify(public, message, known.output)

    @pytest.mark.parametrize(
        ("public", "message", "signature"),
        [
            pytest.param(None, b"\x73", None, id="another-message"),
            pytest.param(None, None, bytes(64), id="zero-signature"),
            pytest.param(None, None, b"", id="no-signature"),
            pytest.param(None, None, bytes(63), id="short-signature"),
            pytest.param(None, None, bytes(65), id="long-signature"),
            pytest.param(bytes(32), None, None, id="key-of-small-order"),
            pytest.param(b"", None, None, id="no-key"),
            pytest.param(b"\xff" * 32, None, None, id="key-not-canonical"),
        ],
    )
    def test_anything_else_is_refused(
        self, public: bytes | None, message: bytes | None, signature: bytes | None
    ) -> None:
        known = published.ED25519[1]
        with pytest.raises(VerificationError):
            primitives.ed25519_verify(
                known.inputs[1] if public is None else public,
                known.inputs[2] if message is None else message,
                known.output if signature is None else signature,
            )

    def test_a_second_form_of_the_same_signature_is_refused(self) -> None:
        """S + L satisfies the equation too; accepting it would give one file two signatures."""
        _, public, message = published.ED25519[1].inputs
        signature = published.ED25519[1].output
        order = 2**252 + 27742317777372353535851937790883648493
        shifted = int.from_bytes(signature[32:], "little") + order
        with pytest.raises(VerificationError):
            primitives.ed25519_verify(
                public, message, signature[:32] + shifted.to_bytes(32, "little")
            )


class TestEd25519InParts:
    """The same signatures as in one piece."""

    @pytest.mark.parametrize("known", published.ED25519, ids=str)
    def test_the_published_signature_is_accepted_however_the_message_is_cut(
        self, known: Known
    ) -> None:
        _, public, message = known.inputs
        for cut in range(len(message) + 1):
            parts = [message[:cut], message[cut:]]
            primitives.ed25519_verify_parts(public, parts, known.output)

    @pytest.mark.spec("SIGNING-9")
    @given(
        message=st.binary(max_size=40),
        place=st.integers(0, 63) | st.none(),
        shift=st.integers(0, 2),
        cut=st.integers(0, 40),
    )
    def test_a_signature_passes_in_parts_exactly_if_it_passes_in_one_piece(
        self, message: bytes, place: int | None, shift: int, cut: int
    ) -> None:
        seed = bytes(range(32))
        signature = bytearray(primitives.ed25519_sign(seed, message))
        s = int.from_bytes(signature[32:], "little") + shift * primitives.ED25519_ORDER
        signature[32:] = s.to_bytes(32, "little")
        if place is not None:
            signature[place] ^= 1
        public, parts = primitives.ed25519_public(seed), [message[:cut], message[cut:]]
        good = place is None and shift == 0
        with nullcontext() if good else pytest.raises(VerificationError):
            primitives.ed25519_verify(public, message, bytes(signature))
        with nullcontext() if good else pytest.raises(VerificationError):
            primitives.ed25519_verify_parts(public, parts, bytes(signature))

    @pytest.mark.spec("SIGNING-9")
    @pytest.mark.parametrize("public", [bytes(32), bytes([1]) + bytes(31), b"\xff" * 32, b""])
    @pytest.mark.parametrize(
        "signature",
        [bytes([1]) + bytes(63), bytes(64), b"", bytes(63), bytes(65), published.ED25519[1].output],
    )
    def test_a_bad_key_or_signature_is_refused(self, public: bytes, signature: bytes) -> None:
        with pytest.raises(VerificationError):
            primitives.ed25519_verify_parts(public, [b"message"], signature)
        with pytest.raises(VerificationError):
            primitives.ed25519_verify_parts(
                primitives.ed25519_public(bytes(32)), [b"message"], signature
            )

    def test_without_arithmetic_on_points_the_library_verifies_the_whole(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bindings, "has_crypto_core_ed25519", False)
        _, public, message = published.ED25519[1].inputs
        signature = published.ED25519[1].output
        primitives.ed25519_verify_parts(public, [message], signature)
        with pytest.raises(VerificationError):
            primitives.ed25519_verify_parts(public, [message, b"x"], signature)


class TestSeal:
    KEY = bytes(range(32))

    def test_the_published_ciphertext_is_made_and_opened(self) -> None:
        known = published.XCHACHA20_POLY1305
        key, nonce, header, plaintext = known.inputs
        sealed = primitives.seal(key, plaintext, header=header, rand=lambda _: nonce)
        assert sealed == nonce + known.output
        assert primitives.unseal(key, sealed, header=header) == plaintext

    def test_a_fresh_nonce_is_drawn_for_each_seal(self) -> None:
        rand = counting()
        one, two = (primitives.seal(self.KEY, b"x", header=b"", rand=rand) for _ in range(2))
        assert one[:24] == bytes(range(24))
        assert two[:24] == bytes(range(24, 48))

    @given(data=st.data())
    def test_one_flipped_bit_anywhere_is_refused(self, data: st.DataObject) -> None:
        sealed = bytearray(primitives.seal(self.KEY, b"state", header=b"v1", rand=bytes))
        bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
        sealed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VerificationError):
            primitives.unseal(self.KEY, bytes(sealed), header=b"v1")

    @pytest.mark.parametrize("length", [0, 1, 23, 24, 39, 40, 44])
    def test_a_truncated_seal_is_refused(self, length: int) -> None:
        sealed = primitives.seal(self.KEY, b"state", header=b"v1", rand=bytes)
        assert len(sealed) == 45
        with pytest.raises(VerificationError):
            primitives.unseal(self.KEY, sealed[:length], header=b"v1")

    @pytest.mark.parametrize(
        ("key", "header"),
        [(bytes(32), b"v1"), (KEY, b"v2"), (KEY, b""), (b"short", b"v1")],
        ids=["other-key", "other-header", "no-header", "short-key"],
    )
    def test_another_key_or_header_is_refused(self, key: bytes, header: bytes) -> None:
        sealed = primitives.seal(self.KEY, b"state", header=b"v1", rand=bytes)
        with pytest.raises(VerificationError):
            primitives.unseal(key, sealed, header=header)


class TestP256:
    @pytest.fixture
    def private(self) -> P256PrivateKey:
        return P256PrivateKey.generate_from_os()

    @pytest.mark.parametrize("known", published.P256_SIGNATURES, ids=str)
    def test_the_published_signature_is_accepted(self, known: Known) -> None:
        public = P256PublicKey.from_bytes(published.P256_PUBLIC)
        public.verify(known.inputs[0], known.output)

    @pytest.mark.parametrize("known", published.P256_SIGNATURES, ids=str)
    def test_the_published_signature_is_made(self, known: Known) -> None:
        assert published_private().sign(*known.inputs) == known.output

    def test_signing_twice_gives_the_same_bytes(self, private: P256PrivateKey) -> None:
        assert private.sign(b"m") == private.sign(b"m")

    @given(message=st.binary(max_size=50))
    def test_the_second_witness_accepts_what_is_signed(self, message: bytes) -> None:
        key = published_private()
        signature = key.sign(message)
        assert oracle_crypto.p256_sign(published.P256_PRIVATE, message) == signature
        assert oracle_crypto.p256_verifies(key.public().to_bytes(), message, signature)

    @pytest.mark.parametrize(
        "signature",
        [b"", b"\x30\x00", bytes(64), b"\x30\x06\x02\x01\x00\x02\x01\x00"],
        ids=["empty", "no-numbers", "zeros", "r-and-s-zero"],
    )
    def test_what_is_no_signature_is_refused(
        self, private: P256PrivateKey, signature: bytes
    ) -> None:
        with pytest.raises(VerificationError):
            private.public().verify(b"m", signature)

    def test_another_message_and_trailing_bytes_are_refused(self, private: P256PrivateKey) -> None:
        signature = private.sign(b"m")
        for message, altered in ((b"n", signature), (b"m", signature + b"\0")):
            with pytest.raises(VerificationError):
                private.public().verify(message, altered)

    def test_keys_survive_every_form_they_are_written_in(self, private: P256PrivateKey) -> None:
        public = private.public()
        signature = P256PrivateKey.from_pem(private.to_pem()).sign(b"m")
        for again in (
            P256PublicKey.from_pem(public.to_pem()),
            P256PublicKey.from_bytes(public.to_bytes()),
        ):
            again.verify(b"m", signature)

    def test_a_compressed_point_is_read(self) -> None:
        compressed = b"\x03" + published.P256_PUBLIC[1:33]
        assert P256PublicKey.from_bytes(compressed).to_bytes() == published.P256_PUBLIC

    @pytest.mark.parametrize(
        "data",
        [b"", b"\x04" + bytes(64), published.P256_PUBLIC[:-1], b"\x30" * 91],
        ids=["empty", "not-on-the-curve", "truncated", "not-der"],
    )
    def test_bytes_that_are_no_key_are_refused(self, data: bytes) -> None:
        with pytest.raises(MalformedError):
            P256PublicKey.from_bytes(data)

    @pytest.mark.parametrize("text", [b"", b"text", b"\xff\xfe"], ids=["empty", "text", "binary"])
    def test_a_file_that_is_no_key_is_refused(self, text: bytes) -> None:
        for load in (P256PublicKey.from_pem, P256PrivateKey.from_pem):
            with pytest.raises(MalformedError):
                load(text)

    @pytest.mark.parametrize(
        "other",
        [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()],
        ids=["P-384", "Ed25519"],
    )
    def test_a_key_of_another_kind_is_refused(
        self, other: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    ) -> None:
        private = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with pytest.raises(MalformedError, match="P-256"):
            P256PrivateKey.from_pem(private)
        for encoding, load in (
            (Encoding.PEM, P256PublicKey.from_pem),
            (Encoding.DER, P256PublicKey.from_bytes),
        ):
            public = other.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
            with pytest.raises(MalformedError, match="P-256"):
                load(public)

    def test_an_encrypted_private_key_is_refused(self) -> None:
        key, lock = ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"password")
        with pytest.raises(MalformedError, match="unencrypted"):
            P256PrivateKey.from_pem(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))


def published_private() -> P256PrivateKey:
    """Return RFC 6979's key, written as SEC 1 (RFC 5915) by hand."""
    octets = published.P256_PRIVATE.to_bytes(32, "big")
    curve = bytes.fromhex("a00a06082a8648ce3d030107")
    point = b"\xa1\x44\x03\x42\x00" + published.P256_PUBLIC
    body = b"\x02\x01\x01\x04\x20" + octets + curve + point
    return P256PrivateKey.from_pem(pem(b"\x30" + bytes([len(body)]) + body))


def pem(der: bytes) -> bytes:
    return b"-----BEGIN EC PRIVATE KEY-----\n%s-----END EC PRIVATE KEY-----\n" % encodebytes(der)


def test_equality_is_that_of_bytes() -> None:
    assert primitives.equal(b"same", b"same")
    assert not primitives.equal(b"same", b"sam")
