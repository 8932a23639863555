"""Bytes that are read a part at a time, so that a long file need not stand in memory."""

from dataclasses import dataclass, field
from typing import Protocol

from dp3t.codec import Value, decode, locate_octets
from dp3t.errors import MalformedError, VerificationError
from dp3t.primitives import sha256

BLOCK_BYTES = 2**20
"""How much is read at once where all is read."""

_HEAD_BYTES = (2**12, 2**24)
"""How much of a map is looked at for a long field: first the usual, then as much as can be."""
_TAIL_BYTES = 2**12
"""More than a map here has behind its long field."""
_EMPTY = b"\xc4\0"
"""The encoding of no bytes."""


class Source(Protocol):
    """Bytes that can be read at any place, again and again: a file, or a part of one."""

    @property
    def size_bytes(self) -> int:
        """How many there are."""

    def read(self, start: int, length: int) -> bytes:
        """Return `length` bytes from a place on, fewer where the source ends."""


class Buffer:
    """A source in memory, which its owner does not change while it is read."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._data = memoryview(data).cast("B")

    @property
    def size_bytes(self) -> int:
        """How many bytes there are."""
        return len(self._data)

    def read(self, start: int, length: int) -> bytes:
        """Return bytes from a place on."""
        return bytes(self._data[start : start + length])


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a source.

    Attributes:
        source: what it is a part of.
        start: where it begins there.
        size_bytes: how long it is; the source has as many.
    """

    source: Source = field(repr=False)
    start: int
    size_bytes: int

    def read(self, start: int, length: int) -> bytes:
        """Return bytes from a place on."""
        length = min(length, self.size_bytes - start)
        return self.source.read(self.start + start, length) if length > 0 else b""


class Steady:
    """A source that gives what it gave before, or nothing.

    A file can change between its verification and its use. Each block is remembered by its hash.
    """

    def __init__(self, source: Source) -> None:
        self.size_bytes = source.size_bytes
        self._source = source
        self._hashes: dict[int, bytes] = {}
        self._last = -1, b""

    def read(self, start: int, length: int) -> bytes:
        """Return bytes from a place on.

        Raises:
            VerificationError: they are not those of the first time.
        """
        end = min(start + length, self.size_bytes)
        places = range(start - start % BLOCK_BYTES, end, BLOCK_BYTES)
        return b"".join(
            self._block(at // BLOCK_BYTES)[max(0, start - at) : end - at] for at in places
        )

    def _block(self, number: int) -> bytes:
        if self._last[0] == number:
            return self._last[1]
        block = self._source.read(number * BLOCK_BYTES, BLOCK_BYTES)
        missing = min(BLOCK_BYTES, self.size_bytes - number * BLOCK_BYTES) - len(block)
        digest = sha256(block)
        if missing or self._hashes.setdefault(number, digest) != digest:
            raise VerificationError("the file changed while it was read")
        self._last = number, block
        return block


def cut_out(source: Source, name: str, *, limit_items: int) -> tuple[Value, Section]:
    """Return a map without the bytes of a long field, and those bytes as a source.

    The map has an empty byte string there. Whether the field is bytes at all, the caller asks it.

    Args:
        source: the canonical encoding of the map.
        name: of the field.
        limit_items: how many items the map may hold.

    Raises:
        LimitError: more items.
        MalformedError: anything but one canonically encoded value.
    """
    for length in _HEAD_BYTES:
        head = source.read(0, length)
        place = locate_octets(head, name, limit_items=limit_items)
        if place is not None:
            break
    else:
        if source.size_bytes > len(head):
            raise MalformedError(f"there is no field {name} where it belongs")
        value = decode(head, limit_bytes=len(head), limit_items=limit_items)
        return value, Section(source, 0, 0)
    at, start, end = place
    behind = source.size_bytes - end
    if not 0 <= behind <= _TAIL_BYTES:
        raise MalformedError(f"the field {name} is cut, or too much follows it")
    rest = head[:at] + _EMPTY + source.read(end, behind)
    value = decode(rest, limit_bytes=len(rest), limit_items=limit_items)
    return value, Section(source, start, end - start)
