"""Release slots: begun once, held by one publisher, taken over, and built again bit for bit."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from authorizations import SINCE, phone, send
from dp3t import STANDARD, Instant, random_from_os, release_after
from dp3t.publication import BatchName, KeyRecord
from dp3t_server import key_content
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.keys import new_signing_key
from dp3t_server.publisher import Publisher
from dp3t_server.slot_files import BatchFile, batch_file
from dp3t_server.slots import Lease, Slot, Slots
from dp3t_server.tables import slots
from key_server import (
    DAY,
    NOW,
    SLOT,
    InnerServer,
    gaen_record,
    in_process,
    keys_of,
    lowcost_record,
)

NEXT = release_after(NOW)
LEASE = Config().lease_seconds


@asynccontextmanager
async def begun(folder: Path, database: str) -> AsyncIterator[tuple[InnerServer, list[KeyRecord]]]:
    """A server with some records for NEXT and one for later."""
    async with in_process(folder, config=Config(database=database)) as server:
        records = [lowcost_record() for _ in range(4)] + [gaen_record() for _ in range(3)]
        for code, record in zip(await server.codes(7), records, strict=True):
            assert await server.upload(code, record) == "accepted"
        yield server, records


def other_publisher(server: InnerServer, name: str, clock: SimulatedClock) -> Publisher:
    """A publisher of another data folder on the same database, its leases by a clock of its own."""
    parts = server.parts
    holder = server.data.path / name
    return Publisher(parts.store, parts.secrets, parts.config, holder=holder, lease_clock=clock)


async def take(server: InnerServer, release: Instant, *, holder: bytes, now: int) -> bytes:
    """Begin a slot as a publisher that is never heard of again; return the seed."""
    async with server.parts.store.writing() as transaction:
        lease = Lease(holder=holder, now=now, seconds=LEASE)
        slot = await transaction.slots.begin(release, seed=b"s" * 32, lease=lease)
    assert slot is not None
    return slot.seed


@pytest.mark.spec("SERVER-56", "SERVER-21", "SEED-1", "SEED-3")
async def test_records_and_seed_give_every_batch_of_a_slot_again_bit_for_bit(
    tmp_path: Path, database: str
) -> None:
    async with begun(tmp_path, database) as (server, records):
        report = phone("unlinkable").report(since=SINCE)
        assert await send(server, await server.code(), report) == "accepted"
        await server.move_to(NOW + 2 * DAY)
        accepted = {
            "lowcost": records[:4],
            "gaen": records[4:],
            "unlinkable": list(report.records),
        }
        async with server.parts.store.database.reading() as connection:
            rows = await connection.execute(select(slots.c.release, slots.c.seed))
            seeds = {row.release: row.seed for row in rows}
        entries = await server.listed()
        assert {entry.design for entry in entries} == set(accepted)
        for entry in entries:
            again = batch_file(
                sorted(accepted[entry.design], key=lambda record: record.key),
                name=BatchName(design=entry.design, region="VN", release=entry.release),
                seed=seeds[entry.release],
                parameters=server.parts.config.parameters,
                key=server.parts.secrets.load().signing_key_at(entry.release),
            )
            assert again.data == await server.get(f"/v1/batches/{entry.name}")
            entry.require_describes(again.data)


@pytest.mark.spec("SERVER-56")
def test_another_seed_gives_another_filter() -> None:
    key = new_signing_key(valid_from=NOW, lifetime_days=2, rand=random_from_os)
    report = phone("unlinkable").report(since=SINCE)
    name = BatchName(design="unlinkable", region="VN", release=NEXT)
    made = [
        batch_file(list(report.records), name=name, seed=seed, parameters=STANDARD, key=key).data
        for seed in (bytes(32), bytes(32), b"\x01" * 32)
    ]
    assert made[0] == made[1] != made[2]


@pytest.mark.spec("SERVER-57", "SERVER-56", "SERVER-58")
async def test_who_takes_a_slot_over_publishes_the_very_files_and_the_former_holder_nothing(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first publisher stands still before its commit until the second has published."""
    built = list[BatchFile]()
    stalled, go_on = threading.Event(), threading.Event()

    def slowly(*args: object, **options: object) -> BatchFile:
        file = batch_file(*args, **options)  # type: ignore[arg-type]  # passed on unseen
        built.append(file)
        if len(built) == 2:
            stalled.set()
            assert go_on.wait(30)
        return file

    monkeypatch.setattr(key_content, "batch_file", slowly)
    clock = SimulatedClock(Instant(0))
    async with begun(tmp_path, database) as (server, records):
        first = other_publisher(server, "first", clock)
        second = other_publisher(server, "second", clock)
        former = asyncio.create_task(first.try_to_publish(NEXT))
        await asyncio.to_thread(stalled.wait)
        assert await second.try_to_publish(NEXT) is None
        clock.move_to(Instant(LEASE))
        assert await second.try_to_publish(NEXT) is None
        clock.move_to(Instant(LEASE + 1))
        publication = await second.try_to_publish(NEXT)
        assert publication is not None
        assert [batch.keys for batch in publication.batches] == [3, 4]
        index = await server.get("/v1/index")
        go_on.set()
        assert await former is None  # fenced off
        assert await server.get("/v1/index") == index
        assert [file.data for file in built[:2]] == [file.data for file in built[2:]]
        assert (await first.publish(NEXT)).batches == ()
        assert keys_of(await server.published()) == keys_of(records)


