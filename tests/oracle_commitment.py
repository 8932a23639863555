"""The second witness of commitments: hashes, QR codes, statements and openings, derived again.

Nothing here imports the project. Published values hold what it stands on, SHA-256, HMAC and
Ed25519, in `tests/house/test_oracle.py`; of commitments nothing is published.
"""

from collections.abc import Sequence

from oracle_crypto import ed25519_sign, hmac_sha256, sha256


def _integer(value: int) -> bytes:
    """Return a number from 0 to 2**32 - 1 in the shortest MessagePack."""
    for limit, head, width in ((0x80, b"", 1), (0x100, b"\xcc", 1), (0x10000, b"\xcd", 2)):
        if value < limit:
            return head + value.to_bytes(width, "big")
    return b"\xce" + value.to_bytes(4, "big")


def _octets(value: bytes) -> bytes:
    if len(value) < 256:
        return b"\xc4" + bytes([len(value)]) + value
    return b"\xc5" + len(value).to_bytes(2, "big") + value


def _text(value: str) -> bytes:
    return bytes([0xA0 + len(value)]) + value.encode()  # no text here has more than 31 letters


def _list(items: Sequence[bytes]) -> bytes:
    head = (
        bytes([0x90 + len(items)]) if len(items) < 16 else b"\xdc" + len(items).to_bytes(2, "big")
    )
    return head + b"".join(items)


def committed(number: int, key: bytes) -> bytes:
    """Return what is committed to for one key."""
    return _list([_integer(number), _octets(key)])


def day_hash(design: str, day: int, random: bytes, keys: Sequence[tuple[int, bytes]]) -> bytes:
    """Return the hash of a day."""
    ordered = sorted(committed(number, key) for number, key in keys)
    parts = [_text("dp3t commitment 1"), _text("test"), _text(design), _integer(day)]
    return sha256(_list([*parts, _octets(random), _list([_octets(key) for key in ordered])]))


def qr(design: str, first_day: int, hashes: Sequence[bytes]) -> bytes:
    """Return what a QR code holds."""
    name = design.encode() + bytes(16 - len(design))
    return b"\1" + name + first_day.to_bytes(2, "big") + bytes([len(hashes)]) + b"".join(hashes)


def statement(
    seed: bytes, *, design: str, first_day: int, hashes: Sequence[bytes], issued: int, expires: int
) -> bytes:
    """Return a signed statement."""
    payload = (
        b"\x87"
        + (_text("design") + _text(design))
        + (_text("expires") + _integer(expires))
        + (_text("first_day") + _integer(first_day))
        + (_text("hashes") + _octets(b"".join(hashes)))
        + (_text("issued") + _integer(issued))
        + (_text("purpose") + _text("postest"))
        + (_text("version") + _integer(1))
    )
    public, _ = ed25519_sign(seed, b"")
    key_id = sha256(public)[:8]
    _, signature = ed25519_sign(seed, b"\x10dp3t statement 1" + key_id + payload)
    return key_id + signature + payload


def openings(days: Sequence[int], randoms: Sequence[bytes]) -> bytes:
    """Return the authorisation of an upload."""
    return (
        b"\x83"
        + (_text("days") + _list([_integer(day) for day in days]))
        + (_text("form") + _text("bound"))
        + (_text("randoms") + _octets(b"".join(randoms)))
    )


def code(digits: str) -> bytes:
    """Return the authorisation of an upload with a code."""
    return b"\x82" + _text("code") + _text(digits) + _text("form") + _text("code")


def binding(random: bytes, body: bytes) -> bytes:
    """Return what ties a day's hash to an upload."""
    return hmac_sha256(random, b"dp3t upload 1" + body)


def stored(key: bytes, value: bytes) -> bytes:
    """Return what a server keeps of a day's hash."""
    return hmac_sha256(key, b"dp3t commitment 1" + value)
