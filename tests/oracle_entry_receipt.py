"""The second witness for documents, bindings and receipts of entry.

Written from `spec/arrivals/entry-receipt.md`, PBKDF2 from RFC 8018, check digits from Doc 9303,
part 3. Published values hold PBKDF2 in `tests/house/test_oracle.py`, and the digits those specimens
that the vectors have.
"""

import hashlib

from oracle import signed_file
from oracle_slip import base32

Document = tuple[str, str, str]
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def pbkdf2_sha256(password: bytes, salt: bytes, rounds: int, length: int) -> bytes:
    """Return the key of RFC 8018, 5.2; a password of at most 64 bytes."""
    block = password.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def prf(message: bytes) -> bytes:
        one, other = inner.copy(), outer.copy()
        one.update(message)
        other.update(one.digest())
        return other.digest()

    key = b""
    for number in range(1, -(-length // 32) + 1):
        each = prf(salt + number.to_bytes(4, "big"))
        total = int.from_bytes(each, "big")
        for _ in range(rounds - 1):
            each = prf(each)
            total ^= int.from_bytes(each, "big")
        key += total.to_bytes(32, "big")
    return key[:length]


def digit(characters: str) -> str:
    """Return a check digit of a machine-readable zone."""
    total = 0
    for place, each in enumerate(characters):
        value = _ALPHABET.index(each) if each != "<" else 0
        total += value * [7, 3, 1][place % 3]
    return _ALPHABET[total % 10]


def document_of_zone(zone: str) -> Document:
    """Return number, birth and expiry from a good machine-readable zone."""
    joined = zone.replace("\n", "")
    if len(joined) == 90:
        first, second = joined[:30], joined[30:60]
        number, rest = first[5:15], first[15:30]
        dates = second[0:7], second[8:15]
    else:
        line = joined[len(joined) // 2 :]
        number, rest = line[0:10], line[28:35]
        dates = line[13:20], line[21:28]
    if number[9] == "<":
        number = number[:9] + rest.split("<")[0]
    for field in (number, *dates):
        assert digit(field[:-1]) == field[-1]
    return number[:-1].replace("<", ""), dates[0][:6], dates[1][:6]


def binding(document: Document, salt: bytes) -> bytes:
    """Return salt and value."""
    password = "<".join(document).encode()
    return salt + pbkdf2_sha256(password, b"dp3t entry binding 1\0" + salt, 131_072, 16)


def payload(
    *, receipt_id: bytes, bound: bytes, day: int, point: str, opens: int, closes: int
) -> bytes:
    """Return the 57 bytes."""
    said = b"\1" + receipt_id + bound + day.to_bytes(2, "big") + point.encode()
    return said + bytes([opens, closes])


def text(seed: bytes, said: bytes) -> str:
    """Return the text of the receipt's code."""
    return "DP3T-ENTRY:1:" + base32(signed_file(seed, "dp3t entry receipt 1", said))
