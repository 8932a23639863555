"""What phones have found and not yet forgotten: rows in order of day and person."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled
from dp3t_simulator.warnings.pair import Numbers

Keys = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Rows(NamedTuple):
    """Rows in order of their keys.

    Attributes:
        key: day · people + person.
        numbers: int32[columns, rows].
        fresh: which came with the last addition.
    """

    key: Keys
    numbers: Numbers
    fresh: Flags


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
        rows: all that is remembered.
    """

    def __init__(self, *, people: int, columns: int) -> None:
        """Begin empty.

        Args:
            people: how many there are.
            columns: how many numbers a row has beside day and person.
        """
        self._people = people
        self.rows = _room(0, columns)

    def add(self, day: Numbers, person: Numbers, numbers: list[Numbers], *, since: int) -> Changed:
        """Add rows and return which days of whom they belong to, in order.

        Args:
            day: of each row.
            person: of each row.
            numbers: its columns.
            since: the oldest day that is remembered.
        """
        keys = day.astype(np.int64) * self._people + person
        order = np.argsort(keys, kind="stable")
        keys, columns = keys[order], np.stack([column[order] for column in numbers])
        oldest = int(np.searchsorted(self.rows.key, max(0, since) * self._people))
        merged = _room(len(self.rows.key) - oldest + len(keys), len(columns))
        _merge(self.rows, oldest, keys, columns, merged)
        self.rows = merged
        changed = keys[np.diff(keys, prepend=-1) > 0]
        found_on, found_by = np.divmod(changed, self._people)
        return Changed(
            day=found_on.astype(np.int32),
            person=found_by.astype(np.int32),
            first=np.searchsorted(merged.key, changed, side="left").astype(np.int32),
            end=np.searchsorted(merged.key, changed, side="right").astype(np.int32),
        )

    @property
    def size_bytes(self) -> int:
        """Return how much memory the rows take."""
        return sum(each.nbytes for each in self.rows)


def _room(rows: int, columns: int) -> Rows:
    return Rows(
        np.zeros(rows, dtype=np.int64),
        np.zeros((columns, rows), dtype=np.int32),
        np.zeros(rows, dtype=np.bool_),
    )


@compiled
def _merge(old: Rows, oldest: int, key: Keys, numbers: Numbers, merged: Rows) -> None:
    """Write old rows, from `oldest` on, and new ones in order; of one key the old come first."""
    known, new = oldest, 0
    for place in range(len(merged.key)):
        fresh = known == len(old.key) or (new < len(key) and key[new] < old.key[known])
        merged.fresh[place] = fresh
        if fresh:
            merged.key[place] = key[new]
            for column in range(len(numbers)):
                merged.numbers[column, place] = numbers[column, new]
            new += 1
        else:
            merged.key[place] = old.key[known]
            for column in range(len(numbers)):
                merged.numbers[column, place] = old.numbers[column, known]
            known += 1
