"""A world and its days: population, epidemic, response and warnings in the order of the chapter."""

import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

import dp3t
from dp3t_simulator import warnings
from dp3t_simulator.epidemic.disease import disease
from dp3t_simulator.epidemic.engine import Epidemic
from dp3t_simulator.interfaces import NoNotification, Notification, Response, World
from dp3t_simulator.meetings.table import meetings_of
from dp3t_simulator.population import (
    Population,
    populate,
    smartphones_by_age,
)
from dp3t_simulator.record import Record
from dp3t_simulator.response.response import of as response_of
from dp3t_simulator.result import Result
from dp3t_simulator.scenario.measured import of_people, pinned
from dp3t_simulator.scenario.reading import without_app
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.state import healthy
from dp3t_simulator.streams import Stream

Progress = Callable[[float, int], None]
"""Called after each day, and where phones are simulated also within it, with how many days are
done, and how many there are."""

_BAND_YEARS = 10
_BANDS = 10


def simulate(
    scenario: Scenario,
    *,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
    record_exposures: bool = False,
    made: World | None = None,
) -> Result:
    """Return what comes of a scenario; nothing is compared with.

    Args:
        scenario: what is simulated.
        seed: of all draws, 0 to 2⁶⁴ - 1.
        threads: how many may run at once; as many as there are processors unless given. The result
            does not depend on it, but for its seconds and memory.
        progress: told of each day, and of parts of it at fidelity `protocol`.
        record_exposures: whether the tables of exposures and sources are kept.
        made: `world_of` the scenario and seed, which is used up; made anew unless given.

    Raises:
        ScenarioError: the scenario cannot be run.
        OSError: a file of contacts cannot be read.
        ValueError: a seed outside its range, or less than one thread.
    """
    world = made or world_of(scenario, seed=seed, threads=threads)
    begun = time.perf_counter()
    epidemic = Epidemic(world)
    acting = response_of(world)
    done = 0

    def told(part: float) -> None:
        if progress:
            progress(done + part, scenario.days)

    warning = warnings_of(world, told)
    record = Record(world, exposures=record_exposures)
    try:
        for day in range(scenario.days):
            live(day, epidemic, acting, warning, record)
            done += 1
            told(0)
    finally:
        epidemic.close()
        acting.close()
        warning.close()
    return Result(
        scenario=world.scenario,
        seed=seed,
        version=dp3t.__version__,
        people=world.state.people,
        app_users=int(world.state.app.sum()),
        people_by_age=_by_age(world.population),
        daily=record.daily(),
        events=record.events(),
        recorded_exposures=record_exposures,
        seconds=time.perf_counter() - begun,
        peak_rss_mb=_peak_rss_mb(),
    )


def live(
    day: int,
    epidemic: Epidemic,
    acting: Response,
    warning: Notification,
    record: Record,
) -> None:
    """Let a day pass, in the order of the chapter [EPIDEMIC-1]."""
    onsets = epidemic.morning(day)
    uploads, traces = acting.morning(day, onsets)
    morning = warning.morning(day, uploads, traces)
    acting.react(day, morning.notices)
    acting.write_history(day)
    infected = epidemic.transmit(day)
    warning.evening(day)
    record.add(
        day,
        uploads=uploads,
        morning=morning,
        infected=infected,
        stages=epidemic.stages,
        response=acting,
    )


def world_of(scenario: Scenario, *, seed: int, threads: int | None = None) -> World:
    """Return the world of a scenario before its first day.

    Raises:
        ScenarioError: a file of contacts is another one, or has too few people for the scenario.
        OSError: it cannot be read.
        ValueError: a seed outside its range, or less than one thread.
    """
    threads = len(os.sched_getaffinity(0)) if threads is None else threads
    if threads < 1:
        raise ValueError("there is at least one thread")
    scenario = pinned(scenario)
    people, contacts = populate(scenario.population, scenario.people, seed)
    # calibration looks at as many days as somebody is infectious, however short the run
    days = max(scenario.days, disease(scenario.disease.parameters).infectious_days)
    world = World(
        scenario=of_people(scenario, people.people),
        seed=seed,
        threads=threads,
        population=people,
        meetings=meetings_of(people, scenario.population, days=days, seed=seed, measured=contacts),
        state=healthy(people.people),
    )
    world.state.app[:] = app_owners(scenario, people, seed)
    return world


def without_app_of(world: World) -> World:
    """Return a world with the same people, meetings and disease in which nobody has the app.

    What calibration finds is kept in both, so that it is looked for once.
    """
    if world.factor is None:
        epidemic = Epidemic(world)
        epidemic.close()
        world.factor = epidemic.factor
    plain = replace(without_app(world.scenario), fidelity="fast")
    return replace(world, scenario=plain, state=healthy(world.state.people))


def app_owners(scenario: Scenario, people: Population, seed: int) -> NDArray[np.bool_]:
    """Say of each person whether their phone runs the app [EPIDEMIC-13].

    With a higher uptake those who had it still have it.
    """
    app = scenario.app
    owned = app.smartphone_by_age or smartphones_by_age(scenario.population.preset)
    bands = np.minimum(people.age // _BAND_YEARS, len(owned) - 1)
    drawn = Stream(seed, "world: app").uniform(np.arange(people.people))
    found: NDArray[np.bool_] = drawn < app.uptake * np.array(owned)[bands]
    return found


def warnings_of(world: World, progress: Callable[[float], None] | None = None) -> Notification:
    """Return how warnings come about in a world: not at all where nobody has the app.

    Args:
        world: before its first day.
        progress: told which part of a day's contacts phones have heard, up to 1.
    """
    if not world.scenario.app.uptake:
        return NoNotification()
    return warnings.of(world, progress)


def _by_age(people: Population) -> NDArray[np.int64]:
    bands = np.minimum(people.age // _BAND_YEARS, _BANDS - 1)
    return np.bincount(bands, minlength=_BANDS)


def _peak_rss_mb() -> float:
    """Return the most memory this process has held, in 10⁶ bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6
