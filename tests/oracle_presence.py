"""The second witness for identities and identity-based encryption, from the standard library.

Written from `spec/presence/identity.md` and `encryption.md`; `tests/house/test_oracle_pairing.py`
holds it to the test vectors of CrowdNotifier's library and to values of mcl.
"""

import hashlib

import oracle_pairing as curve
from oracle_crypto import hkdf_sha256
from oracle_pairing import OracleError as OracleError
from oracle_seal import OracleError as _SealError
from oracle_seal import secretbox, secretbox_open


def _sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def entry_secrets(payload: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the nonce of the pre-identity, that of the time key, and the notification key."""
    derived = hkdf_sha256(payload, b"CrowdNotifier_v3", 96)
    return derived[:32], derived[32:64], derived[64:]


def preid(payload: bytes) -> bytes:
    """Return the pre-identity."""
    return _sha256(b"CN-PREID", payload, entry_secrets(payload)[0])


def timekey(payload: bytes, start: int, length: int = 3600) -> bytes:
    """Return the key of an interval."""
    when = length.to_bytes(4, "big") + start.to_bytes(8, "big")
    return _sha256(b"CN-TIMEKEY", when, entry_secrets(payload)[1])


def identity(payload: bytes, start: int, length: int = 3600) -> bytes:
    """Return the identity of a venue in an interval."""
    when = length.to_bytes(4, "big") + start.to_bytes(8, "big")
    return _sha256(b"CN-ID", preid(payload), when, timekey(payload, start, length))


def scalar(data: bytes) -> int:
    """Return the number of a scalar's 32 bytes."""
    number = int.from_bytes(data, "little")
    if len(data) != 32 or not 0 < number < curve.ORDER:
        raise OracleError("no scalar")
    return number


def public(share: bytes) -> bytes:
    """Return the public half of a scalar, 96 bytes."""
    return curve.encode_g2(curve.multiply(curve.GENERATOR_G2, scalar(share)))


def partial_key(share: bytes, identity: bytes) -> bytes:
    """Return what one share adds to the key of an identity, 48 bytes."""
    return curve.encode_g1(curve.multiply(curve.hash_to_g1(identity), scalar(share)))


def sum_g1(one: bytes, other: bytes) -> bytes:
    """Return the sum of two points of G1."""
    return curve.encode_g1(curve.add(curve.decode_g1(one), curve.decode_g1(other)))


def sum_g2(one: bytes, other: bytes) -> bytes:
    """Return the sum of two points of G2."""
    return curve.encode_g2(curve.add(curve.decode_g2(one), curve.decode_g2(other)))


def encrypt(public_key: bytes, identity: bytes, message: bytes, x: bytes, nonce: bytes) -> bytes:
    """Return c1, c2, nonce and c3."""
    r = curve.scalar_of_hash(x + identity + message)
    base = curve.pairing(curve.hash_to_g1(identity), curve.decode_g2(public_key))
    mask = _sha256(curve.encode_gt(curve.power12(base, r)))
    c1 = curve.encode_g2(curve.multiply(curve.GENERATOR_G2, r))
    return c1 + _xor(x, mask) + nonce + secretbox(_sha256(x), nonce, message)


def decrypt(identity: bytes, key: bytes, ciphertext: bytes) -> bytes:
    """Return the message, or raise OracleError."""
    c1, c2, nonce, c3 = ciphertext[:96], ciphertext[96:128], ciphertext[128:152], ciphertext[152:]
    shared = curve.pairing(curve.decode_g1(key), curve.decode_g2(c1))
    x = _xor(c2, _sha256(curve.encode_gt(shared)))
    try:
        message = secretbox_open(_sha256(x), nonce, c3)
    except _SealError:
        raise OracleError("the box does not open") from None
    r = curve.scalar_of_hash(x + identity + message)
    if curve.encode_g2(curve.multiply(curve.GENERATOR_G2, r)) != c1:
        raise OracleError("c1 is another")
    return message
