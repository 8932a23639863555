"""Values saved by R: vectors, matrices and lists of them, from the bytes of an `.RData` file.

The format is R's own serialization, versions 2 and 3, in its big-endian form ("R Internals",
section 1.8). Here is what data sets are made of: numbers, truth values, text, lists, attributes.
Functions, environments and code are refused: a data set has no use for them.
"""

import zlib
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dp3t import LimitError, MalformedError, UnsupportedVersionError

MAX_BYTES = 2**28
"""How large a file may be when it is decompressed."""
MAX_DEPTH = 32


class _Type(IntEnum):
    """What a value is: the low eight bits of its flags."""

    SYMBOL = 1
    PAIRS = 2
    TEXT = 9
    LOGICAL = 10
    INTEGER = 13
    REAL = 14
    STRINGS = 16
    LIST = 19
    COMPACT = 238
    NULL = 254
    REFERENCE = 255


_HAS_ATTRIBUTES, _HAS_TAG = 0x200, 0x400
_WIDTHS: Final[dict[int, str]] = {_Type.LOGICAL: ">i4", _Type.INTEGER: ">i4", _Type.REAL: ">f8"}
_WRAPPERS = {"wrap_integer", "wrap_real", "wrap_logical", "wrap_string", "wrap_list"}


@dataclass(frozen=True, slots=True, eq=False)
class RVector:
    """A vector of R: numbers, or a tuple of texts, or of further values.

    Attributes:
        values: the elements; truth values are 0, 1 or the least number of 32 bits, for NA.
        attributes: `dim`, `names` and others, by name.
    """

    values: NDArray[np.int64] | NDArray[np.float64] | tuple["RValue", ...]
    attributes: dict[str, "RValue"] = field(default_factory=dict)


RValue = RVector | str | None
"""What stands in a file; None is R's NULL, and also its NA among texts."""


def read_r_data(data: bytes) -> dict[str, RValue]:
    """Return the values of an `.RData` file by name [SIMULATOR-7].

    Args:
        data: the whole file, compressed by gzip or not at all.

    Raises:
        LimitError: it is larger than 256 MiB when decompressed, or nested deeper than 32.
        UnsupportedVersionError: it is compressed otherwise, or of another version.
        MalformedError: anything else that is not such a file.
    """
    plain = _decompressed(data)
    if not plain.startswith((b"RDX2\n", b"RDX3\n")):
        raise MalformedError("not an .RData file, which begins with RDX2 or RDX3")
    source = _Source(plain)
    opening = source.take(5)
    if source.take(2) != b"X\n":
        raise UnsupportedVersionError("only the binary form of .RData is read")
    if (version := source.number()) != opening[3] - ord("0"):
        raise MalformedError("the .RData file names two versions")
    source.take(8)  # of R, which wrote it, and which can read it
    if version == 3:
        source.take(source.length())  # the encoding of text that does not name its own
    values = _Reader(source).pairs(source.number(), 0)
    source.expect_end()
    return values


