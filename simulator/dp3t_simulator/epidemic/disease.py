"""What a disease does, read from a file of numbers and their sources."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from dp3t_simulator.epidemic.durations import Shares, shares_of

__all__ = ["AGES", "ContactWeight", "Disease", "Shares", "disease"]

AGES = 256
"""Ages are bytes; every table by age has a row for each byte."""

_BAND_YEARS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWeight:
    """How the hazard of a contact follows from its duration and distance [EPIDEMIC-5].

    Attributes:
        most_seconds: from which on a longer contact weighs no more.
        near_cm: up to which distance does not matter.
        per_metre: what the weight is divided by for each metre beyond.
        at_home: weight of an hour with the household, relative to one with others.
    """

    most_seconds: int
    near_cm: int
    per_metre: float
    at_home: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disease:
    """A disease; tables by age have an entry for each age from 0 to 255 [EPIDEMIC-2].

    Attributes:
        susceptibility: hazard of being infected, relative.
        asymptomatic: share of the infected who never have symptoms.
        hospital: share of those with symptoms who come into hospital.
        death: share of those in hospital who die.
        infectiousness: share of the infectiousness that falls on each day since the infection, from
            0 on; the sum is 1 and the first is 0.
        incubation: share of those in whom at most as many days, from 0 on, pass from infection to
            symptoms; the last is 1. So are those below.
        to_hospital: from symptoms to hospital.
        recovery: from symptoms to recovery without hospital.
        recovery_asymptomatic: from infection to recovery without symptoms.
        recovery_hospital: from hospital to recovery.
        death_hospital: from hospital to death.
        weight: how long and near contacts matter.
    """

    susceptibility: Shares
    asymptomatic: Shares
    hospital: Shares
    death: Shares
    infectiousness: Shares
    incubation: Shares
    to_hospital: Shares
    recovery: Shares
    recovery_asymptomatic: Shares
    recovery_hospital: Shares
    death_hospital: Shares
    weight: ContactWeight

    @property
    def infectious_days(self) -> int:
        """Return the last day since the infection on which somebody infects."""
        return len(self.infectiousness) - 1


def disease(name: str) -> Disease:
    """Return the disease that a file of this package describes.

    Args:
        name: one of `DiseaseSettings.parameters`.

    Raises:
        FileNotFoundError: there is no such file.
    """
    text = (files("dp3t_simulator.epidemic") / "data" / f"{name}.toml").read_text("utf-8")
    given = tomllib.loads(text)
    by_age = {
        part: _by_age(given[part]["by_age"])
        for part in ("susceptibility", "asymptomatic", "hospital", "death")
    }
    lasting = {
        part: np.cumsum(shares_of(given[part]))
        for part in (
            "incubation",
            "to_hospital",
            "recovery",
            "recovery_asymptomatic",
            "recovery_hospital",
            "death_hospital",
        )
    }
    for shares in lasting.values():
        shares[-1] = 1.0  # whatever rounding left
    return Disease(
        **by_age,
        **lasting,
        infectiousness=shares_of(given["infectiousness"]),
        weight=_weight(given["contact"]),
    )


def _by_age(bands: list[float]) -> Shares:
    """Return a table by age of bands of ten years, of which the last has no end."""
    places = np.minimum(np.arange(AGES) // _BAND_YEARS, len(bands) - 1)
    return np.array(bands, dtype=np.float64)[places]


def _weight(given: dict[str, Any]) -> ContactWeight:
    return ContactWeight(
        most_seconds=round(3600 * given["most_hours"]),
        near_cm=round(100 * given["near_metres"]),
        per_metre=given["per_metre"],
        at_home=given["at_home"],
    )
