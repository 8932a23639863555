"""Cases of the overlap chapter: records and traces that match or do not, and matches joined."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dp3t.presence.encryption import IdentityKey, encrypt, partial_key
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import identity_of, secrets_of
from dp3t.presence.matching import PresenceMatch, joined
from dp3t.presence.pairing import G1Point, G2Point, Scalar, pairing_digest
from dp3t.presence.trace import Message, Trace
from dp3t.presence.visit import CheckIn, VisitRecord
from dp3t.primitives import Rand, seal_secretbox, seeded_random, sha256
from dp3t.timeline import Day, Instant, Stretch, day_of

Case = dict[str, object]
Said = tuple[int, int, str]
"""When and what; the seconds are those from noon on."""

_HOUR = 3_600
_NOON = Instant(1_606_132_800)
_RELEASE = Instant(_NOON + 4 * _HOUR)
_TODAY = day_of(_NOON)
_TEXT = "Mời bạn đi xét nghiệm."
_OTHER_TEXT = "Please take a test."


@dataclass(frozen=True, slots=True)
class _Venue:
    """A venue with its whole secret."""

    entry: EntryCode
    secret: Scalar

    @property
    def notification_key(self) -> bytes:
        return secrets_of(self.entry.payload).notification_key

    def identity(self, hour: int) -> bytes:
        return identity_of(self.entry.payload, start=Instant(_NOON + hour * _HOUR))

    def key(self, hour: int) -> G1Point:
        return partial_key(self.secret, identity=self.identity(hour))

    def visit(self, arrival: int, departure: int, *, copy: int = 0) -> tuple[VisitRecord, ...]:
        begin, end = Instant(_NOON + arrival), Instant(_NOON + departure)
        visit = CheckIn(entry=self.entry, arrival=begin, leaves_by=end)
        return visit.check_out(
            departure=end, now=end, rand=_rand("visit", arrival, departure, copy)
        )

    def trace(self, hour: int, start: int, end: int, *, text: str = _TEXT, copy: int = 0) -> Trace:
        """Return the trace of an hour from noon on, exposed between two seconds from noon on."""
        return Trace.of(
            IdentityKey(identity=self.identity(hour), key=self.key(hour)),
            day=_TODAY,
            message=Message(text, Stretch(Instant(_NOON + start), Instant(_NOON + end))),
            notification_key=self.notification_key,
            rand=_rand("trace", hour, start, end, text, copy),
        )

    def record(self, message: bytes, hour: int = 0) -> VisitRecord:
        """Return the record of an hour that says what no check-out says."""
        identity, rand = self.identity(hour), _rand("record", message)
        sealed = encrypt(self.entry.public_key, identity=identity, message=message, rand=rand)
        return VisitRecord(_TODAY, sealed.encode())


def _rand(*what: object) -> Rand:
    """Return a source that draws the same for the same, however often the cases are built."""
    return seeded_random(sha256(repr(what).encode()), label=b"overlap")


def _venue(number: int) -> _Venue:
    secret = Scalar.of_hash(bytes([number]))
    entry = EntryCode.create(
        description=f"{number}",
        address="Thái Nguyên",
        public_key=G2Point.of(secret),
        seed=bytes([number]) * 16,
    )
    return _Venue(entry, secret)


_MARKET, _SCHOOL = _venue(1), _venue(2)
_SHORT = _MARKET.visit(600, 1_800)
_LONG = _MARKET.visit(1_800, 5_400)
_GOOD = _MARKET.trace(0, 0, _HOUR)
_SHORT_MATCH = [(600, 1_800, _TEXT)]
_NEVER: list[Said] = []


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["OVERLAP-4"],
        "source": "ours; written from the chapter, re-derived by tests/oracle_trace.py",
        "cases": [*_times(), *_hours(), *_others(), *_faults(), *_twice(), *_joins()],
    }


def _case(
    name: str,
    records: Sequence[VisitRecord],
    traces: Sequence[Trace],
    expected: list[Said],
    *,
    spec: str,
    messages: Sequence[Said],
) -> Case:
    return {
        "id": name,
        "comment": "what the records and the traces are is in the name",
        "spec": [spec],
        "flags": [],
        "operation": "match",
        "records": [
            {"day": record.day, "ciphertext": record.ciphertext.hex()} for record in records
        ],
        "traces": [trace.encode().hex() for trace in traces],
        "messages": [
            {"text": text, "start": _NOON + start, "end": _NOON + end}
            for start, end, text in messages
        ],
        "matches": [
            {"start": _NOON + start, "end": _NOON + end, "message": text}
            for start, end, text in expected
        ],
        "result": "match" if expected else "no-match",
    }


def _times() -> Iterator[Case]:
    """Yield a visit of 20 minutes against exposed stretches of the same hour."""
    for name, start, end, expected in (
        ("stretch-within-the-visit", 900, 1_200, [(900, 1_200, _TEXT)]),
        ("visit-within-the-stretch", 0, 3_600, _SHORT_MATCH),
        ("same-times", 600, 1_800, _SHORT_MATCH),
        ("a-second-at-the-arrival", 0, 601, [(600, 601, _TEXT)]),
        ("a-second-at-the-departure", 1_799, 3_000, [(1_799, 1_800, _TEXT)]),
        ("ends-at-the-arrival", 0, 600, _NEVER),
        ("begins-at-the-departure", 1_800, 3_000, _NEVER),
        ("before-the-visit", 0, 300, _NEVER),
        ("after-the-visit", 2_400, 3_600, _NEVER),
    ):
        said = [(start, end, _TEXT)]
        trace = _MARKET.trace(0, start, end)
        yield _case(name, _SHORT, [trace], expected, spec="OVERLAP-4", messages=said)
    yield _case(
        "visit-of-no-length",
        _MARKET.visit(600, 600),
        [_GOOD],
        _NEVER,
        spec="OVERLAP-4",
        messages=[(0, _HOUR, _TEXT)],
    )


def _hours() -> Iterator[Case]:
    said = [(0, 2 * _HOUR, _TEXT)]
    traces = [_MARKET.trace(hour, 0, 2 * _HOUR) for hour in (0, 1)]
    both = [(1_800, 3_600, _TEXT), (3_600, 5_400, _TEXT)]
    for name, tried, expected in (
        ("two-hours", traces, both),
        ("first-of-two-hours", traces[:1], both[:1]),
        ("second-of-two-hours", traces[1:], both[1:]),
    ):
        yield _case(name, _LONG, tried, expected, spec="OVERLAP-3", messages=said)
    yield _case(
        "left-at-the-hour",
        _MARKET.visit(1_800, 3_600),
        [_MARKET.trace(1, 3_600, 7_200)],
        _NEVER,
        spec="OVERLAP-4",
        messages=[(3_600, 7_200, _TEXT)],
    )
    yield _case(
        "times-of-another-hour",
        _SHORT,
        [_MARKET.trace(0, 3_600, 7_200)],
        _NEVER,
        spec="OVERLAP-3",
        messages=[(3_600, 7_200, _TEXT)],
    )


def _others() -> Iterator[Case]:
    said = [(0, 2 * _HOUR, _TEXT)]
    first, second = (_MARKET.trace(hour, 0, 2 * _HOUR) for hour in (0, 1))
    school = _SCHOOL.trace(0, 0, 2 * _HOUR)
    tomorrow = replace(first, day=Day(_TODAY + 1))
    misfiled = replace(_SHORT[0], day=Day(_TODAY + 1))
    for name, records, trace, clause in (
        ("other-venue", _SHORT, school, "OVERLAP-2"),
        ("other-hour", _SHORT, second, "OVERLAP-2"),
        (
            "identity-of-another-hour",
            _SHORT,
            replace(first, identity=second.identity),
            "OVERLAP-2",
        ),
        ("key-of-another-hour", _SHORT, replace(first, key=second.key), "OVERLAP-2"),
        ("key-of-another-venue", _SHORT, replace(first, key=school.key), "OVERLAP-2"),
        ("trace-of-another-day", _SHORT, tomorrow, "OVERLAP-1"),
        ("record-filed-under-another-day", [misfiled], tomorrow, "OVERLAP-2"),
        (
            "sealed-for-another-venue",
            _SHORT,
            replace(first, nonce=school.nonce, sealed=school.sealed),
            "OVERLAP-2",
        ),
    ):
        yield _case(name, records, [trace], _NEVER, spec=clause, messages=said)


def _said(arrival: int, departure: int, *, version: int = 1) -> bytes:
    moments = (_NOON + arrival).to_bytes(4, "big") + (_NOON + departure).to_bytes(4, "big")
    return bytes([version]) + moments + _MARKET.notification_key


def _faults() -> Iterator[Case]:
    """Yield what is faulty, alone and beside what is not."""
    said = [(0, _HOUR, _TEXT)]
    keys = {
        "neutral": bytes(48),
        "not-on-the-curve": (1).to_bytes(48, "little"),
        "outside-the-subgroup": (4).to_bytes(48, "little"),
    }
    traces: dict[str, Trace] = {name: replace(_GOOD, key=key) for name, key in keys.items()}
    traces["altered-message"] = replace(_GOOD, sealed=_flipped(_GOOD.sealed))
    box = seal_secretbox(_MARKET.notification_key, _GOOD.nonce, bytes(352))
    traces["no-message"] = replace(_GOOD, sealed=box)
    for name, trace in traces.items():
        yield _case(f"trace-{name}", _SHORT, [trace], _NEVER, spec="OVERLAP-5", messages=said)
    every = [*traces.values(), _GOOD]
    yield _case(
        "faulty-traces-beside-a-good-one", _SHORT, every, _SHORT_MATCH, spec="OVERLAP-5",
        messages=said,
    )  # fmt: skip
    whole = _SHORT[0].ciphertext
    records = {
        "point-not-on-the-curve": replace(_SHORT[0], ciphertext=b"\1" + bytes(95) + whole[96:]),
        "point-neutral": replace(_SHORT[0], ciphertext=bytes(96) + whole[96:]),
        "altered": replace(_SHORT[0], ciphertext=_flipped(whole)),
        "not-made-as-its-message-says": _made_otherwise(),
        "of-another-version": _MARKET.record(_said(600, 1_800, version=2)),
        "that-ends-before-it-begins": _MARKET.record(_said(1_800, 600)),
        "that-goes-on-after-its-hour": _MARKET.record(_said(600, 3_601)),
    }
    for name, record in records.items():
        yield _case(f"record-{name}", [record], [_GOOD], _NEVER, spec="OVERLAP-2", messages=said)
    beside = [*records.values(), *_SHORT]
    yield _case(
        "faulty-records-beside-a-good-one", beside, [_GOOD], _SHORT_MATCH, spec="OVERLAP-5",
        messages=said,
    )  # fmt: skip


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def _made_otherwise() -> VisitRecord:
    """Return a record that opens, but whose first point is not what pad and message say."""
    exponent, pad, nonce = Scalar.of_hash(b"another"), bytes(32), bytes(24)
    hashed = G1Point.hashed(_MARKET.identity(0)).times(exponent)
    mask = pairing_digest(hashed, _MARKET.entry.public_key)
    box = seal_secretbox(sha256(pad), nonce, _said(600, 1_800))
    return VisitRecord(_TODAY, G2Point.of(exponent).to_bytes() + mask + nonce + box)


def _twice() -> Iterator[Case]:
    said = [(0, _HOUR, _TEXT)]
    yield _case(
        "trace-twice", _SHORT, [_GOOD, _GOOD], _SHORT_MATCH, spec="OVERLAP-6", messages=said
    )
    yield _case(
        "message-sealed-again",
        _SHORT,
        [_GOOD, _MARKET.trace(0, 0, _HOUR, copy=1)],
        _SHORT_MATCH,
        spec="OVERLAP-6",
        messages=said,
    )
    yield _case(
        "visit-recorded-twice",
        [*_SHORT, *_MARKET.visit(600, 1_800, copy=1)],
        [_GOOD],
        _SHORT_MATCH,
        spec="OVERLAP-6",
        messages=said,
    )
    yield _case(
        "two-messages-of-one-hour",
        _SHORT,
        [_GOOD, _MARKET.trace(0, 0, _HOUR, text=_OTHER_TEXT)],
        [*_SHORT_MATCH, (600, 1_800, _OTHER_TEXT)],
        spec="OVERLAP-6",
        messages=[*said, (0, _HOUR, _OTHER_TEXT)],
    )


def _joins() -> Iterator[Case]:
    for name, parts in {
        "touching": [(0, 3_600, _TEXT), (3_600, 4_000, _TEXT)],
        "overlapping": [(0, 600, _TEXT), (300, 900, _TEXT)],
        "within-another": [(0, 3_600, _TEXT), (300, 900, _TEXT)],
        "three": [(0, 3_600, _TEXT), (3_600, 7_200, _TEXT), (7_200, 7_201, _TEXT)],
        "a-second-between": [(0, 3_600, _TEXT), (3_601, 4_000, _TEXT)],
        "other-message": [(0, 3_600, _TEXT), (3_600, 4_000, _OTHER_TEXT)],
        "one-between-of-another-message": [
            (0, 3_600, _TEXT),
            (600, 3_600, _OTHER_TEXT),
            (3_600, 4_000, _TEXT),
        ],
        "none": [],
    }.items():
        matches = [_match(*part, late=late) for late, part in enumerate(parts)]
        yield {
            "id": f"join-{name}",
            "comment": "each of a release of its own, ascending",
            "spec": ["OVERLAP-8"],
            "flags": [],
            "operation": "join",
            "matches": [one.to_value() for one in matches],
            "joined": [one.to_value() for one in joined(reversed(matches))],
            "result": "valid",
        }


def _match(start: int, end: int, text: str, *, late: int) -> PresenceMatch:
    return PresenceMatch(
        start=Instant(_NOON + start),
        end=Instant(_NOON + end),
        message=text,
        release=Instant(_RELEASE + late * 2 * _HOUR),
    )
