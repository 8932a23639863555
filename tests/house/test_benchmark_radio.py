"""The benchmark of radio on a small experiment: sightings, distances, precision and its options."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import radio_data
from benchmarks.radio.__main__ import main
from benchmarks.radio.attenuation import DEFECTS, Radio, points
from benchmarks.radio.camera import read_camera
from benchmarks.radio.collection import find_experiments
from benchmarks.radio.logs import read_logs
from benchmarks.radio.measuring import Question, measure
from benchmarks.radio.precision import Outcome, Point, judge
from benchmarks.radio.table import models, read_table
from dp3t.errors import MalformedError
from dp3t.proximity.exposure.calibration import calibration_table

Document = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return radio_data.experiment(tmp_path / "exp99")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Document:
    assert main([*arguments, "--json"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    document: Document = json.loads(shown.out)
    return document


def scenario(document: Document) -> Document:
    (experiment,) = document["experiments"]
    (found,) = experiment["scenarios"]
    assert isinstance(found, dict)
    return found


def outcome(document: Document, source: str) -> Document:
    (found,) = [each for each in scenario(document)["outcomes"] if each["source"] == source]
    assert isinstance(found, dict)
    return found


ONE = ("--rx", "0", "--threshold", "40", "--distance", "5")


def test_counts_and_clocks_of_logs_are_found(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (experiment,) = run(capsys, str(folder))["experiments"]
    assert experiment["experiment"] == "exp99"
    one, other = experiment["phones"]
    assert one == {
        "phone": 1,
        "adverts_received": 6,
        "distinct_received": 3,
        "distinct_broadcast": 1,
        "packets_skipped": 0,
        "clock_ahead_of_tables_seconds": 7200,
    }
    assert (other["phone"], other["distinct_broadcast"]) == (2, 2)
    assert other["clock_ahead_of_tables_seconds"] == 7200  # as most others


def test_rows_are_found_again_with_their_distances(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four sightings lie in the film; the first carries an identifier set before it began."""
    found = scenario(run(capsys, str(folder)))["captures"]
    assert found == {
        "opens": "2020-07-30T14:40:00.000000Z",
        "closes": "2020-07-30T14:40:59.960000Z",
        "truth": "film",
        "sightings": 4,
        "rows_in_table": 3,
        "rows_in_table_with_distance": 2,
        "found": 3,
        "found_with_distance": 2,
        "unequal_distances": 0,
        "largest_difference_m": 0,
        "with_dropped_identifiers": {"sightings": 3, "found": 3},
    }


