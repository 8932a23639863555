"""spec/presence/overlap.md: which visits overlap a published trace."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import oracle_trace
from dp3t.codec import decode, encode
from dp3t.errors import Dp3tError, MalformedError
from dp3t.presence import encryption
from dp3t.presence.matching import (
    TRACES_PER_TASK,
    PresenceMatch,
    Task,
    joined,
    match,
)
from dp3t.presence.pairing import G1Point, G2Point, pairing_digest
from dp3t.presence.trace import Trace
from dp3t.presence.visit import VisitRecord
from dp3t.timeline import Day, Instant, day_of
from vectors import Case, vector_cases
from visits import DAY, HOUR, NOON, TEXT, venue

MARKET, SCHOOL = venue(0), venue(1)
VENUES = (MARKET, SCHOOL)
RELEASE = Instant(NOON + 4 * HOUR)
Triple = tuple[int, int, str]


def triples(matches: Iterable[PresenceMatch]) -> list[Triple]:
    return [(one.start, one.end, one.message) for one in matches]


def shared(start: int, end: int, *, release: int = RELEASE, text: str = TEXT) -> PresenceMatch:
    return PresenceMatch(
        start=Instant(NOON + start),
        end=Instant(NOON + end),
        message=text,
        release=Instant(release),
    )


def record_of(value: dict[str, Any]) -> VisitRecord:
    return VisitRecord(Day(value["day"]), bytes.fromhex(value["ciphertext"]))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows with every pairing and every point that is read."""
    calls: list[str] = []

    def noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any) -> Any:
            calls.append(name)
            return call(*arguments)

        return wrapper

    monkeypatch.setattr(encryption, "pairing_digest", noted("pairing", pairing_digest))
    monkeypatch.setattr(G1Point, "from_bytes", noted("g1", G1Point.from_bytes))
    monkeypatch.setattr(G2Point, "from_bytes", noted("g2", G2Point.from_bytes))
    return calls


class TestVectors:
    """Cases that two witnesses decide."""

    @pytest.mark.parametrize("case", vector_cases("overlap", operation="match"))
    def test_visits_and_traces_match_as_both_witnesses_say(self, case: Case) -> None:
        records = [record_of(value) for value in case["records"]]
        traces = [Trace.decode(bytes.fromhex(each)) for each in case["traces"]]
        expected = [(one["start"], one["end"], one["message"]) for one in case["matches"]]
        assert triples(match(records, traces, release=RELEASE)) == expected
        assert (case["result"] == "match") is bool(expected)
        said = {
            oracle_trace.message(one["text"], one["start"], one["end"]): (
                one["text"],
                one["start"],
                one["end"],
            )
            for one in case["messages"]
        }
        filed = [(record.day, record.ciphertext) for record in records]
        derived = oracle_trace.matches(filed, map(bytes.fromhex, case["traces"]), said)
        assert derived == expected

    @pytest.mark.parametrize("case", vector_cases("overlap", operation="join"))
    def test_matches_that_touch_are_shown_as_one(self, case: Case) -> None:
        matches = [PresenceMatch.from_value(value) for value in case["matches"]]
        expected = [PresenceMatch.from_value(value) for value in case["joined"]]
        for given_matches in (matches, matches[::-1]):
            result = joined(given_matches)
            assert list(result) == expected
            assert [one.release for one in result] == [one.release for one in expected]
        parts = [(one["start"], one["end"], one["message"]) for one in case["matches"]]
        assert triples(expected) == oracle_trace.union(parts)


class TestWork:
    """What is computed, and in which order and where."""

    @pytest.mark.spec("OVERLAP-1")
    def test_records_of_other_days_cost_no_pairing_and_no_point(self, counted: list[str]) -> None:
        records = [
            record
            for day in (-2, -1, 1, 2)
            for record in MARKET.visit(NOON + day * DAY, NOON + day * DAY)
        ]
        trace = MARKET.traced(NOON, (NOON, NOON + HOUR))
        counted.clear()
        assert match(records, [trace], release=RELEASE) == ()
        assert counted == []
        (today,) = MARKET.visit(NOON, NOON + 60)
        counted.clear()
        assert len(match([*records, today], [trace], release=RELEASE)) == 1
        assert counted == ["g2", "g1", "pairing"]

    @pytest.mark.spec("OVERLAP-1", "OVERLAP-7")
    def test_a_pairing_for_each_record_and_trace_of_a_day_and_each_point_once_in_a_task(
        self, counted: list[str]
    ) -> None:
        records = MARKET.visit(NOON, NOON + 2 * HOUR)
        trace = MARKET.traced(NOON, (NOON, NOON + HOUR))
        for traces, tasks in ((TRACES_PER_TASK, 1), (TRACES_PER_TASK + 1, 2)):
            counted.clear()
            match(records, [trace] * traces, release=RELEASE)
            assert counted.count("g1") == traces
            assert counted.count("g2") == tasks * len(records) == 3 * tasks
            assert counted.count("pairing") == 3 * traces

    @pytest.mark.spec("OVERLAP-7")
    def test_order_and_division_of_the_work_change_nothing(self) -> None:
        records = [
            *MARKET.visit(NOON, NOON + HOUR + 60),
            *SCHOOL.visit(NOON + 60, NOON + 120),
            *MARKET.visit(NOON + DAY, NOON + DAY + 60),
        ]
        traces = [
            *(MARKET.traced(NOON + hour * HOUR, (NOON, NOON + 2 * HOUR)) for hour in (0, 1)),
            SCHOOL.traced(NOON, (NOON, NOON + HOUR)),
            MARKET.traced(NOON + DAY, (NOON + DAY, NOON + DAY + HOUR)),
        ] * 10
        expected = match(records, traces, release=RELEASE)
        assert [one.start for one in expected] == sorted(one.start for one in expected)
        assert len(expected) == 4
        assert match(records[::-1], traces[::-1], release=RELEASE) == expected

        def backwards(
            do: Callable[[Task], list[PresenceMatch]], tasks: Iterable[Task]
        ) -> list[list[PresenceMatch]]:
            every = list(tasks)
            assert [len(task.traces) for task in every] == [30, 10]
            return [do(task) for task in every[::-1]]

        assert match(records, traces, release=RELEASE, run=backwards) == expected

    @pytest.mark.spec("OVERLAP-7")
    def test_several_processes_find_the_same(self) -> None:
        records = MARKET.visit(NOON, NOON + HOUR + 60)
        traces = [MARKET.traced(NOON + at * HOUR, (NOON, NOON + DAY)) for at in (0, 1)] * 20
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            found = match(records, traces, release=RELEASE, run=pool.map)
        assert triples(found) == [
            (NOON, NOON + HOUR, TEXT),
            (NOON + HOUR, NOON + HOUR + 60, TEXT),
        ]
        assert {one.release for one in found} == {RELEASE}


