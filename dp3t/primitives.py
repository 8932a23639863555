"""The only file that touches cryptography: every primitive comes from a library.

Randomness is a `Rand`, a function from a length to that many bytes. `random_from_os` is the one
that draws from the operating system; tests pass their own. Comparison of secrets is `equal`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl import bindings
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.secret import Aead
from nacl.signing import SigningKey, VerifyKey

from dp3t.errors import MalformedError, VerificationError

Rand = Callable[[int], bytes]
"""A source of randomness: `rand(n)` returns n bytes that nobody can predict."""

T = TypeVar("T")

RANDOM_SEED_BYTES = 32
ED25519_SEED_BYTES = 32
ED25519_PUBLIC_BYTES = 32
ED25519_SIGNATURE_BYTES = 64
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
SEAL_NONCE_BYTES = 24
SEAL_TAG_BYTES = 16
X25519_KEY_BYTES = 32
SEALED_BOX_OVERHEAD_BYTES = X25519_KEY_BYTES + SEAL_TAG_BYTES
_SEEDED_RANDOM = b"dp3t seeded random 1"


def random_from_os(length: int) -> bytes:
    """Return `length` bytes from the operating system."""
    return secrets.token_bytes(length)


def seeded_random(seed: bytes, *, label: bytes) -> Rand:
    """Return a source whose bytes follow from a seed, for what others shall be able to repeat.

    The stream is that of AES-256-CTR from counter 0 under HMAC-SHA256 of the seed over
    `dp3t seeded random 1` and the label; each call takes its next bytes [SEED-2].

    Args:
        seed: 32 bytes; whoever knows them knows the stream.
        label: what the stream is for; another label gives an unrelated stream.

    Raises:
        ValueError: a seed of another length.
    """
    if len(seed) != RANDOM_SEED_BYTES:
        raise ValueError(f"a seed has {RANDOM_SEED_BYTES} bytes")
    key = hmac_sha256(seed, _SEEDED_RANDOM + label)
    stream = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    return lambda length: stream.update(bytes(length))


def equal(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)


def random_below(bound: int, *, rand: Rand) -> int:
    """Return a uniformly random integer in [0, bound), by rejection.

    Raises:
        ValueError: the bound is not positive.
    """
    if bound < 1:
        raise ValueError("a bound is positive")
    length = (bound.bit_length() + 7) // 8
    mask = (1 << bound.bit_length()) - 1
    while True:
        candidate = int.from_bytes(rand(length), "big") & mask
        if candidate < bound:
            return candidate


def shuffled(items: Sequence[T], *, rand: Rand) -> list[T]:
    """Return the items in a uniformly random order (Fisher and Yates)."""
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        chosen = random_below(last + 1, rand=rand)
        order[last], order[chosen] = order[chosen], order[last]
    return order


def sha256(data: bytes) -> bytes:
    """Return the 32-byte SHA-256 digest."""
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the 32-byte HMAC-SHA256 tag."""
    return hmac.digest(key, message, "sha256")


def hkdf_sha256(key: bytes, info: bytes, length: int) -> bytes:
    """Return `length` bytes of HKDF-SHA256 (RFC 5869) with an empty salt."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(key)


def aes_ctr_keystream(key: bytes, length: int) -> bytes:
    """Return AES-CTR keystream from counter 0 (128-bit, big-endian); key of 16 or 32 bytes."""
    return aes_ctr(key, bytes(16), bytes(length))


def aes_ctr(key: bytes, initial_counter: bytes, data: bytes) -> bytes:
    """Encrypt or decrypt with AES-CTR from a 16-byte initial counter; key of 16 or 32 bytes."""
    encryptor = Cipher(algorithms.AES(key), modes.CTR(initial_counter)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def aes128_ecb(key: bytes, blocks: bytes) -> bytes:
    """Encrypt whole 16-byte blocks, each on its own: a PRF over distinct blocks."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - GAEN's RPI
    return encryptor.update(blocks) + encryptor.finalize()


def ed25519_public(seed: bytes) -> bytes:
    """Return the 32-byte public key of a 32-byte Ed25519 seed."""
    return bytes(SigningKey(seed).verify_key)


