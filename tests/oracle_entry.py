"""The second witness for entry codes, private codes, managed rooms and rotation.

Protocol buffers are written and read by hand, from the encoding guide of protocol buffers; base64
is bits cut into sixes. `tests/house/test_oracle.py` holds the names of places to the cases of
Corona-Warn-App.
"""

import hashlib

from oracle_crypto import hmac_sha256
from oracle_pairing import GENERATOR_G2, ORDER, add, encode_g2, multiply, scalar_of_hash
from oracle_seal import seal

Number = int | bytes
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def varint(number: int) -> bytes:
    """Return a number in base 128, the lowest digits first."""
    out = bytearray()
    while number >= 128:
        out.append(number % 128 + 128)
        number //= 128
    return bytes([*out, number])


def message(*fields: tuple[int, Number]) -> bytes:
    """Return a message of these fields in this order; one that is 0 or empty is left out."""
    out = b""
    for number, value in fields:
        if isinstance(value, bytes):
            out += (varint(number * 8 + 2) + varint(len(value)) + value) if value else b""
        elif value:
            out += varint(number * 8) + varint(value)
    return out


def fields(data: bytes) -> list[tuple[int, Number]]:
    """Return the fields of a message that holds numbers and bytes only, in their order."""
    found: list[tuple[int, Number]] = []
    at = 0
    while at < len(data):
        tag, at = _number(data, at)
        value, at = _number(data, at)
        if tag % 8 == 2:
            found.append((tag // 8, data[at : at + value]))
            at += value
        else:
            assert tag % 8 == 0
            found.append((tag // 8, value))
    assert at == len(data)
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    end = at
    while data[end] >= 128:
        end += 1
    digits = [byte % 128 for byte in data[at : end + 1]]
    return sum(digit * 128**place for place, digit in enumerate(digits)), end + 1


def vendor_data(location_type: int, stay_minutes: int) -> bytes:
    """Return a CWALocationData."""
    return message((1, 1), (2, location_type), (3, stay_minutes))


def payload(
    *,
    description: str,
    address: str,
    public_key: bytes,
    seed: bytes,
    vendor: bytes,
    start: int = 0,
    end: int = 0,
) -> bytes:
    """Return the payload of an entry code as a writer writes it."""
    place = message((1, 1), (2, description.encode()), (3, address.encode()), (5, start), (6, end))
    keys = message((1, 1), (2, public_key), (3, seed))
    return message((1, 1), (2, place), (3, keys), (4, vendor))


def trace_code(entry: bytes, share: bytes, sealed_share: bytes) -> bytes:
    """Return the bytes of a private code."""
    return message((1, 1), (2, entry), (3, share), (4, sealed_share))


def location_id(entry: bytes) -> bytes:
    """Return Corona-Warn-App's name of a place."""
    return hashlib.sha256(b"CWA-GUID" + entry).digest()


def base64url(data: bytes) -> str:
    """Return base64 with the alphabet of links, without padding."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 6)
    return "".join(_LETTERS[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))


def drawn_scalar(draw: bytes) -> bytes:
    """Return the scalar of a draw of 32 bytes, of which 255 bits count; it must be in range."""
    number = int.from_bytes(draw, "little") % 2**255
    assert 0 < number < ORDER
    return number.to_bytes(32, "little")


def shared_key(share: bytes, other: bytes) -> bytes:
    """Return the sum of the public keys of two shares."""
    one, two = (multiply(GENERATOR_G2, int.from_bytes(each, "little")) for each in (share, other))
    return encode_g2(add(one, two))


def sealed_share(authority: bytes, share: bytes, ephemeral: bytes) -> bytes:
    """Return the box of 80 bytes that holds the authority's share."""
    return seal(authority, share, ephemeral)


def passphrase(drawn: bytes) -> str:
    """Return the passphrase of 32 random bytes."""
    return "dp3t-" + base64url(drawn + hashlib.sha256(b"dp3t passphrase 1" + drawn).digest()[:4])


def passphrase_share(text: str) -> bytes:
    """Return the share that follows from a passphrase."""
    return scalar_of_hash(text.encode()).to_bytes(32, "little")


def day_seed(secret: bytes, day: int) -> bytes:
    """Return the seed of a day."""
    return hmac_sha256(secret, b"dp3t rotation day 1" + day.to_bytes(4, "big"))[:16]


def event_seed(secret: bytes, start: int, end: int, name: str) -> bytes:
    """Return the seed of an event."""
    times = start.to_bytes(4, "big") + end.to_bytes(4, "big")
    return hmac_sha256(secret, b"dp3t rotation event 1" + times + name.encode())[:16]
