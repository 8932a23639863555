"""Protocol buffers of QR codes and traces, to and from values; nothing but their form is checked.

Unlike the other formats of this library these are written by other programs too, so a reader
tolerates what protocol buffers tolerate: unknown fields, another order, a default that is spelt.
"""

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from dp3t.errors import MalformedError

_M = TypeVar("_M", bound=Message)
_NUMBER, _FIXED64, _RECORD, _FIXED32 = 0, 1, 2, 5
"""Wire types."""


def parsed(kind: type[_M], data: bytes, *, what: str) -> _M:
    """Return the message that `data` encodes; unknown fields are passed over.

    Raises:
        MalformedError: cut, or not a protocol buffer of this kind.
    """
    try:
        return kind.FromString(data)
    except DecodeError:
        fault = "is cut" if _is_cut(data) else "is not a protocol buffer"
        raise MalformedError(f"{what} {fault}") from None


def encoded(message: Message) -> bytes:
    """Return the encoding of a message: its fields ascending, none that has its default."""
    return message.SerializeToString(deterministic=True)


def _is_cut(data: bytes) -> bool:
    """Return whether the last field of a message that does not parse goes on behind its end."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind not in (_NUMBER, _FIXED64, _RECORD, _FIXED32) or not tag >> 3:
            return False
        if kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            value, at = _varint(data, at)
            at += value if kind == _RECORD else 0
    return at > len(data)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number in base 128 and the place behind it, beyond the end where it is cut."""
    value = shift = 0
    while at < len(data):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    return value, len(data) + 1
