"""Traces as the database has them: those that wait, and what tells that one was published.

A trace is bytes here, of which the first 32 are its identity. Of a published one a digest is kept,
so that it is never published again.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Column, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, Instant, PolicyError, ReplayError, day_of, day_start, release_after
from dp3t.primitives import hmac_sha256
from dp3t_server.rows import Lock, few_lengths, insert_into, lock
from dp3t_server.slots import Slots
from dp3t_server.tables import pending_traces, published_traces

MAX_WAITING = 10_000
"""How many traces wait at once; more are a mistake of the officials' software."""

MEMORY_DAYS = 10
"""For how many days after a day a trace of it is taken, and so how long it is remembered."""

_IDENTITY_BYTES = 32
_MOST_IN_ONE_QUERY = 512


def memory_of(trace: bytes, *, digest_key: bytes) -> bytes:
    """Return by what a published trace is remembered: a digest of all of it [TRACE-SERVER-18].

    Args:
        trace: its 476 bytes.
        digest_key: the key of the server's other digests.
    """
    return hmac_sha256(digest_key, b"dp3t trace 1" + trace)


class TraceStore:
    """The operations inside an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, traces: Collection[bytes], *, release: Instant, digest_key: bytes
    ) -> Instant:
        """Let traces wait for their release, all of them or, with an error, none.

        One that waits or is out already with the very same bytes stays as it is [TRACE-SERVER-14].
        None gets the release of a slot that was begun [SERVER-56].

        Args:
            traces: at least one; no two have one identity.
            release: when they are to be published at the earliest.
            digest_key: see `memory_of`.

        Returns:
            The latest release of any of them.

        Raises:
            ReplayError: an identity waits already with other bytes.
            PolicyError: too many would wait.
        """
        newest = await Slots(self._connection).newest()
        await lock(self._connection, Lock.TRACES)
        waiting = await self._waiting(traces)  # what is not there any more is out by then
        known = {trace: waiting[trace] for trace in waiting.keys() & set(traces)}
        others = set(traces) - known.keys()
        known |= await self._published(others, digest_key=digest_key)
        release = max(release, release_after(newest))
        fresh = sorted(trace for trace in traces if trace not in known)
        taken = {trace[:_IDENTITY_BYTES] for trace in waiting}
        if any(trace[:_IDENTITY_BYTES] in taken for trace in fresh):
            raise ReplayError("a trace with the identity of one of these waits already")
        if fresh:
            await self._require_room(len(fresh))
            rows = [
                {"identity": trace[:_IDENTITY_BYTES], "trace": trace, "release": release}
                for trace in fresh
            ]
            await self._connection.execute(insert(pending_traces), rows)
        return max([*known.values(), *([release] if fresh else [])])

    async def due(self, release: Instant) -> list[bytes]:
        """Return the traces that wait until `release`, in ascending order.

        Those of a slot that was begun stand still.
        """
        query = (
            select(pending_traces.c.trace)
            .where(pending_traces.c.release <= release)
            .order_by(pending_traces.c.identity)
        )
        return list((await self._connection.execute(query)).scalars())

    async def are_due(self, release: Instant) -> bool:
        """Return whether a trace waits until `release`."""
        query = select(pending_traces.c.release).where(pending_traces.c.release <= release).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def releases(self, until: Instant) -> set[Instant]:
        """Return the releases, not later than `until`, that traces wait for."""
        query = select(pending_traces.c.release).where(pending_traces.c.release <= until)
        return {Instant(each) for each in (await self._connection.execute(query)).scalars()}

    async def wait(self) -> bool:
        """Return whether a trace waits, for whatever release."""
        query = select(pending_traces.c.release).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def remember(self, memories: Iterable[bytes], release: Instant) -> None:
        """Remember traces, at most some ten thousand, before they are published or then."""
        insertion = insert_into(self._connection, published_traces)
        again = insertion.on_conflict_do_update(
            index_elements=[published_traces.c.digest],
            set_={"release": insertion.excluded.release},
        )
        rows = [{"digest": each, "release": release} for each in sorted(memories)]
        if rows:
            await self._connection.execute(again, rows)

    async def erase_due(self, release: Instant) -> None:
        """Erase the traces that have waited for a release that is out."""
        due = pending_traces.c.release <= release
        await self._connection.execute(delete(pending_traces).where(due))

    async def forget(self, *, now: Instant) -> None:
        """Erase the memory of traces that are refused for their day by now [TRACE-SERVER-18]."""
        before = day_start(Day(max(0, day_of(now) - MEMORY_DAYS)))
        old = published_traces.c.release < before
        await self._connection.execute(delete(published_traces).where(old))

    async def _waiting(self, traces: Iterable[bytes]) -> dict[bytes, Instant]:
        """Return what waits with the identities of some traces, and until when."""
        sought = [trace[:_IDENTITY_BYTES] for trace in traces]
        rows = await self._rows(pending_traces.c.identity, sought)
        return {row.trace: Instant(row.release) for row in rows}

    async def _published(
        self, traces: Iterable[bytes], *, digest_key: bytes
    ) -> dict[bytes, Instant]:
        """Return the releases of those of the traces that are out."""
        sought = {memory_of(trace, digest_key=digest_key): trace for trace in traces}
        return {
            sought[row.digest]: Instant(row.release)
            for row in await self._rows(published_traces.c.digest, sought)
        }

    async def _rows(self, column: Column[bytes], sought: Iterable[bytes]) -> list[Any]:
        """Return the rows of a table that have one of the values sought."""
        values, rows = list(sought), list[Any]()
        for at in range(0, len(values), _MOST_IN_ONE_QUERY):
            some = few_lengths(values[at : at + _MOST_IN_ONE_QUERY])
            query = select(column.table).where(column.in_(some))
            rows += (await self._connection.execute(query)).all()
        return rows

    async def _require_room(self, more: int) -> None:
        count = select(func.count()).select_from(pending_traces)
        if (await self._connection.execute(count)).scalar_one() + more > MAX_WAITING:
            raise PolicyError(f"more than {MAX_WAITING} traces would wait for their publication")
