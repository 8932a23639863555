"""spec/simulator/warnings.md: draws, sizes, refusals, and what is remembered until when."""

from math import cos, floor, log, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.proximity.designs import design_named
from dp3t.publication import HEADER_BYTES
from dp3t_simulator.interfaces import PRESENCE, PROXIMITY, Uploads, no_traces, no_uploads
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.settings import AppSettings, DiseaseSettings, Scenario
from dp3t_simulator.streams import Stream
from dp3t_simulator.warnings import habits
from dp3t_simulator.warnings.agenda import Agenda
from dp3t_simulator.warnings.law import configuration_of, law_of, parameters_of
from dp3t_simulator.warnings.ledger import Ledger
from dp3t_simulator.warnings.notices import Warnings, told
from dp3t_simulator.warnings.replay import reports_of
from dp3t_simulator.warnings.sizes import sizes_of, traces_bytes
from library_phones import RELEASE_SECONDS, bare, moment, server

DESIGNS = ("lowcost", "unlinkable", "hybrid", "gaen")
SEED = 7


def scenario(people: int = 40, **app: object) -> Scenario:
    settings = AppSettings(**app)  # type: ignore[arg-type]  # names and values of settings
    return Scenario(name="parts", people=people, disease=DiseaseSettings(seeds=1), app=settings)


def uploads(*rows: tuple[int, int, int, int]) -> Uploads:
    """Return uploads of (person, since, onset, redacted)."""
    person, since, onset, redacted = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return Uploads(
        person.astype(np.int32),
        since.astype(np.int16),
        onset.astype(np.int16),
        redacted.astype(np.int16),
    )


@pytest.mark.spec("WARNINGS-2")
def test_a_clock_is_a_draw_of_its_person_and_cut_at_two_hours() -> None:
    own = habits.of(scenario(clock_skew_seconds=5000.0), SEED)
    stream = Stream(SEED, "warnings: clocks")
    for person, skew in enumerate(own.skew):
        one, other = (float(stream.uniform(person, place)) for place in (0, 1))
        ahead = floor(5000 * sqrt(-2 * log(1 - one)) * cos(2 * pi * other) + 0.5)
        assert skew == min(7200, max(-7200, ahead))
    assert {-7200, 7200} & set(own.skew.tolist())


@pytest.mark.spec("WARNINGS-2")
def test_clocks_do_not_depend_on_how_many_are_drawn_at_once() -> None:
    many = habits.clocks(2**16 + 5, spread_seconds=10, seed=SEED)
    assert 9 < many.std() < 11
    assert np.array_equal(many[:40], habits.clocks(40, spread_seconds=10, seed=SEED))
    assert not habits.clocks(40, spread_seconds=0, seed=SEED).any()


@pytest.mark.spec("WARNINGS-2")
def test_days_online_and_check_ins_are_draws_of_day_and_person() -> None:
    own = habits.of(scenario(online_daily=0.3), SEED)._replace(check_in_below=np.uint64(2**63))
    online, door = (Stream(SEED, f"warnings: {name}") for name in ("online", "check-ins"))
    for person in range(20):
        days = [bool(online.bits(day, person) < 0.3 * 2**64) for day in range(20)]
        assert days == [habits.online(own, person, day) for day in range(20)]
        first = days[4:].index(True) + 4 if any(days[4:]) else -1
        assert habits.reads_on(own, person, 4, 19) == first
        assert habits.reads_on(own, person, 4, 3) == -1
        assert habits.checks_in(own, person, 5) == bool(door.bits(5, person) < 2**63)


