from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from dp3t_simulator.draws import absorbed
from dp3t_simulator.epidemic.engine import Epidemic, severe_share
from dp3t_simulator.epidemic.spreading import no_room, spread
from dp3t_simulator.epidemic.transmission import (
    Events,
    Rates,
    events_of,
    settle,
    still_infectious,
    susceptibility_of,
    weight_of,
)
from dp3t_simulator.interfaces import World
from dp3t_simulator.state import Stage, State, healthy
from epidemic_worlds import SlowEpidemic, again, hazards, world

DAY = 5
REPLICATES = 1500
SOURCES = np.arange(0, 600, 12, dtype=np.int32)
EVERYBODY = np.arange(600, dtype=np.int32)
Contact = tuple[int, ...]


@pytest.fixture(scope="module")
def made() -> World:
    return world(reproduction_number=4.0, household=2.0, school=1.5)


@pytest.fixture
def around(made: World) -> World:
    return infectious(made)


def infectious(made: World) -> World:
    """Some people infectious since day 0, every third of them without symptoms."""
    fresh = again(made, seed=made.seed)
    state = fresh.state
    state.infected_day[SOURCES] = 0
    state.stage[SOURCES] = Stage.SYMPTOMATIC
    state.stage[SOURCES[::3]] = Stage.ASYMPTOMATIC
    return fresh


@pytest.fixture(scope="module")
def rates(made: World) -> Rates:
    """Rates at which a contact may transmit for sure, and most still do not."""
    found = Epidemic(again(made, seed=made.seed)).rates
    return found._replace(infectiousness=10 * found.infectiousness)


def transmissions(of: World, rates: Rates, *, replicate: int = 0) -> Events:
    events = events_of(20_000)
    other = rates._replace(key=absorbed(rates.key, 1_000 + replicate))
    count = spread(of.meetings, other, of.state, SOURCES, DAY, no_room(), events)
    return events.chosen(slice(count))


def chances(of: World, rates: Rates) -> dict[Contact, float]:
    """Return how probably each contact transmits, or one of those that are alike."""
    events, hazard = hazards(of.meetings, rates, of.state, SOURCES, DAY)
    total: dict[Contact, float] = {}
    for contact, each in zip(_contacts(events), hazard.tolist(), strict=True):
        total[contact] = total.get(contact, 0.0) + each
    return {contact: -float(np.expm1(-each)) for contact, each in total.items()}


@pytest.fixture(scope="module")
def replicates(made: World, rates: Rates) -> list[set[Contact]]:
    """The transmissions of one day, drawn again and again."""
    of = infectious(made)
    return [
        set(_contacts(transmissions(of, rates, replicate=replicate)))
        for replicate in range(REPLICATES)
    ]


@pytest.mark.spec("EPIDEMIC-6")
def test_every_contact_transmits_as_often_as_its_hazard_says(
    around: World, rates: Rates, replicates: list[set[Contact]]
) -> None:
    possible = chances(around, rates)
    chance = np.array(list(possible.values()))
    assert len(chance) > 200
    assert chance.max() > 0.5 > 0.02 > chance.min()
    places = {contact: place for place, contact in enumerate(possible)}
    counts = np.zeros(len(chance))
    for found in replicates:
        counts[[places[contact] for contact in found]] += 1
    expected = REPLICATES * chance
    surprise = (counts - expected) ** 2 / (expected * (1 - chance))
    often = expected * (1 - chance) > 3
    freedom = int(often.sum())
    assert abs(surprise[often].sum() - freedom) < 4 * np.sqrt(2 * freedom)
    rest = expected[~often].sum()
    assert counts[~often].sum() == pytest.approx(rest, abs=4 * np.sqrt(rest + 1))


