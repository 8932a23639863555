"""What the server remembers: the operations on its tables, inside one transaction each.

`Transaction` is one open transaction; whoever opens it decides what belongs together.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import Column, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, Instant, Parameters, day_of, day_start
from dp3t.primitives import hmac_sha256
from dp3t.publication import IndexEntry, KeyRecord
from dp3t_server.authorizations import Codes, Commitments
from dp3t_server.counters import Counters
from dp3t_server.database import Database
from dp3t_server.tables import (
    batches,
    codes,
    commitments,
    current_index,
    disclosures,
    pending_keys,
    published_keys,
)

_MOST_IN_ONE_QUERY = 500
"""How many values one query names: databases have a limit, and an upload can hold 2^17 keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingKey:
    """A record that waits for its release.

    Attributes:
        digest: see `key_digest`.
    """

    design: str
    record: KeyRecord = field(repr=False)
    release: Instant
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFile:
    """A published file with the digest that is its ETag."""

    digest: bytes
    data: bytes = field(repr=False)


def key_digest(design: str, key: bytes, *, digest_key: bytes) -> bytes:
    """Return the 32 bytes by which a published key is remembered [SERVER-52].

    Args:
        design: name of the design.
        key: the key.
        digest_key: the 32 bytes under which codes and commitments are stored too.
    """
    return hmac_sha256(digest_key, b"dp3t key 1" + bytes([len(design)]) + design.encode() + key)


