"""Runs of sweeps whose numbers follow from settings and seed by a rule, for tests of sweeps.

Dask's workers import this by name, so that they run what the tests say.
"""

import os
import signal
import time
from pathlib import Path

from dp3t_simulator.scenario.settings import AppSettings, PopulationSettings, Scenario
from dp3t_simulator.sweep.plan import Task, scenario_hash
from dp3t_simulator.sweep.runs import Run, code_version

PEOPLE, DAYS = 1_000, 12
SCENARIO = Scenario(
    name="made-up", people=PEOPLE, days=DAYS, population=PopulationSettings(preset="well-mixed")
)


def luck(seed: int) -> int:
    """Return what a seed adds to the infected, whatever the settings: 0 to 96."""
    return seed * 37 % 97


def infected(uptake: float, seed: int) -> int:
    """Return how many are infected: fewer by 5 for each percent of uptake, and by luck more."""
    return 700 - round(500 * uptake) + luck(seed)


def made_run(task: Task) -> Run:
    """Return the run of a task at once."""
    scenario, seed = task.scenario, task.seed
    cases = infected(scenario.app.uptake, seed)
    with_app = scenario.app.uptake > 0
    return Run(
        version=code_version(),
        scenario=task.scenario_hash,
        without=scenario_hash(task.choice.without) if task.choice.without else None,
        label=task.label,
        settings=dict(task.choice.settings),
        seed=seed,
        summary={
            "people": PEOPLE,
            "days": DAYS,
            "design": scenario.app.design,
            "fidelity": scenario.fidelity,
            "infected": cases,
            "attack_rate": cases / PEOPLE,
            "notified": 3 * luck(seed) if with_app else 0,
            "positive_predictive_value": 0.25 if with_app else None,
            "notified_per_upload": 4.5 if with_app else None,
            "quarantined_person_days": 2_000 if with_app else 500,
            "deaths": cases // 100,
            "cases_averted": None,
            "deaths_averted": None,
            "quarantine_days_per_case_averted": None,
            "seed": seed,
            "reproduction_by_generation": [2.0, 1.0],
        },
        daily={"day": list(range(DAYS)), "infections": [cases // DAYS] * DAYS},
    )


def dying_run(task: Task) -> Run:
    """Return a run, but let the process die on the first attempt at seed 2."""
    if task.seed == 2 and not _been_here("first"):
        os.kill(os.getpid(), signal.SIGKILL)
    return made_run(task)


def deadly_run(task: Task) -> Run:
    """Return a run, but let every process die that tries seed 2."""
    if task.seed == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return made_run(task)


def slow_run(task: Task) -> Run:
    """Return a run after a while."""
    time.sleep(0.3)
    return made_run(task)


def foreign_run(task: Task) -> Run:
    """Return a run by other code."""
    run = made_run(task)
    return Run(**{name: getattr(run, name) for name in run.__slots__} | {"version": "0.0+other"})


def with_uptake(uptake: float) -> Scenario:
    """Return the scenario with another share of people who have the app."""
    return Scenario(
        name=f"uptake {uptake:g}",
        people=PEOPLE,
        days=DAYS,
        population=SCENARIO.population,
        app=AppSettings(uptake=uptake),
    )


def _been_here(what: str) -> bool:
    """Say whether this was asked before, and remember that it was, for all processes."""
    mark = Path(os.environ["TEST_MARKS"]) / what
    if mark.exists():
        return True
    mark.touch()
    return False
