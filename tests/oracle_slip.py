"""The second witness for cards, slips and books.

Written from `spec/presence/slip.md`, base32 from RFC 4648, section 6. What it stands on is held to
published values in `tests/house/test_oracle.py` and `test_oracle_pairing.py`; base32 to those of
RFC 4648 there too.
"""

from collections.abc import Iterable, Sequence

import oracle_presence
import oracle_seal
from oracle import msgpack_encode

HOUR, DAY = 3_600, 86_400
Slip = tuple[int, bytes]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def base32(data: bytes) -> str:
    """Return base32 without padding."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return "".join(_LETTERS[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


def card(contact: str, public: bytes, ephemeral: bytes) -> bytes:
    """Return a sealed card."""
    content = msgpack_encode({"contact": contact, "version": 1}) + b"\x80"
    return oracle_seal.seal(public, content.ljust(144, b"\0"), ephemeral)


def contact(private: bytes, sealed: bytes) -> str:
    """Return what stands on a good card."""
    content = oracle_seal.seal_open(private, sealed).rstrip(b"\0")[:-1]
    head, tail = b"\x82\xa7contact", b"\xa7version\x01"
    assert content.startswith(head)
    assert content.endswith(tail)
    text = content[len(head) : -len(tail)]
    skipped = 2 if text[0] == 0xD9 else 1
    return text[skipped:].decode()


def text(sealed: bytes) -> str:
    """Return the text of a card's QR code."""
    return "DP3T-CARD:1:" + base32(sealed)


def slips(
    payload: bytes, public: bytes, arrival: int, departure: int, sealed: bytes, draws: list[bytes]
) -> list[Slip]:
    """Return the slips of a visit; each takes two draws."""
    found = []
    for number, hour in enumerate(range(arrival - arrival % HOUR, departure, HOUR)):
        times = max(arrival, hour), min(departure, hour + HOUR)
        message = b"\1" + b"".join(moment.to_bytes(4, "big") for moment in times) + sealed
        identity = oracle_presence.identity(payload, hour)
        pad, nonce = draws[2 * number : 2 * number + 2]
        sealed_slip = oracle_presence.encrypt(public, identity, message, pad, nonce)
        found.append((hour // DAY, sealed_slip))
    return found


def book(slips_in: Iterable[Slip], now: int) -> bytes:
    """Return the file of a book."""
    kept = {day.to_bytes(4, "big") + sealed for day, sealed in slips_in if day >= now // DAY - 10}
    return b"dp3t slips 1\n" + b"".join(sorted(kept))


def stays(
    private: bytes, identity: bytes, key: bytes, found: Iterable[Slip], stretch: Sequence[int]
) -> list[tuple[str, int, int]]:
    """Return who was there in a stretch, from slips that are good and of one traced hour."""
    start, end = stretch
    result = []
    for _, sealed in found:
        message = oracle_presence.decrypt(identity, key, sealed)
        arrival, departure = (int.from_bytes(message[at : at + 4], "big") for at in (1, 5))
        if max(arrival, start) < min(departure, end):
            who = contact(private, message[9:])
            result.append((who, max(arrival, start), min(departure, end)))
    return sorted(result)
