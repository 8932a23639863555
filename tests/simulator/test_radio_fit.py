"""Captures read, parameters fitted to them, and both worlds compared."""

import json
import math
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from dp3t import Dp3tError
from dp3t_simulator.cli import app
from dp3t_simulator.radio import captures, comparison, fitting, parameters
from dp3t_simulator.radio.comparison import Curves, Judged
from radio_data import heard, log_of
from radio_experiment import PEOPLE, PLACES, TRUTH, phone_of, write_experiment, write_film
from shared_data import shared

PNG = b"\x89PNG\r\n\x1a\n"
SHIPPED = parameters.shipped("captures-2020")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_experiment(tmp_path_factory.mktemp("copy") / captures.EXPERIMENT).parent


@pytest.fixture(scope="module")
def recordings(folder: Path) -> captures.Captures:
    return captures.read(folder)


def test_a_folder_is_read_as_scans_with_distances_of_those_not_heard_too(
    folder: Path, recordings: captures.Captures
) -> None:
    lunch, train, office = recordings.scenarios
    assert [each.name for each in recordings.scenarios] == list(captures.SCENARIOS)
    assert (lunch.filmed, train.filmed, office.filmed) == (True, True, False)
    assert not np.isnan(lunch.scans.distance_m).any()
    assert 0.02 < 1 - lunch.scans.heard.mean() < 0.5
    assert np.isnan(office.scans.distance_m[~office.scans.heard]).all()
    scans = lunch.scans.chosen((lunch.scans.receiver == 3) & (lunch.scans.sender == 8))
    assert scans.distance_m == pytest.approx(math.dist(PLACES[3], PLACES[8]))
    assert 13 <= len(scans.heard) <= 16
    assert set(lunch.scans.receiver) == set(lunch.scans.sender) == set(PEOPLE)
    assert captures.read(folder / captures.EXPERIMENT).scenarios[0].adverts == lunch.adverts


def test_adverts_of_one_scan_are_averaged_and_scans_are_told_apart() -> None:
    adverts = [
        captures.Advert(1, 2, 100.0, -60, 1.0),
        captures.Advert(1, 2, 103.0, -70, 2.0),
        captures.Advert(1, 3, 103.5, -80, None),
        captures.Advert(1, 2, 130.0, -90, None),
    ]
    scans = captures.scans_of(adverts, film=None)
    assert scans.receiver.tolist() == [1, 1, 1, 1]
    assert scans.sender.tolist() == [2, 3, 2, 3]
    assert scans.rssi_dbm[:3].tolist() == [-65, -80, -90]
    assert scans.heard.tolist() == [True, True, True, False]
    assert scans.distance_m[0] == 1.5
    assert np.isnan(scans.distance_m[1:]).all()


def test_gaps_between_scans_are_those_of_the_log(recordings: captures.Captures) -> None:
    assert recordings.logs == 1
    gaps = recordings.gaps_seconds
    assert len(gaps) > 10
    assert 205 < gaps.min() < gaps.max() < captures.LONGEST_GAP_SECONDS


def test_a_new_scan_begins_after_twenty_seconds_without_adverts() -> None:
    log = log_of(*((at, heard(2, 1)) for at in (0, 4, 250, 251, 252, 500, 900, 1100)))
    assert captures.gaps_of(log) == pytest.approx([250, 250, 200])


def test_variances_of_what_scans_share_make_up_that_of_the_law(
    recordings: captures.Captures,
) -> None:
    fitted = [
        each.scans.within(fitting.NEAREST_M, fitting.FARTHEST_M)
        for each in recordings.scenarios
        if each.filmed
    ]
    law = fitting.fit_law(fitted)
    parts = fitting.components(fitted, law)
    assert parts[2] > 0.5
    assert parts @ (1, 1, 2, 1, 1) == pytest.approx(law.sd**2)


