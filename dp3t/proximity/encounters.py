"""What a phone can say of one contact without saying with whom or at what hour.

An encounter comes from the sightings of one identifier; it holds a UTC day, a duration, how near,
and a score, all of them coarse, and nothing of the identifier [DISCLOSURE-1].
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.exposure import MAX_GAP_SECONDS
from dp3t.timeline import Day

NEAR_BELOW_DB = 50
MEDIUM_BELOW_DB = 55
STEP_MINUTES = 5
MAX_MINUTES = 120
"""No identifier of a DP-3T design or of GAEN lives longer, so a longer one is a replay."""


class AttenuationClass(IntEnum):
    """How near the other phone was; the number is what stands in a disclosure [DISCLOSURE-3]."""

    NEAR = 0
    MEDIUM = 1
    FAR = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True, order=True)
class Encounter:
    """One contact, as coarse as it is disclosed.

    Attributes:
        day: the UTC day.
        minutes: the contact time, a multiple of 5 from 5 to 120.
        attenuation_class: how near, as the longer part of the time was.
        score: weighted minutes, a multiple of 5 from 0 to `minutes`; 0 where the class is unknown.

    Raises:
        ValueError: a value outside its range.
    """

    day: Day
    minutes: int
    attenuation_class: AttenuationClass
    score: int

    def __post_init__(self) -> None:
        if self.minutes not in range(STEP_MINUTES, MAX_MINUTES + 1, STEP_MINUTES):
            raise ValueError("a contact lasts a multiple of 5 minutes from 5 to 120")
        if self.score not in range(0, self.minutes + 1, STEP_MINUTES):
            raise ValueError("a score is a multiple of 5 that does not exceed the minutes")
        if self.attenuation_class is AttenuationClass.UNKNOWN and self.score:
            raise ValueError("without an attenuation there is no score")


def class_of(attenuation_db: int) -> AttenuationClass:
    """Return the class of an attenuation, transmit power minus signal strength [DISCLOSURE-3]."""
    if attenuation_db < NEAR_BELOW_DB:
        return AttenuationClass.NEAR
    if attenuation_db < MEDIUM_BELOW_DB:
        return AttenuationClass.MEDIUM
    return AttenuationClass.FAR


def encounter_of(
    day: Day, sightings: Iterable[tuple[int, int]], *, metadata: Metadata | None
) -> Encounter | None:
    """Return the encounter that sightings of one identifier make, or None for a passing one.

    Args:
        day: the UTC day on which it was heard.
        sightings: pairs of seconds, from any origin, and signal strength in dBm, in any order.
        metadata: what the sender told of its power, in the clear; None where it is not known.
    """
    seconds = _seconds_by_class(sightings, metadata)
    minutes = min(MAX_MINUTES, _steps(sum(seconds.values()), 60))
    if not minutes:
        return None
    doubled = 2 * seconds[AttenuationClass.NEAR] + seconds[AttenuationClass.MEDIUM]
    score = min(minutes, _steps(doubled, 120))
    return Encounter(day, minutes, _middle(seconds), score)


def encounters_of(
    heard: Iterable[tuple[Day, Iterable[tuple[int, int]], Metadata | None]],
) -> list[Encounter]:
    """Return the encounters that a phone's observations make, each from one, in no special order.

    Args:
        heard: for each observation its day, its sightings and its sender's metadata, as
            `encounter_of` takes them: all observations for a case, matched ones for a suspected
            case.
    """
    found = (encounter_of(day, sightings, metadata=metadata) for day, sightings, metadata in heard)
    return [encounter for encounter in found if encounter is not None]


def _seconds_by_class(
    sightings: Iterable[tuple[int, int]], metadata: Metadata | None
) -> Mapping[AttenuationClass, int]:
    """Return the contact time in each class: a sighting stands for the gap that it ends."""
    seconds = Counter[AttenuationClass]()
    for (before, _), (after, rssi_dbm) in pairwise(sorted(sightings)):
        if after - before <= MAX_GAP_SECONDS:
            nearness = AttenuationClass.UNKNOWN
            if metadata is not None:
                nearness = class_of(metadata.tx_power_dbm - rssi_dbm)
            seconds[nearness] += after - before
    return seconds


def _middle(seconds: Mapping[AttenuationClass, int]) -> AttenuationClass:
    """Return the nearest class such that at least half of the time was as near or nearer."""
    total, so_far = sum(seconds.values()), 0
    for nearness in AttenuationClass:
        so_far += seconds[nearness]
        if 2 * so_far >= total:
            return nearness
    raise ValueError("a contact without time has no class")


def _steps(amount: int, per_minute: int) -> int:
    """Return an amount as minutes, to the nearest multiple of 5, halves up [DISCLOSURE-2]."""
    step = STEP_MINUTES * per_minute
    return (2 * amount + step) // (2 * step) * STEP_MINUTES
