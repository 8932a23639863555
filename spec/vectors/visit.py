"""Cases of the visit chapter: records and their messages, check-in, check-out, retention."""

from collections.abc import Iterator

from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import identity_of, secrets_of
from dp3t.presence.pairing import G2Point, Scalar
from dp3t.presence.visit import CheckIn, VisitMessage
from dp3t.primitives import Rand
from dp3t.timeline import Instant, day_of

Case = dict[str, object]

_HOUR, _DAY = 3_600, 86_400
_NOON = Instant(1_606_132_800)
_MARKET = EntryCode.create(
    description="Chợ Thái",
    address="Thái Nguyên",
    public_key=G2Point.of(Scalar.of_hash(b"a market")),
    seed=bytes(range(16)),
)
_KEY = bytes(range(32))


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["VISIT-1"],
        "source": "ours; written from the chapter, re-derived by tests/oracle_trace.py",
        "cases": [
            *_records(),
            *_messages(),
            *_wrong_messages(),
            *_check_ins(),
            *_check_outs(),
            *_kept(),
        ],
    }


def _draws(hours: int) -> list[tuple[bytes, bytes]]:
    return [(bytes([n + 1]) * 32, bytes([n + 101]) * 24) for n in range(hours)]


def _in_turn(draws: list[tuple[bytes, bytes]]) -> Rand:
    parts = iter([part for draw in draws for part in draw])
    return lambda _: next(parts)


