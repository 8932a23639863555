"""The benchmark of radio on the soldiers of Lausanne: the known figures come out exactly."""

import json
from typing import Any

import pytest

from benchmarks.radio.__main__ import main
from shared_data import shared

Document = dict[str, Any]


def run(folder: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> Document:
    assert main([str(shared(f"data/bt-measurements/{folder}")), "--json", *arguments]) == 0
    ((experiment),) = json.loads(capsys.readouterr().out)["experiments"]
    assert isinstance(experiment, dict)
    return experiment


LUNCH, TRAIN, OFFICE = "scenario01-lunch", "scenario02-train", "scenario03-office"
EXPECTED = {
    (LUNCH, 5, 55): (3354, 2218, 1124, 212, 0.8413, 0.5068),
    (LUNCH, 5, 63): (3354, 2218, 1987, 785, 0.7168, 0.8959),
    (LUNCH, -3, 55): (3354, 2218, 347, 31, 0.9180, 0.1564),
    (LUNCH, -3, 63): (3354, 2218, 1124, 212, 0.8413, 0.5068),
    (TRAIN, 5, 55): (6767, 5106, 2828, 369, 0.8846, 0.5539),
    (TRAIN, 5, 63): (6767, 5106, 4558, 1164, 0.7966, 0.8927),
    (TRAIN, -3, 55): (6767, 5106, 1172, 72, 0.9421, 0.2295),
    (TRAIN, -3, 63): (6767, 5106, 2828, 369, 0.8846, 0.5539),
    (OFFICE, 5, 55): (1787, 648, 345, 338, 0.5051, 0.5324),
    (OFFICE, 5, 63): (1787, 648, 602, 934, 0.3919, 0.9290),
    (OFFICE, -3, 55): (1787, 648, 52, 49, 0.5149, 0.0802),
    (OFFICE, -3, 63): (1787, 648, 345, 338, 0.5051, 0.5324),
}


def test_the_soldiers_figures_come_out_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    """Counts of each log, the table of precision and recall, rows found again, and where."""
    experiment = run("exp34-epfl-soldiers", capsys)
    assert [list(phone.values()) for phone in experiment["phones"]] == [
        [1, 9957, 485, 17, 0, 7200],
        [2, 10622, 505, 22, 0, 7200],
        [3, 10530, 491, 18, 0, 7200],
        [8, 5173, 479, 18, 0, 7200],
        [10, 11104, 497, 18, 0, 7200],
        [13, 11400, 484, 18, 0, 7200],
    ]
    columns = ("n", "relevant", "tp", "fp", "precision", "recall")
    assert {
        (scenario["scenario"], each["rx_correction_db"], each["threshold_db"]): tuple(
            each[column] for column in columns
        )
        for scenario in experiment["scenarios"]
        for each in scenario["outcomes"]
        if each["source"] == "table"
    } == EXPECTED
    for check, windows in zip(experiment["exposure_windows"], (109, 111), strict=True):
        assert (check["google_windows"], check["google_scans"]) == (windows, 583)
        assert check["agrees"] is True
        assert abs(check[check["basis"]]["windows"] / windows - 1) <= 0.12
        assert check[check["basis"]]["ks"] <= 0.10
        assert all(1.05 < check["heard"][f"{each}_ratio"] < 1.15 for each in ("scans", "seconds"))
        shares = check["per_sender"]
        assert (shares["senders"], shares["google_senders"]) == (5, 16)
        each_ratio = [shares[f"{each}_ratio"] for each in ("windows", "scans", "seconds")]
        assert all(abs(ratio - 1) < 0.07 for ratio in each_ratio)
    captures = {each["scenario"]: each["captures"] for each in experiment["scenarios"]}
    for scenario, rows, placed in ((LUNCH, 683, 589), (TRAIN, 771, 724), (OFFICE, 380, 316)):
        found = captures[scenario]
        assert (found["rows_in_table"], found["found"]) == (rows, rows)
        assert found["with_dropped_identifiers"] == {"sightings": rows, "found": rows}
        assert found["rows_in_table_with_distance"] == placed
        if found["truth"] == "film":
            assert (found["found_with_distance"], found["unequal_distances"]) == (placed, 0)
            assert found["largest_difference_m"] < 1e-9
    assert [captures[name]["opens"][11:-1] for name in captures] == [
        "12:49:15.856667",
        "13:28:11.136228",
        "14:05:17.992095",
    ]
    assert [captures[name]["closes"][11:-1] for name in captures] == [
        "13:20:32.378899",
        "13:59:06.807749",
        "14:34:12.729496",
    ]


def test_the_limit_counted_twice_adds_the_rows_exactly_at_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    experiment = run("exp34-epfl-soldiers", capsys, "--reproduce", "limit-twice")
    false_positives = {
        (scenario["scenario"], each["rx_correction_db"], each["threshold_db"]): each["fp"]
        for scenario in experiment["scenarios"]
        for each in scenario["outcomes"]
        if each["source"] == "table"
    }
    once = {each: outcome[3] for each, outcome in EXPECTED.items()}
    assert false_positives == once | {(LUNCH, 5, 63): 790, (TRAIN, 5, 63): 1165}


def test_rows_and_outlived_addresses_of_the_chamber_are_found_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    experiment = run("exp28-calibration-pixel4-to-android-anechoic", capsys)
    for scenario in experiment["scenarios"]:
        found = scenario["captures"]
        assert found["found"] == found["rows_in_table"] == found["sightings"] > 0
    several = experiment["identifiers_under_several_addresses"]
    assert sorted(each["lifetime"] for each in several) == ["09:04", "13:06", "15:52", "17:46"]
