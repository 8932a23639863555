"""Populations of measured contacts: what is one contact, when and how near, and whose they are."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dp3t import LimitError, MalformedError
from dp3t_simulator import population
from dp3t_simulator.contacts.readers import read_contacts
from dp3t_simulator.contacts.records import ContactRecords, collect
from dp3t_simulator.population import MeasuredContacts, Population
from dp3t_simulator.scenario.world import PopulationSettings
from shared_data import shared

DAY = 86_400
NOON = 12 * 3600
FIRST, LAST = 21_600, 78_600


def column(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def records(
    *rows: tuple[int, int, int],
    seconds: int = 20,
    metres: list[float] | None = None,
    dbm: list[int] | None = None,
) -> ContactRecords:
    start, one, other = (column(list(each)) for each in zip(*rows, strict=True))
    return collect(
        start,
        one,
        other,
        duration_seconds=seconds,
        distance_m=None if metres is None else np.array(metres),
        rssi_dbm=None if dbm is None else column(dbm),
    )


def found(given: ContactRecords) -> MeasuredContacts:
    return population.measured(given, "vietnam", 1)[1]


def of(contacts: MeasuredContacts, day: int, person: int) -> list[tuple[int, int, int, int]]:
    """Return partner, start, duration and distance of a person's contacts on a day."""
    cell = day * contacts.people + person
    rows = slice(contacts.first[cell], contacts.first[cell + 1])
    columns = (contacts.partner, contacts.start, contacts.duration, contacts.distance_cm)
    return list(zip(*(each[rows].tolist() for each in columns), strict=True))


def test_people_are_those_of_the_data_and_alone_at_home() -> None:
    who, contacts = population.measured(records((NOON, 70, 3), (NOON, 9, 70)), "vietnam", 1)
    assert (who.people, who.households, who.groups, who.half_edges) == (3, 3, 0, 0)
    assert who.group.tolist() == [-1, -1, -1]
    assert who.edge_first.tolist() == [0, 0, 0, 0]
    assert of(contacts, 0, 2) == [(0, NOON, 20, 100), (1, NOON, 20, 100)]
    assert of(contacts, 0, 0) == [(2, NOON, 20, 100)]


def test_ages_are_drawn_from_the_table_by_the_seed() -> None:
    many = records(*((NOON, 0, other) for other in range(1, 4_000)))

    def ages(preset: str, seed: int) -> NDArray[np.uint8]:
        who: Population = population.measured(many, preset, seed)[0]
        return who.age

    assert np.array_equal(ages("vietnam", 1), ages("vietnam", 1))
    assert not np.array_equal(ages("vietnam", 1), ages("vietnam", 2))
    assert set(ages("well-mixed", 1).tolist()) == set(range(30, 40))
    assert float(np.mean(ages("vietnam", 1) < 15)) == pytest.approx(0.232, abs=0.03)
    assert float(np.mean(ages("united-kingdom", 1) >= 65)) == pytest.approx(0.187, abs=0.03)


@pytest.mark.spec("POPULATION-11")
def test_records_at_most_a_minute_apart_are_one_contact() -> None:
    near = records((NOON, 1, 2), (NOON + 20, 1, 2), (NOON + 100, 2, 1), (NOON + 181, 1, 2))
    assert of(found(near), 0, 0) == [(1, NOON, 120, 100), (1, NOON + 181, 20, 100)]


@pytest.mark.spec("POPULATION-11")
def test_records_of_other_pairs_join_nothing() -> None:
    mixed = records((NOON, 1, 2), (NOON + 20, 1, 3), (NOON + 20, 2, 3), (NOON + 40, 1, 2))
    assert of(found(mixed), 0, 0) == [(1, NOON, 60, 100), (2, NOON + 20, 20, 100)]
    assert of(found(mixed), 0, 2) == [(0, NOON + 20, 20, 100), (1, NOON + 20, 20, 100)]


@pytest.mark.spec("POPULATION-11")
def test_a_long_record_holds_a_contact_together() -> None:
    uneven = ContactRecords(
        start_seconds=column([NOON, NOON + 20, NOON + 320]),
        first=column([1, 1, 1]),
        second=column([2, 2, 2]),
        duration_seconds=column([300, 20, 20]),
    )
    assert of(found(uneven), 0, 0) == [(1, NOON, 340, 100)]


@pytest.mark.spec("POPULATION-11")
def test_a_contact_is_as_far_as_its_records_on_average() -> None:
    metres = records((NOON, 1, 2), (NOON + 300, 1, 2), seconds=300, metres=[1.0, 2.5])
    assert of(found(metres), 0, 1) == [(0, NOON, 600, 175)]
    crossed = records((NOON, 3, 4), (NOON + 20, 1, 2), metres=[5.0, 2.0])
    assert [of(found(crossed), 0, person)[0][3] for person in range(4)] == [200, 200, 500, 500]
    extremes = records((NOON, 1, 2), (NOON, 1, 3), metres=[0.0, 4_000.0])
    assert [row[3] for row in of(found(extremes), 0, 0)] == [10, 10_000]


@pytest.mark.spec("POPULATION-11")
def test_signals_say_how_far() -> None:
    pairs = [(NOON, 1, other) for other in (2, 3, 4, 5)]
    heard = found(records(*pairs, seconds=300, dbm=[-75, -95, -45, 120]))
    assert [row[3] for row in of(heard, 0, 0)] == [100, 1_000, 10, 10]


@pytest.mark.spec("POPULATION-11")
@pytest.mark.spec("POPULATION-12")
def test_a_contact_is_parted_at_midnight_and_both_parts_are_moved_alike() -> None:
    night = found(records((DAY - 150, 1, 2), seconds=300))
    assert night.cycle_days == 2
    # the window that holds most: either half of the contact, the earlier by ties nearest to 06:00
    kept = of(night, 0, 0) + of(night, 1, 0)
    assert [row[2] for row in kept] == [150]
    assert night.cut_share == 0.5


