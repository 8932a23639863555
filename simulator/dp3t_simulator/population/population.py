"""A population as arrays: ages, households, classes and teams, and how much each meets others."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

SCHOOL, WORK = 0, 1
NO_GROUP = -1

Ages = NDArray[np.uint8]
Indices = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """People, numbered from 0 so that a household is a range of numbers [POPULATION-3].

    Attributes:
        people: how many there are.
        age: of each person, in whole years.
        household: in which each person lives.
        household_first: the first person of each household, and at the end `people`.
        group: the school class or the team at work of each person; -1 where there is none.
        group_first: where each group begins in `group_member`, and at the end its length.
        group_member: the people of each group, in ascending order.
        group_kind: `SCHOOL` or `WORK`, of each group.
        edge_first: the first half-edge of each person, and at the end how many there are, an even
            number. A half-edge is one occasional contact a day, with the owner of another.
        edge_owner: the person of each half-edge.
    """

    people: int
    age: Ages
    household: Indices
    household_first: Indices
    group: Indices
    group_first: Indices
    group_member: Indices
    group_kind: NDArray[np.uint8]
    edge_first: Indices
    edge_owner: Indices

    @property
    def households(self) -> int:
        """Return how many households there are."""
        return len(self.household_first) - 1

    @property
    def groups(self) -> int:
        """Return how many school classes and teams there are."""
        return len(self.group_kind)

    @property
    def half_edges(self) -> int:
        """Return how many half-edges there are, which is even."""
        return len(self.edge_owner)

    @property
    def size_bytes(self) -> int:
        """Return how much memory the arrays take."""
        columns = [getattr(self, each.name) for each in fields(self)]
        return sum(each.nbytes for each in columns if isinstance(each, np.ndarray))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredContacts:
    """Contacts of some days that were measured, from both sides; the days are repeated in turn.

    The contacts of person i on day d of the simulation are the rows from `first[c * people + i]` to
    before `first[c * people + i + 1]`, with c = d modulo `cycle_days`; they stand in order of time,
    then of partner.

    Attributes:
        people: how many people there are.
        cycle_days: how many days were measured.
        first: where the rows of each day and person begin, and at the end their number.
        partner: whom it was with.
        start: when it began, in seconds of the day, from 06:00 on.
        duration: how long it lasted, in seconds, at least 1; it ends by 21:50.
        distance_cm: how near the two were, on average.
        cut_share: which share of the measured time lay outside these hours and is left out.
    """

    people: int
    cycle_days: int
    first: NDArray[np.int64]
    partner: Indices
    start: Indices
    duration: Indices
    distance_cm: NDArray[np.int16]
    cut_share: float

    @property
    def most_in_a_day(self) -> int:
        """Return how many contacts one person has in a day at most."""
        return int(np.diff(self.first).max())
