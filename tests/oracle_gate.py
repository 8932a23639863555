"""The second witness for marks, used-lists and withdrawn receipts.

Written from `spec/arrivals/gate.md`. HMAC, AES and Ed25519 are those of `oracle_crypto`, which
published values hold in `tests/house/test_oracle.py`.
"""

from collections.abc import Iterable

from oracle import msgpack_encode, signed_file
from oracle_crypto import aes_ctr, hmac_sha256

Use = tuple[int, str, bytes]
"""Moment, gate and random bytes."""


def _key(secret: bytes, word: str) -> bytes:
    return hmac_sha256(secret, f"dp3t gate 1 {word}".encode())


def tag(secret: bytes, receipt_id: bytes) -> bytes:
    """Return by which bytes gates know a receipt."""
    return hmac_sha256(_key(secret, "tag"), receipt_id)[:16]


def mark(secret: bytes, receipt_id: bytes, expiry_day: int, use: Use) -> bytes:
    """Return the 62 bytes."""
    moment, gate, draw = use
    head = expiry_day.to_bytes(2, "big") + tag(secret, receipt_id)
    content = moment.to_bytes(4, "big") + draw + gate.encode().ljust(16, b"\0")
    check = hmac_sha256(_key(secret, "check"), head + content)[:16]
    return head + check + aes_ctr(_key(secret, "hide"), check, content)


def opened(secret: bytes, sealed: bytes) -> Use | None:
    """Return what a mark says, if a gate made it."""
    head, check, hidden = sealed[:18], sealed[18:34], sealed[34:]
    content = aes_ctr(_key(secret, "hide"), check, hidden)
    if hmac_sha256(_key(secret, "check"), head + content)[:16] != check:
        return None
    return int.from_bytes(content[:4], "big"), content[12:].rstrip(b"\0").decode(), content[4:12]


def merged(
    secret: bytes, own: Iterable[bytes], others: Iterable[bytes], today: int
) -> tuple[list[bytes], int]:
    """Return all marks that open and are to be kept, and how many do not open."""
    fresh = {each for each in (*own, *others) if int.from_bytes(each[:2], "big") > today}
    good = sorted(each for each in fresh if opened(secret, each) is not None)
    return good, len(fresh) - len(good)


def uses(secret: bytes, marks: Iterable[bytes], wanted: bytes) -> list[Use]:
    """Return the uses of the receipt with a tag, the earliest first."""
    found = (opened(secret, each) for each in marks if each[2:18] == wanted)
    return sorted(use for use in found if use is not None)


def conflicts(secret: bytes, marks: Iterable[bytes]) -> list[list[Use]]:
    """Return the uses of each receipt that has several."""
    every = list(marks)
    found = (uses(secret, every, wanted) for wanted in {each[2:18] for each in every})
    return sorted(each for each in found if len(each) > 1)


def withdrawn(issued: int, rows: Iterable[tuple[bytes, int]]) -> bytes:
    """Return a list of withdrawn receipts before it is signed."""
    joined = sorted(receipt_id + day.to_bytes(2, "big") for receipt_id, day in rows)
    return b"\1" + issued.to_bytes(4, "big") + b"".join(joined)


def signed_withdrawn(seed: bytes, listed: bytes) -> bytes:
    """Return it signed."""
    return signed_file(seed, "dp3t withdrawn receipts 1", listed)


def gate_file(*, name: str, point: str, used: bytes, listed: bytes) -> bytes:
    """Return a gate's file."""
    return msgpack_encode(
        {"arrival_point": point, "name": name, "used": used, "version": 1, "withdrawn": listed}
    )
