"""Households: how many live in each, and how old they are [POPULATION-3] to [POPULATION-5]."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled, inlined
from dp3t_simulator.draws import absorb, stream_key, unit
from dp3t_simulator.population.population import Ages, Indices
from dp3t_simulator.population.table import OLDEST, Table, lookup

_MONTHS = 12 * (OLDEST + 1)


class _Kinds(NamedTuple):
    """The kinds of households of a table, as a compiled loop takes them."""

    shares: NDArray[np.float64]
    elders: NDArray[np.int64]
    adults: NDArray[np.int64]
    children: NDArray[np.int64]
    heads: NDArray[np.int64]
    head_ages: NDArray[np.float64]
    birth_lowest: int
    birth_highest: int
    partner_months: int


def households(table: Table, people: int, seed: int) -> tuple[Ages, Indices, Indices]:
    """Return everybody's age and household, and where households begin.

    Kinds of households are drawn one by one until all people have a place; the last loses whom
    there are no people for. Ages are drawn by generation, then moved, in order, to those of the
    table, so that the ages of all are the table's, and parents stay older than children.
    """
    month = np.empty(people, dtype=np.uint16)
    household = np.empty(people, dtype=np.int32)
    first = np.empty(people + 1, dtype=np.int32)
    key = stream_key(seed, "population: household")
    count = _fill(key, people, _kinds(table), month, household, first)
    age = np.empty(people, dtype=np.uint8)
    drawn = np.bincount(month, minlength=_MONTHS)
    _move(stream_key(seed, "population: age"), month, drawn, np.cumsum(table.ages), age)
    return age, household, first[: count + 1].copy()


def _kinds(table: Table) -> _Kinds:
    rows = table.compositions
    return _Kinds(
        shares=np.cumsum([row.share for row in rows]),
        elders=np.array([row.elders for row in rows]),
        adults=np.array([row.adults for row in rows]),
        children=np.array([row.children for row in rows]),
        heads=np.array([row.heads for row in rows]),
        head_ages=np.cumsum(table.heads, axis=1),
        birth_lowest=12 * table.birth_years[0],
        birth_highest=12 * table.birth_years[1],
        partner_months=12 * table.partner_years,
    )


@inlined
def _between(state: np.uint64, lowest: int, highest: int) -> int:
    """Return a number of months from lowest to highest, most often in the middle."""
    half = unit(absorb(state, 0)) + unit(absorb(state, 1))
    return lowest + int((highest - lowest) * half / 2)


@compiled
def _fill(
    key: np.uint64,
    people: int,
    kinds: _Kinds,
    month: NDArray[np.uint16],
    household: Indices,
    first: Indices,
) -> int:
    """Write each person's age in months and household; return how many households there are."""
    person, number = 0, 0
    while person < people:
        first[number] = person
        state = absorb(key, number)
        kind = lookup(kinds.shares, unit(absorb(state, 0)))
        year = lookup(kinds.head_ages[kinds.heads[kind]], unit(absorb(state, 1)))
        head = 12 * year + int(12 * unit(absorb(state, 2)))
        adults, elders = kinds.adults[kind], kinds.elders[kind]
        for member in range(min(adults + elders + kinds.children[kind], people - person)):
            own = absorb(absorb(state, 3), member)
            if member == 0:
                age = head
            elif member < adults:
                age = head + _between(own, -kinds.partner_months, kinds.partner_months)
                age = max(age, kinds.birth_lowest)
            elif member < adults + elders:
                age = head + _between(own, kinds.birth_lowest, kinds.birth_highest)
            else:
                latest = max(kinds.birth_lowest, min(head, kinds.birth_highest))
                age = max(0, head - _between(own, kinds.birth_lowest, latest))
            month[person] = min(age, _MONTHS - 1)
            household[person] = number
            person += 1
        number += 1
    first[number] = people
    return number


@compiled
def _move(
    key: np.uint64,
    month: NDArray[np.uint16],
    drawn: NDArray[np.int64],
    ages: NDArray[np.float64],
    age: Ages,
) -> None:
    """Write everybody's age: as many are younger as the table says are younger than that.

    Args:
        key: of the draws that order those of one month.
        month: everybody's age in months, as drawn.
        drawn: how many there are of each month.
        ages: which share of the people is of each age in years, or younger.
        age: to be filled.
    """
    below = np.zeros(len(drawn), dtype=np.float64)
    below[1:] = np.cumsum(drawn)[:-1]
    for person in range(len(month)):
        at = month[person]
        rank = (below[at] + unit(absorb(key, person)) * drawn[at]) / len(month)
        age[person] = lookup(ages, rank)
