"""Simulated sightings beside captured ones, at the same distances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled
from dp3t_simulator.radio.captures import Advert, Captures, Scans, Scenario
from dp3t_simulator.radio.fitting import FITTED
from dp3t_simulator.radio.kernel import RadioModel, room, sightings
from dp3t_simulator.radio.parameters import TX_POWER_DBM, RadioParameters
from dp3t_simulator.radio.tables import model_of

CLASSES_M = (0.3, 1.0, 1.5, 2.0, 3.0, 5.0)
"""Where classes of distance begin; the last one ends the farthest."""
LIMITS_DB = (55, 63)
NEAR_M = 2.0
REPLICATES = 100
CONTACT_SECONDS = 1016
"""About four scans."""

_BEGIN = 36_000
_CARRIED = 3
"""A layer in which phones are carried: what tables change is read from the held-out scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How well "attenuation at most a limit" tells who is within two metres.

    Attributes:
        precision: of those told, the share that is near; 0 where none is told.
        recall: of those near, the share told.
    """

    precision: float
    recall: float

    @classmethod
    def of(
        cls,
        attenuation: NDArray[np.float64],
        near: NDArray[np.bool_],
        weight: NDArray[np.float64],
        limit_db: int,
    ) -> Self:
        """Judge sightings, each with a weight."""
        told = attenuation <= limit_db
        right = float(weight[told & near].sum())
        return cls(
            precision=round(right / max(float(weight[told].sum()), 1e-9), 4),
            recall=round(right / max(float(weight[near].sum()), 1e-9), 4),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceClass:
    """A class of distance of a scenario.

    Attributes:
        from_m, to_m: its range.
        scans: how many captured scans with a known distance there are.
        distance_ks: greatest difference of the two distributions of attenuation, 0 to 1.
        captured_db, simulated_db: mean attenuations of what is heard.
        captured_per_minute, simulated_per_minute: sightings in a minute of contact; the captured
            ones None where no film tells who was not heard.
    """

    from_m: float
    to_m: float
    scans: int
    distance_ks: float
    captured_db: float
    simulated_db: float
    captured_per_minute: float | None
    simulated_per_minute: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A scenario, captured and simulated.

    Attributes:
        name: of the scenario.
        fitted: whether the law of distance was fitted to it; else it was held out.
        classes: by distance, the near ones first.
        adverts: how single captured adverts are judged, by limit: what ble-data.md tabulates.
        captured, simulated: how scans are judged, by limit, the two at the same distances.
        curves: for print: captured attenuations and simulated ones with weights, by class.
    """

    name: str
    fitted: bool
    classes: tuple[DistanceClass, ...]
    adverts: Mapping[int, Judged]
    captured: Mapping[int, Judged]
    simulated: Mapping[int, Judged]
    curves: tuple["Curves", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """What was heard in a class of distance, as attenuations in dB."""

    captured: NDArray[np.float64]
    simulated: NDArray[np.float64]
    weight: NDArray[np.float64]


class Heard:
    """What simulated phones hear in place of each captured scan, many times over.

    Args:
        model: of the radio.
        scans: captured; only their distances count.
    """

    def __init__(self, model: RadioModel, scans: Scans) -> None:
        centimetres = np.rint(100 * scans.distance_m).astype(np.int64)
        scan, rssi = _heard(model, centimetres)
        self.scan = scan
        self.attenuation = (TX_POWER_DBM - rssi).astype(np.float64)
        self.count = np.bincount(scan, minlength=len(centimetres))

    def weights(self, captured: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return weights that give each captured scan that was heard 1, and others nothing."""
        share = np.where(captured & (self.count > 0), 1 / np.maximum(self.count, 1), 0)
        weights: NDArray[np.float64] = share[self.scan]
        return weights

    @property
    def per_minute(self) -> float:
        """Sightings in a minute of contact."""
        return len(self.scan) / (len(self.count) * REPLICATES * CONTACT_SECONDS / 60)

    def curves(self, scans: Scans) -> Curves:
        """Return what was captured beside what is simulated for the captured scans that heard."""
        return Curves(
            captured=_attenuation(scans),
            simulated=self.attenuation,
            weight=self.weights(scans.heard),
        )


def compare(captures: Captures, parameters: RadioParameters, *, seed: int) -> tuple[Compared, ...]:
    """Return each scenario of recordings beside what the parameters make of its distances."""
    model = model_of(parameters, seed)
    gap = float(captures.gaps_seconds.mean())
    return tuple(_compared(each, model, gap) for each in captures.scenarios)


def _compared(scenario: Scenario, model: RadioModel, gap_seconds: float) -> Compared:
    scans = scenario.scans.chosen(~np.isnan(scenario.scans.distance_m))
    classes, curves = [], []
    for from_m, to_m in pairwise(CLASSES_M):
        inside = scans.within(from_m, to_m)
        simulated = Heard(model, inside)
        curve = simulated.curves(inside)
        heard_share = float(inside.heard.mean())
        captured_per_minute = round(60 / gap_seconds * heard_share, 3)
        classes.append(
            DistanceClass(
                from_m=from_m,
                to_m=to_m,
                scans=len(inside.heard),
                distance_ks=round(kolmogorov_smirnov(curve), 3),
                captured_db=round(float(curve.captured.mean()), 1),
                simulated_db=round(float(np.average(curve.simulated, weights=curve.weight)), 1),
                captured_per_minute=captured_per_minute if scenario.filmed else None,
                simulated_per_minute=round(simulated.per_minute, 3),
            )
        )
        curves.append(curve)
    return Compared(
        name=scenario.name,
        fitted=scenario.name in FITTED,
        classes=tuple(classes),
        adverts=_judged_adverts(scenario.adverts),
        captured=_judged(scans),
        simulated=_judged_simulated(scans, Heard(model, scans)),
        curves=tuple(curves),
    )


def kolmogorov_smirnov(curves: Curves) -> float:
    """Return the greatest difference of two distributions, of which the second has weights."""
    grid = np.arange(256)
    captured = np.searchsorted(np.sort(curves.captured), grid, side="right") / len(curves.captured)
    order = np.argsort(curves.simulated, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(curves.weight[order])])
    simulated = total[np.searchsorted(curves.simulated[order], grid, side="right")] / total[-1]
    return float(np.abs(captured - simulated).max())


def _attenuation(scans: Scans) -> NDArray[np.float64]:
    attenuation: NDArray[np.float64] = np.rint(TX_POWER_DBM - scans.rssi_dbm[scans.heard])
    return attenuation


def _judged_adverts(adverts: Sequence[Advert]) -> dict[int, Judged]:
    known = [each for each in adverts if each.distance_m is not None]
    attenuation = np.array([float(TX_POWER_DBM - each.rssi_dbm) for each in known])
    near = np.array([each.distance_m is not None and each.distance_m <= NEAR_M for each in known])
    return {each: Judged.of(attenuation, near, np.ones(len(near)), each) for each in LIMITS_DB}


def _judged(scans: Scans) -> dict[int, Judged]:
    near = scans.distance_m[scans.heard] <= NEAR_M
    weight = np.ones(len(near))
    return {each: Judged.of(_attenuation(scans), near, weight, each) for each in LIMITS_DB}


def _judged_simulated(scans: Scans, heard: Heard) -> dict[int, Judged]:
    near = (scans.distance_m <= NEAR_M)[heard.scan]
    weight = heard.weights(scans.heard)
    return {each: Judged.of(heard.attenuation, near, weight, each) for each in LIMITS_DB}


def _heard(
    model: RadioModel, centimetres: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    most = len(centimetres) * REPLICATES * room(CONTACT_SECONDS)
    scan, rssi = np.empty(most, np.int64), np.empty(most, np.int16)
    found = _hear(model, centimetres, _CARRIED, REPLICATES, scan, np.empty(most, np.int32), rssi)
    return scan[:found], rssi[:found]


@compiled
def _hear(
    model: RadioModel,
    centimetres: NDArray[np.int64],
    layer: int,
    replicates: int,
    scan: NDArray[np.int64],
    time: NDArray[np.int32],
    rssi: NDArray[np.int16],
) -> int:
    """Let two new people stand at each distance, again and again; return how much was heard."""
    at = 0
    for index in range(len(centimetres)):
        for replicate in range(replicates):
            person = 2 * (index * replicates + replicate)
            before, distance = at, centimetres[index]
            at = sightings(
                model,
                person,
                person + 1,
                0,
                _BEGIN,
                CONTACT_SECONDS,
                distance,
                layer,
                time,
                rssi,
                at,
            )
            scan[before:at] = index
    return at
