"""The engine in a population that mixes fully, beside the renewal equation."""

from dataclasses import replace

import numpy as np
import pytest

from dp3t_simulator.epidemic.disease import disease
from dp3t_simulator.mixed_outbreak import (
    LAST,
    Afresh,
    Mixed,
    estimate,
    generations,
    outbreak,
    reproduction,
    scenario_of,
)
from dp3t_simulator.population import build
from dp3t_simulator.renewal import FERRETTI_2020, NextGeneration, basic_reproduction_number
from dp3t_simulator.state import NEVER, healthy

SMALL = Mixed(isolation=0.0, tracing=1.0, people=20_000, seeds=50)


@pytest.mark.spec("SIMULATOR-10")
@pytest.mark.parametrize("onset", [2, 6])
def test_who_fell_ill_does_so_afresh_as_those_do_who_have_no_symptoms_yet(onset: int) -> None:
    people, infected_day = 80_000, np.tile([3, 8], 40_000)
    state = healthy(people + 1)
    state.infected_day[:-1], state.onset_day[:-1] = infected_day, infected_day + onset
    afresh = Afresh(state, 1)
    found = [np.sort(afresh.morning(day)) for day in range(45)]
    silent = FERRETTI_2020.asymptomatic_fraction * FERRETTI_2020.asymptomatic_infectiousness
    ill = 1 - FERRETTI_2020.asymptomatic_fraction
    shown = ill / (ill + silent) * disease("ferretti-2020").incubation
    for group, begin in enumerate((3, 8)):
        own = [each[each % 2 == group] for each in found]
        assert not any(len(each) for each in own[: begin + onset])
        assert own[begin + onset].tolist() == list(range(group, people, 2))
        for since in range(onset + 1, len(shown)):
            chance = (shown[since] - shown[since - 1]) / (1 - shown[since - 1])
            margin = 4 * np.sqrt(people / 2 * chance) + 1
            again = own[begin + since]
            assert len(again) == len(np.unique(again))
            assert len(again) == pytest.approx(people / 2 * chance, abs=margin)
        assert not any(len(each) for each in own[begin + len(shown) :])


@pytest.mark.spec("SIMULATOR-10")
def test_infectors_are_found_by_interviews_of_other_runs_and_not_by_these() -> None:
    found = {}
    for afresh in (True, False):
        mixed = replace(SMALL, people=100_000, days=30, afresh=afresh)
        people = build(scenario_of(mixed).population, mixed.people, 1)
        state = outbreak(mixed, people, 1)
        infectors = np.unique(state.infector[state.generation == 1])
        found[afresh] = int((state.quarantine_from[infectors] != NEVER).sum())
        assert state.quarantine_from[state.generation == 1].max() != NEVER
    assert found[True] <= 4  # whoever met another infected person by chance
    assert found[False] >= 20


@pytest.mark.spec("SIMULATOR-11")
def test_as_many_are_infected_as_the_equation_says_within_what_few_runs_allow() -> None:
    mixed = Mixed(isolation=0.8, tracing=0.8, people=1_000_000, seeds=600)
    counted = reproduction(mixed, seeds=(1, 2), threads=1)
    expected = NextGeneration().reproduction_number(isolation=0.8, tracing=0.8)
    assert counted.infections > 500
    assert counted.number == pytest.approx(expected, abs=0.06)


def test_runs_do_not_depend_on_threads_and_differ_by_seed() -> None:
    mixed = replace(SMALL, people=800, days=30)
    one = generations(mixed, seeds=(1, 2, 3), threads=1)
    assert one.tolist() == generations(mixed, seeds=(1, 2, 3), threads=3).tolist()
    assert one.shape == (3, LAST + 1)
    assert one[:, 0].tolist() == [50, 50, 50]
    assert len({tuple(row) for row in one.tolist()}) == 3


def test_the_number_is_the_ratio_of_neighbouring_generations_and_runs_say_how_sure_it_is() -> None:
    runs = np.array([[9, 9, 10, 5, 5, 10], [9, 9, 10, 10, 10, 20], [0, 0, 0, 0, 0, 0]])
    found = estimate(runs)
    assert (found.number, found.infections) == (60 / 50, 60)
    without = np.array([40 / 30, 20 / 20, 60 / 50])
    expected = np.sqrt(2 / 3 * ((without - without.mean()) ** 2).sum())
    assert found.standard_error == pytest.approx(expected)


def test_one_run_says_nothing_of_its_error() -> None:
    with pytest.raises(ValueError, match="two runs"):
        reproduction(SMALL, seeds=(1,), threads=1)


@pytest.mark.parametrize("afresh", [True, False])
def test_the_scenario_has_what_the_paper_says(afresh: bool) -> None:
    mixed = Mixed(isolation=0.3, tracing=0.5, delay_days=2, afresh=afresh)
    scenario = scenario_of(mixed)
    assert scenario.disease.reproduction_number == basic_reproduction_number(FERRETTI_2020)
    assert scenario.disease.asymptomatic_infectiousness == 0.1
    assert scenario.manual_tracing.recall_occasional == pytest.approx(0.45)
    assert scenario.manual_tracing.on_symptoms is not afresh
    assert scenario.isolation.on_symptoms_probability == 0.3
    assert (scenario.isolation.delay_days, scenario.manual_tracing.delay_days) == (2, 2)
    assert scenario.testing.symptomatic_probability == 0.0
    assert not scenario_of(replace(mixed, tracing=0.0)).manual_tracing.enabled
