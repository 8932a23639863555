"""The benchmark of radio on other folders: where it looks, what is missing, and what is odd."""

import gzip
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import radio_data
from benchmarks.radio.__main__ import main
from benchmarks.radio.camera import read_camera
from benchmarks.radio.collection import find_experiments
from benchmarks.radio.table import models, read_table
from capture_logs import btsnoop_header, ios, packetlogger_record, set_extended
from dp3t.errors import MalformedError

Document = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return radio_data.experiment(tmp_path / "data" / "collection" / "exp34-epfl-soldiers")


def run(capsys: pytest.CaptureFixture[str], folder: Path) -> Document:
    assert main([str(folder), "--json"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    (experiment,) = json.loads(shown.out)["experiments"]
    assert isinstance(experiment, dict)
    return experiment


def refused(capsys: pytest.CaptureFixture[str], folder: Path) -> str:
    assert main([str(folder), "--json"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    return line


def test_an_experiment_is_found_under_folders_of_other_data(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = folder.parents[1] / "contacts"
    other.mkdir()
    (other / "scenario.txt").write_text("1 2 3")
    (folder.parent / "figures").mkdir()
    whole = run(capsys, folder.parents[1])
    assert whole == run(capsys, folder)
    assert whole["missing"] == {"logs": [3], "films": [], "tables": []}
    assert whole["unread"] == {}


def test_deeper_folders_than_four_are_not_searched(tmp_path: Path) -> None:
    radio_data.experiment(tmp_path / "a/b/c/d")
    assert [found.name for found in find_experiments(tmp_path)] == ["d"]
    shutil.move(tmp_path / "a", tmp_path / "z" / "a")
    with pytest.raises(MalformedError, match="neither Bluetooth logs nor tables"):
        find_experiments(tmp_path)


@pytest.mark.parametrize("name", ["pcaps/01.btsnoop.gz", "01.btsnoop", "01-s10.BTSNOOP"])
def test_a_log_may_be_packed_or_lie_elsewhere_or_say_its_model(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = run(capsys, folder)
    log = folder / "pcaps" / "01.btsnoop"
    data = log.read_bytes()
    log.unlink()
    (folder / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    assert run(capsys, folder) == expected


@pytest.mark.parametrize("order", [">", "<"])
def test_an_iphones_log_of_either_byte_order_is_read_beside_an_androids(
    folder: Path, order: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pcaps" / "02.btsnoop").unlink()
    told = [
        packetlogger_record(
            set_extended(ios(radio_data.service_data(2, number))),
            at_us=round((radio_data.OPENS + radio_data.AHEAD + at) * 1_000_000),
            order=order,
        )
        for number, at in ((0, -30), (1, 10))
    ]
    (folder / "02.pklg").write_bytes(b"".join(told))
    captures = run(capsys, folder)["scenarios"][0]["captures"]
    assert (captures["sightings"], captures["found"]) == (4, 3)


def test_a_log_of_no_phone_or_another_format_or_empty_or_second_is_said_not_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pcaps" / "sniffer.btsnoop").write_bytes(b"")
    (folder / "pcaps" / "03.btsnoop").write_bytes(b"")
    (folder / "pcaps" / "01.pklg").write_bytes(b"\0")
    (folder / "pcaps" / "04.btsnoop").mkdir()
    (folder / "pcaps" / "05.pcapng").write_bytes(b"\n\r\r\n")
    experiment = run(capsys, folder)
    assert experiment["unread"] == {
        "pcaps/01.pklg": "01.btsnoop is read for this phone",
        "pcaps/03.btsnoop": "it is empty",
        "pcaps/05.pcapng": "it is neither BTSnoop nor PacketLogger",
        "pcaps/sniffer.btsnoop": "its name does not begin with the number of a phone",
    }
    assert experiment["missing"]["logs"] == [3]
    assert [phone["phone"] for phone in experiment["phones"]] == [1, 2]
    assert main([str(folder)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "exp34-epfl-soldiers: missing are logs of phones 03" in shown
    assert "pcaps/03.btsnoop is not read: it is empty" in shown


def test_a_log_without_adverts_is_a_log(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pcaps" / "03.btsnoop").write_bytes(btsnoop_header())
    experiment = run(capsys, folder)
    assert experiment["missing"]["logs"] == []
    assert experiment["phones"][2]["adverts_received"] == 0


def test_without_its_film_a_scenario_has_no_truth_and_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "computer-vision" / "0_walk.zip").unlink()
    experiment = run(capsys, folder)
    assert experiment["missing"]["films"] == ["scenario01-walk"]
    captures = experiment["scenarios"][0]["captures"]
    assert captures["truth"] == "none"
    compared = ("found_with_distance", "unequal_distances", "largest_difference_m")
    assert [captures[field] for field in compared] == [None] * 3
    assert main([str(folder)]) == 0
    assert "not compared" in capsys.readouterr().out
    assert [each["source"] for each in experiment["scenarios"][0]["outcomes"]] == ["table"] * 4


def test_without_tables_the_logs_are_counted_and_the_films_theme_is_missing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "scenario01-walk.sqlite").unlink()
    experiment = run(capsys, folder)
    assert experiment["missing"] == {"logs": [], "films": [], "tables": ["walk"]}
    assert experiment["scenarios"] == []
    assert experiment["phones"][0]["adverts_received"] == 6


def test_without_logs_the_tables_are_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / "pcaps")
    experiment = run(capsys, folder)
    assert experiment["missing"]["logs"] == [1, 2, 3]
    (scenario,) = experiment["scenarios"]
    assert (scenario["captures"], scenario["rows_with_distance"]) == (None, 5)


@pytest.mark.parametrize(
    ("scenario", "opens", "closes"),
    [
        ("scenario01-lunch", "2020-07-30T12:49:15.856667Z", "2020-07-30T13:20:32.378899Z"),
        ("scenario02-train", "2020-07-30T13:28:11.136228Z", "2020-07-30T13:59:06.807749Z"),
        ("scenario03-office", "2020-07-30T14:05:17.992095Z", "2020-07-30T14:34:12.729496Z"),
        ("scenario04-queue", "2020-07-30T14:40:20.000000Z", "2020-07-30T14:40:53.000000Z"),
    ],
)
def test_a_soldiers_scenario_without_film_lasts_as_it_was_published_or_as_its_rows(
    folder: Path, scenario: str, opens: str, closes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / "computer-vision")
    (folder / "scenario01-walk.sqlite").rename(folder / f"{scenario}.sqlite")
    captures = run(capsys, folder)["scenarios"][0]["captures"]
    assert (captures["opens"], captures["closes"]) == (opens, closes)


CHAMBER = """# README\r
\r
Anechoic chamber\r
* Fixed id 23 (Pixel 4)\r
    * id 24 Pixel 4, 0.5 hour\r
    * id 18 Samsung GA40, 0.5 hour\r
    * id  2 Samsung GS10, 0.5 hour\r
"""


def test_a_chambers_readme_with_carriage_returns_names_the_models(folder: Path) -> None:
    (folder / "README.md").write_bytes(CHAMBER.encode() + b"caf\xe9 in another encoding")
    (found,) = find_experiments(folder)
    assert found.short_models == {23: "Pixel 4", 24: "Pixel 4", 18: "GA40", 2: "GS10"}
    rows = read_table(found.tables["scenario01-walk"])
    assert models([rows], found.short_models)[24] == "Pixel 4"


def test_a_folder_without_readme_has_models_from_its_tables_alone(folder: Path) -> None:
    (folder / "README.md").unlink()
    (found,) = find_experiments(folder)
    assert found.short_models == {}
    assert models([read_table(found.tables["scenario01-walk"])], {})[2] == "model 2"


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "scenario01-walk.sqlite")) as database, database:
        database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE results SET rssi = NULL WHERE db_id = 2", "row 2"),
        ("UPDATE results SET timestamp = 'noon' WHERE db_id = 3", "row 3"),
        ("UPDATE results SET timestamp = 9e999 WHERE db_id = 3", "row 3"),
        ("UPDATE results SET ground_truth_distance = 'far' WHERE db_id = 1", "row 1"),
        ("UPDATE results SET ground_truth_distance = -1 WHERE db_id = 1", "row 1"),
        ("UPDATE results SET ground_truth_distance = 9e999 WHERE db_id = 1", "row 1"),
        ("ALTER TABLE results DROP COLUMN rssi", "rssi"),
        ("DROP TABLE results", "results"),
    ],
)
def test_a_fault_in_a_table_is_told_by_file_and_row(
    folder: Path, statement: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, statement)
    line = refused(capsys, folder)
    assert line.startswith(f"radio: {folder / 'scenario01-walk.sqlite'}")
    assert what in line


def test_a_chamber_with_one_distance_misses_no_film(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / "computer-vision")
    change(folder, "UPDATE results SET ground_truth_distance = 1")
    experiment = run(capsys, folder)
    assert experiment["missing"]["films"] == []
    assert experiment["scenarios"][0]["captures"]["truth"] == "fixed"


def test_a_table_without_rows_is_a_scenario_without_outcomes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, "DELETE FROM results")
    (scenario,) = run(capsys, folder)["scenarios"]
    assert (scenario["rows"], scenario["captures"], scenario["outcomes"]) == (0, None, [])


Spoil = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    ("file", "spoil", "what"),
    [
        ("pcaps/01.btsnoop", lambda data: data[:-1], "record at offset"),
        ("pcaps/01.btsnoop", lambda data: data[:9], "cut short"),
        ("pcaps/01.btsnoop", lambda _: b"version https://git-lfs", "neither a BTSnoop"),
        ("pcaps/01.btsnoop.gz", lambda data: gzip.compress(data)[:-9], "gzip"),
        ("pcaps/01.btsnoop.gz", lambda data: data, "gzip"),
        ("scenario01-walk.sqlite", lambda _: b"", "results"),
        ("computer-vision/0_walk.zip", lambda data: data[: len(data) // 2], "places"),
        ("computer-vision/0_walk.zip", lambda data: data[:250] + b"\0" + data[251:], "0_walk"),
    ],
)
def test_a_damaged_file_is_told_by_name_and_place(
    folder: Path, file: str, spoil: Spoil, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = folder / file.removesuffix(".gz")
    data = source.read_bytes()
    source.unlink()
    (folder / file).write_bytes(spoil(data))
    line = refused(capsys, folder)
    assert line.startswith(f"radio: {folder / file}")
    assert what in line


def test_a_place_that_is_no_number_is_a_person_unseen(tmp_path: Path) -> None:
    film = tmp_path / "0_walk.zip"
    content = {
        "datetime": ["2020-07-30 16:40:00", "2020-07-30 16:40:01.5"],
        "1": [[0, 0, 0], [0, 0, 0]],
        "2": [[float("nan"), 1, 0], [3, 4, 0]],
    }
    with zipfile.ZipFile(film, "w") as archive:
        archive.writestr("walk.json", json.dumps(content))
    camera = read_camera(film, [])
    assert camera.distance_m(1, 2, camera.frames_us[0]) is None
    assert camera.distance_m(1, 2, camera.frames_us[1]) == 5


def test_a_film_whose_compression_is_broken_is_refused_by_its_name(tmp_path: Path) -> None:
    film = tmp_path / "0_walk.zip"
    with zipfile.ZipFile(film, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("walk.json", json.dumps({"datetime": list(range(999))}))
    data = film.read_bytes()
    begins = data.index(b"walk.json") + len(b"walk.json")
    film.write_bytes(data[:begins] + b"\xff" * 9 + data[begins + 9 :])
    with pytest.raises(MalformedError, match=r"0_walk\.zip: not an archive of places"):
        read_camera(film, [])
