"""What the database file holds of codes and keys, and what it does not show."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from authorizations import SINCE, phone, send
from databases import sqlite_only
from dp3t import day_of, release_after
from dp3t_server.database import Database
from dp3t_server.logs import JsonLines
from dp3t_server.memories import key_digest
from dp3t_server.promises import masked
from dp3t_server.schedule import Schedule
from dp3t_server.tables import codes
from key_server import DAY, NOW, InnerServer, keys_of, lowcost_record, upload_of


@pytest.mark.spec("SERVER-18")
async def test_of_a_code_only_digest_day_use_and_binding_are_stored(server: InnerServer) -> None:
    spent, unspent = await server.codes(2)
    body = upload_of(spent, lowcost_record())
    await server.send(body)
    key = server.parts.secrets.load().digest_key
    async with server.parts.store.database.reading() as connection:
        rows = {tuple(row) for row in (await connection.execute(codes.select())).all()}
    expires_day = day_of(NOW) + 2
    promised = masked(release_after(NOW), digest=spent.digest(key), body=body)
    assert rows == {
        (spent.digest(key), expires_day, 1, spent.binding(body), None, None, promised, "report"),
        (unspent.digest(key), expires_day, 0, bytes(32), None, None, None, "report"),
    }


@pytest.mark.spec("SERVER-17")
@sqlite_only
async def test_with_a_record_nothing_but_design_key_attributes_and_release_is_stored(
    server: InnerServer,
) -> None:
    async with server.parts.store.database.reading() as connection:
        for table, columns in {
            "pending_keys": ["design", "key", "attributes", "release", "revises", "revision"],
            "published_keys": ["design", "digest", "release", "attributes"],
        }.items():
            info = await connection.execute(text(f"PRAGMA table_xinfo({table})"))
            assert [row.name for row in info.all()] == columns
            listing = await connection.execute(text("PRAGMA table_list"))
            (row,) = [row for row in listing.all() if row.name == table]
            assert row.wr == 1  # WITHOUT ROWID: no number that grows with every row


@pytest.mark.spec("SERVER-17")
@sqlite_only
async def test_after_publication_the_files_do_not_show_which_keys_came_together(
    server: InnerServer,
) -> None:
    """The rows lie in the order of their keys, and nothing of the time before is left."""
    records = [[lowcost_record(days_ago=days) for days in range(4)] for _ in range(6)]
    for code, some in zip(await server.codes(6), records, strict=True):
        await server.upload(code, *some)
    await server.move_to(release_after(NOW))
    ordered = sorted(record for some in records for record in some)
    in_batch, by_key = [record.key for record in ordered], keys_of(ordered)
    log = server.data.database.with_name(server.data.database.name + "-wal").read_bytes()
    raw = server.data.database.read_bytes()
    places = {key: [at for at in range(len(raw)) if raw.startswith(key, at)] for key in by_key}
    assert log == b""
    assert {len(found) for found in places.values()} == {1}  # the batch
    assert sorted(by_key, key=lambda key: places[key]) == in_batch
    digest_key = server.parts.secrets.load().digest_key
    digests = sorted(key_digest("lowcost", key, digest_key=digest_key) for key in by_key)
    order = sorted(digests, key=raw.index)
    assert order in (digests, digests[::-1])


def found(file: Path, seeds: set[bytes]) -> set[bytes]:
    """Return those of the seeds that stand in the database file or in the log beside it."""
    log = file.with_name(file.name + "-wal")
    return {seed for seed in seeds if seed in file.read_bytes() + log.read_bytes()}


async def health(server: InnerServer) -> dict[str, Any]:
    _, answer = await server.ask("GET", "/v1/health")
    assert isinstance(answer, dict)
    return answer


@pytest.mark.spec("SERVER-55", "SERVER-28", "SERVER-52")
@sqlite_only
async def test_a_reader_can_keep_the_seeds_in_the_log_but_not_unnoticed(
    server: InnerServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody reads the database across a publication; a minute after they end all is gone."""
    report = phone("unlinkable").report(since=SINCE)
    seeds = {record.key for record in report.records}
    assert await send(server, await server.code(), report) == "accepted"
    file = server.data.database
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM pending_keys").fetchone() == (len(seeds),)
        caplog.clear()
        published = await server.move_to(NOW + 2 * DAY)
        assert {batch["design"] for batch in published} == {"unlinkable"}
        assert found(file, seeds) == seeds
        assert (await health(server))["status"] == "log-kept"
        kept = (await health(server))["log_kept"]
        said = [JsonLines().format(record) for record in caplog.records]
        assert kept >= 1
        assert sum("-wal" in line and '"warning"' in line for line in said) == kept
        await Schedule(server.parts.publisher, server.clock).attempt()
        assert (await health(server))["log_kept"] == kept + 1
    again = await Schedule(server.parts.publisher, server.clock).attempt()
    assert again <= 60
    assert found(file, seeds) == set()
    answer = await health(server)
    assert (answer["status"], answer["log_kept"]) == ("ok", 0)


@pytest.mark.spec("SERVER-24", "SERVER-55")
async def test_a_publication_stands_where_what_it_erased_cannot_be_let_go_of(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk can be full for the one and not for the other."""

    async def fail(_: Database) -> bool:
        raise OperationalError("VACUUM", None, OSError("no space left"))

    report = phone("lowcost").report(since=SINCE)
    assert await send(server, await server.code(), report) == "accepted"
    with monkeypatch.context() as patch:
        patch.setattr(Database, "scrub", fail)
        assert len(await server.move_to(NOW + 2 * DAY)) == 1
        schedule = Schedule(server.parts.publisher, server.clock)
        assert await schedule.attempt() <= 60
        assert schedule.failures == 0
        answer = await health(server)
        assert (answer["status"], answer["failed_publications"]) == ("log-kept", 0)
    await schedule.attempt()
    assert (await health(server))["status"] == "ok"
