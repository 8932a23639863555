"""How warnings come about where every app user is a phone of the library."""

from collections.abc import Callable
from random import Random  # noqa: TID251 - reproducible on purpose, and nobody's secrets

import numpy as np

from dp3t.proximity import design
from dp3t.proximity.exposure.presets import preset
from dp3t_simulator.interfaces import Morning, Uploads, VenueTraces, World
from dp3t_simulator.notification import habits
from dp3t_simulator.notification.law import parameters_of
from dp3t_simulator.notification.protocol.air import Air
from dp3t_simulator.notification.protocol.crowd import Crowd
from dp3t_simulator.notification.protocol.findings import Findings
from dp3t_simulator.notification.protocol.memory import MemoryTransport
from dp3t_simulator.notification.protocol.transport import Reader, Transport
from dp3t_simulator.notification.protocol.venues import Venues

Progress = Callable[[float], None]
"""Told which part of a day's sightings has been heard, up to 1."""


class ProtocolNotification:
    """Phones of the library that hear each other and read batches [SIMNOTE-1]."""

    def __init__(
        self,
        world: World,
        *,
        transport: Transport | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Give a phone to everybody in a world who has the app.

        Args:
            world: before the first day.
            transport: what takes reports and hands out batches; in memory unless given.
            progress: is told how far an evening is.
        """
        scenario, own = world.scenario, habits.of(world.scenario, world.seed)
        name, parameters = scenario.app.design, parameters_of(scenario)
        rand = Random(f"server {world.seed}").randbytes  # noqa: S311 - a simulation's server
        self._crowd = Crowd(
            np.flatnonzero(world.state.app).tolist(),
            design=name,
            parameters=parameters,
            skew=own.skew.tolist(),
            seed=world.seed,
        )
        self._air = Air(world, own, epoch_seconds=design(name).epoch_seconds(parameters))
        self._transport = transport or MemoryTransport(name, parameters=parameters, rand=rand)
        self._venues = Venues(rand=rand) if scenario.presence.enabled else None
        self._findings = Findings(
            preset(scenario.app.configuration), minutes=scenario.presence.minutes
        )
        self._unread = dict.fromkeys(self._crowd.phones, 0)
        self._progress = progress

    def morning(self, day: int, uploads: Uploads, traces: VenueTraces) -> Morning:
        """Let phones report, release the batches, and let the phones that are online read."""
        reporting = self._crowd.report(day, uploads)
        rounds = self._venues.traces(day, traces) if self._venues else []
        published = self._transport.publish(day, reporting, rounds)
        self._crowd.wake(day)
        readers = [
            Reader(person, self._crowd.phones[person], self._unread[person])
            for person in self._air.online(day)
        ]
        for reader, found in zip(readers, self._transport.read(day, readers), strict=True):
            self._unread[reader.person] = day + 1
            self._findings.add(day, reader.person, reader.phone, found)
        exposures, notices = self._findings.taken()
        return Morning(exposures, notices, published.keys, published.size_bytes)

    def evening(self, day: int) -> None:
        """Let people check in at venues, and phones hear each other."""
        if self._venues:
            self._crowd.visit(day, self._air.visits(day), self._venues)
        heard = self._air.day(day)
        done, total = 0, max(1, len(heard.second))
        for count in self._crowd.live(day, heard.senders, heard.parts()):
            done += count
            if self._progress:
                self._progress(done / total)

    def close(self) -> None:
        """Give back what the transport holds."""
        self._transport.close()
