"""A run as numbers, figures, files and a page."""

import errno
import json
import os
import platform
import subprocess
import sys
import tomllib
from base64 import b64decode
from collections.abc import Callable
from dataclasses import asdict, replace
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from pyarrow import parquet

from dp3t import PolicyError
from dp3t.cli.boundary import NotInstalledError
from dp3t_simulator.metrics import is_true
from dp3t_simulator.plots_run import FIGURES
from dp3t_simulator.report import saving
from dp3t_simulator.report.page import page
from dp3t_simulator.report.rows import MISSING, groups
from dp3t_simulator.report.saving import refuse_full, save
from dp3t_simulator.result import DAILY, EVENTS, Result
from dp3t_simulator.scenario.reading import read_scenario
from simulated import DAYS, made_result

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def result() -> Result:
    return made_result()


@pytest.fixture(scope="module")
def saved(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "deep" / "run"
    save(result, folder)
    return folder


def without_app(result: Result) -> Result:
    empty = {
        name: {column: values[:0] for column, values in table.items()}
        for name, table in result.events.items()
        if name != "infections"
    }
    return replace(
        result,
        app_users=0,
        baseline=None,
        recorded_exposures=False,
        events={**result.events, **empty},
    )


class Page(HTMLParser):
    """Collects the addresses, tags and text of a page."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value or ""
            for name, value in attrs
            if name in {"src", "href", "srcset", "data", "action"}
        ]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_rows_are_the_numbers_of_the_summary(result: Result) -> None:
    rows = [row for group in groups(result) for row in group.rows]
    shown = {name.strip(): value for name, value in rows}
    found = result.summary
    assert shown["Infected"].startswith(f"{found.infected:,} ")
    assert shown["without the app"].startswith(f"{found.infected + 700:,} ")
    assert shown["truly, falsely"] == f"{found.true_notified:,} / {found.false_notified:,}"
    assert shown["Keys published"] == f"{found.keys_per_upload:,.2f}"
    assert shown["More days in quarantine per case averted"] == "59.6"
    assert shown["Seed"] == "3"


def test_rows_are_in_the_reader_s_language(result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DP3T_LANG", "vi")
    rows = dict(row for group in groups(result) for row in group.rows)
    assert rows["Số ca nhiễm"].startswith("1.770 ")


def test_rows_say_what_cannot_be_told(result: Result) -> None:
    plain = without_app(result)
    titles = [group.title for group in groups(plain)]
    assert "Warnings" not in titles
    silent = replace(plain, app_users=10)
    rows = dict(row for group in groups(silent) for row in group.rows)
    assert rows["Keys published"] == MISSING
    assert "Cases averted" in rows
    assert rows["Cases averted"] == MISSING


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_figures_are_drawn_of_any_run(
    draw: Callable[[Result], Figure],
    language: str,
    result: Result,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    one_day: Any = {name: column[:1] for name, column in result.daily.items()}
    quiet = without_app(result)
    nobody = {name: column[:0] for name, column in quiet.events["infections"].items()}
    empty = replace(quiet, daily=one_day, events={**quiet.events, "infections": nobody})
    for each in (result, empty):
        figure = draw(each)
        assert figure.axes
        figure.draw_without_rendering()


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_a_name_is_no_formula_in_a_figure(draw: Callable[[Result], Figure], result: Result) -> None:
    draw(replace(result, scenario=replace(result.scenario, name="$x_{$"))).draw_without_rendering()


def test_the_figure_of_warnings_counts_a_person_once_a_morning(result: Result) -> None:
    above = FIGURES["notifications"](result).axes[0]
    heights = sum(float(bar.get_height()) for each in above.containers for bar in each)
    assert heights == result.summary.warnings


def test_the_figure_of_index_cases_shows_shares_that_add_up(result: Result) -> None:
    (axes,) = FIGURES["index-cases"](result).axes
    for bars in axes.containers:
        assert sum(bar.get_height() for bar in bars) == pytest.approx(100)


@pytest.mark.spec("SCENARIO-10", "SCENARIO-11")
def test_a_saved_run_has_every_table_figure_and_number(result: Result, saved: Path) -> None:
    tables = {f"{name}.parquet" for name in ("daily", *EVENTS)}
    figures = {f"{name}.png" for name in FIGURES}
    others = {"scenario.toml", "summary.json", "report.html"}
    assert {path.name for path in saved.iterdir()} == tables | figures | others
    assert [path.name for path in saved.parent.iterdir()] == ["run"]
    assert all((saved / name).read_bytes().startswith(PNG) for name in figures)
    assert json.loads((saved / "summary.json").read_text()) == {
        "version": "0",
        **json.loads(json.dumps(asdict(result.summary))),
    }


@pytest.mark.spec("SCENARIO-10")
def test_tables_in_files_have_the_names_types_and_rows_of_the_chapter(
    result: Result, saved: Path
) -> None:
    for name, columns in (("daily", DAILY), *EVENTS.items()):
        table = parquet.read_table(saved / f"{name}.parquet")
        more = ["true"] if name == "notices" else []
        assert table.column_names == [*columns, *more]
        made = result.daily if name == "daily" else result.events[name]
        for column, kind in columns.items():
            values = table[column].to_numpy()
            assert values.dtype == np.dtype(kind)
            assert (values == made[column]).all()
        assert (np.diff(table["day"].to_numpy()) >= 0).all()
    right = is_true(result.events["notices"], result.events["infections"], people=result.people)
    notices = parquet.read_table(saved / "notices.parquet")
    assert notices["true"].to_pylist() == right.tolist()
    about = json.loads(notices.schema.metadata[b"dp3t-sim"])
    assert about == {"version": "0", "seed": 3, "scenario": "made-up"}


@pytest.mark.spec("SCENARIO-10")
def test_the_chapter_lists_the_columns_of_the_code() -> None:
    chapter = Path(__file__).resolve().parents[2] / "spec" / "simulator" / "scenario.md"
    text = chapter.read_text(encoding="utf-8")
    for name, columns in (("daily", DAILY), *EVENTS.items()):
        listed = ", ".join(
            f"`{each}` {kind.__name__.rstrip('_')}" for each, kind in columns.items()
        )
        assert f"| `{name}` | {listed} |" in text


@pytest.mark.spec("SCENARIO-5")
def test_a_saved_run_holds_the_scenario_it_was_asked(result: Result, saved: Path) -> None:
    assert read_scenario(saved / "scenario.toml") == result.scenario


def test_exposures_that_were_not_kept_and_figures_without_an_app_are_left_out(
    result: Result, tmp_path: Path
) -> None:
    save(without_app(result), tmp_path / "run")
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert not names & {"exposures.parquet", "notifications.png", "index-cases.png"}
    assert {"epidemic.png", "notices.parquet"} <= names


@pytest.mark.spec("SCENARIO-11")
@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_run_that_is_not_saved_whole_leaves_nothing(
    fault: BaseException, result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(saving, "_write_figures", fail)
    with pytest.raises(type(fault)):
        save(result, tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_an_empty_folder_is_taken_with_the_rights_of_a_new_one(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "_write_figures", lambda *_: {})
    folder = tmp_path / "run"
    folder.mkdir()
    save(result, folder)
    umask = os.umask(0)
    os.umask(umask)
    assert folder.stat().st_mode & 0o777 == 0o777 & ~umask


@pytest.mark.spec("SCENARIO-12")
def test_a_place_that_is_taken_is_refused(result: Result, tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.touch()
    for folder in (tmp_path, taken):
        with pytest.raises(PolicyError, match=str(folder)):
            refuse_full(folder)
        with pytest.raises(PolicyError, match=str(folder)):
            save(result, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("package", ["pyarrow", "matplotlib"])
def test_a_run_is_not_saved_without_what_it_needs(
    package: str, result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotInstalledError, match=r"pip install 'dp3t\[simulator\]'"):
        save(result, tmp_path / "run")
    assert not list(tmp_path.iterdir())


@pytest.mark.spec("SCENARIO-13")
def test_the_page_fetches_nothing(saved: Path) -> None:
    document = (saved / "report.html").read_text(encoding="utf-8")
    found = Page(document)
    assert len(found.addresses) == len(FIGURES)
    for address in found.addresses:
        kind, _, data = address.partition(",")
        assert kind == "data:image/png;base64"
        assert b64decode(data).startswith(PNG)
    assert not {"script", "link", "iframe", "object", "base", "form"} & set(found.tags)
    assert "url(" not in document
    assert "@import" not in document


@pytest.mark.spec("SCENARIO-14")
def test_the_page_holds_what_it_takes_to_repeat_the_run(result: Result, saved: Path) -> None:
    text = Page((saved / "report.html").read_text(encoding="utf-8")).text
    assert "dp3t-sim run scenario.toml --seed 3" in text
    assert f"dp3t 0, Python {platform.python_version()}" in text
    for package in ("numpy", "numba"):
        assert f"{package} {version(package)}" in text
    written = (saved / "scenario.toml").read_text(encoding="utf-8")
    assert written in text
    assert tomllib.loads(written)["app"]["uptake"] == result.scenario.app.uptake


def test_the_page_shows_markup_in_names_as_text(result: Result) -> None:
    hostile = replace(
        result.scenario, name="<img src=x>", description="<script>alert(1)</script> & more"
    )
    found = Page(page(replace(result, scenario=hostile), {}))
    assert not {"img", "script"} & set(found.tags)
    assert "<script>alert(1)</script> & more" in found.text


def test_the_page_is_in_the_reader_s_language(
    result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DP3T_LANG", "vi")
    document = page(result, {})
    assert '<html lang="vi">' in document
    assert "Mô phỏng: made-up" in document


def test_what_saves_and_counts_waits_for_no_package_that_draws() -> None:
    code = (
        "import sys, dp3t_simulator.report.saving, dp3t_simulator.report.rows;"
        "print(sorted({'matplotlib', 'pyarrow', 'dask', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_days_of_the_made_run_are_all_there(result: Result) -> None:
    assert len(result.daily["day"]) == DAYS == result.scenario.days
