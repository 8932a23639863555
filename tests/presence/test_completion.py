"""spec/presence/pretrace.md: completion, and every pre-trace that the authority refuses."""

from collections.abc import Collection
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    ReplayError,
    TooEarlyError,
    UnauthorizedError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.presence.completion import complete
from dp3t.presence.encryption import IdentityKey, partial_key
from dp3t.presence.identity import identity_of, secrets_of
from dp3t.presence.matching import match
from dp3t.presence.pairing import G1Point, Scalar
from dp3t.presence.pretrace import PreTrace, TraceRequest, pre_trace
from dp3t.presence.trace import Message, Trace
from dp3t.presence.venue import VenueCode, set_up
from dp3t.presence.visit import check_in
from dp3t.primitives import X25519PrivateKey, open_box, random_from_os, seal_box
from dp3t.timeline import Day, Instant, day_of
from gatherings import AUTHORITY, HOUR, MARKET, NOW, SCHOOL, TEN, TEXT, asked, venue

REQUEST = asked(1800, 9000)
RELEASE = Instant(NOW - NOW % 7200 + 7200)
NOTIFICATION_KEY = secrets_of(MARKET.payload).notification_key


def given(request: TraceRequest = REQUEST, *, code: VenueCode = MARKET) -> PreTrace:
    return pre_trace(code, stretch=request.stretch, reference=request.reference, now=NOW)


def completed(one: PreTrace, **changes: Any) -> tuple[Trace, ...]:
    options: dict[str, Any] = {
        "private": AUTHORITY,
        "request": REQUEST,
        "text": TEXT,
        "now": NOW,
        "rand": random_from_os,
        **changes,
    }
    return complete(one, options.pop("private"), **options)


def with_key(one: PreTrace, at: int, key: bytes) -> PreTrace:
    return replace(one, keys=(*one.keys[:at], key, *one.keys[at + 1 :]))


def warned(arrival: int, departure: int, traces: Collection[Trace]) -> list[tuple[int, int]]:
    """Return when a visitor of the market, from and to so many seconds after ten, is warned."""
    visit = check_in(MARKET.entry, now=Instant(TEN + arrival), stay_seconds=86_400)
    left = Instant(TEN + departure)
    records = visit.check_out(departure=left, now=left, rand=random_from_os)
    found = match(records, traces, release=RELEASE)
    return [(one.start - TEN, one.end - TEN) for one in found]


class TestComplete:
    """Both halves together warn exactly those who were there."""

    @pytest.mark.spec("PRETRACE-14", "PRETRACE-16")
    def test_each_hour_becomes_a_trace_under_the_key_in_the_entry_code(self) -> None:
        traces = completed(given())
        starts = (TEN, TEN + HOUR, TEN + 2 * HOUR)
        identities = [identity_of(MARKET.payload, start=Instant(start)) for start in starts]
        assert [trace.identity for trace in traces] == identities
        for trace in traces:
            trace.identity_key().require_under(MARKET.entry.public_key)
            assert trace.day == day_of(TEN)

    @pytest.mark.spec("PRETRACE-14")
    def test_the_key_is_the_sum_of_both_shares_parts(self) -> None:
        (trace,) = completed(given(asked()), request=asked())
        theirs = Scalar.from_bytes(open_box(AUTHORITY, MARKET.sealed_share))
        whole = partial_key(MARKET.share.plus(theirs), identity=trace.identity)
        assert trace.key == whole.to_bytes()

    @pytest.mark.spec("PRETRACE-16")
    def test_every_message_holds_the_whole_stretch(self) -> None:
        for trace in completed(given()):
            assert trace.open(NOTIFICATION_KEY) == Message(TEXT, REQUEST.stretch)

    @pytest.mark.spec("PRETRACE-16")
    def test_the_day_is_that_of_the_hour_and_not_of_the_stretch(self) -> None:
        request = asked(13 * HOUR, 15 * HOUR)  # from eleven at night to one
        traces = completed(given(request), request=request)
        assert [trace.day for trace in traces] == [day_of(TEN), Day(day_of(TEN) + 1)]

    @pytest.mark.spec("PRETRACE-16")
    @pytest.mark.parametrize(
        ("arrival", "departure", "expected"),
        [
            (0, 1800, []),
            (0, 1801, [(1800, 1801)]),
            (3600, 5400, [(3600, 5400)]),
            (8999, 9001, [(8999, 9000)]),
            (9000, 9600, []),
        ],
    )
    def test_who_was_there_in_the_stretch_is_warned_and_nobody_else(
        self, arrival: int, departure: int, expected: list[tuple[int, int]]
    ) -> None:
        assert warned(arrival, departure, completed(given())) == expected

    def test_the_same_randomness_gives_the_same_traces(self) -> None:
        one, other = (completed(given(), rand=Random(5).randbytes) for _ in range(2))
        assert one == other
        assert len({trace.nonce for trace in one}) == len(one)


