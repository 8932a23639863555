"""The second witness for filters: reads, checks and asks an encoded filter, from the chapter.

It shares no code with the library: `oracle_crypto` has HMAC, and `oracle` writes MessagePack, which
only filters have to be read from.
"""

from collections.abc import Callable

from oracle import msgpack_encode
from oracle_crypto import hmac_sha256

Filter = dict[str, int | bytes]

_NAMES = ["buckets_log2", "count", "fingerprint_bytes", "salt", "segments", "table", "version"]


class OracleError(Exception):
    """The bytes are no filter."""


# --- as much of MessagePack as a filter needs ---------------------------------------------------


def _sized(data: bytes, at: int, codes: tuple[int, ...]) -> tuple[int, int]:
    """Read the integer after a head; `codes` are the heads for 1, 2, 4 and 8 bytes."""
    power = codes.index(data[at])
    number = int.from_bytes(data[at + 1 : at + 1 + 2**power], "big")
    least = {0xCC: 0x80}.get(data[at], 0) if power == 0 else 256 ** (2**power // 2)
    if number < least or at + 1 + 2**power > len(data):
        raise OracleError("not the shortest form")
    return number, at + 1 + 2**power


def _value(data: bytes, at: int) -> tuple[int | bytes, int]:
    if at < len(data) and data[at] < 0x80:
        return data[at], at + 1
    if data[at : at + 1] and data[at] in (0xCC, 0xCD, 0xCE, 0xCF):
        return _sized(data, at, (0xCC, 0xCD, 0xCE, 0xCF))
    if data[at : at + 1] and data[at] in (0xC4, 0xC5, 0xC6):
        length, at = _sized(data, at, (0xC4, 0xC5, 0xC6))
        if at + length > len(data):
            raise OracleError("cut")
        return data[at : at + length], at + length
    raise OracleError("neither an integer nor bytes")


def _map(data: bytes) -> Filter:
    if data[:1] != bytes([0x80 + len(_NAMES)]):
        raise OracleError("not a map of seven")
    at, fields = 1, Filter()
    for name in _NAMES:
        head = bytes([0xA0 + len(name)]) + name.encode()
        if data[at : at + len(head)] != head:
            raise OracleError(f"not {name}")
        fields[name], at = _value(data, at + len(head))
    if at != len(data):
        raise OracleError("more bytes")
    return fields


def write(fields: Filter) -> bytes:
    """Return the encoding of a filter's seven fields."""
    return msgpack_encode({name: fields[name] for name in _NAMES})


# --- the filter ---------------------------------------------------------------------------------


def number(fields: Filter, name: str) -> int:
    """Return an integer field."""
    value = fields[name]
    if not isinstance(value, int):
        raise OracleError(f"{name} is no integer")
    return value


def octets(fields: Filter, name: str) -> bytes:
    """Return a field of bytes."""
    value = fields[name]
    if not isinstance(value, bytes):
        raise OracleError(f"{name} is not bytes")
    return value


def read(data: bytes) -> Filter:
    """Return the fields of an encoded filter.

    Raises:
        OracleError: the chapter calls it malformed.
    """
    fields = _map(data)
    width, log2, segments = (
        number(fields, name) for name in ("fingerprint_bytes", "buckets_log2", "segments")
    )
    count, table = number(fields, "count"), octets(fields, "table")
    slots = 4 * segments * 2**log2
    rules: list[tuple[str, Callable[[], bool]]] = [
        ("version", lambda: number(fields, "version") == 1),
        ("salt", lambda: len(octets(fields, "salt")) == 16),
        ("range", lambda: 1 <= width <= 8 and log2 <= 16 and segments <= 65_536),
        ("size", lambda: slots * width <= 67_100_672),
        ("length", lambda: len(table) == slots * width),
        ("load", lambda: 19 * slots >= 20 * count),
        ("empty", lambda: count > 0 or (segments, log2) == (0, 0)),
        ("count", lambda: sum(1 for slot in _slots(fields) if any(slot)) == count),
        ("order", lambda: _ordered(fields)),
    ]
    for name, holds in rules:
        if not holds():
            raise OracleError(name)
    return fields


def _slots(fields: Filter) -> list[bytes]:
    table, width = octets(fields, "table"), number(fields, "fingerprint_bytes")
    return [table[at : at + width] for at in range(0, len(table), width)]


def _ordered(fields: Filter) -> bool:
    slots = _slots(fields)
    return all(slots[n] <= slots[n + 1] for n in range(len(slots) - 1) if n % 4 < 3)


def key(fields: Filter, batch_id: bytes) -> bytes:
    """Return the key of a filter."""
    return hmac_sha256(octets(fields, "salt"), b"dp3t cuckoo 1" + batch_id)


def fall(fields: Filter, batch_id: bytes, item: bytes) -> tuple[bytes, int, int]:
    """Return fingerprint, first and other bucket of an item."""
    digest = hmac_sha256(key(fields, batch_id), item)
    fingerprint = digest[: number(fields, "fingerprint_bytes")]
    if not any(fingerprint):
        fingerprint = fingerprint[:-1] + b"\1"
    size, segments = 2 ** number(fields, "buckets_log2"), number(fields, "segments")
    segment = int.from_bytes(digest[8:12], "big") * segments // 2**32
    bucket = int.from_bytes(digest[12:16], "big") % size
    upper, lower = divmod(int.from_bytes(fingerprint, "big"), size)
    other = (upper - segment) % segments * size + (bucket ^ lower)
    return fingerprint, segment * size + bucket, other


def holds(fields: Filter, batch_id: bytes, item: bytes) -> bool:
    """Say whether a filter holds an item."""
    if number(fields, "segments") == 0:
        return False
    fingerprint, *buckets = fall(fields, batch_id, item)
    slots = _slots(fields)
    return any(fingerprint in slots[4 * bucket : 4 * bucket + 4] for bucket in buckets)


def layout(count: int, width: int) -> tuple[int, int]:
    """Return log2 of the buckets of a segment, and the segments, that a publisher should take."""
    buckets = 0
    while 19 * 4 * buckets < 20 * count:  # from a start that is surely too small
        buckets += max(1, (20 * count - 19 * 4 * buckets) // 100)
    log2 = 0
    while buckets > 127 * 2**log2 and log2 < min(16, 4 * width):
        log2 += 1
    return log2, (buckets + 2**log2 - 1) // 2**log2


def budgeted(lookups: int, false_positives: int) -> int:
    """Return the least length of a fingerprint for a budget, with whole numbers only."""
    for width in range(1, 9):
        values = 256**width
        if lookups * 76 * (values + 2) <= false_positives * 10 * values**2:
            return width
    raise OracleError("no length is enough")
