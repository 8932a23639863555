from dataclasses import replace

import numpy as np
import pytest

from dp3t_simulator.draws import absorbed
from dp3t_simulator.epidemic.engine import Epidemic, chosen
from dp3t_simulator.epidemic.spreading import no_room, spread
from dp3t_simulator.epidemic.transmission import events_of
from dp3t_simulator.interfaces import World
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.state import NOBODY, Stage
from dp3t_simulator.world import world_of
from epidemic_worlds import again, scenario, world


def passed_on(of: World, *, replicates: int) -> float:
    """Return how many different people each infected on day 0 infects if nobody else does."""
    epidemic = Epidemic(of)
    first = epidemic.transmit(0)
    events, pairs = events_of(40 * len(first)), 0
    for replicate in range(replicates):
        rates = epidemic.rates._replace(key=absorbed(epidemic.rates.key, replicate))
        found = []
        for day in range(1, 15):
            count = spread(of.meetings, rates, of.state, first, day, no_room(), events)
            found.append(np.stack((events.target[:count], events.source[:count])))
        pairs += np.unique(np.concatenate(found, axis=1), axis=1).shape[1]
    susceptible = 1 - len(first) / of.state.people
    return pairs / (replicates * len(first) * susceptible)


@pytest.mark.spec("EPIDEMIC-8")
@pytest.mark.parametrize("number", [1.2, 3.0])
def test_in_a_well_mixed_population_each_infects_as_many_as_were_asked_for(number: float) -> None:
    mixed = world(people=20_000, preset="well-mixed", reproduction_number=number, seeds=400)
    assert passed_on(mixed, replicates=12) == pytest.approx(number, rel=0.04)


@pytest.mark.spec("EPIDEMIC-8", "EPIDEMIC-15")
@pytest.mark.parametrize("preset", ["vietnam", "united-kingdom"])
def test_those_infected_on_day_0_infect_as_many_as_were_asked_for(preset: str) -> None:
    """Days enough for the first, and for those they infect to infect others before they do."""
    made = world(people=10_000, days=15, preset=preset, reproduction_number=2.0, seeds=40)
    counts = np.zeros(2)
    for seed in range(1, 13):
        of = again(made, seed=seed)
        epidemic = Epidemic(of)
        for day in range(15):
            epidemic.morning(day)
            epidemic.transmit(day)
        infected = of.state.stage != Stage.SUSCEPTIBLE
        counts += np.bincount(of.state.generation[infected], minlength=2)[:2]
    assert counts[1] / counts[0] == pytest.approx(2.0, rel=0.1)


@pytest.mark.spec("EPIDEMIC-8")
def test_whom_an_infection_finds_meets_more_people_than_others_do() -> None:
    alike = world(people=3_000, reproduction_number=2.0)
    disease = replace(alike.scenario.disease, index_case="typical")
    typical = replace(alike, scenario=replace(alike.scenario, disease=disease))
    factor = Epidemic(typical).factor
    assert factor < 0.93 * Epidemic(alike).factor
    assert [Epidemic(replace(typical, threads=some)).factor for some in (1, 2, 5)] == [factor] * 3


@pytest.mark.spec("EPIDEMIC-8")
def test_a_reproduction_number_of_nothing_infects_nobody() -> None:
    assert passed_on(world(reproduction_number=0.0), replicates=1) == 0


def test_a_reproduction_number_that_contacts_do_not_allow_is_refused() -> None:
    few = scenario(preset="well-mixed", reproduction_number=20.0)
    few = replace(few, population=replace(few.population, occasional_daily=0.1, visits_daily=0.0))
    with pytest.raises(ScenarioError, match="reproduction_number is 20"):
        Epidemic(world_of(few, seed=1))


@pytest.mark.spec("EPIDEMIC-9")
def test_any_number_of_threads_gives_the_same_infections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dp3t_simulator.epidemic.engine._SOURCES_PER_THREAD", 1)
    monkeypatch.setattr("dp3t_simulator.epidemic.engine._PEOPLE_PER_THREAD", 1)
    people = world(people=3_000, days=40, seeds=30)
    found = []
    for threads in (1, 2, 3, 5):
        of = again(people, seed=3, threads=threads)
        epidemic = Epidemic(of)
        for day in range(40):
            epidemic.morning(day)
            epidemic.transmit(day)
        epidemic.close()
        found.append(b"".join(column.tobytes() for column in of.state))
        assert np.mean(of.state.stage != Stage.SUSCEPTIBLE) > 0.3
        counts = np.bincount(of.state.stage, minlength=len(Stage)).tolist()
        assert [epidemic.stages[stage] for stage in Stage] == counts
    assert found[0] == found[1] == found[2] == found[3]


@pytest.mark.spec("EPIDEMIC-12")
def test_people_are_infected_at_the_start_and_from_outside_as_often_as_was_asked_for() -> None:
    of = world(people=20_000, days=60, seeds=25, reproduction_number=0.0, imported_daily=2.25)
    epidemic = Epidemic(of)
    counts = [len(epidemic.transmit(day)) for day in range(60)]
    assert 25 + 2 <= counts[0] <= 25 + 3
    assert set(counts[1:]) <= {1, 2, 3}
    assert np.mean(counts[1:]) == pytest.approx(2.25, abs=0.25)
    infected = of.state.stage != Stage.SUSCEPTIBLE
    assert sum(counts) == infected.sum() == 20_000 - epidemic.stages[Stage.SUSCEPTIBLE]
    assert set(of.state.infector[infected].tolist()) == {NOBODY}
    assert set(of.state.generation.tolist()) == {0}
    assert np.bincount(of.state.infected_day[infected]).tolist() == counts


@pytest.mark.spec("EPIDEMIC-12")
def test_seeds_are_different_people_and_each_is_as_likely() -> None:
    counts = np.zeros(20)
    for key in range(3000):
        found = chosen(np.uint64(key * 977), 20, 6)
        assert len(set(found.tolist())) == 6
        assert found.tolist() == sorted(found.tolist())
        counts[found] += 1
    assert np.all(np.abs(counts - 900) < 4.5 * np.sqrt(900 * 0.7))
    assert chosen(np.uint64(5), 20, 20).tolist() == list(range(20))
