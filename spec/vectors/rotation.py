"""Cases of the rotation chapter: codes of days and events, and one fault for each refusal."""

from collections.abc import Iterator
from io import BytesIO
from typing import cast

from dp3t.codec import Value, decode, encode
from dp3t.presence.entry import LocationType
from dp3t.presence.rotation import RotatingCode
from dp3t.presence.venue import VenueCode, set_up
from dp3t.primitives import X25519PrivateKey, seeded_random
from dp3t.timeline import Day, Instant, Stretch, day_start

Case = dict[str, object]

_AUTHORITY = X25519PrivateKey(
    bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
)
"""Bob's of RFC 7748, 6.1."""
_SECRET = bytes(range(32))
_VENUE = set_up(
    description="Quán bia 24",
    address="Tạ Hiện, Hà Nội",
    authority=_AUTHORITY.public(),
    rand=seeded_random(bytes(32), label=b"bar"),
    location_type=LocationType.PERMANENT_FOOD_SERVICE,
    default_stay_seconds=7200,
)
_CODE = RotatingCode.generate(_VENUE, rand=BytesIO(_SECRET).read)
_DAYS = {"first": Day(0), "monday": Day(18_813), "tuesday": Day(18_814), "last": Day(49_709)}
_MONDAY = day_start(Day(18_813))
_HOURS = Stretch(Instant(_MONDAY + 43_200), Instant(_MONDAY + 54_000))
_EVENTS: dict[str, tuple[str, Stretch]] = {
    "quiz": ("Đố vui", _HOURS),
    "quiz-that-ends-later": ("Đố vui", _HOURS._replace(end=Instant(_MONDAY + 54_001))),
    "quiz-that-begins-earlier": ("Đố vui", _HOURS._replace(start=Instant(_MONDAY + 43_199))),
    "same-hours-longest-name": ("x" * 100, _HOURS),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["ROTATION-6"],
        "source": "ours; the authority's key is RFC 7748's (6.1, Bob); derived again by "
        "tests/oracle_entry.py",
        "cases": [*_days(), *_events(), *_stretches(), *_read()],
    }


def _values(code: VenueCode) -> Case:
    return {
        "start": code.entry.start or 0,
        "end": code.entry.end or 0,
        "seed": code.entry.seed.hex(),
        "payload": code.payload.hex(),
        "trace_code": code.encode().hex(),
        "result": "valid",
    }


def _days() -> Iterator[Case]:
    for name, day in _DAYS.items():
        yield {
            "id": f"day-{name}",
            "operation": "day",
            "code": _CODE.encode().hex(),
            "day": day,
            **_values(_CODE.day_code(day)),
            "spec": ["ROTATION-2", "ROTATION-4"],
        }


def _events() -> Iterator[Case]:
    for case, (name, stretch) in _EVENTS.items():
        yield {
            "id": f"event-{case}",
            "operation": "event",
            "code": _CODE.encode().hex(),
            "name": name,
            **_values(_CODE.event_code(name, stretch=stretch)),
            "spec": ["ROTATION-3", "ROTATION-4"],
        }


def _stretches() -> Iterator[Case]:
    given: dict[str, tuple[int, int, list[int]]] = {
        "within-a-day": (_MONDAY + 3600, _MONDAY + 7200, [18_812, 18_813]),
        "a-whole-day": (_MONDAY, _MONDAY + 86_400, [18_812, 18_813]),
        "into-the-next": (_MONDAY, _MONDAY + 86_401, [18_812, 18_813, 18_814]),
        "the-first-day": (0, 1, [0]),
        "the-second-day": (86_400, 86_401, [0, 1]),
    }
    for name, (start, end, days) in given.items():
        yield {
            "id": f"stretch-{name}",
            "operation": "stretch",
            "code": _CODE.encode().hex(),
            "start": start,
            "end": end,
            "days": days,
            "result": "valid",
            "spec": ["ROTATION-5"],
        }


def _message(**values: Value) -> bytes:
    fields = cast(dict[str, Value], decode(_CODE.encode(), limit_bytes=4096))
    return encode({**fields, **values})


def _read() -> Iterator[Case]:
    yield {
        "id": "read",
        "operation": "read",
        "code": _CODE.encode().hex(),
        "secret": _SECRET.hex(),
        "venue": _VENUE.encode().hex(),
        "text": _CODE.text(),
        "result": "valid",
        "spec": ["ROTATION-6", "ENTRY-21"],
    }
    given = {
        "empty": b"",
        "cut": _message()[:-1],
        "version-2": _message(version=2),
        "unknown-field": _message(x=b""),
        "secret-of-31-bytes": _message(secret=_SECRET[:-1]),
        "secret-of-33-bytes": _message(secret=_SECRET + b"\0"),
        "venue-is-text": _message(venue="x"),
        "venue-cut": _message(venue=_VENUE.encode()[:-1]),
        "trace-code": _VENUE.encode(),
        "entry-code": _VENUE.payload,
    }
    for name, code in given.items():
        yield {
            "id": f"read-{name}",
            "operation": "read",
            "code": code.hex(),
            "result": "malformed",
        }
