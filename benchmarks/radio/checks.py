"""Exposure windows from raw captures, beside those that Google's phones computed."""

import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
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
SCANS_TOLERANCE = 0.15
"""Of scans and seconds: everybody heard includes phones that published no keys, up to 3 in 19."""
PER_SENDER_TOLERANCE = 0.10
"""Of windows, scans and seconds for each sender, where only phones with published keys count."""
CALIBRATION = KNOWN["SM-G973F"]
"""Of phones 01 and 02, two Galaxy S10; the others' are taken for the same."""

_FROM_SECONDS, _UNTIL_SECONDS = (12 * 60 + 39) * 60, (15 * 60 + 55) * 60
"""From the time of day, in UTC, at which the first log begins, to about when they were asked."""
_LAST_SECONDS = (16 * 60 + 1) * 60
"""The time of day of the last scans in Google's windows: those of phones with a log show it."""

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
class Ratios:
    """Ours over Google's, by number; infinite where Google has none."""

    windows: float
    scans: float
    seconds: float

    def within(self, windows_tolerance: float, scans_tolerance: float) -> bool:
        """Say whether all are near 1: scans and seconds by the second tolerance."""
        durations = (self.scans, self.seconds)
        return abs(self.windows - 1) <= windows_tolerance and all(
            abs(ratio - 1) <= scans_tolerance for ratio in durations
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Our windows beside Google's.

    Attributes:
        ours: our windows.
        ratios: ours over Google's.
        ks: the Kolmogorov-Smirnov distance of the least attenuations; 1 where one has none.
    """

    ours: Windows
    ratios: Ratios
    ks: float

    @property
    def agrees(self) -> bool:
        """Whether all lie within the tolerance."""
        near = self.ratios.within(WINDOWS_TOLERANCE, SCANS_TOLERANCE)
        return near and self.ks <= KS_TOLERANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class PerSender:
    """A sender's mean share of our windows beside that of Google's.

    Attributes:
        senders: phones with a log and published keys that were heard, whose mean is ours.
        google_senders: phones with published keys, over which Google's windows are shared out.
        ratios: our mean over Google's.
    """

    senders: int
    google_senders: int
    ratios: Ratios

    @property
    def agrees(self) -> bool:
        """Whether all lie within the tolerance."""
        return self.ratios.within(PER_SENDER_TOLERANCE, PER_SENDER_TOLERANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one receiver's capture and Google's windows of it say.

    Attributes:
        receiver: the phone.
        google: its windows by Google.
        missing_logs: phones with published keys whose log is not at hand.
        logged: our windows of the senders whose logs are at hand.
        heard: these and those of all other phones heard that are no iPhones, see `succession`.
        per_sender: what a sender's windows come to; None without a sender that has a log.
    """

    receiver: int
    google: Windows
    missing_logs: Sequence[int]
    logged: Agreement
    heard: Agreement
    per_sender: PerSender | None

    @property
    def basis(self) -> str:
        """Which of the two is comparable: "logged" where no log is missing, else "heard"."""
        return "heard" if self.missing_logs else "logged"

    @property
    def agrees(self) -> bool:
        """Whether the comparable one agrees, and each sender's share."""
        comparable = self.heard if self.missing_logs else self.logged
        return comparable.agrees and (self.per_sender is None or self.per_sender.agrees)


def check_windows(experiment: Experiment, logs: Mapping[int, PhoneLog]) -> list[Check]:
    """Return a check for each receiver with a log and windows by Google.

    Each file holds all windows of its receiver so far, so the one with the most is the last.
    """
    published = {sender for files in experiment.checks.values() for sender in files}
    checks = []
    for receiver, files in sorted(experiment.checks.items()):
        day_seconds, google = max(map(_read, files.values()), key=lambda found: found[1].windows)
        if receiver in logs and google.windows:
            others = published - {receiver}
            checks.append(_check(receiver, logs, google, day_seconds, others))
    return checks


def _check(
    receiver: int,
    logs: Mapping[int, PhoneLog],
    google: Windows,
    day_seconds: int,
    published: AbstractSet[int],
) -> Check:
    opens_us, closes_us, last_us = (
        1_000_000 * (day_seconds + at) for at in (_FROM_SECONDS, _UNTIL_SECONDS, _LAST_SECONDS)
    )
    owned: dict[bytes, object] = dict(owners(logs))
    iphones = frozenset().union(*(log.from_iphones for log in logs.values()))
    others = fewest_senders(logs, owned.keys() | iphones, opens_us, closes_us)
    until_last = [seen for seen in logs[receiver].received if opens_us <= seen.at_us <= last_us]
    heard = [seen for seen in until_last if seen.at_us <= closes_us]
    logged = _windows(receiver, heard, owned)
    unknown = {each: ("unknown", sender) for each, sender in others.items()}
    everyone = _windows(receiver, heard, owned | unknown)
    of_published = {each: sender for each, sender in owned.items() if sender in published}
    shared = _windows(receiver, until_last, of_published)
    return Check(
        receiver=receiver,
        google=google,
        missing_logs=sorted(published - logs.keys()),
        logged=_agreement(logged, google),
        heard=_agreement(everyone, google),
        per_sender=_per_sender(shared, google, len(published)),
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
        ratios=_ratios(ours, google),
        ks=kolmogorov_smirnov(ours.least_db, google.least_db),
    )


def _per_sender(ours: Windows, google: Windows, google_senders: int) -> PerSender | None:
    if not ours.senders:
        return None
    ratios = _ratios(ours, google, times=google_senders / ours.senders)
    return PerSender(senders=ours.senders, google_senders=google_senders, ratios=ratios)


def _ratios(ours: Windows, google: Windows, *, times: float = 1.0) -> Ratios:
    def ratio(mine: int, theirs: int) -> float:
        return times * mine / theirs if theirs else math.inf

    return Ratios(
        windows=ratio(ours.windows, google.windows),
        scans=ratio(ours.scans, google.scans),
        seconds=ratio(ours.seconds, google.seconds),
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
