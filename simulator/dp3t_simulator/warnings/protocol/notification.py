"""How warnings come about where every app user is a phone of the library."""

from random import Random  # noqa: TID251 - reproducible on purpose, and nobody's secrets

import numpy as np

from dp3t.proximity import design
from dp3t_simulator.interfaces import Morning, Uploads, VenueTraces, World
from dp3t_simulator.warnings import habits
from dp3t_simulator.warnings.law import parameters_of
from dp3t_simulator.warnings.protocol.air import Air
from dp3t_simulator.warnings.protocol.company import Setting
from dp3t_simulator.warnings.protocol.crew import Crew, LocalCrew, Progress
from dp3t_simulator.warnings.protocol.memory import MemoryServer, MemoryTransport
from dp3t_simulator.warnings.protocol.processes import ProcessCrew
from dp3t_simulator.warnings.protocol.transport import Transport
from dp3t_simulator.warnings.protocol.venues import Venues

PHONES_PER_PROCESS = 1_000
"""Fewer are not worth a process of their own, which takes seconds to begin."""


class ProtocolNotification:
    """Phones of the library that hear each other and read batches [WARNINGS-1]."""

    def __init__(
        self,
        world: World,
        *,
        transport: Transport | None = None,
        processes: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Give a phone to everybody in a world who has the app.

        Args:
            world: before the first day.
            transport: what takes reports and hands out batches; in memory unless given.
            processes: how many share the phones; as many as the world has threads where there are
                enough phones. With a transport there is one.
            progress: is told how far an evening is.
        """
        scenario, own = world.scenario, habits.of(world.scenario, world.seed)
        name, parameters = scenario.app.design, parameters_of(scenario)
        rand = Random(f"server {world.seed}").randbytes  # noqa: S311 - a simulation's server
        setting = Setting(
            people=np.flatnonzero(world.state.app).tolist(),
            design=name,
            parameters=parameters,
            skew=own.skew.tolist(),
            seed=world.seed,
            configuration=scenario.app.configuration,
            minutes=scenario.presence.minutes,
        )
        most = min(world.threads, len(setting.people) // PHONES_PER_PROCESS)
        processes = most if processes is None else processes
        self._crew: Crew
        if transport or processes <= 1:
            local = transport or MemoryTransport(name, parameters=parameters, rand=rand)
            self._crew = LocalCrew(setting, local)
        else:
            server = MemoryServer(name, parameters=parameters, rand=rand)
            self._crew = ProcessCrew(setting, server, processes=processes)
        self._air = Air(world, own, epoch_seconds=design(name).epoch_seconds(parameters))
        self._venues = Venues(rand=rand) if scenario.presence.enabled else None
        self._progress = progress or _nobody

    def morning(self, day: int, uploads: Uploads, traces: VenueTraces) -> Morning:
        """Let phones report, release the batches, and let the phones that are online read."""
        rounds = self._venues.traces(day, traces) if self._venues else []
        return self._crew.morning(day, uploads, rounds, self._air.online(day))

    def evening(self, day: int) -> None:
        """Let people check in at venues, and phones hear each other."""
        if self._venues:
            visits = self._air.visits(day)
            links = {visit.venue: self._venues.link(visit.venue) for visit in visits}
            self._crew.visit(day, visits, links)
        self._crew.live(day, self._air.day(day), self._progress)

    def close(self) -> None:
        """Give back what is held."""
        self._crew.close()


def _nobody(done: float) -> None:
    """Tell nobody."""
