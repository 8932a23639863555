"""How many infections an app averts by its uptake, where distancing holds the epidemic near 1.

The runs of one seed share their luck: with a higher uptake, those who had the app still have it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.result import Columns
from dp3t_simulator.scenario.reading import parse_scenario, replaced_all
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.simulation import simulate

UPTAKES = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75)
"""Shares of the whole population, as in Abueg et al. 2021."""

ASSUMPTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "reported": {"app.upload_consent": "0.72"},
        "tested": {"app.upload_consent": "0.72", "testing.symptomatic_probability": "0.9"},
        "planned": {
            "app.upload_consent": "1",
            "app.compliance": "0.9",
            "testing.symptomatic_probability": "0.9",
        },
    }
)
"""What people do: as England reported it; the same, but nine in ten of the ill are tested; as it
was planned, where whoever is positive uploads as well and nine in ten of the warned stay at home.
"""

_TOWN = """
days = 120
[population]
preset = "united-kingdom"
occasional_daily = 5.5  # as calibrated by the warnings of each upload in England
[disease]
reproduction_number = 1.8
index_case = "typical"
[app]
uptake = 0
smartphone_by_age = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
design = "gaen"
configuration = "gaen-v2"
"""

_EARLY_DAYS = (20, 60)
"""Whom those infect who are infected on these days is R: seeds have had successors by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UptakeEffect:
    """What came of the runs under one assumption.

    Attributes:
        infected: how many were infected, a row for each seed and a column for each of `UPTAKES`.
        people: how many there were.
        reproduction: whom one infected on average without the app, all seeds together.
        cases_per_infection: positive results for each infection without the app, likewise.
    """

    infected: NDArray[np.int64]
    people: int
    reproduction: float
    cases_per_infection: float

    @property
    def reductions(self) -> NDArray[np.float64]:
        """The share of infections averted, in the order of `infected`."""
        without = self.infected[:, :1]
        found: NDArray[np.float64] = 1 - self.infected / without
        return found

    @property
    def exponent(self) -> float:
        """The power of the uptake that the mean reduction grows with, from 15 to 75 %.

        Not a number where either averts nothing.
        """
        low, high = self.reductions.mean(axis=0)[[1, -1]]
        if min(low, high) <= 0:
            return float("nan")
        return log(high / low) / log(UPTAKES[-1] / UPTAKES[1])

    @property
    def per_point(self) -> float:
        """The share of infections averted by a percentage point, from 15 to 45 %."""
        low, high = self.infected.sum(axis=0)[[1, 3]]
        return float((1 - high / low) / (100 * (UPTAKES[3] - UPTAKES[1])))


def town(people: int, assumption: str) -> Scenario:
    """Return the town without the app, a thousandth of which is infected on day 0.

    Args:
        people: at least 1000.
        assumption: one of `ASSUMPTIONS`.
    """
    changes = {"people": f"{people}", "disease.seeds": f"{people // 1000}"}
    return replaced_all(
        parse_scenario(_TOWN, name="uptake"), {**changes, **ASSUMPTIONS[assumption]}
    )


def effect(people: int, assumption: str, *, seeds: int) -> UptakeEffect:
    """Return what comes of every uptake under seeds from 1 on.

    Args:
        people: at least 1000.
        assumption: one of `ASSUMPTIONS`.
        seeds: how many, at least 1.
    """
    place = town(people, assumption)
    infected = np.zeros((seeds, len(UPTAKES)), dtype=np.int64)
    caused = counted = positives = 0
    for seed in range(1, seeds + 1):
        for column, uptake in enumerate(UPTAKES):
            scenario = replaced_all(place, {"app.uptake": f"{uptake}"})
            result = simulate(scenario, seed=seed, baseline=False)
            infected[seed - 1, column] = len(result.events["infections"]["person"])
            if not uptake:
                of_seed = _successors(result.events["infections"], people)
                caused, counted = caused + of_seed[0], counted + of_seed[1]
                positives += int(result.daily["positives"].sum())
    return UptakeEffect(
        infected=infected,
        people=people,
        reproduction=caused / max(counted, 1),
        cases_per_infection=positives / int(infected[:, 0].sum()),
    )


def _successors(infections: Columns, people: int) -> tuple[int, int]:
    """Return whom those infected on `_EARLY_DAYS` infected, and how many they were."""
    first, end = _EARLY_DAYS
    early = infections["person"][(infections["day"] >= first) & (infections["day"] < end)]
    infector = infections["infector"]
    caused = np.bincount(infector[infector >= 0], minlength=people)
    return int(caused[early].sum()), len(early)
