"""The commands that compute published results again, and their figures."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import r_files as r
from dp3t_simulator import plots, plots_style
from dp3t_simulator.cli import app, reproduce_agents
from dp3t_simulator.mixed_outbreak import Mixed
from dp3t_simulator.network_outbreak import Policy, spread
from simulator_baselines import town

PNG = b"\x89PNG\r\n\x1a\n"


def run(*arguments: str) -> dict[str, object]:
    document: dict[str, object] = json.loads(shown(*arguments))
    return document


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["reproduce", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_thresholds_are_one_document_and_a_figure(tmp_path: Path) -> None:
    figure = tmp_path / "thresholds.png"
    curves = run("thresholds", "--figure", str(figure), "--json")["thresholds"]
    assert isinstance(curves, dict)
    assert list(curves) == ["0", "0.5", "1", "2", "3"]
    assert figure.read_bytes().startswith(PNG)


def test_haslemere_is_one_document_and_a_figure(tmp_path: Path) -> None:
    matrices, figure = tmp_path / "am_list.RData", tmp_path / "haslemere.png"
    matrices.write_bytes(r.r_data(am_list=r.a_list([r.matrix([[0, 1], [1, 0]])])))
    options = ("--runs", "5", "--seed", "3", "--figure", str(figure))
    found = run("haslemere", str(matrices), *options, "--json")
    assert (found["runs"], found["seed"]) == (5, 3)
    percent = found["percent"]
    assert isinstance(percent, dict)
    assert list(percent) == ["nothing", "isolation", "primary-tracing", "secondary-tracing"]
    assert isinstance(found["if_strict"], dict)
    assert list(found["if_strict"]) == ["primary-tracing", "secondary-tracing"]
    assert 50 <= percent["nothing"]["infected_mean"] <= 100
    assert figure.read_bytes().startswith(PNG)
    assert "48" in shown("haslemere", str(matrices), *options)


def test_agents_are_one_document_a_figure_and_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = [
        Mixed(isolation=1.0, tracing=1.0, delay_days=delay, afresh=afresh, people=5_000, days=25)
        for delay, afresh in ((0, True), (1, True), (0, False))
    ]
    monkeypatch.setattr(reproduce_agents, "points", lambda: small)
    figure = tmp_path / "agents.png"
    found = run("agents", "--runs", "2", "--seed", "7", "--figure", str(figure), "--json")
    assert (found["runs"], found["seed"]) == (2, 7)
    points = found["points"]
    assert isinstance(points, list)
    assert [(each["delay_days"], each["asked"]) for each in points] == [
        *((0, "afresh"), (1, "afresh"), (0, "once"))
    ]
    assert [each["equation"] for each in points] == [0.4523, 0.5957, 0.4523]
    for each in points:
        assert each["difference"] == pytest.approx(each["counted"] - each["equation"], abs=2e-4)
        assert 0 < each["counted"] < 1.943
        assert 0 < each["standard_error"] < 1
    assert figure.read_bytes().startswith(PNG)
    assert "0.596" in shown("agents", "--runs", "2")


def test_agents_are_compared_at_the_measures_of_the_paper() -> None:
    points = reproduce_agents.points()
    at_once = {(each.isolation, each.tracing): each for each in points if each.afresh}
    assert {(0, 0), (0.5, 0.5), (1, 0), (0, 1), (1, 1), (0.8, 0.8)} <= set(at_once)
    assert at_once[0, 0].seeds < at_once[0.5, 0.5].seeds <= 300
    assert {each.delay_days for each in points} == {0, 1}


def test_thresholds_are_a_table_in_either_language(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "0.277" in shown("thresholds")
    monkeypatch.setenv("LANG", "vi_VN.UTF-8")
    monkeypatch.setenv("DP3T_LANG", "vi")
    assert "0,277" in shown("thresholds")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["haslemere", "absent.RData"], "dp3t-sim: No such file or directory: absent.RData\n"),
        (["haslemere", __file__], "not an .RData file, which begins with RDX2 or RDX3\n"),
        (["haslemere", __file__, "--runs", "0"], "--help explains)\n"),
    ],
)
def test_a_fault_is_one_line(arguments: list[str], fault: str) -> None:
    command = [sys.executable, "-m", "dp3t_simulator", "reproduce", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(fault)
    assert done.stderr.count("\n") == 1


def lines(figure: Figure) -> dict[str, list[float]]:
    """Return the last point of each line, by its colour."""
    drawn = figure.axes[0].get_lines()
    return {str(each.get_color()): np.asarray(each.get_xydata())[-1].tolist() for each in drawn}


def texts(figure: Figure) -> set[str]:
    return {each.get_text() for each in figure.axes[0].texts}


def test_a_figure_of_thresholds_names_each_curve_at_its_end() -> None:
    drawn = plots.thresholds({0.0: [(0.0, 0.7), (1.0, 0.2)], 2.0: [(0.5, 0.9), (0.9, 0.8)]})
    assert lines(drawn) == {
        plots_style.COLOURS[0]: pytest.approx([100, 20]),
        plots_style.COLOURS[1]: pytest.approx([90, 80]),
    }
    assert {"no delay", "2 d"} <= texts(drawn)


def test_a_figure_of_outbreaks_has_medians_and_what_is_published() -> None:
    found = {each.value: spread(town(), each, runs=5, seed=1) for each in Policy}
    drawn = plots.outbreaks(found, {"isolation": 0.66})
    medians = {name: 100 * float(np.median(each.ill[-1])) for name, each in found.items()}
    expected = {
        colour: pytest.approx([70, median])
        for colour, median in zip(plots_style.COLOURS, medians.values(), strict=False)
    }
    assert lines(drawn) == {**expected, plots_style.INK: pytest.approx([70, 66])}
    assert f"primary tracing, {medians['primary-tracing']:.1f} %" in texts(drawn)
