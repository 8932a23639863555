"""Spending anonymous tokens: once, on their day, for their scope, whoever comes with them."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from databases import sqlite_only
from dp3t import Day, Instant, random_from_os
from dp3t.publication import SpendRefusal, Token
from dp3t_server.config import Config
from dp3t_server.database import Database
from dp3t_server.token_spending import judge, spend
from key_server import DAY, NOW, InnerServer, in_process
from server_tokens import (
    DECLARATIONS_ON,
    SCOPE,
    TODAY,
    ask_for,
    begun,
    finished,
    stored,
    token_code,
    token_keys,
    tokens,
)
from server_traces import rows

SERVER_CONFIG = DECLARATIONS_ON


async def spent(
    database: Database, token: Token, *, scope: str = SCOPE, now: Instant = NOW
) -> SpendRefusal | None:
    """Spend a token in a transaction of its own."""
    async with database.writing() as connection:
        return await spend(connection, token, scope=scope, now=now)


@pytest.mark.spec("TOKENS-11", "TOKENS-12")
async def test_a_token_is_taken_once_and_another_one_beside_it(server: InnerServer) -> None:
    database = server.parts.store.database
    one, other = await tokens(server, 2)
    async with database.reading() as connection:
        assert await judge(connection, one, scope=SCOPE, now=NOW) is None
    assert await spent(database, one) is None
    async with database.reading() as connection:
        assert await judge(connection, one, scope=SCOPE, now=NOW) is SpendRefusal.SPENT
    assert await spent(database, one) is SpendRefusal.SPENT
    assert await spent(database, replace(one, prefix=bytes(32))) is SpendRefusal.UNKNOWN
    assert await spent(database, other) is None


@pytest.mark.spec("TOKENS-11")
async def test_of_many_that_spend_a_token_at_once_on_two_servers_one_succeeds(
    tmp_path: Path, database: str
) -> None:
    async with in_process(tmp_path, config=Config(declarations=True, database=database)) as server:
        (token,) = await tokens(server)
        other = await Database.open(server.where)
        try:
            databases = [server.parts.store.database, other] * 5
            outcomes = await asyncio.gather(*(spent(each, token) for each in databases))
            assert sorted(map(str, outcomes)) == ["None", *["spent-token"] * 9]
        finally:
            await other.close()
        assert len(await rows(server, "spent_tokens")) == 1


@pytest.mark.spec("TOKENS-11")
async def test_who_comes_second_waits_for_the_first_and_succeeds_if_that_fails(
    tmp_path: Path, database: str
) -> None:
    """Spent with the transaction or not at all."""
    async with in_process(tmp_path, config=Config(declarations=True, database=database)) as server:
        (token,) = await tokens(server)
        first, second = server.parts.store.database, await Database.open(server.where)
        entered, fail = asyncio.Event(), asyncio.Event()
        failing = asyncio.create_task(failed(first, token, entered=entered, fail=fail))
        await entered.wait()
        waiting = asyncio.create_task(spent(second, token))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        fail.set()
        with pytest.raises(OSError, match="injected"):
            await failing
        assert await waiting is None
        assert await spent(first, token) is SpendRefusal.SPENT
        await second.close()


async def failed(
    database: Database, token: Token, *, entered: asyncio.Event, fail: asyncio.Event
) -> None:
    """Spend a token in a transaction that fails when it is told to."""
    async with database.writing() as connection:
        assert await spend(connection, token, scope=SCOPE, now=NOW) is None
        entered.set()
        await fail.wait()
        raise OSError("injected")


@pytest.mark.spec("TOKENS-10", "TOKENS-12")
async def test_a_token_of_another_day_or_scope_is_refused_by_name_and_not_spent(
    server: InnerServer,
) -> None:
    """Negative: yesterday's, tomorrow's, and one of today that is for something else."""
    database = server.parts.store.database
    (token,) = await tokens(server)
    (tomorrows,) = await tokens(server, day=Day(TODAY + 1))
    assert await spent(database, tomorrows) is SpendRefusal.EARLY
    assert await spent(database, token, scope="objections") is SpendRefusal.OTHER_SCOPE
    assert await spent(database, token, now=Instant(NOW + DAY)) is SpendRefusal.EXPIRED
    both = replace(tomorrows, scope="objections")
    assert await spent(database, both) is SpendRefusal.OTHER_SCOPE
    assert await rows(server, "spent_tokens") == []
    assert await spent(database, token) is None
    assert await spent(database, token, now=Instant(NOW + DAY)) is SpendRefusal.EXPIRED


@pytest.mark.spec("TOKENS-1", "TOKENS-5", "TOKENS-12")
async def test_a_token_that_says_another_day_or_scope_than_its_key_verifies_nowhere(
    server: InnerServer,
) -> None:
    """Negative: neither a field altered, nor a signature by the key of another day."""
    database = server.parts.store.database
    (tomorrows,) = await tokens(server, day=Day(TODAY + 1))
    (token,) = await tokens(server)
    forged = [
        replace(tomorrows, day=TODAY),
        replace(token, nonce=random_from_os(32)),
        replace(token, signature=random_from_os(256)),
        replace(token, signature=tomorrows.signature),
    ]
    for each in forged:
        assert await spent(database, each) is SpendRefusal.UNKNOWN
    other = replace(token, scope="objections")
    assert await spent(database, other, scope="objections") is SpendRefusal.UNKNOWN
    assert await rows(server, "spent_tokens") == []


@pytest.mark.spec("TOKENS-12", "TOKENS-20")
async def test_where_the_key_is_gone_a_token_is_unknown_also_to_a_clock_that_is_behind(
    server: InnerServer,
) -> None:
    database = server.parts.store.database
    (token,) = await tokens(server)
    assert await spent(database, token) is None
    await server.move_to(NOW + DAY)
    assert len(await rows(server, "spent_tokens")) == 1
    assert await spent(database, token) is SpendRefusal.UNKNOWN
    await server.move_to(NOW + 2 * DAY)
    assert await rows(server, "spent_tokens") == []


@pytest.mark.spec("TOKENS-8", "TOKENS-19")
@sqlite_only
async def test_nothing_in_the_database_leads_from_who_asked_to_what_was_spent(
    server: InnerServer,
) -> None:
    """Negative: both tables whole; with the server's keys, the answers and the tokens it saw."""
    database, key = server.parts.store.database, (await token_keys(server)).key(SCOPE, TODAY)
    asked = begun([key] * 4)
    answers = [(await ask_for(server, await token_code(server), [each]))[0] for each in asked]
    made = [finished(*each) for each in zip(asked, answers, strict=True)]
    for token in reversed(made):
        assert await spent(database, token) is None
    issued, used = await rows(server, "token_issues"), await rows(server, "spent_tokens")
    assert used == sorted((token.nullifier, TODAY + 2) for token in made)
    assert {row[2] for row in issued} == {TODAY + 1}
    cells = [{cell for row in table for cell in row[:-1]} for table in (issued, used)]
    assert not cells[0] & cells[1]
    files = stored(server)
    for token in made:
        for secret in (token.nonce, token.prefix, token.signature[:32]):
            assert secret not in files
    modulus = int.from_bytes(key.modulus, "big")
    for each, answer in zip(asked, answers, strict=True):
        assert isinstance(answer, bytes)
        for token in made:  # whichever it is, there is one factor by which it was blinded to this
            number = int.from_bytes(token.signature, "big")
            factor = int.from_bytes(answer, "big") * pow(number, -1, modulus) % modulus
            encoded = pow(number, 65_537, modulus)
            blinded = encoded * pow(factor, 65_537, modulus) % modulus
            assert blinded == int.from_bytes(each.blinded, "big")


@pytest.mark.spec("TOKENS-19")
async def test_spending_logs_nothing(server: InnerServer, caplog: pytest.LogCaptureFixture) -> None:
    (token,) = await tokens(server)
    caplog.clear()
    await spent(server.parts.store.database, token)
    await spent(server.parts.store.database, token)
    assert not re.search("token|spent", "".join(str(vars(each)) for each in caplog.records))
