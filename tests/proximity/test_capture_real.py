"""Captures that nobody here wrote: what EPFL and ETH recorded in 2020 with real phones."""

import json
import re
import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from dp3t.proximity.capture.events import AdvertReceived, AdvertSet, Event, PacketSkipped
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.capture.replay import Replay, replay, shifted
from dp3t.proximity.capture.summary import summarize
from shared_data import shared

MEASUREMENTS = "data/bt-measurements"
SOLDIERS = f"{MEASUREMENTS}/exp34-epfl-soldiers"
IPHONES = f"{MEASUREMENTS}/exp27-calibration-iphone-to-iphone-anechoic"
PIXEL = f"{MEASUREMENTS}/exp28-calibration-pixel4-to-android-anechoic"

# The Pixels logged UTC, the Samsungs local time as if UTC; every .json file holds local time.
PIXEL_CLOCK_SECONDS = {"23": -7200, "24": -7200}


@pytest.mark.spec("CAPTURE-8", "CAPTURE-11", "CAPTURE-15")
@pytest.mark.parametrize(
    ("phone", "received", "distinct", "broadcast"),
    [
        ("01", 9_957, 485, 17),
        ("02", 10_622, 505, 22),
        ("03", 10_530, 491, 18),
        ("08", 5_173, 479, 18),
        ("10", 11_104, 497, 18),
        ("13", 11_400, 484, 18),
    ],
)
def test_the_adverts_of_a_soldiers_phone_are_counted(
    phone: str, received: int, distinct: int, broadcast: int
) -> None:
    found = summarize(read_capture(shared(f"{SOLDIERS}/pcaps/{phone}.btsnoop").read_bytes()))
    assert found.adverts_received == received
    assert found.distinct_received == distinct
    assert found.distinct_broadcast == broadcast
    assert found.packets_skipped == 0


def test_a_log_of_one_and_a_half_megabytes_is_read_within_a_second() -> None:
    data = shared(f"{SOLDIERS}/pcaps/13.btsnoop").read_bytes()
    started = time.process_time()
    summarize(read_capture(data))
    assert time.process_time() - started < 1


@pytest.mark.spec("CAPTURE-6", "CAPTURE-8", "CAPTURE-11", "CAPTURE-12")
@pytest.mark.parametrize("phone", ["02", "06", "08", "10", "18", "23", "24"])
def test_an_android_log_gives_what_tshark_found_in_it(phone: str) -> None:
    check_against_tshark(shared(f"{PIXEL}/{phone}.btsnoop"))


@pytest.mark.spec("CAPTURE-3", "CAPTURE-6", "CAPTURE-8", "CAPTURE-9", "CAPTURE-12")
def test_an_iphone_log_gives_what_tshark_found_in_it() -> None:
    check_against_tshark(shared(f"{IPHONES}/01.pklg"))


def check_against_tshark(log: Path) -> None:
    """Compare with the .json beside a log; tshark does not know the vendors' commands."""
    shift_us = PIXEL_CLOCK_SECONDS.get(log.stem, 0) * 1_000_000
    events = list(read_capture(log.read_bytes()))
    assert not [event for event in events if isinstance(event, PacketSkipped)]
    heard, told = tshark(log.with_suffix(".json"))
    assert heard == [
        (event.at_us - shift_us, event.service_data, event.address, event.rssi_dbm)
        for event in events
        if isinstance(event, AdvertReceived)
    ]
    if told:
        assert told == [
            (event.at_us - shift_us, event.service_data)
            for event in events
            if isinstance(event, AdvertSet)
        ]


def tshark(
    path: Path,
) -> tuple[list[tuple[int, bytes, bytes, int]], list[tuple[int, bytes]]]:
    """Read received and set adverts out of `tshark -T json`; keys repeat, so the last must win."""
    heard, told = [], []
    for packet in json.loads(path.read_text()):
        layers = packet["_source"]["layers"]
        seconds, _, fraction = layers["frame"]["frame.time_epoch"].partition(".")
        at_us = int(seconds) * 1_000_000 + int(fraction[:6])
        text = json.dumps(layers)
        (service_data,) = re.findall(r'entry.service_data": "([0-9a-f:]+)"', text)
        content = bytes.fromhex(service_data.replace(":", ""))
        if "bthci_evt" in layers:
            report = layers["bthci_evt"]
            address = bytes.fromhex(report["bthci_evt.bd_addr"].replace(":", ""))
            heard.append((at_us, content, address, int(report["bthci_evt.rssi"])))
        else:
            told.append((at_us, content))
    return heard, told


