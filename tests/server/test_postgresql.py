"""PostgreSQL: shared by servers, lost and found again, and only with the keys it belongs to."""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from databases import cluster, drop_database, laid_database, new_database
from dp3t import Instant, MalformedError, PolicyError, release_after
from dp3t_server.announcement import announce
from dp3t_server.cli.options import finish
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.connections import UnreachableError
from dp3t_server.database import Database
from dp3t_server.parts import DataDirectory, opened
from dp3t_server.rotation import rotate
from dp3t_server.rows import Lock
from dp3t_server.running import claimed
from dp3t_server.schedule import Schedule
from dp3t_server.slots import Slots
from dp3t_server.store import Transaction
from dp3t_server.sunset import end_service
from dp3t_server.tables import pending_keys
from key_server import (
    NOW,
    SLOT,
    InnerServer,
    in_process,
    keys_of,
    lowcost_record,
    upload_of,
)

NEXT = release_after(NOW)


@pytest.fixture
def url() -> Iterator[str]:
    """A fresh database with a server's tables."""
    url = laid_database()
    yield url
    drop_database(url)


@pytest.mark.parametrize(
    "wrong",
    [
        "sqlite:///file",
        "postgresql+psycopg://me:secret@host/db",
        "postgresql://me:secret@host",
        "me:secret",
    ],
)
def test_a_url_of_another_database_is_refused_and_not_repeated(wrong: str) -> None:
    with pytest.raises(MalformedError, match="database: it is not of the form") as caught:
        Config.from_toml(f'database = "{wrong}"')
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_url_gets_its_driver_and_its_password_stays_out_of_sight(scheme: str) -> None:
    config = Config(database=f"{scheme}://me:secret@host:1/db")
    assert config.database == "postgresql+asyncpg://me:secret@host:1/db"
    assert "secret" not in repr(config)


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(PolicyError, match=r"dp3t\[postgres\]"):
        Database("postgresql://me@host/db")


async def test_a_command_without_its_database_is_one_line() -> None:
    async def look() -> None:
        async with Database("postgresql://me@127.0.0.1:1/db").reading():
            pass

    with pytest.raises(OSError, match="the database cannot be used: it does not answer"):
        await asyncio.to_thread(finish, look())


@pytest.mark.spec("SERVER-6", "SERVER-24", "SERVER-23")
async def test_a_database_that_is_restarted_is_unavailable_and_then_found_again(
    tmp_path: Path,
) -> None:
    pytest.importorskip("asyncpg")
    with cluster() as own:
        config = Config(database=f"{own.url}/postgres")
        async with in_process(tmp_path, config=config) as server:
            code = await server.code()
            assert await server.upload(code, record := lowcost_record()) == "accepted"
            own.stop()
            asked = [
                ("GET", "/v1/index", None),
                ("GET", "/v1/batches/lowcost-7200", None),
                ("POST", "/v1/reports", upload_of(code, lowcost_record())),
                ("POST", "/v1/operator/codes", {"count": 1}),
                ("POST", "/v1/operator/publish", {}),
            ]
            for method, path, body in asked:
                status, answer = await server.ask(method, path, body)
                assert (status, answer["error"]["code"]) == (503, "unavailable"), path
            schedule = Schedule(server.parts.publisher, SimulatedClock(NEXT))
            await schedule.attempt()
            assert schedule.failures == 1
            own.start()
            assert await server.upload(code, record) == "accepted"  # again, without effect
            assert await server.upload(code, lowcost_record()) == "used-code"
            assert await server.upload(await server.code(), lowcost_record()) == "accepted"
            await schedule.attempt()
            assert schedule.failures == 0
            assert record in await server.published()


@pytest.mark.spec("SERVER-6")
async def test_connections_that_were_cut_are_made_anew(tmp_path: Path, url: str) -> None:
    async with in_process(tmp_path, config=Config(database=url)) as server:
        codes = await server.codes(5)
        await asyncio.gather(*(server.upload(code, lowcost_record()) for code in codes))
        await cut(server)
        for _ in range(3):
            await server.get("/v1/index")
        assert await server.upload(await server.code(), lowcost_record()) == "accepted"


