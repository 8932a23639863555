"""A process killed at random moments loses nothing it acknowledged and publishes nothing twice."""

import asyncio
import itertools
import random
from pathlib import Path

import aiohttp
import pytest

from dp3t import Instant
from dp3t.publication import KeyRecord
from key_server import DAY, NOW, SLOT, OuterServer, in_its_own_process, lowcost_record

ROUNDS = 4
UPLOADS = 30


@pytest.mark.spec("SERVER-11", "SERVER-23", "SERVER-4")
async def test_killed_between_accepting_and_publishing_nothing_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    """Each round uploads while releases pass, and dies without warning somewhere in between."""
    dice = random.Random(20210705)
    sent: list[list[KeyRecord]] = []
    acknowledged: list[KeyRecord] = []
    seen: dict[str, bytes] = {}
    now = NOW
    for _ in range(ROUNDS):
        async with in_its_own_process(tmp_path, "--simulated-clock", str(now)) as server:
            await _remember(server, seen)
            codes = await server.codes(UPLOADS)
            reports = [[lowcost_record(now) for _ in range(3)] for _ in codes]
            sent += reports
            uploads = [
                asyncio.create_task(server.upload(code, *report))
                for code, report in zip(codes, reports, strict=True)
            ]
            advance = asyncio.create_task(_advance(server, now))
            await _some(uploads, dice.randint(1, UPLOADS // 2))
            await asyncio.sleep(dice.uniform(0, 0.03))
            await server.kill()
            outcomes = await asyncio.gather(*uploads, return_exceptions=True)
            await asyncio.gather(advance, return_exceptions=True)
            for report, outcome in zip(reports, outcomes, strict=True):
                if outcome == "accepted":
                    acknowledged += report
            now = Instant(now + 6 * SLOT)
    async with in_its_own_process(tmp_path, "--simulated-clock", str(now)) as server:
        await server.move_to(now + DAY)
        await _remember(server, seen)
        published = await server.published()
    assert len(acknowledged) >= 3 * ROUNDS
    assert len(published) == len(set(published))
    assert set(acknowledged) <= set(published)
    for report in sent:  # what was not acknowledged is there as a whole or not at all
        assert len(set(report) & set(published)) in (0, 3)


async def _some(tasks: list[asyncio.Task[str]], count: int) -> None:
    """Wait until so many are done."""
    for done in itertools.islice(asyncio.as_completed(tasks), count):
        await done


async def _advance(server: OuterServer, now: Instant) -> None:
    """Let releases pass quickly, as many as the process lives for."""
    for step in range(1, 6):
        await asyncio.sleep(0.01)
        await server.ask("POST", "/v1/operator/clock", {"now": now + step * SLOT})


async def _remember(server: OuterServer, seen: dict[str, bytes]) -> None:
    """Check that no batch ever changes, and note the new ones."""
    for entry in await server.listed():
        data = await server.get(f"/v1/batches/{entry.name}")
        assert seen.setdefault(entry.name, data) == data


@pytest.mark.spec("SERVER-23")
async def test_a_client_whose_server_died_asks_again_and_is_told_accepted(tmp_path: Path) -> None:
    """The answer is lost with the process; the report is published once all the same."""
    async with in_its_own_process(tmp_path, "--simulated-clock", str(NOW)) as server:
        code, record = await server.code(), lowcost_record()
        upload = asyncio.create_task(server.upload(code, record))
        await asyncio.sleep(0.01)
        await server.kill()
        await asyncio.gather(upload, return_exceptions=True)
    async with in_its_own_process(tmp_path, "--simulated-clock", str(NOW)) as server:
        assert await server.upload(code, record) == "accepted"
        await server.move_to(NOW + SLOT)
        assert await server.published() == [record]


async def test_a_killed_upload_fails_for_the_client(tmp_path: Path) -> None:
    async with in_its_own_process(tmp_path, "--simulated-clock", str(NOW)) as server:
        code = await server.code()
        await server.kill()
        with pytest.raises(aiohttp.ClientError):
            await server.upload(code, lowcost_record())
