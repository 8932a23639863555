"""A run, and the same run without the app."""

import os
from collections.abc import Callable
from dataclasses import replace

from dp3t_simulator import world
from dp3t_simulator.interfaces import World
from dp3t_simulator.result import Baseline, Result
from dp3t_simulator.scenario.settings import Scenario

Progress = Callable[[float, int], None]
"""Called after each day, and where phones are simulated also within it, with how many days are
done, and how many there are."""


def simulate(
    scenario: Scenario,
    *,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
    baseline: bool = True,
    record_exposures: bool = False,
) -> Result:
    """Return what comes of a scenario.

    Args:
        scenario: what is simulated.
        seed: determines all luck, 0 to 2⁶⁴ - 1. The same scenario and seed give the same result, on
            any number of threads; only `seconds` and `peak_rss_mb` differ.
        threads: how many may run at once; as many as there are processors unless given.
        progress: told of each day; days of the baseline are counted along.
        baseline: whether the same world and luck without app and check-in is run first, so that
            cases averted are a difference of one luck [SCENARIO-8]; without an app there is
            nothing to compare.
        record_exposures: whether the tables of exposures and sources are kept, which take far more
            memory and time than the others.

    Raises:
        ValueError: a seed outside its range, or less than one thread.
    """
    threads = len(os.sched_getaffinity(0)) if threads is None else threads
    with_baseline = baseline and scenario.app.uptake > 0
    total = scenario.days * (2 if with_baseline else 1)

    def told(done: int) -> Progress | None:
        return progress and (lambda day, _: progress(done + day, total))

    made = world.world_of(scenario, seed=seed, threads=threads)
    without = _baseline(made, seed, threads, told(0)) if with_baseline else None
    result = world.simulate(
        scenario,
        seed=seed,
        threads=threads,
        progress=told(scenario.days if with_baseline else 0),
        record_exposures=record_exposures,
        made=made,
    )
    return replace(result, baseline=without)


def _baseline(made: World, seed: int, threads: int, progress: Progress | None) -> Baseline:
    """Return what comes of a world without the app; what the run held is given back."""
    plain = world.without_app_of(made)
    found = world.simulate(
        plain.scenario, seed=seed, threads=threads, progress=progress, made=plain
    )
    return Baseline.of(found)
