"""PacketLogger, the log of macOS and iOS."""

import struct
from collections.abc import Iterator

from dp3t.errors import MalformedError
from dp3t.proximity.capture.record import (
    COMMAND,
    DATA,
    EVENT,
    Record,
    bad_record,
    checked_time,
)

MIN_LENGTH = 9
MAX_LENGTH = 65_535

_LENGTH_BYTES = 4
_TYPES = {0: COMMAND, 1: EVENT, 2: DATA, 3: DATA}


def read_records(data: bytes) -> Iterator[Record]:
    """Detect the byte order, then return the records of HCI packets one by one.

    Raises:
        MalformedError: the first bytes are no record's in either byte order [CAPTURE-1], or on the
            way a record is damaged [CAPTURE-4].
    """
    for byte_order in "><":
        if len(data) >= _LENGTH_BYTES and _possible(struct.unpack_from(byte_order + "I", data)[0]):
            return _records(data, struct.Struct(byte_order + "IIIB"))
    raise MalformedError("neither a BTSnoop nor a PacketLogger capture")


def _possible(length: int) -> bool:
    return MIN_LENGTH <= length <= MAX_LENGTH


def _records(data: bytes, header: struct.Struct) -> Iterator[Record]:
    offset = 0
    while offset < len(data):
        start = offset + header.size
        if start > len(data):
            raise bad_record(offset, "has a header that is cut short")
        length, seconds, microseconds, kind = header.unpack_from(data, offset)
        end = offset + _LENGTH_BYTES + length
        if not _possible(length):
            raise bad_record(offset, f"has the impossible length {length}")
        if end > len(data):
            raise bad_record(offset, "runs past the end of the file")
        if microseconds >= 1_000_000:
            raise bad_record(offset, "has a microsecond field of 1,000,000 or more")
        if kind in _TYPES:
            at_us = checked_time(seconds * 1_000_000 + microseconds, offset)
            yield Record(at_us, offset, _TYPES[kind], data[start:end])
        offset = end
