"""Sealed disclosures on their way to the health authority: kept, handed out, erased, never read.

Nothing here knows who sent one, which report or code its sender has, or what is in it [SERVER-47].
"""

import base64
import re

from aiohttp import web
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, day_of
from dp3t.primitives import sha256
from dp3t.proximity import DISCLOSURE_BYTES, encode_disclosure_answer
from dp3t.publication import ANSWER_BYTES
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.faults import Fault, FaultError
from dp3t_server.index_store import IndexStore
from dp3t_server.middleware import read_body
from dp3t_server.rows import Lock, lock
from dp3t_server.tables import disclosures

PAGE = 100
_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PRIVATE = {"Cache-Control": "no-store"}


async def accept(request: web.Request) -> web.Response:
    """Keep a disclosure, or say that there is no room; size and headers do not tell [SERVER-44]."""
    parts, today = request.app[PARTS], day_of(request.app[CLOCK].now())
    seconds = parts.config.body_timeout_seconds
    sealed = await read_body(request, most_bytes=DISCLOSURE_BYTES, timeout_seconds=seconds)
    if len(sealed) != DISCLOSURE_BYTES:
        raise FaultError(Fault.MALFORMED, f"a disclosure has {DISCLOSURE_BYTES} bytes")
    expires = Day(today + parts.config.disclosure_days + 1)
    async with parts.store.database.writing() as connection:
        kept = await keep(connection, sealed, expires=expires, most=parts.config.max_disclosures)
    answer = encode_disclosure_answer(accepted=kept)
    if len(answer) != ANSWER_BYTES:
        raise TypeError("an answer of another length would tell something")
    return web.Response(body=answer, content_type="application/json", headers=_PRIVATE)


async def page(request: web.Request) -> web.Response:
    """Hand out disclosures in the order of their names, which tells nothing [SERVER-49]."""
    after = request.query.get("after", "")
    if set(request.query) - {"after"} or (after and not _NAME.fullmatch(after)):
        raise FaultError(Fault.MALFORMED, "the only parameter is after, a disclosure's name")
    today = day_of(request.app[CLOCK].now())
    query = (
        select(disclosures.c.digest, disclosures.c.sealed)
        .where(disclosures.c.digest > bytes.fromhex(after), disclosures.c.expires_day > today)
        .order_by(disclosures.c.digest)
        .limit(PAGE + 1)
    )
    async with request.app[PARTS].store.database.reading() as connection:
        rows = (await connection.execute(query)).all()
    found = [
        {"name": row.digest.hex(), "sealed": base64.b64encode(row.sealed).decode()}
        for row in rows[:PAGE]
    ]
    return web.json_response({"disclosures": found, "more": len(rows) > PAGE}, headers=_PRIVATE)


async def erase(request: web.Request) -> web.Response:
    """Erase a disclosure that the officials have [SERVER-50]."""
    name = request.match_info["name"]
    if not _NAME.fullmatch(name):
        raise FaultError(Fault.NOT_FOUND, "there is no such disclosure")
    statement = delete(disclosures).where(disclosures.c.digest == bytes.fromhex(name))
    async with request.app[PARTS].store.database.writing() as connection:
        erased = (await connection.execute(statement)).rowcount
    if not erased:
        raise FaultError(Fault.NOT_FOUND, "there is no such disclosure")
    return web.json_response({"erased": 1}, headers=_PRIVATE)


async def keep(connection: AsyncConnection, sealed: bytes, *, expires: Day, most: int) -> bool:
    """Store a disclosure unless it is there; return False where there is no room [SERVER-46].

    A service that has ended has none [OPERATING-23].
    """
    await lock(connection, Lock.DISCLOSURES)
    digest = sha256(sealed)
    known = select(disclosures.c.digest).where(disclosures.c.digest == digest)
    if (await connection.execute(known)).one_or_none() is not None:
        return True
    if await IndexStore(connection).sunset() is not None:
        return False
    count = (await connection.execute(select(func.count()).select_from(disclosures))).scalar_one()
    if count >= most:
        return False
    row = {"digest": digest, "expires_day": expires, "sealed": sealed}
    await connection.execute(insert(disclosures), row)
    return True
