"""`dp3t replay` at the terminal."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from capture_logs import android, legacy, legacy_report, packetlogger_at, set_apple
from dp3t.cli import replay
from dp3t.proximity.exposure.presets import PRESETS
from shared_data import shared
from terminal import Terminal, dp3t

HEARD, TOLD = legacy(legacy_report(android())), set_apple(android())


def replayed(receiver: Path, sender: Path, *options: str) -> dict[str, Any]:
    arguments = ["--receiver", str(receiver), "--sender", str(sender), "--json", *options]
    result = CliRunner().invoke(replay.app, arguments, catch_exceptions=False)
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert isinstance(document, dict)
    return document


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A receiver that hears for nine minutes what a sender sets two hours earlier."""
    receiver, sender = tmp_path / "receiver", tmp_path / "sender"
    receiver.write_bytes(packetlogger_at(*((1_596_120_000 + n, HEARD) for n in (0, 300, 540))))
    sender.write_bytes(packetlogger_at((1_596_113_200, TOLD)))
    return receiver, sender


@pytest.mark.spec("CAPTURE-17", "CAPTURE-18", "CAPTURE-19")
def test_a_replay_is_one_json_object_in_utc(pair: tuple[Path, Path]) -> None:
    assert replayed(*pair, "--utc-offset", "7200") == {
        "identifiers_published": 1,
        "identifiers_seen": 1,
        "sightings": 2,
        "first": "2020-07-30T12:40:00.000042Z",
        "last": "2020-07-30T12:45:00.000042Z",
        "minutes_in_contact": 5.0,
    }


@pytest.mark.spec("CAPTURE-18")
def test_the_sender_can_keep_another_time(pair: tuple[Path, Path]) -> None:
    found = replayed(*pair, "--utc-offset", "7200", "--sender-utc-offset", "0")
    assert (found["sightings"], found["minutes_in_contact"]) == (3, 9.0)


def test_a_replay_without_sightings_has_no_times(pair: tuple[Path, Path]) -> None:
    receiver, sender = pair
    assert replayed(sender, receiver) == {
        "identifiers_published": 0,
        "identifiers_seen": 0,
        "sightings": 0,
        "first": None,
        "last": None,
        "minutes_in_contact": 0,
    }


