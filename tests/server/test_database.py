"""The database file: durable, private to one writer at a time, and moved up and down."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, text
from sqlalchemy.exc import OperationalError

from dp3t import Day, UnsupportedVersionError
from dp3t_server.authorizations import Purpose
from dp3t_server.database import Database
from dp3t_server.store import Store
from dp3t_server.tables import current_index, metadata
from key_server import in_process
from oracle_crypto import hmac_sha256

EMPTY_DATABASES = True


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def shape(connection: Connection) -> dict[str, object]:
    """Return all that the database says of its tables, however it has come to them."""
    seen = inspect(connection)
    looks = (
        seen.get_multi_columns,
        seen.get_multi_pk_constraint,
        seen.get_multi_foreign_keys,
        seen.get_multi_unique_constraints,
        seen.get_multi_check_constraints,
        seen.get_multi_indexes,
    )
    return {
        look.__name__: sorted((str(key), repr(value)) for key, value in look().items())
        for look in looks
    }


def revisions() -> list[str]:
    """Return every version there was, the first one first."""
    config = AlembicConfig()
    config.set_main_option("script_location", "dp3t_server:migrations")
    walked = ScriptDirectory.from_config(config).walk_revisions()
    return [script.revision for script in walked][::-1]


@pytest.mark.spec("SERVER-34")
async def test_the_migrations_make_the_tables_that_the_code_uses_from_every_version(
    tmp_path: Path, database: str
) -> None:
    """Up and down, one version after another: each is the same whichever way it is reached."""
    opened = await Database.open(database or tmp_path / "db")
    assert len(revisions()) >= 5

    async def at(revision: str) -> dict[str, object]:
        await opened.migrate(revision)
        async with opened.reading() as connection:
            return await connection.run_sync(shape)

    newest = await at("head")
    async with opened.reading() as connection:
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(tables) == set(metadata.tables)
    await opened.migrate("base")
    async with opened.reading() as connection:
        assert await connection.run_sync(tables) == set()
    upwards = {revision: await at(revision) for revision in revisions()}
    assert upwards[revisions()[-1]] == newest
    for revision, above in reversed(list(pairwise(revisions()))):
        assert await at(revision) == upwards[revision]
        assert await at(above) == upwards[above]
        assert await at(revision) == upwards[revision]
    assert await at("head") == newest
    await opened.close()


@pytest.mark.spec("SERVER-34")
async def test_several_servers_that_start_at_once_bring_the_database_to_its_version(
    tmp_path: Path, database: str
) -> None:
    opened = await asyncio.gather(*(Database.open(database or tmp_path / "db") for _ in range(4)))
    async with opened[0].reading() as connection:
        assert await connection.run_sync(differences) == []
    for each in opened:
        await each.close()


@pytest.mark.spec("SERVER-34", "SERVER-16", "SERVER-22")
async def test_what_was_published_before_there_were_slots_is_not_begun_again(
    tmp_path: Path, database: str
) -> None:
    opened = await Database.open(database or tmp_path / "db")
    await opened.migrate("base")
    await opened.migrate("0004")
    async with opened.writing() as connection:
        row = {"place": 1, "issued": 7200, "digest": bytes(32), "data": b""}
        await connection.execute(insert(current_index), row)
    await opened.migrate("head")
    async with Store(opened).writing() as transaction:
        assert await transaction.slots.newest() == 7200
    await opened.close()


@pytest.mark.spec("SERVER-34", "SERVER-52")
async def test_keys_published_under_the_first_version_are_still_known(
    tmp_path: Path, database: str
) -> None:
    opened = await Database.open(database or tmp_path / "db")
    await opened.migrate("base")
    await opened.migrate("0002")
    published = text("INSERT INTO published_keys VALUES ('gaen', :key, 7200)")
    async with opened.writing() as connection:
        await connection.execute(published, {"key": b"k" * 16})
    await opened.migrate("head", digest_key=bytes(32))
    async with opened.reading() as connection:
        rows = [
            tuple(row) for row in await connection.execute(text("SELECT * FROM published_keys"))
        ]
    digest = hmac_sha256(bytes(32), b"dp3t key 1" + b"\x04gaen" + b"k" * 16)
    assert rows == [("gaen", digest, 7200, None)]
    await opened.close()


@pytest.mark.spec("SERVER-34", "TRACE-SERVER-4")
async def test_codes_from_before_presence_are_for_reports_and_no_other_survives_going_back(
    tmp_path: Path, database: str
) -> None:
    """A code for traces that came back as one for reports would permit a report."""
    opened = await Database.open(database or tmp_path / "db")
    await opened.migrate("0010")
    columns = "(digest, expires_day, used, binding)"
    older = text(f"INSERT INTO codes {columns} VALUES (:digest, 1, 0, :digest)")  # noqa: S608 - ours
    async with opened.writing() as connection:
        await connection.execute(older, {"digest": b"r" * 32})
    await opened.migrate("head")
    async with Store(opened).writing() as transaction:
        await transaction.codes.add([b"t" * 32], expires_day=Day(1), purpose=Purpose.TRACE)
        found = await transaction.codes.rows([b"r" * 32, b"t" * 32])
        assert {digest[:1]: row.purpose for digest, row in found.items()} == {
            b"r": "report",
            b"t": "trace",
        }
    await opened.migrate("0010")
    async with opened.reading() as connection:
        left = await connection.execute(text("SELECT digest FROM codes"))
        assert [row.digest for row in left] == [b"r" * 32]
    await opened.close()


@pytest.mark.spec("SERVER-34")
async def test_a_database_of_a_newer_release_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "db"
    database = await Database.open(path)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    before = path.read_bytes()
    with pytest.raises(UnsupportedVersionError, match="newer"):
        await Database.open(path)
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "db"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(Exception, match="not a database"):
        await Database.open(path)


@pytest.mark.spec("SERVER-28")
async def test_every_connection_is_durable_and_erases(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "db")
    async with database.reading() as one, database.reading() as other:
        for connection in (one, other):
            found = {
                name: (await connection.execute(text(f"PRAGMA {name}"))).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            }
            assert found == {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "secure_delete": 1,
            }
    await database.close()


async def test_a_writer_waits_for_another_process_and_a_reader_does_not(tmp_path: Path) -> None:
    one, other = await Database.open(tmp_path / "db"), await Database.open(tmp_path / "db")
    values = "(:digest, 1, 0, zeroblob(32), NULL, NULL, NULL, 'report')"
    insert = text(f"INSERT INTO codes VALUES {values}")  # noqa: S608 - no value of anybody's
    count = text("SELECT count(*) FROM codes")

    async def write() -> None:
        async with other.writing() as connection:
            await connection.execute(insert, {"digest": b"b"})

    async with one.writing() as connection:
        await connection.execute(insert, {"digest": b"a"})
        waiting = asyncio.create_task(write())
        async with other.reading() as reader:
            assert (await reader.execute(count)).scalar() == 0
        assert not waiting.done()
    await waiting
    async with one.reading() as reader:
        assert (await reader.execute(count)).scalar() == 2
    await one.close()
    await other.close()


async def test_an_error_message_of_the_database_holds_no_values(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "db")
    with pytest.raises(OperationalError) as caught:
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (:key)"), {"key": "secret"})
    assert "secret" not in str(caught.value)
    await database.close()


@pytest.mark.spec("SERVER-34")
async def test_a_server_comes_up_on_the_database_it_left(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        index = await server.get("/v1/index")
    async with in_process(tmp_path) as server:
        assert await server.get("/v1/index") == index
