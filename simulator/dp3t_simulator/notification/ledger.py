"""What phones have found and not yet forgotten: rows in order of day and person."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.notification.pair import Numbers

Keys = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Changed(NamedTuple):
    """The pairs of day and person with new rows.

    Attributes:
        day: of contact.
        person: who was exposed.
        first: where the rows of each begin.
        end: where they end.
    """

    day: Numbers
    person: Numbers
    first: Numbers
    end: Numbers


class Ledger:
    """Rows of whole numbers, by day and person; whatever is older than the memory is dropped.

    Attributes:
        columns: of all rows.
        fresh: which rows came with the last `add`.
    """

    def __init__(self, *, people: int, columns: int) -> None:
        """Begin empty.

        Args:
            people: how many there are.
            columns: how many numbers a row has beside day and person.
        """
        self._people = people
        self._keys: Keys = np.zeros(0, dtype=np.int64)
        self.columns = [np.zeros(0, dtype=np.int32) for _ in range(columns)]
        self.fresh: Flags = np.zeros(0, dtype=np.bool_)

    def add(self, day: Numbers, person: Numbers, columns: list[Numbers], *, since: int) -> Changed:
        """Add rows and return which days of whom they belong to, in order.

        Args:
            day: of each row.
            person: of each row.
            columns: its numbers.
            since: the oldest day that is remembered.
        """
        self._forget(since)
        keys = day.astype(np.int64) * self._people + person
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        place = np.searchsorted(self._keys, keys, side="right")
        self.columns = [
            np.insert(mine, place, new[order])
            for mine, new in zip(self.columns, columns, strict=True)
        ]
        self.fresh = np.insert(np.zeros(len(self._keys), dtype=np.bool_), place, True)
        self._keys = np.insert(self._keys, place, keys)
        changed = keys[np.diff(keys, prepend=-1) > 0]
        found_on, found_by = np.divmod(changed, self._people)
        return Changed(
            day=found_on.astype(np.int32),
            person=found_by.astype(np.int32),
            first=np.searchsorted(self._keys, changed, side="left").astype(np.int32),
            end=np.searchsorted(self._keys, changed, side="right").astype(np.int32),
        )

    def _forget(self, since: int) -> None:
        """Drop the rows of days before one."""
        gone = int(np.searchsorted(self._keys, max(0, since) * self._people))
        if gone:
            self._keys = self._keys[gone:].copy()
            self.columns = [mine[gone:].copy() for mine in self.columns]

    @property
    def size_bytes(self) -> int:
        """Return how much memory the rows take."""
        arrays = (self._keys, self.fresh, *self.columns)
        return sum(each.nbytes for each in arrays)
