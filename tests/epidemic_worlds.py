"""Worlds for tests of the epidemic, and a slow way to transmit that draws for every slot."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled
from dp3t_simulator.draws import absorb, stream_key, unit
from dp3t_simulator.epidemic.engine import Epidemic
from dp3t_simulator.epidemic.transmission import (
    Events,
    Rates,
    events_of,
    force_of,
    susceptibility_of,
    weight_of,
)
from dp3t_simulator.interfaces import World
from dp3t_simulator.meetings.kernels import describe, slot, slots
from dp3t_simulator.meetings.layers import LAYERS
from dp3t_simulator.meetings.table import Meetings
from dp3t_simulator.scenario.settings import (
    AppSettings,
    DiseaseSettings,
    PopulationSettings,
    Scenario,
)
from dp3t_simulator.state import People, State, healthy
from dp3t_simulator.world import world_of


def scenario(
    people: int = 600, days: int = 20, preset: str = "vietnam", **disease: float
) -> Scenario:
    """Return a scenario in which nobody does anything."""
    return Scenario(
        name="test",
        people=people,
        days=days,
        population=PopulationSettings(preset=preset),
        disease=DiseaseSettings(**disease),  # type: ignore[arg-type]  # seeds is whole where given
        app=AppSettings(uptake=0.0),
    )


def world(people: int = 600, days: int = 20, preset: str = "vietnam", **disease: float) -> World:
    """Return the world of such a scenario."""
    return world_of(scenario(people, days, preset, **disease), seed=3, threads=1)


def again(of: World, *, seed: int, threads: int = 1) -> World:
    """Return the same people and contacts before anything happened, under other luck."""
    return replace(of, seed=seed, threads=threads, state=healthy(of.state.people))


@compiled
def hazards(
    meetings: Meetings, rates: Rates, state: State, sources: People, day: int
) -> tuple[Events, NDArray[np.float64]]:
    """Return every contact of sources that could transmit, and its hazard."""
    size = 600 * len(sources)
    rows = np.empty((size, 4), dtype=np.int32)
    hazard = np.empty(size)
    bit = np.uint32(1) << np.uint32(day & 31)
    found = 0
    for source in sources:
        for layer in range(LAYERS):
            for place in range(slots(meetings, source, layer, day)):
                partner, bits = slot(meetings, source, layer, place, day)
                if partner < 0 or state.stage[partner] != 0:
                    continue
                if (state.absent[source] | state.absent[partner]) & bit:
                    continue
                if layer != 0 and (state.home[source] | state.home[partner]) & bit:
                    continue
                start, duration, distance_cm = describe(meetings, layer, bits)
                hazard[found] = (
                    force_of(rates, state, source, day)
                    * weight_of(rates, layer, duration, distance_cm)
                    * susceptibility_of(rates, state, partner, day)
                )
                rows[found, 0], rows[found, 1] = partner, source
                rows[found, 2], rows[found, 3] = start, layer
                found += 1
    columns = rows[:found]
    events = Events(
        columns[:, 0].copy(),
        columns[:, 1].copy(),
        columns[:, 2].copy(),
        columns[:, 3].astype(np.uint8),
    )
    return events, hazard[:found]


class SlowEpidemic(Epidemic):
    """Transmits by a draw for every contact; it shares no draw with the fast one."""

    def _spread(self, day: int, sources: People) -> Events:
        if not len(sources):
            return events_of(0)
        events, hazard = hazards(self._world.meetings, self.rates, self._world.state, sources, day)
        key = stream_key(self._world.seed, "test: slow transmission")
        drawn = uniform(key, day, len(hazard))
        return events.chosen(drawn < -np.expm1(-hazard))


@compiled
def uniform(key: np.uint64, day: int, count: int) -> NDArray[np.float64]:
    """Return that many uniform numbers of a day."""
    drawn = np.empty(count)
    for each in range(count):
        drawn[each] = unit(absorb(absorb(key, day), each))
    return drawn
