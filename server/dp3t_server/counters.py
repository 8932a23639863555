"""Counters: uploads accepted, codes issued and keys published on each day, and nothing more.

They are counted in the very transaction that they count, so that no failure parts them.
"""

from enum import StrEnum

from sqlalchemy import Insert, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, random_from_os
from dp3t_server.tables import counters

_PARTS = 16
"""Over how many rows a counter is spread, so that two transactions rarely wait for each other."""


class Counted(StrEnum):
    """What is counted; the value stands in the table and in the statistics."""

    UPLOADS_ACCEPTED = "uploads_accepted"
    CODES_ISSUED = "codes_issued"
    KEYS_PUBLISHED = "keys_published"


class Counters:
    """The counters, inside an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, name: Counted, number: int = 1, *, day: Day) -> None:
        """Count."""
        part = random_from_os(1)[0] % _PARTS
        row = {"day": day, "name": name.value, "part": part, "number": number}
        await self._connection.execute(self._insert_or_add(number).values(row))

    def _insert_or_add(self, number: int) -> Insert:
        key, more = [counters.c.day, counters.c.name, counters.c.part], counters.c.number + number
        add = {"number": more}
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(counters).on_conflict_do_update(index_elements=key, set_=add)
        return sqlite.insert(counters).on_conflict_do_update(index_elements=key, set_=add)

    async def between(self, first: Day, until: Day) -> dict[tuple[Day, Counted], int]:
        """Return what was counted on each day from `first` on and before `until`."""
        total = func.sum(counters.c.number)
        query = (
            select(counters.c.day, counters.c.name, total)
            .where(counters.c.day >= first, counters.c.day < until)
            .group_by(counters.c.day, counters.c.name)
        )
        rows = (await self._connection.execute(query)).all()
        return {(Day(row[0]), Counted(row[1])): int(row[2]) for row in rows}

    async def erase(self, *, before: Day) -> None:
        """Forget the days before a day."""
        await self._connection.execute(delete(counters).where(counters.c.day < before))
