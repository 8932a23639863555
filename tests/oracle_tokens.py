"""The second witness of tokens: blind RSA from RFC 9474 and 8017, and the bytes of the chapter.

`tests/house/test_oracle.py` holds it to the published vectors of all four variants. Slow, and not
for secrets.
"""

from collections.abc import Sequence
from hashlib import sha256, sha384

import oracle

EXPONENT = 65_537
_HASH_BYTES = 48


def emsa_pss(message: bytes, salt: bytes, bits: int) -> bytes:
    """Return EMSA-PSS-ENCODE (RFC 8017, 9.1.1) with SHA-384, for a modulus of so many bits."""
    length = (bits - 1 + 7) // 8
    digest = sha384(b"\0" * 8 + sha384(message).digest() + salt).digest()
    block = b"\0" * (length - len(salt) - _HASH_BYTES - 2) + b"\x01" + salt
    mask = b""
    while len(mask) < len(block):
        mask += sha384(digest + (len(mask) // _HASH_BYTES).to_bytes(4, "big")).digest()
    whole = int.from_bytes(block, "big") ^ int.from_bytes(mask[: len(block)], "big")
    whole %= 2 ** (8 * len(block) - (8 * length - (bits - 1)))
    masked: bytes = whole.to_bytes(len(block), "big")
    return masked + digest + b"\xbc"


def blind(modulus: int, message: bytes, salt: bytes, factor: int) -> bytes:
    """Return the blinded message (RFC 9474, 4.2)."""
    encoded = int.from_bytes(emsa_pss(message, salt, modulus.bit_length()), "big")
    blinded = encoded * pow(factor, EXPONENT, modulus) % modulus
    return blinded.to_bytes((modulus.bit_length() + 7) // 8, "big")


def sign(p: int, q: int, blinded: bytes) -> bytes:
    """Return the blind signature (RFC 9474, 4.3)."""
    private = pow(EXPONENT, -1, (p - 1) * (q - 1))
    return pow(int.from_bytes(blinded, "big"), private, p * q).to_bytes(len(blinded), "big")


def unblind(modulus: int, blind_signature: bytes, factor: int) -> bytes:
    """Return the signature (RFC 9474, 4.4), not verified."""
    signature = int.from_bytes(blind_signature, "big") * pow(factor, -1, modulus) % modulus
    return signature.to_bytes(len(blind_signature), "big")


def verifies(modulus: int, message: bytes, signature: bytes, *, salt_bytes: int = 48) -> bool:
    """Return whether a signature verifies (RFC 8017, 8.1.2)."""
    length = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != length or number >= modulus:
        return False
    encoded = pow(number, EXPONENT, modulus).to_bytes(length, "big")
    block, digest = encoded[: -_HASH_BYTES - 1], encoded[-_HASH_BYTES - 1 : -1]
    mask = b""
    while len(mask) < len(block):
        mask += sha384(digest + (len(mask) // _HASH_BYTES).to_bytes(4, "big")).digest()
    salt = bytes(one ^ other for one, other in zip(block, mask, strict=False))
    salt = salt[len(salt) - salt_bytes :] if salt_bytes else b""
    return emsa_pss(message, salt, modulus.bit_length()) == encoded


def place(scope: str, day: int) -> bytes:
    """Return the 20 bytes of scope and day."""
    return scope.encode() + b"\0" * (16 - len(scope)) + day.to_bytes(4, "big")


def signed_message(scope: str, day: int, nonce: bytes, prefix: bytes) -> bytes:
    """Return what the signature of a token is of."""
    return prefix + b"dp3t token 1" + place(scope, day) + nonce


def token(scope: str, day: int, nonce: bytes, prefix: bytes, signature: bytes) -> bytes:
    """Return the bytes of a token."""
    return b"\x01" + place(scope, day) + nonce + prefix + signature


def nullifier(scope: str, day: int, nonce: bytes) -> bytes:
    """Return by what it is remembered that a token is spent."""
    return sha256(b"dp3t token spent 1" + place(scope, day) + nonce).digest()


def token_keys(
    seed: bytes, region: str, issued: int, keys: Sequence[tuple[int, str, bytes]]
) -> bytes:
    """Return the signed list of day, scope and modulus of each key."""
    listed = [{"scope": scope, "modulus": n, "day": day} for day, scope, n in keys]
    payload = {"version": 1, "region": region, "issued": issued, "keys": listed}
    return oracle.signed_file(seed, "dp3t token keys 1", oracle.msgpack_encode(payload))


def request(digits: str, scope: str, wanted: Sequence[tuple[int, bytes]]) -> bytes:
    """Return the body of a request for tokens."""
    value = {
        "version": 1,
        "scope": scope,
        "authorization": {"form": "code", "code": digits},
        "wanted": [{"day": day, "blinded": blinded} for day, blinded in wanted],
    }
    return (oracle.msgpack_encode(value) + b"\x80").ljust(2_304, b"\0")


def answer(refusal: str, issued: Sequence[bytes | str]) -> bytes:
    """Return an answer to a request."""
    value = {"version": 1, "refusal": refusal, "issued": list(issued)}
    return (oracle.msgpack_encode(value) + b"\x80").ljust(2_048, b"\0")


def logged(file: bytes, leaf: int) -> bytes:
    """Return a signed list with its place in the log."""
    return oracle.msgpack_encode({"version": 1, "leaf": leaf, "keys": file})
