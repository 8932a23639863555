"""Batches of traces beside those of keys: built, padded, taken over, listed, erased."""

import asyncio
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from databases import sqlite_only
from doctor_visits import HEALTHY, only, visited
from dp3t import Instant, day_of, random_from_os, release_after
from dp3t.presence import PRESENCE, Trace, padded, publish
from dp3t.presence.identity import VISIT_RETENTION_DAYS
from dp3t.primitives import sha256
from dp3t.proximity import DESIGN_NAMES
from dp3t.publication import BatchName, slot_random
from dp3t_server import pairings
from dp3t_server.catching_up import catch_up
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.keys import new_signing_key
from dp3t_server.publisher import Publisher
from dp3t_server.static_tree import write_tree
from dp3t_server.store import Transaction
from dp3t_server.sunset import end_service
from dp3t_server.tables import slots
from dp3t_server.trace_content import trace_file
from dp3t_server.visit import State
from key_server import DAY, NOW, SLOT, InnerServer, in_process, lowcost_record
from server_traces import PRESENCE_ON, hand_in, published_traces, rows, traces

NEXT = release_after(NOW)
LATER = Instant(NEXT + SLOT)
MINIMUM = 16
SERVER_CONFIG = PADDED = Config(presence=True, min_batch_keys=1)


async def seed_of(server: InnerServer, release: int) -> bytes:
    """Return the seed of a slot."""
    async with server.parts.store.database.reading() as connection:
        query = select(slots.c.seed).where(slots.c.release == release)
        seed: bytes = (await connection.execute(query)).scalar_one()
        return seed


def another(server: InnerServer, name: str, *, at: int) -> Publisher:
    """Return a publisher of another process, whose leases begin at a moment."""
    parts = server.parts
    return Publisher(
        parts.store,
        parts.secrets,
        parts.config,
        holder=server.data.path / name,
        lease_clock=SimulatedClock(Instant(at)),
    )


async def batches(server: InnerServer) -> dict[int, tuple[Trace, ...]]:
    """Return the traces of each batch, but for that with which a server that pads begins."""
    return {at: some for at, some in (await published_traces(server)).items() if at >= NEXT}


@pytest.mark.spec("TRACE-SERVER-16", "SERVER-60", "TRACE-1")
async def test_traces_are_in_the_index_the_log_and_the_slot_of_the_keys(
    tmp_path: Path, database: str
) -> None:
    config = Config(presence=True, database=database)
    async with in_process(tmp_path, config=config) as server:
        some = traces(3)
        await hand_in(server, *some)
        await server.upload(await server.code(), lowcost_record())
        published = await server.move_to(NEXT)
        assert [(one["design"], one["keys"]) for one in published] == [
            ("lowcost", 1),
            (PRESENCE, 3),
        ]
        entries = await server.listed()
        assert [(each.design, each.release) for each in entries] == [
            ("lowcost", NEXT),
            (PRESENCE, NEXT),
        ]
        assert sorted(each.leaf for each in entries) == [0, 1]
        (issued,) = {batch.release for batch in await server.batches()}
        assert issued == (await server.index()).issued
        assert await batches(server) == {NEXT: tuple(some)}
        assert await rows(server, "pending_traces") == []
        assert await server.move_to(LATER) == []


@pytest.mark.spec("TRACE-SERVER-17", "SERVER-56", "TRACE-7", "TRACE-SERVER-16")
async def test_traces_and_seed_give_each_padded_batch_again_bit_for_bit(
    tmp_path: Path, database: str
) -> None:
    config = Config(presence=True, min_batch_keys=1, database=database)
    async with in_process(tmp_path, config=config) as server:
        some = traces(5)
        await hand_in(server, *some)
        for release, accepted in ((NEXT, some), (LATER, [])):
            await server.move_to(release)
            name = BatchName(design=PRESENCE, region="VN", release=release)
            rand = slot_random(await seed_of(server, release), purpose="padding", name=name)
            every = padded(accepted, minimum=MINIMUM, release=release, rand=rand)
            key = server.parts.secrets.load().signing_key_at(release)
            data = await server.get(f"/v1/batches/{PRESENCE}-{release}")
            assert data == publish(every, name=name).sign(key)
            assert len(every) >= MINIMUM
            assert set(accepted) <= set(every)


@pytest.mark.spec("TRACE-SERVER-17")
async def test_each_release_has_a_batch_whose_traces_could_all_be_real(
    server: InnerServer,
) -> None:
    """The points are of the group, the days those of which phones have records, nothing repeats."""
    await hand_in(server, *traces(2))
    moved = [await server.move_to(release) for release in (NEXT, LATER)]
    counts = [one["keys"] for moment in moved for one in moment if one["design"] == PRESENCE]
    assert counts == [2, 0]
    found = await batches(server)
    assert sorted(found) == [NEXT, LATER]
    every = [trace for batch in found.values() for trace in batch]
    assert len({trace.identity for trace in every}) == len(every) >= 2 * MINIMUM
    for trace in every:
        trace.require_valid()
        assert 0 <= day_of(NEXT) - trace.day <= VISIT_RETENTION_DAYS
    remembered = [row for row in await rows(server, "published_traces") if row[1] in found]
    assert len(remembered) == len(every)