async def cut(server: InnerServer) -> None:
    """End every session on the database, as a failover does."""
    end = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    other = Database(server.where)
    async with other.writing() as connection:
        await connection.execute(end)
    await other.close()


@pytest.mark.spec("SERVER-6", "SERVER-11")
async def test_a_transaction_whose_connection_is_cut_changes_nothing(
    tmp_path: Path, url: str
) -> None:
    async with in_process(tmp_path, config=Config(database=url)) as server:
        await server.code()
        database = server.parts.store.database
        count = select(func.count()).select_from(text("codes"))

        async def erase() -> None:
            async with database.writing() as connection:
                await connection.execute(text("DELETE FROM codes"))
                await cut(server)
                await connection.execute(count)

        with pytest.raises(SQLAlchemyError):
            await erase()
        async with database.reading() as connection:
            assert (await connection.execute(count)).scalar() == 1


@pytest.mark.spec("SERVER-21", "SERVER-12", "SERVER-54")
async def test_two_machines_with_the_same_keys_serve_one_database(tmp_path: Path, url: str) -> None:
    config = Config(database=url)
    async with in_process(tmp_path / "one", config=config) as one:
        (tmp_path / "two").mkdir()
        shutil.copytree(one.data.path, tmp_path / "two" / "data")
        async with in_process(tmp_path / "two", config=config) as two:
            codes = await one.codes(8)
            records = [lowcost_record() for _ in range(16)]
            outcomes = await asyncio.gather(
                *(
                    server.upload(code, record)
                    for code, record in zip(codes * 2, records, strict=True)
                    for server in ([one, two][record.key[0] % 2],)
                )
            )
            assert sorted(outcomes) == ["accepted"] * 8 + ["used-code"] * 8
            accepted = [r for r, o in zip(records, outcomes, strict=True) if o == "accepted"]
            both = await asyncio.gather(one.move_to(NEXT), two.move_to(NEXT))
            assert sorted(map(len, both)) == [0, 1]
            assert await one.get("/v1/index") == await two.get("/v1/index")
            assert keys_of(await two.published()) == keys_of(accepted)


@pytest.mark.spec("SERVER-43")
async def test_another_machine_with_other_keys_is_refused(tmp_path: Path, url: str) -> None:
    """From the first start on, before anything is published."""
    config = Config(database=url)
    async with opened(config, DataDirectory(tmp_path / "one"), now=NOW):
        pass
    with pytest.raises(PolicyError, match="copy it"):
        async with opened(config, DataDirectory(tmp_path / "two"), now=NOW):
            pass
    async with opened(Config(), DataDirectory(tmp_path / "three"), now=NOW) as parts:
        strange = parts.data.path / "keys.json"
    (tmp_path / "two").mkdir(exist_ok=True)
    shutil.copy(strange, tmp_path / "two" / "keys.json")
    with pytest.raises(PolicyError, match="belongs to another server"):
        async with opened(config, DataDirectory(tmp_path / "two"), now=NOW):
            pass


@pytest.mark.spec("SERVER-43")
async def test_keys_with_an_empty_database_are_no_first_start(tmp_path: Path, url: str) -> None:
    data = DataDirectory(tmp_path / "data")
    async with opened(Config(database=url), data, now=NOW):
        pass
    other = new_database()
    try:
        with pytest.raises(PolicyError, match="its database is empty"):
            async with opened(Config(database=other), data, now=NOW):
                pass
    finally:
        drop_database(other)


@pytest.mark.spec("SERVER-54")
def test_servers_share_a_folder_where_the_database_is_elsewhere_and_only_then(
    tmp_path: Path,
) -> None:
    data = DataDirectory(tmp_path)
    both = claimed(data, shared=True), claimed(data, shared=True)
    with both[0], both[1], pytest.raises(PolicyError, match="another"), claimed(data):
        pass
    with claimed(data), pytest.raises(PolicyError, match="another"), claimed(data, shared=True):
        pass


