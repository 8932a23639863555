"""Writes `.RData` files as R does, of what data sets are made of."""

import gzip
import struct
from collections.abc import Sequence


def number(value: int) -> bytes:
    return struct.pack(">i", value)


def text(value: str | None) -> bytes:
    if value is None:
        return number(9) + number(-1)
    return number(0x40009) + number(len(value.encode())) + value.encode()


def symbol(name: str) -> bytes:
    return number(1) + text(name)


NULL = number(254)


def pairs(**values: bytes) -> bytes:
    return b"".join(number(0x402) + symbol(k) + v for k, v in values.items()) + NULL


def integers(values: Sequence[int], attributes: bytes = b"") -> bytes:
    flags = 13 | (0x200 if attributes else 0)
    return number(flags) + number(len(values)) + b"".join(map(number, values)) + attributes


def reals(values: Sequence[float], attributes: bytes = b"") -> bytes:
    flags = 14 | (0x200 if attributes else 0)
    body = struct.pack(f">{len(values)}d", *values)
    return number(flags) + number(len(values)) + body + attributes


def strings(values: Sequence[str | None]) -> bytes:
    return number(16) + number(len(values)) + b"".join(map(text, values))


def a_list(values: Sequence[bytes], attributes: bytes = b"") -> bytes:
    flags = 19 | (0x200 if attributes else 0)
    return number(flags) + number(len(values)) + b"".join(values) + attributes


def wrapped(vector: bytes, kind: str = "wrap_integer") -> bytes:
    info = number(2) + symbol(kind) + number(2) + symbol("base") + number(2) + integers([13]) + NULL
    state = number(2) + vector + integers([0, 0])
    return number(238) + info + state + NULL


def matrix(rows: Sequence[Sequence[float]]) -> bytes:
    columns = [row[n] for n in range(len(rows[0])) for row in rows]
    return reals(columns, pairs(dim=integers([len(rows), len(rows[0])])))


def r_data(*, compressed: bool = True, version: int = 3, **values: bytes) -> bytes:
    """Return the file of some values."""
    head = b"RDX%d\nX\n" % version + number(version) + bytes(8)
    if version == 3:
        head += number(5) + b"UTF-8"
    plain = head + pairs(**values)
    return gzip.compress(plain, mtime=0) if compressed else plain
