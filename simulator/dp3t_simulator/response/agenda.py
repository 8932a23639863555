"""What is to happen on later days: rows of whole numbers by the day on which they are due."""

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int32]


class Agenda:
    """Rows that wait for their day.

    Args:
        columns: how many numbers a row has.
    """

    __slots__ = ("_columns", "_next", "_waiting")

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._waiting: dict[int, list[tuple[Column, ...]]] = {}
        self._next = 0

    def add(self, day: int, *columns: NDArray[np.integer]) -> None:
        """Let rows wait for a day; of one that is over already, for the next time asked.

        Raises:
            ValueError: another number of columns, or columns of different lengths.
        """
        rows = len(columns[0]) if columns else 0
        if len(columns) != self._columns or any(len(each) != rows for each in columns):
            raise ValueError(f"a row has {self._columns} numbers")
        if rows:
            block = tuple(np.array(each, dtype=np.int32) for each in columns)
            self._waiting.setdefault(max(day, self._next), []).append(block)

    def due(self, day: int) -> tuple[Column, ...]:
        """Take out the rows of all days up to this one, by day and then as they were added."""
        blocks: list[tuple[Column, ...]] = []
        for each in range(self._next, day + 1):
            blocks += self._waiting.pop(each, [])
        self._next = max(self._next, day)
        if not blocks:
            return tuple(np.zeros(0, dtype=np.int32) for _ in range(self._columns))
        if len(blocks) == 1:
            return blocks[0]
        return tuple(np.concatenate(column) for column in zip(*blocks, strict=True))
