"""The one place where values become bytes: canonical msgpack, padding, hex and base32.

Canonical means that a value has exactly one encoding: decoding re-encodes what it read and refuses
bytes that differ [CODEC-2]. The values are integers from -2**63 to 2**64 - 1, booleans, byte
strings, text, lists and maps with text keys in ascending order of their UTF-8 bytes; nothing else.
"""

import re
from base64 import b32decode, b32encode
from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

import msgpack

from dp3t.errors import LimitError, MalformedError, UnsupportedVersionError

Value = int | bool | bytes | str | Sequence["Value"] | Mapping[str, "Value"]
"""What can be encoded. Decoding gives `list` and `dict` for the two containers."""

MAX_DEPTH = 8

_T = TypeVar("_T")
_PAD_MARK = b"\x80"
_BASE32 = re.compile("[A-Z2-7]*", re.ASCII)
_SCALAR_BYTES = {0xC2: 0, 0xC3: 0} | {base + n: 2**n for base in (0xCC, 0xD0) for n in range(4)}
_LENGTH_BYTES = {base + n: 2**n for base in (0xC4, 0xD9) for n in range(3)} | {
    0xDC: 2,
    0xDD: 4,
    0xDE: 2,
    0xDF: 4,
}
_OCTETS = (b"\xc4", b"\xc5", b"\xc6")
"""The heads of byte strings, with a length of 1, 2 and 4 bytes."""
_TYPE_NAMES: dict[type, str] = {
    int: "an integer",
    bool: "a boolean",
    bytes: "bytes",
    str: "text",
    list: "a list",
}


def encode(value: Value) -> bytes:
    """Return the canonical encoding of a value [CODEC-1].

    Raises:
        TypeError: a value that has no canonical form (a float, None, a map key that is not text).
        ValueError: an integer beyond 64 bits, or text that is not Unicode.
    """
    return cast(bytes, msgpack.packb(_canonical(value, MAX_DEPTH), use_bin_type=True))


def decode(data: bytes, *, limit_bytes: int, limit_items: int | None = None) -> Value:
    """Return the value whose canonical encoding is `data` [CODEC-2] [CODEC-3].

    Args:
        data: the encoding.
        limit_bytes: how long it may be.
        limit_items: how many values it may hold, containers, map keys and their values each counted
            once. An empty list costs one byte on the wire and 64 in memory, so a limit on bytes
            alone does not bound memory where megabytes are allowed.

    Raises:
        LimitError: longer, or of more items; refused before anything is built.
        MalformedError: anything but one canonically encoded value.
    """
    if len(data) > limit_bytes:
        raise LimitError(f"{len(data)} bytes where at most {limit_bytes} are allowed")
    if limit_items is not None:
        _require_few_items(data, limit_items)
    try:
        value = msgpack.unpackb(data, raw=False, strict_map_key=True, use_list=True)
        again = encode(value)
    except (msgpack.exceptions.UnpackException, ValueError, TypeError, RecursionError) as error:
        raise MalformedError("not a canonical msgpack value") from error
    if again != data:
        raise MalformedError("the value is not in canonical form")
    return cast(Value, value)


def _require_few_items(data: bytes, limit: int) -> None:
    """Walk from head to head and count; what is not well-formed is left to the parser."""
    at, seen, items = 0, 0, 1
    while seen < items:
        if items > limit:
            raise LimitError(f"more than {limit} items")
        if at >= len(data):
            return
        size, children = _extent(data, at)
        at += size
        items += children
        seen += 1


def _extent(data: bytes, at: int) -> tuple[int, int]:
    """Return how many bytes the head and scalar at `at` take, and how many items follow in it."""
    head = data[at]
    if head < 0x80 or head >= 0xE0:
        return 1, 0
    if head < 0xA0:
        return 1, (head & 0x0F) * (2 if head < 0x90 else 1)
    if head < 0xC0:
        return 1 + (head & 0x1F), 0
    if head in _SCALAR_BYTES:
        return 1 + _SCALAR_BYTES[head], 0
    if head not in _LENGTH_BYTES:
        raise MalformedError("not a canonical msgpack value")
    width = _LENGTH_BYTES[head]
    length = int.from_bytes(data[at + 1 : at + 1 + width], "big")
    if head < 0xDC:
        return 1 + width + length, 0
    return 1 + width, length * (2 if head >= 0xDE else 1)


