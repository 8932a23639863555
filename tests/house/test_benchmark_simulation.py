"""`benchmarks.simulation`: what it says of runs, with processes that answer at once."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.simulation import __main__ as simulation
from benchmarks.simulation import measuring, peers
from benchmarks.simulation.peers import NoPeerError, Peer
from benchmarks.simulation.running import ChildError, Ran, ran, spread
from benchmarks.simulation.scenarios import everything
from dp3t_simulator.scenario.reading import parse_scenario

ANSWER = {"seconds": 2.0, "building_seconds": 1.0, "infected": 600, "peak_rss_mb": 99.5}


def answering(seconds: float, **others: object) -> Ran:
    values: dict[str, Any] = {
        "digest": "same",
        "luck": "same",
        "uploads": 90,
        "notified": 250,
        "app_users": 480,
    }
    return Ran(
        people=1_000,
        days=10,
        seconds=seconds,
        building_seconds=0.5,
        infected=600,
        peak_rss_mb=180.0,
        others={**values, "version": "1.2", **others},
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Let every run of ours take four seconds divided by its threads, and write down which."""
    asked = list[tuple[str, int]]()

    def ours(toml: str, *, people: int, days: int, threads: int) -> Ran:
        fidelity = parse_scenario(toml, name="asked").fidelity
        asked.append((fidelity, threads))
        return answering(4.0 / threads if fidelity == "fast" else 8.0)

    monkeypatch.setattr(measuring, "ours", ours)
    monkeypatch.setattr(measuring, "_seconds_of", lambda command: float(len(command)))
    return asked


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Peer]:
    """Make peers whose environment is there and whose script is a program given."""

    def make(name: str, program: str) -> Peer:
        folder = tmp_path / name / "bin"
        folder.mkdir(parents=True)
        (folder / "python").symlink_to(sys.executable)
        (folder.parent / "ready").touch()
        script = tmp_path / f"{name}.py"
        script.write_text(program)
        return Peer(environment=name, packages=("none",), script=str(script))

    return make


def test_everything_is_a_scenario_at_any_length() -> None:
    found = parse_scenario(everything(5_000, 100), name="all")
    assert (found.people, found.days, found.disease.seeds) == (5_000, 100, 5)
    assert found.app.uptake > 0.5
    assert all((found.presence.enabled, found.manual_tracing.enabled, found.vaccination.enabled))
    assert found.lockdown
    short = parse_scenario(
        everything(10, 5, fidelity="protocol", design="gaen", share=0.2), name="short"
    )
    assert (short.fidelity, short.app.design, short.disease.seeds) == ("protocol", "gaen", 2)
    assert short.lockdown == ()