@pytest.mark.spec("CAPTURE-11")
@pytest.mark.parametrize(
    ("log", "outside_window"),
    [
        (f"{IPHONES}/01.pklg", 0),
        (f"{PIXEL}/02.btsnoop", 0),
        (f"{PIXEL}/06.btsnoop", 0),
        (f"{PIXEL}/08.btsnoop", 0),
        (f"{PIXEL}/10.btsnoop", 0),
        (f"{PIXEL}/18.btsnoop", 0),
        (f"{PIXEL}/23.btsnoop", 1),
        (f"{PIXEL}/24.btsnoop", 1),
    ],
)
def test_the_identifiers_set_are_those_of_the_ephids_file_in_order(
    log: str, outside_window: int
) -> None:
    path = shared(log)
    listed = [
        bytes.fromhex(line.replace(":", ""))
        for line in path.with_suffix(".ephids").read_text().split()
    ]
    told = dict.fromkeys(
        event.service_data
        for event in read_capture(path.read_bytes())
        if isinstance(event, AdvertSet)
    )
    assert [content for content in told if content in listed] == listed
    assert len(told) == len(listed) + outside_window


def test_four_identifiers_were_heard_under_two_addresses() -> None:
    addresses: dict[bytes, set[bytes]] = {}
    for path in sorted(shared(PIXEL).glob("*.btsnoop")):
        for event in read_capture(path.read_bytes()):
            if isinstance(event, AdvertReceived):
                addresses.setdefault(event.service_data[:16], set()).add(event.address)
    assert sum(len(found) > 1 for found in addresses.values()) == 4


# Replays

Row = tuple[int, int, int, int]
"""Receiver, sender, Unix microseconds, dBm."""

PHONES = (1, 2, 3, 8, 10, 13)
CENTRAL_EUROPEAN_SUMMER_SECONDS = 7200


@pytest.fixture(scope="module")
def logs() -> dict[int, list[Event]]:
    """The events of the six phones in UTC."""
    return {
        phone: list(
            shifted(
                read_capture(shared(f"{SOLDIERS}/pcaps/{phone:02}.btsnoop").read_bytes()),
                utc_offset_seconds=CENTRAL_EUROPEAN_SUMMER_SECONDS,
            )
        )
        for phone in PHONES
    }


@pytest.fixture(scope="module")
def replays(logs: dict[int, list[Event]]) -> dict[tuple[int, int], Replay]:
    """Every phone's log against every other's."""
    return {
        (receiver, sender): replay(receiver=logs[receiver], sender=logs[sender])
        for receiver in PHONES
        for sender in PHONES
        if receiver != sender
    }


@pytest.mark.spec("CAPTURE-16", "CAPTURE-17", "CAPTURE-18")
@pytest.mark.parametrize(
    ("scenario", "start", "end", "rows"),
    [
        ("scenario01-lunch", "14:49:15.856667", "15:20:32.378899", 683),
        ("scenario02-train", "15:28:11.136228", "15:59:06.807749", 771),
        ("scenario03-office", "16:05:17.992095", "16:34:12.729496", 380),
    ],
)
def test_every_sighting_of_a_scenario_is_found_again_and_no_other(
    scenario: str,
    start: str,
    end: str,
    rows: int,
    logs: dict[int, list[Event]],
    replays: dict[tuple[int, int], Replay],
) -> None:
    """The tables leave out identifiers set before the scenario starts, so the join does too."""
    expected = sightings_in_table(shared(f"{SOLDIERS}/{scenario}.sqlite"))
    assert len(expected) == rows
    opens = unix_us(start)
    closes = unix_us(end) + 20_000  # lunch: its last row is 13 ms later than its window's end
    found = [
        (receiver, sender, seen.at_us, seen.rssi_dbm)
        for (receiver, sender), result in replays.items()
        for seen in result.sightings
        if opens <= seen.at_us <= closes
        and seen.service_data[:16] in set_between(logs[sender], opens, closes)
    ]
    assert sorted(found) == expected


def sightings_in_table(path: Path) -> list[Row]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        table = database.execute(
            "SELECT receiver_id, transmitter_id, timestamp, rssi FROM results"
        ).fetchall()
    rows = [
        (int(receiver), int(sender), round(seconds * 1_000_000), rssi)
        for receiver, sender, seconds, rssi in table
    ]
    return sorted(row for row in rows if row[0] in PHONES and row[1] in PHONES)


def set_between(log: list[Event], opens: int, closes: int) -> set[bytes]:
    return {
        event.service_data[:16]
        for event in log
        if isinstance(event, AdvertSet) and opens <= event.at_us <= closes
    }


def unix_us(time_of_day: str) -> int:
    moment = datetime.fromisoformat(f"2020-07-30T{time_of_day}+02:00")
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


@pytest.mark.spec("CAPTURE-17")
def test_phones_of_another_experiment_never_met_the_soldiers(logs: dict[int, list[Event]]) -> None:
    iphone = list(read_capture(shared(f"{IPHONES}/01.pklg").read_bytes()))
    for log in logs.values():
        assert replay(receiver=log, sender=iphone).sightings == ()
        assert replay(receiver=iphone, sender=log).sightings == ()
