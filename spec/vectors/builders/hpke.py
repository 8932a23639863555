"""HPKE with an ephemeral key from outside, for vectors alone: the library draws its own.

It is put together from the parts that a browser has too: X25519, HKDF's halves and AES-GCM.
"""

import hmac
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEM = b"KEM\x00\x20"
_SUITE = b"HPKE\x00\x20\x00\x01\x00\x02"


class Sealed(NamedTuple):
    """A sealed content, and what was derived on the way."""

    sealed: bytes
    shared_secret: bytes
    key: bytes
    base_nonce: bytes


def sealed(ephemeral: bytes, public: bytes, context: bytes, content: bytes) -> Sealed:
    """Seal a content with an ephemeral private key that somebody chose."""
    own = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = own.public_key().public_bytes_raw()
    exchanged = own.exchange(X25519PublicKey.from_public_bytes(public))
    shared = _expand(
        _KEM, _extract(_KEM, b"", b"eae_prk", exchanged), b"shared_secret", enc + public
    )
    hashes = (
        _extract(_SUITE, b"", b"psk_id_hash", b""),
        _extract(_SUITE, b"", b"info_hash", context),
    )
    schedule, secret = b"\0" + b"".join(hashes), _extract(_SUITE, shared, b"secret", b"")
    key = _expand(_SUITE, secret, b"key", schedule)
    nonce = _expand(_SUITE, secret, b"base_nonce", schedule, 12)
    return Sealed(enc + AESGCM(key).encrypt(nonce, content, None), shared, key, nonce)


def public_of(private: bytes) -> bytes:
    """Return the public key of a private one."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _extract(suite: bytes, salt: bytes, label: bytes, key: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite + label + key, "sha256")


def _expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int = 32) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\1"
    return hmac.digest(key, labelled, "sha256")[:length]