@pytest.mark.spec("EPIDEMIC-6")
def test_transmissions_of_a_day_vary_as_independent_ones_do(
    around: World, rates: Rates, replicates: list[set[Contact]]
) -> None:
    chance = np.array(list(chances(around, rates).values()))
    totals = [len(found) for found in replicates]
    variance = np.sum(chance * (1 - chance))
    error = np.sqrt(variance / REPLICATES)
    assert np.mean(totals) == pytest.approx(chance.sum(), abs=4 * error)
    assert np.var(totals) == pytest.approx(variance, rel=4 * np.sqrt(2 / REPLICATES))


@pytest.mark.spec("EPIDEMIC-6")
def test_epidemics_are_as_large_as_when_every_contact_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, runs = world(people=400, days=24, reproduction_number=2.5, seeds=4), 100
    factor = Epidemic(again(made, seed=1)).factor
    monkeypatch.setattr("dp3t_simulator.epidemic.engine.factor_for", lambda *_: factor)

    def sizes(kind: type[Epidemic], first_seed: int) -> NDArray[np.int64]:
        found = []
        for seed in range(first_seed, first_seed + runs):
            epidemic = kind(again(made, seed=seed))
            for day in range(24):
                epidemic.morning(day)
                epidemic.transmit(day)
            found.append(400 - epidemic.stages[Stage.SUSCEPTIBLE])
        return np.array(found)

    fast, slow = sizes(Epidemic, 1), sizes(SlowEpidemic, 10_001)
    bounds = np.quantile(np.concatenate((fast, slow)), [0.2, 0.4, 0.6, 0.8])
    counted = np.array(
        [np.bincount(np.searchsorted(bounds, each), minlength=5) for each in (fast, slow)]
    )
    surprise = np.sum((counted[0] - counted[1]) ** 2 / counted.sum(axis=0))
    assert surprise < 18.5  # 4 degrees of freedom: one in a thousand is larger
    assert slow.std() > 10


