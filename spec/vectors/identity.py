"""Cases of the identity chapter: what follows from a payload, and the hours of a stretch."""

from collections.abc import Iterator

from dp3t.params import LAST_INSTANT
from dp3t.presence.identity import (
    identity_of,
    interval_starts,
    preid_of,
    secrets_of,
    timekey_of,
)
from dp3t.timeline import Instant

Case = dict[str, object]

_SOURCE = "libcrowdnotifier dc8fe5c, lib/src/v3/testvectors.ts"
_HOUR = 3600
_NOON = 1_606_132_800
_PRINTED = b"Parse this as bytes"
_RANDOM = bytes.fromhex(
    "326a14a0037a5fa357f66496617d1d3d8a5caa5e8447bc337882689cc25a108d2c170b5ffc"
)


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"IDENTITY-{n}" for n in (1, 2, 3)],
        "source": f"cases named published, payload and start included: {_SOURCE}, which has no "
        "times for the last of them; all else ours",
        "cases": [*_derived(), *_intervals()],
    }


def _derived() -> Iterator[Case]:
    for name, payload, start, length in (
        ("published-1", _PRINTED, 12, _HOUR),
        ("published-2", b"Another Identity Test", 886_432, _HOUR),
        ("published-secrets", _RANDOM, _NOON, _HOUR),
        ("at-the-start-of-an-hour", _PRINTED, _NOON, _HOUR),
        ("one-hour-later", _PRINTED, _NOON + _HOUR, _HOUR),
        ("of-a-quarter-of-an-hour", _PRINTED, _NOON, 900),
        ("of-a-day", _PRINTED, _NOON, 86_400),
        ("of-a-second", _PRINTED, _NOON, 1),
        ("at-the-first-moment", _PRINTED, 0, _HOUR),
        ("at-the-last-moment", _PRINTED, LAST_INSTANT, _HOUR),
        ("of-an-empty-payload", b"", _NOON, _HOUR),
        ("of-a-longest-payload", bytes(range(256)) * 4, _NOON, _HOUR),
    ):
        secrets, begin = secrets_of(payload), Instant(start)
        yield {
            "id": f"derive-{name}",
            "operation": "derive",
            "payload": payload.hex(),
            "start": start,
            "length": length,
            "nonce_preid": secrets.nonce_preid.hex(),
            "nonce_timekey": secrets.nonce_timekey.hex(),
            "notification_key": secrets.notification_key.hex(),
            "preid": preid_of(payload).hex(),
            "timekey": timekey_of(payload, start=begin, length_seconds=length).hex(),
            "identity": identity_of(payload, start=begin, length_seconds=length).hex(),
            "result": "valid",
        }


def _intervals() -> Iterator[Case]:
    for name, first, last in (
        ("of-a-moment", _NOON + 7, _NOON + 7),
        ("of-a-whole-hour", _NOON, _NOON + 3599),
        ("that-ends-with-the-next-hours-first-second", _NOON, _NOON + 3600),
        ("of-two-seconds-in-two-hours", _NOON + 3599, _NOON + 3600),
        ("over-midnight", 1_606_175_900, 1_606_176_000),
        ("of-a-day", _NOON + 1, _NOON + 86_401),
        ("from-the-first-moment", 0, 1),
        ("to-the-last-moment", LAST_INSTANT - 1, LAST_INSTANT),
    ):
        yield {
            "id": f"intervals-{name}",
            "operation": "intervals",
            "spec": ["IDENTITY-4"],
            "first": first,
            "last": last,
            "starts": list(interval_starts(Instant(first), Instant(last))),
            "result": "valid",
        }
