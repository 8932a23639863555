"""Cases of the timeline chapter: boundaries, one second on either side."""

from collections.abc import Iterator
from datetime import UTC, datetime

from dp3t.params import LAST_INSTANT, RELEASE_SLOT_SECONDS
from dp3t.timeline import day_of, epoch_in_day, instant, interval_of, slot_of

_MOMENTS = {
    "origin": "1970-01-01T00:00:00Z",
    "last-second-of-an-epoch": "2020-04-25T15:14:59Z",
    "first-second-of-an-epoch": "2020-04-25T15:15:00Z",
    "last-second-of-a-day": "2020-04-25T23:59:59Z",
    "first-second-of-a-day": "2020-04-26T00:00:00Z",
    "fraction-is-rounded-down": "2020-04-25T23:59:59.999999Z",
    "midnight-in-hanoi-is-no-boundary-of-a-day": "2020-04-26T00:00:00+07:00",
    "hour-that-berlin-skips": "2020-03-29T02:30:00+01:00",
    "gaen-key-of-the-published-vectors": "2020-04-02T00:00:00Z",
    "after-the-leap-second-of-2016": "2017-01-01T00:00:00Z",
    "last-instant": "2106-02-07T06:28:15Z",
}
_MIDDAY_RELEASE = 1_587_816_000
_RELEASES = {
    "release-at-origin": 0,
    "release-at-midday": _MIDDAY_RELEASE,
    "release-last": LAST_INSTANT // RELEASE_SLOT_SECONDS * RELEASE_SLOT_SECONDS,
}
_BAD_RELEASES = {
    "release-one-second-late": _MIDDAY_RELEASE + 1,
    "release-one-second-early": _MIDDAY_RELEASE - 1,
    "release-on-an-odd-hour": _MIDDAY_RELEASE + 3600,
    "release-before-1970": -RELEASE_SLOT_SECONDS,
    "release-after-the-last-instant": 2**32 // RELEASE_SLOT_SECONDS * RELEASE_SLOT_SECONDS
    + RELEASE_SLOT_SECONDS,
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"TIMELINE-{n}" for n in (1, 2, 3, 4, 5)],
        "source": "ours; written from spec/timeline.md, re-derived in tests/test_timeline.py with "
        "calendar arithmetic. The interval of gaen-key-of-the-published-vectors is Google's "
        "(exposure-notifications-internals aaada6c, TestVectors.java)",
        "cases": [*_moments(), *_releases()],
    }


def _moments() -> Iterator[dict[str, object]]:
    for name, text in _MOMENTS.items():
        moment = instant(datetime.fromisoformat(text).astimezone(UTC))
        yield {
            "id": name,
            "operation": "count",
            "spec": ["TIMELINE-1", "TIMELINE-2", "TIMELINE-3", "TIMELINE-4"],
            "moment": text,
            "instant": moment,
            "day": day_of(moment),
            "epoch_of_15_minutes": epoch_in_day(moment, epoch_minutes=15),
            "epoch_of_120_minutes": epoch_in_day(moment, epoch_minutes=120),
            "interval": interval_of(moment),
            "slot": slot_of(moment),
            "result": "valid",
        }


def _releases() -> Iterator[dict[str, object]]:
    for releases, result in ((_RELEASES, "valid"), (_BAD_RELEASES, "malformed")):
        for name, release in releases.items():
            yield {
                "id": name,
                "operation": "release",
                "spec": ["TIMELINE-5"],
                "release": release,
                "result": result,
            }
