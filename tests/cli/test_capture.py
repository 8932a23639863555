"""`dp3t capture` at the terminal."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capture_logs import android, legacy, legacy_report, packetlogger_at, set_apple
from dp3t.cli import capture
from shared_data import shared
from terminal import Terminal

HEARD, TOLD = legacy(legacy_report(android())), set_apple(android())


def adverts(*arguments: str) -> str:
    result = CliRunner().invoke(capture.app, ["adverts", *arguments], catch_exceptions=False)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.spec("CAPTURE-15")
def test_json_is_one_list_with_an_object_for_each_file_in_order(tmp_path: Path) -> None:
    first, second = tmp_path / "first.pklg", tmp_path / "second"
    first.write_bytes(packetlogger_at((1_596_120_000, HEARD), (1_596_120_001, TOLD)))
    second.write_bytes(packetlogger_at((1_596_120_000, TOLD)))
    assert json.loads(adverts(str(second), str(first), "--json")) == [
        {
            "file": str(second),
            "adverts_received": 0,
            "distinct_received": 0,
            "distinct_broadcast": 1,
            "first": None,
            "last": None,
        },
        {
            "file": str(first),
            "adverts_received": 1,
            "distinct_received": 1,
            "distinct_broadcast": 1,
            "first": "2020-07-30T14:40:00.000042Z",
            "last": "2020-07-30T14:40:00.000042Z",
        },
    ]


@pytest.mark.parametrize(("language", "title"), [("en", "Packets"), ("vi", "Gói tin hỏng")])
def test_without_json_a_table_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, title: str
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    monkeypatch.setenv("COLUMNS", "120")
    log = tmp_path / "log"
    log.write_bytes(packetlogger_at((1_596_120_000, HEARD)))
    printed = adverts(str(log))
    assert title in printed
    assert "2020-07-30 14:40:00" in printed


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "neither a BTSnoop nor a PacketLogger capture"),
        (packetlogger_at((0, TOLD))[:-1], "the record at offset 0 runs past the end of the file"),
        (b"btsnoop\0\0\0\0\x02\0\0\x03\xea", "BTSnoop version 2 is not read"),
    ],
)
def test_a_damaged_log_ends_in_one_line_that_names_file_and_fault(
    tmp_path: Path, terminal: Terminal, content: bytes, fault: str
) -> None:
    sound, damaged = tmp_path / "sound", tmp_path / "damaged"
    sound.write_bytes(packetlogger_at((0, TOLD)))
    damaged.write_bytes(content)
    status, printed, complaint = terminal.run(
        capture.app, "adverts", str(sound), str(damaged), "--json"
    )
    assert (status, printed, complaint.count("\n")) == (2, "", 1)
    assert complaint.startswith(f"dp3t: {damaged}: ")
    assert fault in complaint


def test_a_missing_file_ends_in_one_line(tmp_path: Path, terminal: Terminal) -> None:
    status, printed, complaint = terminal.run(capture.app, "adverts", str(tmp_path / "nowhere"))
    assert (status, printed, complaint.count("\n")) == (2, "", 1)
    assert "nowhere" in complaint


def test_a_file_without_end_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, terminal: Terminal
) -> None:
    monkeypatch.setattr(capture, "MAX_LOG_BYTES", 10)
    log = tmp_path / "log"
    log.write_bytes(bytes(11))
    assert terminal.run(capture.app, "adverts", str(log)) == (
        2,
        "",
        f"dp3t: {log}: the file has more than 10 bytes\n",
    )


def test_real_logs_of_both_formats_are_counted() -> None:
    soldiers = "data/bt-measurements/exp34-epfl-soldiers/pcaps"
    iphone = "data/bt-measurements/exp27-calibration-iphone-to-iphone-anechoic/01.pklg"
    files = [shared(f"{soldiers}/08.btsnoop"), shared(iphone)]
    android, apple = json.loads(adverts(*map(str, files), "--json"))
    assert android == {
        "file": str(files[0]),
        "adverts_received": 5_173,
        "distinct_received": 479,
        "distinct_broadcast": 18,
        "first": "2020-07-30T14:39:54.627323Z",
        "last": "2020-07-30T18:23:19.290110Z",
    }
    assert apple == {
        "file": str(files[1]),
        "adverts_received": 33,
        "distinct_received": 5,
        "distinct_broadcast": 4,
        "first": "2020-06-11T12:12:27.078000Z",
        "last": "2020-06-11T13:14:49.411000Z",
    }
