"""What one phone finds of another one's keys on one day: sightings become contacts and seconds.

A sighting is one number, `packed`: the true second of the day and the RSSI, so that numbers in
order are sightings in order. A reading is one too: the second of its scan and the attenuation.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t.proximity.exposure.scoring.readings import SAME_SCAN_SECONDS
from dp3t_simulator.compiled import inlined, uncounted
from dp3t_simulator.warnings.law import SLOT_SECONDS, Law

ALL_WINDOWS = -1
"""Every bit is set: all windows of a day are published."""

_BITS = 8
_LOWEST_RSSI = -128
ATTENUATION = 255
"""The bits of a reading that are its attenuation, and the greatest that one can be."""

_SLOTS = 12

Numbers = NDArray[np.int32]


class Workspace(NamedTuple):
    """What one thread needs for one pair and day; what is in it counts until the next.

    Attributes:
        time: when scans heard something, as the radio tells it.
        rssi: how strongly.
        heard: sightings, in order.
        reading: readings of the contacts, one contact after the other.
        end: where each contact's readings end.
        seconds: how long each contact lasted [WARNINGS-6].
    """

    time: Numbers
    rssi: NDArray[np.int16]
    heard: Numbers
    reading: Numbers
    end: Numbers
    seconds: Numbers


def workspace(most: int) -> Workspace:
    """Return room for so many sightings at most."""
    time, heard, reading, end, seconds = np.zeros((5, most), dtype=np.int32)
    return Workspace(time, np.zeros(most, dtype=np.int16), heard, reading, end, seconds)


@inlined
def packed(time: int, rssi_dbm: int) -> int:
    """Return a sighting as one number: a true second of the day, and an RSSI."""
    return (time << _BITS) | (rssi_dbm - _LOWEST_RSSI)


@inlined
def time_of(number: int) -> int:
    """Return the second of a sighting or a reading."""
    return number >> _BITS


@inlined
def attenuation_of(law: Law, sighting: int) -> int:
    """Return the attenuation of a sighting in dB, 0 to 255."""
    rssi_dbm = (sighting & ATTENUATION) + _LOWEST_RSSI
    return min(max(law.tx_power_dbm - rssi_dbm, 0), ATTENUATION)


@uncounted
def sort(numbers: Numbers, count: int) -> None:
    """Put the first numbers in order; quick where they nearly are."""
    for place in range(1, count):
        number = numbers[place]
        before = place - 1
        while before >= 0 and numbers[before] > number:
            numbers[before + 1] = numbers[before]
            before -= 1
        numbers[before + 1] = number


@uncounted
def counts(law: Law, sent: int, received: int, published: int) -> bool:
    """Return whether a sighting counts [WARNINGS-4].

    Args:
        law: of the design.
        sent: the moment on the sender's clock, in seconds of the day.
        received: the moment on the receiver's clock.
        published: bit w tells whether the sender publishes window w of the day; `hybrid` only.
    """
    if law.period_seconds == 0:
        apart = received // law.identifier_seconds - sent // law.identifier_seconds
        return abs(apart) <= law.drift_identifiers
    period = sent // law.period_seconds
    if law.windows and (published >> period) & 1 == 0:
        return False
    return (
        period == received // law.period_seconds
        or period == (received - law.skew_seconds) // law.period_seconds
        or period == (received + law.skew_seconds) // law.period_seconds
    )


@uncounted
def windows_near(law: Law, received: int) -> int:
    """Return the bits of the windows under which a receiver files a moment of its clock."""
    return (
        1 << received // law.period_seconds
        | 1 << (received - law.skew_seconds) // law.period_seconds
        | 1 << (received + law.skew_seconds) // law.period_seconds
    )


@uncounted
def contacts(
    law: Law, work: Workspace, count: int, sender_skew: int, receiver_skew: int, published: int
) -> int:
    """Make contacts of the sightings in a workspace, and return how many [WARNINGS-7].

    Args:
        law: of the design.
        work: `heard` holds sightings in order; the rest is written.
        count: how many sightings.
        sender_skew: by how many seconds the sender's clock is ahead.
        receiver_skew: the receiver's.
        published: as in `counts`.
    """
    found, readings, observation = 0, 0, -1
    scan, origin, before = 0, 0, 0
    for place in range(count):
        sighting = work.heard[place]
        sent, received = time_of(sighting) + sender_skew, time_of(sighting) + receiver_skew
        if not counts(law, sent, received, published):
            continue
        its = sent // law.identifier_seconds * _SLOTS + received // SLOT_SECONDS
        if found == 0 or (its != observation and not law.timed):
            origin = 0 if law.timed else received
            scan = received
            work.seconds[found] = 0
            found += 1
        elif its == observation and received - before <= law.gap_seconds:
            work.seconds[found - 1] += received - before
        if received - scan > SAME_SCAN_SECONDS:
            scan = received
        observation, before = its, received
        work.reading[readings] = ((scan - origin) << _BITS) | attenuation_of(law, sighting)
        readings += 1
        work.end[found - 1] = readings
    return found
