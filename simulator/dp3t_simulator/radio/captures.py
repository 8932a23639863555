"""Real recordings of phones as scans: who could have heard whom, how far away, and how strongly.

Read is a folder of DP-3T's experiment of July 2020: its databases of adverts heard, the cameras'
positions, and the logs of the phones' Bluetooth controllers. Nothing is kept of it.
"""

import json
import math
import sqlite3
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t import MalformedError
from dp3t.proximity import AdvertReceived, read_capture

EXPERIMENT = "exp34-epfl-soldiers"
SCENARIOS = ("lunch", "train", "office")
SAME_SCAN_SECONDS = 20
LONGEST_GAP_SECONDS = 310
"""A longer one means that scans in between heard nobody, or that the phone rested."""

_ADVERTS = (
    "SELECT CAST(receiver_id AS INTEGER), CAST(transmitter_id AS INTEGER), timestamp, rssi,"
    " ground_truth_distance FROM results ORDER BY 1, 3"
)


class Advert(NamedTuple):
    """A row of a database: one advert heard."""

    receiver: int
    sender: int
    at: float
    rssi_dbm: int
    distance_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scans:
    """An entry for each scan of a phone and each other phone of the scenario, in arrays.

    Attributes:
        receiver, sender: numbers of phones.
        distance_m: where a camera or the database knows it, else not a number.
        rssi_dbm: the mean of the adverts heard; not a number where none was.
    """

    receiver: NDArray[np.int64]
    sender: NDArray[np.int64]
    distance_m: NDArray[np.float64]
    rssi_dbm: NDArray[np.float64]

    @property
    def heard(self) -> NDArray[np.bool_]:
        """Whether the scan heard the sender."""
        return ~np.isnan(self.rssi_dbm)

    def within(self, nearest_m: float, farthest_m: float) -> "Scans":
        """Return those with a known distance in a range, its end excluded."""
        return self.chosen((self.distance_m >= nearest_m) & (self.distance_m < farthest_m))

    def chosen(self, which: NDArray[np.bool_]) -> "Scans":
        """Return some of the entries."""
        return Scans(
            receiver=self.receiver[which],
            sender=self.sender[which],
            distance_m=self.distance_m[which],
            rssi_dbm=self.rssi_dbm[which],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A half hour of people whose distances are known.

    Attributes:
        name: one of `SCENARIOS`.
        adverts: all that was heard.
        scans: the same by scan, with what was not heard.
        filmed: whether distances are known where nothing was heard.
    """

    name: str
    adverts: tuple[Advert, ...]
    scans: Scans
    filmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Captures:
    """A folder of recordings.

    Attributes:
        scenarios: in the order of `SCENARIOS`.
        gaps_seconds: from the begin of a scan to the next one's, in the logs of controllers.
        logs: how many logs of controllers there are.
    """

    scenarios: tuple[Scenario, ...]
    gaps_seconds: NDArray[np.float64]
    logs: int


def read(folder: Path) -> Captures:
    """Return the recordings of a folder that holds the experiment, or of the experiment's own.

    Raises:
        MalformedError: a file is missing or not what it should be.
    """
    inside = folder / EXPERIMENT
    folder = inside if inside.is_dir() else folder
    logs = sorted((folder / "pcaps").glob("*.btsnoop"))
    gaps = [gaps_of(path.read_bytes()) for path in logs]
    if not gaps:
        raise MalformedError(f"{folder} holds no logs of phones in a folder named pcaps")
    return Captures(
        scenarios=tuple(_scenario(folder, name) for name in SCENARIOS),
        gaps_seconds=np.concatenate(gaps),
        logs=len(logs),
    )


def gaps_of(log: bytes) -> NDArray[np.float64]:
    """Return the seconds from scan to scan in a controller's log, without those that are too long.

    Raises:
        MalformedError: a damaged log.
    """
    at = sorted(each.at_us / 1e6 for each in read_capture(log) if isinstance(each, AdvertReceived))
    times = np.array(at)
    begins = times[np.diff(times, prepend=-np.inf) > SAME_SCAN_SECONDS]
    gaps = np.diff(begins)
    return gaps[gaps < LONGEST_GAP_SECONDS]


def _scenario(folder: Path, name: str) -> Scenario:
    adverts = _adverts(_only(folder, f"scenario*-{name}.sqlite"))
    films = sorted((folder / "computer-vision").glob(f"*_{name}.zip"))
    film = Film.read(films[0], near=adverts[0].at) if films else None
    return Scenario(
        name=name,
        adverts=adverts,
        scans=scans_of(adverts, film=film),
        filmed=film is not None,
    )


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise MalformedError(f"{folder} holds no {pattern}")
    return found[0]


def _adverts(path: Path) -> tuple[Advert, ...]:
    try:
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            found = tuple(map(_advert, database.execute(_ADVERTS)))
        finally:
            database.close()
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise MalformedError(f"{path.name} is no database of adverts: {error}") from None
    if not found:
        raise MalformedError(f"{path.name} holds no adverts")
    return found


def _advert(row: tuple[Any, ...]) -> Advert:
    receiver, sender, at, rssi, distance = row
    known = None if distance is None else float(distance)
    return Advert(int(receiver), int(sender), float(at), int(rssi), known)


class Film:
    """Where people stood, frame by frame."""

    def __init__(
        self, name: str, first: float, last: float, places: dict[int, Sequence[Any]]
    ) -> None:
        self._name, self._first, self._last, self._places = name, first, last, places

    @classmethod
    def read(cls, path: Path, *, near: float) -> "Film":
        """Return a film whose clock is whole hours off, so that it begins near a time.

        Raises:
            MalformedError: no archive with such a film.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                members = (each for each in archive.infolist() if each.filename.endswith(".json"))
                name = max(members, key=lambda each: each.file_size).filename
                places = json.loads(archive.read(name))
            times = [_utc(places["datetime"][index]) for index in (0, -1)]
            ahead = 3600 * round((times[0] - near) / 3600)
            known = {int(each): found for each, found in places.items() if each != "datetime"}
        except (zipfile.BadZipFile, ValueError, LookupError, TypeError):
            raise _no_film(path.name) from None
        return cls(path.name, times[0] - ahead, times[1] - ahead, known)

    def distance_m(self, one: int, other: int, at: float) -> float:
        """Return how far two people stood apart in the nearest frame; not a number if unseen.

        Raises:
            MalformedError: a place is no place.
        """
        here, there = self._place(one, at), self._place(other, at)
        try:
            return math.dist(here[:2], there[:2]) if here and there else math.nan
        except (TypeError, ValueError, LookupError):
            raise _no_film(self._name) from None

    def _place(self, person: int, at: float) -> Any:
        places = self._places.get(person)
        if not places or not self._first <= at <= self._last:
            return None
        return places[round((at - self._first) / (self._last - self._first) * (len(places) - 1))]


def _no_film(name: str) -> MalformedError:
    return MalformedError(f"{name} is no film of positions")


def _utc(moment: str) -> float:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()


def scans_of(adverts: Iterable[Advert], *, film: Film | None) -> Scans:
    """Return adverts by scan, with an entry also for each phone of them that a scan did not hear.

    Args:
        adverts: by receiver and time.
        film: where people stood, if there is one.
    """
    heard_by: dict[int, list[list[Advert]]] = defaultdict(list)
    senders = set()
    for advert in adverts:
        senders.add(advert.sender)
        scans = heard_by[advert.receiver]
        if not scans or advert.at - scans[-1][-1].at > SAME_SCAN_SECONDS:
            scans.append([])
        scans[-1].append(advert)
    rows = [
        (receiver, sender, *_entry(receiver, sender, scan, film))
        for receiver, scans in sorted(heard_by.items())
        for scan in scans
        for sender in sorted(senders - {receiver})
    ]
    receiver, sender, distance, rssi = zip(*rows, strict=True)
    return Scans(
        receiver=np.array(receiver),
        sender=np.array(sender),
        distance_m=np.array(distance),
        rssi_dbm=np.array(rssi),
    )


def _entry(
    receiver: int, sender: int, scan: list[Advert], film: Film | None
) -> tuple[float, float]:
    """Return the distance in a scan, the film's where it has one, and the mean strength."""
    heard = [each for each in scan if each.sender == sender]
    known = [each.distance_m for each in heard if each.distance_m is not None]
    middle = (scan[0].at + scan[-1].at) / 2
    distance = film.distance_m(receiver, sender, middle) if film else math.nan
    if math.isnan(distance) and known:
        distance = sum(known) / len(known)
    strength = sum(each.rssi_dbm for each in heard) / len(heard) if heard else math.nan
    return distance, strength
