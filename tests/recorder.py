"""Tables of days and events from rows that a test gives."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.result import DAILY, EVENTS, Columns


class Recorder:
    """Collects the rows of days and the events.

    Args:
        exposures: whether the table of exposures is kept, which holds a row for each person and
            day that a phone matched and again when that grows: far more than everything else.
    """

    def __init__(self, *, exposures: bool = False) -> None:
        self.exposures = exposures
        self._days: dict[str, list[int]] = {name: [] for name in DAILY}
        self._events: dict[str, list[dict[str, NDArray[Any]]]] = {name: [] for name in EVENTS}

    def day(self, **counts: int) -> None:
        """Write down a day.

        Args:
            counts: the columns of `DAILY`; the day itself is counted here. What is left out is 0.

        Raises:
            ValueError: a column that is not there.
        """
        if unknown := set(counts) - (set(DAILY) - {"day"}):
            raise ValueError(f"a day has no {', '.join(sorted(unknown))}")
        for name, rows in self._days.items():
            rows.append(len(rows) if name == "day" else int(counts.get(name, 0)))

    def add(self, table: str, **columns: NDArray[Any] | float) -> None:
        """Write down events, a row for each; a number stands for a column of it.

        Raises:
            ValueError: the columns are not those of the table.
        """
        if set(columns) != set(EVENTS[table]):
            raise ValueError(f"{table} have the columns {', '.join(EVENTS[table])}")
        if table == "exposures" and not self.exposures:
            return
        arrays = np.broadcast_arrays(*(np.atleast_1d(each) for each in columns.values()))
        kept = {
            name: array.astype(EVENTS[table][name])  # a copy: what the loop gave it may reuse
            for name, array in zip(columns, arrays, strict=True)
        }
        if len(arrays[0]):
            self._events[table].append(kept)

    def daily(self) -> Columns:
        """Return the table of days."""
        return {name: np.array(rows, dtype=DAILY[name]) for name, rows in self._days.items()}

    def events(self) -> dict[str, Columns]:
        """Return the tables of events."""
        return {
            table: {
                name: np.concatenate(
                    [np.empty(0, dtype=kind), *(chunk[name] for chunk in self._events[table])]
                )
                for name, kind in columns.items()
            }
            for table, columns in EVENTS.items()
        }
