"""Small simulated worlds in which phones warn."""

import numpy as np

from dp3t_simulator import population
from dp3t_simulator.interfaces import World
from dp3t_simulator.meetings.table import meetings_of
from dp3t_simulator.scenario.settings import (
    AppSettings,
    DiseaseSettings,
    PopulationSettings,
    PresenceSettings,
    Scenario,
)
from dp3t_simulator.state import healthy

DAYS = 20


def small_world(
    design: str = "lowcost",
    configuration: str = "dp3t",
    *,
    people: int = 24,
    seed: int = 1,
    threads: int = 1,
    presence: PresenceSettings | None = None,
    **app: float,
) -> World:
    """Return people who meet some others each day, most with the app, some at home or away."""
    chosen = AppSettings(design=design, configuration=configuration, **app)  # type: ignore[arg-type]  # numbers by name
    scenario = Scenario(
        name="small",
        people=people,
        days=DAYS,
        population=PopulationSettings(visits_daily=0.5, venue_capacity=8),
        disease=DiseaseSettings(seeds=1),
        app=chosen,
        presence=presence or PresenceSettings(),
    )
    inhabitants = population.build(scenario.population, people, seed)
    state, luck = healthy(people), np.random.default_rng(seed)
    state.app[:] = luck.random(people) < 0.9
    state.home[:] = luck.integers(0, 2**32, people) & luck.integers(0, 2**32, people)
    state.absent[:] = 1 << luck.integers(0, 32, people)
    return World(
        scenario=scenario,
        seed=seed,
        threads=threads,
        population=inhabitants,
        meetings=meetings_of(inhabitants, scenario.population, days=DAYS, seed=seed),
        state=state,
    )