def _records() -> Iterator[Case]:
    for name, arrival, departure in (
        ("within-an-hour", 600, 1_800),
        ("of-no-length", 600, 600),
        ("until-the-next-hour", 3_599, 3_600),
        ("over-midnight", 12 * _HOUR - 1, 12 * _HOUR + 1),
    ):
        begin, end = Instant(_NOON + arrival), Instant(_NOON + departure)
        hours = range(begin // _HOUR, end // _HOUR + 1)
        draws = _draws(len(hours))
        visit = CheckIn(entry=_MARKET, arrival=begin, leaves_by=end)
        records = visit.check_out(departure=end, now=end, rand=_in_turn(draws))
        yield {
            "id": f"records-{name}",
            "comment": "one for each hour that the visit touches",
            "spec": ["VISIT-1", "VISIT-2", "VISIT-3", "VISIT-4"],
            "flags": [],
            "operation": "records",
            "payload": _MARKET.payload.hex(),
            "public_key": _MARKET.public_key.to_bytes().hex(),
            "arrival": begin,
            "departure": end,
            "draws": [[pad.hex(), nonce.hex()] for pad, nonce in draws],
            "result": "valid",
            "identities": [
                identity_of(_MARKET.payload, start=Instant(hour * _HOUR)).hex() for hour in hours
            ],
            "messages": [
                VisitMessage(
                    arrival=max(begin, Instant(hour * _HOUR)),
                    departure=min(end, Instant((hour + 1) * _HOUR)),
                    notification_key=secrets_of(_MARKET.payload).notification_key,
                )
                .encode()
                .hex()
                for hour in hours
            ],
            "records": [
                {"day": record.day, "ciphertext": record.ciphertext.hex()} for record in records
            ],
        }


def _message(arrival: int, departure: int, *, version: int = 1, key: bytes = _KEY) -> bytes:
    return bytes([version]) + arrival.to_bytes(4, "big") + departure.to_bytes(4, "big") + key


def _messages() -> Iterator[Case]:
    last = 2**32 - 1
    for name, arrival, departure in (
        ("whole-hour", _NOON, _NOON + _HOUR),
        ("of-no-length", _NOON + 5, _NOON + 5),
        ("first-second", _NOON, _NOON),
        ("in-1970", 0, _HOUR),
        ("until-2106", last - last % _HOUR, last),
    ):
        message = VisitMessage(
            arrival=Instant(arrival), departure=Instant(departure), notification_key=_KEY
        )
        yield {
            "id": f"message-{name}",
            "comment": "41 bytes",
            "spec": ["VISIT-2"],
            "flags": [],
            "operation": "message",
            "arrival": arrival,
            "departure": departure,
            "notification_key": _KEY.hex(),
            "encoded": message.encode().hex(),
            "result": "valid",
        }


def _wrong_messages() -> Iterator[Case]:
    good = _message(_NOON, _NOON + 1)
    for name, data in {
        "empty": b"",
        "cut": good[:-1],
        "longer": good + b"\0",
        "version-0": _message(_NOON, _NOON + 1, version=0),
        "version-2": _message(_NOON, _NOON + 1, version=2),
        "ends-before-it-begins": _message(_NOON + 1, _NOON),
        "a-second-after-the-hour": _message(_NOON, _NOON + _HOUR + 1),
        "in-two-hours": _message(_NOON + _HOUR - 1, _NOON + _HOUR + 1),
    }.items():
        yield {
            "id": f"message-{name}",
            "comment": "one fault",
            "spec": ["VISIT-5"],
            "flags": ["message"],
            "operation": "message",
            "encoded": data.hex(),
            "result": "malformed",
        }


def _check_ins() -> Iterator[Case]:
    until = _NOON + _HOUR
    for name, valid, of_code, chosen, now, leaves_by in (
        ("four-hours", (None, None), None, None, _NOON, _NOON + 4 * _HOUR),
        ("as-the-code-says", (None, None), 1_800, None, _NOON, _NOON + 1_800),
        ("as-the-person-says", (None, None), 1_800, 60, _NOON, _NOON + 60),
        ("for-a-second", (None, None), None, 1, _NOON, _NOON + 1),
        ("for-a-day", (None, None), None, _DAY, _NOON, _NOON + _DAY),
        ("for-no-time", (None, None), None, 0, _NOON, None),
        ("for-more-than-a-day", (None, None), None, _DAY + 1, _NOON, None),
        ("first-second-of-the-code", (_NOON, until), None, None, _NOON, _NOON + 4 * _HOUR),
        ("last-second-of-the-code", (_NOON, until), None, 60, until - 1, until + 59),
        ("too-early", (_NOON, until), None, None, _NOON - 1, None),
        ("expired", (_NOON, until), None, None, until, None),
    ):
        yield {
            "id": f"check-in-{name}",
            "comment": "when the visit ends by itself, or why it does not begin",
            "spec": ["VISIT-6" if valid[0] is not None else "VISIT-7"],
            "flags": [] if leaves_by else ["check-in"],
            "operation": "check-in",
            "valid_from": valid[0],
            "valid_until": valid[1],
            "of_code": of_code,
            "chosen": chosen,
            "now": now,
            **({"leaves_by": leaves_by} if leaves_by else {}),
            "result": "valid" if leaves_by else "policy",
        }


def _check_outs() -> Iterator[Case]:
    leaves_by = _NOON + 2 * _HOUR
    for name, departure, now, hours in (
        ("at-once", _NOON, _NOON, 1),
        ("now", _NOON + 60, _NOON + 60, 1),
        ("earlier-than-now", _NOON + 60, _NOON + 5_000, 1),
        ("when-it-ends-by-itself", leaves_by, leaves_by + 50_000, 3),
        ("a-second-before-the-next-hour", _NOON + _HOUR - 1, leaves_by, 1),
        ("clock-went-back", _NOON - 1, _NOON - 1, None),
        ("before-the-arrival", _NOON - 1, _NOON, None),
        ("in-the-future", _NOON + 61, _NOON + 60, None),
        ("after-it-ended-by-itself", leaves_by + 1, leaves_by + 1, None),
    ):
        yield {
            "id": f"check-out-{name}",
            "comment": "how many records it makes, or none",
            "spec": ["VISIT-8", "VISIT-1"] if hours else ["VISIT-8"],
            "flags": [] if hours else ["check-out"],
            "operation": "check-out",
            "arrival": _NOON,
            "leaves_by": leaves_by,
            "departure": departure,
            "now": now,
            **({"hours": hours} if hours else {}),
            "result": "valid" if hours else "policy",
        }


def _kept() -> Iterator[Case]:
    today = day_of(_NOON)
    for name, day, kept in (
        ("today", today, True),
        ("ten-days-before", today - 10, True),
        ("eleven-days-before", today - 11, False),
    ):
        yield {
            "id": f"keep-{name}",
            "comment": "policy: it is erased",
            "spec": ["VISIT-12"],
            "flags": [] if kept else ["keep"],
            "operation": "keep",
            "day": day,
            "now": _NOON,
            "result": "valid" if kept else "policy",
        }
