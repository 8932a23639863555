"""A sweep from its plan to its result."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dp3t_simulator.scenario.measured import CONTACTS_FILE, pinned
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.sweep.folder import claim
from dp3t_simulator.sweep.outcome import Point, SweepResult, with_averted
from dp3t_simulator.sweep.plan import Choice, Key, Plan, Task, Value, plan_of, scenario_hash
from dp3t_simulator.sweep.running import Runner, finished, run_task
from dp3t_simulator.sweep.runs import Run, RunFiles

Progress = Callable[[int, int], None]
"""Called with how many runs are done, those of before among them, and how many there are."""


def sweep(
    scenario: Scenario,
    settings: Mapping[str, Sequence[Value]],
    *,
    replicates: int = 20,
    seed: int = 1,
    folder: Path | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    baseline: bool = True,
    progress: Progress | None = None,
) -> SweepResult:
    """Run a scenario with every combination of settings, each with the same seeds.

    Args:
        scenario: what everything not swept is taken from.
        settings: by path, such as `app.uptake`, the values.
        replicates: how many runs of each combination.
        seed: of the first; the others have the numbers that follow.
        folder: where finished runs are kept and found again; None keeps none.
        scheduler: the address of a Dask cluster; None for processes of this machine.
        workers: how many processes; 0 runs everything in this one, without Dask.
        baseline: whether each luck is also run without the app, so that cases averted are known.
        progress: told of every run.

    Raises:
        ScenarioError: a combination that cannot be run.
        SweepError: a folder of another sweep, or a cluster that does not do.
        OSError: a run cannot be kept, or a file of contacts not be read.
        ModuleNotFoundError: without Dask, unless `workers` is 0.
    """
    if CONTACTS_FILE not in settings:
        scenario = pinned(scenario)
    plan = plan_of(scenario, settings, replicates=replicates, seed=seed, baseline=baseline)
    if folder is not None:
        claim(folder, scenario)
    runs = run_all(
        plan.tasks(),
        files=None if folder is None else RunFiles(folder / "runs"),
        scheduler=scheduler,
        workers=workers,
        progress=progress,
    )
    return result_of(plan, runs)


def run_all(
    tasks: Sequence[Task],
    *,
    files: RunFiles | None,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    runner: Runner = run_task,
) -> dict[Key, Run]:
    """Return the run of every task by scenario and seed, those that are kept without running them.

    Each is kept before the next is waited for, so that nothing finished is lost [SWEEP-3].
    """
    found = {task.key: run for task in tasks if files and (run := files.find(task))}
    missing = [task for task in tasks if task.key not in found]
    told = progress or (lambda done, total: None)
    told(len(found), len(tasks))
    for task, run in finished(missing, scheduler=scheduler, workers=workers, runner=runner):
        if files:
            files.keep(task, run)
        found[task.key] = run
        told(len(found), len(tasks))
    return found


def result_of(plan: Plan, runs: Mapping[Key, Run]) -> SweepResult:
    """Return what the runs of a plan came to."""
    return SweepResult(
        name=plan.scenario.name,
        points=tuple(
            Point(
                label=choice.label,
                settings=choice.settings,
                runs={seed: _run_of(choice, seed, runs) for seed in plan.seeds},
            )
            for choice in plan.choices
        ),
    )


def _run_of(choice: Choice, seed: int, runs: Mapping[Key, Run]) -> Run:
    run = runs[scenario_hash(choice.scenario), seed]
    without = runs.get((scenario_hash(choice.without), seed)) if choice.without else None
    return with_averted(run, without) if without else run