@pytest.mark.spec("EPIDEMIC-5")
def test_a_hazard_is_the_product_of_what_the_chapter_names(made: World) -> None:
    rates = Epidemic(again(made, seed=1)).rates
    assert rates.layer.tolist() == [0.7, 1.5, 1.0, 1.0, 1.0, 1.0]
    for layer, duration, distance_cm, expected in (
        (0, 3600, 50, 0.7),
        (0, 3600, 100, 0.7),
        (1, 1800, 200, 1.5 * 0.5 / 2.02),
        (2, 7200, 350, 2.0 / 2.02**2.5),
        (3, 14_400, 80, 4.0),
        (4, 30_000, 80, 4.0),
    ):
        found = weight_of(rates, layer, duration, distance_cm) / 1.52
        assert found == pytest.approx(expected)
    ages = made.population.age
    for person in range(20):
        susceptibility = susceptibility_of(rates, made.state, person, 0)
        band = min(8, ages[person] // 10)
        expected = [0.35, 0.69, 1.03, 1.03, 1.03, 1.03, 1.27, 1.52, 1.52][band]
        assert 1.52 * susceptibility == pytest.approx(expected)


@pytest.mark.spec("EPIDEMIC-5")
def test_who_never_has_symptoms_and_days_of_little_infectiousness_infect_less(
    around: World, rates: Rates
) -> None:
    _, before = hazards(around.meetings, rates, around.state, SOURCES[:1], DAY)
    around.state.stage[SOURCES[0]] = Stage.SYMPTOMATIC
    _, after = hazards(around.meetings, rates, around.state, SOURCES[:1], DAY)
    assert before == pytest.approx(0.5 * after)
    around.state.infected_day[SOURCES[0]] = DAY - 1
    _, first = hazards(around.meetings, rates, around.state, SOURCES[:1], DAY)
    share = rates.infectiousness[1] / rates.infectiousness[5]
    assert first == pytest.approx(share * after)
    assert share < 0.1


@pytest.mark.spec("EPIDEMIC-10")
@pytest.mark.parametrize("column", ["home", "absent"])
@pytest.mark.parametrize("who", ["sources", "partners"])
def test_nobody_in_hospital_meets_anybody_and_nobody_at_home_but_the_household(
    around: World, rates: Rates, column: str, who: str
) -> None:
    assert len(np.unique(transmissions(around, rates).layer)) >= 3
    away = SOURCES if who == "sources" else np.setdiff1d(EVERYBODY, SOURCES)
    getattr(around.state, column)[away] = 1 << DAY
    layers = set(transmissions(around, rates).layer.tolist())
    assert layers == ({0} if column == "home" else set())
    getattr(around.state, column)[away] = ~np.uint32(1 << DAY)  # any other day
    assert len(np.unique(transmissions(around, rates).layer)) >= 3


@pytest.mark.spec("EPIDEMIC-6")
def test_only_the_susceptible_are_infected(around: World, rates: Rates) -> None:
    for stage in Stage:
        others = np.setdiff1d(EVERYBODY, SOURCES)
        around.state.stage[others] = stage
        assert bool(len(transmissions(around, rates).target)) is (stage is Stage.SUSCEPTIBLE)


@pytest.mark.spec("EPIDEMIC-11")
def test_the_vaccinated_are_infected_less_once_the_vaccine_works(
    around: World, rates: Rates
) -> None:
    rates = rates._replace(vaccinated=0.4, vaccine_days=14)
    _, before = hazards(around.meetings, rates, around.state, SOURCES, DAY)
    for vaccinated, expected in ((DAY - 14, 0.4), (DAY - 13, 1.0)):
        around.state.vaccinated_day[:] = vaccinated
        _, after = hazards(around.meetings, rates, around.state, SOURCES, DAY)
        assert after == pytest.approx(expected * before)
    none = rates._replace(vaccinated=0.0)
    around.state.vaccinated_day[:] = DAY - 14
    assert not len(transmissions(around, none).target)


@pytest.mark.spec("EPIDEMIC-11")
def test_hospital_stays_prevented_are_those_said_together_with_infections_prevented() -> None:
    assert severe_share(0.6, 0.9) == pytest.approx(0.25)
    assert severe_share(0.6, 0.5) == 1.0
    assert severe_share(1.0, 1.0) == 0.0


def crossing(*rows: tuple[int, int, int, int]) -> tuple[State, NDArray[np.int32]]:
    """Settle transmissions, given as target, source, start and layer, among ten people."""
    state = healthy(10)
    state.generation[5:] = [0, 1, 2, 255, 254]
    target, source, start, layer = np.array(rows, dtype=np.int32).T.copy()
    events = Events(target, source, start, layer.astype(np.uint8))
    earliest = np.full(10, -1, dtype=np.int32)
    targets = settle(state, events, earliest)
    assert set(earliest.tolist()) == {-1}
    return state, targets


@pytest.mark.spec("EPIDEMIC-7")
def test_the_contact_that_begins_first_infects_and_then_that_of_the_lower_source() -> None:
    rows = [(3, 7, 500, 1), (3, 6, 400, 2), (1, 9, 90, 3), (1, 8, 90, 0), (3, 5, 600, 0)]
    for order in (rows, rows[::-1]):
        state, targets = crossing(*order)
        assert sorted(targets.tolist()) == [1, 3]
        assert state.infector[[1, 3]].tolist() == [8, 6]
        assert state.infection_layer[[1, 3]].tolist() == [0, 2]
        assert state.generation[[1, 3]].tolist() == [255, 2]


@pytest.mark.spec("EPIDEMIC-7")
def test_who_is_infected_infects_from_the_next_day_to_the_fourteenth() -> None:
    state = healthy(10)
    state.infected_day[:] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    infected, fresh = (np.array(each, dtype=np.int32) for each in ([0, 1, 4, 8], [2, 5, 9]))
    assert still_infectious(state, infected, fresh, 14, 14).tolist() == [0, 1, 2, 4, 5, 8, 9]
    assert still_infectious(state, infected, fresh, 15, 14).tolist() == [1, 2, 4, 5, 8, 9]


def _contacts(events: Events) -> Iterator[Contact]:
    return zip(*(column.tolist() for column in events), strict=True)
