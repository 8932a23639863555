"""Several servers and publishers on one database, in processes that are stopped at any moment."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from batches import records_of
from dp3t import Instant, TrustedKeys, release_after
from dp3t.publication import Batch, KeyRecord
from dp3t_server.config import Config
from dp3t_server.keys import SecretsFile
from dp3t_server.parts import DataDirectory, Parts, opened
from key_server import (
    DAY,
    NOW,
    SLOT,
    OuterServer,
    gaen_record,
    in_its_own_process,
    in_process,
    keys_of,
    lowcost_record,
)
from publisher_processes import Process, publishing, second_machine

NEXT = release_after(NOW)
ROUNDS = 4
UPLOADS = 16


async def with_records(folder: Path, database: str) -> list[KeyRecord]:
    """Leave a database behind in which records wait for NEXT."""
    records = [*(lowcost_record() for _ in range(5)), *(gaen_record() for _ in range(5))]
    async with in_process(folder, config=Config(database=database)) as server:
        for code, record in zip(await server.codes(10), records, strict=True):
            assert await server.upload(code, record) == "accepted"
    return records


@asynccontextmanager
async def reopened(folder: Path, database: str) -> AsyncIterator[Parts]:
    """Open what the processes have left."""
    config = Config(database=database)
    async with opened(config, DataDirectory(folder / "data"), now=NOW) as parts:
        yield parts


async def files(parts: Parts) -> dict[str, bytes]:
    """Return every batch by its name."""
    async with parts.store.reading() as transaction:
        found = {}
        for entry in await transaction.index.entries():
            signed = await transaction.batch(entry.design, entry.release)
            assert signed is not None
            found[entry.name] = signed.data
    return found


def published(files: dict[str, bytes], secrets: SecretsFile) -> list[KeyRecord]:
    """Return every record that was published, as often as it was."""
    trusted = TrustedKeys(key.public() for key in secrets.load().signing)
    opened = (Batch.open(data, trusted=trusted) for data in files.values())
    return [record for batch in opened for record in records_of(batch)]


@pytest.mark.spec("SERVER-56", "SERVER-57", "SERVER-23")
async def test_a_publisher_that_takes_over_from_a_killed_one_builds_the_same_bytes(
    tmp_path: Path, database: str
) -> None:
    records = await with_records(tmp_path, database)
    folder = tmp_path / "data"
    async with publishing(folder, database, NEXT, pause_seconds=0.2) as first:
        killed = [await first.line_with("built")]
        killed.append(await first.line_with("built"))
        await first.kill()
    async with publishing(second_machine(tmp_path, database), database, NEXT) as second:
        again = [await second.line_with("built"), await second.line_with("built")]
        assert len((await second.line_with("batches"))["batches"]) == 2
    assert again == killed
    async with reopened(tmp_path, database) as parts:
        assert keys_of(published(await files(parts), parts.secrets)) == keys_of(records)


@pytest.mark.spec("SERVER-58", "SERVER-57", "SERVER-22")
async def test_a_publisher_that_stood_still_past_its_lease_is_fenced_off(
    tmp_path: Path, database: str
) -> None:
    records, log = await with_records(tmp_path, database), tmp_path / "log"
    other = second_machine(tmp_path, database)
    async with publishing(
        tmp_path / "data", database, NEXT, lease=3, pause_seconds=0.5, log=log
    ) as first:
        await first.line_with("built")
        first.process.send_signal(signal.SIGSTOP)
        async with publishing(other, database, NEXT, lease=3) as second:
            assert len((await second.line_with("batches"))["batches"]) == 2
        async with reopened(tmp_path, database) as parts:
            before = await files(parts)
        first.process.send_signal(signal.SIGCONT)
        assert (await first.line_with("batches"))["batches"] == []
        assert await first.process.wait() == 0
    assert "another publisher has taken the slot over" in log.read_text()
    async with reopened(tmp_path, database) as parts:
        assert await files(parts) == before
        assert keys_of(published(before, parts.secrets)) == keys_of(records)


@pytest.mark.spec("SERVER-23", "SERVER-11", "SERVER-4", "SERVER-22", "SERVER-57")
async def test_whichever_processes_are_killed_nothing_is_published_twice_or_left_out(
    tmp_path: Path, database: str
) -> None:
    """Servers take reports and move on while publishers publish; each round kills them all."""
    dice = random.Random(20261123)
    settings = tmp_path / "settings.toml"
    settings.write_text(f'database = "{database}"\nlease_seconds = 1\nanswer_milliseconds = 0\n')
    sent, acknowledged = list[list[KeyRecord]](), list[KeyRecord]()
    seen, now = dict[str, bytes](), NOW
    await with_records(tmp_path, database)
    for _ in range(ROUNDS):
        async with AsyncExitStack() as stack:
            servers = [
                await stack.enter_async_context(_serving(tmp_path, settings, now))
                for _ in range(2 if database else 1)
            ]
            publishers = [
                await stack.enter_async_context(
                    publishing(folder, database, *(now + SLOT * each for each in range(1, 6)))
                )
                for folder in (tmp_path / "data", second_machine(tmp_path, database))
            ]
            codes = await servers[0].codes(UPLOADS)
            reports = [[lowcost_record(now) for _ in range(3)] for _ in codes]
            sent += reports
            uploads = [
                asyncio.create_task(_upload_slowly(dice.choice(servers), dice.random(), code, each))
                for code, each in zip(codes, reports, strict=True)
            ]
            processes: list[OuterServer | Process] = [*servers, *publishers]
            dice.shuffle(processes)
            for one in processes:
                await asyncio.sleep(dice.uniform(0, 0.6))
                await one.kill()
            outcomes = await asyncio.gather(*uploads, return_exceptions=True)
        for report, outcome in zip(reports, outcomes, strict=True):
            if outcome == "accepted":
                acknowledged += report
        now = Instant(now + 6 * SLOT)
        async with reopened(tmp_path, database) as parts:
            for name, data in (await files(parts)).items():
                assert seen.setdefault(name, data) == data
    async with publishing(tmp_path / "data", database, now + DAY) as last:
        await last.line_with("batches")
    async with reopened(tmp_path, database) as parts:
        found = await files(parts)
        out = published(found, parts.secrets)
        async with parts.store.reading() as transaction:
            assert await transaction.releases_due(Instant(now + DAY)) == []
    assert set(seen.items()) <= set(found.items())
    assert acknowledged
    assert len(out) == len(set(out))
    assert set(acknowledged) <= set(out)
    for report in sent:  # what was not acknowledged is there as a whole or not at all
        assert len(set(report) & set(out)) in (0, 3)


@asynccontextmanager
async def _serving(folder: Path, settings: Path, now: int) -> AsyncIterator[OuterServer]:
    clock = ("--simulated-clock", str(now))
    async with in_its_own_process(folder, "--config", str(settings), *clock) as server:
        yield server


async def _upload_slowly(
    server: OuterServer, after_seconds: float, code: Any, report: list[KeyRecord]
) -> str:
    await asyncio.sleep(after_seconds)
    try:
        return await server.upload(code, *report)
    except aiohttp.ClientError:
        return "lost"
