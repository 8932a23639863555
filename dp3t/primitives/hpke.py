"""Sealing to a public key and to a context: HPKE of RFC 9180, which browsers can do as well.

The suite is the one of base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM.
Unlike a sealed box it also authenticates to what the content belongs [HPKE-2].
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from dp3t.errors import VerificationError
from dp3t.primitives.sealing import X25519_KEY_BYTES, X25519PrivateKey, X25519PublicKey

HPKE_OVERHEAD_BYTES = X25519_KEY_BYTES + 16
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def hpke_seal_with_os_randomness(
    recipient: X25519PublicKey, plaintext: bytes, *, context: bytes
) -> bytes:
    """Return an ephemeral public key and the ciphertext, 48 bytes longer than the content.

    The library draws the ephemeral key from the operating system, and takes none from outside.
    Nothing proves who sealed it.

    Args:
        recipient: who can open it.
        plaintext: any bytes.
        context: to what the content belongs, RFC 9180's `info`: who opens it has to name the same.
    """
    public = x25519.X25519PublicKey.from_public_bytes(recipient.to_bytes())
    return _SUITE.encrypt(plaintext, public, context)


def hpke_open(private: X25519PrivateKey, sealed: bytes, *, context: bytes) -> bytes:
    """Return what was sealed, by us or by whatever else follows RFC 9180 with this suite.

    Raises:
        VerificationError: the key, the context or the bytes are not those of the sealing.
    """
    key = x25519.X25519PrivateKey.from_private_bytes(private.to_bytes())
    try:
        return _SUITE.decrypt(sealed, key, context)
    except (InvalidTag, ValueError) as error:
        raise VerificationError(
            "what was sealed does not open: wrong key, wrong context or altered bytes"
        ) from error
