"""Targets of the fuzz loop: scalars, points and ciphertexts to an identity."""

from dp3t.presence.encryption import Ciphertext, IdentityKey
from dp3t.presence.pairing import G1Point, G2Point, Scalar
from fuzz_target import Target, again
from vectors import load


def of_encryption() -> dict[str, Target]:
    """Return the decoders of the pairing and the encryption chapter, decryption among them."""
    (case,) = (c for c in load("encryption")["cases"] if c["id"] == "decrypt-as-it-was-encrypted")
    identity, key, sealed = (
        bytes.fromhex(case[name]) for name in ("identity", "key", "ciphertext")
    )
    secret = IdentityKey(identity=identity, key=G1Point.from_bytes(key))
    return {
        "scalar": Target(again(Scalar.from_bytes, Scalar.to_bytes), (Scalar(5).to_bytes(),)),
        "point of G1": Target(again(G1Point.from_bytes, G1Point.to_bytes), (key,)),
        "point of G2": Target(again(G2Point.from_bytes, G2Point.to_bytes), (sealed[:96],)),
        "ciphertext": Target(again(Ciphertext.decode, Ciphertext.encode), (sealed,)),
        "decryption": Target(lambda data: secret.decrypt(Ciphertext.decode(data)), (sealed,)),
    }
