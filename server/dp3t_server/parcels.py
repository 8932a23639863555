"""Sealed bytes on their way to the health authority: kept, handed out, erased, never read.

A parcel is found by its name, the SHA-256 of its bytes. Nothing is stored with it but the day on
which it is erased.
"""

import base64
import re
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, day_of
from dp3t.primitives import sha256
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.faults import Fault, FaultError
from dp3t_server.index_store import IndexStore
from dp3t_server.rows import Lock, lock

PAGE = 100
PRIVATE = {"Cache-Control": "no-store"}
_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels:
    """The parcels of one kind.

    Attributes:
        table: where they are; its columns are those of `tables.disclosures`.
        lock: held while they are counted.
        kind: what one is called.
        listed: what they are called in the JSON of a page.
    """

    table: Table
    lock: Lock
    kind: str
    listed: str

    async def keep(
        self, connection: AsyncConnection, sealed: bytes, *, expires: Day, most: int
    ) -> bool:
        """Store a parcel unless it is there; return False where there is no room.

        A service that has ended has none [OPERATING-23].
        """
        await lock(connection, self.lock)
        digest, stored = sha256(sealed), self.table.c
        known = select(stored.digest).where(stored.digest == digest)
        if (await connection.execute(known)).one_or_none() is not None:
            return True
        if await IndexStore(connection).sunset() is not None:
            return False
        count = select(func.count()).select_from(self.table)
        if (await connection.execute(count)).scalar_one() >= most:
            return False
        row = {"digest": digest, "expires_day": expires, "sealed": sealed}
        await connection.execute(insert(self.table), row)
        return True

    async def page(self, request: web.Request) -> web.Response:
        """Hand out parcels in the order of their names, which tells nothing."""
        after = request.query.get("after", "")
        if set(request.query) - {"after"} or (after and not _NAME.fullmatch(after)):
            raise FaultError(Fault.MALFORMED, f"the only parameter is after, a {self.kind}'s name")
        today, stored = day_of(request.app[CLOCK].now()), self.table.c
        query = (
            select(stored.digest, stored.sealed)
            .where(stored.digest > bytes.fromhex(after), stored.expires_day > today)
            .order_by(stored.digest)
            .limit(PAGE + 1)
        )
        async with request.app[PARTS].store.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        found = [
            {"name": row.digest.hex(), "sealed": base64.b64encode(row.sealed).decode()}
            for row in rows[:PAGE]
        ]
        return web.json_response({self.listed: found, "more": len(rows) > PAGE}, headers=PRIVATE)

    async def erase(self, request: web.Request) -> web.Response:
        """Erase a parcel that the officials have."""
        missing = FaultError(Fault.NOT_FOUND, f"there is no such {self.kind}")
        name = request.match_info["name"]
        if not _NAME.fullmatch(name):
            raise missing
        statement = delete(self.table).where(self.table.c.digest == bytes.fromhex(name))
        async with request.app[PARTS].store.database.writing() as connection:
            erased = (await connection.execute(statement)).rowcount
        if not erased:
            raise missing
        return web.json_response({"erased": 1}, headers=PRIVATE)
