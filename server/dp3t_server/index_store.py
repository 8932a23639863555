"""The index as the database has it, and the lists of days that it names."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Instant, PolicyError
from dp3t.primitives import sha256
from dp3t.publication import DayList, IndexEntry
from dp3t_server.files import PublicFile
from dp3t_server.tables import batches, current_index, day_lists, sunset


class IndexStore:
    """The index inside an open transaction.

    Attributes:
        is_replaced: whether this transaction has replaced it.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.is_replaced = False

    async def current(self) -> PublicFile | None:
        """Return the signed index; None before the first publication."""
        query = select(current_index.c.digest, current_index.c.data)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else PublicFile(digest=row.digest, data=row.data)

    async def digest(self) -> bytes | None:
        """Return the digest of the signed index; None before the first publication."""
        return (await self._connection.execute(select(current_index.c.digest))).scalar()

    async def issued(self) -> Instant | None:
        """Return the release of the index; None before the first publication."""
        value = (await self._connection.execute(select(current_index.c.issued))).scalar()
        return None if value is None else Instant(value)

    async def sunset(self) -> Instant | None:
        """Return since when the service has ended; None while it goes on."""
        value = (await self._connection.execute(select(sunset.c.since))).scalar()
        return None if value is None else Instant(value)

    async def end_service(self) -> Instant:
        """End the service as of the release of the index, unless it has; return since when.

        Raises:
            PolicyError: nothing was ever published.
        """
        since = await self.sunset()
        if since is None:
            since = await self.issued()
            if since is None:
                raise PolicyError("nothing was ever published, so there is no service to end")
            await self._connection.execute(insert(sunset), {"place": 1, "since": since})
        return since

    async def number(self) -> int:
        """Return the number of the index; 0 before the first, and for one without a number."""
        return (await self._connection.execute(select(current_index.c.number))).scalar() or 0

    async def day_list(self, day: int) -> PublicFile | None:
        """Return the list of a day; None where the index names none."""
        query = select(day_lists.c.digest, day_lists.c.data).where(day_lists.c.day == day)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else PublicFile(digest=row.digest, data=row.data)

    async def day_lists(self) -> dict[int, PublicFile]:
        """Return every list that the index names, by its day."""
        rows = await self._connection.execute(select(day_lists))
        return {row.day: PublicFile(digest=row.digest, data=row.data) for row in rows}

    async def unlogged(self, size: int) -> list[IndexEntry]:
        """Return the batches that the log does not hold yet, oldest first.

        Each has the place that it gets in a log of `size` entries.
        """
        rows = await self._rows(batches.c.leaf.is_(None))
        return [_entry(row, leaf) for leaf, row in enumerate(rows, start=size)]

    async def set_leaf(self, entry: IndexEntry) -> None:
        """Say at which place the log holds a batch."""
        found = (batches.c.release == entry.release, batches.c.design == entry.design)
        await self._connection.execute(update(batches).where(*found).values(leaf=entry.leaf))

    async def entries(self) -> list[IndexEntry]:
        """Return what an index says of every batch, oldest first; each is in the log."""
        return [_entry(row, row.leaf) for row in await self._rows()]

    async def _rows(self, *which: ColumnElement[bool]) -> Sequence[Any]:
        columns = (batches.c.release, batches.c.design, batches.c.size_bytes, batches.c.digest)
        query = select(*columns, batches.c.leaf).where(*which)
        ordered = query.order_by(batches.c.release, batches.c.design)
        return (await self._connection.execute(ordered)).all()

    async def replace(
        self, data: bytes, days: Sequence[DayList], *, issued: Instant, number: int
    ) -> None:
        """Replace the signed index and its lists of days; the caller holds `Lock.INDEX`."""
        self.is_replaced = True
        await self._connection.execute(delete(current_index))
        row = {"place": 1, "issued": issued, "number": number}
        file = {"digest": sha256(data), "data": data}
        await self._connection.execute(insert(current_index), row | file)
        await self._connection.execute(delete(day_lists))
        rows = [
            {"day": listed.day, "digest": listed.entry().digest, "data": listed.encode()}
            for listed in days
        ]
        if rows:
            await self._connection.execute(insert(day_lists), rows)


def _entry(row: Any, leaf: int) -> IndexEntry:
    return IndexEntry(
        release=Instant(row.release),
        design=row.design,
        size_bytes=row.size_bytes,
        digest=row.digest,
        leaf=leaf,
    )
