import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.world import DEFAULT_PEOPLE, PopulationSettings
from dp3t_simulator.sweep.errors import SweepError
from dp3t_simulator.sweep.folder import claim
from dp3t_simulator.sweep.outcome import SweepResult, with_averted
from dp3t_simulator.sweep.plan import MAX_RUNS, Plan, Task, Value, plan_of
from dp3t_simulator.sweep.runs import Run, RunFiles, code_version, file_name, write_whole
from dp3t_simulator.sweep.sweeping import result_of, run_all, sweep
from sweep_runs import SCENARIO, infected, made_run, with_uptake

UPTAKES: Mapping[str, tuple[Value, ...]] = {"app.uptake": (0.1, 0.3, 0.5)}


def swept(plan: Plan, files: RunFiles | None = None) -> SweepResult:
    return result_of(plan, run_all(plan.tasks(), files=files, workers=0, runner=made_run))


@pytest.mark.spec("SWEEP-1")
def test_every_combination_runs_with_every_seed_in_the_order_given() -> None:
    settings: dict[str, tuple[Value, ...]] = {
        "app.uptake": (0.1, 0.3),
        "app.design": ("gaen", "hybrid"),
    }
    plan = plan_of(SCENARIO, settings, replicates=3, seed=5, baseline=False)
    assert [choice.label for choice in plan.choices] == [
        "app.uptake=0.1, app.design=gaen",
        "app.uptake=0.1, app.design=hybrid",
        "app.uptake=0.3, app.design=gaen",
        "app.uptake=0.3, app.design=hybrid",
    ]
    assert plan.choices[3].scenario.app.uptake == 0.3
    assert plan.choices[3].scenario.app.design == "hybrid"
    tasks = plan.tasks()
    assert len(tasks) == 12
    assert {task.seed for task in tasks if task.label == plan.choices[2].label} == {5, 6, 7}


@pytest.mark.spec("SWEEP-2")
def test_combinations_that_differ_in_the_app_share_one_run_without_it() -> None:
    settings: dict[str, tuple[Value, ...]] = {
        "app.uptake": (0.3, 0.5),
        "app.design": ("lowcost", "gaen"),
        "people": (9, 10),
        "disease.seeds": (5,),
    }
    tasks = plan_of(SCENARIO, settings, replicates=2).tasks()
    without = [task for task in tasks if task.scenario.app.uptake == 0]
    luck = [(task.scenario.people, task.seed) for task in without]
    assert sorted(luck) == [(9, 1), (9, 2), (10, 1), (10, 2)]
    assert {task.label for task in without} == {"without app"}
    assert {task.scenario.fidelity for task in without} == {"fast"}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"app.uptake": (0.1, 2)}, r"app\.uptake"),
        ({"app.uptak": (0.1,)}, r"app\.uptake"),
        ({"app.uptake": ()}, r"app\.uptake is given no value"),
        ({"app.uptake": (0.3, "0.30")}, r"app\.uptake=0\.3 and app\.uptake=0\.30 are the same"),
        ({"disease.seeds": range(MAX_RUNS)}, "2000000 runs"),
        ({"testing.enabled": (True, False)}, r"testing\.enabled is false, and app\.uptake"),
    ],
)
@pytest.mark.spec("SWEEP-1")
def test_what_cannot_be_run_is_refused_by_name_before_anything_runs(
    settings: dict[str, tuple[Value, ...]], named: str
) -> None:
    with pytest.raises((ScenarioError, SweepError), match=named):
        plan_of(SCENARIO, settings, replicates=2)


@pytest.mark.parametrize(("replicates", "seed"), [(0, 1), (2, 2**64 - 1), (1, -1)])
def test_seeds_that_do_not_exist_are_refused(replicates: int, seed: int) -> None:
    with pytest.raises(SweepError, match=r"replicates|seed"):
        plan_of(SCENARIO, {}, replicates=replicates, seed=seed)


