"""Exposure windows of raw captures beside Google's: what agrees, and over whom."""

import json
from pathlib import Path
from typing import Any

import pytest

import radio_data
from benchmarks.radio.__main__ import main
from benchmarks.radio.checks import Ratios, kolmogorov_smirnov
from benchmarks.radio.logs import read_logs
from benchmarks.radio.succession import fewest_senders

Document = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return radio_data.experiment(tmp_path / "exp99")


def google(
    least_db: list[int], *, day_seconds: int = 1_596_067_200, seconds: int = 120
) -> dict[str, Any]:
    scans = [
        {"minAttenuationDb": db, "typicalAttenuationDb": db, "secondsSinceLastScan": seconds}
        for db in least_db
    ]
    day = {"dateMillisSinceEpoch": 1000 * day_seconds, "reportType": 1}
    return {"experiment_2": [{**day, "scanInstances": [scan]} for scan in scans]}


def checked(folder: Path, capsys: pytest.CaptureFixture[str], **files: Any) -> list[Document]:
    (folder / "backend-checks").mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / "backend-checks" / f"{name[1:].replace('_', '-')}.json"
        path.write_text(json.dumps(content))
    assert main([str(folder), "--json"]) == 0
    (experiment,) = json.loads(capsys.readouterr().out)["experiments"]
    found: list[Document] = experiment["exposure_windows"]
    return found


def test_windows_of_senders_with_a_log_agree_with_the_same_windows_of_google(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Phone 1 heard phone 2 in one scan of 65 s; the last file counts, not the first."""
    (check,) = checked(folder, capsys, _01_check01=google([]), _02_check01=google([39]))
    ratios = {"windows_ratio": 1.0, "scans_ratio": 1.0, "seconds_ratio": 1.0}
    ours = {"senders": 1, "windows": 1, "scans": 1, "seconds": 120, "ks": 0.0, "agrees": True}
    assert check["logged"] == ours | ratios
    each = {"senders": 1, "google_senders": 1, "agrees": True}
    assert check["per_sender"] == each | ratios
    assert (check["receiver"], check["basis"], check["agrees"]) == (1, "logged", True)
    assert (check["google_windows"], check["google_scans"], check["google_seconds"]) == (1, 1, 120)


def test_with_a_log_missing_everybody_heard_is_compared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Phone 9 has no log, but its advert is of an Android phone."""
    files = {"_02_check01": google([39]), "_09_check01": google([39, 29])}
    (check,) = checked(folder, capsys, **files)
    assert (check["missing_logs"], check["basis"], check["agrees"]) == ([9], "heard", True)
    assert (check["heard"]["senders"], check["heard"]["windows"]) == (2, 2)
    assert check["logged"]["agrees"] is False


@pytest.mark.parametrize("least_db", [[40], [39, 39], [39, 29]])
def test_other_attenuations_or_another_number_of_windows_do_not_agree(
    folder: Path, capsys: pytest.CaptureFixture[str], least_db: list[int]
) -> None:
    (check,) = checked(folder, capsys, _02_check01=google(least_db))
    assert check["agrees"] is False


@pytest.mark.parametrize(
    ("seconds", "agrees"), [(110, True), (109, False), (133, True), (134, False)]
)
def test_other_durations_do_not_agree(
    folder: Path, capsys: pytest.CaptureFixture[str], seconds: int, agrees: bool
) -> None:
    """120 s are ours, a tenth from 109.1 and 133.3, to which each sender's share is held."""
    (check,) = checked(folder, capsys, _02_check01=google([39], seconds=seconds))
    assert check["logged"]["agrees"] is True
    assert check["agrees"] is agrees


def test_a_phone_that_published_no_keys_is_in_no_senders_share(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Phone 3 has a log and is heard, but Google counts windows of phone 2 alone."""
    at = -3000.0
    log = folder / "pcaps" / "01.btsnoop"
    heard = radio_data.log_of((at, radio_data.heard(3, 1)))
    log.write_bytes(log.read_bytes() + heard[len(radio_data.log_of()) :])
    (folder / "pcaps" / "03.btsnoop").write_bytes(radio_data.log_of((-3900, radio_data.told(3, 1))))
    (check,) = checked(folder, capsys, _02_check01=google([39]))
    assert check["logged"]["senders"] == 2
    assert (check["per_sender"]["senders"], check["per_sender"]["scans_ratio"]) == (1, 1.0)


@pytest.mark.parametrize(("minutes", "windows"), [(74, 2), (76, 1), (80, 1), (82, 0)])
def test_windows_end_before_the_last_scan_and_each_senders_share_with_it(
    folder: Path, capsys: pytest.CaptureFixture[str], minutes: int, windows: int
) -> None:
    """The scenario opens at 14:40: 15:54 counts for both, 15:56 and 16:00 for a sender's share."""
    log = folder / "pcaps" / "01.btsnoop"
    later = radio_data.log_of((60 * minutes, radio_data.heard(2, 1)))
    log.write_bytes(log.read_bytes() + later[len(radio_data.log_of()) :])
    (check,) = checked(folder, capsys, _02_check01=google([39]))
    assert check["logged"]["windows"] == (2 if windows == 2 else 1)
    assert check["per_sender"]["windows_ratio"] == (2 if windows else 1)


def test_google_windows_without_scans_agree_with_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = google([39])
    empty["experiment_2"][0]["scanInstances"] = []
    (check,) = checked(folder, capsys, _02_check01=empty)
    assert (check["logged"]["scans_ratio"], check["logged"]["seconds_ratio"]) == (None, None)
    assert check["agrees"] is check["logged"]["agrees"] is check["per_sender"]["agrees"] is False


@pytest.mark.parametrize("name", ["windows", "scans", "seconds"])
@pytest.mark.parametrize(
    ("ratio", "near"), [(0.85, True), (0.84, False), (1.15, True), (1.16, False)]
)
def test_each_ratio_has_to_be_near_one(name: str, ratio: float, near: bool) -> None:
    one = {"windows": 1.0, "scans": 1.0, "seconds": 1.0}
    tolerance = 0.15 + 1e-9
    assert Ratios(**one | {name: ratio}).within(tolerance, tolerance) is near


def test_a_receiver_without_a_log_or_without_windows_is_passed_over(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(folder, capsys, _01_check07=google([39]), _02_check01=google([])) == []


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"x": 1},
        {"x": [{}]},
        google([39]) | {"y": google([39], day_seconds=0)["experiment_2"]},
    ],
)
def test_windows_that_are_none_are_refused_by_their_file(
    folder: Path, capsys: pytest.CaptureFixture[str], content: object
) -> None:
    (folder / "backend-checks").mkdir()
    (folder / "backend-checks" / "02-check01.json").write_text(json.dumps(content))
    assert main([str(folder)]) == 2
    assert "02-check01.json" in capsys.readouterr().err


