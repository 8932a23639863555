"""The benchmark of sizes: the paper's table comes out, batches are near it, bounds are kept."""

import json
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from benchmarks.sizes import __main__ as program
from benchmarks.sizes import measuring
from benchmarks.sizes.batches import PerPatient, Published, measure_row
from benchmarks.sizes.patients import CHOICES, Choice
from benchmarks.sizes.tables import tables
from benchmarks.sizes.white_paper import FORMULA_BYTES, TABLE, Row, recomputed
from project import ROOT

Document = dict[str, Any]

ENVELOPE_BYTES = 250
"""More than a batch of five-day reports has beside its keys."""

KEYS = {"lowcost": 1, "unlinkable": 480, "hybrid-4h": 30, "hybrid-2h": 60, "gaen": 5}
KEY_BYTES = {"lowcost": 32, "hybrid-4h": 16, "hybrid-2h": 16, "gaen": 16}


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.sizes", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def quick() -> Document:
    """Return what the quick run prints: one JSON document and nothing else."""
    done = run("--quick", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document: Document = json.loads(done.stdout)
    return document


def cells(quick: Document) -> list[tuple[int, Document]]:
    return [(row["cases"], cell) for row in quick["rows"] for cell in row["designs"]]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.country}-{row.period}")
def test_the_papers_own_arithmetic_gives_what_it_prints(row: Row) -> None:
    assert row.printed == {label: recomputed(row, label) for label in row.printed}


@pytest.mark.parametrize("cases", [0, 1, 11, 12, 13, 58, 708, 9181])
def test_a_days_cases_are_all_published_in_at_most_twelve_even_batches(cases: int) -> None:
    batches = measuring.batches_of(cases)
    assert sum(patients * count for patients, count in batches.items()) == cases
    assert sum(batches.values()) == min(cases, 12)
    assert not batches or max(batches) - min(batches) <= 1


def test_the_quick_run_has_every_design_in_every_row(quick: Document) -> None:
    labels = [choice.label for choice in CHOICES]
    assert sorted(labels) == sorted(FORMULA_BYTES)
    assert [patient["design"] for patient in quick["patients"]] == labels
    assert [bound["design"] for bound in quick["bounds"]] == labels
    assert [(row["country"], row["period"], row["cases"]) for row in quick["rows"]] == [
        ("Switzerland", "peak", 1390),
        ("Switzerland", "2020-05", 58),
    ]
    for row in quick["rows"]:
        assert [cell["design"] for cell in row["designs"]] == labels


def test_a_report_of_five_days_has_as_many_keys_as_the_paper_counts(quick: Document) -> None:
    assert {patient["design"]: patient["keys"] for patient in quick["patients"]} == KEYS
    for _, cell in cells(quick):
        for batch in cell["batches"]:
            assert batch["keys"] == batch["patients"] * KEYS[cell["design"]]


def test_a_day_is_the_sum_of_its_batches_and_differs_from_the_formula_as_said(
    quick: Document,
) -> None:
    for cases, cell in cells(quick):
        day = sum(batch["batches"] * batch["file_bytes"] for batch in cell["batches"])
        formula = cases * cell["formula_bytes_per_patient"]
        assert cell["bytes_per_user_per_day"] == day
        assert cell["bytes_per_patient"] == pytest.approx(day / cases)
        assert cell["formula_bytes_per_user_per_day"] == formula
        assert cell["difference_bytes"] == day - formula
        assert cell["ratio"] == pytest.approx(day / formula)
        assert sum(batch["batches"] for batch in cell["batches"]) == 12


def test_batches_of_keys_cost_the_raw_keys_and_an_envelope(quick: Document) -> None:
    for cases, cell in cells(quick):
        if cell["design"] in KEY_BYTES:
            raw = cases * KEYS[cell["design"]] * KEY_BYTES[cell["design"]]
            assert raw < cell["bytes_per_user_per_day"] < raw + 12 * ENVELOPE_BYTES


def test_a_filter_costs_seven_bytes_an_item_over_its_load(quick: Document) -> None:
    found = [(cases, cell) for cases, cell in cells(quick) if cell["design"] == "unlinkable"]
    for cases, cell in found:
        alone = cases * 480 * 7 / 0.95
        assert alone < cell["bytes_per_user_per_day"] <= 1.05 * alone


def test_today_costs_more_and_redaction_saves_nothing(quick: Document) -> None:
    for patient in quick["patients"]:
        if patient["design"] == "lowcost":
            assert patient["bytes_with_today"] == pytest.approx(patient["bytes"])
            assert patient["bytes_redacted"] is None
        else:
            assert patient["bytes_with_today"] > patient["bytes"]
            assert patient["bytes_redacted"] == patient["bytes"]


def test_the_bounds_are_judged_on_batches_of_a_thousand_keys_and_held(quick: Document) -> None:
    limits = {bound["design"]: bound["limit"] for bound in quick["bounds"]}
    assert limits == dict.fromkeys(KEY_BYTES, 1.1) | {"unlinkable": 1.05}
    assert quick["held"] is True
    for bound in quick["bounds"]:
        assert bound["held"] is True
        assert 1 < bound["worst"] <= bound["limit"]
        assert bound["worst_keys"] >= 1000


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.label)
def test_the_length_of_a_batch_follows_from_how_many_keys_not_from_which(
    choice: Choice, quick: Document
) -> None:
    (cell,) = (cell for cell in quick["rows"][1]["designs"] if cell["design"] == choice.label)
    others = measure_row(choice, (4, 5), "other patients")
    assert [(batch.patients, batch.file_bytes, batch.tries) for batch in others] == [
        (batch["patients"], batch["file_bytes"], batch["tries"]) for batch in cell["batches"]
    ]


@pytest.mark.parametrize(("extra", "status"), [(0, 0), (1, 1)])
def test_a_batch_longer_than_its_bound_ends_the_run_with_status_1(
    extra: int, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At 1,000 keys of 16 bytes 17,600 bytes are the most, and one more is too many."""

    def measured(plan: measuring.Plan, _console: object) -> measuring.Results:
        results: measuring.Results = {}
        for job in measuring.jobs_of(plan):
            bytes_at_bound = int(1000 * job.arguments[0].key_bytes * job.arguments[0].limit)
            longer = extra if job.name == ("bound", "gaen") else 0
            batch = Published(patients=116, keys=1000, file_bytes=bytes_at_bound + longer, tries=0)
            patient = PerPatient(five_days=batch, redacted=None, with_today=(batch,), index_bytes=1)
            found = {"row": [], "patient": patient, "bound": [batch]}
            results[job.name] = found[job.name[0]]
        return results

    monkeypatch.setattr(program, "measure", measured)
    assert program.main(["--quick", "--json"]) == status
    shown = capsys.readouterr()
    assert json.loads(shown.out)["held"] is (status == 0)
    assert bool(shown.err) is (status == 1)


def test_the_tables_fit_a_terminal_of_eighty_columns_and_show_the_results(
    quick: Document,
) -> None:
    console = Console(width=80, record=True, file=StringIO())
    console.print(*tables(quick))
    shown = console.export_text()
    assert "…" not in shown
    for _, cell in cells(quick):
        assert f"{cell['mib_per_user_per_day']:.4f}" in shown