@pytest.mark.spec("POPULATION-12")
def test_contacts_of_the_day_stay_when_they_were() -> None:
    inside = found(records((FIRST, 1, 2), (LAST - 20, 1, 2), (DAY + NOON, 1, 2)))
    assert [row[1] for row in of(inside, 0, 0)] == [FIRST, LAST - 20]
    assert [row[1] for row in of(inside, 1, 0)] == [NOON]
    assert (inside.cut_share, inside.cycle_days, inside.most_in_a_day) == (0.0, 2, 2)


@pytest.mark.spec("POPULATION-12")
def test_early_contacts_move_all_days_by_the_same() -> None:
    early = found(records((0, 1, 2), (600, 1, 2), (DAY + 900, 1, 2)))
    first, second = of(early, 0, 0)
    (later,) = of(early, 1, 0)
    assert (second[1] - first[1], later[1] - first[1]) == (600, 900)
    assert first[1] >= FIRST
    assert early.cut_share == 0
    assert of(found(records((FIRST - 600, 1, 2))), 0, 0) == [(1, FIRST, 20, 100)]  # and no later


@pytest.mark.spec("POPULATION-12")
def test_what_lies_outside_the_fullest_hours_is_cut_off_and_told() -> None:
    edges = (FIRST - 3600, 3, 4), (LAST - 3600, 5, 6), (LAST - 3600, 7, 8)
    whole = found(records(*((h * 3600, 1, 2) for h in range(24)), *edges, seconds=3600))
    ((partner, start, duration, _),) = of(whole, 0, 0)
    assert (partner, start, duration) == (1, FIRST, LAST - FIRST)
    assert of(whole, 0, 2) == []
    assert of(whole, 0, 4) == [(5, LAST - 3600, 3600, 100)]
    assert whole.cut_share == pytest.approx(1 - (LAST - FIRST + 7200) / (DAY + 10_800))
    late = found(records((DAY - 3600, 1, 2), (DAY - 3600, 3, 4), (7 * 3600, 1, 2), seconds=3600))
    assert of(late, 0, 0) == [(1, LAST - 3600, 3600, 100)]
    assert late.cut_share == pytest.approx(1 / 3)


def test_a_contact_that_ends_at_midnight_is_of_one_day() -> None:
    assert found(records((DAY - 20, 1, 2))).cycle_days == 1


def test_days_without_a_contact_count() -> None:
    gap = found(records((5 * DAY + NOON, 1, 2), (8 * DAY + NOON, 1, 2)))
    assert gap.cycle_days == 4
    assert [len(of(gap, day, 0)) for day in range(4)] == [1, 0, 0, 1]


@pytest.mark.spec("POPULATION-10")
def test_too_many_days_no_contacts_and_unknown_tables_are_refused() -> None:
    with pytest.raises(LimitError, match="367 days are more than 366"):
        found(records((NOON, 1, 2), (366 * DAY + NOON, 1, 2)))
    nothing = collect(column([]), column([]), column([]), duration_seconds=20)
    with pytest.raises(MalformedError, match="at least one contact"):
        found(nothing)
    with pytest.raises(MalformedError, match="no population preset"):
        population.measured(records((NOON, 1, 2)), "laos", 1)


@pytest.mark.spec("POPULATION-12")
@given(
    st.lists(
        st.tuples(st.integers(0, 3 * DAY), st.integers(0, 4), st.integers(5, 9)),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([20, 300]),
)
def test_every_contact_has_its_mirror_in_order_and_in_the_hours(
    rows: list[tuple[int, int, int]], seconds: int
) -> None:
    contacts = found(records(*rows, seconds=seconds))
    assert contacts.first[-1] == len(contacts.partner)
    mirrored = 0
    for day in range(contacts.cycle_days):
        for person in range(contacts.people):
            own = of(contacts, day, person)
            assert own == sorted(own, key=lambda row: (row[1], row[0]))
            for partner, start, duration, distance in own:
                assert partner != person
                assert FIRST <= start < start + duration <= LAST
                assert (person, start, duration, distance) in of(contacts, day, partner)
                mirrored += 1
    assert mirrored == len(contacts.partner)
    assert 0 <= contacts.cut_share <= 1


def test_a_scenario_names_its_file_of_contacts_or_none(tmp_path: Path) -> None:
    file = tmp_path / "tij.dat"
    file.write_bytes(b"43200 1 2\n43220 2 3\n")
    who, contacts = population.populate(PopulationSettings(contacts_file=str(file)), 20_000, 1)
    assert contacts is not None
    assert who.people == contacts.people == 3
    who, contacts = population.populate(PopulationSettings(), 50, 1)
    assert (who.people, contacts) == (50, None)
    with pytest.raises(FileNotFoundError):
        population.populate(PopulationSettings(contacts_file=str(tmp_path / "none")), 1, 1)


@pytest.mark.parametrize(
    ("file", "people", "days"), [("HaslemereProximity.csv", 469, 3), ("tij_InVS15.dat", 217, 12)]
)
def test_real_data_make_a_population(file: str, people: int, days: int) -> None:
    given = read_contacts(shared(f"data/contacts/{file}"))
    who, contacts = population.measured(given, "united-kingdom", 1)
    assert (who.people, contacts.people, contacts.cycle_days) == (people, people, days)
    assert contacts.cut_share < 0.02
    assert contacts.duration.sum() / 2 >= given.duration_seconds.sum() * (1 - contacts.cut_share)
    assert contacts.most_in_a_day < 512
