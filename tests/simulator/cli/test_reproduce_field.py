"""`dp3t-sim reproduce cascades` and `uptake`: documents, tables and figures, of results at hand."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dp3t_simulator import uptake
from dp3t_simulator.cascade import Cascade
from dp3t_simulator.cli import app, reproduce_cascades
from dp3t_simulator.scenario.reading import read_scenario
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.uptake import UptakeEffect

PNG = b"\x89PNG\r\n\x1a\n"
COUNTS = Cascade(
    people=1000,
    users=200,
    person_days=32_000,
    infections=100,
    cases=32,
    user_cases=10,
    uploads=8,
    warnings=33,
    warned=32,
    warned_infected=2,
    warned_positive=1,
)


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["reproduce", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Scenario]:
    """Return what was asked to be run, with results that are known."""
    asked: list[Scenario] = []

    def found(scenario: Scenario, *, seed: int) -> Cascade:
        asked.append(scenario)
        return COUNTS

    def effect(people: int, assumption: str, *, seeds: int) -> UptakeEffect:
        counts = [1000, 950, 900, 800, 600, 1000 if assumption == "tested" else 200]
        return UptakeEffect(
            infected=np.array([counts] * seeds),
            people=people,
            reproduction=1.234,
            cases_per_infection=0.25,
        )

    monkeypatch.setattr("dp3t_simulator.cascade.cascade", found)
    monkeypatch.setattr(uptake, "effect", effect)
    return asked


def test_cascades_are_one_document_and_a_figure(runs: list[Scenario], tmp_path: Path) -> None:
    figure = tmp_path / "cascades.png"
    found = json.loads(shown("cascades", "--seeds", "2", "--figure", str(figure), "--json"))
    assert found["seeds"] == 2
    assert list(found["scenarios"]) == ["zurich-2020", "england-2020", "la-gomera-2020"]
    zurich = found["scenarios"]["zurich-2020"]
    assert zurich["counts"]["uploads"] == 16
    assert zurich["ratios"]["warnings_per_upload"] == 4.125
    assert zurich["published"]["warnings_per_upload"] == 4.24
    assert figure.read_bytes().startswith(PNG)
    assert [each.name for each in runs[:3]] == ["zurich-2020", "zurich-2020", "england-2020"]


def test_a_smaller_place_has_as_large_a_share_of_infections(runs: list[Scenario]) -> None:
    shown("cascades", "--people", "15000", "--seeds", "1", "--json")
    whole = read_scenario("england-2020")
    part = next(each for each in runs if each.name == "england-2020")
    assert whole.people == 10 * part.people
    assert whole.disease.seeds == 10 * part.disease.seeds
    assert whole.disease.imported_daily == pytest.approx(10 * part.disease.imported_daily)


def test_cascades_are_a_table_with_what_was_published(runs: list[Scenario]) -> None:
    table = shown("cascades", "--seeds", "1")
    assert "4.125 (4.240)" in table
    assert "0.031 (0.060)" in table
    assert len(runs) == len(reproduce_cascades.PUBLISHED)


@pytest.mark.usefixtures("runs")
def test_uptake_is_one_document_and_a_figure(tmp_path: Path) -> None:
    figure = tmp_path / "uptake.png"
    options = ("--people", "2000", "--seeds", "2", "--figure", str(figure), "--json")
    found = json.loads(shown("uptake", *options))
    assert (found["people"], found["seeds"]) == (2000, 2)
    assert found["assumptions"]["planned"] == {
        "infected": [[1000, 950, 900, 800, 600, 200]] * 2,
        "reduction": [0.0, 0.05, 0.1, 0.2, 0.4, 0.8],
        "reproduction": 1.234,
        "cases_per_infection": 0.25,
        "exponent": 1.72,
        "per_point": 0.00526,
    }
    assert found["assumptions"]["tested"]["exponent"] is None
    assert figure.read_bytes().startswith(PNG)


@pytest.mark.usefixtures("runs")
def test_uptake_is_a_table_with_the_published_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    table = shown("uptake", "--seeds", "1")
    assert "56-81" in table
    assert "80.0" in table
    assert "1.72" in table
    assert " - " in table  # no exponent
