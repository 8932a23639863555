"""The sqlite tables of scenarios: every sighting that the experimenters found, with a distance."""

import math
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from dp3t.errors import MalformedError

_QUERY = """SELECT db_id, CAST(receiver_id AS INTEGER), CAST(transmitter_id AS INTEGER), timestamp,
rssi, ground_truth_distance, receiver_model, transmitter_model
FROM results ORDER BY timestamp, db_id"""
_MILLISECONDS_FROM = 1e11
"""A time above this counts milliseconds: in seconds it would be the year 5138."""


class Sighting(NamedTuple):
    """One advert that one phone heard of another."""

    at_us: int
    receiver: int
    sender: int
    rssi_dbm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a table.

    Attributes:
        sighting: who heard whom, when in Unix microseconds and how strongly.
        distance_m: between the two at that moment; None where it is not known.
        receiver_model: the receiver's model.
        sender_model: what the table says of the sender, which some tables have wrong.
    """

    sighting: Sighting
    distance_m: float | None
    receiver_model: str
    sender_model: str


def read_table(path: Path) -> list[Row]:
    """Return the rows of a table by time.

    Raises:
        MalformedError: no sqlite file, one with other columns, or a row that holds no sighting.
    """
    # a file that nobody writes, so that sqlite needs no lock or journal beside it
    where = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(where, uri=True)) as database:
            return [_numbered(path, *values) for values in database.execute(_QUERY)]
    except sqlite3.Error as error:
        raise MalformedError(f"{path}: not a table of sightings ({error})") from None


def _numbered(path: Path, number: int, *values: Any) -> Row:
    try:
        return _row(*values)
    except (TypeError, ValueError, OverflowError) as error:
        raise MalformedError(f"{path}, row {number}: not a sighting ({error})") from None


def _row(
    receiver: int,
    sender: int,
    time: float,
    rssi_dbm: int,
    distance_m: float | None,
    receiver_model: str,
    sender_model: str,
) -> Row:
    at_us = round(time * (1_000 if time > _MILLISECONDS_FROM else 1_000_000))
    return Row(
        sighting=Sighting(at_us, receiver, sender, int(rssi_dbm)),
        distance_m=None if distance_m is None else _finite(distance_m),
        receiver_model=str(receiver_model),
        sender_model=str(sender_model),
    )


def _finite(distance_m: float) -> float:
    if not 0 <= distance_m < math.inf:
        raise ValueError(f"{distance_m} is no distance")
    return float(distance_m)


def models(tables: Iterable[Iterable[Row]], short_models: Mapping[int, str]) -> dict[int, str]:
    """Return the model of each phone.

    A receiver's model is always right in the tables. A phone that never received has the model of a
    receiver with the same abbreviation in the README, or else the abbreviation.
    """
    known = {row.sighting.receiver: row.receiver_model for rows in tables for row in rows}
    spelled = {
        short_models[phone]: model for phone, model in known.items() if phone in short_models
    }
    return {phone: spelled.get(short, short) for phone, short in short_models.items()} | known
