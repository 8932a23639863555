"""Results and scenarios side by side, paired by their seeds."""

import json
from collections.abc import Sequence
from pathlib import Path

from dp3t_simulator.scenario.reading import read_scenario
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.sweep.errors import SweepError
from dp3t_simulator.sweep.folder import MANIFEST
from dp3t_simulator.sweep.outcome import Point, SweepResult, with_averted
from dp3t_simulator.sweep.plan import WITHOUT_APP, Plan, choice_of, scenario_hash
from dp3t_simulator.sweep.runs import Run, RunFiles
from dp3t_simulator.sweep.sweeping import Progress, result_of, run_all

Source = Scenario | str | Path
_SUMMARY = "summary.json"


def compare(
    *sources: Source,
    replicates: int = 5,
    seed: int = 1,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> SweepResult:
    """Put results and scenarios side by side; the first one is what the others differ from.

    Args:
        sources: folders that a run or a sweep has written, scenarios, files of scenarios, or names
            of shipped ones. A sweep counts as each of its combinations.
        replicates: how many runs of each scenario; folders have the runs they have.
        seed: of the first run of each scenario; the others have the numbers that follow.
        scheduler: see `sweep`.
        workers: see `sweep`.
        progress: told of every run of a scenario.

    Raises:
        ScenarioError: a scenario that cannot be run.
        SweepError: less than two things to compare, or a folder without results.
        OSError: something cannot be read.
    """
    kept, asked = dict[int, list[Point]](), dict[int, Scenario]()
    for place, source in enumerate(sources):
        if isinstance(source, Scenario):
            asked[place] = source
        elif Path(source).is_dir():
            kept[place] = points_of(Path(source))
        else:
            asked[place] = read_scenario(source)
    if asked:
        choices = tuple(choice_of(each, {}) for each in asked.values())
        seeds = range(seed, seed + replicates)
        plan = Plan(scenario=choices[0].scenario, choices=choices, seeds=seeds, baseline=True)
        runs = run_all(
            plan.tasks(), files=None, scheduler=scheduler, workers=workers, progress=progress
        )
        made = zip(asked, result_of(plan, runs).points, strict=True)
        kept |= {place: [point] for place, point in made}
    points = [point for place in sorted(kept) for point in kept[place]]
    if len(points) < 2:
        raise SweepError("there is nothing to compare with: name at least two results or scenarios")
    return SweepResult(name=" | ".join(map(_name, sources)), points=_distinct(points))


def points_of(folder: Path) -> list[Point]:
    """Return what a folder holds: the combinations of a sweep as far as it is, or one run.

    Raises:
        SweepError: it holds neither.
        OSError: it cannot be read.
        ModuleNotFoundError: a run, without pyarrow.
    """
    if (folder / _SUMMARY).is_file():
        return [_point({(run := _saved(folder)).seed: run})]
    if not (folder / MANIFEST).is_file():
        raise SweepError(f"{folder} holds neither a run nor a sweep")
    runs = RunFiles(folder / "runs").all()
    by_luck = {(run.scenario, run.seed): run for run in runs}
    found = dict[str, dict[int, Run]]()
    for run in runs:
        if run.label != WITHOUT_APP:
            without = by_luck.get((run.without, run.seed)) if run.without else None
            full = with_averted(run, without) if without else run
            found.setdefault(run.scenario, {})[run.seed] = full
    if not found:
        raise SweepError(f"{folder} holds no finished run")
    return [_point(by_seed) for by_seed in found.values()]


def _saved(folder: Path) -> Run:
    """Return what `dp3t-sim run --out` has written."""
    from pyarrow import parquet

    scenario = read_scenario(folder / "scenario.toml")
    try:
        summary = json.loads((folder / _SUMMARY).read_text(encoding="utf-8"))
        daily = parquet.read_table(folder / "daily.parquet").to_pydict()
        version, seed = str(summary.pop("version")), int(summary["seed"])
    except (ValueError, KeyError, TypeError):
        raise SweepError(f"{folder / _SUMMARY} is not what a run writes") from None
    return Run(
        version=version,
        scenario=scenario_hash(scenario),
        without=None,
        label=folder.name,
        settings={},
        seed=seed,
        summary=summary,
        daily=daily,
    )


def _point(by_seed: dict[int, Run]) -> Point:
    runs = dict(sorted(by_seed.items()))
    first = next(iter(runs.values()))
    return Point(label=first.label, settings=first.settings, runs=runs)


def _distinct(points: Sequence[Point]) -> tuple[Point, ...]:
    """Number those that are called alike."""
    labels = [point.label for point in points]
    return tuple(
        Point(
            label=f"{point.label} ({place + 1})" if labels.count(point.label) > 1 else point.label,
            settings=point.settings,
            runs=point.runs,
        )
        for place, point in enumerate(points)
    )


def _name(source: Source) -> str:
    return source.name if isinstance(source, Scenario) else Path(source).name
