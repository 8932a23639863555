"""An experiment in the form of DP-3T's, of phones that the simulator made hear each other."""

import json
import math
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from dp3t_simulator.radio import RadioModel, room, sightings
from dp3t_simulator.radio.parameters import Phone, RadioParameters
from dp3t_simulator.radio.tables import model_of
from dp3t_simulator.streams import Stream
from radio_data import AHEAD, OPENS, heard, log_of, write_table

TRUTH = RadioParameters(
    loss_at_1_m_db=52.0,
    exponent=2.4,
    shortest_cm=30,
    table_db=0.0,
    body_sd_db=1.0,
    pair_sd_db=3.0,
    fading_sd_db=5.0,
    sensitivity_dbm=-93.0,
    sensitivity_width_db=1.5,
    scan_loss=0.05,
    scan_period_seconds=250,
    scan_spread_seconds=40,
    phones=tuple(Phone(model="any", sent_db=x, received_db=-x) for x in (-3, -1, 0, 1, 3)),
)
PEOPLE = range(1, 17)
PLACES = {each: (1.1 * (each % 4), 0.9 * (each // 4), 0.0) for each in PEOPLE}
SECONDS = 3600
FRAMES = 100
SEED = 7
_NOON = 43_200


def phone_of(person: int) -> Phone:
    """Return what a person carries in the experiment."""
    drawn = int(Stream(SEED, "radio: phones").bits(person)) % 1024
    return TRUTH.phones[drawn * len(TRUTH.phones) // 1024]


def write_experiment(folder: Path) -> Path:
    """Write two scenarios with a film and one without, and the log of one phone."""
    for name in ("pcaps", "computer-vision"):
        (folder / name).mkdir(parents=True)
    for day, name in enumerate(("lunch", "train", "office")):
        rows = _rows(model_of(TRUTH, SEED), day)
        write_table(folder / f"scenario0{day + 1}-{name}.sqlite", *rows)
        if name == "lunch":
            log = log_of(*((at, heard(2, 1, rssi)) for phone, _, at, rssi, _ in rows if phone == 1))
            (folder / "pcaps" / "01.btsnoop").write_bytes(log)
        if name != "office":
            write_film(folder / "computer-vision" / f"{day}_{name}.zip")
    return folder


def write_film(path: Path, **content: Any) -> None:
    """Write a film of people who do not move, in local time."""
    moments = (OPENS + AHEAD + SECONDS * each / (FRAMES - 1) for each in range(FRAMES))
    frames = [f"{datetime.fromtimestamp(each, UTC):%Y-%m-%d %H:%M:%S.%f}" for each in moments]
    places: dict[str, Any] = {f"{each}": [place] * FRAMES for each, place in PLACES.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("homography.json", "{}")
        archive.writestr("film.json", json.dumps({"datetime": frames} | places | content))


def _rows(model: RadioModel, day: int) -> list[tuple[Any, ...]]:
    time, rssi = np.zeros(room(SECONDS), np.int32), np.zeros(room(SECONDS), np.int16)
    rows = []
    for receiver in PEOPLE:
        for sender in PEOPLE:
            if sender == receiver:
                continue
            metres = math.dist(PLACES[sender], PLACES[receiver])
            where = (sender, receiver, day, _NOON, SECONDS, round(100 * metres), 3)
            found = sightings(model, *where, time, rssi, 0)
            for at, strength in zip(time[:found].tolist(), rssi[:found].tolist(), strict=True):
                rows.append((receiver, sender, float(at - _NOON), strength, metres))
    return rows