def locate_octets(head: bytes, name: str, *, limit_items: int) -> tuple[int, int, int] | None:
    """Return where a field of bytes stands in an encoded map of which the beginning is given.

    So a long field can stay where it is: with an empty byte string in its place, what remains is
    the canonical encoding of a map exactly if the whole was.

    Args:
        head: the beginning of the encoding.
        name: of the field, one of the map's own.
        limit_items: how many values may come before it, counted as in `decode`.

    Returns:
        Where the field's value begins, where its bytes begin and where they end, which may be far
        beyond `head`; None where `head` ends before that is known or holds no such field.

    Raises:
        LimitError: more values before it.
        MalformedError: not well-formed before it, or its length is not in the shortest form.
    """
    if not head:
        return None
    at, items = _extent(head, 0)
    if items >= limit_items:
        raise LimitError(f"more than {limit_items} items")
    if not (0x80 <= head[0] < 0x90 or head[0] in (0xDE, 0xDF)):
        return None
    wanted, left = encode(name), limit_items - 1
    for _ in range(items // 2):
        if head.startswith(wanted, at):
            return _extent_of_octets(head, at + len(wanted))
        at, left = _behind(head, at, 2, left)
        if at >= len(head):
            return None
    return None


def _behind(data: bytes, at: int, items: int, left: int) -> tuple[int, int]:
    """Return the place behind some items, and how many more may come of those that were left."""
    while items and at < len(data):
        if not left:
            raise LimitError("more items than allowed")
        size, children = _extent(data, at)
        at, items, left = at + size, items + children - 1, left - 1
    return at, left


def _extent_of_octets(data: bytes, at: int) -> tuple[int, int, int] | None:
    width = _LENGTH_BYTES[data[at]] if data[at : at + 1] in _OCTETS else 0
    start = at + 1 + width
    if not width or start > len(data):
        return None
    length = int.from_bytes(data[at + 1 : start], "big")
    if width > 1 and length < 2 ** (4 * width):
        raise MalformedError("the value is not in canonical form")
    return at, start, start + length


def _canonical(value: Value, depth: int) -> object:
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise ValueError("an integer beyond 64 bits has no canonical form")
    if isinstance(value, int | bytes | str):
        return value
    if depth == 0:
        raise TypeError("the value is nested too deeply")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("map keys are text")
        ordered = sorted(value.items(), key=lambda item: item[0].encode())
        return {key: _canonical(item, depth - 1) for key, item in ordered}
    if isinstance(value, list | tuple):  # other sequences, bytearray among them, are ambiguous
        return [_canonical(item, depth - 1) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


class Fields:
    """A decoded map whose fields are taken one by one, each with its type and range.

    `done` refuses what nobody asked for, so that two readers never see different messages.
    """

    def __init__(self, value: Value, *, what: str) -> None:
        if not isinstance(value, dict):
            raise MalformedError(f"{what} is not a map")
        self._rest: dict[str, Value] = dict(value)
        self._what = what

    def version(self, *supported: int) -> int:
        """Take the field "version"; raise UnsupportedVersionError unless it is supported."""
        found = self.integer("version", 0, 2**32 - 1)
        if found not in supported:
            raise UnsupportedVersionError(f"{self._what} has version {found}")
        return found

    def integer(self, name: str, lowest: int, highest: int) -> int:
        """Take an integer in [lowest, highest]."""
        value = self._take(name, int)
        if not lowest <= value <= highest:
            raise MalformedError(f"{self._what}: {name} is out of range")
        return value

    def boolean(self, name: str) -> bool:
        """Take a boolean."""
        return self._take(name, bool)

    def octets(self, name: str, *, length: int | None = None) -> bytes:
        """Take bytes, of exactly `length` where it is given."""
        value = self._take(name, bytes)
        if length is not None and len(value) != length:
            raise MalformedError(f"{self._what}: {name} has {len(value)} bytes, not {length}")
        return value

    def text(self, name: str, *, longest: int) -> str:
        """Take text of at most `longest` characters."""
        value = self._take(name, str)
        if len(value) > longest:
            raise MalformedError(f"{self._what}: {name} is too long")
        return value

    def items(self, name: str, *, most: int) -> list[Value]:
        """Take a list of at most `most` items."""
        value = self._take(name, list)
        if len(value) > most:
            raise LimitError(f"{self._what}: {name} has {len(value)} items, not at most {most}")
        return value

    def nested(self, name: str) -> "Fields":
        """Take a map."""
        return Fields(self.value(name), what=f"{self._what}: {name}")

    def done(self) -> None:
        """Raise MalformedError if a field was not taken."""
        if self._rest:
            raise MalformedError(f"{self._what} has an unknown field")

    def value(self, name: str) -> Value:
        """Take a field of any type."""
        if name not in self._rest:
            raise MalformedError(f"{self._what} lacks {name}")
        value: Value = self._rest.pop(name)
        return value

    def _take(self, name: str, kind: type[_T]) -> _T:
        value = self.value(name)
        if type(value) is not kind:
            raise MalformedError(f"{self._what}: {name} is not {_TYPE_NAMES[kind]}")
        return value


def integers(value: Value, *, lowest: int, highest: int, what: str) -> list[int]:
    """Return a decoded list of integers, each in [lowest, highest].

    Raises:
        MalformedError: anything else.
    """
    if not isinstance(value, list):
        raise MalformedError(f"{what} is not a list")
    for item in value:
        if type(item) is not int or not lowest <= item <= highest:
            raise MalformedError(f"{what} holds something other than integers in range")
    return cast(list[int], value)


def pad(data: bytes, *, to_bytes: int) -> bytes:
    """Return `data`, 0x80 and zeros, `to_bytes` in all (ISO/IEC 7816-4) [CODEC-4].

    Raises:
        ValueError: the data leave no room for the mark.
    """
    if len(data) >= to_bytes:
        raise ValueError(f"{len(data)} bytes do not fit into a padded {to_bytes}")
    return (data + _PAD_MARK).ljust(to_bytes, b"\0")


def unpad(padded: bytes, *, of_bytes: int) -> bytes:
    """Return what `pad` was given [CODEC-4].

    Raises:
        MalformedError: the length is not `of_bytes`, or the padding is not 0x80 and zeros.
    """
    if len(padded) != of_bytes:
        raise MalformedError(f"{len(padded)} bytes where exactly {of_bytes} belong")
    stripped = padded.rstrip(b"\0")
    if not stripped.endswith(_PAD_MARK):
        raise MalformedError("the padding is damaged")
    return stripped[:-1]


def from_hex(text: str, *, length: int | None = None, what: str = "the value") -> bytes:
    """Return the bytes that hexadecimal text spells.

    Raises:
        MalformedError: not hexadecimal, or not `length` bytes where it is given.
    """
    try:
        if not text.isascii() or any(c.isspace() for c in text):
            raise ValueError
        data = bytes.fromhex(text)
    except ValueError:
        raise MalformedError(f"{what} is not hexadecimal") from None
    if length is not None and len(data) != length:
        raise MalformedError(f"{what} has {len(data)} bytes, not {length}")
    return data


def to_base32(data: bytes) -> str:
    """Return base32 (RFC 4648) without padding: what a QR code packs tightly."""
    return b32encode(data).decode().rstrip("=")


def from_base32(text: str, *, length: int, what: str) -> bytes:
    """Return the bytes that `to_base32` was given.

    Raises:
        MalformedError: not base32 of `length` bytes in its one form; `what` names the thing.
    """
    characters = -(-length * 8 // 5)
    if len(text) != characters or _BASE32.fullmatch(text) is None:
        raise MalformedError(f"{what} has {characters} letters and digits of base32")
    data = b32decode(text + "=" * (-characters % 8))
    if to_base32(data) != text:
        raise MalformedError(f"{what} is not base32 in its one form")
    return data