def ed25519_sign(seed: bytes, message: bytes) -> bytes:
    """Return the 64-byte Ed25519 signature (RFC 8032); deterministic."""
    return SigningKey(seed).sign(message).signature


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Check an Ed25519 signature.

    Raises:
        VerificationError: it does not verify.
    """
    try:
        VerifyKey(public).verify(message, signature)
    except (BadSignatureError, ValueError, TypeError) as error:
        raise VerificationError("the Ed25519 signature does not verify") from error


def ed25519_verify_parts(public: bytes, parts: Iterable[bytes], signature: bytes) -> None:
    """Check an Ed25519 signature over a message in parts, as `ed25519_verify` does [SIGNING-9].

    Under a key A of prime order, S·B - h·A is of prime order or neutral, and its bytes canonical.
    R has those bytes and is not of small order: so it is canonical and of prime order. Any other
    key goes to libsodium with the whole. S or h of zero is refused; it takes a hash known before.

    Raises:
        VerificationError: it does not verify.
    """
    try:
        complete = bindings.has_crypto_core_ed25519  # else libsodium has no arithmetic on points
        if not (complete and bindings.crypto_core_ed25519_is_valid_point(public)):
            return ed25519_verify(public, b"".join(parts), signature)
        hashed = hashlib.sha512(signature[:32] + public)
        for part in parts:
            hashed.update(part)
        h = bindings.crypto_core_ed25519_scalar_reduce(hashed.digest())
        product = bindings.crypto_scalarmult_ed25519_noclamp(h, public)
        both = bindings.crypto_scalarmult_ed25519_base_noclamp(signature[32:])
        equal_r = bindings.crypto_core_ed25519_sub(both, product) == signature[:32]
        r_is_valid = bindings.crypto_core_ed25519_is_valid_point(signature[:32])
        s_in_order = int.from_bytes(signature[32:], "little") < ED25519_ORDER
        if not (equal_r and r_is_valid and s_in_order):
            raise ValueError("another S or R")
    except (CryptoError, ValueError, TypeError) as error:
        raise VerificationError("the Ed25519 signature does not verify") from error


def seal(key: bytes, plaintext: bytes, *, header: bytes, rand: Rand) -> bytes:
    """Return nonce and XChaCha20-Poly1305 ciphertext that also authenticates `header`."""
    nonce = rand(SEAL_NONCE_BYTES)
    return bytes(Aead(key).encrypt(plaintext, header, nonce))


def unseal(key: bytes, sealed: bytes, *, header: bytes) -> bytes:
    """Return what `seal` was given.

    Raises:
        VerificationError: the key, the header or the bytes are not those of `seal`.
    """
    try:
        return Aead(key).decrypt(sealed, header)
    except (CryptoError, ValueError, TypeError) as error:
        raise VerificationError("the seal does not open: wrong key or altered bytes") from error


class X25519PublicKey:
    """The key to which a box is sealed: 32 bytes, the u-coordinate of RFC 7748.

    Raises:
        MalformedError: another length, or a point of small order, to which anybody could open.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != X25519_KEY_BYTES:
            raise MalformedError(f"an X25519 public key has {X25519_KEY_BYTES} bytes")
        try:
            bindings.crypto_box_beforenm(key, bytes(X25519_KEY_BYTES))
        except (CryptoError, RuntimeError):
            raise MalformedError("the X25519 public key is a point of small order") from None
        self._key = bytes(key)

    def to_bytes(self) -> bytes:
        """Return the 32 bytes."""
        return self._key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, X25519PublicKey) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"X25519PublicKey({self._key.hex()})"


