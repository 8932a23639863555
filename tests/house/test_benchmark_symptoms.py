"""The benchmark of symptoms: its figures follow from the library, and its page is not stale."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.symptoms import __main__ as program
from benchmarks.symptoms.errors import REPORTS, TURNED, errors
from benchmarks.symptoms.figure import draw, symptoms_figure
from benchmarks.symptoms.outbreaks import LIMITS, detections, share_on
from dp3t.symptoms.alarm import LIMIT
from project import ROOT

PAGE = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")


@cache
def few() -> dict[str, Any]:
    return program.document(communes=200, runs=12)


def test_errors_shrink_with_reports_and_grow_as_more_is_turned_round() -> None:
    rows = {(row["turned_per_mille"], row["reports"]): row for row in few()["errors"]}
    assert set(rows) == {(turned, reports) for turned in TURNED for reports in REPORTS}
    for turned in TURNED:
        assert rows[turned, 50]["mean_points"] > 3 * rows[turned, 5_000]["mean_points"]
    for reports in REPORTS:
        assert rows[450, reports]["mean_points"] > 2 * rows[250, reports]["mean_points"]
    assert all(row["mean_points"] > row["bare_points"] for row in rows.values())
    assert all(row["held"] > 0.85 for row in rows.values())


def test_a_higher_limit_raises_fewer_false_alarms_and_sees_later() -> None:
    found = few()["detections"]
    assert LIMIT in LIMITS
    for first in range(0, len(found), len(LIMITS)):
        group = found[first : first + len(LIMITS)]
        assert [row["limit"] for row in group] == list(LIMITS)
        false = [row["false_per_1000_days"] for row in group]
        assert false[0] > 2 * false[-1]
        days = [row["days"] for row in group if row["days"] is not None]
        assert days == sorted(days)
    assert found[-2]["days"] < found[2]["days"]


def test_alarms_without_an_outbreak_are_told_beside_those_with_one() -> None:
    for row in few()["detections"]:
        assert 0 <= row["seen_without"] <= row["seen"] <= 1
        if row["days"] is not None:
            assert row["half_without"] <= row["seen_without"]
    loose, *_, strict = few()["detections"][: len(LIMITS)]
    assert loose["seen_without"] > 0.2 > strict["seen_without"]


def test_an_outbreak_doubles_in_five_days_and_ends_somewhere() -> None:
    assert share_on(0) == pytest.approx(0.025)
    assert share_on(5) == pytest.approx(0.03)
    assert share_on(10) == pytest.approx(0.04)
    assert share_on(400) == 0.4


def test_the_same_dice_give_the_same_figures() -> None:
    one, other = (errors(communes=5, rand=np.random.default_rng(3)) for _ in range(2))
    assert one == other
    charts = [detections(runs=1, rand=np.random.default_rng(3)) for _ in range(2)]
    assert charts[0] == charts[1]


def test_the_program_prints_tables_or_json_and_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "document", lambda **_: few())
    monkeypatch.setenv("COLUMNS", "140")
    figure = tmp_path / "symptoms.png"
    assert program.main(["--json", "--figure", str(figure)]) == 0
    assert json.loads(capsys.readouterr().out)["seed"] == program.SEED
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert program.main([]) == 0
    printed = capsys.readouterr().out
    assert "false in 1,000 days" in printed
    assert "seen without" in printed


def test_the_figure_has_a_line_for_each_kind_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, said in (("en", "false alarms"), ("vi", "báo động sai")):
        monkeypatch.setenv("DP3T_LANG", language)
        left, right = symptoms_figure(few()).axes
        assert len(left.lines) == len(TURNED) + 1
        assert len(right.lines) == 4
        assert said in right.get_xlabel()
    assert draw(few(), tmp_path / "figure.png").exists()


def test_the_page_shows_the_limit_and_the_seed_of_the_program() -> None:
    section = PAGE.partition("## Symptoms\n")[2].partition("\n## ")[0]
    assert f"seed {program.SEED}" in section
    assert f"{program.COMMUNES:,} communes" in section
    assert f"{program.RUNS} communes each" in section
    assert f"The limit of the alarm is {LIMIT}" in section