class TestRequest:
    """A pre-trace answers one request, at a time when it can."""

    @pytest.mark.spec("PRETRACE-9")
    def test_the_reference_of_another_request_is_refused(self) -> None:
        with pytest.raises(UnauthorizedError, match="another request"):
            completed(given(), request=replace(REQUEST, reference="7K2-4412"))

    @pytest.mark.spec("PRETRACE-10")
    @pytest.mark.parametrize("shift", [(-1, 0), (1, 0), (0, -1), (0, 1), (-HOUR, HOUR), (HOUR, 0)])
    def test_a_trace_for_a_wrong_interval_is_refused(self, shift: tuple[int, int]) -> None:
        """Neither more than was asked for nor less passes."""
        start, end = shift
        with pytest.raises(PolicyError, match="wrong interval"):
            completed(given(asked(1800 + start, 9000 + end)))

    @pytest.mark.spec("PRETRACE-10", "PRETRACE-14")
    def test_keys_of_the_hours_beside_those_asked_for_are_not_authentic(self) -> None:
        """The owner cannot say ten and mean nine."""
        nine = given(asked(-HOUR, 0))
        with pytest.raises(VerificationError):
            completed(replace(nine, request=asked()), request=asked())

    @pytest.mark.spec("PRETRACE-11")
    def test_the_authority_asks_its_own_clock(self) -> None:
        last = TEN + 3 * HOUR
        midnight = TEN - TEN % 86_400 + 11 * 86_400
        for now in (last, midnight - 1):
            assert len(completed(given(), now=Instant(now))) == 3
        with pytest.raises(TooEarlyError):
            completed(given(), now=Instant(last - 1))
        with pytest.raises(ExpiredError):
            completed(given(), now=Instant(midnight))

    @pytest.mark.spec("PRETRACE-16")
    @pytest.mark.parametrize("text", ["", "x" * 281, "a\x1b[0m"])
    def test_a_text_that_nobody_may_publish_is_malformed(self, text: str) -> None:
        with pytest.raises(MalformedError):
            completed(given(), text=text)


class TestEntryCode:
    """What stands in the payload is read as strictly as on a phone."""

    @pytest.mark.spec("PRETRACE-13")
    def test_a_payload_that_is_no_entry_code_is_refused(self) -> None:
        for payload in (b"", b"no entry code", MARKET.payload[:-1]):
            with pytest.raises(MalformedError):
                completed(replace(given(), payload=payload))
        with pytest.raises(LimitError):
            completed(replace(given(), payload=bytes(1025)))
        with pytest.raises(UnsupportedVersionError):
            completed(replace(given(), payload=b"\x08\x09" + MARKET.payload[2:]))

    @pytest.mark.spec("PRETRACE-13")
    @pytest.mark.parametrize(
        ("start", "end", "good"),
        [
            (None, None, True),
            (0, 1801, True),
            (-172_800, 1801 - 86_400, True),
            (-172_800, 1800 - 86_400, False),
            (8999, None, True),
            (9000, None, False),
            (None, 1800 - 86_400, False),
            (9000, 9600, False),
        ],
    )
    def test_a_code_under_which_no_visit_can_lie_in_the_stretch_is_refused(
        self, start: int | None, end: int | None, good: bool
    ) -> None:
        code = set_up(
            description="Lớp học",
            address="Đà Nẵng",
            authority=AUTHORITY.public(),
            rand=random_from_os,
            start=None if start is None else Instant(TEN + start),
            end=None if end is None else Instant(TEN + end),
        )
        if good:
            assert len(completed(given(code=code))) == 3
            return
        with pytest.raises(PolicyError, match="no visit under the entry code"):
            completed(given(code=code))