@pytest.mark.spec("SERVER-57")
async def test_a_folder_takes_over_at_once_what_its_dead_process_left(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with begun(tmp_path, database) as (server, records):
        first = other_publisher(server, "one", SimulatedClock(Instant(0)))
        again = other_publisher(server, "one", SimulatedClock(Instant(1)))

        def die(*_: object, **__: object) -> None:
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr(key_content, "batch_file", die)
            with pytest.raises(MemoryError):
                await first.try_to_publish(NEXT)
        assert await again.try_to_publish(NEXT) is not None
        assert keys_of(await server.published()) == keys_of(records)


@pytest.mark.spec("SERVER-57")
async def test_a_lease_that_a_wrong_clock_wrote_keeps_nobody_out_for_longer(
    tmp_path: Path, database: str
) -> None:
    async with begun(tmp_path, database) as (server, _):
        await take(server, NEXT, holder=b"h" * 16, now=2**32)
        other = other_publisher(server, "other", SimulatedClock(Instant(100)))
        assert await other.try_to_publish(NEXT) is not None


@pytest.mark.spec("SERVER-57")
async def test_a_publisher_at_work_renews_its_lease(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Building takes longer than the lease; nobody takes over what somebody works on."""
    go_on = threading.Event()

    def slowly(*args: object, **options: object) -> BatchFile:
        assert go_on.wait(30)
        return batch_file(*args, **options)  # type: ignore[arg-type]  # passed on unseen

    config = Config(database=database, lease_seconds=1)
    async with in_process(tmp_path, config=config) as server:
        await server.upload(await server.code(), record := lowcost_record())
        parts = server.parts
        first, second = (
            Publisher(parts.store, parts.secrets, parts.config, holder=server.data.path / name)
            for name in ("first", "second")
        )
        monkeypatch.setattr(key_content, "batch_file", slowly)
        working = asyncio.create_task(first.try_to_publish(NEXT))
        await asyncio.sleep(0.2)
        for _ in range(12):
            assert await second.try_to_publish(NEXT) is None
            await asyncio.sleep(0.2)
        go_on.set()
        publication = await working
        assert publication is not None
        assert [batch.keys for batch in publication.batches] == [1]
        assert await server.published() == [record]


@pytest.mark.spec("SERVER-16", "SERVER-56")
async def test_what_is_accepted_once_a_slot_is_begun_gets_a_later_release(
    tmp_path: Path, database: str
) -> None:
    """Another machine's clock is ahead: it has begun a slot that is not due here yet."""
    async with begun(tmp_path, database) as (server, records):
        await take(server, NEXT, holder=b"h" * 16, now=0)
        assert await server.upload(await server.code(), late := lowcost_record()) == "accepted"
        async with server.parts.store.database.reading() as connection:
            query = text("SELECT release FROM pending_keys ORDER BY release")
            assert list((await connection.execute(query)).scalars()) == [NEXT] * 7 + [NEXT + SLOT]
        await server.move_to(NEXT)
        assert keys_of(await server.published()) == keys_of(records)
        await server.move_to(NEXT + SLOT)
        assert keys_of(await server.published()) == keys_of([*records, late])


@pytest.mark.spec("SERVER-21", "SERVER-57", "SERVER-23")
async def test_a_slot_that_nobody_ended_is_abandoned_for_a_later_one(
    tmp_path: Path, database: str
) -> None:
    later = Instant(NEXT + SLOT)
    async with begun(tmp_path, database) as (server, records):
        await take(server, NEXT, holder=b"h" * 16, now=100)
        clock = SimulatedClock(Instant(100))
        other = other_publisher(server, "other", clock)
        assert await other.try_to_publish(later) is None
        clock.move_to(Instant(101 + LEASE))
        assert await other.try_to_publish(later) is not None
        async with server.parts.store.database.reading() as connection:
            rows = await connection.execute(select(slots.c.release).order_by(slots.c.release))
            assert list(rows.scalars()) == [NEXT - SLOT, later]
        found = {(batch.release, batch.design) for batch in await server.batches()}
        assert found == {(later, "gaen"), (later, "lowcost")}
        assert keys_of(await server.published()) == keys_of(records)


@pytest.mark.spec("SERVER-57")
async def test_a_release_is_begun_once(tmp_path: Path, database: str) -> None:
    async with begun(tmp_path, database) as (server, _):
        await take(server, NEXT, holder=b"h" * 16, now=0)
        lease = Lease(holder=b"h" * 16, now=0, seconds=LEASE)
        for release in (NEXT - SLOT, NEXT, NEXT + SLOT):
            async with server.parts.store.writing() as transaction:
                begun_again = await transaction.slots.begin(
                    Instant(release), seed=bytes(32), lease=lease
                )
            assert begun_again is None


@pytest.mark.spec("SERVER-58")
async def test_a_fence_that_is_not_current_renews_and_ends_nothing(
    tmp_path: Path, database: str
) -> None:
    async with begun(tmp_path, database) as (server, _):
        lease = Lease(holder=b"h" * 16, now=0, seconds=LEASE)
        await take(server, NEXT, holder=lease.holder, now=0)
        async with server.parts.store.writing() as transaction:
            one = await transaction.slots.take_over(NEXT, lease=lease)
            two = await transaction.slots.take_over(NEXT, lease=lease)
            assert one is not None
            assert two is not None
            assert (one.fence, two.fence, one.seed) == (2, 3, two.seed)
            assert not await transaction.slots.renew(one, until=1)
            assert not await transaction.slots.finish(one)
            assert await transaction.slots.renew(two, until=1)
            assert await transaction.slots.finish(two)
            assert not await transaction.slots.finish(two)
            assert not await transaction.slots.renew(two, until=1)
            assert await transaction.slots.take_over(NEXT, lease=lease) is None


@pytest.mark.spec("SERVER-59")
async def test_an_upload_is_accepted_while_files_are_built(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def held_up(build: Callable[..., BatchFile]) -> Callable[..., BatchFile]:
        def slowly(*args: object, **options: object) -> BatchFile:
            assert go_on.wait(30)
            return build(*args, **options)

        return slowly

    monkeypatch.setattr(key_content, "batch_file", held_up(batch_file))
    async with begun(tmp_path, database) as (server, _):
        publishing = asyncio.create_task(server.parts.publisher.publish(NEXT))
        await asyncio.sleep(0.1)
        code = await server.code()
        async with asyncio.timeout(10):
            assert await server.upload(code, lowcost_record()) == "accepted"
        assert not publishing.done()
        go_on.set()
        assert len((await publishing).batches) == 2


@pytest.mark.spec("SERVER-27", "SERVER-56")
async def test_a_seed_is_erased_with_the_batches_of_its_slot(tmp_path: Path, database: str) -> None:
    async with begun(tmp_path, database) as (server, _):
        await server.move_to(NEXT)
        last = Instant((NEXT // DAY + 15) * DAY - SLOT)
        for now, kept in ((last, True), (Instant(last + SLOT), False)):
            await server.move_to(now)
            async with server.parts.store.reading() as transaction:
                known = await transaction.batch("lowcost", NEXT)
            async with server.parts.store.database.reading() as connection:
                query = select(slots.c.seed).where(slots.c.release == NEXT)
                seed = (await connection.execute(query)).scalar()
            assert (known is not None, seed is not None) == (kept, kept)


@pytest.mark.spec("SERVER-6")
async def test_a_lease_that_was_not_renewed_once_does_not_stop_a_publication(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew, asked = Slots.renew, list[Slot]()

    async def fail_first(self: Slots, slot: Slot, *, until: int) -> bool:
        asked.append(slot)
        if len(asked) == 1:
            raise OSError("injected")
        return await renew(self, slot, until=until)

    def slowly(*args: object, **options: object) -> BatchFile:
        threading.Event().wait(0.5)
        return batch_file(*args, **options)  # type: ignore[arg-type]  # passed on unseen

    config = Config(database=database, lease_seconds=1)
    async with in_process(tmp_path, config=config) as server:
        await server.upload(await server.code(), record := lowcost_record())
        monkeypatch.setattr(key_content, "batch_file", slowly)
        monkeypatch.setattr(Slots, "renew", fail_first)
        await server.move_to(NEXT)
        assert len(asked) > 1
        assert await server.published() == [record]
