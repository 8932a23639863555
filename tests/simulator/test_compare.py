import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from dp3t_simulator.cli.side_by_side import table_of
from dp3t_simulator.plots_sweep import sweep_figure
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.sweep.comparing import compare, points_of
from dp3t_simulator.sweep.errors import SweepError
from dp3t_simulator.sweep.folder import claim
from dp3t_simulator.sweep.outcome import label_of
from dp3t_simulator.sweep.plan import Task, plan_of
from dp3t_simulator.sweep.running import finished
from dp3t_simulator.sweep.runs import Run, RunFiles
from dp3t_simulator.sweep.sweeping import result_of, run_all
from simulated import made_result
from sweep_runs import SCENARIO, infected, luck, made_run, with_uptake


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_once(tasks: Sequence[Task], **_: object) -> Iterator[tuple[Task, Run]]:
        return finished(tasks, scheduler=None, workers=0, runner=made_run)

    monkeypatch.setattr("dp3t_simulator.sweep.sweeping.finished", at_once)


def sweep_folder(folder: Path, *, replicates: int = 3, seed: int = 1) -> Path:
    plan = plan_of(SCENARIO, {"app.uptake": (0.1, 0.3)}, replicates=replicates, seed=seed)
    claim(folder, SCENARIO)
    run_all(plan.tasks(), files=RunFiles(folder / "runs"), workers=0)
    return folder


@pytest.mark.spec("SWEEP-5")
def test_luck_that_both_have_does_not_show_in_a_difference() -> None:
    found = compare(with_uptake(0.2), with_uptake(0.6), replicates=8)
    apart = found.difference("infected", 1)
    assert apart is not None
    assert (apart.runs, apart.mean, apart.low, apart.high) == (8, -200, -200, -200)
    alone = found.point(1).band("infected")
    assert alone is not None
    assert alone.high - alone.low > 60


@pytest.mark.spec("SWEEP-5")
def test_only_seeds_that_both_have_are_compared(tmp_path: Path) -> None:
    first = sweep_folder(tmp_path / "first", replicates=4)
    second = sweep_folder(tmp_path / "second", replicates=4, seed=3)
    found = compare(first, second)
    notified = [found.difference("notified", place) for place in range(4)]
    assert [each and each.runs for each in notified] == [4, 4, 2, 2]
    third = sweep_folder(tmp_path / "third", seed=90)
    assert compare(first, third).difference("infected", 2) is None


@pytest.mark.spec("SWEEP-5")
def test_a_number_that_some_runs_lack_is_compared_where_both_have_it() -> None:
    found = compare(with_uptake(0.2), with_uptake(0), replicates=3)
    assert found.difference("positive_predictive_value", 1) is None
    assert found.point(1).band("positive_predictive_value") is None


def test_a_sweep_in_a_folder_says_what_it_said_when_it_was_run(tmp_path: Path) -> None:
    folder = sweep_folder(tmp_path / "sweep")
    plan = plan_of(SCENARIO, {"app.uptake": (0.1, 0.3)}, replicates=3)
    assert tuple(points_of(folder)) == result_of(plan, run_all(plan.tasks(), files=None)).points
    assert points_of(folder)[0].runs[1].summary["cases_averted"] == 50


def test_scenarios_and_folders_stand_in_the_order_given(tmp_path: Path) -> None:
    folder = sweep_folder(tmp_path / "sweep")
    found = compare(with_uptake(0.5), folder, "app-only", with_uptake(0.7), replicates=2)
    assert [point.label for point in found.points] == [
        *("uptake 0.5", "app.uptake=0.1", "app.uptake=0.3", "app-only", "uptake 0.7"),
    ]
    assert [len(point.runs) for point in found.points] == [2, 3, 3, 2, 2]
    assert found.name == "uptake 0.5 | sweep | app-only | uptake 0.7"


def test_what_is_called_alike_is_numbered(tmp_path: Path) -> None:
    folder = sweep_folder(tmp_path / "sweep")
    labels = [point.label for point in compare(folder, folder).points]
    assert labels == [
        *("app.uptake=0.1 (1)", "app.uptake=0.3 (2)", "app.uptake=0.1 (3)", "app.uptake=0.3 (4)")
    ]


