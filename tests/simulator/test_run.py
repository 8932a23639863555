"""`dp3t-sim run` and `dp3t-sim scenarios`."""

import json
import os
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dp3t import Dp3tError
from dp3t_simulator import simulation
from dp3t_simulator.__main__ import main
from dp3t_simulator.cli import app
from dp3t_simulator.cli.run import run
from dp3t_simulator.result import Result
from dp3t_simulator.scenario import presets
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.reading import MAX_BYTES, parse_scenario, read_scenario, replaced
from dp3t_simulator.scenario.settings import Scenario
from simulated import made_result

ASKED_FOR = (
    "people",
    "days",
    "design",
    "fidelity",
    "infected",
    "notified",
    "true_notified",
    "quarantined_person_days",
    "person_days_per_second",
    "seconds",
    "peak_rss_mb",
    "seed",
)
"""What scripts rely on."""
Asked = list[tuple[Scenario, dict[str, Any]]]


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Collect what would be simulated; a made-up result comes of all of it."""
    collected: Asked = []

    def simulate(scenario: Scenario, **options: Any) -> Result:
        collected.append((scenario, options))
        options["progress"](1, 2)
        return replace(made_result(), scenario=scenario, seed=options["seed"])

    monkeypatch.setattr(simulation, "simulate", simulate)
    return collected


def test_a_run_prints_its_numbers_in_either_language(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DP3T_LANG", "en")
    assert "More days in quarantine per case averted" in shown("run", "no-app")
    monkeypatch.setenv("DP3T_LANG", "vi")
    assert "Ngày cách ly thêm cho mỗi ca tránh được" in shown("run", "no-app")
    assert [scenario for scenario, _ in asked] == [read_scenario("no-app")] * 2


def test_a_run_prints_one_document(asked: Asked) -> None:
    document = json.loads(shown("run", "app-only", "--seed", "9", "--json"))
    (scenario, options) = asked[0]
    expected = asdict(replace(made_result(), scenario=scenario, seed=9).summary)
    assert document == json.loads(json.dumps(expected))
    assert options["seed"] == 9
    assert options["baseline"] is True
    assert options["record_exposures"] is False
    assert options["threads"] is None
    assert set(ASKED_FOR) <= set(document)


@pytest.mark.spec("SCENARIO-3")
def test_settings_are_changed_all_at_once(asked: Asked) -> None:
    changes = ["--set", "app.uptake=0", "--set", "presence.enabled = false"]
    options = ["--people", "3000", "--days", "7", "--fidelity", "protocol", "--threads", "2"]
    shown("run", "presence", *changes, *options, "--no-baseline")
    scenario, given = asked[0]
    assert (scenario.people, scenario.days, scenario.fidelity) == (3000, 7, "protocol")
    assert scenario.app.uptake == 0
    assert not scenario.presence.enabled
    assert (given["threads"], given["baseline"]) == (2, False)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--set", "app.uptake"], "--set app.uptake: write the name, = and the value"),
        (["--set", "app.uptake=1", "--set", "app.uptake=0"], "--set app.uptake is given twice"),
        (["--set", "app.uptake=2"], r"app\.uptake is 2; it is a number \(share\) from 0 to 1"),
        (["--set", "uptake=1"], r"there is no setting uptake; the nearest is app\.uptake"),
        (["--days", "0"], r"days is 0; it is a whole number \(days\) from 1 to 2000"),
        (["--people", "0"], "people is 0"),
        (["--fidelity", "slow"], "fidelity is 'slow'; it is fast or protocol"),
        (["--people", "10"], r"disease\.seeds is 20, and people only 10"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(
    arguments: list[str], fault: str, asked: Asked
) -> None:
    with pytest.raises(ScenarioError, match=fault):
        shown("run", "app-only", *arguments)
    assert not asked


def test_a_file_with_a_fault_is_named(tmp_path: Path, asked: Asked) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("days = ", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"mine\.toml: no TOML"):
        shown("run", str(path))
    path.write_bytes(b"\xff")
    with pytest.raises(ScenarioError, match=r"mine\.toml: not UTF-8 at byte 0"):
        shown("run", str(path))
    with pytest.raises(FileNotFoundError):
        shown("run", str(tmp_path / "none.toml"))
    assert not asked


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("people = " + "9" * 5000, "no TOML: Exceeds the limit"),
        ("name = " + "[" * 100_000, "no TOML: maximum recursion depth"),
        ("# " + "x" * MAX_BYTES, "longer than 1000000 bytes"),
    ],
    ids=["digits", "brackets", "length"],
)
def test_a_file_without_measure_is_refused(document: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(document, encoding="utf-8")
    with pytest.raises(ScenarioError, match=rf"mine\.toml: {fault}"):
        read_scenario(path)


def test_a_change_without_measure_is_refused() -> None:
    with pytest.raises(ScenarioError, match="people is '9999"):
        replaced(read_scenario("no-app"), "people", "9" * 5000)
    with pytest.raises(ScenarioError, match=r"people is '\[\[\["):
        replaced(read_scenario("no-app"), "people", "[" * 100_000)


@pytest.mark.usefixtures("asked")
def test_a_name_is_printed_as_it_is() -> None:
    assert shown("run", "no-app", "--set", "name=[/b] [red]x").startswith("[/b] [red]x ")


def test_a_place_where_nothing_can_be_made_is_refused_before_the_run(
    tmp_path: Path, asked: Asked
) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(NotADirectoryError):
        shown("run", "no-app", "--out", str(file / "run"))
    assert not asked


def test_a_run_is_saved_with_its_exposures(tmp_path: Path, asked: Asked) -> None:
    out = tmp_path / "run"
    shown("run", "app-only", "--out", str(out), "--set", "app.uptake=0.25")
    assert asked[0][1]["record_exposures"] is True
    assert read_scenario(out / "scenario.toml").app.uptake == 0.25


@pytest.mark.spec("SCENARIO-11")
def test_a_run_that_is_terminated_ends_as_one_interrupted_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def simulate(*_: object, **__: object) -> Result:
        return made_result()

    def killed(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(simulation, "simulate", simulate)
    monkeypatch.setattr("dp3t_simulator.report.saving._write_figures", killed)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        run(scenario="app-only", out=tmp_path / "run")
    assert not list(tmp_path.iterdir())
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.spec("SCENARIO-12")
def test_a_folder_that_is_not_empty_is_refused_before_anything_is_computed(
    tmp_path: Path, asked: Asked
) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(Dp3tError, match="is not empty"):
        shown("run", "app-only", "--out", str(tmp_path))
    assert not asked
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_numbers_are_printed_even_where_they_cannot_be_saved(
    tmp_path: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dp3t_simulator.cli.run.save", full)
    result = CliRunner().invoke(app, ["run", "no-app", "--json", "--out", str(tmp_path / "x")])
    assert isinstance(result.exception, OSError)
    assert json.loads(result.stdout)["infected"] > 0
    assert len(asked) == 1


def test_the_shipped_scenarios_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    for language in ("en", "vi"):
        monkeypatch.setenv("DP3T_LANG", language)
        listed = shown("scenarios")
        for name in presets.NAMES:
            scenario = read_scenario(name)
            assert name in listed
            described = {"en": scenario.description, "vi": scenario.description_vi}[language]
            assert described in listed
    documents = json.loads(shown("scenarios", "--json"))
    assert [each["name"] for each in documents] == list(presets.NAMES)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_shipped_scenario_is_printed_as_a_file_to_change(as_json: bool) -> None:
    printed = shown("scenarios", "presence", *(["--json"] if as_json else []))
    if as_json:
        assert json.loads(printed)["presence"]["enabled"] is True
    else:
        assert parse_scenario(printed, name="presence") == read_scenario("presence")


def test_a_scenario_that_is_not_shipped_is_not_printed() -> None:
    with pytest.raises(ScenarioError, match="no scenario is called mine; there are vietnam"):
        shown("scenarios", "mine")


def test_help_names_every_command_and_a_slip_of_the_pen_is_recognized() -> None:
    listed = shown("--help")
    for name in ("run", "sweep", "compare", "scenarios", "contacts", "reproduce"):
        assert f" {name} " in listed
    wrong = CliRunner().invoke(app, ["scenaris"])
    assert wrong.exit_code == 2
    assert "Did you mean 'scenarios'" in wrong.stderr


@pytest.mark.parametrize("package", ["numba", "numpy"])
def test_a_command_says_which_package_it_lacks(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lacking(name: str) -> object:
        raise ModuleNotFoundError(name, name=package)

    monkeypatch.setattr("dp3t_simulator.cli._loaded", lacking)
    monkeypatch.setattr(sys, "argv", ["dp3t-sim", "contacts", "x"])
    with pytest.raises(SystemExit, match="2"):
        main()
    said = f"dp3t-sim: {package} is not installed: pip install 'dp3t[simulator]'\n"
    assert capsys.readouterr() == ("", said)
