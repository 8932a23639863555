"""spec/presence/visit.md: what a phone keeps of visits, and for how long."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.codec import decode, encode
from dp3t.errors import (
    ClockError,
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    TooEarlyError,
)
from dp3t.presence.diary import MAX_OPEN, MAX_RECORDS, Diary
from dp3t.presence.identity import identity_of, preid_of, secrets_of
from dp3t.presence.visit import RECORD_BYTES, VisitRecord
from dp3t.timeline import Day, Instant, day_of
from vectors import Case, vector_cases
from visits import DAY, HOUR, NOON, RAND, venue

MARKET, SCHOOL = venue(0).entry, venue(1).entry
TODAY = day_of(NOON)


def at(seconds: int) -> Instant:
    return Instant(NOON + seconds)


def visited(*visits: tuple[int, int]) -> Diary:
    """Return a diary with visits of the market, by arrival and departure from noon on."""
    diary = Diary()
    for arrival, departure in visits:
        diary.check_in(MARKET, now=at(arrival), rand=RAND, stay_seconds=DAY)
        diary.check_out(MARKET.payload, now=at(departure), rand=RAND)
    return diary


def kept(days: list[int]) -> list[dict[str, Any]]:
    """Return the saved records of a diary with one record for each day."""
    return [
        {"day": day, "joined": Random(at).randbytes(RECORD_BYTES)} for at, day in enumerate(days)
    ]


class TestEnding:
    """A visit ends when the person says, or by itself."""

    @pytest.mark.spec("VISIT-9", "VISIT-4")
    def test_nothing_of_a_visit_that_ended_is_in_the_clear(self) -> None:
        diary = visited((60, 4000))
        saved = encode(diary.to_value())
        secrets = secrets_of(MARKET.payload)
        traces = [
            MARKET.payload,
            MARKET.description.encode(),
            MARKET.seed,
            MARKET.public_key.to_bytes(),
            preid_of(MARKET.payload),
            secrets.notification_key,
            identity_of(MARKET.payload, start=NOON)[:4],
            identity_of(MARKET.payload, start=at(HOUR))[:4],
            *(encode(at(moment)) for moment in (60, 4000)),
            *(at(moment).to_bytes(4, "big") for moment in (60, 4000)),
        ]
        assert not any(trace in saved for trace in traces)
        assert len(diary.records) == 2
        assert not diary.open
        overhead = len(encode({"open": [], "records": [{"day": TODAY, "joined": bytes(300)}]}))
        assert len(saved) == overhead - 300 + 2 * RECORD_BYTES

    def test_a_visit_that_lasts_is_in_the_clear_and_leaves_no_record_yet(self) -> None:
        diary = Diary()
        visit = diary.check_in(MARKET, now=NOON, rand=RAND, stay_seconds=60)
        assert list(diary.open) == [visit]
        assert (visit.arrival, visit.leaves_by, visit.entry) == (NOON, at(60), MARKET)
        assert not diary.records

    @pytest.mark.spec("VISIT-16")
    @pytest.mark.parametrize("noticed", [HOUR + 60, 5 * DAY])
    def test_a_visit_ends_by_itself_at_its_moment_however_late_it_is_noticed(
        self, noticed: int
    ) -> None:
        market, diary = venue(0), Diary()
        diary.check_in(market.entry, now=NOON, rand=RAND, stay_seconds=HOUR + 60)
        diary.settle(at(HOUR + 59), rand=RAND)
        assert list(diary.open) != []
        diary.settle(at(noticed), rand=RAND)
        assert list(diary.open) == []
        departures = set[int]()
        for record in diary.records:
            for start in (NOON, NOON + HOUR):
                try:
                    departures.add(market.read(record, start).departure)
                except Dp3tError:
                    continue
        assert departures == {at(HOUR), at(HOUR + 60)}

    @pytest.mark.spec("VISIT-8", "VISIT-16")
    def test_a_visit_that_has_ended_by_itself_cannot_be_corrected(self) -> None:
        diary = Diary()
        diary.check_in(MARKET, now=NOON, rand=RAND, stay_seconds=60)
        with pytest.raises(PolicyError, match="no visit"):
            diary.check_out(MARKET.payload, now=at(60), departure=at(30), rand=RAND)
        assert len(diary.records) == 1

    @pytest.mark.spec("VISIT-8")
    @pytest.mark.parametrize(
        ("now", "departure", "refusal"),
        [(-1, None, ClockError), (60, -1, PolicyError), (60, 61, TooEarlyError)],
    )
    def test_a_refused_check_out_changes_nothing(
        self, now: int, departure: int | None, refusal: type[Dp3tError]
    ) -> None:
        diary = Diary()
        diary.check_in(MARKET, now=NOON, rand=RAND)
        before = diary.to_value()
        moment = None if departure is None else at(departure)
        with pytest.raises(refusal):
            diary.check_out(MARKET.payload, now=at(now), departure=moment, rand=RAND)
        assert diary.to_value() == before

    @pytest.mark.spec("VISIT-15")
    def test_a_visit_can_be_withdrawn_while_it_lasts_and_leaves_nothing(self) -> None:
        diary = Diary()
        diary.check_in(MARKET, now=NOON, rand=RAND)
        diary.withdraw(MARKET.payload)
        assert diary.to_value() == Diary().to_value()
        with pytest.raises(PolicyError, match="no visit"):
            diary.withdraw(MARKET.payload)


class TestBeginning:
    """Several visits at one time, and how many."""

    @pytest.mark.spec("VISIT-10")
    def test_two_venues_can_be_visited_at_one_time_and_one_not_twice(self) -> None:
        diary = Diary()
        diary.check_in(SCHOOL, now=at(1), rand=RAND)
        diary.check_in(MARKET, now=at(2), rand=RAND)
        assert [visit.entry for visit in diary.open] == [SCHOOL, MARKET]
        with pytest.raises(PolicyError, match="has not ended"):
            diary.check_in(MARKET, now=at(3), rand=RAND)
        diary.check_out(MARKET.payload, now=at(4), rand=RAND)
        assert [visit.entry for visit in diary.open] == [SCHOOL]
        diary.check_in(MARKET, now=at(4), rand=RAND)

    @pytest.mark.spec("VISIT-10")
    def test_a_ninth_visit_at_one_time_is_refused(self) -> None:
        diary = Diary()
        for number in range(8):
            diary.check_in(venue(number).entry, now=NOON, rand=RAND)
        with pytest.raises(PolicyError, match="8 visits"):
            diary.check_in(venue(8).entry, now=NOON, rand=RAND)
        assert len(diary.open) == 8 == MAX_OPEN

    @pytest.mark.spec("VISIT-10", "VISIT-16")
    def test_a_visit_that_is_overdue_does_not_stand_in_the_way(self) -> None:
        diary = Diary()
        diary.check_in(MARKET, now=NOON, rand=RAND, stay_seconds=60)
        diary.check_in(MARKET, now=at(60), rand=RAND)
        assert len(diary.open) == len(diary.records) == 1

    @pytest.mark.spec("VISIT-6")
    def test_a_code_that_is_not_valid_opens_no_visit(self) -> None:
        diary = Diary()
        with pytest.raises(ExpiredError):
            diary.check_in(venue(2, end=NOON).entry, now=NOON, rand=RAND)
        assert not diary.open


class TestKeeping:
    """Order, retention, bounds, and what a person can erase."""

    @pytest.mark.spec("VISIT-11")
    def test_the_order_of_records_is_that_of_their_bytes_within_a_day(self) -> None:
        diary = visited((0, 60), (14 * HOUR, 14 * HOUR), (100 * HOUR, 108 * HOUR))
        assert len(diary.records) > 6
        assert list(diary.records) == sorted(
            diary.records, key=lambda record: (record.day, record.ciphertext)
        )
        assert Diary.restore(decode(encode(diary.to_value()), limit_bytes=2**16)).records == (
            diary.records
        )

    @pytest.mark.spec("VISIT-12")
    def test_a_record_is_kept_ten_days_after_its_own_and_not_eleven(self) -> None:
        diary = visited((0, 60))
        diary.settle(at(11 * DAY - 12 * HOUR - 1), rand=RAND)
        assert len(diary.records) == 1
        diary.settle(at(11 * DAY - 12 * HOUR), rand=RAND)
        assert not diary.records

    @pytest.mark.parametrize("case", vector_cases("visit", operation="keep"))
    def test_a_record_is_kept_or_erased_as_the_case_says(self, case: Case) -> None:
        diary = Diary.restore({"open": [], "records": kept([case["day"]])})
        diary.settle(Instant(case["now"]), rand=RAND)
        assert len(diary.records) == (case["result"] == "valid")

    @pytest.mark.spec("VISIT-13")
    def test_of_too_many_records_those_of_the_earliest_day_go(self) -> None:
        value = kept([TODAY - 1, TODAY])
        value[1]["joined"] = b"".join(
            bytes([n // 256, n % 256]).ljust(RECORD_BYTES, b"\0") for n in range(MAX_RECORDS - 1)
        )
        diary = Diary.restore({"open": [], "records": value})
        assert len(diary.records) == 1024 == MAX_RECORDS
        diary.check_in(MARKET, now=NOON, rand=RAND)
        diary.check_out(MARKET.payload, now=NOON, rand=RAND)
        assert len(diary.records) == MAX_RECORDS
        assert {record.day for record in diary.records} == {TODAY}

    @pytest.mark.spec("VISIT-14")
    def test_a_day_can_be_erased_and_all_of_them(self) -> None:
        diary = visited((0, 60), (DAY, DAY + 60), (2 * DAY, 2 * DAY + 60))
        diary.check_in(SCHOOL, now=at(2 * DAY + 60), rand=RAND)
        diary.forget_day(Day(TODAY + 1))
        assert [record.day for record in diary.records] == [TODAY, TODAY + 2]
        assert len(diary.open) == 1
        diary.forget_everything()
        assert diary.to_value() == Diary().to_value()

    def test_what_a_wrong_clock_dated_ahead_can_be_erased(self) -> None:
        diary = visited((0, 60), (DAY, DAY))
        diary.check_in(SCHOOL, now=at(DAY + 10), rand=RAND)
        diary.forget_after(at(DAY + 10))
        assert (len(diary.open), len(diary.records)) == (1, 2)
        diary.forget_after(at(60))
        assert (len(diary.open), len(diary.records)) == (0, 1)

    def test_a_clock_that_went_back_ends_no_visit(self) -> None:
        diary = Diary()
        diary.check_in(MARKET, now=NOON, rand=RAND)
        diary.settle(at(-DAY), rand=RAND)
        assert len(diary.open) == 1


class TestSaved:
    """The diary inside the phone's sealed state."""

    def test_a_diary_is_read_back(self) -> None:
        diary = visited((0, 5 * HOUR), (DAY, DAY + 60))
        diary.check_in(SCHOOL, now=at(2 * DAY), rand=RAND)
        diary.check_in(MARKET, now=at(2 * DAY), rand=RAND)
        again = Diary.restore(decode(encode(diary.to_value()), limit_bytes=2**16))
        assert (again.open, again.records) == (diary.open, diary.records)

    @pytest.mark.parametrize(
        "records",
        [
            kept([5, 4]),
            kept([5, 5]),
            kept([5])[:1] * 2,
            [{"day": 5, "joined": b""}],
            [{"day": 5, "joined": bytes(RECORD_BYTES - 1)}],
            [{"day": 5, "joined": bytes(2 * RECORD_BYTES)}],
            [{"day": 5, "joined": b"\1" * RECORD_BYTES + bytes(RECORD_BYTES)}],
            [{"day": -1, "joined": bytes(RECORD_BYTES)}],
            [{"day": 49_711, "joined": bytes(RECORD_BYTES)}],
            [{"day": 5, "joined": bytes(RECORD_BYTES), "place": 1}],
            [{"day": 5}],
            [5],
        ],
    )
    def test_records_that_no_diary_saved_are_refused(self, records: list[object]) -> None:
        with pytest.raises(MalformedError):
            Diary.restore({"open": [], "records": records})  # type: ignore[dict-item]  # hostile

    @pytest.mark.parametrize(
        "change",
        [
            {"arrival": -1},
            {"leaves_by": NOON - 1},
            {"leaves_by": NOON + DAY + 1},
            {"payload": b""},
            {"payload": MARKET.payload[:-1]},
            {"place": 1},
        ],
    )
    def test_visits_that_no_diary_saved_are_refused(self, change: dict[str, Any]) -> None:
        good: dict[str, Any] = {"arrival": NOON, "leaves_by": at(60), "payload": MARKET.payload}
        assert len(Diary.restore({"open": [good], "records": []}).open) == 1
        with pytest.raises(MalformedError):
            Diary.restore({"open": [{**good, **change}], "records": []})

    def test_visits_in_another_order_or_with_one_code_are_refused(self) -> None:
        diary = Diary()
        diary.check_in(SCHOOL, now=NOON, rand=RAND)
        diary.check_in(MARKET, now=at(1), rand=RAND)
        value: Any = diary.to_value()
        with pytest.raises(MalformedError):
            Diary.restore({"open": value["open"][::-1], "records": []})
        with pytest.raises(MalformedError):
            Diary.restore({"open": [value["open"][0], value["open"][0]], "records": []})

    @pytest.mark.spec("VISIT-10", "VISIT-13")
    def test_more_than_a_phone_keeps_is_refused(self) -> None:
        visits: list[Any] = [
            {"arrival": NOON, "leaves_by": NOON, "payload": venue(number).entry.payload}
            for number in range(9)
        ]
        with pytest.raises(LimitError):
            Diary.restore({"open": visits, "records": []})
        joined = b"".join(n.to_bytes(2, "big").ljust(RECORD_BYTES, b"\0") for n in range(1025))
        with pytest.raises(LimitError):
            Diary.restore({"open": [], "records": [{"day": 5, "joined": joined}]})

    @given(data=st.binary(max_size=60))
    def test_any_value_is_a_diary_or_refused(self, data: bytes) -> None:
        good = encode(visited((0, 60)).to_value())
        for altered in (data, good[: len(data)] + data + good[2 * len(data) :]):
            try:
                value = decode(altered, limit_bytes=2**12)
                diary = Diary.restore(value)
            except Dp3tError:
                continue
            assert diary.to_value() == value


def test_records_are_compared_by_day_and_bytes() -> None:
    low, high = bytes(RECORD_BYTES), b"\1" * RECORD_BYTES
    assert VisitRecord(Day(1), high) < VisitRecord(Day(2), low) < VisitRecord(Day(2), high)