@pytest.mark.spec("TRACE-SERVER-17")
@pytest.mark.parametrize(
    ("settings", "lengths"),
    [
        ({"min_batch_keys": 0}, [3]),
        ({"min_batch_keys": 1, "min_batch_traces": 0}, [3]),
        ({"min_batch_keys": 1, "min_batch_traces": 1}, [3, 1]),
        ({"min_batch_keys": 1, "min_batch_traces": 3}, [3, 3]),
    ],
)
async def test_padding_is_as_much_as_the_operator_wants(
    tmp_path: Path, settings: dict[str, int], lengths: list[int]
) -> None:
    config = Config(presence=True, designs=("lowcost",), **settings)  # type: ignore[arg-type]  # numbers
    async with in_process(tmp_path, config=config) as server:
        await hand_in(server, *traces(3))
        for release in (NEXT, LATER):
            await server.move_to(release)
        found = [len(batch) for batch in (await batches(server)).values()]
        assert len(found) == len(lengths)
        assert found[0] == lengths[0]
        assert all(found[place] >= lengths[place] for place in range(1, len(lengths)))


@pytest.mark.spec("TRACE-SERVER-17", "TRACE-SERVER-1")
async def test_a_server_without_presence_pads_and_publishes_no_traces(tmp_path: Path) -> None:
    """Negative: and where the service has ended none are made up any more."""
    async with in_process(tmp_path, config=Config(min_batch_keys=1)) as server:
        published = await server.move_to(NEXT)
        assert {one["design"] for one in published} == set(DESIGN_NAMES)
    async with in_process(tmp_path / "ended", config=PADDED) as server:
        await server.move_to(NEXT)
        await end_service(server.parts, at_once=False, now=NEXT)
        assert await server.move_to(LATER) == []


@pytest.mark.spec("TRACE-SERVER-16", "SERVER-40")
async def test_a_server_that_takes_no_traces_any_more_publishes_those_that_wait(
    tmp_path: Path,
) -> None:
    some = traces(2)
    async with in_process(tmp_path, config=PRESENCE_ON) as server:
        await hand_in(server, *some)
        settings = {"database": server.parts.config.database}
    async with in_process(tmp_path, config=Config(**settings)) as server:  # type: ignore[arg-type]  # a URL
        await server.move_to(NEXT)
        assert await batches(server) == {NEXT: tuple(some)}