class TestShares:
    """A share or a key of somebody else gives no trace."""

    @pytest.mark.spec("PRETRACE-12")
    def test_a_share_sealed_to_another_authority_is_named(self) -> None:
        elsewhere = venue(3, authority=X25519PrivateKey(bytes(31) + b"\1"))
        with pytest.raises(VerificationError, match="another authority"):
            completed(given(code=elsewhere))

    @pytest.mark.spec("PRETRACE-12")
    @pytest.mark.parametrize("content", [bytes(32), b"\xff" * 32, bytes(31), b""])
    def test_a_sealed_share_that_holds_no_scalar_is_malformed(self, content: bytes) -> None:
        sealed = seal_box(AUTHORITY.public(), content, rand=random_from_os)
        with pytest.raises(MalformedError, match="scalar"):
            completed(replace(given(), sealed_share=sealed))

    @pytest.mark.spec("PRETRACE-14")
    @pytest.mark.parametrize("part", ["payload", "sealed_share", "keys"])
    def test_a_part_of_another_venue_is_not_authentic(self, part: str) -> None:
        other = {part: getattr(given(code=SCHOOL), part)}
        with pytest.raises(VerificationError, match="public key"):
            completed(replace(given(), **other))

    @pytest.mark.spec("PRETRACE-14")
    @pytest.mark.parametrize("at", [0, 1, 2])
    def test_one_wrong_key_refuses_every_hour(self, at: int) -> None:
        one = given()
        wrong = partial_key(Scalar(7), identity=identity_of(MARKET.payload, start=TEN)).to_bytes()
        with pytest.raises(VerificationError):
            completed(with_key(one, at, wrong))

    @pytest.mark.spec("PRETRACE-14")
    def test_keys_in_another_order_are_not_authentic(self) -> None:
        one = given()
        with pytest.raises(VerificationError):
            completed(replace(one, keys=tuple(reversed(one.keys))))

    @pytest.mark.spec("PRETRACE-15")
    def test_bytes_that_are_no_point_of_the_group_are_malformed(self) -> None:
        for key in (bytes(48), b"\xff" * 48, point_outside_the_group()):
            with pytest.raises(MalformedError):
                completed(with_key(given(), 1, key))

    @pytest.mark.spec("PRETRACE-15")
    def test_a_key_that_cancels_the_authoritys_part_is_malformed(self) -> None:
        """Who set up the venue may have kept the share that it should have erased."""
        theirs = Scalar.from_bytes(open_box(AUTHORITY, MARKET.sealed_share))
        ours = partial_key(theirs, identity=identity_of(MARKET.payload, start=TEN)).to_bytes()
        with pytest.raises(MalformedError, match="cancel"):
            completed(with_key(given(), 0, ours[:-1] + bytes([ours[-1] ^ 0x80])))


def point_outside_the_group() -> bytes:
    """Return a point of the curve that lies in no group of order r."""
    prime = int(
        "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f624"
        "1eabfffeb153ffffb9feffffffffaaab",
        16,
    )
    x = next(x for x in range(1, 99) if pow(x**3 + 4, (prime - 1) // 2, prime) == 1)
    return x.to_bytes(48, "little")


class TestReplay:
    """An hour is traced once for one stretch, and again for another."""

    @pytest.mark.spec("PRETRACE-17")
    def test_the_same_trace_completed_twice_is_a_replay(self) -> None:
        first = completed(given())
        with pytest.raises(ReplayError):
            completed(given(), published=first)

    @pytest.mark.spec("PRETRACE-17")
    def test_a_shorter_stretch_of_hours_that_are_traced_is_a_replay(self) -> None:
        first, shorter = completed(given()), asked(2000, 8000)
        with pytest.raises(ReplayError):
            completed(given(shorter), request=shorter, published=first)

    @pytest.mark.spec("PRETRACE-17")
    def test_what_was_published_by_half_is_finished(self) -> None:
        first, *rest = completed(given())
        found = completed(given(), published=[first])
        assert [trace.identity for trace in found] == [trace.identity for trace in rest]

    @pytest.mark.spec("PRETRACE-17")
    def test_a_second_gathering_in_a_traced_hour_is_no_replay(self) -> None:
        early, late = asked(0, 1200), asked(1201, 3000)
        first = completed(given(early), request=early)
        second = completed(given(late), request=late, published=first)
        assert warned(1200, 1800, first) == []
        assert warned(1200, 1800, second) == [(1201, 1800)]

    @pytest.mark.spec("PRETRACE-17")
    def test_an_empty_trace_of_the_same_identity_stands_in_nobodys_way(self) -> None:
        """A server that knows the identity cannot make the authority believe that all is done."""
        asked_for = asked()
        (good,) = completed(given(asked_for), request=asked_for)
        garbled = replace(good, sealed=bytes(len(good.sealed)))
        other = IdentityKey(identity=good.identity, key=G1Point.hashed(b"another"))
        unusable = Trace.of(
            other,
            day=good.day,
            message=Message(TEXT, asked_for.stretch),
            notification_key=NOTIFICATION_KEY,
            rand=random_from_os,
        )
        again = completed(given(asked_for), request=asked_for, published=[garbled, unusable])
        assert [trace.identity for trace in again] == [good.identity]

    @pytest.mark.spec("PRETRACE-17")
    def test_traces_of_other_venues_and_hours_stand_in_nobodys_way(self) -> None:
        others = [
            *completed(given(code=SCHOOL)),
            *completed(given(asked(-HOUR, 0)), request=asked(-HOUR, 0)),
        ]
        assert len(completed(given(), published=others)) == 3


@pytest.mark.spec("PRETRACE-14", "PRETRACE-15")
def test_damaged_pre_traces_end_in_one_of_our_errors() -> None:
    """Any single part may be random."""
    random = Random(11)
    good = given(asked())
    for _ in range(20):
        part = random.choice(["payload", "sealed_share", "keys"])
        value: Any = bytearray(good.keys[0] if part == "keys" else getattr(good, part))
        value[random.randrange(len(value))] ^= 1 << random.randrange(8)
        damaged: Any = (bytes(value),) if part == "keys" else bytes(value)
        with pytest.raises(Dp3tError):
            completed(replace(good, **{part: damaged}), request=asked())
