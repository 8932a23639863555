"""`dp3t match` at the terminal."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from capture_logs import android, legacy, legacy_report, packetlogger_at
from dp3t.cli import match
from dp3t.cli.commands import app as whole
from dp3t.proximity.export.content import ExportedKey
from dp3t.proximity.gaen import TemporaryExposureKey, identifiers
from dp3t.proximity.kernels import engine
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Instant, Interval
from key_files import KEY, OTHER, written
from phones import LATER, MORNING, RELEASE, STATE_KEY, batch_of, batch_with, hear, new, rand, say
from phones import report as reported
from publication_cases import SIGNER, signer
from terminal import Terminal

BATCH_KEY = SIGNER.public().public.hex()
EXPORT_KEY = KEY.public().to_bytes().hex()


@dataclass(frozen=True)
class Files:
    """Files in a folder of their own.

    Attributes:
        phone: options for a saved phone that heard somebody twice.
        log: options for the log of another that heard the same key.
        batch: the key that was heard, in a batch.
        export: the same in a key file, one of one.
    """

    folder: Path
    phone: tuple[str, ...]
    log: tuple[str, ...]
    batch: Path
    export: Path
    key: bytes

    def write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path


@pytest.fixture
def files(tmp_path: Path) -> Files:
    ours, theirs = new("gaen"), new("gaen")
    for now, rssi_dbm in ((MORNING, -70), (MORNING + 300, -60)):
        ours.tick(Instant(now), rand=rand)
        hear(ours, say(theirs, now), now, rssi_dbm=rssi_dbm)
    report = reported(theirs, LATER)
    record = next(
        each for each in report.records if each.attributes[0] <= MORNING // 600 < LATER // 600
    )
    exported = ExportedKey(
        key=TemporaryExposureKey(
            key=record.key,
            rolling_start=Interval(record.attributes[0]),
            rolling_period=record.attributes[1],
        )
    )
    identifier = identifiers(record.key, [Interval(MORNING // 600)])
    packet = legacy(legacy_report(android(identifier + bytes(4))))
    contents = {
        "phone": ours.save(key=STATE_KEY, rand=rand),
        "phone.key": STATE_KEY.hex().encode() + b"\n",
        "log": packetlogger_at((MORNING + 3600, packet), (MORNING + 3700, packet)),
        "batch": batch_of(report, release=RELEASE).sign(SIGNER),
        "export.zip": written(exported, start=Instant(RELEASE - 7200), end=RELEASE),
    }
    paths = {}
    for name, data in contents.items():
        paths[name] = tmp_path / name
        paths[name].write_bytes(data)
    return Files(
        folder=tmp_path,
        phone=("--phone", str(paths["phone"]), "--phone-key", str(paths["phone.key"])),
        log=("--capture", str(paths["log"]), "--utc-offset", "3600"),
        batch=paths["batch"],
        export=paths["export.zip"],
        key=record.key,
    )


def document(terminal: Terminal, *arguments: object) -> dict[str, Any]:
    status, printed, complaint = terminal.run(match.app, *arguments, "--json")
    assert (status, complaint) == (0, "")
    found: dict[str, Any] = json.loads(printed)
    return found


@pytest.mark.spec("TERMINAL-17")
@pytest.mark.parametrize("threads", [1, 2])
def test_a_saved_phone_finds_what_it_heard_in_a_batch_and_in_a_key_file(
    files: Files, terminal: Terminal, threads: int
) -> None:
    for path, key in ((files.batch, BATCH_KEY), (files.export, EXPORT_KEY)):
        options = (*files.phone, "--public-key", key, "--threads", threads)
        found = document(terminal, path, *options)
        (file,) = found["files"]
        assert file | {"keys": 0} == {
            "file": str(path),
            "design": "gaen",
            "region": "VN",
            "release": "2020-04-25T10:00:00Z",
            "keys": 0,
            "verified": True,
        }
        assert found["keys"] == file["keys"] > 0
        assert found["matches"] == [
            {
                "key": files.key.hex(),
                "day": "2020-04-25",
                "first": "2020-04-25T08:02:00Z",
                "last": "2020-04-25T08:07:00Z",
                "sightings": 2,
                "strongest_dbm": -60,
            }
        ]


def test_a_log_is_matched_in_utc(files: Files, terminal: Terminal) -> None:
    found = document(terminal, files.batch, *files.log, "--public-key", BATCH_KEY)
    (one,) = found["matches"]
    assert (one["first"], one["sightings"]) == ("2020-04-25T08:02:00Z", 2)
    without = document(terminal, files.batch, *files.log[:2], "--public-key", BATCH_KEY)
    assert len(without["matches"]) == 1  # an hour is within the two that clocks may differ
    late = document(
        terminal, files.batch, *files.log[:2], "--utc-offset", "-9000", "--public-key", BATCH_KEY
    )
    assert late["matches"] == []


def test_a_batch_of_another_design_is_matched_with_a_log(files: Files, terminal: Terminal) -> None:
    record = KeyRecord((MORNING // 86_400,), bytes(32))
    batch = batch_with([record], name="lowcost", release=RELEASE).sign(SIGNER)
    path = files.write("lowcost", batch)
    assert not document(terminal, path, *files.log, "--public-key", BATCH_KEY)["matches"]


def test_a_key_file_that_nobody_vouches_for_is_matched_and_said_to_be_so(
    files: Files, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, printed, warning = terminal.run(match.app, files.export, *files.phone, "--json")
    found = json.loads(printed)
    assert (status, found["files"][0]["verified"], len(found["matches"])) == (0, False, 1)
    assert terminal.run(match.app, files.export, *files.phone)[::2] == (0, warning)
    assert warning.startswith(f"warning: {files.export} is not verified: without --public-key ")
    assert warning.count("\n") == 1
    monkeypatch.setenv("DP3T_LANG", "vi")
    _, _, warning = terminal.run(match.app, files.export, *files.phone)
    assert warning.startswith(f"cảnh báo: {files.export} chưa được xác minh: ")


def test_a_file_that_somebody_vouches_for_brings_no_warning(
    files: Files, terminal: Terminal
) -> None:
    document(terminal, files.export, *files.phone, "--public-key", EXPORT_KEY)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("1 identifiers heard follow from", "Sightings", "Strongest dBm")),
        ("vi", ("1 mã đã nghe được sinh ra từ", "Số lần nghe", "Mạnh nhất dBm")),
    ],
)
def test_without_json_a_person_reads_a_table(
    files: Files,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    said: tuple[str, ...],
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    monkeypatch.setenv("COLUMNS", "100")
    options = (*files.phone, "--public-key", BATCH_KEY)
    status, printed, complaint = terminal.run(match.app, files.batch, *options)
    assert (status, complaint) == (0, "")
    assert "2020-04-25 08:02:00" in printed
    assert all(each in printed for each in said)


def test_the_first_compilation_is_announced_where_a_file_is_large(
    files: Files, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()

    def prepare(designs: list[str], *, announce: Any) -> bool:
        asked.extend(designs)
        announce(designs[0])
        return False

    monkeypatch.setattr(engine, "prepare", prepare)
    options = (files.batch, *files.phone, "--public-key", BATCH_KEY, "--json")
    _, _, complaint = terminal.run(match.app, *options)
    assert (asked, complaint) == ([], "")
    monkeypatch.setattr(engine, "WORTHWHILE_KEYS", 1)
    status, printed, complaint = terminal.run(match.app, *options)
    assert (status, asked) == (0, ["gaen"])
    assert "gaen" in complaint
    assert complaint.count("\n") == 1
    json.loads(printed)


@pytest.mark.spec("TERMINAL-1")
@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda data: b"", "the file is empty"),
        (lambda data: data[:50], "truncated"),
        (lambda data: data[:-1], "does not verify"),
        (lambda data: data[:90] + bytes([data[90] ^ 1]) + data[91:], "does not verify"),
        (lambda data: data + b"\0", "does not verify"),
    ],
    ids=["empty", "header-cut", "cut", "flipped", "longer"],
)
def test_a_damaged_batch_ends_in_one_line(
    files: Files, terminal: Terminal, damage: Any, fault: str
) -> None:
    path = files.write("bad", damage(files.batch.read_bytes()))
    complaint = refused(terminal, path, *files.phone, "--public-key", BATCH_KEY)
    assert str(path) in complaint
    assert fault in complaint


@pytest.mark.spec("TERMINAL-1")
@pytest.mark.parametrize("place", [40, 100, 200, -30])
def test_a_key_file_with_a_bit_flipped_ends_in_one_line(
    files: Files, terminal: Terminal, place: int
) -> None:
    data = bytearray(files.export.read_bytes())
    data[place] ^= 1
    path = files.write("bad.zip", bytes(data))
    assert str(path) in refused(terminal, path, *files.phone, "--public-key", EXPORT_KEY)


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3")
@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["BATCH", "PHONE"], "untrusted key"),
        (["BATCH", "PHONE", "--public-key", signer(7).public().public.hex()], "untrusted key"),
        (["EXPORT", "PHONE", "--public-key", OTHER.public().to_bytes().hex()], "no signature"),
        (["BATCH", "BATCH", "PHONE", "KEY"], "batch: this file is given twice"),
        (["BATCH", "./batch", "PHONE", "KEY"], "batch: this file is given twice"),
        (["EXPORT", "EXPORT", "PHONE"], "export.zip: this file is given twice"),
        (["copy", "BATCH", "PHONE", "KEY"], "batch gaen VN 2020-04-25T10:00:00Z, and so is copy"),
        (["copy.zip", "EXPORT", "PHONE"], "2020-04-25T10:00:00Z, and so is copy.zip"),
        (["empty.zip", "PHONE"], "empty.zip: the zip has 0 members, not export.bin and export.sig"),
        (["key.pem", "PHONE"], "key.pem: a key in PEM, which --public-key takes"),
        (
            ["EXPORT", "PHONE", "--public-key", "lost.pem"],
            "--public-key: lost.pem is neither a fil",
        ),
        (["EXPORT", "PHONE", "--public-key", "aa" * 33], "--public-key: not a P-256 public key"),
        (["EXPORT", "PHONE", "--public-key", "batch"], "--public-key: batch: no public key in PEM"),
        (["BATCH", "KEY"], "needs --phone and --phone-key, or --capture"),
        (["BATCH", "PHONE", "LOG", "KEY"], "needs --phone and --phone-key, or --capture"),
        (["BATCH", "--phone", "phone", "KEY"], "needs --phone and --phone-key, or --capture"),
        (["nowhere", "PHONE", "KEY"], "nowhere"),
        (["BATCH", "--phone", "batch", "--phone-key", "phone.key", "KEY"], "not a saved phone"),
        (["BATCH", "--phone", "phone", "--phone-key", "other.key", "KEY"], "does not open"),
        (["BATCH", "--phone", "phone", "--phone-key", "batch", "KEY"], "more than 128 bytes"),
        (["BATCH", "--phone", "phone", "--phone-key", "short.key", "KEY"], "the phone's key has"),
        (["BATCH", "--capture", "batch", "KEY"], "batch: "),
        (["lowcost", "PHONE", "KEY"], "not of the design gaen"),
        (["BATCH", "PHONE", "KEY", "--threads", "0"], "threads"),
        (["half.zip", "PHONE"], "key file 2 of 2"),
        (["PHONE"], "FILE"),
    ],
)
def test_what_cannot_be_matched_ends_in_one_line(
    files: Files,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    fault: str,
) -> None:
    monkeypatch.chdir(files.folder)
    files.write("other.key", bytes(32).hex().encode())
    files.write("short.key", b"00ff")
    record = KeyRecord((MORNING // 86_400,), bytes(32))
    lowcost = batch_with([record], name="lowcost", release=RELEASE)
    files.write("lowcost", lowcost.sign(SIGNER))
    half = written(start=Instant(0), end=RELEASE, batch_size=2)
    files.write("half.zip", half)
    files.write("copy", files.batch.read_bytes())
    files.write("copy.zip", files.export.read_bytes())
    files.write("empty.zip", b"PK\5\6" + bytes(18))
    files.write("key.pem", KEY.public().to_pem())
    words = {
        "BATCH": (str(files.batch),),
        "EXPORT": (str(files.export),),
        "PHONE": files.phone,
        "LOG": files.log,
        "KEY": ("--public-key", BATCH_KEY),
    }
    spelled = [word for each in arguments for word in words.get(each, (each,))]
    complaint = refused(terminal, *spelled)
    assert fault in complaint
    assert STATE_KEY.hex() not in complaint
    assert "00ff" not in complaint


def refused(terminal: Terminal, *arguments: object) -> str:
    status, printed, complaint = terminal.run(match.app, *arguments, "--json")
    assert (status, printed, complaint.count("\n")) == (2, "", 1)
    return complaint


def test_the_command_is_one_of_the_programs(terminal: Terminal) -> None:
    status, printed, _ = terminal.run(whole, "match", "--help")
    assert status == 0
    assert "--phone-key" in printed
