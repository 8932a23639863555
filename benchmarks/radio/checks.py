"""Exposure windows from raw captures, beside those that Google's phones computed."""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.radio.collection import Experiment
from benchmarks.radio.logs import PhoneLog, identifier, owners
from benchmarks.radio.succession import fewest_senders
from dp3t.cli.calibrations import KNOWN
from dp3t.errors import MalformedError
from dp3t.proximity.capture.contacts import readings_by
from dp3t.proximity.capture.events import AdvertReceived
from dp3t.proximity.exposure.scoring.gaen_v2 import DataMapping, exposure_windows

WINDOWS_TOLERANCE = 0.12
KS_TOLERANCE = 0.10
CALIBRATION = KNOWN["SM-G973F"]
"""Of phones 01 and 02, two Galaxy S10; the others' are taken for the same."""

_FROM_SECONDS, _UNTIL_SECONDS = (12 * 60 + 39) * 60, (15 * 60 + 55) * 60
"""From the time of day, in UTC, at which the first log begins, to about when they were asked."""

_MAX_BYTES = 2**24


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """A set of windows.

    Attributes:
        senders: how many senders they are of; None where it is not told.
        windows: how many they are.
        scans: how many scan instances they hold.
        least_db: the least attenuation of each scan instance.
        seconds: that the scan instances stand for.
    """

    senders: int | None
    windows: int
    scans: int
    least_db: Sequence[int]
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Our windows beside Google's.

    Attributes:
        ours: our windows.
        ratio: ours over Google's, by number.
        ks: the Kolmogorov-Smirnov distance of the least attenuations; 1 where one has none.
    """

    ours: Windows
    ratio: float
    ks: float

    @property
    def agrees(self) -> bool:
        """Whether both lie within the tolerance."""
        return abs(self.ratio - 1) <= WINDOWS_TOLERANCE and self.ks <= KS_TOLERANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one receiver's capture and Google's windows of it say.

    Attributes:
        receiver: the phone.
        google: its windows by Google.
        missing_logs: phones with published keys whose log is not at hand.
        logged: our windows of the senders whose logs are at hand.
        heard: these and those of all other phones heard that are no iPhones, see `succession`.
    """

    receiver: int
    google: Windows
    missing_logs: Sequence[int]
    logged: Agreement
    heard: Agreement

    @property
    def basis(self) -> str:
        """Which of the two is comparable: "logged" where no log is missing, else "heard"."""
        return "heard" if self.missing_logs else "logged"

    @property
    def agrees(self) -> bool:
        """Whether the comparable one agrees."""
        return self.heard.agrees if self.missing_logs else self.logged.agrees


def check_windows(experiment: Experiment, logs: Mapping[int, PhoneLog]) -> list[Check]:
    """Return a check for each receiver with a log and windows by Google.

    Each file holds all windows of its receiver so far, so the one with the most is the last.
    """
    published = {sender for files in experiment.checks.values() for sender in files}
    checks = []
    for receiver, files in sorted(experiment.checks.items()):
        day_seconds, google = max(map(_read, files.values()), key=lambda found: found[1].windows)
        if receiver in logs and google.windows:
            missing = sorted(published - logs.keys() - {receiver})
            checks.append(_check(receiver, logs, google, day_seconds, missing))
    return checks


def _check(
    receiver: int,
    logs: Mapping[int, PhoneLog],
    google: Windows,
    day_seconds: int,
    missing: Sequence[int],
) -> Check:
    opens_us = 1_000_000 * (day_seconds + _FROM_SECONDS)
    closes_us = 1_000_000 * (day_seconds + _UNTIL_SECONDS)
    owned: dict[bytes, object] = dict(owners(logs))
    iphones = frozenset().union(*(log.from_iphones for log in logs.values()))
    others = fewest_senders(logs, owned.keys() | iphones, opens_us, closes_us)
    heard = [seen for seen in logs[receiver].received if opens_us <= seen.at_us <= closes_us]
    logged = _windows(receiver, heard, owned)
    unknown = {each: ("unknown", sender) for each, sender in others.items()}
    everyone = _windows(receiver, heard, owned | unknown)
    return Check(
        receiver=receiver,
        google=google,
        missing_logs=missing,
        logged=_agreement(logged, google),
        heard=_agreement(everyone, google),
    )


def _windows(
    receiver: int, heard: Sequence[AdvertReceived], senders: Mapping[bytes, object]
) -> Windows:
    def sender_of(seen: AdvertReceived) -> object | None:
        sender = senders.get(identifier(seen))
        return None if sender == receiver else sender

    readings = readings_by(sender_of, heard, calibration=CALIBRATION)
    windows = [
        window
        for of_sender in readings.values()
        for window in exposure_windows(of_sender, mapping=DataMapping())
    ]
    scans = [scan for window in windows for scan in window.scans]
    return Windows(
        senders=len(readings),
        windows=len(windows),
        scans=len(scans),
        least_db=[scan.least_db for scan in scans],
        seconds=sum(scan.seconds for scan in scans),
    )


def _agreement(ours: Windows, google: Windows) -> Agreement:
    return Agreement(
        ours=ours,
        ratio=ours.windows / google.windows,
        ks=kolmogorov_smirnov(ours.least_db, google.least_db),
    )


def kolmogorov_smirnov(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the largest difference of two empirical distributions, 1 where one is empty."""
    if not one or not other:
        return 1.0
    left, right = sorted(one), sorted(other)
    return max(
        abs(bisect_right(left, at) / len(left) - bisect_right(right, at) / len(right))
        for at in {*left, *right}
    )


def _read(path: Path) -> tuple[int, Windows]:
    """Return the day of a file's windows, in Unix seconds, and the windows."""
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise MalformedError(f"{path} has more than {_MAX_BYTES} bytes")
    try:
        content: dict[str, list[dict[str, Any]]] = json.loads(data)
        windows = [window for found in content.values() for window in found]
        scans = [scan for window in windows for scan in window["scanInstances"]]
        least_db = [int(scan["minAttenuationDb"]) for scan in scans]
        seconds = sum(int(scan["secondsSinceLastScan"]) for scan in scans)
        days = {int(window["dateMillisSinceEpoch"]) // 1000 for window in windows}
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise MalformedError(f"{path}: no exposure windows ({error!r})") from None
    if len(days) > 1:
        raise MalformedError(f"{path}: windows of {len(days)} days, not of one")
    found = Windows(
        senders=None, windows=len(windows), scans=len(scans), least_db=least_db, seconds=seconds
    )
    return (days.pop() if days else 0), found
