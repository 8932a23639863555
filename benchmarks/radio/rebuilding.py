"""A scenario built again from raw captures and the film, beside the table that was published."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from benchmarks.radio.camera import Camera
from benchmarks.radio.logs import PhoneLog, sightings
from benchmarks.radio.table import Row, Sighting

_UNFILMED = {
    ("exp34-epfl-soldiers", scenario): (f"2020-07-30T{opens}+02:00", f"2020-07-30T{closes}+02:00")
    for scenario, opens, closes in (
        ("scenario01-lunch", "14:49:15.856667", "15:20:32.378899"),
        ("scenario02-train", "15:28:11.136228", "15:59:06.807749"),
        ("scenario03-office", "16:05:17.992095", "16:34:12.729496"),
    )
}
"""Windows of scenarios whose film may be missing from the folder."""

_LAST_FRAME_US = 20_854
"""Half a frame at 23.98 frames a second: so long an advert still belongs to the last frame."""


class Known(NamedTuple):
    """A sighting and how far apart the two were, None where nobody knows."""

    sighting: Sighting
    distance_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What raw captures say of a scenario.

    Attributes:
        opens_us: Unix microseconds at which the scenario opens.
        closes_us: Unix microseconds at which it closes.
        truth: how distances are known: from a "film", "fixed" by the experiment, or "none".
        rows_in_table: rows of the table whose two phones both have a log.
        rows_with_distance: of these, how many have a distance in the table.
        found: how many of these rows stand in the captures too.
        found_with_distance: of the rows found, how many have a distance by our own account; None
            where there is no account.
        unequal_distances: rows found with a distance in the table alone, or in ours alone; None
            where we know no distance, so that nothing is compared.
        largest_difference_m: between a distance of the table and ours; None without a pair.
        complete: all sightings with their distance, nothing dropped.
        published: those whose identifier was set inside the window, which the published way keeps.
        published_found: how many of `published` are rows of the table.
    """

    opens_us: int
    closes_us: int
    truth: str
    rows_in_table: int
    rows_with_distance: int
    found: int
    found_with_distance: int | None
    unequal_distances: int | None
    largest_difference_m: float | None
    complete: Sequence[Known]
    published: Sequence[Known]
    published_found: int


def window_us(
    experiment: str, scenario: str, camera: Camera | None, rows: Sequence[Row]
) -> tuple[int, int]:
    """Return from when to when a scenario lasted: its film, or else what its rows span."""
    if camera is not None:
        return camera.frames_us[0], camera.frames_us[-1]
    if (experiment, scenario) in _UNFILMED:
        opens, closes = map(_unix_us, _UNFILMED[experiment, scenario])
        return opens, closes
    times = [row.sighting.at_us for row in rows]
    return min(times, default=0), max(times, default=0)


def rebuild(
    logs: Mapping[int, PhoneLog],
    rows: Sequence[Row],
    camera: Camera | None,
    window: tuple[int, int],
) -> Rebuilt:
    """Join what phones heard with where they stood.

    Args:
        logs: by phone, in UTC.
        rows: the table of the scenario.
        camera: its film, None where there is none.
        window: from when to when it lasted, in Unix microseconds.
    """
    opens_us, closes_us = window
    end_us = closes_us + _LAST_FRAME_US
    distance_m = _fixed_distance_m(rows) if camera is None else None
    complete = [
        Known(each, _distance_m(camera, each) if camera else distance_m)
        for each in sightings(logs, opens_us, end_us)
    ]
    kept = set(sightings(logs, opens_us, end_us, set_inside=True))
    published = [each for each in complete if each.sighting in kept]
    table = [row for row in rows if {row.sighting.receiver, row.sighting.sender} <= logs.keys()]
    theirs = {row.sighting: row.distance_m for row in table}
    pairs = [
        (each.distance_m, theirs[each.sighting]) for each in complete if each.sighting in theirs
    ]
    truth = "film" if camera else "none" if distance_m is None else "fixed"
    unequal = sum((ours is None) != (other is None) for ours, other in pairs)
    placed = sum(ours is not None for ours, _ in pairs)
    return Rebuilt(
        opens_us=opens_us,
        closes_us=closes_us,
        truth=truth,
        rows_in_table=len(table),
        rows_with_distance=sum(row.distance_m is not None for row in table),
        found=_common(complete, table),
        found_with_distance=None if truth == "none" else placed,
        unequal_distances=None if truth == "none" else unequal,
        largest_difference_m=max(
            (abs(ours - other) for ours, other in pairs if ours is not None and other is not None),
            default=None,
        ),
        complete=complete,
        published=published,
        published_found=_common(published, table),
    )


def _distance_m(camera: Camera, heard: Sighting) -> float | None:
    return camera.distance_m(heard.receiver, heard.sender, heard.at_us)


def _fixed_distance_m(rows: Sequence[Row]) -> float | None:
    """Return the distance of a chamber: the one that all rows of a table agree on."""
    distances = {row.distance_m for row in rows}
    return distances.pop() if len(distances) == 1 else None


def _common(ours: Sequence[Known], table: Sequence[Row]) -> int:
    counted = Counter(each.sighting for each in ours)
    return (counted & Counter(row.sighting for row in table)).total()


def _unix_us(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond
