"""The second witness of commitments: hashes, QR codes, statements and openings, derived again.

Nothing here imports the project. Published values hold what it stands on, SHA-256, HMAC and
Ed25519, in `tests/house/test_oracle.py`; of commitments nothing is published.
"""

from collections.abc import Sequence

from oracle import msgpack_encode, signed_file
from oracle_crypto import hmac_sha256, sha256


def committed(number: int, key: bytes) -> bytes:
    """Return what is committed to for one key."""
    return msgpack_encode([number, key])


def day_hash(design: str, day: int, random: bytes, keys: Sequence[tuple[int, bytes]]) -> bytes:
    """Return the hash of a day."""
    ordered = sorted(committed(number, key) for number, key in keys)
    return sha256(msgpack_encode(["dp3t commitment 1", "test", design, day, random, ordered]))


def qr(design: str, first_day: int, hashes: Sequence[bytes]) -> bytes:
    """Return what a QR code holds."""
    name = design.encode() + bytes(16 - len(design))
    return b"\1" + name + first_day.to_bytes(2, "big") + bytes([len(hashes)]) + b"".join(hashes)


def statement(
    seed: bytes,
    *,
    design: str,
    region: str,
    first_day: int,
    hashes: Sequence[bytes],
    issued: int,
    expires: int,
) -> bytes:
    """Return a signed statement."""
    payload = msgpack_encode(
        {
            "design": design,
            "expires": expires,
            "first_day": first_day,
            "hashes": b"".join(hashes),
            "issued": issued,
            "purpose": "postest",
            "region": region,
            "version": 1,
        }
    )
    return signed_file(seed, "dp3t statement 1", payload)


def openings(days: Sequence[int], randoms: Sequence[bytes]) -> bytes:
    """Return the authorisation of an upload."""
    return msgpack_encode({"days": list(days), "form": "bound", "randoms": b"".join(randoms)})


def code(digits: str) -> bytes:
    """Return the authorisation of an upload with a code."""
    return msgpack_encode({"code": digits, "form": "code"})


def binding(random: bytes, body: bytes) -> bytes:
    """Return what ties a day's hash to an upload."""
    return hmac_sha256(random, b"dp3t upload 1" + body)


def stored(key: bytes, value: bytes) -> bytes:
    """Return what a server keeps of a day's hash."""
    return hmac_sha256(key, b"dp3t commitment 1" + value)