class X25519PrivateKey:
    """The key that opens sealed boxes: any 32 bytes, clamped as RFC 7748 says. Its repr hides it.

    Raises:
        MalformedError: another length.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != X25519_KEY_BYTES:
            raise MalformedError(f"an X25519 private key has {X25519_KEY_BYTES} bytes")
        self._key = bytes(key)

    @classmethod
    def generate(cls, *, rand: Rand) -> "X25519PrivateKey":
        """Draw a new key: 32 bytes of `rand`."""
        return cls(rand(X25519_KEY_BYTES))

    def public(self) -> X25519PublicKey:
        """Return the public half."""
        return X25519PublicKey(bindings.crypto_scalarmult_base(self._key))

    def to_bytes(self) -> bytes:
        """Return the 32 bytes, a secret."""
        return self._key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, X25519PrivateKey) and equal(self._key, other._key)

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return "X25519PrivateKey(hidden)"


def seal_box(recipient: X25519PublicKey, plaintext: bytes, *, rand: Rand) -> bytes:
    """Return a box that only the recipient's private key opens, 48 bytes longer than its content.

    The format is libsodium's `crypto_box_seal`: an ephemeral public key and an
    XSalsa20-Poly1305 box whose nonce is the BLAKE2b-192 of both public keys. The ephemeral private
    key is one draw of 32 bytes. Nothing proves who sealed it.
    """
    ephemeral = X25519PrivateKey.generate(rand=rand)
    own, theirs = ephemeral.public().to_bytes(), recipient.to_bytes()
    nonce = hashlib.blake2b(own + theirs, digest_size=SEAL_NONCE_BYTES).digest()
    return own + bindings.crypto_box(plaintext, nonce, theirs, ephemeral.to_bytes())


def open_box(private: X25519PrivateKey, sealed: bytes) -> bytes:
    """Return what `seal_box`, or libsodium's `crypto_box_seal`, was given.

    Raises:
        VerificationError: the key or the bytes are not those of the sealing.
    """
    public = private.public().to_bytes()
    try:
        return bindings.crypto_box_seal_open(sealed, public, private.to_bytes())
    except (CryptoError, ValueError, TypeError) as error:
        raise VerificationError("the box does not open: wrong key or altered bytes") from error


class P256PrivateKey:
    """An ECDSA key on P-256 that signs deterministically (RFC 6979). Its repr hides it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    @classmethod
    def from_pem(cls, pem: bytes) -> "P256PrivateKey":
        """Load an unencrypted PKCS#8 or SEC 1 key.

        Raises:
            MalformedError: no unencrypted P-256 private key in PEM.
        """
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise MalformedError("no unencrypted private key in PEM") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise MalformedError("the private key is not on P-256")
        return cls(key)

    @classmethod
    def generate_from_os(cls) -> "P256PrivateKey":
        """Draw a new key from the operating system."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    def to_pem(self) -> bytes:
        """Return the key as unencrypted PKCS#8 PEM."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def public(self) -> "P256PublicKey":
        """Return the public half."""
        return P256PublicKey(self._key.public_key())

    def sign(self, message: bytes) -> bytes:
        """Return the DER signature over SHA-256 of the message."""
        return self._key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))

    def __repr__(self) -> str:
        return "P256PrivateKey(hidden)"


class P256PublicKey:
    """The public half of an ECDSA key on P-256."""

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key

    @classmethod
    def from_pem(cls, pem: bytes) -> "P256PublicKey":
        """Load a SubjectPublicKeyInfo in PEM.

        Raises:
            MalformedError: no P-256 public key in PEM.
        """
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise MalformedError("no public key in PEM") from error
        return cls._checked(key)

    @classmethod
    def from_bytes(cls, data: bytes) -> "P256PublicKey":
        """Load an X9.62 point (33 or 65 bytes) or a SubjectPublicKeyInfo in DER.

        Raises:
            MalformedError: neither, or not on P-256.
        """
        try:
            if len(data) in (33, 65):
                return cls(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data))
            return cls._checked(serialization.load_der_public_key(data))
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise MalformedError("not a P-256 public key") from error

    @classmethod
    def _checked(cls, key: object) -> "P256PublicKey":
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise MalformedError("the public key is not on P-256")
        return cls(key)

    def to_pem(self) -> bytes:
        """Return the key as SubjectPublicKeyInfo in PEM."""
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def to_bytes(self) -> bytes:
        """Return the 65-byte uncompressed X9.62 point."""
        return self._key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def verify(self, message: bytes, signature: bytes) -> None:
        """Check a DER signature over SHA-256 of the message.

        Raises:
            VerificationError: it does not verify.
        """
        try:
            self._key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise VerificationError("the ECDSA signature does not verify") from error
