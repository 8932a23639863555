"""Populations: who lives with whom, who learns and works together, and that tables are kept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import pytest

from dp3t import LimitError, MalformedError
from dp3t_simulator import population
from dp3t_simulator.population import NO_GROUP, PRESETS, SCHOOL, WORK, Population, half_edges
from dp3t_simulator.population.table import Table, read_table
from dp3t_simulator.scenario.world import PopulationSettings

PEOPLE = 60_000
COUNTRIES = ("vietnam", "united-kingdom")


@dataclass(frozen=True)
class Made:
    preset: str
    table: Table
    population: Population


def settings(preset: str, daily: float | None = None) -> PopulationSettings:
    return PopulationSettings(preset=preset, occasional_daily=daily)


def made(preset: str) -> Made:
    return Made(preset, read_table(preset), population.build(settings(preset), PEOPLE, 1))


@pytest.fixture(scope="module", params=COUNTRIES)
def country(request: pytest.FixtureRequest) -> Made:
    return made(request.param)


def near(found: float, share: float, trials: int) -> bool:
    """Return whether a share found in that many trials is what it should be, within 4.5 sigma."""
    return bool(abs(found - share) <= 4.5 * np.sqrt(share * (1 - share) / trials) + 1 / trials)


def same(one: Population, other: Population) -> bool:
    return all(
        np.array_equal(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)
    )


@pytest.mark.spec("POPULATION-1")
@pytest.mark.parametrize("preset", PRESETS)
def test_each_section_of_a_table_names_its_source(preset: str) -> None:
    sources = read_table(preset).sources
    assert {"ages", "households", "compositions", "heads", "schools", "work", "teams"} < set(
        sources
    )
    assert {"occasional", "smartphones", "generations"} < set(sources)
    words = ("verified", "ssumption", "efinition", "@", "Pew")
    assert all(any(word in text for word in words) for text in sources.values())


@pytest.mark.parametrize("preset", PRESETS)
def test_the_shares_of_a_table_add_up(preset: str) -> None:
    table = read_table(preset)
    assert sum(each.share for each in table.compositions) == pytest.approx(1)
    assert table.ages.sum() == pytest.approx(1)
    assert table.team_shares.sum() == pytest.approx(1)
    assert np.allclose(table.heads.sum(axis=1), 1)
    assert len(table.smartphones) == 10
    assert population.smartphones_by_age(preset) == table.smartphones
    for shares in (table.working, np.array(table.smartphones)):
        assert ((shares >= 0) & (shares <= 1)).all()


def test_viet_nam_has_the_census_s_households_and_families() -> None:
    kinds = read_table("vietnam").compositions
    mean = sum(each.share * each.size for each in kinds)
    assert mean == pytest.approx(96_208_984 / 26_870_079, abs=0.02)
    assert sum(e.share for e in kinds if 2 <= e.size <= 4) == pytest.approx(0.655)
    three = sum(each.share for each in kinds if each.elders and each.children)
    assert three == pytest.approx(4_336_879 / 20_973_764, abs=0.01)
    couples = sum(e.share for e in kinds if e.adults == 2 == e.size)
    assert couples == pytest.approx(1_757_345 / 20_973_764, abs=0.01)
    lone = sum(e.share for e in kinds if e.adults == 1 and e.children and not e.elders)
    assert lone == pytest.approx((1_423_555 + 639_640) / 20_973_764, abs=0.01)


def test_ages_are_those_of_the_united_nations_in_bands_of_ten_years() -> None:
    ages = read_table("vietnam").ages
    assert ages[:10].sum() == pytest.approx(15_478_572 / 97_338_579, abs=1e-4)
    assert ages[30:40].sum() == pytest.approx(16_200_926 / 97_338_579, abs=1e-4)
    assert ages[80:].sum() == pytest.approx(1_866_461 / 97_338_579, abs=1e-4)
    assert (np.diff(ages[85:]) <= 0).all()


def test_the_united_kingdom_has_its_households_and_lone_parents() -> None:
    kinds = read_table("united-kingdom").compositions
    assert sum(each.share * each.size for each in kinds) == pytest.approx(2.4, abs=0.05)
    lone = sum(e.share for e in kinds if e.adults == 1 and e.children)
    assert lone == pytest.approx(2.9 / 27.8, abs=0.005)


@pytest.mark.spec("POPULATION-2")
def test_the_same_arguments_give_the_same_population_on_any_number_of_threads() -> None:
    asked = [(settings("vietnam"), 3_000, seed) for seed in (1, 2, 1, 2, 1, 2)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda each: population.build(*each), asked))
    alone = [population.build(*each) for each in asked[:2]]
    assert all(same(each, alone[number % 2]) for number, each in enumerate(found))
    assert not same(alone[0], alone[1])


@pytest.mark.spec("POPULATION-2")
def test_how_many_occasional_contacts_there_are_changes_nothing_else() -> None:
    one, other = (population.build(settings("vietnam", d), 2_000, 1) for d in (None, 9.0))
    assert other.half_edges > 2 * one.half_edges
    for name in ("age", "household", "household_first", "group", "group_first", "group_member"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_a_population_is_ordered_as_its_arrays_promise(country: Made) -> None:
    found = country.population
    sizes = np.diff(found.household_first)
    assert found.people == PEOPLE == len(found.age) == len(found.household) == len(found.group)
    assert sizes.min() >= 1
    assert np.array_equal(found.household, np.repeat(np.arange(found.households), sizes))
    members = np.repeat(np.arange(found.groups), np.diff(found.group_first))
    assert np.array_equal(found.group[found.group_member], members)
    assert (np.diff(found.group_member)[np.diff(members) == 0] > 0).all()
    assert np.array_equal(found.edge_owner, np.repeat(np.arange(PEOPLE), np.diff(found.edge_first)))
    types = {each.name: getattr(found, each.name).dtype for each in fields(found)[1:]}
    assert {types.pop("age"), types.pop("group_kind")} == {np.dtype(np.uint8)}
    assert set(types.values()) == {np.dtype(np.int32)}
    assert found.size_bytes < 40 * PEOPLE


@pytest.mark.spec("POPULATION-3")
def test_households_of_each_size_have_the_table_s_share(country: Made) -> None:
    sizes = np.diff(country.population.household_first)
    for size in range(1, int(sizes.max()) + 2):
        share = sum(each.share for each in country.table.compositions if each.size == size)
        assert near(float(np.mean(sizes == size)), share, len(sizes)), size


@pytest.mark.spec("POPULATION-3")
def test_the_last_household_loses_its_children_first() -> None:
    whole = population.build(settings("united-kingdom"), 400, 1)
    first = int(whole.household_first[np.flatnonzero(np.diff(whole.household_first) == 4)[0]])
    cut = population.build(settings("united-kingdom"), first + 3, 1)
    assert cut.household_first[-2:].tolist() == [first, first + 3]
    assert (cut.age[first : first + 2] >= 18).all()


@pytest.mark.spec("POPULATION-4")
def test_ages_are_the_table_s(country: Made) -> None:
    found = np.cumsum(np.bincount(country.population.age, minlength=110))
    most_in_a_month = 0.002 * PEOPLE  # more than a tenth above any month's share
    assert np.abs(found - PEOPLE * np.cumsum(country.table.ages)).max() < most_in_a_month / 2
    assert country.population.age.max() < 110


@pytest.mark.spec("POPULATION-5")
def test_no_child_is_as_old_as_the_first_adult_and_parents_could_be_parents(country: Made) -> None:
    found = country.population
    first = found.household_first[found.household]
    later = np.arange(PEOPLE) - first
    gap = found.age[first].astype(int) - found.age
    young = (later >= 1) & (found.age < 12)
    assert gap[young].min() >= 14
    assert 24 < np.median(gap[young]) < 36
    assert (found.age[found.household_first[:-1]] >= 16).all()
    of_young = young & (found.age[first] < 26)
    assert 1.2 < found.age[of_young].mean() < 2.0  # parents at any age from the lowest on


def test_one_generation_and_three_live_together_where_the_table_says_so(country: Made) -> None:
    found = country.population
    ends = found.household_first[1:]
    oldest = np.maximum.reduceat(found.age, found.household_first[:-1])
    youngest = np.minimum.reduceat(found.age, found.household_first[:-1])
    both = float(np.mean((oldest >= 60) & (youngest < 15)))
    assert len(ends) == found.households
    assert (0.08 < both < 0.25) if country.preset == "vietnam" else both < 0.06


@pytest.mark.spec("POPULATION-6")
def test_pupils_are_in_classes_of_their_age_and_of_the_level_s_size(country: Made) -> None:
    found = country.population
    school = np.flatnonzero(found.group_kind == SCHOOL)
    in_class = np.isin(found.group, school)
    for level in country.table.levels:
        of_age = (found.age >= level.first_age) & (found.age <= level.last_age)
        assert near(float(in_class[of_age].mean()), level.attendance, int(of_age.sum()))
        sizes = np.bincount(found.group[of_age & in_class], minlength=found.groups)
        sizes = sizes[sizes > 0]
        assert sizes.mean() == pytest.approx(level.class_size, rel=0.08)
        assert sizes.min() >= level.class_size * (1 - level.spread) / (1 + level.spread) * 0.85
        assert sizes.std() > 0.3 * level.spread * level.class_size
    teachers = {each.first_age: each.teachers for each in country.table.levels}
    for members in np.split(found.group_member, found.group_first[1:-1])[: len(school)]:
        ages = found.age[members]
        pupils = ages[ages < 22]
        assert len(np.unique(pupils)) == 1
        assert len(ages) - len(pupils) == teachers[max(a for a in teachers if a <= pupils[0])]
        assert (ages[ages >= 22] <= 64).all()


@pytest.mark.spec("POPULATION-6")
def test_pupils_of_a_class_live_near_one_another(country: Made) -> None:
    found = country.population
    ten = np.flatnonzero((found.age == 10) & (found.group != NO_GROUP))
    assert (np.diff(found.group[ten]) >= 0).all()


@pytest.mark.spec("POPULATION-7")
def test_who_works_is_in_teams_of_the_table_s_sizes(country: Made) -> None:
    found, table = country.population, country.table
    work = np.flatnonzero(found.group_kind == WORK)
    sizes = np.diff(found.group_first)[work]
    alone = float(table.team_shares[table.team_sizes == 1].sum())
    working = sizes.sum() / (1 - alone)
    for size, share in zip(table.team_sizes, table.team_shares, strict=True):
        if size > 1:
            teams = int((sizes == size).sum())
            assert teams * size == pytest.approx(
                working * share, abs=5 * size * np.sqrt(teams) + size
            )
    ages = found.age[np.isin(found.group, work)]
    assert ages.min() >= 15
    at_35 = np.flatnonzero((found.age >= 30) & (found.age < 35))
    in_group = float(np.mean(found.group[at_35] != NO_GROUP))
    assert in_group == pytest.approx(float(table.working[32]) * (1 - alone), abs=0.035)


@pytest.mark.spec("POPULATION-7")
def test_as_many_work_as_the_table_says_though_pupils_do_not() -> None:
    """In Viet Nam 39 % of those of 18 and 19 work: more than half of those who do not study."""
    found, table = made("vietnam").population, read_table("vietnam")
    teams = np.flatnonzero(found.group_kind == WORK)
    alone = float(table.team_shares[table.team_sizes == 1].sum())
    for first, last, working in ((18, 19, 0.390), (60, 64, 0.651), (75, 79, 0.140)):
        of_age = (found.age >= first) & (found.age <= last)
        in_team = float(np.isin(found.group[of_age], teams).mean())
        taught = 0.02  # who teaches is in no team
        assert abs(in_team - working * (1 - alone)) < taught + 4.5 * 0.5 / np.sqrt(of_age.sum())


@pytest.mark.spec("POPULATION-7")
def test_colleagues_live_anywhere(country: Made) -> None:
    found = country.population
    work = np.flatnonzero(found.group_kind == WORK)
    first, last = found.group_first[work], found.group_first[work + 1] - 1
    apart = found.group_member[last] - found.group_member[first]
    assert apart.mean() > 0.3 * PEOPLE


@pytest.mark.spec("POPULATION-8")
def test_nobody_is_in_two_groups(country: Made) -> None:
    found = country.population
    assert len(np.unique(found.group_member)) == len(found.group_member)
    assert len(found.group_member) == int((found.group != NO_GROUP).sum())


@pytest.mark.spec("POPULATION-9")
def test_half_edges_have_the_mean_and_the_variance_of_their_age(country: Made) -> None:
    found, table = country.population, country.table
    degree = np.diff(found.edge_first)
    assert found.half_edges % 2 == 0
    for age in (slice(0, 20), slice(20, 70), slice(70, 110)):
        of_age = degree[(found.age >= age.start) & (found.age < age.stop)]
        mean, dispersion = table.occasional_mean[age][0], table.occasional_dispersion[age][0]
        variance = mean + mean**2 / dispersion
        assert abs(of_age.mean() - mean) < 4.5 * np.sqrt(variance / len(of_age))
        assert of_age.var() == pytest.approx(variance, rel=0.08)
        none = (dispersion / (dispersion + mean)) ** dispersion
        assert near(float(np.mean(of_age == 0)), none, len(of_age))


@pytest.mark.spec("POPULATION-9")
@pytest.mark.parametrize("daily", [0.0, 1.5, 12.0])
def test_a_scenario_sets_how_many_occasional_contacts_there_are(daily: float) -> None:
    found = population.build(settings("vietnam", daily), 20_000, 3)
    assert found.half_edges / 20_000 == pytest.approx(daily, rel=0.04)
    assert found.half_edges % 2 == 0
    assert np.diff(found.edge_first).max() <= half_edges.MAX_EACH


@pytest.mark.spec("POPULATION-9")
def test_all_have_the_same_number_where_all_are_alike_and_a_last_odd_one_is_dropped() -> None:
    found = population.build(settings("well-mixed", 3.0), 1_001, 1)
    assert np.diff(found.edge_first).tolist() == [3] * 1_000 + [2]
    assert (found.groups, found.households) == (0, 1_001)
    assert set(found.age.tolist()) == set(range(30, 40))
    between = np.diff(population.build(settings("well-mixed", 2.25), 4_000, 1).edge_first)
    assert set(between.tolist()) == {2, 3}
    assert near(float(np.mean(between == 3)), 0.25, 4_000)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("people", [1, 2, 7])
def test_few_people_are_a_population_too(preset: str, people: int) -> None:
    found = population.build(settings(preset), people, 5)
    assert found.household_first[-1] == people == found.people
    assert found.half_edges % 2 == 0


@pytest.mark.spec("POPULATION-10")
@pytest.mark.parametrize(
    ("preset", "people", "daily", "error", "said"),
    [
        ("viet nam", 10, None, MalformedError, "no population preset 'viet nam'"),
        ("vietnam", 0, None, MalformedError, "at least one person, and not 0"),
        ("vietnam", -5, None, MalformedError, "at least one person"),
        ("vietnam", 100_000_001, None, LimitError, "at most 100000000 people"),
        ("vietnam", 10, -0.5, MalformedError, "at least 0, and not -0.5"),
        ("vietnam", 10, float("nan"), MalformedError, "at least 0, and not nan"),
        ("vietnam", 10, 100.5, LimitError, "at most 100, and not 100.5"),
    ],
)
def test_what_cannot_be_a_population_is_refused(
    preset: str, people: int, daily: float | None, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        population.build(settings(preset, daily), people, 1)


@pytest.mark.spec("POPULATION-10")
def test_more_half_edges_than_have_numbers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(half_edges, "_MAX_ALL", 100)
    with pytest.raises(LimitError, match="occasional contacts a day are more than 100"):
        population.build(settings("well-mixed"), 11, 1)
