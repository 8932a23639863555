"""Keys as an operator writes them down: a JSON list of objects."""

import json

from dp3t.codec import from_hex
from dp3t.errors import LimitError, MalformedError
from dp3t.params import INTERVALS_PER_DAY
from dp3t.proximity.export.content import MAX_KEYS, ExportedKey
from dp3t.proximity.gaen import CONFIRMED_TEST, TEK_BYTES, TemporaryExposureKey
from dp3t.timeline import Interval

MAX_LIST_BYTES = 2**28
"""A million keys with every field and generous white space."""

_FIELDS = {
    "key",
    "rolling_start",
    "rolling_period",
    "report_type",
    "days_since_onset",
    "transmission_risk",
    "variant_of_concern",
}


def read_key_list(text: bytes) -> list[ExportedKey]:
    """Return the keys that a JSON list describes.

    Raises:
        LimitError: too long, or too many keys.
        MalformedError: anything but a list of objects with the fields of the chapter [EXPORT-30].
    """
    if len(text) > MAX_LIST_BYTES:
        raise LimitError(f"a list of keys has at most {MAX_LIST_BYTES} bytes")
    try:
        listed = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        # The cause would hold the whole list.
        raise MalformedError("the list of keys is not JSON") from None
    if not isinstance(listed, list):
        raise MalformedError("the list of keys is not a JSON list")
    if len(listed) > MAX_KEYS:
        raise LimitError(f"a key file holds at most {MAX_KEYS} keys")
    return [_numbered(place, item) for place, item in enumerate(listed, start=1)]


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise MalformedError("an object in the list of keys has a field twice")
    return fields


def _numbered(place: int, item: object) -> ExportedKey:
    try:
        if not isinstance(item, dict):
            raise MalformedError("not an object")
        return _key(item)
    except MalformedError as error:
        raise MalformedError(f"key {place} of the list: {error}") from None


def _key(fields: dict[str, object]) -> ExportedKey:
    if fields.keys() - _FIELDS:
        raise MalformedError("a field that lists of keys do not have")
    key = fields.get("key")
    if not isinstance(key, str):
        raise MalformedError("key is missing or not text")
    onset = fields.get("days_since_onset")
    return ExportedKey(
        key=TemporaryExposureKey(
            key=from_hex(key, length=TEK_BYTES, what="key"),
            rolling_start=Interval(_integer(fields, "rolling_start")),
            rolling_period=_integer(fields, "rolling_period", INTERVALS_PER_DAY),
            report_type=_integer(fields, "report_type", CONFIRMED_TEST),
            days_since_onset=None if onset is None else _integer(fields, "days_since_onset"),
        ),
        transmission_risk=_integer(fields, "transmission_risk", 0),
        variant_of_concern=_integer(fields, "variant_of_concern", 0),
    )


def _integer(fields: dict[str, object], name: str, otherwise: int | None = None) -> int:
    value = fields.get(name, otherwise)
    if type(value) is not int:
        raise MalformedError(f"{name} is missing or not an integer")
    return value