@pytest.mark.spec("SWEEP-3")
def test_an_interrupted_sweep_runs_only_what_is_missing(tmp_path: Path) -> None:
    plan, files, ran = plan_of(SCENARIO, UPTAKES, replicates=4), RunFiles(tmp_path), list[Task]()
    told = list[tuple[int, int]]()

    def interrupted(task: Task) -> Run:
        if len(ran) == 5:
            raise KeyboardInterrupt
        ran.append(task)
        return made_run(task)

    with pytest.raises(KeyboardInterrupt):
        run_all(plan.tasks(), files=files, workers=0, runner=interrupted)
    before, kept = (
        {task.key for task in ran},
        {path.name: path.read_bytes() for path in tmp_path.iterdir()},
    )
    assert len(kept) == 5
    ran.clear()

    def counted(task: Task) -> Run:
        ran.append(task)
        return made_run(task)

    runs = run_all(
        plan.tasks(),
        files=files,
        workers=0,
        runner=counted,
        progress=lambda *each: told.append(each),
    )
    assert not before & {task.key for task in ran}
    assert len(ran) == 11
    assert (told[0], told[-1], len(told)) == ((5, 16), (16, 16), 12)
    assert {name: (tmp_path / name).read_bytes() for name in kept} == kept
    assert result_of(plan, runs) == swept(plan)


@pytest.mark.spec("SWEEP-3")
def test_more_replicates_and_other_values_go_on_from_what_is_there(tmp_path: Path) -> None:
    files = RunFiles(tmp_path)
    swept(plan_of(SCENARIO, UPTAKES, replicates=2), files)
    more = plan_of(SCENARIO, {"app.uptake": (0.3, 0.7)}, replicates=3)
    missing = [task for task in more.tasks() if not files.find(task)]
    assert len(missing) == 1 + 3 + 1  # seed 3 of 0.3, all of 0.7, and seed 3 without the app


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'"dp3t-sim run 1"', b"\xff", b"cut", b"key"])
@pytest.mark.spec("SWEEP-3")
def test_a_file_that_is_not_whole_counts_as_not_finished(tmp_path: Path, damage: bytes) -> None:
    task = plan_of(SCENARIO, {}, replicates=1).tasks()[0]
    files, path = RunFiles(tmp_path), tmp_path / file_name(task)
    files.keep(task, made_run(task))
    whole = path.read_bytes()
    assert files.find(task) == made_run(task)
    damaged = {b"cut": whole[:-9], b"key": whole.replace(b'"seed"', b'"sead"', 1)}
    path.write_bytes(damaged.get(damage, damage))
    assert files.find(task) is None


@pytest.mark.parametrize("field", ["version", "scenario", "seed"])
@pytest.mark.spec("SWEEP-3")
def test_a_run_under_the_name_of_another_is_not_taken_for_it(tmp_path: Path, field: str) -> None:
    first, second = plan_of(SCENARIO, {}, replicates=2, baseline=False).tasks()
    files, run = RunFiles(tmp_path), made_run(second if field == "seed" else first)
    values = {name: getattr(run, name) for name in run.__slots__}
    other = run if field == "seed" else Run(**values | {field: "other"})
    files.keep(first, other)
    assert files.find(first) is None


@pytest.mark.spec("SWEEP-3")
def test_the_name_of_a_file_says_settings_seed_and_version(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(SCENARIO, {"app.uptake": (0.3,), "app.design": ("gaen",)}, replicates=1, seed=7)
    name = file_name(plan.tasks()[0])
    assert name.startswith("app.uptake=0.3__app.design=gaen.seed-7.")
    monkeypatch.setattr("dp3t_simulator.sweep.runs.code_version", lambda: "0.0.0+other")
    assert file_name(plan.tasks()[0]) != name
    long = plan_of(SCENARIO, {"description_vi": ("ở/" * 300,)}, replicates=1).tasks()[0]
    assert "/" not in file_name(long)
    assert len(file_name(long).encode()) < 255


@pytest.mark.spec("SWEEP-3")
def test_a_full_disk_leaves_no_part_of_a_file_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    write_whole(tmp_path / "whole", b"before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*whole'"):
        write_whole(tmp_path / "whole", b"after")
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]
    assert (tmp_path / "whole").read_bytes() == b"before"


