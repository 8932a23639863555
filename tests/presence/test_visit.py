"""spec/presence/visit.md: check-in, check-out and the record of an hour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_trace
from dp3t.errors import (
    ClockError,
    Dp3tError,
    ExpiredError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnsupportedVersionError,
)
from dp3t.params import LAST_DAY, LAST_INSTANT
from dp3t.presence.encryption import Ciphertext
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import interval_starts
from dp3t.presence.visit import (
    DEFAULT_STAY_SECONDS,
    MESSAGE_BYTES,
    RECORD_BYTES,
    CheckIn,
    VisitMessage,
    VisitRecord,
    check_in,
)
from dp3t.timeline import Day, Instant, day_of
from vectors import Case, vector_cases
from visits import DAY, HOUR, NOON, RAND, venue

MARKET = venue(0)
KEY = bytes(range(32))
moments = st.integers(0, LAST_INSTANT)


def begun(arrival: int = NOON, leaves_by: int = NOON + DAY) -> CheckIn:
    return CheckIn(entry=MARKET.entry, arrival=Instant(arrival), leaves_by=Instant(leaves_by))


class TestRecords:
    """One ciphertext for each hour, and nothing else."""

    @pytest.mark.parametrize("case", vector_cases("visit", operation="records"))
    def test_records_have_the_bytes_that_both_witnesses_compute(self, case: Case) -> None:
        payload, public = bytes.fromhex(case["payload"]), bytes.fromhex(case["public_key"])
        drawn = iter([bytes.fromhex(part) for draw in case["draws"] for part in draw])
        departure = Instant(case["departure"])
        visit = CheckIn(
            entry=EntryCode.parse(payload),
            arrival=Instant(case["arrival"]),
            leaves_by=departure,
        )
        records = visit.check_out(departure=departure, now=departure, rand=lambda _: next(drawn))
        found = [{"day": one.day, "ciphertext": one.ciphertext.hex()} for one in records]
        assert found == case["records"]
        _, _, notification_key = oracle_trace.secrets(payload)
        parts = oracle_trace.parts_of_visit(case["arrival"], case["departure"])
        for at, (start, arrival, leaving) in enumerate(parts):
            identity = oracle_trace.identity(payload, start)
            message = oracle_trace.visit_message(arrival, leaving, notification_key)
            assert identity.hex() == case["identities"][at]
            assert message.hex() == case["messages"][at]
            pad, nonce = map(bytes.fromhex, case["draws"][at])
            sealed = oracle_trace.ciphertext(public, identity, message, pad, nonce)
            derived = {"day": start // DAY, "ciphertext": sealed.hex()}
            assert derived == case["records"][at]
        assert len(parts) == len(case["records"])

    @pytest.mark.spec("VISIT-1")
    def test_the_second_witness_derives_crowdnotifiers_identity(self) -> None:
        """libcrowdnotifier, lib/src/v3/testvectors.ts: payload `Parse this as bytes`, start 12."""
        identity = "166c3a8cf1f168f0664f17dec7ca1af5377188762568582014a40764768539e0"
        assert oracle_trace.identity(b"Parse this as bytes", 12).hex() == identity

    @pytest.mark.spec("VISIT-1")
    @pytest.mark.parametrize(
        ("arrival", "departure", "hours"),
        [
            (0, 0, [0]),
            (100, 100, [0]),
            (0, 3599, [0]),
            (0, 3600, [0, 1]),
            (3599, 3600, [0, 1]),
            (1800, 9000, [0, 1, 2]),
            (11 * HOUR, 13 * HOUR - 1, [11, 12]),
        ],
        ids=["empty", "empty-inside", "whole", "until-next", "second", "three", "midnight"],
    )
    def test_a_visit_has_a_record_for_each_hour_it_touches(
        self, arrival: int, departure: int, hours: list[int]
    ) -> None:
        records = MARKET.visit(NOON + arrival, NOON + departure)
        starts = [NOON + hour * HOUR for hour in hours]
        assert [record.day for record in records] == [day_of(Instant(at)) for at in starts]
        for record, start in zip(records, starts, strict=True):
            MARKET.read(record, start)

    @pytest.mark.spec("VISIT-3")
    def test_a_record_says_the_part_of_the_visit_in_its_hour(self) -> None:
        records = MARKET.visit(NOON + 1800, NOON + 2 * HOUR + 60)
        parts = [MARKET.read(record, NOON + hour * HOUR) for hour, record in enumerate(records)]
        assert [(part.arrival - NOON, part.departure - NOON) for part in parts] == [
            (1800, HOUR),
            (HOUR, 2 * HOUR),
            (2 * HOUR, 2 * HOUR + 60),
        ]
        assert [part.hour - NOON for part in parts] == [0, HOUR, 2 * HOUR]
        assert {part.notification_key for part in parts} == {MARKET.notification_key}

    @pytest.mark.spec("VISIT-4")
    def test_a_record_is_a_day_and_209_bytes_that_differ_each_time(self) -> None:
        once, again = MARKET.visit(NOON, NOON + 60), MARKET.visit(NOON, NOON + 60)
        assert {len(record.ciphertext) for record in (*once, *again)} == {209} == {RECORD_BYTES}
        assert VisitRecord.__slots__ == ("day", "ciphertext")
        one, other = (Ciphertext.decode(record.ciphertext) for (record,) in (once, again))
        assert (one.c1 == other.c1, one.c2 == other.c2, one.nonce == other.nonce) == (False,) * 3

    @pytest.mark.spec("VISIT-4")
    @pytest.mark.parametrize(
        ("day", "length"), [(-1, 209), (LAST_DAY + 1, 209), (1, 208), (1, 210), (1, 0)]
    )
    def test_another_form_of_record_is_refused(self, day: int, length: int) -> None:
        with pytest.raises(MalformedError):
            VisitRecord(Day(day), bytes(length))

    def test_the_last_hour_that_formats_can_hold_is_recorded(self) -> None:
        records = begun(LAST_INSTANT - 10, LAST_INSTANT).check_out(
            departure=Instant(LAST_INSTANT), now=Instant(LAST_INSTANT), rand=RAND
        )
        assert [record.day for record in records] == [LAST_DAY]


class TestMessage:
    """What a record says to whoever can decrypt it."""

    @pytest.mark.parametrize("case", vector_cases("visit", operation="message", result="valid"))
    def test_a_message_has_the_bytes_that_both_witnesses_write(self, case: Case) -> None:
        key = bytes.fromhex(case["notification_key"])
        message = VisitMessage(
            arrival=Instant(case["arrival"]),
            departure=Instant(case["departure"]),
            notification_key=key,
        )
        assert message.encode().hex() == case["encoded"]
        assert VisitMessage.decode(bytes.fromhex(case["encoded"])) == message
        derived = oracle_trace.visit_message(case["arrival"], case["departure"], key)
        assert derived.hex() == case["encoded"]

    @pytest.mark.parametrize("case", vector_cases("visit", operation="message", result="malformed"))
    def test_any_other_message_is_refused(self, case: Case) -> None:
        with pytest.raises(MalformedError):
            VisitMessage.decode(bytes.fromhex(case["encoded"]))

    @pytest.mark.spec("VISIT-2")
    def test_the_message_has_the_bytes_of_the_chapter(self) -> None:
        message = VisitMessage(
            arrival=Instant(0x5FBBA840), departure=Instant(0x5FBBA841), notification_key=KEY
        )
        assert message.encode() == bytes.fromhex("01 5fbba840 5fbba841") + KEY

    @pytest.mark.spec("VISIT-2")
    @given(arrival=moments, length=st.integers(0, HOUR))
    def test_every_message_has_41_bytes_and_is_read_back(self, arrival: int, length: int) -> None:
        end = min(arrival - arrival % HOUR + HOUR, arrival + length, LAST_INSTANT)
        message = VisitMessage(
            arrival=Instant(arrival), departure=Instant(end), notification_key=KEY
        )
        assert len(message.encode()) == 41 == MESSAGE_BYTES
        assert VisitMessage.decode(message.encode()) == message

    @pytest.mark.spec("VISIT-5")
    @pytest.mark.parametrize(
        ("arrival", "departure"),
        [(NOON + 1, NOON), (NOON, NOON + HOUR + 1), (NOON + HOUR - 1, NOON + HOUR + 1)],
        ids=["ends before it begins", "a second too long", "in two hours"],
    )
    def test_moments_that_are_not_of_one_hour_are_refused(
        self, arrival: int, departure: int
    ) -> None:
        data = b"\1" + arrival.to_bytes(4, "big") + departure.to_bytes(4, "big") + KEY
        with pytest.raises(MalformedError):
            VisitMessage.decode(data)

    @pytest.mark.spec("VISIT-5")
    def test_another_version_is_refused_as_such(self) -> None:
        with pytest.raises(UnsupportedVersionError, match="version 2"):
            VisitMessage.decode(b"\2" + bytes(40))

    @pytest.mark.spec("VISIT-5")
    @given(data=st.binary(max_size=50) | st.binary(min_size=40, max_size=40).map(b"\1".__add__))
    def test_any_bytes_are_a_message_of_one_encoding_or_refused(self, data: bytes) -> None:
        try:
            message = VisitMessage.decode(data)
        except Dp3tError:
            return
        assert message.encode() == data

    def test_a_key_of_another_length_is_refused(self) -> None:
        with pytest.raises(MalformedError, match="32 bytes"):
            VisitMessage(arrival=NOON, departure=NOON, notification_key=KEY[1:])

    @pytest.mark.spec("VISIT-17")
    def test_neither_repr_nor_error_tells_what_it_says(self) -> None:
        message = VisitMessage(arrival=NOON, departure=NOON, notification_key=b"A" * 32)
        with pytest.raises(MalformedError) as caught:
            VisitMessage(arrival=NOON, departure=Instant(NOON - 1), notification_key=b"A" * 32)
        for shown in (repr(message), repr(caught.value)):
            assert "AAAA" not in shown
            assert str(NOON) not in shown
            assert str(NOON - 1) not in shown


class TestCheckIn:
    """When a visit can begin, and how long it lasts if nobody says."""

    @pytest.mark.spec("VISIT-17")
    def test_neither_repr_nor_error_tells_where_or_when_somebody_is(self) -> None:
        visit = begun()
        with pytest.raises(PolicyError) as caught:
            visit.check_out(departure=Instant(NOON - 1), now=NOON, rand=RAND)
        for shown in (repr(visit), repr(caught.value)):
            assert visit.entry.description not in shown
            assert visit.entry.public_key.to_bytes().hex() not in shown
            assert not any(str(when) in shown for when in (NOON, NOON - 1, visit.leaves_by))

    @pytest.mark.parametrize("case", vector_cases("visit", operation="check-in"))
    def test_a_visit_begins_or_not_as_the_case_says(self, case: Case) -> None:
        entry = venue(
            1,
            start=case["valid_from"],
            end=case["valid_until"],
            stay_seconds=case["of_code"],
        ).entry
        now = Instant(case["now"])
        if case["result"] == "policy":
            with pytest.raises(PolicyError):
                check_in(entry, now=now, stay_seconds=case["chosen"])
            return
        visit = check_in(entry, now=now, stay_seconds=case["chosen"])
        assert (visit.arrival, visit.leaves_by) == (now, case["leaves_by"])

    @pytest.mark.spec("VISIT-6")
    def test_a_code_is_refused_before_and_after_its_validity_and_taken_within(self) -> None:
        concert = venue(1, start=NOON, end=NOON + HOUR).entry
        for now in (NOON, NOON + HOUR - 1):
            assert check_in(concert, now=Instant(now)).arrival == now
        with pytest.raises(TooEarlyError):
            check_in(concert, now=Instant(NOON - 1))
        with pytest.raises(ExpiredError):
            check_in(concert, now=Instant(NOON + HOUR))

    @pytest.mark.spec("VISIT-6")
    def test_who_stays_beyond_the_end_of_the_code_is_recorded(self) -> None:
        concert = venue(1, start=NOON, end=NOON + HOUR)
        visit = check_in(concert.entry, now=Instant(NOON + HOUR - 1))
        late = Instant(NOON + 3 * HOUR)
        records = visit.check_out(departure=late, now=late, rand=RAND)
        assert len(records) == 4

    @pytest.mark.spec("VISIT-7")
    @pytest.mark.parametrize(
        ("of_code", "chosen", "lasts"),
        [
            (None, None, DEFAULT_STAY_SECONDS),
            (1800, None, 1800),
            (DAY, None, DAY),
            (1800, 60, 60),
            (None, 1, 1),
            (1800, DAY, DAY),
        ],
    )
    def test_a_visit_ends_by_itself_as_the_person_or_the_code_says(
        self, of_code: int | None, chosen: int | None, lasts: int
    ) -> None:
        entry = venue(2, stay_seconds=of_code).entry
        visit = check_in(entry, now=NOON, stay_seconds=chosen)
        assert (visit.arrival, visit.leaves_by) == (NOON, NOON + lasts)
        assert DEFAULT_STAY_SECONDS == 4 * HOUR

    @pytest.mark.spec("VISIT-7")
    @pytest.mark.parametrize("chosen", [-1, 0, DAY + 1])
    def test_no_visit_and_a_visit_of_more_than_a_day_are_refused(self, chosen: int) -> None:
        with pytest.raises(PolicyError, match="24 hours"):
            check_in(MARKET.entry, now=NOON, stay_seconds=chosen)

    @pytest.mark.spec("VISIT-7")
    @pytest.mark.parametrize("leaves_by", [NOON - 1, NOON + DAY + 1])
    def test_a_visit_cannot_be_made_to_last_longer(self, leaves_by: int) -> None:
        with pytest.raises(MalformedError, match="24 hours"):
            begun(NOON, leaves_by)

    def test_a_visit_begins_at_a_moment(self) -> None:
        with pytest.raises(TypeError):
            check_in(MARKET.entry, now=float(NOON))  # type: ignore[arg-type]  # what is tested

    def test_a_visit_at_the_end_of_time_ends_there(self) -> None:
        assert check_in(MARKET.entry, now=Instant(LAST_INSTANT)).leaves_by == LAST_INSTANT


class TestCheckOut:
    """Which departures are refused, and by which name."""

    @pytest.mark.parametrize("case", vector_cases("visit", operation="check-out"))
    def test_a_visit_ends_or_not_as_the_case_says(self, case: Case) -> None:
        visit = begun(case["arrival"], case["leaves_by"])
        moments = {"departure": Instant(case["departure"]), "now": Instant(case["now"])}
        if case["result"] == "policy":
            with pytest.raises(PolicyError):
                visit.check_out(**moments, rand=RAND)
            return
        assert len(visit.check_out(**moments, rand=RAND)) == case["hours"]

    @pytest.mark.spec("VISIT-8")
    @pytest.mark.parametrize(
        ("departure", "now", "refusal", "word"),
        [
            (NOON - 1, NOON - 1, ClockError, "clock"),
            (NOON, NOON - 1, ClockError, "clock"),
            (NOON - 1, NOON, PolicyError, "before the arrival"),
            (NOON + 61, NOON + 60, TooEarlyError, "future"),
            (NOON + HOUR + 1, NOON + HOUR + 1, ExpiredError, "by itself"),
        ],
    )
    def test_an_impossible_departure_is_refused(
        self, departure: int, now: int, refusal: type[Dp3tError], word: str
    ) -> None:
        visit = begun(NOON, NOON + HOUR)
        with pytest.raises(refusal, match=word) as caught:
            visit.check_out(departure=Instant(departure), now=Instant(now), rand=RAND)
        assert caught.type is refusal

    @pytest.mark.spec("VISIT-8")
    def test_an_earlier_departure_than_the_present_is_what_counts(self) -> None:
        visit, noticed = begun(), Instant(NOON + 5 * HOUR)
        (record,) = visit.check_out(departure=Instant(NOON + 60), now=noticed, rand=RAND)
        assert MARKET.read(record, NOON).departure == NOON + 60

    @pytest.mark.spec("VISIT-1")
    def test_a_visit_of_a_day_has_25_records(self) -> None:
        end = Instant(NOON + 30 + DAY)
        visit = begun(NOON + 30, end)
        records = visit.check_out(departure=end, now=end, rand=RAND)
        assert len(records) == 25 == len(interval_starts(visit.arrival, end))
