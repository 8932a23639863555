"""The second witness of visits and traces: records, messages, traces, tables, padding, overlaps.

Nothing here imports the project. Published values hold what it stands on, HKDF, XSalsa20-Poly1305,
protocol buffers and mcl's curve, in `tests/house/test_oracle.py` and `test_oracle_pairing.py`; the
identities are held to CrowdNotifier's in `tests/presence/test_visit.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import oracle_pairing as curve
import oracle_seal
from oracle import msgpack_encode, protobuf
from oracle_crypto import hkdf_sha256, sha256
from oracle_pairing import OracleError as NoPoint
from oracle_seal import OracleError as NoBox
from oracle_seed import Draw, below

HOUR, DAY = 3_600, 86_400
TRACE_PARTS = (32, 48, 4, 24, 368)
RECORD_PARTS = (96, 32, 24, 57)
Match = tuple[int, int, str]


def _parts(data: bytes, widths: Sequence[int]) -> list[bytes]:
    assert len(data) == sum(widths)
    return [data[sum(widths[:n]) :][:width] for n, width in enumerate(widths)]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


# --- what follows from an entry code ------------------------------------------------------------


def secrets(payload: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the two nonces and the notification key."""
    derived = hkdf_sha256(payload, b"CrowdNotifier_v3", 96)
    return derived[:32], derived[32:64], derived[64:]


def identity(payload: bytes, start: int) -> bytes:
    """Return the identity of a venue in the hour that begins at `start`."""
    nonce_preid, nonce_timekey, _ = secrets(payload)
    interval = HOUR.to_bytes(4, "big") + start.to_bytes(8, "big")
    preid = sha256(b"CN-PREID" + payload + nonce_preid)
    timekey = sha256(b"CN-TIMEKEY" + interval + nonce_timekey)
    return sha256(b"CN-ID" + preid + interval + timekey)


# --- a visit ------------------------------------------------------------------------------------


def parts_of_visit(arrival: int, departure: int) -> list[tuple[int, int, int]]:
    """Return the hours of a visit, each with the moments within it."""
    hours = range(arrival // HOUR, departure // HOUR + 1)
    return [(h * HOUR, max(arrival, h * HOUR), min(departure, (h + 1) * HOUR)) for h in hours]


def visit_message(arrival: int, departure: int, notification_key: bytes) -> bytes:
    """Return what a record says."""
    return b"\1" + arrival.to_bytes(4, "big") + departure.to_bytes(4, "big") + notification_key


def ciphertext(public: bytes, to: bytes, message: bytes, pad: bytes, nonce: bytes) -> bytes:
    """Return a message encrypted to an identity."""
    exponent = curve.scalar_of_hash(pad + to + message)
    hashed = curve.multiply(curve.hash_to_g1(to), exponent)
    mask = sha256(curve.encode_gt(curve.pairing(hashed, curve.decode_g2(public))))
    first = curve.encode_g2(_times_generator(exponent))
    return first + _xor(pad, mask) + nonce + oracle_seal.secretbox(sha256(pad), nonce, message)


def _times_generator(exponent: int) -> curve.Point:
    return curve.multiply(curve.GENERATOR_G2, exponent)


@cache
def _mask(key: bytes, first: bytes) -> bytes:
    """Return the hash of a pairing, or raise NoPoint."""
    return sha256(curve.encode_gt(curve.pairing(curve.decode_g1(key), curve.decode_g2(first))))


@cache
def decrypted(key: bytes, to: bytes, sealed: bytes) -> bytes:
    """Return what is encrypted to an identity, or raise NoPoint or NoBox."""
    first, masked, nonce, box = _parts(sealed, RECORD_PARTS)
    pad = _xor(masked, _mask(key, first))
    message = oracle_seal.secretbox_open(sha256(pad), nonce, box)
    exponent = curve.scalar_of_hash(pad + to + message)
    if curve.encode_g2(_times_generator(exponent)) != first:
        raise NoBox
    return message


# --- a trace ------------------------------------------------------------------------------------


def message(text: str, start: int, end: int) -> bytes:
    """Return the authority's message, filled up to 352 bytes."""
    fields: list[tuple[int, int | bytes]] = [(1, 1), (2, text.encode()), (3, start), (4, end)]
    if not start:
        del fields[2]
    for empty in ([], [(5, b"")]):
        for zeros in range(352):
            written = protobuf([*fields, *empty, (5, bytes(zeros))])
            if len(written) == 352:
                return written
    raise ValueError("too long")


def key_of(secret: bytes, to: bytes) -> bytes:
    """Return the key of an identity under a secret."""
    return curve.encode_g1(curve.multiply(curve.hash_to_g1(to), int.from_bytes(secret, "little")))


def trace(to: bytes, key: bytes, day: int, nonce: bytes, sealed: bytes) -> bytes:
    """Return a trace."""
    return b"".join((to, key, day.to_bytes(4, "big"), nonce, sealed))


def table(traces: Iterable[bytes]) -> bytes:
    """Return the content of a batch."""
    return msgpack_encode({"traces": b"".join(sorted(set(traces))), "version": 1})


def padded(traces: Iterable[bytes], minimum: int, release: int, draw: Draw) -> list[bytes]:
    """Return the traces of a batch with those that are made up."""
    every = list(traces)
    today, second = divmod(release - 1, DAY)
    while len(every) < minimum:
        day, count = max(0, today - below(11, draw)), 1 + below(6, draw)
        for _ in range(min(count, max(1, second // HOUR)) if day == today else count):
            to = draw(32)
            key = key_of(_scalar(draw), to)
            nonce = draw(24)
            every.append(trace(to, key, day, nonce, draw(368)))
    return sorted(every)


def _scalar(draw: Draw) -> bytes:
    while True:
        number = int.from_bytes(draw(32), "little") % 2**255
        if 0 < number < curve.ORDER:
            return number.to_bytes(32, "little")


# --- do they overlap? ---------------------------------------------------------------------------


def matches(
    records: Iterable[tuple[int, bytes]],
    traces: Iterable[bytes],
    said: Mapping[bytes, tuple[str, int, int]],
) -> list[Match]:
    """Return each overlap once; `said` are the messages that an authority may send."""
    found = set()
    for each in traces:
        to, key, day, nonce, sealed = _parts(each, TRACE_PARTS)
        for filed, record in records:
            if filed != int.from_bytes(day, "big"):
                continue
            try:
                visit = decrypted(key, to, record)
                opened = oracle_seal.secretbox_open(visit[9:], nonce, sealed)
            except (NoPoint, NoBox):
                continue
            arrival, departure = (int.from_bytes(visit[at : at + 4], "big") for at in (1, 5))
            hour = arrival // HOUR * HOUR
            sound = visit[0] == 1 and arrival <= departure <= hour + HOUR and hour // DAY == filed
            if not sound or opened not in said:
                continue
            text, start, end = said[opened]
            if max(arrival, start) < min(departure, end):
                found.add((max(arrival, start), min(departure, end), text))
    return sorted(found)


def union(matches: Iterable[Match]) -> list[Match]:
    """Return the stretches that the matches of each message fill, by counting who is within."""
    filled = []
    every = sorted(matches)
    for text in {match[2] for match in every}:
        ends = [(start, -1) for start, _, of in every if of == text]
        ends += [(end, 1) for _, end, of in every if of == text]
        within, begun = 0, 0
        for moment, step in sorted(ends):
            if not within:
                begun = moment
            within -= step
            if not within:
                filled.append((begun, moment, text))
    return sorted(filled)
