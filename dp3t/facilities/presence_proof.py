"""Proofs of presence in objections: "I was there that day", and not a word of who.

The seed comes from the place's entry code (chapter proof); here it is 32 bytes.
"""

from dp3t.errors import MalformedError
from dp3t.primitives import (
    ED25519_SEED_BYTES,
    ED25519_SIGNATURE_BYTES,
    ed25519_public,
    ed25519_sign,
    ed25519_verify,
)

PRESENCE_PROOF_BYTES = ED25519_SIGNATURE_BYTES

_SIGNED = b"dp3t presence proof 1"
_DIGEST_BYTES = 32


def presence_key(seed: bytes) -> bytes:
    """Return what a facility publishes of a day's seed of 32 bytes: 32 bytes [PROOF-2].

    Raises:
        MalformedError: a seed of another length.
    """
    _require_seed(seed)
    return ed25519_public(seed)


def prove_presence(seed: bytes, digest: bytes) -> bytes:
    """Return the proof of presence for what has a digest of 32 bytes: 64 bytes [PROOF-3].

    Raises:
        MalformedError: a seed of another length.
        ValueError: a digest of another length.
    """
    _require_seed(seed)
    return ed25519_sign(seed, _message(digest))


def check_presence(public: bytes, digest: bytes, proof: bytes) -> None:
    """Check a proof of presence under a key that a facility has published [PROOF-3].

    Raises:
        VerificationError: it does not verify.
        ValueError: a digest of another length.
    """
    ed25519_verify(public, _message(digest), proof)


def _require_seed(seed: bytes) -> None:
    if len(seed) != ED25519_SEED_BYTES:
        raise MalformedError(f"the seed of a proof of presence has {ED25519_SEED_BYTES} bytes")


def _message(digest: bytes) -> bytes:
    if len(digest) != _DIGEST_BYTES:
        raise ValueError(f"a digest has {_DIGEST_BYTES} bytes")
    return _SIGNED + digest