def test_a_saved_run_is_compared_by_its_seed(tmp_path: Path) -> None:
    from dp3t_simulator.report.saving import save

    result = made_result()
    save(result, tmp_path / "saved")
    found = compare(tmp_path / "saved", with_uptake(0.2), replicates=4)
    saved = found.point(0)
    assert (saved.label, list(saved.runs)) == ("saved", [3])
    assert saved.runs[3].daily["infections"] == result.daily["infections"].tolist()
    assert saved.runs[3].summary["cases_averted"] == result.summary.cases_averted
    apart = found.difference("infected", 1)
    assert apart is not None
    assert (apart.runs, apart.mean) == (1, infected(0.2, 3) - result.summary.infected)
    document = json.loads((tmp_path / "saved" / "summary.json").read_text())
    del document["seed"]
    (tmp_path / "saved" / "summary.json").write_text(json.dumps(document))
    with pytest.raises(SweepError, match=r"summary\.json is not what a run writes"):
        compare(tmp_path / "saved", with_uptake(0.2))


def test_less_than_two_things_and_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match="at least two"):
        compare(with_uptake(0.2), replicates=1)
    with pytest.raises(SweepError, match="holds neither a run nor a sweep"):
        compare(tmp_path, with_uptake(0.2))
    claim(tmp_path / "begun", SCENARIO)
    with pytest.raises(SweepError, match="holds no finished run"):
        compare(tmp_path / "begun", with_uptake(0.2))
    with pytest.raises(ScenarioError, match="no scenario is called nonsense"):
        compare("nonsense", with_uptake(0.2))


def test_the_document_has_every_number_and_the_table_every_run(tmp_path: Path) -> None:
    found = compare(sweep_folder(tmp_path / "sweep"), with_uptake(0.5))
    document = json.loads(json.dumps(found.document()))
    first, second, third = document["points"]
    assert first["differences"] is None
    assert second["settings"] == {"app.uptake": "0.3"}
    assert second["differences"]["infected"]["mean"] == -100
    assert (
        first["metrics"]["infected"]["median"]
        == sorted(infected(0.1, each) for each in (1, 2, 3))[1]
    )
    assert third["seeds"] == [1, 2, 3, 4, 5]
    table = replace(found, points=found.points[::-1]).to_arrow().to_pydict()
    assert table["seed"] == [1, 2, 3, 4, 5, 1, 2, 3, 1, 2, 3]
    assert table["notified"] == [3 * luck(seed) for seed in table["seed"]]
    assert table["app.uptake"] == [*[None] * 5, *["0.3"] * 3, *["0.1"] * 3]


def test_names_are_neither_markup_nor_formulas() -> None:
    pair = [replace(with_uptake(each), name=f"$x_{{$ [/b] {each}") for each in (0.2, 0.3)]
    found = replace(compare(*pair, replicates=2), name="[/b] $x_{$")
    sweep_figure(found).draw_without_rendering()
    console = Console(width=200)
    with console.capture() as printed:
        console.print(table_of(found))
    assert printed.get().startswith("[/b] $x_{$")
    assert "$x_{$ [/b] 0.2" in printed.get()


def test_a_figure_and_a_table_name_only_what_differs(tmp_path: Path) -> None:
    values = {"people": (3_000,), "days": (60,), "app.uptake": (0.1, 0.3)}
    plan = plan_of(SCENARIO, values, replicates=1)
    claim(tmp_path, SCENARIO)
    run_all(plan.tasks(), files=RunFiles(tmp_path / "runs"), workers=0)
    found = compare(tmp_path, with_uptake(0.2))
    swept = replace(found, points=found.points[:2])
    assert [label_of(each, swept.points) for each in swept.points] == [
        "app.uptake=0.1",
        "app.uptake=0.3",
    ]
    console = Console(width=200)
    with console.capture() as printed:
        console.print(table_of(swept))
    said = " ".join(printed.get().split())
    assert "people=3000, days=60, app" not in said
    assert said.endswith("All with people=3000, days=60.")
    assert [label_of(each, found.points) for each in found.points] == [
        each.label for each in found.points
    ]
    alone = replace(found, points=found.points[:1])
    assert label_of(alone.points[0], alone.points) == "people=3000, days=60, app.uptake=0.1"


def test_days_are_compared_as_long_as_the_shortest_run_lasts() -> None:
    point = compare(with_uptake(0.2), with_uptake(0.3), replicates=2).point(0)
    shorter = replace(point.runs[2], daily={"infections": [4, 5, 6]})
    bands = replace(point, runs={1: point.runs[1], 2: shorter}).daily_band("infections")
    assert bands.shape == (3, 3)
    assert bands[1, 0] == (4 + point.runs[1].daily["infections"][0]) / 2
