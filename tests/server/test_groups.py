"""Uploads that come at once are decided in one transaction, as if they had come one by one."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dp3t import UploadCode, random_from_os
from dp3t_server.database import Database
from dp3t_server.tables import codes, pending_keys
from key_server import InnerServer, in_process, lowcost_record, upload_of

MANY = 40


async def counted(server: InnerServer) -> tuple[int, int]:
    """Return how many keys wait and how many codes are spent."""
    async with server.parts.store.database.reading() as connection:
        keys = select(func.count()).select_from(pending_keys)
        spent = select(func.count()).select_from(codes).where(codes.c.used == 1)
        return (
            (await connection.execute(keys)).scalar_one(),
            (await connection.execute(spent)).scalar_one(),
        )


async def test_uploads_of_all_kinds_that_come_at_once_are_each_decided_alone(
    server: InnerServer,
) -> None:
    issued = await server.codes(MANY)
    bodies = [upload_of(code, lowcost_record()) for code in issued]
    wrong = [upload_of(code, lowcost_record()) for code in issued]
    unknown = UploadCode.generate(rand=random_from_os)
    dummies = [upload_of(unknown, lowcost_record()) for _ in range(MANY)]
    early = [upload_of(code, lowcost_record(days_ago=60)) for code in await server.codes(MANY)]
    assert set(await asyncio.gather(*map(server.send, bodies))) == {"accepted"}
    sent = [*bodies, *wrong, *dummies, *early]
    answers = await asyncio.gather(*map(server.send, sent))
    assert answers == (
        ["accepted"] * MANY
        + ["used-code"] * MANY
        + ["unknown-code"] * MANY
        + ["refused-keys"] * MANY
    )
    assert await counted(server) == (MANY, MANY)


@pytest.mark.spec("SERVER-12")
async def test_of_many_uploads_on_one_code_at_once_one_is_accepted(server: InnerServer) -> None:
    code = await server.code()
    bodies = [upload_of(code, lowcost_record()) for _ in range(MANY)]
    answers = await asyncio.gather(*map(server.send, bodies))
    assert sorted(answers) == ["accepted"] + ["used-code"] * (MANY - 1)
    assert await counted(server) == (1, 1)


@pytest.mark.spec("SERVER-15")
async def test_a_key_in_many_reports_at_once_is_stored_once(server: InnerServer) -> None:
    record = lowcost_record()
    bodies = [upload_of(code, record) for code in await server.codes(MANY)]
    assert set(await asyncio.gather(*map(server.send, bodies))) == {"accepted"}
    assert await counted(server) == (1, MANY)


async def test_few_transactions_take_many_uploads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[None]()
    writing = Database.writing

    def counting(database: Database) -> object:
        opened.append(None)
        return writing(database)

    async with in_process(tmp_path) as server:
        bodies = [upload_of(code, lowcost_record()) for code in await server.codes(MANY)]
        monkeypatch.setattr(Database, "writing", counting)
        await asyncio.gather(*map(server.send, bodies))
        assert await counted(server) == (MANY, MANY)
    assert 1 <= len(opened) < MANY / 2