def _decompressed(data: bytes) -> bytes:
    if data[:3] == b"BZh" or data[:6] == b"\xfd7zXZ\0":
        raise UnsupportedVersionError("an .RData file is compressed by gzip, or not at all")
    if data[:2] != b"\x1f\x8b":
        return data
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise MalformedError(f"not a gzip file: {error}") from None
    if len(found) > MAX_BYTES:
        raise LimitError(f"an .RData file has at most {MAX_BYTES} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise MalformedError("the gzip file is cut off, or something follows it")
    return found


class _Source:
    """Bytes from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, length: int) -> bytes:
        if length > len(self._data) - self._place:
            raise MalformedError(f"the .RData file ends too early, after byte {self._place}")
        self._place += length
        return self._data[self._place - length : self._place]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big", signed=True)

    def length(self) -> int:
        length = self.number()
        if length < 0:
            raise MalformedError(f"a negative length before byte {self._place}")
        return length

    def expect_end(self) -> None:
        if self._place != len(self._data):
            raise MalformedError(f"the .RData file goes on after byte {self._place}")


class _Reader:
    """Values from a source, with the symbols that later ones refer to."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._symbols: list[str] = []

    def value(self, depth: int) -> RValue:
        if depth > MAX_DEPTH:
            raise LimitError(f"values of an .RData file are nested at most {MAX_DEPTH} deep")
        flags = self._source.number()
        match flags & 0xFF:
            case _Type.NULL:
                return None
            case _Type.SYMBOL | _Type.REFERENCE:
                return self._symbol(flags)
            case _Type.TEXT:
                return self._text()
            case _Type.COMPACT:
                return self._compact(depth)
            case _Type.PAIRS:
                return RVector((), self.pairs(flags, depth))
            case kind:
                return self._vector(kind, flags, depth)

    def pairs(self, flags: int, depth: int) -> dict[str, RValue]:
        """Return a pair list, whose first flags are read already, by its tags."""
        found: dict[str, RValue] = {}
        while flags & 0xFF == _Type.PAIRS:
            if flags & _HAS_ATTRIBUTES:
                raise MalformedError("a pair list has attributes")
            tag = self.value(depth + 1) if flags & _HAS_TAG else str(len(found))
            if not isinstance(tag, str) or tag in found:
                raise MalformedError("a pair list has a tag that is no name, or one twice")
            found[tag] = self.value(depth + 1)
            flags = self._source.number()
        if flags & 0xFF != _Type.NULL:
            raise MalformedError("a pair list does not end")
        return found

    def _vector(self, kind: int, flags: int, depth: int) -> RVector:
        values = self._elements(kind, depth)
        attributes = {}
        if flags & _HAS_ATTRIBUTES:
            attributes = self.pairs(self._source.number(), depth)
        return RVector(values, attributes)

    def _elements(
        self, kind: int, depth: int
    ) -> NDArray[np.int64] | NDArray[np.float64] | tuple[RValue, ...]:
        if kind not in (*_WIDTHS, _Type.STRINGS, _Type.LIST):
            raise MalformedError(f"a value of type {kind}, which no data set has")
        length = self._source.length()
        if kind == _Type.LIST:
            return tuple(self.value(depth + 1) for _ in range(length))
        if kind == _Type.STRINGS:
            return tuple(self._string() for _ in range(length))
        dtype = np.dtype(_WIDTHS[kind])
        raw = np.frombuffer(self._source.take(length * dtype.itemsize), dtype)
        return raw.astype(np.float64) if kind == _Type.REAL else raw.astype(np.int64)

    def _symbol(self, flags: int) -> str:
        if flags & 0xFF == _Type.REFERENCE:
            place = flags >> 8
            if not 1 <= place <= len(self._symbols):
                raise MalformedError(f"a reference to symbol {place}, which is not there")
            return self._symbols[place - 1]
        name = self._string()
        if name is None:
            raise MalformedError("a symbol without a name")
        self._symbols.append(name)
        return name

    def _string(self) -> str | None:
        if self._source.number() & 0xFF != _Type.TEXT:
            raise MalformedError("text that holds something else")
        return self._text()

    def _text(self) -> str | None:
        length = self._source.number()
        if length == -1:
            return None
        if length < 0:
            raise MalformedError("a text of negative length")
        try:
            return self._source.take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedError("a text that is not UTF-8") from None

    def _compact(self, depth: int) -> RValue:
        """Return a vector that R keeps in another form: only its plain wrapper is known here."""
        info = self.value(depth + 1)
        name = info.attributes.get("0") if isinstance(info, RVector) else None
        if name not in _WRAPPERS:
            raise MalformedError(f"a vector kept as {name}, which is not read here")
        wrapped = self._front_of_pair(depth)
        attributes = self.value(depth + 1)
        if not isinstance(wrapped, RVector):
            raise MalformedError("a wrapper of nothing")
        own = attributes.attributes if isinstance(attributes, RVector) else {}
        return RVector(wrapped.values, {**wrapped.attributes, **own})

    def _front_of_pair(self, depth: int) -> RValue:
        """Return what is wrapped, and pass over what R remembers of it: sorted, without NA."""
        if self._source.number() != _Type.PAIRS:
            raise MalformedError("a wrapper is a pair")
        front = self.value(depth + 1)
        self.value(depth + 1)
        return front
