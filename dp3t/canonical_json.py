"""Canonical JSON: for what a page in a browser builds or reads, where msgpack has no reader.

A value has exactly one encoding, the one that `JSON.stringify` gives to a value whose keys are in
order. Reading encodes what was read again and refuses bytes that differ [CANONICAL-JSON-2].
"""

import json
from collections.abc import Mapping, Sequence
from typing import cast
from unicodedata import is_normalized

from dp3t.codec import Value
from dp3t.errors import LimitError, MalformedError

JsonValue = int | bool | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
"""What can be encoded. Reading gives `list` and `dict` for the two containers."""

MOST_INTEGER = 2**53 - 1
"""The largest integer that every reader of JSON keeps exact; its negative is the smallest."""

MAX_DEPTH = 16


def encode_json(value: JsonValue) -> bytes:
    """Return the canonical encoding of a value [CANONICAL-JSON-1].

    Raises:
        TypeError: a value that has none: a float, None, bytes, a key that is not ASCII text.
        ValueError: an integer beyond 53 bits, text that is not Unicode or not in form C.
    """
    plain = _plain(value, MAX_DEPTH)
    written = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return written.encode()


def decode_json(data: bytes, *, limit_bytes: int) -> Value:
    """Return the value whose canonical encoding is `data` [CANONICAL-JSON-2].

    Args:
        data: the encoding.
        limit_bytes: how long it may be.

    Raises:
        LimitError: longer.
        MalformedError: anything but one canonically encoded value; the message says nothing of it.
    """
    if len(data) > limit_bytes:
        raise LimitError(f"{len(data)} bytes where at most {limit_bytes} are allowed")
    value = _parsed(data)
    if value is None:
        raise MalformedError("not a canonical JSON value")
    return value


def read_json(data: bytes, *, limit_bytes: int) -> JsonValue:
    """Return the value in a document that a person has written, in any layout [CANONICAL-JSON-4].

    Raises:
        LimitError: longer than `limit_bytes`.
        MalformedError: no JSON, a key twice, or a value that has no canonical encoding; the message
            says nothing of it.
    """
    if len(data) > limit_bytes:
        raise LimitError(f"{len(data)} bytes where at most {limit_bytes} are allowed")
    value = _read(data)
    if value is None:
        raise MalformedError("not a JSON document that has a canonical form")
    return value


def _read(data: bytes) -> JsonValue | None:
    try:
        value = json.loads(data.decode(), object_pairs_hook=_once)
        encode_json(value)
    except (ValueError, TypeError, RecursionError):
        return None
    return cast(JsonValue, value)


def _once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def has_one_form(text: str) -> bool:
    """Return whether a text is in Unicode normalization form C, as an encoding needs it."""
    return is_normalized("NFC", text)


def _parsed(data: bytes) -> Value | None:
    """Return the value; None where there is none, and no exception that would carry the text."""
    try:
        value = json.loads(data.decode())
        return cast(Value, value) if encode_json(value) == data else None
    except (ValueError, TypeError, RecursionError):
        return None


def _plain(value: JsonValue, depth: int) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > MOST_INTEGER:
            raise ValueError("an integer beyond 53 bits has no canonical form")
        return value
    if isinstance(value, str):
        return _text(value)
    if depth == 0:
        raise TypeError("the value is nested too deeply")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value) or not "".join(value).isascii():
            raise TypeError("keys are ASCII text")
        return {key: _plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth - 1) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _text(value: str) -> str:
    value.encode()  # a lone surrogate is no Unicode
    if not has_one_form(value):
        raise ValueError("text is not in Unicode normalization form C")
    return value