@pytest.mark.parametrize(
    ("language", "said"), [("en", "5.00 minutes in contact"), ("vi", "ít nhất 5,00 phút")]
)
def test_without_json_a_replay_shows_its_episodes(
    pair: tuple[Path, Path],
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    said: str,
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    monkeypatch.setenv("COLUMNS", "120")
    receiver, sender = map(str, pair)
    status, printed, complaint = terminal.run(
        replay.app, "--receiver", receiver, "--sender", sender
    )
    assert (status, complaint) == (0, "")
    assert said in printed
    assert "2020-07-30 14:40:00" in printed


def test_a_damaged_log_or_an_offset_out_of_this_world_ends_in_one_line(
    pair: tuple[Path, Path], terminal: Terminal
) -> None:
    receiver, sender = map(str, pair)
    assert terminal.run(
        replay.app, "--receiver", receiver, "--sender", sender, "--utc-offset", "1600000000"
    ) == (
        2,
        "",
        f"dp3t: {receiver}: with this offset the log is dated outside 1970 to 2106\n",
    )
    pair[1].write_bytes(b"nonsense")
    assert terminal.run(replay.app, "--receiver", receiver, "--sender", sender, "--json") == (
        2,
        "",
        f"dp3t: {sender}: neither a BTSnoop nor a PacketLogger capture\n",
    )


@pytest.mark.spec("CAPTURE-17", "CAPTURE-18")
def test_a_pixel_in_utc_heard_a_samsung_in_local_time() -> None:
    """The table beside the logs has 54 rows of this receiver and this sender."""
    folder = "data/bt-measurements/exp28-calibration-pixel4-to-android-anechoic"
    logs = (shared(f"{folder}/23.btsnoop"), shared(f"{folder}/02.btsnoop"))
    assert replayed(*logs, "--sender-utc-offset", "7200") == {
        "identifiers_published": 3,
        "identifiers_seen": 3,
        "sightings": 54,
        "first": "2020-06-11T14:06:41.792789Z",
        "last": "2020-06-11T14:33:48.323804Z",
        "minutes_in_contact": 27.11,
    }


# Scores

S10 = ("--calibration", "SM-G973F")


@pytest.mark.spec("CAPTURE-20", "CAPTURE-21")
def test_a_contact_is_weighed_on_request(pair: tuple[Path, Path]) -> None:
    """Two sightings of 49 dB in scans 5 minutes apart: 2 and 5 minutes, which weigh 1.75 each."""
    found = replayed(*pair, "--utc-offset", "7200", "--score", "gaen-v2", *S10)
    assert found["sightings"] == 2
    assert found["score"] == {
        "preset": "gaen-v2",
        "algorithm": "gaen-v2",
        "unit": "weighted seconds",
        "calibration": {
            "name": "SM-G973F",
            "tx_power_dbm": -24,
            "rx_correction_db": -3,
            "confidence": "medium",
        },
        "days": [{"day": "2020-07-30", "score": 735.0, "notify": False}],
        "notify": False,
    }


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_weighs_a_replay(pair: tuple[Path, Path], preset: str) -> None:
    found = replayed(*pair, "--sender-utc-offset", "0", "--score", preset, *S10)["score"]
    (day,) = found["days"]
    assert day["score"] > 0
    assert found["notify"] is day["notify"] is (day["score"] >= PRESETS[preset].notify_at)


def test_a_replay_without_sightings_has_no_day_to_weigh(pair: tuple[Path, Path]) -> None:
    receiver, sender = pair
    found = replayed(sender, receiver, "--score", "dp3t", *S10)["score"]
    assert (found["days"], found["notify"]) == ([], False)


def test_a_contact_before_the_look_back_is_not_weighed(pair: tuple[Path, Path]) -> None:
    """The sender's log goes on for 11 days more; `swisscovid` looks back 10, `dp3t` 14."""
    late = (1_596_113_200 + 12 * 86400, TOLD)
    pair[1].write_bytes(packetlogger_at((1_596_113_200, TOLD), late))
    days = {
        preset: len(replayed(*pair, "--score", preset, *S10)["score"]["days"])
        for preset in ("swisscovid", "dp3t")
    }
    assert days == {"swisscovid": 0, "dp3t": 1}


def test_a_calibration_comes_from_a_table_by_its_model(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    table = tmp_path / "phones.csv"
    table.write_text("model,tx_power_dbm,rx_correction_db,confidence\nVsmart,-20,2,high\n")
    options = ("--calibration", "Vsmart", "--calibration-table", str(table))
    found = replayed(*pair, "--score", "gaen-v2", *options)["score"]["calibration"]
    assert found == {
        "name": "Vsmart",
        "tx_power_dbm": -20,
        "rx_correction_db": 2,
        "confidence": "high",
    }


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("--score", "dp3t"), "--score needs --calibration"),
        (S10, "are for --score"),
        (("--score", "cwa2", *S10), "no preset is named 'cwa2'"),
        (("--score", "cwa", "--calibration", "Bphone"), "no calibration is named 'Bphone'"),
        (
            ("--score", "cwa", "--calibration", "a", "--calibration-table", "TABLE"),
            "no calibration is named 'a' in TABLE; there are: unsent",
        ),
        (
            ("--score", "cwa", "--calibration", "unsent", "--calibration-table", "TABLE"),
            "has no transmit power",
        ),
        (
            ("--score", "cwa", "--calibration", "a", "--calibration-table", "BYTES"),
            "BYTES: the calibration table is not UTF-8",
        ),
        (("--score", "cwa", "--calibration", "a", "--calibration-table", "nowhere"), "nowhere"),
        (
            ("--score", "cwa", "--calibration", "a", "--calibration-table", "EMPTY"),
            "EMPTY: the calibration table names no model",
        ),
    ],
)
def test_a_score_that_cannot_be_given_ends_in_one_line(
    pair: tuple[Path, Path],
    tmp_path: Path,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    fault: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("TABLE").write_text("[unsent]\nrx_correction_db = 3\n")
    Path("BYTES").write_bytes(b"\xff")
    Path("EMPTY").touch()
    receiver, sender = map(str, pair)
    status, printed, complaint = terminal.run(
        replay.app, "--receiver", receiver, "--sender", sender, *options
    )
    assert (status, printed, complaint.count("\n")) == (2, "", 1)
    assert fault in complaint


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "required with --score; nothing is assumed"), ("vi", "không có giá trị mặc định")],
)
def test_the_help_says_that_no_calibration_is_assumed(
    monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert said in dp3t("replay", "--help", language=language).stdout


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("Risk score", "Warns from", "yes")), ("vi", ("Điểm nguy cơ", "Cảnh báo từ", "có"))],
)
def test_without_json_each_day_has_its_score(
    pair: tuple[Path, Path],
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    said: tuple[str, ...],
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    monkeypatch.setenv("COLUMNS", "100")
    receiver, sender = map(str, pair)
    status, printed, _ = terminal.run(
        replay.app, "--receiver", receiver, "--sender", sender, "--score", "gaen-v1", *S10
    )
    assert status == 0
    assert "2020-07-30" in printed
    assert all(each in printed for each in said)
