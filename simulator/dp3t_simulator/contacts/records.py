"""Contacts as they were measured: who was near whom, when, for how long, and how near."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.contacts.network import ContactNetwork

DAY_SECONDS = 86_400

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContactRecords:
    """Contacts in columns of one length, by time, then by pair; no pair twice at one time.

    Attributes:
        start_seconds: when each begins, in the data set's own time.
        first, second: whom it joins, by the data set's numbers, at least 0; first below second.
        duration_seconds: how long each stands for: what the data set samples at.
        distance_m: how far apart the two were, in metres; None where the data set does not say.
        rssi_dbm: how strong one heard the other, in dBm; None where the data set does not say.
        groups: the class or department of each person of whom it is known.
        empty_scans: how often a person's phone scanned and heard nothing at all.
        outside_sightings: how often it heard a device of nobody who takes part.
    """

    start_seconds: Integers
    first: Integers
    second: Integers
    duration_seconds: Integers
    distance_m: Reals | None = None
    rssi_dbm: Integers | None = None
    groups: MappingProxyType[int, str] = field(default_factory=lambda: MappingProxyType({}))
    empty_scans: int = 0
    outside_sightings: int = 0

    def __post_init__(self) -> None:
        """Check what is promised above.

        Raises:
            ValueError: columns of several lengths, or rows out of order.
        """
        columns = [getattr(self, each.name) for each in fields(self)]
        lengths = {len(each) for each in columns if isinstance(each, np.ndarray)}
        if lengths != {len(self.start_seconds)}:
            raise ValueError("the columns of contacts have one length")
        order = np.lexsort((self.second, self.first, self.start_seconds))
        if not np.array_equal(order, np.arange(len(order))):
            raise ValueError("contacts stand in order of time, then of pair")

    def __len__(self) -> int:
        """Return how many contacts there are."""
        return len(self.start_seconds)

    def people(self) -> Integers:
        """Return the numbers of all who had a contact, in order."""
        present = np.zeros(int(self.second.max()) + 1 if len(self) else 0, dtype=np.bool_)
        present[self.first] = present[self.second] = True
        return np.flatnonzero(present)

    def days_together(self, *, within_m: float) -> ContactNetwork:
        """Return a network that weighs each pair by the days on which it was so near.

        People are numbered from 0 in the order of `people`, also those who were never so near.
        Days are those of the data set's time.

        Raises:
            ValueError: the data set tells no distances.
        """
        if self.distance_m is None:
            raise ValueError("these contacts have no distances")
        near = self.distance_m <= within_m
        people = self.people()
        day = self.start_seconds[near] // DAY_SECONDS
        first = np.searchsorted(people, self.first[near])
        second = np.searchsorted(people, self.second[near])
        order = np.lexsort((day, second, first))
        meetings = np.stack((first, second, day), axis=1)[order]
        distinct = meetings[_differs_from_before(meetings)]
        starts = np.flatnonzero(_differs_from_before(distinct[:, :2]))
        return ContactNetwork(
            people=len(people),
            first=distinct[starts, 0],
            second=distinct[starts, 1],
            weight=np.diff(starts, append=len(distinct)).astype(np.float64),
        )


def collect(
    start_seconds: Integers,
    one: Integers,
    other: Integers,
    *,
    duration_seconds: int,
    distance_m: Reals | None = None,
    rssi_dbm: Integers | None = None,
    groups: Mapping[int, str] = MappingProxyType({}),
    empty_scans: int = 0,
    outside_sightings: int = 0,
) -> ContactRecords:
    """Return contacts in any order and direction as records [SIMULATOR-6].

    A pair that stands several times at one time is one contact, the nearest of them: the least
    distance, the strongest signal.
    """
    first, second = np.minimum(one, other), np.maximum(one, other)
    far = distance_m if distance_m is not None else np.zeros(len(first))
    order = np.lexsort((far if rssi_dbm is None else -rssi_dbm, second, first, start_seconds))
    kept = order[_differs_from_before(np.stack((start_seconds, first, second), axis=1)[order])]
    return ContactRecords(
        start_seconds=start_seconds[kept],
        first=first[kept],
        second=second[kept],
        duration_seconds=np.full(len(kept), duration_seconds),
        distance_m=None if distance_m is None else distance_m[kept],
        rssi_dbm=None if rssi_dbm is None else rssi_dbm[kept],
        groups=MappingProxyType(dict(groups)),
        empty_scans=empty_scans,
        outside_sightings=outside_sightings,
    )


def _differs_from_before(rows: Integers) -> NDArray[np.bool_]:
    """Return which rows are not the same as the one before."""
    changed = np.ones(len(rows), dtype=np.bool_)
    changed[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    return changed
