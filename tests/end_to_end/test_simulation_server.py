"""Simulated phones and a real server: reports go up and batches come down over HTTP."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import numpy as np
import pytest

from dp3t.cli.demo.server_process import Server, running_server
from dp3t_simulator.interfaces import Morning, Uploads, VenueTraces, World, no_traces
from dp3t_simulator.scenario.settings import AppSettings, PresenceSettings, Scenario
from dp3t_simulator.warnings import habits
from dp3t_simulator.warnings.fast import FastNotification
from dp3t_simulator.warnings.protocol.air import Air
from dp3t_simulator.warnings.protocol.differential import differences
from dp3t_simulator.warnings.protocol.moments import moment
from dp3t_simulator.warnings.protocol.notification import ProtocolNotification
from dp3t_simulator.warnings.protocol.server import ServerTransport
from dp3t_simulator.world import world_of

DAYS = 4
SETTINGS = 'region = "SIM"\nmin_batch_keys = 0\npresence = true\n'
"""Nothing is padded; venues are known."""


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Return a loop that a simulation runs when it waits for the network."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


def village(design: str) -> World:
    """Return a world of few people, so that the server is asked some hundred times."""
    scenario = Scenario(
        name="a hamlet",
        people=90,
        days=DAYS,
        app=AppSettings(
            uptake=0.6, design=design, online_daily=0.7, clock_skew_seconds=2000.0, redaction=0.0
        ),
        presence=PresenceSettings(enabled=True, check_in=0.9),
    )
    return world_of(scenario, seed=4)


def reports(world: World, day: int) -> Uploads:
    """Return that three people report who have the app, others on each day but the first."""
    own = np.flatnonzero(world.state.app)
    who = np.sort(own[3 * (day - 1) : 3 * day]) if day else own[:0]
    since = np.zeros(len(who), dtype=np.int16)
    nothing = np.full(len(who), -1, dtype=np.int16)
    return Uploads(who.astype(np.int32), since, nothing, nothing)


def traces(world: World, day: int) -> VenueTraces:
    """Return that five visits of yesterday are traced."""
    if not day:
        return no_traces()
    own = habits.of(world.scenario, world.seed)
    visits = Air(world, own, epoch_seconds=900).visits(day - 1)[:5]
    rows = sorted((one.venue, one.person, one.arrival, one.departure) for one in visits)
    venue, case, start, end = (np.array(column) for column in zip(*rows, strict=True))
    days = np.full(len(rows), day - 1, dtype=np.int16)
    return VenueTraces(venue, days, start, end, case)


def lived(
    design: str, server: Server, loop: asyncio.AbstractEventLoop
) -> list[tuple[Morning, Morning]]:
    """Return every morning as loops compute it and as phones of the server find it."""
    world = village(design)
    fast = FastNotification(world)
    transport = ServerTransport(server.url, view=server.view, operator=server, loop=loop)
    phones = ProtocolNotification(world, transport=transport)
    found = []
    for day in range(DAYS):
        asked = reports(world, day), traces(world, day)
        found.append((fast.morning(day, *asked), phones.morning(day, *asked)))
        phones.evening(day)
    fast.close()
    phones.close()
    return found


@pytest.mark.spec("WARNINGS-1", "CLIENT-1", "CLIENT-4")
@pytest.mark.parametrize("design", ["lowcost", "hybrid"])
def test_phones_of_a_real_server_find_what_is_computed(
    design: str, loop: asyncio.AbstractEventLoop
) -> None:
    """Only time is simulated: uploads, releases and updates of four days are real."""
    stack = AsyncExitStack()
    start = moment(-1, 0)
    server = loop.run_until_complete(
        stack.enter_async_context(running_server(start=start, settings=SETTINGS))
    )
    try:
        mornings = lived(design, server, loop)
    finally:
        loop.run_until_complete(stack.aclose())
    for day, (fast, phones) in enumerate(mornings):
        assert differences(day, fast, phones) == []
    assert sum(len(phones.exposures.person) for _, phones in mornings) > 10
    assert {int(kind) for _, one in mornings for kind in one.exposures.kind} == {0, 1}