def test_a_run_of_everything_says_speed_beside_attack_on_one_and_two_threads(
    quick: list[tuple[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulation.main(["--people=1000", "--days=10", "--rounds=2", "--json"]) == 0
    shown = capsys.readouterr()
    results = json.loads(shown.out)
    small, whole = results["sizes"]
    assert (small["people"], whole["people"], whole["attack_rate"]) == (100, 1000, 0.6)
    assert whole["threads"]["1"]["person_days_per_second"]["median"] == 2_500
    assert whole["threads"]["2"]["seconds"] == {"median": 2.0, "low": 2.0, "high": 2.0}
    assert whole["threads"]["2"]["microseconds_per_infected"]["median"] == pytest.approx(
        3333.3, 1e-4
    )
    assert whole["speedup_of_two_threads"]["median"] == 2.0
    assert [threads for _, threads in quick] == [2, 1, 1, 2] * 2
    assert results["shell"]["people"] == 20_000
    assert parse_scenario(results["scenario"], name="again").people == 1_000
    assert "simulation: 1000 people, 2 threads, round 2 of 2" in shown.err


def test_results_that_depend_on_threads_end_with_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        measuring, "ours", lambda _, threads, **__: answering(1.0, digest=str(threads))
    )
    assert simulation.main(["--people=10", "--rounds=1", "--json"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "results depend on the number of threads" in shown.err


def test_designs_are_run_at_both_fidelities_and_must_agree(
    quick: list[tuple[str, int]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["--people=10", "--rounds=1", "--protocol", "--protocol-days=4", "--json"]
    assert simulation.main(command) == 0
    first, *others = json.loads(capsys.readouterr().out)["protocol"]["designs"]
    assert [first["design"], *(one["design"] for one in others)] == list(measuring.DESIGNS)
    assert first["microseconds_per_phone_day"]["median"] == 8e6 / (480 * 4)
    assert first["times_fast"]["median"] == 2.0
    assert ("protocol", 1) in quick

    def differing(toml: str, **_: object) -> Ran:
        return answering(1.0, luck="same" if '"fast"' in toml else toml)

    monkeypatch.setattr(measuring, "ours", differing)
    assert simulation.main(command) == 1


def test_peers_take_turns_with_ours_and_who_fails_is_named(
    quick: list[tuple[str, int]],
    peer: Callable[[str, str], Peer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = json.dumps({**ANSWER, "seconds": 8.0, "infected": 300, "version": "1.2"})
    some = {
        "good": peer("good", f"print('hello'); print({answer!r})"),
        "bad": peer("bad", "raise SystemExit('out of memory')"),
        "absent": Peer(environment="absent", packages=("none",), script="none.py"),
    }

    def refuse(command: list[str], **_: object) -> None:
        raise NoPeerError(f"{Path(command[0]).name} failed: no index")

    monkeypatch.setattr(peers, "_run", refuse)
    monkeypatch.setattr(measuring, "PEERS", some)
    command = ["--people=1000", "--days=10", "--rounds=2", "--peers", f"--environments={tmp_path}"]
    assert simulation.main([*command, "--json"]) == 0
    beside = json.loads(capsys.readouterr().out)["beside"]
    (good,) = beside["peers"]
    assert (good["name"], good["version"], good["attack_rate"]) == ("good", "1.2", 0.3)
    assert good["ours_on_one_thread"]["median"] == 2.0
    assert good["ours_on_two_threads"]["median"] == 4.0
    assert good["ours_per_infected"]["median"] == 8.0
    assert good["peak_rss_mb"]["median"] == 99.5
    assert "out of memory" in beside["skipped"]["bad"]
    assert "no index" in beside["skipped"]["absent"]
    assert simulation.main(command) == 0
    shown = capsys.readouterr().out
    assert "absent: " in shown
    assert "4.0-4.0" in shown


def test_openabm_is_not_built_without_tools_or_from_another_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = list[list[str]]()

    def record(command: list[str], **_: object) -> None:
        ran.append(command)
        if command[1] == "clone":
            (tmp_path / "openabm" / "source" / "src").mkdir(parents=True)
            (tmp_path / "openabm" / "source" / "src" / "setup.py").write_text("another one")

    monkeypatch.setattr(peers, "_run", record)
    monkeypatch.setattr(
        shutil, "which", lambda tool: None if tool == "swig" else f"/usr/bin/{tool}"
    )
    monkeypatch.setattr("os.geteuid", lambda: 1_000)
    wanted = peers.PEERS["OpenABM"]
    with pytest.raises(NoPeerError, match="building it takes swig"):
        peers.command_of(wanted, tmp_path, openabm="source")
    monkeypatch.setattr(shutil, "which", lambda tool: f"/usr/bin/{tool}")
    with pytest.raises(NoPeerError, match=r"setup\.py is not the one"):
        peers.command_of(wanted, tmp_path, openabm="/a/mirror")
    assert ["git", "clone", "--quiet", "/a/mirror"] in [each[:4] for each in ran]
    assert not (tmp_path / "openabm" / "ready").exists()


@pytest.mark.parametrize(
    ("program", "named"),
    [
        ("import sys; sys.exit('died')", "status 1 and said: died"),
        ("print('no JSON')", "status 0 and said: no JSON"),
        ("print('{}')", r"status 0 and said: \{\}"),
        ("", "status 0 and said: nothing"),
    ],
)
def test_a_process_without_an_answer_is_an_error_that_says_its_last_line(
    program: str, named: str
) -> None:
    with pytest.raises(ChildError, match=named):
        ran([sys.executable, "-c", program], people=1, days=1)


def test_speeds_and_costs_follow_from_a_run() -> None:
    run = answering(4.0)
    assert (run.speed, run.microseconds_per_infected) == (2_500, 4e6 / 600)
    assert spread([3.0, 1.0, 2.0]).median == 2.0
