"""`dp3t-sim sweep` and `dp3t-sim compare`, with runs that were made up."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from dp3t.cli.boundary import NotInstalledError
from dp3t_simulator.cli import app
from dp3t_simulator.cli.sweep import parsed_values
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.sweep.errors import SweepError
from dp3t_simulator.sweep.plan import Task
from dp3t_simulator.sweep.running import finished
from dp3t_simulator.sweep.runs import Run
from sweep_runs import infected, made_run

SCENARIO = 'people = 1_000\ndays = 12\n[population]\npreset = "well-mixed"\n'
UPTAKES = ("--set", "app.uptake=0.1,0.3", "--replicates", "3", "--workers", "0")
PNG = b"\x89PNG\r\n\x1a\n"
SLOWLY = """
import sys
from dp3t_simulator.sweep import running, sweeping
from sweep_runs import slow_run
sweeping.run_all.__kwdefaults__["runner"] = slow_run
sys.argv = ["dp3t-sim", *sys.argv[1:]]
from dp3t_simulator.__main__ import main
main()
"""


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def at_once(tasks: Sequence[Task], **_: object) -> Iterator[tuple[Task, Run]]:
        return finished(tasks, scheduler=None, workers=0, runner=made_run)

    monkeypatch.setattr("dp3t_simulator.sweep.sweeping.finished", at_once)
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(SCENARIO)
    return "small.toml"


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_sweep_is_one_document_and_leaves_its_runs_a_table_and_a_figure(scenario: str) -> None:
    document = json.loads(shown("sweep", scenario, *UPTAKES, "--out", "out", "--json"))
    assert (document["replicates"], document["seed"], document["out"]) == (3, 1, "out")
    second = document["points"][1]
    assert second["settings"] == {"app.uptake": "0.3"}
    assert second["metrics"]["infected"]["runs"] == 3
    difference = second["differences"]["infected"]
    assert difference == {"runs": 3, "mean": -100.0, "low": -100.0, "high": -100.0}
    table = parquet.read_table("out/sweep.parquet").to_pydict()
    assert table["infected"] == [infected(uptake, s) for uptake in (0.1, 0.3) for s in (1, 2, 3)]
    assert Path("out/sweep.png").read_bytes().startswith(PNG)
    assert len(list(Path("out/runs").iterdir())) == 9


def test_the_same_command_again_says_the_same(scenario: str) -> None:
    command = ("sweep", scenario, *UPTAKES, "--out", "out", "--json")
    assert shown(*command) == shown(*command)
    assert json.loads(shown(*command, "--seed", "5"))["points"][0]["seeds"] == [5, 6, 7]


def test_a_folder_of_another_scenario_is_refused_by_name(scenario: str) -> None:
    shown("sweep", scenario, *UPTAKES, "--out", "out")
    Path(scenario).write_text(SCENARIO.replace("12", "13"))
    with pytest.raises(SweepError, match="out holds a sweep of another scenario: days is 12 there"):
        shown("sweep", scenario, *UPTAKES, "--out", "out")


def test_a_sweep_is_a_table_in_either_language(
    scenario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DP3T_LANG", "en")
    english = shown("sweep", scenario, *UPTAKES, "--out", "out")
    assert "app.uptake=0.3" in english
    assert "-10.0" in english
    monkeypatch.setenv("DP3T_LANG", "vi")
    assert "-10,0" in shown("sweep", scenario, *UPTAKES, "--out", "out")


def test_scenarios_and_sweeps_are_compared(scenario: str) -> None:
    shown("sweep", scenario, *UPTAKES, "--out", "out")
    document = json.loads(shown("compare", "out", "no-app", "--out", "both", "--json"))
    assert [point["label"] for point in document["points"]] == [
        *("app.uptake=0.1", "app.uptake=0.3", "no-app")
    ]
    assert Path("both/compare.png").read_bytes().startswith(PNG)
    assert parquet.read_table("both/compare.parquet").num_rows == 3 + 3 + 5
    assert "no-app" in shown("compare", "out", "no-app")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("app.uptake", r"--set app\.uptake: write the name"),
        ("=0.3", "--set =0.3: write the name"),
        ("app.uptake=0.1,2", r"app\.uptake is 2.* from 0 to 1"),
        ("app.uptake=", r"app\.uptake is ''"),
        ("app.uptak=0.1", r"the nearest is app\.uptake"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(
    scenario: str, change: str, named: str
) -> None:
    with pytest.raises((SweepError, ScenarioError), match=named):
        shown("sweep", scenario, "--set", change, "--out", "out", "--workers", "0")
    assert not Path("out").exists()


def test_values_are_parted_at_commas_outside_brackets() -> None:
    found = parsed_values(["app.smartphone_by_age=[0.1,0.2],[0.3, 0.4]", "a.b= 1, x "])
    assert found == {"app.smartphone_by_age": ["[0.1,0.2]", "[0.3, 0.4]"], "a.b": ["1", "x"]}
    with pytest.raises(SweepError, match=r"--set a\.b is given twice"):
        parsed_values(["a.b=1", "a.b=2"])


@pytest.mark.parametrize("package", ["distributed", "pyarrow", "matplotlib"])
def test_an_absent_package_is_named_before_anything_runs(
    scenario: str, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "dp3t_simulator.cli.sweep.find_spec", lambda name: None if name == package else real(name)
    )
    with pytest.raises(NotInstalledError, match=rf"{package} is not .* 'dp3t\[simulator\]'"):
        shown("sweep", scenario, "--out", "out")
    assert not Path("out").exists()
    if package == "distributed":
        shown("sweep", scenario, *UPTAKES, "--out", "out")


def test_what_a_killed_sweep_leaves_is_tidied_up_without_a_word() -> None:
    """Semaphores, which Python's tracker of resources finds and complains of."""
    died = """
import multiprocessing, os, signal
from dp3t_simulator.sweep.running import quiet_when_killed
with quiet_when_killed():
    left = multiprocessing.get_context("spawn").Semaphore()
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(
        [sys.executable, "-c", died], env=environment, stderr=subprocess.PIPE, check=False
    )
    assert (found.returncode, found.stderr) == (-signal.SIGKILL, b"")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.spec("SWEEP-3")
def test_a_sweep_that_is_killed_goes_on_with_what_was_finished(
    scenario: str, tmp_path: Path, how: signal.Signals
) -> None:
    command = ["sweep", str(tmp_path / scenario), *UPTAKES, "--out", "out", "--json"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "DP3T_LANG": "en"}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOWLY, *command], env=environment, stderr=subprocess.PIPE, text=True
    )
    runs, deadline = Path("out/runs"), time.monotonic() + 60
    while len(list(runs.glob("*.json"))) < 3:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(how)
    _, said = process.communicate()
    if how == signal.SIGTERM:
        assert process.returncode == 130
        assert said.startswith("dp3t-sim: interrupted: what is finished is kept")
        assert said.count("\n") == 1
    before = {path: path.stat().st_mtime_ns for path in runs.glob("*.json")}
    assert 3 <= len(before) < 9
    document = json.loads(shown(*command))
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert [len(point["seeds"]) for point in document["points"]] == [3, 3]
