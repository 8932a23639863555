"""The figures of the radio benchmark: what is drawn, in whose language, and where it is written."""

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

import radio_data
from benchmarks.radio.__main__ import main
from benchmarks.radio.attenuation import Radio, uniform
from benchmarks.radio.figures import writing
from benchmarks.radio.figures.curve import curve_figure
from benchmarks.radio.figures.distance import distance_figure
from benchmarks.radio.figures.timeline import timeline_figure
from benchmarks.radio.measuring import Measured, Question, measure
from benchmarks.radio.precision import Point

PNG = b"\x89PNG\r\n\x1a\n"
SCENARIOS = {
    name: [Point(40 + (7 * n + shift) % 40, 0.5 + (n % 60) / 10) for n in range(200)]
    for shift, name in enumerate(("lunch", "train", "office", "queue"))
}
ASKED: Any = {"experiment": "exp99", "radio": "TX", "thresholds_db": (55, 63), "limit_m": 1.5}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return radio_data.experiment(tmp_path / "exp99")


def measured(folder: Path) -> Measured:
    question = Question(radios=[uniform(-24, -3)], thresholds_db=[55], distances_m=[2.0])
    (found,) = measure(folder, question)
    return found


def words(figure: Figure) -> list[str]:
    return [found.get_text() for found in figure.findobj(match=Text)]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Distance by camera (m)", "Attenuation (dB)", "1.5 m", "200 sightings")),
        ("vi", ("Khoảng cách theo camera (m)", "Suy hao (dB)", "1,5 m", "200 lần nghe")),
    ],
)
def test_attenuation_against_distance_names_units_and_limits(
    monkeypatch: pytest.MonkeyPatch, language: str, said: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    figure = distance_figure(SCENARIOS, **ASKED)
    found = words(figure)
    assert {*said, "55 dB", "63 dB", *SCENARIOS} <= set(found)
    assert sum(axes.get_visible() for axes in figure.axes) == 4 + 1
    assert [found.count(each) for each in ("55 dB", said[0])] == [2, 3]  # of each row, each column


@pytest.mark.parametrize(
    ("language", "said"), [("en", ". Not drawn: 2 beyond 8 m"), ("vi", ". Không vẽ: 2 lần")]
)
def test_what_lies_too_far_away_to_be_drawn_is_counted(
    monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    far = {"lunch": [*SCENARIOS["lunch"], Point(60, 8.0), Point(60, 8.1), Point(60, 99.0)]}
    assert any(said in each for each in words(distance_figure(far, **ASKED)))
    near = words(distance_figure({"lunch": SCENARIOS["lunch"]}, **ASKED))
    assert not any(each in text for text in near for each in ("Not drawn", "Không vẽ"))


@pytest.mark.parametrize(
    ("language", "said"), [("en", "-3 dB for all phones"), ("vi", "cho mọi máy")]
)
def test_a_figure_says_whose_radio_it_takes(
    monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    assert writing.printed(uniform(-24, -3)).replace("\N{MINUS SIGN}", "-").endswith(said)
    assert "-" not in writing.printed(uniform(-24, -3))
    assert writing.printed(Radio(name="by model", by_model={})) == "by model"


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Precision and recall"), ("vi", "Độ chính xác và độ phủ")]
)
def test_each_scenario_has_a_curve_with_its_thresholds(
    monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    figure = curve_figure(SCENARIOS, **ASKED)
    found = words(figure)
    assert said in found
    assert [each for each in found if each.split("\n")[0] in SCENARIOS and "%" in each]
    (axes,) = figure.axes
    curves = [line for line in axes.lines if len(line.get_path()) > 2]
    assert len(curves) == len(SCENARIOS)


@pytest.mark.parametrize("lunch_far", [0.5, 1.4, 60.0])
def test_the_names_of_curves_stand_apart_and_above_the_axis(lunch_far: float) -> None:
    scenarios = {
        name: [*found, *[Point(90, lunch_far)] * 2000] for name, found in SCENARIOS.items()
    }
    figure = curve_figure(scenarios, **ASKED)
    heights = sorted(
        found.xy[1]
        for found in figure.findobj(match=Annotation)
        if found.get_text().partition("\n")[0] in SCENARIOS and isinstance(found, Annotation)
    )
    assert len(heights) == 4
    assert heights[0] > 0.05
    assert heights[-1] <= 1
    assert all(high - low > 0.084 for low, high in pairwise(heights))


def test_the_timeline_shows_every_sighting_each_window_and_the_truth(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DP3T_LANG", "vi")
    contact = writing.longest_contact(measured(folder))
    assert contact is not None
    assert (contact.receiver, contact.sender) == (1, 2)
    start = radio_data.OPENS
    assert contact.heard == [
        (start + 5, 39),
        (start + 20, 40),
        (start + 40, 59),
        (start + 50, 41),
        (start + 70, 42),
    ]
    assert contact.windows == [(start + 5, start + 70, 39)]
    assert contact.truth == [(start + 5, 5.0), (start + 20, 5.0), (start + 40, 50.0)]
    figure = timeline_figure(
        contact, experiment="exp99", radio="TX", thresholds_db=(55,), limit_m=2.0
    )
    assert "Một lần tiếp xúc: máy 01 nghe máy 02" in words(figure)
    assert "scenario01-walk" in words(figure)


def test_figures_are_written_where_asked_and_named_in_the_document(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(writing, "_LEAST_POINTS", 2)
    there = tmp_path / "new" / "figures"
    assert main([str(folder), "--json", "--figures", str(there)]) == 0
    names = json.loads(capsys.readouterr().out)["figures"]
    assert names == [str(there / f"exp99-{what}.png") for what in ("distance", "curve", "timeline")]
    for name in names:
        assert Path(name).read_bytes().startswith(PNG)


def test_an_experiment_without_logs_or_distances_that_vary_has_no_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chamber = tmp_path / "chamber"
    chamber.mkdir()
    rows = [(1, 2, second, -70, 1.0) for second in range(200)]
    radio_data.write_table(chamber / "scenario01-x.sqlite", *rows)
    assert main([str(chamber), "--json", "--figures", str(tmp_path / "figures")]) == 0
    assert json.loads(capsys.readouterr().out)["figures"] == []


def test_without_matplotlib_one_line_says_what_to_install(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "benchmarks.radio.figures.writing", None)
    assert main([str(folder), "--figures", str(tmp_path)]) == 2
    assert "pip install 'dp3t[plots]'" in capsys.readouterr().err
