import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dp3t.cli import boundary, capture, replay
from shared_data import shared

ADVERT = bytes.fromhex("03036ffd17166ffd") + bytes(range(20))


def packetlogger(*bodies: tuple[int, int, bytes]) -> bytes:
    """Write records of Unix seconds, type and packet."""
    return b"".join(
        (len(body) + 9).to_bytes(4, "big")
        + seconds.to_bytes(4, "big")
        + (42).to_bytes(4, "big")
        + bytes([kind])
        + body
        for seconds, kind, body in bodies
    )


HEARD = b"\x3e" + bytes([40, 2, 1, 3, 1]) + bytes(6) + bytes([28]) + ADVERT + b"\xba"
TOLD = b"\x4b\xfd\x21\x03\x1c" + ADVERT.ljust(31, b"\0")


def adverts(*arguments: str) -> str:
    result = CliRunner().invoke(capture.app, ["adverts", *arguments], catch_exceptions=False)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.spec("CAPTURE-15")
def test_json_is_one_list_with_an_object_for_each_file_in_order(tmp_path: Path) -> None:
    first, second = tmp_path / "first.pklg", tmp_path / "second"
    first.write_bytes(packetlogger((1_596_120_000, 1, HEARD), (1_596_120_001, 0, TOLD)))
    second.write_bytes(packetlogger((1_596_120_000, 0, TOLD)))
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
    log.write_bytes(packetlogger((1_596_120_000, 1, HEARD)))
    printed = adverts(str(log))
    assert title in printed
    assert "2020-07-30 14:40:00" in printed


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "neither a BTSnoop nor a PacketLogger capture"),
        (packetlogger((0, 0, TOLD))[:-1], "the record at offset 0 runs past the end of the file"),
        (b"btsnoop\0\0\0\0\x02\0\0\x03\xea", "BTSnoop version 2 is not read"),
    ],
)
def test_a_damaged_log_ends_in_one_line_that_names_file_and_fault(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]], content: bytes, fault: str
) -> None:
    sound, damaged = tmp_path / "sound", tmp_path / "damaged"
    sound.write_bytes(packetlogger((0, 0, TOLD)))
    damaged.write_bytes(content)
    status, printed, complaint = run("adverts", str(sound), str(damaged), "--json")
    assert (status, printed, complaint.count("\n")) == (2, "", 1)
    assert complaint.startswith(f"dp3t: {damaged}: ")
    assert fault in complaint


def test_a_missing_file_ends_in_one_line(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    status, printed, complaint = run("adverts", str(tmp_path / "nowhere"))
    assert (status, printed, complaint.count("\n")) == (2, "", 1)
    assert "nowhere" in complaint


def test_a_file_without_end_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    monkeypatch.setattr(capture, "MAX_LOG_BYTES", 10)
    log = tmp_path / "log"
    log.write_bytes(bytes(11))
    assert run("adverts", str(log)) == (
        2,
        "",
        f"dp3t: {log}: the file has more than 10 bytes\n",
    )


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run `adverts` or, without a command, `replay` behind the real error boundary."""

    def invoke(*arguments: str) -> tuple[int, str, str]:
        app = capture.app if arguments[0] == "adverts" else replay.app
        monkeypatch.setattr("sys.argv", ["dp3t", *arguments])
        with pytest.raises(SystemExit) as ended:
            boundary.run(app, name="dp3t")
        printed = capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return code, printed.out, printed.err

    return invoke


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


# Replay


def replayed(receiver: Path, sender: Path, *options: str) -> dict[str, int | float | str | None]:
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
    receiver.write_bytes(packetlogger(*((1_596_120_000 + n, 1, HEARD) for n in (0, 300, 540))))
    sender.write_bytes(packetlogger((1_596_113_200, 0, TOLD)))
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
    run: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    said: str,
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    monkeypatch.setenv("COLUMNS", "120")
    receiver, sender = map(str, pair)
    status, printed, complaint = run("--receiver", receiver, "--sender", sender)
    assert (status, complaint) == (0, "")
    assert said in printed
    assert "2020-07-30 14:40:00" in printed


def test_a_damaged_log_or_an_offset_out_of_this_world_ends_in_one_line(
    pair: tuple[Path, Path], run: Callable[..., tuple[int, str, str]]
) -> None:
    receiver, sender = map(str, pair)
    assert run("--receiver", receiver, "--sender", sender, "--utc-offset", "1600000000") == (
        2,
        "",
        f"dp3t: {receiver}: with this offset the log is dated outside 1970 to 2106\n",
    )
    pair[1].write_bytes(b"nonsense")
    assert run("--receiver", receiver, "--sender", sender, "--json") == (
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