def test_a_captures_outcome_counts_all_identifiers_unless_told_otherwise(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = outcome(run(capsys, str(folder), *ONE), "captures")
    assert (counted["n"], counted["relevant"], counted["tp"], counted["fp"]) == (3, 2, 2, 0)
    dropped = run(capsys, str(folder), *ONE, "--reproduce", "dropped-identifiers")
    assert dropped["reproduced"] == ["dropped-identifiers"]
    assert outcome(dropped, "captures")["n"] == 2


def test_a_table_outcome_counts_the_limit_once_unless_told_otherwise(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of distances 5, 50, 1, 2 and 2 the attenuations are 37, 56, 46, 46 and 36."""
    arguments = (str(folder), "--rx", "0", "--threshold", "37", "--distance", "2")
    once = outcome(run(capsys, *arguments), "table")
    assert (once["n"], once["relevant"], once["tp"], once["fp"]) == (5, 3, 1, 1)
    assert (once["precision"], once["recall"]) == (0.5, 0.3333)
    assert (once["tx_power_dbm"], once["rx_correction_db"]) == (-24, 0)
    twice = outcome(run(capsys, *arguments, "--reproduce", "limit-twice"), "table")
    assert (twice["tp"], twice["fp"], twice["precision"]) == (1, 2, 0.3333)


TABLE = """model,tx_power_dbm,rx_correction_db,confidence
model 1,-20,1,high
model 2,-30,2,high
model 3,-40,4,high
"""


@pytest.mark.parametrize(
    ("reproduced", "attenuations"),
    [
        # of the senders 2, 2, 3, 3, 1 heard by 1, 1, 1, 2, 3
        ((), [30, 49, 29, 28, 36]),
        (("swapped-calibration",), [39, 58, 46, 36, 19]),
        (("receiver-model",), [40, 59, 49, 38, 16]),
    ],
)
def test_calibrations_by_model_go_to_sender_and_receiver(
    folder: Path, tmp_path: Path, reproduced: tuple[str, ...], attenuations: list[int]
) -> None:
    radio = Radio(name="by model", by_model=calibration_table(TABLE))
    question = Question(
        radios=[radio], thresholds_db=[0], distances_m=[2], reproduced=frozenset(reproduced)
    )
    (measured,) = measure(folder, question)
    (found,) = measured.scenarios
    judged = points(found.table, radio, frozenset(reproduced))
    assert [point.attenuation_db for point in judged] == attenuations


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_defect_is_told_by_its_name(
    folder: Path, capsys: pytest.CaptureFixture[str], defect: str
) -> None:
    assert run(capsys, str(folder), "--reproduce", defect)["reproduced"] == [defect]


def test_a_sighting_of_a_model_without_calibration_is_left_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "table.csv"
    file.write_text(TABLE.replace("model 3", "another"))
    document = run(capsys, str(folder), "--calibration", str(file), "--threshold", "30")
    counts = {each["radio"]: each["n"] for each in scenario(document)["outcomes"]}
    assert counts["by model, table.csv"] == 3  # of the captures, without phone 3
    assert {each["n"] for each in scenario(document)["outcomes"] if each["source"] == "table"} == {
        5,
        2,
    }


def test_a_phone_that_never_received_has_the_model_of_another_of_its_kind(folder: Path) -> None:
    rows = read_table(folder / "scenario01-walk.sqlite")
    short = {1: "GS10", 2: "GS20", 3: "GA40", 7: "GA40", 8: "GA51"}
    assert models([rows], short) == {
        1: "model 1",
        2: "model 2",
        3: "model 3",
        7: "model 3",
        8: "GA51",
    }


def test_the_readme_names_models_and_one_without_a_number_follows(folder: Path) -> None:
    (found,) = find_experiments(folder)
    assert found.short_models == {1: "GS10", 2: "GS20", 3: "GA40"}


def test_experiments_are_found_below_a_folder_and_beside_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.parent / "exp98").mkdir()
    radio_data.write_table(folder.parent / "exp98" / "scenario01-hall.sqlite", (1, 2, 5, -70, 1.0))
    (folder.parent / "figures").mkdir()
    hall, walk = run(capsys, str(folder.parent))["experiments"]
    assert (hall["experiment"], walk["experiment"]) == ("exp98", "exp99")
    assert hall["phones"] == []
    assert hall["scenarios"][0]["captures"] is None


def test_without_a_film_a_distance_that_all_rows_share_is_the_truth(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "computer-vision" / "0_walk.zip").unlink()
    (folder / "scenario01-walk.sqlite").unlink()
    rows = [(1, 2, 20, -61, 1.5), (1, 2, 50, -62, 1.5)]
    radio_data.write_table(folder / "scenario01-walk.sqlite", *rows)
    found = scenario(run(capsys, str(folder)))["captures"]
    assert found["truth"] == "fixed"
    assert (found["opens"][-16:], found["closes"][-16:]) == ("14:40:20.000000Z", "14:40:50.000000Z")
    assert (found["sightings"], found["found"], found["found_with_distance"]) == (3, 2, 2)


def test_times_in_milliseconds_are_told_by_their_size(tmp_path: Path) -> None:
    path = tmp_path / "scenario01-x.sqlite"
    radio_data.write_table(path, (1, 2, 5, -70, 1.0))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE results SET timestamp = timestamp * 1000")
    (row,) = read_table(path)
    assert row.sighting.at_us == (radio_data.OPENS + 5) * 1_000_000


def test_an_identifier_under_two_addresses_is_reported_with_its_lifetime(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [
        (second, radio_data.heard(2, 1, address=address))
        for second, address in ((1, b"first."), (9, b"first."), (786.5, b"second"))
    ]
    (folder / "pcaps" / "01.btsnoop").write_bytes(radio_data.log_of(*events))
    (experiment,) = run(capsys, str(folder))["experiments"]
    assert experiment["identifiers_under_several_addresses"] == [
        {"addresses": 2, "lifetime": "13:05", "lifetime_seconds": 785.5}
    ]


def test_an_iphones_identifiers_are_told_by_the_flags_of_their_adverts(folder: Path) -> None:
    events = [(1, radio_data.heard(2, 1)), (2, radio_data.heard(3, 1, iphone=True))]
    path = folder / "pcaps" / "01.btsnoop"
    path.write_bytes(radio_data.log_of(*events))
    log = read_logs({1: path}, [])[1]
    assert log.from_iphones == {radio_data.service_data(3, 1)[:16]}


def test_precision_and_recall_are_none_where_nothing_is_called_or_near() -> None:
    nothing = judge([Point(60, 3.0)], threshold_db=55, distance_m=2)
    assert nothing == Outcome(threshold_db=55, distance_m=2, n=1, relevant=0, tp=0, fp=0)
    assert (nothing.precision, nothing.recall) == (None, None)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"datetime": []},
        {"datetime": ["yesterday"]},
        {"datetime": ["2020-07-30 14:00:01.0", "2020-07-30 14:00:00.0"]},
        {"datetime": ["2020-07-30 14:00:01.0"], "1": []},
        {"datetime": ["2020-07-30 14:00:01.0"], "1": [[1.0]]},
        {"datetime": ["2020-07-30 14:00:01.0"], "1": [["here", 0.0, 0.0]]},
        {"datetime": 5},
        [],
    ],
)
def test_a_film_that_is_none_is_refused_by_its_name(tmp_path: Path, content: object) -> None:
    path = tmp_path / "0_x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.json", json.dumps(content))
    with pytest.raises(MalformedError, match=r"0_x\.zip"):
        read_camera(path, [])


@pytest.mark.parametrize("name", ["scenario01-walk.sqlite", "computer-vision/0_walk.zip"])
def test_a_damaged_file_ends_the_run_with_one_line_and_status_2(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_bytes(b"neither one nor the other")
    assert main([str(folder)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("radio: ")
    assert shown.err.count("\n") == 1
    assert name in shown.err


def test_a_folder_without_measurements_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert "neither Bluetooth logs nor tables" in capsys.readouterr().err
    assert main([str(tmp_path / "nowhere")]) == 2


def test_tables_fit_a_terminal_of_eighty_columns(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main([str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "scenario01-walk" in shown
    assert "…" not in shown
