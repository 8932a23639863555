"""What was heard on a day, added up: for how long, how often, how near.

Only the time between sightings that follow one another closely counts [EXPOSURE-2]. Nothing is
weighed here; `assessment` does that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.interface import Match
from dp3t.proximity.observations import Observation
from dp3t.timeline import Day

MAX_GAP_SECONDS = 600
"""Sightings further apart than this belong to different episodes of contact."""

CLOSE_ATTENUATION_DB = 79
"""Beyond this nobody counts as close; Corona-Warn-App leaves out what is weaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One day's contact with people who later reported.

    Attributes:
        day: the UTC day.
        identifiers: how many matched identifiers were heard.
        sightings: how many advertisements were heard.
        seconds: time in contact, added up over the identifiers and their release slots; two
            patients at once count twice, the gap where an identifier or a slot changes not at all.
        strongest_rssi_dbm: the nearest sighting's signal strength.
        least_attenuation_db: transmit power minus signal strength where that is least, never
            below 0, among the sightings whose sender told its power; None where none did.
    """

    day: Day
    identifiers: int
    sightings: int
    seconds: int
    strongest_rssi_dbm: int
    least_attenuation_db: int | None


def contact_seconds(times: Iterable[int]) -> int:
    """Return the time between sightings of one identifier at most 600 s apart [EXPOSURE-2].

    Args:
        times: seconds, in any order and from any origin.
    """
    gaps = (later - earlier for earlier, later in pairwise(sorted(times)))
    return sum(gap for gap in gaps if gap <= MAX_GAP_SECONDS)


def is_close(observation: Observation, metadata: Metadata | None) -> bool:
    """Return whether a sender may have been close by: its attenuation is low or unknown."""
    if metadata is None:
        return True
    strongest = max(sighting.rssi_dbm for sighting in observation.sightings)
    return metadata.tx_power_dbm - strongest <= CLOSE_ATTENUATION_DB


def summarize(matches: Iterable[Match]) -> tuple[Exposure, ...]:
    """Return one exposure for each day with a match, oldest first [EXPOSURE-1].

    Args:
        matches: those that count; `revisions.unrevoked` leaves out the others.
    """
    by_day: dict[Day, list[Match]] = {}
    for match in matches:
        by_day.setdefault(match.day, []).append(match)
    return tuple(_exposure(day, by_day[day]) for day in sorted(by_day))


def _exposure(day: Day, matches: list[Match]) -> Exposure:
    sightings = [sighting for match in matches for sighting in match.observation.sightings]
    attenuations = [
        max(0, match.metadata.tx_power_dbm - sighting.rssi_dbm)
        for match in matches
        if match.metadata is not None
        for sighting in match.observation.sightings
    ]
    return Exposure(
        day=day,
        identifiers=len({match.observation.identity for match in matches}),
        sightings=len(sightings),
        seconds=sum(
            contact_seconds(sighting.offset_seconds for sighting in match.observation.sightings)
            for match in matches
        ),
        strongest_rssi_dbm=max(sighting.rssi_dbm for sighting in sightings),
        least_attenuation_db=min(attenuations, default=None),
    )
