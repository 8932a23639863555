"""The keys of tokens at the server: made ahead, listed once a day, erased when they are over."""

from pathlib import Path

import pytest

from databases import sqlite_only
from dp3t import Instant, UnauthorizedError, day_of
from dp3t.primitives import BlindRsaPrivateKey
from dp3t.publication import TOKEN_KEYS_KIND, LoggedTokenKeys
from dp3t.publication.transparency import BATCH_KIND, SignedCheckpoint, audit, edge_tiles
from dp3t_server.sunset import end_service
from dp3t_server.tables import token_keys as keys_table
from dp3t_server.token_issuing import Issuer
from key_server import DAY, NOW, InnerServer, in_process, lowcost_record
from server_tokens import (
    DECLARATIONS_ON,
    TODAY,
    ask_for,
    asking,
    begun,
    stored,
    token_code,
    token_keys,
)
from server_traces import rows

SERVER_CONFIG = DECLARATIONS_ON


def on_disk(server: InnerServer, sealed: bytes) -> bool:
    """Return whether some part of a sealed key stands in the files: pages cut them in pieces."""
    files = stored(server)
    return any(sealed[at : at + 32] in files for at in range(0, len(sealed) - 32, 32))


@pytest.mark.spec("TOKENS-20", "TOKENS-15")
@sqlite_only
async def test_private_keys_leave_the_disk_and_the_memory_when_their_day_is_over(
    server: InnerServer,
) -> None:
    before = await token_keys(server)
    code, issuer = await token_code(server), Issuer(server.parts)
    await issuer.answer(asking(code, begun(before.keys)), now=NOW)
    async with server.parts.store.database.reading() as connection:
        sealed = {row.day: row.sealed for row in await connection.execute(keys_table.select())}
    assert sorted(sealed) == list(before.days)
    assert {day: on_disk(server, each) for day, each in sealed.items()} == dict.fromkeys(
        sealed, True
    )
    now = Instant(NOW + 2 * DAY)
    await server.move_to(now)
    after = await token_keys(server, now=now)
    after.require_continues(before)
    for day, each in sealed.items():
        assert on_disk(server, each) == (day >= TODAY + 2), day
    expiries = sorted(int(str(row[2])) for row in await rows(server, "token_issues"))
    assert expiries == [TODAY + ahead for ahead in range(3, 8)]
    await issuer.answer(asking(code, begun(after.keys[-1:])), now=now)
    assert min(key.day for key in issuer._private) == TODAY + 2
    assert {row[0] for row in await rows(server, "token_lists")} == {TODAY + 2}


@pytest.mark.spec("TOKENS-20")
async def test_private_keys_are_sealed_under_the_file_of_keys(server: InnerServer) -> None:
    """Negative: none stands in the database as it is."""
    for row in await rows(server, "token_keys"):
        sealed = row[3]
        assert isinstance(sealed, bytes)
        for start in range(60):
            with pytest.raises(Exception, match="private key"):
                BlindRsaPrivateKey.from_bytes(sealed[start:])


@pytest.mark.spec("TOKENS-14", "TOKENS-15")
async def test_each_day_has_one_list_which_is_the_same_at_any_hour_and_after_a_restart(
    tmp_path: Path,
) -> None:
    seen = []
    async with in_process(tmp_path, config=DECLARATIONS_ON) as server:
        for hours in (0, 3, 13):
            await server.move_to(NOW + hours * 3_600)
            seen.append(await server.get("/v1/tokens/keys"))
        clock = server.clock
    async with in_process(tmp_path, config=DECLARATIONS_ON, clock=clock) as server:
        seen.append(await server.get("/v1/tokens/keys"))
        assert len(set(seen)) == 1
        await server.move_to(NOW + 14 * 3_600)
        seen.append(await server.get("/v1/tokens/keys"))
        assert len(set(seen)) == 2


@pytest.mark.spec("OPERATING-23")
async def test_where_the_service_has_ended_nothing_of_tokens_is_left_or_given(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path, config=DECLARATIONS_ON) as server:
        keys = (await token_keys(server)).keys
        code = await token_code(server)
        await ask_for(server, code, begun(keys))
        await end_service(server.parts, at_once=False, now=server.clock.now())
        for table in ("token_keys", "token_lists", "token_issues", "spent_tokens"):
            assert await rows(server, table) == [], table
        with pytest.raises(UnauthorizedError):
            await ask_for(server, code, begun(keys))
        await server.move_to(NOW + DAY)
        assert await rows(server, "token_keys") == []
        status, answer = await server.ask("GET", "/v1/tokens/keys")
        assert (status, answer["error"]["code"]) == (404, "not-found")


@pytest.mark.spec("TOKENS-14", "TRANSPARENCY-8")
async def test_an_auditor_of_the_whole_log_finds_one_list_of_each_day(server: InnerServer) -> None:
    """Beside the batches, and at the place that is told with the list."""
    days = []
    for step in range(6):
        now = Instant(NOW + step * DAY // 2)
        if step % 2:
            await server.upload(await server.code(), lowcost_record(now))
        await server.move_to(now)
        days.append(day_of(now))
        logged = LoggedTokenKeys.decode(await server.get("/v1/tokens/keys"))
        checkpoint = SignedCheckpoint.parse(await server.get("/v1/log/checkpoint")).checkpoint
        (path,) = (tile.path for tile in edge_tiles(checkpoint.size) if "entries" in tile.path)
        entries = audit(checkpoint, {path: await server.get(f"/v1/log/{path}")}.__getitem__)
        entries[logged.leaf].require_describes(logged.signed)
    lists = [entry for entry in entries if entry.kind == TOKEN_KEYS_KIND]
    assert [day_of(entry.moment) for entry in lists] == sorted(set(days))
    assert {entry.kind for entry in entries} == {TOKEN_KEYS_KIND, BATCH_KIND}
    listed = await server.listed()
    assert all(entries[each.leaf] == each.logged("VN") for each in listed)
