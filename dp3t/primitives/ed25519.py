"""Ed25519 signatures (RFC 8032), verified as strictly as libsodium does."""

import hashlib
from collections.abc import Iterable

from nacl import bindings
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.signing import SigningKey, VerifyKey

from dp3t.errors import VerificationError

ED25519_SEED_BYTES = 32
ED25519_PUBLIC_BYTES = 32
ED25519_SIGNATURE_BYTES = 64
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


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
