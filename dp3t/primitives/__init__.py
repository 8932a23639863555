"""The only package that touches cryptographic libraries: every primitive comes from one of them.

Randomness is a `Rand`, a function from a length to that many bytes. `random_from_os` is the one
that draws from the operating system; tests pass their own. Comparison of secrets is `equal`.
"""

from dp3t.primitives.blind_rsa import (
    BLIND_RSA_BYTES,
    BlindRsaPrivateKey,
    BlindRsaPublicKey,
)
from dp3t.primitives.ed25519 import (
    ED25519_ORDER,
    ED25519_PUBLIC_BYTES,
    ED25519_SEED_BYTES,
    ED25519_SIGNATURE_BYTES,
    ed25519_public,
    ed25519_sign,
    ed25519_verify,
    ed25519_verify_parts,
)
from dp3t.primitives.hpke import (
    HPKE_OVERHEAD_BYTES,
    hpke_open,
    hpke_seal_with_os_randomness,
)
from dp3t.primitives.p256 import (
    P256PrivateKey,
    P256PublicKey,
)
from dp3t.primitives.randomness import (
    RANDOM_SEED_BYTES,
    Rand,
    random_below,
    random_from_os,
    seeded_random,
    shuffled,
)
from dp3t.primitives.sealing import (
    SEAL_NONCE_BYTES,
    SEAL_TAG_BYTES,
    SEALED_BOX_OVERHEAD_BYTES,
    X25519_KEY_BYTES,
    X25519PrivateKey,
    X25519PublicKey,
    open_box,
    open_secretbox,
    seal,
    seal_box,
    seal_secretbox,
    unseal,
)
from dp3t.primitives.symmetric import (
    aes128_ecb,
    aes_ctr,
    aes_ctr_keystream,
    equal,
    hkdf_sha256,
    hmac_sha256,
    pbkdf2_sha256,
    sha256,
)

__all__ = [
    "BLIND_RSA_BYTES",
    "ED25519_ORDER",
    "ED25519_PUBLIC_BYTES",
    "ED25519_SEED_BYTES",
    "ED25519_SIGNATURE_BYTES",
    "HPKE_OVERHEAD_BYTES",
    "RANDOM_SEED_BYTES",
    "SEALED_BOX_OVERHEAD_BYTES",
    "SEAL_NONCE_BYTES",
    "SEAL_TAG_BYTES",
    "X25519_KEY_BYTES",
    "BlindRsaPrivateKey",
    "BlindRsaPublicKey",
    "P256PrivateKey",
    "P256PublicKey",
    "Rand",
    "X25519PrivateKey",
    "X25519PublicKey",
    "aes128_ecb",
    "aes_ctr",
    "aes_ctr_keystream",
    "ed25519_public",
    "ed25519_sign",
    "ed25519_verify",
    "ed25519_verify_parts",
    "equal",
    "hkdf_sha256",
    "hmac_sha256",
    "hpke_open",
    "hpke_seal_with_os_randomness",
    "open_box",
    "open_secretbox",
    "pbkdf2_sha256",
    "random_below",
    "random_from_os",
    "seal",
    "seal_box",
    "seal_secretbox",
    "seeded_random",
    "sha256",
    "shuffled",
    "unseal",
]
