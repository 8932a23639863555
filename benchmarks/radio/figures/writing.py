"""Which figures an experiment gives, and where they are written."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.radio.attenuation import Radio, points, uniform
from benchmarks.radio.checks import CALIBRATION
from benchmarks.radio.figures.curve import curve_figure
from benchmarks.radio.figures.distance import distance_figure
from benchmarks.radio.figures.style import save, settings
from benchmarks.radio.figures.timeline import Contact, timeline_figure
from benchmarks.radio.logs import identifier, owners
from benchmarks.radio.measuring import Measured, Question
from benchmarks.radio.precision import Point
from dp3t.cli.language import text
from dp3t.proximity.capture.contacts import readings_by
from dp3t.proximity.capture.events import AdvertReceived
from dp3t.proximity.exposure.scoring.gaen_v2 import DataMapping, exposure_windows

_LEAST_POINTS = 100
CALIBRATED = uniform(CALIBRATION.tx_power_dbm or 0, CALIBRATION.rx_correction_db)


def write_figures(measured: Measured, question: Question, folder: Path) -> Iterator[Path]:
    """Write the figures that an experiment's data allow, and yield their paths.

    A scenario is drawn where its distances vary, a timeline where two phones of a scenario have a
    log.

    Raises:
        OSError: a file cannot be written.
    """
    name, limit_m = measured.experiment.name, question.distances_m[0]
    radio = question.radios[0]
    scenarios = {
        scenario.name: known
        for scenario in measured.scenarios
        if _varies(known := points(scenario.table, radio, question.reproduced))
    }
    with settings():
        if scenarios:
            for what, draw in (("distance", distance_figure), ("curve", curve_figure)):
                figure = draw(
                    scenarios,
                    experiment=name,
                    radio=printed(radio),
                    thresholds_db=question.thresholds_db,
                    limit_m=limit_m,
                )
                yield save(figure, folder / f"{name}-{what}.png")
        contact = longest_contact(measured)
        if contact is not None:
            figure = timeline_figure(
                contact,
                experiment=name,
                radio=printed(CALIBRATED),
                thresholds_db=question.thresholds_db,
                limit_m=limit_m,
            )
            yield save(figure, folder / f"{name}-timeline.png")


def printed(radio: Radio) -> str:
    """Return the name of a radio with proper minus signs, and whose it is."""
    whose = text(en=" for all phones", vi=" cho mọi máy") if radio.by_model is None else ""
    return radio.name.replace(" -", " \N{MINUS SIGN}") + whose


def _varies(known: list[Point]) -> bool:
    return len(known) >= _LEAST_POINTS and len({point.distance_m for point in known}) > 1


def longest_contact(measured: Measured) -> Contact | None:
    """Return the contact of the pair with the most sightings in scenarios, None without any."""
    rebuilt = {
        scenario.name: scenario.rebuilt for scenario in measured.scenarios if scenario.rebuilt
    }
    known = [each for found in rebuilt.values() for each in found.complete]
    pairs = Counter((each.sighting.receiver, each.sighting.sender) for each in known)
    if not pairs:
        return None
    receiver, sender = max(pairs, key=lambda pair: (pairs[pair], pair))
    owner = owners(measured.logs)

    def is_sender(seen: AdvertReceived) -> bool | None:
        return owner.get(identifier(seen)) == sender or None

    received = measured.logs[receiver].received
    readings = readings_by(is_sender, received, calibration=CALIBRATION).get(True, [])
    ends = [reading.at_seconds for reading in readings]
    windows = []
    for window in exposure_windows(readings, mapping=DataMapping()):
        first = window.start_seconds
        last = max(at for at in ends if first <= at < first + 1800)
        windows.append((first, last, median(scan.least_db for scan in window.scans)))
    return Contact(
        receiver=receiver,
        sender=sender,
        heard=[(reading.at_seconds, reading.attenuation_db) for reading in readings],
        windows=windows,
        truth=[
            (each.sighting.at_us / 1e6, each.distance_m)
            for each in known
            if (each.sighting.receiver, each.sighting.sender) == (receiver, sender)
            and each.distance_m is not None
        ],
        scenarios=[
            (name, found.opens_us / 1e6, found.closes_us / 1e6)
            for name, found in rebuilt.items()
            if any(found.opens_us <= 1_000_000 * at <= found.closes_us for at in ends)
        ],
    )
