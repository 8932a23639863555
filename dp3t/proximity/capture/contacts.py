"""A replay as contacts, which a configuration can weigh."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from dp3t.params import DAY_SECONDS
from dp3t.proximity.capture.events import AdvertReceived
from dp3t.proximity.capture.replay import Replay
from dp3t.proximity.exposure.assessment import Contact
from dp3t.proximity.exposure.calibration import Calibration
from dp3t.proximity.exposure.scoring.readings import SAME_SCAN_SECONDS, Reading
from dp3t.timeline import Day

G = TypeVar("G", bound=Hashable)

NO_STRENGTH_DBM = 127
"""What a controller logs that did not measure [CAPTURE-9]."""


def contacts_of(
    found: Replay, *, received: Iterable[AdvertReceived], calibration: Calibration
) -> tuple[Contact, ...]:
    """Return one contact with the sender for each UTC day with a sighting [CAPTURE-20].

    Args:
        found: the sightings that count.
        received: all adverts of the receiver's log, which tell when it scanned.
        calibration: the receiver's radio, and the power of the sender, whose metadata stay sealed.
    """
    counted = set(found.sightings)

    def day_if_counted(seen: AdvertReceived) -> Day | None:
        return _day(seen) if seen in counted else None

    readings = readings_by(day_if_counted, received, calibration=calibration)
    days = sorted({_day(seen) for seen in found.sightings})
    return tuple(Contact(day=day, readings=tuple(readings.get(day, ()))) for day in days)


def readings_by(
    group: Callable[[AdvertReceived], G | None],
    received: Iterable[AdvertReceived],
    *,
    calibration: Calibration,
) -> dict[G, list[Reading]]:
    """Return readings in groups, each in order of time [CAPTURE-21].

    Args:
        group: where an advert belongs; None leaves it out, but it still tells of a scan.
        received: all adverts of a log, in any order.
        calibration: the receiver's radio; where it tells no power, there are no readings.
    """
    readings: dict[G, list[Reading]] = {}
    scan = scan_before = last = None
    for seen in sorted(received, key=lambda seen: seen.at_us):
        at = seen.at_us // 1_000_000
        if last is None or at - last > SAME_SCAN_SECONDS:
            scan, scan_before = at, scan
        last = at
        place = group(seen)
        attenuation = calibration.attenuation_db(seen.rssi_dbm, tx_power_dbm=None)
        if place is None or attenuation is None or seen.rssi_dbm == NO_STRENGTH_DBM:
            continue
        readings.setdefault(place, []).append(
            Reading(at, attenuation, calibration.confidence, scan_before)
        )
    return readings


def _day(seen: AdvertReceived) -> Day:
    return Day(seen.at_us // 1_000_000 // DAY_SECONDS)
