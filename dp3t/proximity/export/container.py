"""The zip around a key file: two members, every byte accounted for.

A container is read by finding the two members through the central headers, building the container
anew from what they say, and comparing. Whatever the fields cannot explain is a fault.
"""

import struct
import zlib
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from dp3t.errors import LimitError, MalformedError

MAX_FILE_BYTES = 42 * 2**20
MAX_MEMBER_BYTES = {"export.bin": 40 * 2**20, "export.sig": 2**16}
MAX_COMPRESSION = 16
"""How many times larger than its compressed data a member's content may be."""

MAX_INFLATED_BYTES = 20 * 2**20
"""Longest content of a deflated member."""

_LOCAL = struct.Struct("<4s5H3I2H")
_DESCRIPTOR = struct.Struct("<4s3I")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MARK, _DESCRIPTOR_MARK = b"PK\x03\x04", b"PK\x07\x08"
_CENTRAL_MARK, _END_MARK = b"PK\x01\x02", b"PK\x05\x06"

_STORED, _DEFLATED = 0, 8
_VERSIONS = (10, 20)
_HAS_DESCRIPTOR = 1 << 3
_ALLOWED_FLAGS = 1 << 1 | 1 << 2 | _HAS_DESCRIPTOR | 1 << 11
_TIMESTAMP = b"UT\x05\x00\x01"
_TIMESTAMP_BYTES = 9
_FIRST_DATE = 1 << 5 | 1
"""1980-01-01."""


