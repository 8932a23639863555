"""spec/presence/rotation.md: codes of days and events, and what a visitor of another day sees."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_entry
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    MalformedError,
    TooEarlyError,
    UnsupportedVersionError,
)
from dp3t.params import LAST_INSTANT
from dp3t.presence.completion import complete
from dp3t.presence.entry import MAX_STAY_SECONDS, EntryCode
from dp3t.presence.identity import identity_of, preid_of, secrets_of
from dp3t.presence.matching import PresenceMatch, match
from dp3t.presence.pretrace import TraceRequest, pre_trace
from dp3t.presence.rotation import RotatingCode
from dp3t.presence.trace import Trace
from dp3t.presence.venue import VenueCode, set_up
from dp3t.presence.visit import check_in
from dp3t.primitives import X25519PrivateKey, random_from_os, seeded_random
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start
from vectors import Case, load, vector_cases

AUTHORITY = X25519PrivateKey(bytes(range(32)))
HOUR = 3600
MONDAY, TUESDAY = Day(18_813), Day(18_814)
NAMED = {
    "empty": "not a canonical msgpack value",
    "cut": "not a canonical msgpack value",
    "version-2": "the rotating code has version 2",
    "unknown-field": "the rotating code has an unknown field",
    "secret-of-31-bytes": "secret has 31 bytes, not 32",
    "secret-of-33-bytes": "secret has 33 bytes, not 32",
    "venue-is-text": "venue is not bytes",
    "venue-cut": "the trace code is cut",
    "trace-code": "not a canonical msgpack value",
    "entry-code": "not a canonical msgpack value",
}


def venue() -> VenueCode:
    return set_up(
        description="Bar",
        address="Street 1",
        authority=AUTHORITY.public(),
        rand=seeded_random(bytes(32), label=b"bar"),
        default_stay_seconds=3 * HOUR,
    )


def rotating(secret: bytes = bytes(range(32))) -> RotatingCode:
    return RotatingCode(venue=venue(), secret=secret)


CODE = rotating()


def at(day: Day, hour: float) -> Instant:
    return Instant(day_start(day) + int(hour * HOUR))


def traces(code: VenueCode, stretch: Stretch) -> tuple[Trace, ...]:
    now = Instant(stretch.end + HOUR)
    request = TraceRequest(reference="R-1", stretch=stretch)
    given = pre_trace(code, stretch=stretch, reference="R-1", now=now)
    return complete(
        given, AUTHORITY, request=request, text="Call 19003228", now=now, rand=random_from_os
    )


def warned(code: VenueCode, arrival: Instant, departure: Instant, *found: Trace) -> int:
    """Return how many seconds somebody is warned of who came by this code and left."""
    visit = check_in(code.entry, now=arrival, stay_seconds=departure - arrival)
    records = visit.check_out(departure=departure, now=departure, rand=random_from_os)
    matches: tuple[PresenceMatch, ...] = tuple(match(records, found, release=at(Day(18_816), 0)))
    return sum(each.end - each.start for each in matches)


def recognised(payload: bytes, *found: Trace) -> list[Day]:
    """Return the days of the traces that somebody who has an entry code can tell are its place's.

    What a guest with the payload can do: compute the place's name in every hour of the time.
    """
    hours = range(at(MONDAY, 0), at(Day(TUESDAY + 2), 0), HOUR)
    own = {identity_of(payload, start=Instant(start)) for start in hours}
    key = secrets_of(payload).notification_key
    opened = []
    for trace in found:
        if trace.identity in own:
            assert trace.open(key).text == "Call 19003228"
            opened.append(trace.day)
    return opened


def check(code: VenueCode, case: Case, seed: bytes) -> None:
    venue_code = RotatingCode.decode(bytes.fromhex(case["code"])).venue
    vendor = venue_code.entry.vendor_data
    payload = oracle_entry.payload(
        description=case.get("name", venue_code.entry.description),
        address=venue_code.entry.address,
        public_key=venue_code.entry.public_key.to_bytes(),
        seed=seed,
        vendor=vendor,
        start=case["start"],
        end=case["end"],
    )
    assert code.payload == payload == bytes.fromhex(case["payload"])
    assert code.entry.seed == seed == bytes.fromhex(case["seed"])
    share, sealed = venue_code.share.to_bytes(), venue_code.sealed_share
    theirs = oracle_entry.trace_code(payload, share, sealed)
    assert code.encode() == theirs == bytes.fromhex(case["trace_code"])


@pytest.mark.parametrize("case", vector_cases("rotation", operation="day"))
def test_a_day_has_this_code(case: Case) -> None:
    code = RotatingCode.decode(bytes.fromhex(case["code"]))
    seed = oracle_entry.day_seed(code.secret, case["day"])
    assert (case["start"], case["end"]) == (case["day"] * 86_400, (case["day"] + 1) * 86_400)
    check(code.day_code(Day(case["day"])), case, seed)


@pytest.mark.parametrize("case", vector_cases("rotation", operation="event"))
def test_an_event_has_this_code(case: Case) -> None:
    code = RotatingCode.decode(bytes.fromhex(case["code"]))
    seed = oracle_entry.event_seed(code.secret, case["start"], case["end"], case["name"])
    stretch = Stretch(Instant(case["start"]), Instant(case["end"]))
    check(code.event_code(case["name"], stretch=stretch), case, seed)


@pytest.mark.parametrize("case", vector_cases("rotation", operation="stretch"))
def test_a_stretch_is_traced_under_these_codes(case: Case) -> None:
    code = RotatingCode.decode(bytes.fromhex(case["code"]))
    stretch = Stretch(Instant(case["start"]), Instant(case["end"]))
    assert code.day_codes(stretch) == tuple(code.day_code(Day(day)) for day in case["days"])


@pytest.mark.parametrize("case", vector_cases("rotation", operation="read", result="valid"))
def test_a_rotating_code_is_read(case: Case) -> None:
    code = RotatingCode.decode(bytes.fromhex(case["code"]))
    assert code.secret.hex() == case["secret"]
    assert code.venue.encode().hex() == case["venue"]
    assert code.encode().hex() == case["code"]
    assert code.text() == case["text"]
    assert RotatingCode.from_text(case["text"]) == code


@pytest.mark.parametrize("case", vector_cases("rotation", operation="read", result="malformed"))
def test_a_rotating_code_with_one_fault_is_refused_by_name(case: Case) -> None:
    named = NAMED[case["id"].removeprefix("read-")]
    kind = UnsupportedVersionError if "has version" in named else MalformedError
    with pytest.raises(kind, match=named):
        RotatingCode.decode(bytes.fromhex(case["code"]))


@pytest.mark.spec("ROTATION-1")
def test_the_secret_is_drawn_and_follows_from_nothing_that_the_venue_has() -> None:
    code = RotatingCode.generate(venue(), rand=BytesIO(b"s" * 32).read)
    assert code.secret == b"s" * 32
    one, other = (RotatingCode.generate(venue(), rand=random_from_os) for _ in range(2))
    assert one.secret != other.secret
    assert one.day_code(MONDAY).payload != other.day_code(MONDAY).payload
    for length in (0, 31, 33):
        with pytest.raises(MalformedError, match="a rotation secret has 32 bytes"):
            RotatingCode(venue=venue(), secret=bytes(length))


class TestOtherDays:
    """Requirement PL2: who was there on another day learns nothing from a trace."""

    stretch = Stretch(at(TUESDAY, 12), at(TUESDAY, 14))

    @pytest.mark.spec("ROTATION-2")
    def test_a_guest_of_monday_does_not_recognise_a_trace_of_tuesday(self) -> None:
        found = traces(CODE.day_code(TUESDAY), self.stretch)
        assert len(found) == 2
        assert recognised(CODE.day_code(MONDAY).payload, *found) == []
        assert recognised(CODE.venue.payload, *found) == []

    def test_under_one_code_for_all_days_she_does(self) -> None:
        found = traces(CODE.venue, self.stretch)
        assert recognised(CODE.venue.payload, *found) == [TUESDAY] * 2

    @pytest.mark.spec("ROTATION-2")
    def test_a_guest_of_tuesday_is_warned_and_knows_where(self) -> None:
        code = CODE.day_code(TUESDAY)
        found = traces(code, self.stretch)
        assert recognised(code.payload, *found) == [TUESDAY] * 2
        assert warned(code, at(TUESDAY, 13), at(TUESDAY, 15), *found) == HOUR
        assert warned(code, at(TUESDAY, 14.5), at(TUESDAY, 15), *found) == 0

    @pytest.mark.spec("ROTATION-2", "ROTATION-3")
    def test_days_and_events_have_nothing_in_common_but_what_the_venue_shows(self) -> None:
        codes = [CODE.day_code(Day(MONDAY + day)) for day in range(7)]
        codes += [
            CODE.event_code(name, stretch=Stretch(at(MONDAY, 1), at(MONDAY, end)))
            for name, end in (("Quiz", 2), ("Quiz", 3), ("Talk", 2))
        ]
        payloads = [code.payload for code in codes]
        seeds = {code.entry.seed for code in codes}
        assert len(seeds) == len({preid_of(payload) for payload in payloads}) == len(codes)
        assert {code.entry.public_key for code in codes} == {CODE.venue.entry.public_key}
        keys = {secrets_of(payload).notification_key for payload in payloads}
        assert len(keys) == len(codes)

    @pytest.mark.spec("ROTATION-2", "ROTATION-4")
    def test_who_knows_all_of_a_day_but_the_secret_cannot_write_another_days_code(self) -> None:
        """All but the seed can be guessed; what follows from Monday gives another seed."""
        monday, tuesday = CODE.day_code(MONDAY), CODE.day_code(TUESDAY)
        start, end = tuesday.entry.start, tuesday.entry.end
        assert start is not None
        assert end is not None

        def guess(seed: bytes) -> EntryCode:
            return monday.entry.renewed(seed=seed, start=start, end=end)

        assert guess(tuesday.entry.seed) == tuesday.entry
        known = (monday.share.to_bytes(), monday.payload, monday.encode(), monday.entry.seed)
        seeds = [monday.entry.seed, *(oracle_entry.day_seed(key, TUESDAY) for key in known)]
        assert tuesday.payload not in [guess(seed).payload for seed in seeds]

    @pytest.mark.spec("ROTATION-4")
    @pytest.mark.parametrize(
        "code",
        [
            CODE.day_code(MONDAY),
            CODE.event_code("Quiz", stretch=Stretch(at(MONDAY, 1), at(MONDAY, 2))),
        ],
    )
    def test_a_trace_code_does_not_hold_the_secret(self, code: VenueCode) -> None:
        for spelt in (CODE.secret, CODE.secret.hex().encode(), CODE.secret[:16]):
            assert spelt not in code.encode()
        assert oracle_entry.base64url(CODE.secret)[:40] not in code.text()


class TestMidnight:
    """A visit stays under the code with which it began."""

    stretch = Stretch(at(TUESDAY, 1), at(TUESDAY, 3))

    @pytest.mark.spec("ROTATION-5")
    def test_a_guest_who_came_before_midnight_is_warned_of_the_hours_after_it(self) -> None:
        monday, tuesday = CODE.day_codes(self.stretch)
        assert (monday, tuesday) == (CODE.day_code(MONDAY), CODE.day_code(TUESDAY))
        found = [trace for code in (monday, tuesday) for trace in traces(code, self.stretch)]
        assert warned(monday, at(MONDAY, 22), at(TUESDAY, 2), *found) == HOUR
        assert warned(tuesday, at(TUESDAY, 0.5), at(TUESDAY, 2), *found) == HOUR
        alone = traces(tuesday, self.stretch)
        assert warned(monday, at(MONDAY, 22), at(TUESDAY, 2), *alone) == 0

    @pytest.mark.spec("ROTATION-2")
    def test_a_day_ends_where_the_next_begins(self) -> None:
        midnight = at(TUESDAY, 0)
        monday, tuesday = CODE.day_code(MONDAY).entry, CODE.day_code(TUESDAY).entry
        assert check_in(monday, now=Instant(midnight - 1)).arrival == midnight - 1
        assert check_in(tuesday, now=midnight).arrival == midnight
        with pytest.raises(ExpiredError):
            check_in(monday, now=midnight)
        with pytest.raises(TooEarlyError):
            check_in(tuesday, now=Instant(midnight - 1))

    @pytest.mark.spec("ROTATION-5")
    @given(
        arrival=st.integers(86_400, 2**31),
        stay=st.integers(1, MAX_STAY_SECONDS),
        within=st.floats(0, 1, exclude_max=True),
        length=st.integers(1, 90_000),
    )
    def test_every_visit_that_touches_a_stretch_began_under_one_of_its_codes(
        self, arrival: int, stay: int, within: float, length: int
    ) -> None:
        start = Instant(arrival + int(within * stay))
        codes = CODE.day_codes(Stretch(start, Instant(start + length)))
        assert day_start(day_of(Instant(arrival))) in [code.entry.start for code in codes]


def test_days_events_and_stretches_that_are_none_are_mistakes_of_the_program() -> None:
    for day in (-1, LAST_INSTANT // 86_400):
        with pytest.raises(ValueError, match="1970"):
            CODE.day_code(Day(day))
    for start, end in ((-1, 5), (5, LAST_INSTANT + 1)):
        with pytest.raises(ValueError, match="1970"):
            CODE.event_code("x", stretch=Stretch(Instant(start), Instant(end)))
    for start, end in ((5, 5), (6, 5)):
        with pytest.raises(ValueError, match="ends after it starts"):
            CODE.day_codes(Stretch(Instant(start), Instant(end)))


@pytest.mark.spec("ROTATION-3")
def test_an_event_that_no_reader_takes_is_refused() -> None:
    for name in ("", "x" * 101, "a\nb", "\ud800"):
        with pytest.raises(MalformedError, match="the description"):
            CODE.event_code(name, stretch=Stretch(at(MONDAY, 1), at(MONDAY, 2)))
    with pytest.raises(MalformedError, match="ends before it starts"):
        CODE.event_code("x", stretch=Stretch(at(MONDAY, 2), at(MONDAY, 1)))


@pytest.mark.spec("ROTATION-7")
def test_a_repr_and_an_error_hide_the_secret() -> None:
    shown = f"{CODE!r} {CODE} {[CODE]}"
    for end in range(0, len(CODE.encode()), 11):
        with pytest.raises(MalformedError) as caught:
            RotatingCode.decode(CODE.encode()[:end])
        shown += repr(caught.value)
    for secret in (CODE.secret, CODE.venue.share.to_bytes(), CODE.venue.payload):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown


@pytest.mark.spec("ENTRY-21", "ENTRY-22")
def test_the_three_kinds_of_text_are_told_apart() -> None:
    with pytest.raises(MalformedError, match="a venue's private code, not an entry code"):
        EntryCode.from_link(CODE.text())
    with pytest.raises(MalformedError, match="not a venue's private code"):
        RotatingCode.from_text(CODE.day_code(MONDAY).entry.link())
    with pytest.raises(MalformedError, match="a private code of another kind"):
        RotatingCode.from_text(CODE.venue.text())
    with pytest.raises(MalformedError, match="a private code of another kind"):
        VenueCode.from_text(CODE.text())


def test_rotating_codes_are_compared_by_all_they_hold() -> None:
    again = RotatingCode.decode(CODE.encode())
    assert (again, hash(again)) == (CODE, hash(CODE))
    assert rotating(bytes(32)) != CODE
    assert RotatingCode(venue=CODE.day_code(MONDAY), secret=CODE.secret) != CODE


GOOD = next(
    bytes.fromhex(case["code"]) for case in load("rotation")["cases"] if case["id"] == "read"
)


@pytest.mark.spec("ROTATION-6")
@given(st.binary(max_size=300))
def test_any_bytes_are_a_rotating_code_or_refused(data: bytes) -> None:
    try:
        RotatingCode.decode(data)
    except Dp3tError:
        return


@pytest.mark.spec("ROTATION-6")
@given(st.data())
def test_any_change_of_a_rotating_code_is_one_or_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(GOOD) - 1))
    flipped = GOOD[place] ^ data.draw(st.integers(1, 255))
    try:
        RotatingCode.decode(GOOD[:place] + bytes([flipped]) + GOOD[place + 1 :])
    except Dp3tError:
        return
