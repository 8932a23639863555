"""What a run came to: a row for each day, and every event, in columns.

A column is a NumPy array; a table is columns of one length by name. The names and types below are
those of the Parquet files as well [SCENARIO-10].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.metrics import Summary, summarize
from dp3t_simulator.scenario.settings import Scenario

if TYPE_CHECKING:
    import pyarrow

Columns = Mapping[str, NDArray[Any]]

DAILY: Mapping[str, type[np.generic]] = MappingProxyType(
    {
        "day": np.int32,
        # how many are at each stage at the end of the day
        "susceptible": np.int64,
        "incubating": np.int64,
        "symptomatic": np.int64,
        "asymptomatic": np.int64,
        "hospital": np.int64,
        "recovered": np.int64,
        "dead": np.int64,
        # what happened on the day
        "infections": np.int64,
        "tests": np.int64,
        "positives": np.int64,
        "traced": np.int64,
        "uploads": np.int64,
        "keys_published": np.int64,
        "bytes_published": np.int64,
        "exposures": np.int64,
        "notices": np.int64,
        # how many are in quarantine, in isolation, at home for either, vaccinated by then
        "quarantined": np.int64,
        "isolated": np.int64,
        "at_home": np.int64,
        "vaccinated": np.int64,
    }
)
"""Columns of the table of days. `traced`: whom manual tracing reached; `exposures`: rows given."""

EVENTS: Mapping[str, Mapping[str, type[np.generic]]] = MappingProxyType(
    {
        "infections": {
            "person": np.int32,
            "day": np.int16,
            "infector": np.int32,  # -1: from outside, or on day 0
            "layer": np.uint8,
            "generation": np.uint8,
            "age": np.uint8,
            "onset_day": np.int16,  # here and below -1: none, or not within the run
            "hospital_day": np.int16,
            "end_day": np.int16,
            "died": np.bool_,
        },
        "exposures": {
            "day": np.int16,  # the morning on which the phone found it
            "person": np.int32,
            "exposed_day": np.int16,
            "seconds": np.int32,
            "score": np.float64,
            "kind": np.uint8,  # 0 proximity, 1 presence
        },
        "notices": {
            "day": np.int16,
            "person": np.int32,
            "exposed_day": np.int16,
            "kind": np.uint8,
        },
        "uploads": {
            "day": np.int16,
            "person": np.int32,
            "since": np.int16,
            "onset": np.int16,
            "redacted": np.int16,
        },
        "sources": {  # whom a notice came from: each uploader met on the day it names
            "day": np.int16,
            "person": np.int32,
            "exposed_day": np.int16,
            "source": np.int32,
        },
    }
)
"""Tables of events and their columns; rows are in order of day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The same world and the same luck without app and check-in.

    Attributes:
        infected: how many were infected.
        quarantined_person_days: days in quarantine, of all people together.
        deaths: how many died.
        infections: how many were infected on each day.
    """

    infected: int
    quarantined_person_days: int
    deaths: int
    infections: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, result: "Result") -> "Baseline":
        """Return what is kept of a run without app and check-in."""
        infections = result.events["infections"]
        return cls(
            infected=len(infections["person"]),
            quarantined_person_days=int(result.daily["quarantined"].sum()),
            deaths=int(infections["died"].sum()),
            infections=result.daily["infections"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A run.

    Attributes:
        scenario: what it was asked.
        seed: what its luck was determined by.
        version: of the package that made it.
        people: how many there were.
        app_users: how many had the app.
        people_by_age: how many there were of ages 0-9, 10-19, … 90 and more.
        daily: a table with the columns of `DAILY`.
        events: tables by name, with the columns of `EVENTS`.
        recorded_exposures: whether the tables of exposures and sources were kept; otherwise
            they are empty.
        seconds: how long the days took, by the clock on the wall; the population is not in it.
        peak_rss_mb: the most memory the process has held, in 10⁶ bytes.
        baseline: the same without app and check-in, if that was asked.
    """

    scenario: Scenario
    seed: int
    version: str
    people: int
    app_users: int
    people_by_age: NDArray[np.int64]
    daily: Columns = field(repr=False)
    events: Mapping[str, Columns] = field(repr=False)
    recorded_exposures: bool
    seconds: float
    peak_rss_mb: float
    baseline: Baseline | None = None

    @property
    def summary(self) -> Summary:
        """The run in numbers."""
        return summarize(self)

    def to_arrow(self, table: str = "daily") -> "pyarrow.Table":
        """Return the table of days or of events as an Arrow table.

        Raises:
            ValueError: no table has that name.
            ModuleNotFoundError: without pyarrow.
        """
        import pyarrow

        if table != "daily" and table not in self.events:
            raise ValueError(f"there is no table {table}; there are daily, {', '.join(EVENTS)}")
        return pyarrow.table(dict(self.daily if table == "daily" else self.events[table]))