@pytest.mark.spec("TRACE-SERVER-16", "SERVER-56", "SERVER-58", "SERVER-22")
async def test_who_takes_a_slot_over_builds_the_same_batch_of_traces(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was handed in between the two is for the next release, and changes no byte."""
    built = list[bytes]()

    def noted(*args: Any, **options: Any) -> tuple[bytes, list[bytes]]:
        data, every = trace_file(*args, **options)
        built.append(sha256(data))
        return data, every

    async def broken(*_: object, **__: object) -> None:
        raise OSError("injected")

    config = Config(presence=True, min_batch_keys=1, database=database)
    async with in_process(tmp_path, config=config) as server:
        first, second = traces(2), traces(2)
        await hand_in(server, *first)
        monkeypatch.setattr("dp3t_server.trace_content.trace_file", noted)
        with monkeypatch.context() as patch:
            patch.setattr(Transaction, "erase", broken)
            with pytest.raises(OSError, match="injected"):
                await server.parts.publisher.publish(NEXT)
        assert await hand_in(server, *second) == LATER
        other = another(server, "other", at=2**31)
        await other.publish(NEXT)
        assert len(built) == 2
        assert built[0] == built[1]
        assert (await other.publish(NEXT)).batches == ()
        (batch,) = (await batches(server)).values()
        assert set(first) <= set(batch)
        assert not set(second) & set(batch)


@pytest.mark.spec("SERVER-58", "TRACE-SERVER-18")
async def test_a_publisher_that_was_left_behind_changes_no_memory(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative: it stands still, a later release replaces its slot, and it goes on."""
    stalled, go_on = threading.Event(), threading.Event()

    def slowly(*args: Any, **options: Any) -> tuple[bytes, list[bytes]]:
        if not stalled.is_set():
            stalled.set()
            assert go_on.wait(30)
        return trace_file(*args, **options)

    monkeypatch.setattr("dp3t_server.trace_content.trace_file", slowly)
    config = Config(presence=True, database=database)
    async with in_process(tmp_path, config=config) as server:
        await hand_in(server, *(some := traces(2)))
        first = another(server, "first", at=0)
        former = asyncio.create_task(first.try_to_publish(NEXT))
        await asyncio.to_thread(stalled.wait)
        assert len((await another(server, "second", at=2**31).publish(LATER)).batches) == 1
        remembered = await rows(server, "published_traces")
        go_on.set()
        assert await former is None
        assert await rows(server, "published_traces") == remembered
        assert await hand_in(server, *some) == LATER
        assert await published_traces(server) == {LATER: tuple(some)}


@pytest.mark.spec("SERVER-27")
async def test_a_batch_of_traces_is_erased_with_the_others(server: InnerServer) -> None:
    await hand_in(server, *traces(1))
    await server.move_to(NEXT)
    last = (day_of(NOW) + server.parts.config.retention_days + 1) * DAY
    await server.move_to(last - SLOT)
    assert NEXT in await batches(server)
    await server.move_to(last)
    assert NEXT not in await batches(server)
    async with server.session.get(f"{server.url}/v1/batches/{PRESENCE}-{NEXT}") as response:
        assert response.status == 404


@pytest.mark.spec("STATIC-1", "TRACE-SERVER-22", "STATIC-4")
@sqlite_only
async def test_a_restored_server_takes_over_the_batches_of_its_tree(tmp_path: Path) -> None:
    """What was waiting in the copy and went out is neither published again nor replaced."""
    waiting, later = traces(2), traces(1)
    async with in_process(tmp_path, config=PADDED) as server:
        await hand_in(server, *waiting)
    shutil.copytree(tmp_path / "data", tmp_path / "backup" / "data")
    async with in_process(tmp_path, config=PADDED) as server:
        await server.move_to(NEXT)
        await write_tree(server.parts.store, tmp_path / "tree")
        before = await batches(server)
    file = tmp_path / "tree" / "v1" / "batches" / f"{PRESENCE}-{NEXT}"
    assert file.exists()
    async with in_process(tmp_path / "backup", config=PADDED) as server:
        assert await catch_up(server.parts, tmp_path / "tree") == len(DESIGN_NAMES) + 1
        assert await rows(server, "pending_traces") == []
        remembered = [row for row in await rows(server, "published_traces") if row[1] == NEXT]
        assert len(remembered) == len(before[NEXT])
        assert await server.get(f"/v1/batches/{PRESENCE}-{NEXT}") == file.read_bytes()
        assert await hand_in(server, *waiting) == NEXT
        await hand_in(server, *later)
        await server.move_to(LATER)
        found = await batches(server)
        assert found[NEXT] == before[NEXT]
        assert not set(waiting) & set(found[LATER])


@sqlite_only
@pytest.mark.spec("OPERATING-21")
async def test_the_doctor_finds_nothing_wrong_but_a_missing_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = HEALTHY.with_settings(presence=True)
    async with in_process(tmp_path, config=config) as server:
        await hand_in(server, *traces(1))
        await server.move_to(NOW + SLOT)
        data = server.data
    found = await visited(data)
    assert {each.state for findings in found.values() for each in findings} == {State.OK}
    monkeypatch.setattr(pairings, "find_spec", lambda _: None)
    only(await visited(data), "configuration", State.PROBLEM, "dp3t[presence]")


@pytest.mark.spec("TRACE-SERVER-23", "OPERATING-13")
async def test_no_statistic_tells_of_traces(server: InnerServer) -> None:
    """Negative: with twenty approved traces all that is shown is what is without."""
    await hand_in(server, *traces(20))
    await server.move_to(NEXT + DAY)
    _, answer = await server.ask("GET", "/v1/operator/stats")
    assert {value for day in answer["days"] for name, value in day.items() if name != "day"} == {
        "<10"
    }
    token = f"Bearer {server.data.token.read_text().strip()}"
    async with server.session.get(
        server.url + "/metrics", headers={"Authorization": token}
    ) as response:
        assert "trace" not in await response.text()


def test_a_file_follows_from_traces_and_seed_alone() -> None:
    """Another seed, release or region makes other padding; the order of traces makes none."""
    some = [trace.encode() for trace in traces(3)]
    key = new_signing_key(valid_from=NOW, lifetime_days=2, rand=random_from_os)

    def padding(name: BatchName, seed: bytes, given: list[bytes]) -> set[bytes]:
        _, every = trace_file(given, name=name, seed=seed, minimum=MINIMUM, key=key)
        assert every == sorted(every)
        assert set(given) <= set(every)
        return set(every) - set(given)

    name = BatchName(design=PRESENCE, region="VN", release=NEXT)
    one = padding(name, bytes(32), some)
    assert padding(name, bytes(32), some[::-1]) == one
    later = BatchName(design=PRESENCE, region="VN", release=LATER)
    elsewhere = BatchName(design=PRESENCE, region="VN-48", release=NEXT)
    for other in (padding(name, b"\x01" * 32, some), padding(later, bytes(32), some)):
        assert not one & other
    assert not one & padding(elsewhere, bytes(32), some)
    assert all(Trace.decode(each) for each in one)
