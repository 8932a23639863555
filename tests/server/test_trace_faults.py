"""Whatever stops a server or a publisher, no trace is lost and none is published twice."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from dp3t import Instant, release_after
from dp3t.presence import PRESENCE, Trace, TraceUpload
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.publisher import Publisher
from dp3t_server.store import Store, Transaction
from key_server import DAY, NOW, SLOT, InnerServer, OuterServer, in_its_own_process, in_process
from publisher_processes import publishing, second_machine
from server_traces import (
    TRACES,
    box,
    hand_in,
    listed,
    listed_boxes,
    published_traces,
    rows,
    send_body,
    trace_code,
    traces,
)

NEXT = release_after(NOW)
LATER = Instant(NEXT + SLOT)
ROUNDS = 3
REQUESTS = 12


class DiedError(Exception):
    """What stands for the end of a process."""


class Dying:
    """Lets a store's writers die at one of their commits.

    Args:
        at: which commit it is, from 1 on.
        after: whether it has come through.
    """

    def __init__(self, *, at: int, after: bool) -> None:
        self.commits = 0
        self._at, self._after = at, after
        self._writing = Store.writing

    @asynccontextmanager
    async def writing(self, store: Store, *args: Any) -> AsyncIterator[Transaction]:
        """Open a transaction as `Store.writing` does."""
        async with self._writing(store, *args) as transaction:
            yield transaction
            self.commits += 1
            dies = self.commits == self._at
            if dies and not self._after:
                raise DiedError
        if dies:
            raise DiedError


def another(server: InnerServer, number: int) -> Publisher:
    """Return a publisher of another process, which sees every lease as over."""
    parts = server.parts
    return Publisher(
        parts.store,
        parts.secrets,
        parts.config,
        holder=server.data.path / f"publisher-{number}",
        lease_clock=SimulatedClock(Instant(2**30 + 1000 * number)),
    )


@pytest.mark.spec("SERVER-23", "SERVER-58", "TRACE-SERVER-16")
@pytest.mark.parametrize("after", [False, True])
async def test_a_publisher_that_dies_at_any_commit_leaves_a_slot_that_another_ends(
    tmp_path: Path, database: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One slot after the other, each with the death one commit later, until there is none."""
    config = Config(presence=True, min_batch_keys=1, designs=("lowcost",), database=database)
    async with in_process(tmp_path, config=config) as server:
        release, expected, died = NEXT, dict[int, set[Trace]](), True
        at = 0
        while died:
            at, some = at + 1, traces(2)
            assert await hand_in(server, *some) == release
            expected[release] = set(some)
            dying = Dying(at=at, after=after)
            with monkeypatch.context() as patch:
                patch.setattr(Store, "writing", lambda *args, one=dying: one.writing(*args))
                try:
                    await another(server, 2 * at).publish(release)
                    died = False
                except DiedError:
                    pass
            await another(server, 2 * at + 1).publish(release)
            await server.move_to(release)
            release = Instant(release + SLOT)
        assert at > 3  # to begin, to remember keys and traces, to end
        found = await published_traces(server)
        every = [trace for batch in found.values() for trace in batch]
        assert len(set(every)) == len(every)
        for moment, some_of in expected.items():
            assert some_of <= set(found[moment])
        assert await rows(server, "pending_traces") == []


@pytest.mark.spec("SERVER-56", "SERVER-57", "SERVER-23", "TRACE-SERVER-16")
async def test_who_takes_over_from_a_killed_publisher_builds_the_same_batch_of_traces(
    tmp_path: Path, database: str
) -> None:
    async with in_process(tmp_path, config=Config(presence=True, database=database)) as server:
        await hand_in(server, *(some := traces(3)))
    async with publishing(tmp_path / "data", database, NEXT, pause_seconds=0.2) as first:
        killed = await first.line_with("built")
        await first.kill()
    assert killed["built"] == f"{PRESENCE}-{NEXT}"
    async with publishing(second_machine(tmp_path, database), database, NEXT) as second:
        assert await second.line_with("built") == killed
        assert len((await second.line_with("batches"))["batches"]) == 1
    clock = SimulatedClock(NEXT)
    config = Config(presence=True, database=database)
    async with in_process(tmp_path, clock=clock, config=config) as server:
        assert await published_traces(server) == {NEXT: tuple(some)}