@pytest.mark.spec("WARNINGS-8")
@pytest.mark.parametrize("name", ["gaen-v1", "cwa"])
def test_a_configuration_that_is_not_computed_is_refused_by_name(name: str) -> None:
    app = AppSettings(configuration=name)
    asked = Scenario(name="parts", fidelity="protocol", app=app)
    with pytest.raises(ScenarioError, match=rf"{name}.*dp3t, swisscovid, gaen-v2"):
        configuration_of(asked)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_law_of_a_design_has_the_numbers_of_the_chapter(design: str) -> None:
    law = law_of(scenario(design=design))
    periods = {"lowcost": 86_400, "unlinkable": 900, "hybrid": 14_400, "gaen": 0}
    assert law.period_seconds == periods[design]
    assert law.identifier_seconds == (600 if design == "gaen" else 900)
    assert (law.skew_seconds, law.drift_identifiers, law.close_db) == (60, 12, 79)
    assert law.windows == (design == "hybrid")
    assert law.timed == law.tells_onset == (design == "gaen")


@pytest.mark.spec("WARNINGS-3")
def test_a_report_speaks_for_what_is_remembered() -> None:
    asked = uploads((3, 5, 7, -1), (4, 20, -1, 21), (6, 25, -1, -1))
    reports = reports_of(asked, day=24, retention_days=14)
    assert reports.first.tolist() == [10, 20, 24]
    assert reports.redacted.tolist() == [-1, 21, -1]
    assert reports_of(uploads((3, -2, -1, -1)), day=3, retention_days=14).first.tolist() == [0]


@pytest.mark.spec("WARNINGS-12")
@pytest.mark.parametrize("days", [0, 1, 6])
@pytest.mark.parametrize("design", DESIGNS)
def test_keys_are_counted_as_a_phone_publishes_them(design: str, days: int) -> None:
    (phone,) = bare(design, [0])
    for day in range(20 - days, 20):
        phone.rotate(moment(day, 0))
    records = phone.report(day=20, since=20 - days, onset=-1, redacted=-1)
    keys = [design_named(design).tracing_key(record) for record in records]
    parameters = parameters_of(scenario(design=design))
    due = [key for key in keys if key.releasable_from(parameters) <= moment(20, RELEASE_SECONDS)]
    published, _ = sizes_of(design, parameters).of(uploads((0, 20 - days, -1, -1)), day=20)
    assert published == len(due)
    expected = {"lowcost": 1, "gaen": days + 1, "hybrid": 6 * days + 1, "unlinkable": 96 * days + 2}
    assert len(due) == expected[design]


@pytest.mark.spec("WARNINGS-12")
@pytest.mark.parametrize("design", DESIGNS)
def test_no_key_is_counted_that_the_phone_has_forgotten(design: str) -> None:
    sizes = sizes_of(design, parameters_of(scenario(design=design, retention_days=4)))
    found = [sizes.of(uploads((0, since, -1, -1)), day=20) for since in (3, 16, 17)]
    assert found[0] == found[1]
    assert (found[1] == found[2]) is (design == "lowcost")


@pytest.mark.spec("WARNINGS-12")
@pytest.mark.parametrize("reports", [1, 30])
@pytest.mark.parametrize("design", DESIGNS)
def test_a_batch_has_the_length_of_the_library_s(design: str, reports: int) -> None:
    """Of onsets some are not told, and some too long ago to be told with the later keys."""
    sizes = sizes_of(design, parameters_of(scenario(design=design)))
    onsets = (16, -1, 1, 18)
    rows = [(person, 13 + person % 5, onsets[person % 4], -1) for person in range(reports)]
    asked = uploads(*rows)
    records = []
    for phone, (_, since, onset, _) in zip(bare(design, [0] * reports), rows, strict=True):
        for day in range(13, 20):
            phone.rotate(moment(day, 0))
        records += phone.report(day=20, since=since, onset=onset, redacted=-1)
    batch = server(design).publish(20, records)
    assert sizes.of(asked, day=20) == (len(records), HEADER_BYTES + len(batch.encode()))