class Member(NamedTuple):
    """What is in a member.

    Attributes:
        content: decompressed.
        packed: the compressed data; None where it is stored.
        start: where the data begin in the file.
    """

    content: bytes
    packed: bytes | None
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What the headers say of one member."""

    name: bytes
    crc: int
    packed_bytes: int
    content_bytes: int
    offset: int = 0
    extra: bytes = b""
    version_made_by: int = 20
    version_needed: int = 20
    flags: int = 0
    method: int = _STORED
    time: int = 0
    date: int = _FIRST_DATE
    internal: int = 0
    external: int = 0

    @property
    def _form(self) -> tuple[int, int, int, int, int]:
        return (self.version_needed, self.flags, self.method, self.time, self.date)

    @property
    def _sums(self) -> tuple[int, int, int]:
        return (self.crc, self.packed_bytes, self.content_bytes)

    def local(self, data: bytes) -> tuple[bytes, bytes, bytes]:
        """Return the local header with name and extra field, the data, and the descriptor."""
        described = self.flags & _HAS_DESCRIPTOR
        sums = (0, 0, 0) if described else self._sums
        lengths = (len(self.name), len(self.extra))
        header = _LOCAL.pack(_LOCAL_MARK, *self._form, *sums, *lengths)
        descriptor = _DESCRIPTOR.pack(_DESCRIPTOR_MARK, *self._sums) if described else b""
        return header + self.name + self.extra, data, descriptor

    def central(self, offset: int) -> bytes:
        """Return the central header, name and extra field."""
        form = (self.version_made_by, *self._form, *self._sums)
        lengths = (len(self.name), len(self.extra), 0)
        header = _CENTRAL.pack(
            _CENTRAL_MARK, *form, *lengths, 0, self.internal, self.external, offset
        )
        return header + self.name + self.extra

    @property
    def start(self) -> int:
        """Where the data begin, if the header gives the right place."""
        return self.offset + _LOCAL.size + len(self.name) + len(self.extra)

    def data(self, file: bytes) -> bytes:
        """Return the data at the place the header gives."""
        return file[self.start : self.start + self.packed_bytes]


def write_container(*, export_bin: bytes, export_sig: bytes) -> bytes:
    """Return a container that stores two members and tells nothing of its making [EXPORT-25].

    Raises:
        LimitError: a member is too long [EXPORT-29].
    """
    contents = {b"export.bin": export_bin, b"export.sig": export_sig}
    entries = []
    for name, content in contents.items():
        if len(content) > MAX_MEMBER_BYTES[name.decode()]:
            raise LimitError(f"{name.decode()} would have {len(content)} bytes")
        size = len(content)
        crc = zlib.crc32(content)
        entries.append(_Entry(name=name, crc=crc, packed_bytes=size, content_bytes=size))
    return b"".join(_pieces(entries, list(contents.values())))


def read_container(file: bytes) -> dict[str, Member]:
    """Return the members "export.bin" and "export.sig" of a container.

    Raises:
        LimitError: the file or a member is too long [EXPORT-1].
        MalformedError: the container is not what EXPORT-2 to EXPORT-7 say.
    """
    if len(file) > MAX_FILE_BYTES:
        raise LimitError(f"a key file has at most {MAX_FILE_BYTES} bytes")
    entries = _entries(file)
    _require_names(entries)
    for entry in entries:
        _require_form(entry)
    first, second = entries
    if (first.version_made_by, first.internal, first.external) != (
        second.version_made_by,
        second.internal,
        second.external,
    ):
        raise MalformedError("the zip's members differ in their maker or attributes")
    data = [entry.data(file) for entry in entries]
    if not _consists_of(file, _pieces(entries, data)):
        raise MalformedError("the zip's fields contradict one another, or bytes are out of place")
    return {
        entry.name.decode(): _member(entry, packed)
        for entry, packed in zip(entries, data, strict=True)
    }


def _consists_of(file: bytes, pieces: list[bytes]) -> bool:
    """Return whether a file is some pieces in a row; no second copy of it is made."""
    ends = list(accumulate(map(len, pieces), initial=0))
    placed = zip(pieces, ends, strict=False)
    return len(file) == ends[-1] and all(file.startswith(piece, at) for piece, at in placed)


def _pieces(entries: list[_Entry], data: list[bytes]) -> list[bytes]:
    locals_, centrals, offset = list[bytes](), list[bytes](), 0
    for entry, packed in zip(entries, data, strict=True):
        local = entry.local(packed)
        locals_ += local
        centrals.append(entry.central(offset))
        offset += sum(map(len, local))
    length = sum(map(len, centrals))
    count = len(entries)
    end = _END.pack(_END_MARK, 0, 0, count, count, length, offset, 0)
    return [*locals_, *centrals, end]


def _entries(file: bytes) -> list[_Entry]:
    """Return what the central headers say, in their order; nothing is checked but the count."""
    if file[-_END.size :][:4] != _END_MARK or len(file) < _END.size:
        raise MalformedError(_fault_of_end(file))
    _, _, _, _, count, _, at, _ = _END.unpack_from(file, len(file) - _END.size)
    if count != 2:
        raise MalformedError(f"the zip has {count} members, not export.bin and export.sig")
    entries = []
    for _ in range(2):
        header = file[at : at + _CENTRAL.size]
        if len(header) < _CENTRAL.size:
            raise MalformedError("the zip's central headers are not where it says")
        entry = _entry(file, at, _CENTRAL.unpack(header))
        at += _CENTRAL.size + len(entry.name) + len(entry.extra)
        entries.append(entry)
    return entries


def _fault_of_end(file: bytes) -> str:
    if not file.startswith(_LOCAL_MARK):
        return "the file is not a zip"
    if len(file) - file.rfind(_END_MARK) < _END.size or _END_MARK not in file:
        return "the zip is cut: its end is missing"
    return "the zip has a comment, or something stands behind it"


def _entry(file: bytes, at: int, fields: tuple[int, ...]) -> _Entry:
    _, made_by, needed, flags, method, time, date, crc, packed, content, *rest = fields
    name_bytes, extra_bytes, _, _, internal, external, offset = rest
    name_at = at + _CENTRAL.size
    extra_at = name_at + name_bytes
    return _Entry(
        name=file[name_at:extra_at],
        extra=file[extra_at : extra_at + extra_bytes],
        crc=crc,
        packed_bytes=packed,
        content_bytes=content,
        offset=offset,
        version_made_by=made_by,
        version_needed=needed,
        flags=flags,
        method=method,
        time=time,
        date=date,
        internal=internal,
        external=external,
    )


def _require_names(entries: list[_Entry]) -> None:
    names = sorted(entry.name for entry in entries)
    if names != [b"export.bin", b"export.sig"]:
        found = " and ".join(ascii(name[:40].decode("latin-1")) for name in names)
        raise MalformedError(f"the zip's members are {found}, not export.bin and export.sig")


def _require_form(entry: _Entry) -> None:
    name = entry.name.decode()
    if entry.flags & 1:
        raise MalformedError(f"{name} is encrypted")
    if entry.method not in (_STORED, _DEFLATED):
        raise MalformedError(f"{name} is compressed by method {entry.method}")
    if entry.version_needed not in _VERSIONS or entry.flags & ~_ALLOWED_FLAGS:
        raise MalformedError(f"{name} needs features of zip that key files do not use")
    timestamp = len(entry.extra) == _TIMESTAMP_BYTES and entry.extra.startswith(_TIMESTAMP)
    if entry.extra and not timestamp:
        raise MalformedError(f"{name} has an extra field that key files do not use")
    most = MAX_MEMBER_BYTES[name]
    if entry.method == _DEFLATED:
        most = min(most, MAX_INFLATED_BYTES)
    if entry.content_bytes > most:
        raise LimitError(f"{name} says it has {entry.content_bytes} bytes, more than {most}")
    if entry.content_bytes > MAX_COMPRESSION * entry.packed_bytes:
        raise LimitError(f"{name} says it is compressed more than {MAX_COMPRESSION} times")


def _member(entry: _Entry, data: bytes) -> Member:
    name = entry.name.decode()
    content = data if entry.method == _STORED else _inflated(name, data, entry.content_bytes)
    if len(content) != entry.content_bytes:
        raise MalformedError(f"{name} does not have the length that the zip says")
    if zlib.crc32(content) != entry.crc:
        raise MalformedError(f"{name} does not have the checksum that the zip says")
    return Member(content, None if entry.method == _STORED else data, entry.start)


def _inflated(name: str, data: bytes, length: int) -> bytes:
    """Decompress, but never more than one byte beyond the expected length [EXPORT-7]."""
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(data, length + 1)
    except zlib.error:
        raise MalformedError(f"{name} does not decompress") from None
    if len(content) > length:
        raise MalformedError(f"{name} is longer than the zip says")
    if not inflater.eof or inflater.unused_data or inflater.unconsumed_tail:
        raise MalformedError(f"{name} is cut, or something follows its compressed data")
    return content