def test_a_fit_finds_the_parameters_that_made_the_captures(recordings: captures.Captures) -> None:
    found = fitting.fit(recordings)
    close = {
        "loss_at_1_m_db": 1.5,
        "exponent": 0.4,
        "table_db": 1.0,
        "body_sd_db": 1.5,
        "pair_sd_db": 1.0,
        "fading_sd_db": 0.7,
        "sensitivity_dbm": 1.5,
        "sensitivity_width_db": 0.7,
        "scan_loss": 0.03,
        "scan_period_seconds": 8,
        "scan_spread_seconds": 12,
    }
    for name, within in close.items():
        assert found.numbers()[name] == pytest.approx(TRUTH.numbers()[name], abs=within), name
    assert len(found.phones) == len(PEOPLE)
    carried = [phone_of(each) for each in PEOPLE]
    for name in ("sent_db", "received_db"):
        values = [getattr(each, name) for each in found.phones]
        assert np.corrcoef(values, [getattr(each, name) for each in carried])[0, 1] > 0.6
        assert np.mean(values) == pytest.approx(0, abs=0.1)


def test_recordings_that_are_of_no_phones_give_no_fit(recordings: captures.Captures) -> None:
    often = replace(recordings, gaps_seconds=recordings.gaps_seconds / 5)
    with pytest.raises(Dp3tError, match="no fit: scan_period_seconds lies between"):
        fitting.fit(often)


def test_simulated_sightings_are_those_captured_where_the_model_is_true(
    recordings: captures.Captures,
) -> None:
    lunch, _, office = comparison.compare(recordings, TRUTH, seed=1)
    assert (lunch.fitted, office.fitted) == (True, False)
    for each in lunch.classes[1:]:
        assert each.scans > 150
        assert each.captured_per_minute == pytest.approx(each.simulated_per_minute, abs=0.03)
    assert abs(excess_db(lunch)) < 1.5
    assert np.mean([each.distance_ks for each in lunch.classes]) < 0.15
    assert all(each.captured_per_minute is None for each in office.classes)
    for limit in comparison.LIMITS_DB:
        captured, simulated = lunch.captured[limit], lunch.simulated[limit]
        assert simulated.precision == pytest.approx(captured.precision, abs=0.1)
        assert simulated.recall == pytest.approx(captured.recall, abs=0.1)
        assert lunch.adverts[limit] == captured


def test_a_wrong_model_is_told_from_captures(recordings: captures.Captures) -> None:
    wrong = replace(TRUTH, loss_at_1_m_db=TRUTH.loss_at_1_m_db - 6)
    lunch = comparison.compare(recordings, wrong, seed=1)[0]
    assert excess_db(lunch) < -3.5
    assert np.mean([each.distance_ks for each in lunch.classes]) > 0.22


def excess_db(found: comparison.Compared) -> float:
    """Return how much more attenuation is simulated than captured, over all distances."""
    classes = found.classes
    return float(
        np.average(
            [each.simulated_db - each.captured_db for each in classes],
            weights=[each.scans for each in classes],
        )
    )


def test_distance_of_distributions_and_judgement_are_what_they_are_called() -> None:
    values = np.array([50.0, 60.0])
    curves = Curves(captured=values, simulated=values, weight=np.array([3.0, 1.0]))
    assert comparison.kolmogorov_smirnov(curves) == pytest.approx(0.25)
    attenuation = np.array([40.0, 55.0, 56.0, 50.0])
    near = np.array([True, True, True, False])
    judged = Judged.of(attenuation, near, np.array([1.0, 1.0, 2.0, 2.0]), 55)
    assert judged == Judged(precision=0.5, recall=0.5)
    assert Judged.of(attenuation, near, np.ones(4), 10) == Judged(precision=0, recall=0)


def broken_database(folder: Path) -> None:
    (folder / "scenario01-lunch.sqlite").write_bytes(b"no database")


def other_database(folder: Path) -> None:
    (folder / "scenario02-train.sqlite").unlink()
    sqlite3.connect(folder / "scenario02-train.sqlite").close()


def empty_database(folder: Path) -> None:
    with sqlite3.connect(folder / "scenario03-office.sqlite") as database:
        database.execute("DELETE FROM results")
    database.close()


def odd_database(folder: Path) -> None:
    with sqlite3.connect(folder / "scenario03-office.sqlite") as database:
        database.execute("UPDATE results SET rssi = 'loud'")
    database.close()


def no_database(folder: Path) -> None:
    (folder / "scenario03-office.sqlite").unlink()


def no_logs(folder: Path) -> None:
    shutil.rmtree(folder / "pcaps")


