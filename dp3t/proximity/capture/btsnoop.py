"""BTSnoop version 1, the log of Android and of BlueZ."""

import struct
from collections.abc import Iterator

from dp3t.errors import MalformedError, UnsupportedVersionError
from dp3t.proximity.capture.record import (
    COMMAND,
    DATA,
    EVENT,
    MAX_PACKET_BYTES,
    Record,
    bad_record,
    checked_time,
)

MAGIC = b"btsnoop\0"
VERSION = 1
DATALINK_H1 = 1001
DATALINK_H4 = 1002
UNIX_EPOCH_US = 0x00DCDDB30F2F8000
"""1970-01-01 in microseconds since the start of year 0."""

_HEADER = struct.Struct(">8sII")
_RECORD = struct.Struct(">IIIIq")
_DATALINKS = {
    1003: "HCI BSCP",
    1004: "HCI Serial (H5)",
    2001: "Linux monitor",
    2002: "Linux simulator",
}
_H1_TYPES = (DATA, DATA, COMMAND, EVENT)


def read_records(data: bytes) -> Iterator[Record]:
    """Check the header, then return the records one by one.

    Raises:
        MalformedError: a header [CAPTURE-2], or on the way a record [CAPTURE-4], that is damaged.
    """
    if len(data) < _HEADER.size:
        raise MalformedError("the BTSnoop header is cut short")
    _, version, datalink = _HEADER.unpack_from(data)
    if version != VERSION:
        raise UnsupportedVersionError(f"BTSnoop version {version} is not read, only {VERSION}")
    if datalink not in (DATALINK_H1, DATALINK_H4):
        name = _DATALINKS.get(datalink, "unknown")
        raise MalformedError(f"BTSnoop datalink {datalink} ({name}) is not read, only 1001 or 1002")
    return _records(data, datalink)


def _records(data: bytes, datalink: int) -> Iterator[Record]:
    offset = _HEADER.size
    while offset < len(data):
        start = offset + _RECORD.size
        if start > len(data):
            raise bad_record(offset, "has a header that is cut short")
        original, included, flags, _, time_us = _RECORD.unpack_from(data, offset)
        if included > original:
            raise bad_record(offset, "includes more bytes than its packet had")
        if included > MAX_PACKET_BYTES + (datalink == DATALINK_H4):
            raise bad_record(offset, f"has the impossible length {included}")
        if start + included > len(data):
            raise bad_record(offset, "runs past the end of the file")
        at_us = checked_time(time_us - UNIX_EPOCH_US, offset)
        packet = data[start : start + included]
        if datalink == DATALINK_H1:
            yield Record(at_us, offset, _H1_TYPES[flags & 3], packet)
        else:
            yield Record(at_us, offset, packet[0] if packet else None, packet[1:])
        offset = start + included