@pytest.mark.spec("SERVER-28")
async def test_what_is_published_takes_no_room_any_more(tmp_path: Path, url: str) -> None:
    async with in_process(tmp_path, config=Config(database=url)) as server:
        await server.upload(await server.code(), lowcost_record())
        size = select(func.pg_relation_size(pending_keys.name))
        sizes = []
        for release in (None, NEXT):
            if release is not None:
                await server.move_to(release)
            async with server.parts.store.database.reading() as connection:
                sizes.append((await connection.execute(size)).scalar_one())
        assert sizes[0] > sizes[1] == 0


async def test_a_reading_transaction_sees_one_state_and_cannot_write(url: str) -> None:
    database = await Database.open(url)
    look = select(func.count()).select_from(pending_keys)
    row = {"design": "gaen", "key": b"k" * 16, "attributes": "[1]", "release": 7200}
    async with database.reading() as reader:
        assert (await reader.execute(look)).scalar() == 0
        async with database.writing() as writer:
            await writer.execute(pending_keys.insert(), row)
        assert (await reader.execute(look)).scalar() == 0
        with pytest.raises(Exception, match="read-only"):
            await reader.execute(pending_keys.delete())
    await database.close()


@pytest.mark.spec("SERVER-15")
async def test_one_key_in_two_reports_at_once_is_stored_once(tmp_path: Path, url: str) -> None:
    async with in_process(tmp_path, config=Config(database=url)) as server:
        records = [lowcost_record() for _ in range(6)]
        codes = await server.codes(12)
        outcomes = await asyncio.gather(
            *(
                server.upload(code, *(records if place % 2 else records[::-1]))
                for place, code in enumerate(codes)
            )
        )
        assert outcomes == ["accepted"] * 12
        await server.move_to(NEXT + SLOT)
        assert keys_of(await server.published()) == keys_of(records)


async def somebody_waits(server: InnerServer) -> None:
    """Return once a transaction waits for another."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(30), server.parts.store.database.engine.connect() as connection:
        while not (await connection.execute(waiting)).scalar():
            await connection.rollback()


@pytest.mark.spec("OPERATING-23")
@pytest.mark.parametrize(
    ("kind", "name"), [(Slots, "newest"), (Transaction, "add_batch"), (Transaction, "remember")]
)
@pytest.mark.parametrize("at_once", [False, True])
async def test_the_end_of_the_service_waits_for_whoever_is_at_work(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, kind: type, name: str, at_once: bool
) -> None:
    """An upload that has its code, and a publisher that has its slot: neither is thrown out."""
    endings, real = list[asyncio.Task[Instant]](), getattr(kind, name)

    async with in_process(tmp_path, config=Config(database=url)) as server:

        async def late(*given: object, **named: object) -> object:
            if not endings:
                ending = end_service(server.parts, at_once=at_once, now=NOW)
                endings.append(asyncio.create_task(ending))
                await somebody_waits(server)
            return await real(*given, **named)

        code = await server.code()
        if kind is Transaction:
            await server.upload(code, lowcost_record())
        monkeypatch.setattr(kind, name, late)
        if kind is Slots:
            assert await server.upload(code, lowcost_record()) == "accepted"
        else:
            await server.parts.publisher.publish(NEXT)
        await endings[0]
        assert (await server.index()).sunset is not None


@pytest.mark.spec("SERVER-61")
async def test_an_index_signed_anew_beside_a_publication_is_of_its_release(
    tmp_path: Path, url: str
) -> None:
    """Whoever waits for the index looks after the wait at when it was issued."""
    async with in_process(tmp_path, config=Config(database=url)) as server:
        parts = server.parts
        async with parts.store.writing(alone=Lock.INDEX) as publication:
            rotation = asyncio.create_task(rotate(parts, valid_from=None, now=NOW))
            await somebody_waits(server)
            region, secrets = parts.config.region, parts.secrets.load()
            await announce(publication, secrets, region=region, issued=NEXT)
        await rotation
        assert (await server.index()).issued == NEXT


async def test_a_server_that_does_not_answer_in_the_beginning_is_told(tmp_path: Path) -> None:
    config = Config(database="postgresql://me@127.0.0.1:1/db")
    with pytest.raises(UnreachableError):
        async with opened(config, DataDirectory(tmp_path / "data"), now=Instant(NOW)):
            pass