@pytest.mark.spec("WARNINGS-12")
def test_more_hashes_than_one_filter_holds_are_counted_as_those_of_two() -> None:
    sizes = sizes_of("unlinkable", parameters_of(scenario(design="unlinkable")))
    many = 8_000
    person = np.arange(many, dtype=np.int32)
    since, nothing = np.full(many, 6, dtype=np.int16), np.full(many, -1, dtype=np.int16)
    keys, size_bytes = sizes.of(Uploads(person, since, nothing, nothing), day=20)
    assert keys == many * (96 * 14 + 2) > 2**23
    assert size_bytes / keys == pytest.approx(7 * 20 / 19, rel=0.02)


@pytest.mark.spec("WARNINGS-12")
@pytest.mark.parametrize("design", DESIGNS)
def test_without_reports_and_traces_there_is_no_batch(design: str) -> None:
    sizes = sizes_of(design, parameters_of(scenario(design=design)))
    assert sizes.of(no_uploads(), day=20) == (0, 0)
    assert traces_bytes(no_traces(), day=20) == 0


def test_what_waits_is_given_out_once_on_its_day() -> None:
    agenda = Agenda(2)
    agenda.add(np.array([[1, 5], [2, 7], [3, 5]], dtype=np.int32), np.array([5, 7, 5]))
    agenda.add(np.array([[4, 5]], dtype=np.int32), np.array([5]))
    assert agenda.due(4).shape == (0, 2)
    assert agenda.due(5).tolist() == [[1, 5], [3, 5], [4, 5]]
    assert agenda.due(5).shape == (0, 2)
    assert agenda.due(7).tolist() == [[2, 7]]


@pytest.mark.spec("WARNINGS-3")
@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(-6, 0), st.integers(0, 3), st.integers(0, 99)), max_size=9),
        max_size=9,
    )
)
def test_a_ledger_holds_what_is_not_yet_forgotten(
    mornings: list[list[tuple[int, int, int]]],
) -> None:
    ledger, known = Ledger(people=4, columns=1), list[tuple[int, int, int]]()
    for today, rows in enumerate(mornings, start=10):
        new = [(today + ago, person, value) for ago, person, value in rows]
        known = [each for each in known if each[0] >= today - 6]
        day, person, value = np.array(new, dtype=np.int32).reshape(-1, 3).T
        changed = ledger.add(day, person, [value], since=today - 6)
        places = sorted({each[:2] for each in new})
        assert list(zip(changed.day, changed.person, strict=True)) == places
        for place, first, end in zip(places, changed.first, changed.end, strict=True):
            of_place = slice(first, end)
            fresh = ledger.rows.fresh[of_place]
            values = ledger.rows.numbers[0][of_place]
            assert sorted(values[fresh]) == sorted(row[2] for row in new if row[:2] == place)
            assert sorted(values[~fresh]) == sorted(row[2] for row in known if row[:2] == place)
        known += new
        assert len(ledger.rows.numbers[0]) == len(known)


def test_exposures_and_notices_stand_by_person_kind_and_day() -> None:
    near = Warnings(
        person=np.array([5, 2, 5], dtype=np.int32),
        day=np.array([3, 4, 1], dtype=np.int32),
        seconds=np.array([60, 70, 80], dtype=np.int32),
        score=np.array([1.0, 2.0, 3.0]),
        warned=np.array([True, False, True]),
        kind=PROXIMITY,
    )
    there = near._replace(day=near.day - 1, warned=np.array([False, True, False]), kind=PRESENCE)
    exposures, notices = told([near, there])
    assert list(zip(*(each.tolist() for each in exposures), strict=True)) == [
        (2, 4, 70, 2.0, PROXIMITY),
        (2, 3, 70, 2.0, PRESENCE),
        (5, 1, 80, 3.0, PROXIMITY),
        (5, 3, 60, 1.0, PROXIMITY),
        (5, 0, 80, 3.0, PRESENCE),
        (5, 2, 60, 1.0, PRESENCE),
    ]
    assert list(zip(*(each.tolist() for each in notices), strict=True)) == [
        (2, 3, PRESENCE),
        (5, 1, PROXIMITY),
        (5, 3, PROXIMITY),
    ]
