"""What every rule starts from: moments with an attenuation, and Java's way to round."""

from collections.abc import Iterable
from typing import NamedTuple

SAME_SCAN_SECONDS = 25.5
"""Sightings at most this far apart are of one scan: 1.5 times a scan of 4 s and 13 s more."""


class Reading(NamedTuple):
    """One sighting of one sender.

    Attributes:
        at_seconds: when, from any origin; one origin for all readings of a sender.
        attenuation_db: transmit power less received signal strength, at least 0.
        calibration_confidence: 0 (lowest) to 3 (high), as the sender says.
        previous_scan_seconds: when the scan before this one was; None where it is not known.
    """

    at_seconds: int
    attenuation_db: int
    calibration_confidence: int = 0
    previous_scan_seconds: int | None = None


def rounded(value: float) -> int:
    """Return the nearest integer, halves up, and 0 for no number [SCORING-1]."""
    if value != value:
        return 0
    whole = value // 1
    return int(whole) + (value - whole >= 0.5)


def one_per_scan(readings: Iterable[Reading]) -> list[Reading]:
    """Return the nearest reading of each scan [SCORING-2].

    Args:
        readings: those of one identifier, in order of time.
    """
    nearest: list[Reading] = []
    previous = None
    for reading in readings:
        if previous is None or reading.at_seconds - previous > SAME_SCAN_SECONDS:
            nearest.append(reading)
        elif reading.attenuation_db < nearest[-1].attenuation_db:
            nearest[-1] = reading
        previous = reading.at_seconds
    return nearest
