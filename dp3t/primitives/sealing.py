"""Authenticated encryption: under a key that both sides have, or to a public key."""

import hashlib

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.secret import Aead, SecretBox

from dp3t.errors import MalformedError, VerificationError
from dp3t.primitives.randomness import Rand
from dp3t.primitives.symmetric import equal

SEAL_NONCE_BYTES = 24
SEAL_TAG_BYTES = 16
X25519_KEY_BYTES = 32
SEALED_BOX_OVERHEAD_BYTES = X25519_KEY_BYTES + SEAL_TAG_BYTES


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


def seal_secretbox(key: bytes, nonce: bytes, plaintext: bytes) -> bytes:
    """Return libsodium's `crypto_secretbox`: XSalsa20-Poly1305, the tag first.

    Args:
        key: 32 bytes.
        nonce: 24 bytes, never used twice under one key.
        plaintext: any bytes; the result is 16 longer.
    """
    return SecretBox(key).encrypt(plaintext, nonce).ciphertext


def open_secretbox(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """Return what `seal_secretbox` was given.

    Raises:
        VerificationError: the key, the nonce or the bytes are not those of the sealing.
    """
    try:
        return SecretBox(key).decrypt(sealed, nonce)
    except (CryptoError, ValueError, TypeError) as error:
        raise VerificationError("the box does not open: wrong key or altered bytes") from error


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
