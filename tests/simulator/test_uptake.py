"""The effect of uptake: its numbers by hand, and the towns that are compared."""

import math

import numpy as np
import pytest

from dp3t_simulator.result import Columns
from dp3t_simulator.uptake import ASSUMPTIONS, UPTAKES, UptakeEffect, _successors, town


def effect(*infected: list[int]) -> UptakeEffect:
    return UptakeEffect(
        infected=np.array(infected), people=10_000, reproduction=1.2, cases_per_infection=0.3
    )


def test_reductions_are_those_of_each_seed() -> None:
    found = effect([1000, 950, 900, 800, 600, 200], [2000, 2000, 1800, 1500, 1000, 500])
    assert found.reductions[:, -1].tolist() == [0.8, 0.75]
    assert found.reductions[:, 0].tolist() == [0, 0]


@pytest.mark.parametrize("power", [1, 1.5, 2])
def test_the_exponent_is_the_power_of_uptake(power: float) -> None:
    counts = [round(1_000_000 * (1 - 0.5 * uptake**power)) for uptake in UPTAKES]
    assert effect(counts).exponent == pytest.approx(power, abs=1e-4)


def test_without_an_effect_there_is_no_exponent() -> None:
    assert math.isnan(effect([100, 101, 100, 90, 80, 70]).exponent)


def test_a_point_averts_a_thirtieth_of_what_thirty_avert() -> None:
    assert effect([1000, 900, 0, 630, 0, 0]).per_point == pytest.approx(0.01)


def test_successors_are_of_those_infected_early_but_not_of_seeds() -> None:
    infections: Columns = {
        "person": np.array([4, 1, 0, 3, 2], dtype=np.int32),
        "day": np.array([0, 19, 20, 59, 60], dtype=np.int16),
        "infector": np.array([-1, 4, 1, 0, 0], dtype=np.int32),
    }
    assert _successors(infections, people=5) == (2, 2)


@pytest.mark.parametrize("assumption", ASSUMPTIONS)
def test_towns_differ_by_what_people_do_alone(assumption: str) -> None:
    place = town(20_000, assumption)
    assert (place.people, place.disease.seeds, place.app.uptake) == (20_000, 20, 0)
    assert place.app.upload_consent == (1 if assumption == "planned" else 0.72)
    assert place.testing.symptomatic_probability == (0.6 if assumption == "reported" else 0.9)
    assert place.app.compliance == (0.9 if assumption == "planned" else 0.7)
