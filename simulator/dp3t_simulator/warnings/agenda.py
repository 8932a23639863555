"""Rows that wait until the phone that they belong to is online."""

import numpy as np

from dp3t_simulator.warnings.pair import Numbers


class Agenda:
    """Rows by the day on which they are read.

    Args:
        columns: how many numbers a row has.
    """

    def __init__(self, columns: int) -> None:
        self._none = np.zeros((0, columns), dtype=np.int32)
        self._waiting: dict[int, list[Numbers]] = {}

    def add(self, rows: Numbers, days: Numbers) -> None:
        """Let rows wait until the day of each."""
        for day in np.flatnonzero(np.bincount(days)):
            self._waiting.setdefault(int(day), []).append(rows[days == day])

    def due(self, day: int) -> Numbers:
        """Return the rows of a day, and keep them no longer."""
        return np.concatenate([self._none, *self._waiting.pop(day, ())])
