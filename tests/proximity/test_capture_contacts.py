"""Replays as contacts: one a day, with readings that a configuration can weigh."""

import pytest

from capture_logs import ONE, TWO, received
from dp3t.proximity.capture.contacts import contacts_of, readings_by
from dp3t.proximity.capture.events import AdvertReceived
from dp3t.proximity.capture.replay import Replay
from dp3t.proximity.exposure.calibration import Calibration
from dp3t.proximity.exposure.scoring.readings import Reading

MIDNIGHT = 1_596_153_600
"""2020-07-31 00:00 UTC."""
CALIBRATION = Calibration(tx_power_dbm=-24, rx_correction_db=-3)


def heard(at: float, rssi_dbm: int = -70, service_data: bytes = ONE) -> AdvertReceived:
    return received(service_data, rssi_dbm=rssi_dbm, at_us=round((MIDNIGHT + at) * 1_000_000))


def replay_of(*sightings: AdvertReceived) -> Replay:
    return Replay(identifiers_published=1, sightings=sightings)


def seconds(*readings: Reading) -> list[tuple[int, int | None]]:
    return [
        (
            reading.at_seconds - MIDNIGHT,
            None
            if reading.previous_scan_seconds is None
            else reading.previous_scan_seconds - MIDNIGHT,
        )
        for reading in readings
    ]


@pytest.mark.spec("CAPTURE-20")
def test_sightings_of_a_day_are_one_contact_whatever_their_identifier() -> None:
    sightings = (heard(-600), heard(-300, service_data=TWO), heard(0), heard(300, -80))
    before, after = contacts_of(replay_of(*sightings), received=sightings, calibration=CALIBRATION)
    assert (before.day * 86400, after.day * 86400) == (MIDNIGHT - 86400, MIDNIGHT)
    assert [reading.attenuation_db for reading in before.readings] == [49, 49]
    assert [reading.attenuation_db for reading in after.readings] == [49, 59]


@pytest.mark.spec("CAPTURE-20")
def test_adverts_that_do_not_count_give_no_reading_and_no_day() -> None:
    counted, other = heard(10), heard(20, service_data=TWO)
    (contact,) = contacts_of(
        replay_of(counted), received=[heard(-86400), counted, other], calibration=CALIBRATION
    )
    assert len(contact.readings) == 1
    assert contacts_of(replay_of(), received=[other], calibration=CALIBRATION) == ()


@pytest.mark.spec("CAPTURE-21")
def test_the_previous_scan_is_the_receivers_whoever_was_heard_in_it() -> None:
    """Scans begin at 0, 240 and 500; in the second only a stranger is heard."""
    adverts = [
        heard(0.9),
        heard(25.2),  # 25 s later in whole seconds: the same scan
        heard(240, service_data=TWO),
        heard(500),
        heard(504),
    ]
    sightings = [seen for seen in adverts if seen.service_data == ONE]
    (contact,) = contacts_of(replay_of(*sightings), received=adverts, calibration=CALIBRATION)
    assert seconds(*contact.readings) == [(0, None), (25, None), (500, 240), (504, 240)]


@pytest.mark.spec("CAPTURE-21")
def test_twenty_six_seconds_begin_another_scan() -> None:
    adverts = [heard(0), heard(26)]
    (contact,) = contacts_of(replay_of(*adverts), received=adverts, calibration=CALIBRATION)
    assert seconds(*contact.readings) == [(0, None), (26, 0)]


@pytest.mark.spec("CAPTURE-21")
def test_a_strength_that_was_not_measured_gives_no_reading_but_a_day() -> None:
    (contact,) = contacts_of(
        replay_of(heard(0, 127)), received=[heard(0, 127)], calibration=CALIBRATION
    )
    assert contact.readings == ()


def test_without_any_transmit_power_there_are_no_readings() -> None:
    assert readings_by(lambda _: 1, [heard(0)], calibration=Calibration()) == {}


def test_readings_are_in_order_of_time_though_the_log_is_not() -> None:
    found = readings_by(lambda _: 1, [heard(300), heard(0)], calibration=CALIBRATION)
    assert seconds(*found[1]) == [(0, None), (300, 0)]
