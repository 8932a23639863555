"""Demographic tables: what presets say of people, households, schools and work [POPULATION-1]."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dp3t import MalformedError
from dp3t_simulator.compiled import inlined

PRESETS = ("vietnam", "united-kingdom", "well-mixed")
OLDEST = 109
"""No one is older, in whole years."""

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """Who lives in a household.

    Attributes:
        share: of all households.
        elders, adults, children: how many of each generation, each the children of the one before.
        heads: the number of the row of ages that its adults have.
    """

    share: float
    elders: int
    adults: int
    children: int
    heads: int

    @property
    def size(self) -> int:
        """Return how many people live in it."""
        return self.elders + self.adults + self.children


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level of school.

    Attributes:
        first_age, last_age: whom it is for, in whole years.
        attendance: which share of these attend it.
        class_size: pupils in a class, on average.
        spread: how far sizes lie from it at most, before they are scaled to the pupils there are.
        teachers: of each class.
    """

    name: str
    first_age: int
    last_age: int
    attendance: float
    class_size: float
    spread: float
    teachers: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A demographic table. Arrays by age have one number for each year from 0 to `OLDEST`.

    Attributes:
        sources: whence the numbers of each section are.
        ages: which share of all people has each age.
        compositions: the kinds of households; their shares add up to 1.
        heads: for each kind of adults which share has each age.
        birth_years: the lowest and the highest age of a parent at the birth of a child.
        partner_years: how many years lie between partners at most.
        levels: of school.
        working: which share of each age has work.
        team_sizes, team_shares: of all who work, which share is in a team of each size.
        occasional_mean, occasional_dispersion: of the negative binomial number of occasional
            contacts a day, by age; an infinite dispersion stands for the same number for all.
        smartphones: which share owns one, by bands of ten years, the last of them open.
    """

    sources: dict[str, str]
    ages: Reals
    compositions: tuple[Composition, ...]
    heads: Reals
    birth_years: tuple[int, int]
    partner_years: int
    levels: tuple[Level, ...]
    working: Reals
    team_sizes: NDArray[np.int32]
    team_shares: Reals
    occasional_mean: Reals
    occasional_dispersion: Reals
    smartphones: tuple[float, ...]


def read_table(preset: str) -> Table:
    """Return the table of a preset.

    Raises:
        MalformedError: there is no such preset; it says which there are.
    """
    if preset not in PRESETS:
        raise MalformedError(f"no population preset {preset!r}: there are {', '.join(PRESETS)}")
    file = resources.files(__package__) / "data" / f"{preset}.toml"
    return _table(tomllib.loads(file.read_text(encoding="utf-8")))


def smartphones_by_age(preset: str) -> tuple[float, ...]:
    """Return which share of each band of ten years owns a smartphone; the tenth is 90 and more.

    Raises:
        MalformedError: there is no such preset.
    """
    return read_table(preset).smartphones


@inlined
def lookup(cumulative: Reals, at: float) -> int:
    """Return the first row whose cumulative share lies above `at`, or the last."""
    return min(int(np.searchsorted(cumulative, at, side="right")), len(cumulative) - 1)


def _table(data: dict[str, Any]) -> Table:
    heads = data["heads"]
    kinds = [name for name, value in heads.items() if isinstance(value, list)]
    ages = _by_age(data["ages"], "share") / _widths(data["ages"])
    adults = np.array([_by_age({**heads, "share": heads[kind]}, "share") for kind in kinds])
    generations, occasional, teams = data["generations"], data["occasional"], data["teams"]
    return Table(
        sources={name: section["source"] for name, section in data.items()},
        ages=ages / ages.sum(),
        compositions=_compositions(data, kinds),
        heads=adults / adults.sum(axis=1, keepdims=True),
        birth_years=(generations["birth_lowest"], generations["birth_highest"]),
        partner_years=generations["partner_years"],
        levels=tuple(Level(**row) for row in data["schools"]["levels"]),
        working=_by_age(data["work"], "share"),
        team_sizes=np.array(teams["size"], dtype=np.int32),
        team_shares=np.array(teams["share"], dtype=np.float64),
        occasional_mean=_by_age(occasional, "mean"),
        occasional_dispersion=_by_age(occasional, "dispersion"),
        smartphones=tuple(float(share) for share in data["smartphones"]["share"]),
    )


def _by_age(section: dict[str, Any], column: str) -> Reals:
    """Return what a column of bands says for each year; the last band is open, before it is 0."""
    band = (np.arange(OLDEST + 1) - section["first"]) // section["width"]
    values = np.array(section[column], dtype=np.float64)
    found = values[np.clip(band, 0, len(values) - 1)]
    return np.where(band < 0, 0.0, found)


def _widths(section: dict[str, Any]) -> Reals:
    """Return over how many years the people of each year's band spread."""
    band = (np.arange(OLDEST + 1) - section["first"]) // section["width"]
    last = np.clip(band, 0, len(section["share"]) - 1)
    widths: Reals = np.bincount(last)[last].astype(np.float64)
    return widths


def _compositions(data: dict[str, Any], kinds: list[str]) -> tuple[Composition, ...]:
    sizes = data["households"]["sizes"]
    return tuple(
        Composition(
            share=sizes[row["size"] - 1] * row["share"],
            elders=row["elders"],
            adults=row["adults"],
            children=row["children"],
            heads=kinds.index(row["heads"]),
        )
        for row in data["compositions"]["rows"]
    )