def test_unknown_identifiers_go_to_the_fewest_senders_that_can_have_sent_them(
    tmp_path: Path,
) -> None:
    """Lives 0-100, 50-300, 120-200 and 305-400: the third and fourth follow one of the first."""
    lives = {1: (0, 100), 2: (50, 300), 3: (120, 200), 4: (305, 400), 5: (5000, 5001)}
    events = [(at, radio_data.heard(8, each)) for each, life in lives.items() for at in life]
    path = tmp_path / "01.btsnoop"
    path.write_bytes(radio_data.log_of(*events))
    logs = read_logs({1: path}, [])
    opens_us = 1_000_000 * (radio_data.OPENS + radio_data.AHEAD)
    owned = {radio_data.service_data(8, 5)[:16]}
    senders = fewest_senders(logs, owned, opens_us, opens_us + 6_000_000_000)
    assert [senders[radio_data.service_data(8, each)[:16]] for each in (1, 2, 3, 4)] == [0, 1, 0, 1]
    assert len(senders) == 4
    assert len(fewest_senders(logs, owned, opens_us, opens_us + 60_000_000)) == 2


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [([1, 2], [1, 2], 0), ([1, 2], [3], 1), ([1, 2, 3, 4], [1, 2, 3, 9], 0.25), ([], [1], 1)],
)
def test_the_distance_of_distributions_is_the_largest_gap(
    one: list[float], other: list[float], distance: float
) -> None:
    assert kolmogorov_smirnov(one, other) == kolmogorov_smirnov(other, one) == distance