class TestMatch:
    """What is told of an overlap."""

    @pytest.mark.spec("OVERLAP-6")
    def test_the_same_overlap_in_another_batch_is_the_same_match(self) -> None:
        later = RELEASE + 2 * HOUR
        assert {shared(0, 60), shared(0, 60, release=later)} == {shared(0, 60)}
        for other in (shared(1, 60), shared(0, 61), shared(0, 60, text="x")):
            assert other != shared(0, 60)

    def test_the_day_of_an_overlap_is_that_of_its_beginning(self) -> None:
        until_midnight = shared(11 * HOUR, 12 * HOUR)
        assert until_midnight.day == day_of(NOON)
        assert shared(12 * HOUR, 13 * HOUR).day == day_of(NOON) + 1
        (whole,) = joined([until_midnight, shared(12 * HOUR, 13 * HOUR)])
        assert whole.day == day_of(NOON)

    def test_a_match_is_read_back(self) -> None:
        again = PresenceMatch.from_value(decode(encode(shared(0, 60).to_value()), limit_bytes=1000))
        assert again == shared(0, 60)
        assert again.release == RELEASE

    @pytest.mark.parametrize(
        "change",
        [
            {"start": NOON + 60},
            {"start": -1},
            {"end": 2**32},
            {"message": ""},
            {"message": "x" * 281},
            {"message": "a\0b"},
            {"release": RELEASE + 1},
            {"release": -7200},
            {"venue": 1},
            {"end": b"x"},
        ],
    )
    def test_a_value_that_is_no_match_is_refused(self, change: dict[str, Any]) -> None:
        value: Any = shared(0, 60).to_value()
        with pytest.raises(MalformedError):
            PresenceMatch.from_value({**value, **change})

    @given(data=st.binary(max_size=120))
    def test_any_value_is_a_match_or_refused(self, data: bytes) -> None:
        good = encode(shared(0, 60).to_value())
        for hostile in (data, good[: len(data)] + data + good[2 * len(data) :]):
            try:
                value = decode(hostile, limit_bytes=1000)
                found = PresenceMatch.from_value(value)
            except Dp3tError:
                continue
            assert found.to_value() == value


# --- a model: intervals, without hours, keys or days ---------------------------------------------

_MOMENTS = st.integers(8 * HOUR, 16 * HOUR)  # from noon on, so midnight lies in the middle
_COARSE = st.integers(16, 32).map(lambda half: half * HOUR // 2)
_TIMES = st.tuples(_MOMENTS | _COARSE, st.integers(0, 3 * HOUR) | st.just(HOUR))
_PLACES = st.tuples(st.integers(0, 1), _TIMES)


@pytest.mark.spec("OVERLAP-2", "OVERLAP-3", "OVERLAP-4", "OVERLAP-6", "OVERLAP-8")
@settings(max_examples=60)
@given(
    visits=st.lists(_PLACES, max_size=3),
    requests=st.lists(_PLACES, min_size=1, max_size=2),
)
@example(visits=[(0, (9 * HOUR, HOUR))], requests=[(0, (10 * HOUR, HOUR))])
@example(visits=[(0, (11 * HOUR, 2 * HOUR))], requests=[(0, (11 * HOUR + 1, 2 * HOUR))])
def test_matches_are_the_times_that_a_visit_and_a_request_share(
    visits: list[tuple[int, tuple[int, int]]], requests: list[tuple[int, tuple[int, int]]]
) -> None:
    records, traces, expected = list[VisitRecord](), list[Trace](), list[Triple]()
    for place, (arrival, stay) in visits:
        records += VENUES[place].visit(NOON + arrival, NOON + arrival + stay)
    for place, (start, length) in requests:
        end = start + length + 1
        traces += VENUES[place].traces(NOON + start, NOON + end, text=f"{place}")
        for visited, (arrival, stay) in visits:
            begin, until = max(arrival, start), min(arrival + stay, end)
            if visited == place and begin < until:
                expected.append((NOON + begin, NOON + until, f"{place}"))
    found = match(records, traces, release=RELEASE)
    assert triples(joined(found)) == oracle_trace.union(expected)
