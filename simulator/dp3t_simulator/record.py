"""What a run leaves behind: a row for each day and for each event, collected as the days pass."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.interfaces import Exposures, Morning, Notices, Response, Uploads, World
from dp3t_simulator.result import DAILY, EVENTS, Columns
from dp3t_simulator.sources import Found, Sources
from dp3t_simulator.state import FATAL, NEVER, People, Stage

_STAGES = {
    "susceptible": Stage.SUSCEPTIBLE,
    "incubating": Stage.INCUBATING,
    "symptomatic": Stage.SYMPTOMATIC,
    "asymptomatic": Stage.ASYMPTOMATIC,
    "hospital": Stage.HOSPITAL,
    "recovered": Stage.RECOVERED,
    "dead": Stage.DEAD,
}


class Record:
    """Rows of a run.

    Args:
        world: which is recorded; who is vaccinated when is known already.
        exposures: whether the tables of exposures and sources are kept, which cost the most.
    """

    def __init__(self, world: World, *, exposures: bool) -> None:
        self._world, self._sources = world, Sources(world) if exposures else None
        self._daily: list[dict[str, int]] = []
        self._blocks: dict[str, list[tuple[NDArray[Any], ...]]] = {name: [] for name in EVENTS}
        days = np.minimum(world.state.vaccinated_day, world.scenario.days)
        self._vaccinated = np.cumsum(np.bincount(days, minlength=world.scenario.days + 1))

    def add(
        self,
        day: int,
        *,
        uploads: Uploads,
        morning: Morning,
        infected: People,
        stages: Mapping[Stage, int],
        response: Response,
    ) -> None:
        """Take in a day that is over."""
        done = response.tallies(day)
        self._daily.append(
            {
                "day": day,
                **{name: stages[stage] for name, stage in _STAGES.items()},
                "infections": len(infected),
                "tests": done.tests,
                "positives": done.positives,
                "traced": done.traced,
                "uploads": len(uploads.person),
                "keys_published": morning.batch_keys,
                "bytes_published": morning.batch_bytes,
                "exposures": len(morning.exposures.person),
                "notices": len(morning.notices.person),
                "quarantined": done.quarantined,
                "isolated": done.isolated,
                "at_home": done.quarantined + done.isolated,
                "vaccinated": int(self._vaccinated[day]),
            }
        )
        self._infections(day, infected)
        self._happened("uploads", day, uploads)
        self._happened("notices", day, morning.notices)
        if self._sources is not None:
            self._happened("exposures", day, morning.exposures)
            self._happened("sources", day, self._sources.of(day, uploads, morning.notices))

    def daily(self) -> Columns:
        """Return the table of days."""
        return {
            name: np.array([row[name] for row in self._daily], dtype=kind)
            for name, kind in DAILY.items()
        }

    def events(self) -> Mapping[str, Columns]:
        """Return the tables of events."""
        return {name: self._table(name) for name in EVENTS}

    def _infections(self, day: int, infected: People) -> None:
        self._blocks["infections"].append((np.full(len(infected), day), infected))

    def _happened(self, name: str, day: int, rows: Uploads | Notices | Exposures | Found) -> None:
        """Keep rows that have the columns of a table but for the day."""
        columns = rows._asdict() | {"day": np.full(len(rows.person), day, dtype=np.int16)}
        self._blocks[name].append(tuple(columns[column] for column in EVENTS[name]))

    def _table(self, name: str) -> Columns:
        blocks, columns = self._blocks[name], EVENTS[name]
        if name == "infections":
            return self._table_of_infections()
        if not blocks:
            return {column: np.zeros(0, dtype=kind) for column, kind in columns.items()}
        return {
            column: np.concatenate([block[place] for block in blocks]).astype(kind, copy=False)
            for place, (column, kind) in enumerate(columns.items())
        }

    def _table_of_infections(self) -> Columns:
        """Return what the state knows of everybody infected, in order of day and person."""
        state, days = self._world.state, self._world.scenario.days
        blocks = self._blocks["infections"]
        person = np.concatenate([infected for _, infected in blocks])

        def within(planned: NDArray[np.int16]) -> NDArray[np.int16]:
            return np.where(planned[person] < days, planned[person], np.int16(NEVER))

        end = within(state.end_day)
        return {
            "person": person,
            "day": np.concatenate([day for day, _ in blocks]).astype(np.int16),
            "infector": state.infector[person],
            "layer": state.infection_layer[person],
            "generation": state.generation[person],
            "age": self._world.population.age[person],
            "onset_day": within(state.onset_day),
            "hospital_day": within(state.hospital_day),
            "end_day": end,
            "died": (end != NEVER) & (state.course[person] & FATAL != 0),
        }