def no_log(folder: Path) -> None:
    (folder / "pcaps" / "01.btsnoop").write_bytes(b"no log")


def no_archive(folder: Path) -> None:
    (folder / "computer-vision" / "0_lunch.zip").write_bytes(b"no archive")


def no_film(folder: Path) -> None:
    write_film(folder / "computer-vision" / "0_lunch.zip", datetime=[])


def odd_film(folder: Path) -> None:
    write_film(folder / "computer-vision" / "0_lunch.zip", **{"3": ["here"] * 100})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (broken_database, "scenario01-lunch.sqlite is no database of adverts"),
        (other_database, "scenario02-train.sqlite is no database of adverts"),
        (empty_database, "scenario03-office.sqlite holds no adverts"),
        (odd_database, "scenario03-office.sqlite is no database of adverts"),
        (no_database, r"holds no scenario\*-office.sqlite"),
        (no_logs, "holds no logs"),
        (no_log, "BTSnoop|PacketLogger|pcap|capture|format"),
        (no_archive, "0_lunch.zip is no film of positions"),
        (no_film, "0_lunch.zip is no film of positions"),
        (odd_film, "0_lunch.zip is no film of positions"),
    ],
)
def test_a_folder_with_a_fault_is_refused_by_the_files_name(
    damage: Any, said: str, folder: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(folder / captures.EXPERIMENT, tmp_path / "copy")
    damage(copy)
    with pytest.raises(Dp3tError, match=said):
        captures.read(copy)


def test_the_command_prints_one_document_and_writes_a_fit_and_a_figure(
    folder: Path, tmp_path: Path
) -> None:
    figure, out = tmp_path / "radio.png", tmp_path / "fit.toml"
    arguments = ["reproduce", "radio", str(folder), "--figure", str(figure), "--out", str(out)]
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["shipped"]["exponent"] == SHIPPED.exponent
    assert [each["name"] for each in document["scenarios"]] == ["lunch", "train", "office"]
    assert document["scenarios"][0]["limits"].keys() == {"55", "63"}
    assert figure.read_bytes().startswith(PNG)
    written = parameters.parsed(out.read_text(encoding="utf-8"))
    assert written.exponent == document["fitted"]["exponent"]
    shown = CliRunner().invoke(app, ["reproduce", "radio", str(folder)], catch_exceptions=False)
    assert "office*" in shown.stdout
    assert "held out" in shown.stdout


@pytest.mark.spec("RADIO-8")
def test_the_shipped_fit_is_that_of_the_real_captures_and_the_office_agrees_with_it() -> None:
    recordings = captures.read(shared("data/bt-measurements"))
    found = fitting.fit(recordings)
    for name, value in found.numbers().items():
        assert value == pytest.approx(SHIPPED.numbers()[name], abs=0.11), name
    for phone, as_shipped in zip(found.phones, SHIPPED.phones, strict=True):
        assert phone.model == as_shipped.model
        assert phone.sent_db == pytest.approx(as_shipped.sent_db, abs=0.11)
        assert phone.received_db == pytest.approx(as_shipped.received_db, abs=0.11)
    lunch, train, office = comparison.compare(recordings, SHIPPED, seed=1)
    for scenario, at_most in ((lunch, 0.14), (train, 0.13), (office, 0.21)):
        for each in scenario.classes:
            assert each.distance_ks < at_most
            assert each.simulated_db == pytest.approx(each.captured_db, abs=2)
    published = {
        "lunch": {
            55: Judged(precision=0.8413, recall=0.5068),
            63: Judged(precision=0.7168, recall=0.8959),
        },
        "train": {
            55: Judged(precision=0.8846, recall=0.5539),
            63: Judged(precision=0.7966, recall=0.8927),
        },
        "office": {
            55: Judged(precision=0.5051, recall=0.5324),
            63: Judged(precision=0.3919, recall=0.9290),
        },
    }
    for scenario in (lunch, train, office):
        assert scenario.adverts == published[scenario.name]
        for limit in comparison.LIMITS_DB:
            captured, simulated = scenario.captured[limit], scenario.simulated[limit]
            assert simulated.precision == pytest.approx(captured.precision, abs=0.1)
            assert simulated.recall == pytest.approx(captured.recall, abs=0.1)
