"""A small experiment in the form of the DP-3T measurements: two logs, a film, a table."""

import json
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from capture_logs import (
    android,
    btsnoop_header,
    btsnoop_record,
    extended,
    extended_report,
    ios,
    set_extended,
)

OPENS = 1_596_120_000
"""2020-07-30 14:40 UTC."""
AHEAD = 7200
FRAME_US = 40_000
FRAMES = 25 * 60


def service_data(sender: int, number: int) -> bytes:
    return bytes([sender, number]) * 8 + bytes(4)


def log_of(*events: tuple[float, bytes]) -> bytes:
    """Write a log of local time from seconds after the scenario opened."""
    return btsnoop_header() + b"".join(
        btsnoop_record(packet, at_us=round((OPENS + AHEAD + at) * 1_000_000))
        for at, packet in sorted(events)
    )


def told(sender: int, number: int) -> bytes:
    return set_extended(android(service_data(sender, number)))


def heard(
    sender: int, number: int, rssi: int = -70, *, iphone: bool = False, address: bytes = b"addres"
) -> bytes:
    advert = (ios if iphone else android)(service_data(sender, number))
    return extended(extended_report(advert, rssi=rssi, address=address))


def write_table(path: Path, *rows: tuple[Any, ...]) -> None:
    """Write rows of receiver, sender, seconds after the opening, strength, distance."""
    columns = (
        "db_id INTEGER PRIMARY KEY, receiver_id TEXT, receiver_model TEXT, transmitter_id TEXT, "
        "transmitter_model TEXT, timestamp REAL, rssi INTEGER, tx_power INTEGER, "
        "ground_truth_distance REAL"
    )
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE results ({columns})")
        for receiver, sender, at, rssi, distance in rows:
            database.execute(
                "INSERT INTO results VALUES (NULL, ?, ?, ?, ?, ?, ?, 0, ?)",
                (
                    str(receiver),
                    f"model {receiver}",
                    str(sender),
                    f"model {receiver}",
                    OPENS + at,
                    rssi,
                    distance,
                ),
            )


def write_film(path: Path, **places: list[Any]) -> None:
    """Write a film of one minute in local time; a place stands for a list of FRAMES places."""
    start_us = (OPENS + AHEAD) * 1_000_000
    frames = []
    for number in range(FRAMES):
        seconds, microseconds = divmod(start_us + number * FRAME_US, 1_000_000)
        moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
        frames.append(f"{moment.isoformat(' ')}.{microseconds:06}")
    content = {"datetime": frames} | {name[1:]: found for name, found in places.items()}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/0_walk/._walk.json", b"\0\5")
        archive.writestr("0_walk/homography.json", "{}")
        archive.writestr("0_walk/walk.json", json.dumps(content))


def experiment(folder: Path) -> Path:
    """Write an experiment in which phone 1 hears phone 2 four times, once too early a name."""
    (folder / "pcaps").mkdir(parents=True)
    (folder / "computer-vision").mkdir()
    (folder / "pcaps" / "01.btsnoop").write_bytes(
        log_of(
            (-20, told(1, 0)),
            (5, heard(2, 0, -60)),
            (20, heard(2, 1, -61)),
            (40, heard(2, 1, -80)),
            (50, heard(2, 1, -62)),
            (55, heard(9, 9, -50)),
            (70, heard(2, 1, -63)),
        )
    )
    (folder / "pcaps" / "02.btsnoop").write_bytes(log_of((-30, told(2, 0)), (10, told(2, 1))))
    near, far = [3.0, 4.0, 0.0], [30.0, 40.0, 0.0]
    write_film(
        folder / "computer-vision" / "0_walk.zip",
        p1=[[0.0, 0.0, 0.0]] * FRAMES,
        p2=[near] * (FRAMES // 2) + [far] * (FRAMES // 4) + [None] * (FRAMES // 4),
    )
    write_table(
        folder / "scenario01-walk.sqlite",
        (1, 2, 20, -61, 5.0),
        (1, 2, 40, -80, 50.0),
        (1, 2, 50, -62, None),
        (1, 3, 51, -70, 1.0),
        (2, 3, 52, -70, 2.0),
        (3, 1, 53, -60, 2.0),
    )
    (folder / "README.md").write_text("* 1AliceGS10\n* 2BobGS20\n* RobGA40 (no 3 prefix)\n")
    return folder
