"""Identity-based encryption (Boneh and Franklin's FullIdent), byte for byte as in CrowdNotifier.

Whoever knows a public key encrypts to any identity; only the key of that identity decrypts, and
only the holders of all shares of the secret can make it.
"""

from dataclasses import dataclass, field

from dp3t.errors import MalformedError, VerificationError
from dp3t.presence.pairing import (
    G1_BYTES,
    G2_BYTES,
    G1Point,
    G2Point,
    Scalar,
    has_logarithm,
    pairing_digest,
)
from dp3t.primitives import Rand, equal, open_secretbox, seal_secretbox, sha256

IDENTITY_BYTES = 32
IDENTITY_KEY_BYTES = G1_BYTES
_PAD_BYTES = 32
_NONCE_BYTES = 24
_TAG_BYTES = 16
OVERHEAD_BYTES = G2_BYTES + _PAD_BYTES + _NONCE_BYTES + _TAG_BYTES
"""By how much a ciphertext is longer than its message: 168 bytes [ENCRYPTION-1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ciphertext:
    """What encrypts a message to an identity; nothing in it names the identity.

    Attributes:
        c1: 96 bytes, a point of G2; checked when it is decrypted.
        c2: 32 bytes.
        nonce: 24 bytes.
        c3: the message's length and 16 bytes.

    Raises:
        MalformedError: a part of another length.
    """

    c1: bytes
    c2: bytes
    nonce: bytes
    c3: bytes

    def __post_init__(self) -> None:
        fixed = (len(self.c1), len(self.c2), len(self.nonce))
        if fixed != (G2_BYTES, _PAD_BYTES, _NONCE_BYTES) or len(self.c3) < _TAG_BYTES:
            raise MalformedError("a part of the ciphertext has another length")

    def encode(self) -> bytes:
        """Return c1, c2, nonce and c3, back to back [ENCRYPTION-1]."""
        return self.c1 + self.c2 + self.nonce + self.c3

    @classmethod
    def decode(cls, data: bytes) -> "Ciphertext":
        """Return the ciphertext in some bytes.

        Raises:
            MalformedError: too few bytes.
        """
        if len(data) < OVERHEAD_BYTES:
            raise MalformedError(f"a ciphertext has at least {OVERHEAD_BYTES} bytes")
        first, second = G2_BYTES, G2_BYTES + _PAD_BYTES
        third = second + _NONCE_BYTES
        return cls(
            c1=data[:first], c2=data[first:second], nonce=data[second:third], c3=data[third:]
        )


def encrypt(public_key: G2Point, *, identity: bytes, message: bytes, rand: Rand) -> Ciphertext:
    """Encrypt a message to an identity [ENCRYPTION-2].

    Args:
        public_key: the sum of all shares' public halves; a checked point of G2.
        identity: 32 bytes.
        message: any bytes.
        rand: two draws, of 32 and of 24 bytes.

    Raises:
        ValueError: an identity of another length.
    """
    _require_identity(identity)
    pad, nonce = rand(_PAD_BYTES), rand(_NONCE_BYTES)
    exponent = Scalar.of_hash(pad + identity + message)
    mask = pairing_digest(G1Point.hashed(identity).times(exponent), public_key)
    return Ciphertext(
        c1=G2Point.of(exponent).to_bytes(),
        c2=_xor(pad, mask),
        nonce=nonce,
        c3=seal_secretbox(sha256(pad), nonce, message),
    )


def partial_key(share: Scalar, *, identity: bytes) -> G1Point:
    """Return what one share of the secret adds to the key of an identity [ENCRYPTION-4].

    Raises:
        ValueError: an identity of another length.
    """
    _require_identity(identity)
    return G1Point.hashed(identity).times(share)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityKey:
    """The key that decrypts what is encrypted to one identity.

    Attributes:
        identity: 32 bytes.
        key: the sum of what all shares add; hidden in the repr until it is public.

    Raises:
        ValueError: an identity of another length.
    """

    identity: bytes
    key: G1Point = field(repr=False)

    def __post_init__(self) -> None:
        _require_identity(self.identity)

    def require_under(self, public_key: G2Point) -> None:
        """Raise VerificationError unless the key is the identity's under a public key.

        The equation e(key, g2) = e(H1(identity), public key) says so without any message, and holds
        for no other point [ENCRYPTION-5].
        """
        hashed = G1Point.hashed(self.identity)
        if not has_logarithm(self.key, base=hashed, public=public_key):
            raise VerificationError("the key of the identity does not belong to the public key")

    def decrypt(self, ciphertext: Ciphertext) -> bytes:
        """Return the message [ENCRYPTION-3].

        Raises:
            MalformedError: the first part is no point of G2.
            VerificationError: it is encrypted to another identity or key, or altered.
        """
        return self.decrypt_at(G2Point.from_bytes(ciphertext.c1), ciphertext)

    def decrypt_at(self, point: G2Point, ciphertext: Ciphertext) -> bytes:
        """Do as `decrypt` does with a first part that was checked already.

        Whoever tries many keys on one ciphertext saves the check of its point.

        Raises:
            VerificationError: it is encrypted to another identity or key, or altered.
        """
        pad = _xor(ciphertext.c2, pairing_digest(self.key, point))
        message = open_secretbox(sha256(pad), ciphertext.nonce, ciphertext.c3)
        exponent = Scalar.of_hash(pad + self.identity + message)
        if not equal(G2Point.of(exponent).to_bytes(), ciphertext.c1):
            raise VerificationError("the ciphertext was not made as its message says")
        return message


def _require_identity(identity: bytes) -> None:
    if len(identity) != IDENTITY_BYTES:
        raise ValueError(f"an identity has {IDENTITY_BYTES} bytes")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