@pytest.mark.spec("TRACE-SERVER-12", "TRACE-SERVER-14", "SERVER-23", "SERVER-4")
async def test_killed_at_random_moments_a_server_publishes_what_it_acknowledged_once(
    tmp_path: Path,
) -> None:
    """What was not acknowledged is there as a whole or not at all, and can be handed in again."""
    dice = random.Random(20210705)
    settings = tmp_path / "presence.toml"
    settings.write_text("presence = true\nanswer_milliseconds = 0\n")
    sent, acknowledged = list[list[Trace]](), list[Trace]()
    now = NOW
    for _ in range(ROUNDS):
        async with _serving(tmp_path, settings, now) as server:
            requests = [traces(2, now=now) for _ in range(REQUESTS)]
            sent += requests
            tasks = [asyncio.create_task(_handed_in(server, some)) for some in requests]
            moving = asyncio.create_task(_move_on(server, now))
            for done in itertools.islice(asyncio.as_completed(tasks), dice.randint(1, REQUESTS)):
                await done
            await asyncio.sleep(dice.uniform(0, 0.03))
            await server.kill()
            outcomes = await asyncio.gather(*tasks)
            await asyncio.gather(moving, return_exceptions=True)
            for some, was_acknowledged in zip(requests, outcomes, strict=True):
                acknowledged += some if was_acknowledged else []
        now = Instant(now + 6 * SLOT)
    async with _serving(tmp_path, settings, now) as server:
        for some in sent:
            assert await _handed_in(server, some)
        await server.move_to(now + DAY)
        found = await published_traces(server)
    every = [trace for batch in found.values() for trace in batch]
    assert acknowledged
    assert sorted(every) == sorted(trace for some in sent for trace in some)
    for some in sent:
        assert len({moment for moment, batch in found.items() if set(some) & set(batch)}) == 1


@pytest.mark.spec("TRACE-SERVER-5", "TRACE-SERVER-7")
async def test_an_owner_whose_server_died_asks_again_and_the_box_is_kept_once(
    tmp_path: Path,
) -> None:
    settings = tmp_path / "presence.toml"
    settings.write_text("presence = true\nanswer_milliseconds = 0\n")
    async with _serving(tmp_path, settings, NOW) as server:
        body = TraceUpload(await trace_code(server), sealed := box()).encode()
        upload = asyncio.create_task(send_body(server, body))
        await asyncio.sleep(0.01)
        await server.kill()
        await asyncio.gather(upload, return_exceptions=True)
    async with _serving(tmp_path, settings, NOW) as server:
        assert await send_body(server, body) == "accepted"
        assert list((await listed_boxes(server)).values()) == [sealed]


@asynccontextmanager
async def _serving(folder: Path, settings: Path, now: int) -> AsyncIterator[OuterServer]:
    clock = ("--simulated-clock", str(now))
    async with in_its_own_process(folder, "--config", str(settings), *clock) as server:
        yield server


async def _handed_in(server: OuterServer, some: list[Trace]) -> bool:
    """Hand traces in; return whether the server acknowledged them before it died."""
    try:
        status, _ = await server.ask("POST", TRACES, listed(*some))
    except aiohttp.ClientError:
        return False
    assert status == 200
    return True


async def _move_on(server: OuterServer, now: Instant) -> None:
    """Let releases pass quickly, as many as the process lives for."""
    for step in range(1, 6):
        await asyncio.sleep(0.01)
        await server.ask("POST", "/v1/operator/clock", {"now": now + step * SLOT})
