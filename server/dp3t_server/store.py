"""What the server remembers: the operations on its tables, inside one transaction each.

`Transaction` is one open transaction; whoever opens it decides what belongs together.
"""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    LargeBinary,
    Table,
    delete,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, Instant, Parameters, PolicyError, day_of, day_start, release_after
from dp3t.primitives import hmac_sha256, sha256
from dp3t.publication import BatchName, KeyRecord
from dp3t_server.authorizations import Codes, Commitments
from dp3t_server.counters import Counters
from dp3t_server.database import Database
from dp3t_server.files import PublicFile
from dp3t_server.index_store import IndexStore
from dp3t_server.key_file_store import KeyFileStore
from dp3t_server.log_store import LogStore
from dp3t_server.rows import Lock, insert_into, lock
from dp3t_server.slots import Slots
from dp3t_server.tables import (
    batches,
    codes,
    commitments,
    disclosures,
    key_files,
    ownership,
    pending_keys,
    published_keys,
    slots,
)

_MOST_IN_ONE_QUERY = 500
"""How many values one query names: databases have a limit, and an upload can hold 2^17 keys."""

_READ_AT_ONCE = 10_000


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


def key_digest(design: str, key: bytes, *, digest_key: bytes) -> bytes:
    """Return the 32 bytes by which a published key is remembered [SERVER-52].

    Args:
        design: name of the design.
        key: the key.
        digest_key: the 32 bytes under which codes and commitments are stored too.
    """
    return hmac_sha256(digest_key, _digest_prefix(design) + key)


def key_digests(design: str, keys: Iterable[bytes], *, digest_key: bytes) -> list[bytes]:
    """Return the digests of many keys of one design, ascending."""
    prefix = _digest_prefix(design)
    return sorted([hmac_sha256(digest_key, prefix + key) for key in keys])


def _digest_prefix(design: str) -> bytes:
    return b"dp3t key 1" + bytes([len(design)]) + design.encode()