@pytest.mark.spec("SWEEP-4")
def test_the_same_scenario_may_go_on_in_its_folder_under_any_name(tmp_path: Path) -> None:
    claim(tmp_path / "new", SCENARIO)
    renamed = replace(SCENARIO, name="renamed", description="Other words")
    claim(tmp_path / "new", renamed)
    plan, again = (plan_of(each, UPTAKES, replicates=1) for each in (SCENARIO, renamed))
    assert [task.key for task in plan.tasks()] == [task.key for task in again.tasks()]


@pytest.mark.spec("SWEEP-4")
def test_a_folder_of_another_scenario_is_refused_by_the_setting(tmp_path: Path) -> None:
    claim(tmp_path / "new", with_uptake(0.3))
    with pytest.raises(SweepError, match=r"app\.uptake is 0\.3 there and 0\.4 here"):
        claim(tmp_path / "new", with_uptake(0.4))
    claim(tmp_path / "other", SCENARIO)
    changed = plan_of(
        SCENARIO, {"app.smartphone_by_age": ("[" + "0.5," * 9 + "0.5]",)}, replicates=1
    )
    with pytest.raises(SweepError, match=r"app\.smartphone_by_age is .* there and \[0\.5, "):
        claim(tmp_path / "other", changed.choices[0].scenario)


@pytest.mark.spec("SWEEP-4")
def test_a_folder_of_another_version_is_refused_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(tmp_path / "new", SCENARIO)
    monkeypatch.setattr("dp3t_simulator.sweep.folder.code_version", lambda: "9.9+later")
    with pytest.raises(SweepError, match=r"by version .*, and this is 9\.9\+later"):
        claim(tmp_path / "new", SCENARIO)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"format": "dp3t-sim sweep 2"}'])
@pytest.mark.spec("SWEEP-4")
def test_a_folder_with_anything_else_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SweepError, match="holds files, and no sweep"):
        claim(tmp_path, SCENARIO)
    (tmp_path / "sweep.json").write_text(content)
    with pytest.raises(SweepError, match="is not what a sweep writes"):
        claim(tmp_path, SCENARIO)


def test_the_version_follows_the_code_that_decides_results() -> None:
    assert code_version() == code_version()
    assert len(code_version().partition("+")[2]) == 12


@pytest.mark.spec("SWEEP-2")
def test_cases_averted_are_those_of_the_same_luck_without_the_app() -> None:
    found = swept(plan_of(SCENARIO, UPTAKES, replicates=3))
    for point, uptake in zip(found.points, (0.1, 0.3, 0.5), strict=True):
        for seed, run in point.runs.items():
            averted = infected(0, seed) - infected(uptake, seed)
            assert run.summary["cases_averted"] == averted
            assert run.summary["quarantine_days_per_case_averted"] == 1_500 / averted
            deaths = infected(0, seed) // 100 - infected(uptake, seed) // 100
            assert run.summary["deaths_averted"] == deaths
    worse = replace(run, summary={**run.summary, "infected": 2_000})
    assert with_averted(worse, run).summary["cases_averted"] < 0
    assert with_averted(worse, run).summary["quarantine_days_per_case_averted"] is None
    alone = swept(plan_of(SCENARIO, UPTAKES, replicates=3, baseline=False))
    assert alone.point(0).band("cases_averted") is None


@pytest.mark.spec("SWEEP-4", "SCENARIO-15")
def test_a_folder_of_a_sweep_over_another_file_of_contacts_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dp3t_simulator.sweep.sweeping.run_all",
        lambda tasks, **_: {task.key: made_run(task) for task in tasks},
    )
    contacts, folder = tmp_path / "contacts", tmp_path / "out"
    contacts.write_text("50000 1 2\n")
    population = PopulationSettings(contacts_file=str(contacts))
    scenario = replace(SCENARIO, people=DEFAULT_PEOPLE, population=population)
    for _ in range(2):
        found = sweep(scenario, UPTAKES, replicates=1, folder=folder)
        assert len(found.points) == 3
    contacts.write_text("50000 1 3\n")
    with pytest.raises(SweepError, match=r"population\.contacts_sha256 is .* there and .* here"):
        sweep(scenario, UPTAKES, replicates=1, folder=folder)