class Store:
    """The way to the tables: one transaction for reading or writing at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["Transaction"]:
        """Open a transaction that changes nothing."""
        async with self.database.reading() as connection:
            yield Transaction(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["Transaction"]:
        """Open a transaction that commits unless the block raises."""
        async with self.database.writing() as connection:
            yield Transaction(connection)


class Transaction:
    """One open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @property
    def codes(self) -> Codes:
        """The upload codes."""
        return Codes(self._connection)

    @property
    def commitments(self) -> Commitments:
        """The hashes of days that an authority has authorised."""
        return Commitments(self._connection)

    @property
    def counters(self) -> Counters:
        """How much was done on each day."""
        return Counters(self._connection)

    async def add_keys(self, keys: Sequence[PendingKey]) -> None:
        """Store the keys of one design that are not known yet [SERVER-15]."""
        design = keys[0].design
        pending = await self._known(pending_keys.c.key, design, [key.record.key for key in keys])
        published = await self._known(published_keys.c.digest, design, [key.digest for key in keys])
        fresh = {
            key.record.key: key
            for key in reversed(keys)
            if key.record.key not in pending and key.digest not in published
        }
        rows = [
            {
                "design": key.design,
                "key": key.record.key,
                "attributes": json.dumps(key.record.attributes),
                "release": key.release,
            }
            for _, key in sorted(fresh.items())
        ]
        if rows:
            await self._connection.execute(insert(pending_keys), rows)

    async def _known(self, column: Column[bytes], design: str, values: list[bytes]) -> set[bytes]:
        """Return those of the values that a column holds for a design."""
        known = set[bytes]()
        for at in range(0, len(values), _MOST_IN_ONE_QUERY):
            some = values[at : at + _MOST_IN_ONE_QUERY]
            query = select(column).where(column.table.c.design == design, column.in_(some))
            known.update((await self._connection.execute(query)).scalars())
        return known

    async def releases_due(self, until: Instant) -> list[Instant]:
        """Return the releases, ascending and not later than `until`, that records wait for."""
        release = pending_keys.c.release
        query = select(release).where(release <= until).distinct().order_by(release)
        return [Instant(value) for value in (await self._connection.execute(query)).scalars()]

    async def designs_due(self, release: Instant) -> list[str]:
        """Return the designs whose records wait for `release` or an earlier one.

        Among them is one that the server no longer runs, as long as its records wait.
        """
        design = pending_keys.c.design
        query = select(design).where(pending_keys.c.release <= release).distinct().order_by(design)
        return list((await self._connection.execute(query)).scalars())

    async def due(self, design: str, release: Instant) -> list[KeyRecord]:
        """Return the records of a design that wait until `release`, in the order of the keys."""
        query = (
            select(pending_keys.c.attributes, pending_keys.c.key)
            .where(pending_keys.c.design == design, pending_keys.c.release <= release)
            .order_by(pending_keys.c.key)
        )
        rows = (await self._connection.execute(query)).all()
        return [KeyRecord(tuple(json.loads(row.attributes)), row.key) for row in rows]

    async def mark_published(
        self, design: str, release: Instant, *, digests: Mapping[bytes, bytes]
    ) -> None:
        """Erase records that are published now, and remember their keys by digest [SERVER-52].

        Args:
            design: name of the design.
            release: when they were published.
            digests: the digest of each key; the keys are the first of what `due` returns.
        """
        remembered = [
            {"design": design, "digest": digest, "release": release}
            for digest in sorted(digests.values())
        ]
        await self._connection.execute(insert(published_keys), remembered)
        published = (
            pending_keys.c.design == design,
            pending_keys.c.release <= release,
            pending_keys.c.key <= max(digests),
        )
        await self._connection.execute(delete(pending_keys).where(*published))

    async def add_batch(self, entry: IndexEntry, data: bytes) -> None:
        """Store a signed batch; IntegrityError if there is one of its name [SERVER-22]."""
        row = {
            "design": entry.design,
            "release": entry.release,
            "digest": entry.digest,
            "size_bytes": entry.size_bytes,
            "data": data,
        }
        await self._connection.execute(insert(batches), row)

    async def batch(self, design: str, release: int) -> SignedFile | None:
        """Return a signed batch."""
        query = select(batches.c.digest, batches.c.data).where(
            batches.c.design == design, batches.c.release == release
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else SignedFile(digest=row.digest, data=row.data)

    async def entries(self) -> list[IndexEntry]:
        """Return what the index says of every batch."""
        columns = (batches.c.release, batches.c.design, batches.c.size_bytes, batches.c.digest)
        rows = (await self._connection.execute(select(*columns))).all()
        return [
            IndexEntry(
                release=Instant(row.release),
                design=row.design,
                size_bytes=row.size_bytes,
                digest=row.digest,
            )
            for row in rows
        ]

    async def set_index(self, signed: SignedFile, *, issued: Instant) -> None:
        """Replace the index."""
        row = {"place": 1, "issued": issued, "digest": signed.digest, "data": signed.data}
        await self._connection.execute(delete(current_index))
        await self._connection.execute(insert(current_index), row)

    async def index(self) -> SignedFile | None:
        """Return the signed index; None before the first publication."""
        query = select(current_index.c.digest, current_index.c.data)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else SignedFile(digest=row.digest, data=row.data)

    async def issued(self) -> Instant | None:
        """Return the release of the index; None before the first publication."""
        value = (await self._connection.execute(select(current_index.c.issued))).scalar()
        return None if value is None else Instant(value)

    async def erase(self, *, now: Instant, parameters: Parameters) -> None:
        """Erase what has had its days; never what waits for its publication [SERVER-27].

        A published key is remembered for as long as a server would accept it again.
        """
        oldest = Day(max(0, day_of(now) - parameters.retention_days))
        oldest_known = Day(max(0, day_of(now) - parameters.upload_days))
        for statement in (
            delete(batches).where(batches.c.release < day_start(oldest)),
            delete(published_keys).where(published_keys.c.release < day_start(oldest_known)),
            delete(codes).where(codes.c.expires_day < oldest),
            delete(commitments).where(commitments.c.expires < day_start(oldest)),
            delete(disclosures).where(disclosures.c.expires_day <= day_of(now)),
        ):
            await self._connection.execute(statement)
        await self.counters.erase(before=oldest_known)