class Store:
    """The way to the tables."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["Transaction"]:
        """Open a transaction that changes nothing."""
        async with self.database.reading() as connection:
            yield Transaction(connection, writes=False)

    @asynccontextmanager
    async def writing(self, alone: Lock | None = None) -> AsyncIterator["Transaction"]:
        """Open a transaction that commits unless the block raises.

        Args:
            alone: what no other process may touch meanwhile.
        """
        async with self.database.writing() as connection:
            if alone is not None:
                await lock(connection, alone)
            yield Transaction(connection, writes=True)


class Transaction:
    """One open transaction; one that writes locks the authorisations that it judges."""

    def __init__(self, connection: AsyncConnection, *, writes: bool) -> None:
        self._connection = connection
        self._writes = writes

    @property
    def codes(self) -> Codes:
        """The upload codes."""
        return Codes(self._connection, lock=self._writes)

    @property
    def commitments(self) -> Commitments:
        """The hashes of days that an authority has authorised."""
        return Commitments(self._connection, lock=self._writes)

    @property
    def slots(self) -> Slots:
        """The release slots."""
        return Slots(self._connection)

    @property
    def index(self) -> IndexStore:
        """The index and its lists of days."""
        return IndexStore(self._connection)

    @property
    def log(self) -> LogStore:
        """The transparency log."""
        return LogStore(self._connection)

    @property
    def key_files(self) -> KeyFileStore:
        """The GAEN key files."""
        return KeyFileStore(self._connection)

    async def alone_with(self, name: Lock) -> None:
        """Wait until nobody else touches something, and keep others from it until the end."""
        await lock(self._connection, name)

    @property
    def counters(self) -> Counters:
        """How much was done on each day."""
        return Counters(self._connection)

    async def add_keys(self, keys: Sequence[PendingKey]) -> None:
        """Store the keys of one design that are not known yet [SERVER-15].

        None gets the release of a slot that was begun: its records stand still [SERVER-56].
        """
        design = keys[0].design
        earliest = release_after(await self.slots.newest())
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
                "release": max(key.release, earliest),
            }
            for _, key in sorted(fresh.items())
        ]
        if rows:
            fresh_only = insert_into(self._connection, pending_keys).on_conflict_do_nothing()
            await self._connection.execute(fresh_only, rows)

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

    async def due(self, design: str, release: Instant) -> AsyncIterator[list[KeyRecord]]:
        """Yield in parts the records of a design that wait until `release`, in their keys' order.

        The records of a slot that was begun stand still.
        """
        query = (
            select(pending_keys.c.attributes, pending_keys.c.key)
            .where(pending_keys.c.design == design, pending_keys.c.release <= release)
            .order_by(pending_keys.c.key)
            .execution_options(yield_per=_READ_AT_ONCE)
        )
        known = dict[str, tuple[int, ...]]()  # few are different
        async with self._connection.stream(query) as rows:
            async for part in rows.partitions():
                for text, _ in part:
                    if text not in known:
                        known[text] = tuple(json.loads(text))
                yield [KeyRecord(known[text], key) for text, key in part]

    async def remember(self, design: str, release: Instant, digests: Sequence[bytes]) -> None:
        """Remember keys by their digests, at most some ten thousand [SERVER-52].

        It may happen before they are published: until then they wait, and are known for that.
        """
        insertion = insert_into(self._connection, published_keys)
        insertion = insertion.on_conflict_do_update(
            index_elements=[published_keys.c.design, published_keys.c.digest],
            set_={"release": insertion.excluded.release},
        )
        if self._connection.dialect.name == "postgresql":
            values = func.unnest(literal(list(digests), ARRAY(LargeBinary)))
            new = select(literal(design), values, literal(release, BigInteger))
            insertion = insertion.from_select(["design", "digest", "release"], new)
            await self._connection.execute(insertion)
        else:
            # As plain SQL: SQLAlchemy takes four times as long over each row as SQLite does.
            statement = str(insertion.compile(dialect=self._connection.dialect))
            rows = [(design, each, release) for each in digests]
            await self._connection.exec_driver_sql(statement, rows)

    async def erase_published(self, design: str, release: Instant, *, last: bytes) -> None:
        """Erase the records that are published now [SERVER-52].

        Args:
            design: name of the design.
            release: when they were published.
            last: the last key of those; `due` says in which order.
        """
        published = (
            pending_keys.c.design == design,
            pending_keys.c.release <= release,
            pending_keys.c.key <= last,
        )
        await self._connection.execute(delete(pending_keys).where(*published))

    async def require_service(self) -> None:
        """Raise PolicyError once the service has ended [OPERATING-23]."""
        if await self.index.sunset() is not None:
            raise PolicyError("the service has ended; it takes and permits no reports any more")

    async def is_over(self) -> bool:
        """Return whether the service has ended and nothing waits or stands any more."""
        if await self.index.sunset() is None:
            return False
        for table in (pending_keys, batches, disclosures):
            if (await self._connection.execute(select(table).limit(1))).first() is not None:
                return False
        return True

    async def empty(self, *tables: Table) -> None:
        """Erase everything that stands in some tables."""
        for table in tables:
            await self._connection.execute(delete(table))

    async def add_batch(self, name: BatchName, data: bytes) -> None:
        """Store a signed batch; IntegrityError if there is one of its name [SERVER-22]."""
        row = {
            "design": name.design,
            "release": name.release,
            "digest": sha256(data),
            "size_bytes": len(data),
            "data": data,
        }
        await self._connection.execute(insert(batches), row)

    async def batch(self, design: str, release: int) -> PublicFile | None:
        """Return a signed batch."""
        query = select(batches.c.digest, batches.c.data).where(
            batches.c.design == design, batches.c.release == release
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else PublicFile(digest=row.digest, data=row.data)

    async def owner(self) -> bytes | None:
        """Return the digest of the keys to which the database belongs; None if to nobody yet."""
        return (await self._connection.execute(select(ownership.c.digest))).scalar()

    async def set_owner(self, digest: bytes) -> None:
        """Say to whose keys the database belongs."""
        await self._connection.execute(delete(ownership))
        await self._connection.execute(insert(ownership), {"place": 1, "digest": digest})

    async def erase(self, *, now: Instant, parameters: Parameters) -> None:
        """Erase what has had its days; never what waits for its publication [SERVER-27].

        A published key is remembered for as long as a server would accept it again.
        """
        oldest = Day(max(0, day_of(now) - parameters.retention_days))
        oldest_known = Day(max(0, day_of(now) - parameters.upload_days))
        for statement in (
            delete(batches).where(batches.c.release < day_start(oldest)),
            delete(key_files).where(key_files.c.release < day_start(oldest)),
            delete(slots).where(slots.c.release < day_start(oldest), slots.c.done == 1),
            delete(published_keys).where(published_keys.c.release < day_start(oldest_known)),
            delete(codes).where(codes.c.expires_day < oldest),
            delete(commitments).where(commitments.c.expires < day_start(oldest)),
            delete(disclosures).where(disclosures.c.expires_day <= day_of(now)),
        ):
            await self._connection.execute(statement)
        await self.counters.erase(before=oldest_known)
        await self.log.forget(before=day_start(oldest))
