"""What the server remembers: the operations on its tables, inside one transaction each.

`Transaction` is one open transaction; whoever opens it decides what belongs together.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import (
    ARRAY,
    BigInteger,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, Instant, Parameters, PolicyError, day_of, day_start, release_after
from dp3t.primitives import sha256
from dp3t.publication import BatchName, KeyRecord
from dp3t_server.arrivals_store import ArrivalsStore
from dp3t_server.authorizations import Codes, Commitments
from dp3t_server.counters import Counters
from dp3t_server.database import Database
from dp3t_server.facility_store import FacilityStore
from dp3t_server.files import PublicFile
from dp3t_server.incoming import Incoming
from dp3t_server.index_store import IndexStore
from dp3t_server.key_file_store import KeyFileStore
from dp3t_server.log_store import LogStore
from dp3t_server.memories import Memory
from dp3t_server.padding_source import PaddingSources
from dp3t_server.rows import Lock, insert_into, lock
from dp3t_server.served import ServedFiles
from dp3t_server.slots import Slots
from dp3t_server.symptom_store import SymptomStore
from dp3t_server.tables import (
    batches,
    codes,
    commitments,
    disclosures,
    help_requests,
    key_files,
    ownership,
    padding_sources,
    pending_keys,
    pending_traces,
    published_keys,
    slots,
    trace_uploads,
)
from dp3t_server.token_store import TokenStore
from dp3t_server.trace_store import TraceStore

_READ_AT_ONCE = 10_000


class Store:
    """The way to the tables.

    Attributes:
        database: where they are.
        files: what is published, as far as it is in memory.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.files = ServedFiles(self.reading)

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
        transaction = None
        try:
            async with self.database.writing() as connection:
                if alone is not None:
                    await lock(connection, alone)
                transaction = Transaction(connection, writes=True)
                yield transaction
        finally:  # also where nobody knows whether the commit has come through
            if transaction is not None and transaction.index.is_replaced:
                self.files.forget()


class Transaction:
    """One open transaction; one that writes locks the authorisations that it judges.

    Attributes:
        connection: for what looks after a table of its own.
        index: the index and its lists of days.
    """

    def __init__(self, connection: AsyncConnection, *, writes: bool) -> None:
        self.connection = self._connection = connection
        self._writes = writes
        self.index = IndexStore(connection)

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
    def incoming(self) -> Incoming:
        """The records that come in."""
        return Incoming(self._connection)

    @property
    def log(self) -> LogStore:
        """The transparency log."""
        return LogStore(self._connection)

    @property
    def key_files(self) -> KeyFileStore:
        """The GAEN key files."""
        return KeyFileStore(self._connection)

    async def index_digest(self) -> bytes | None:
        """Return the digest of the index; None before the first publication."""
        return await self.index.digest()

    @property
    def padding_sources(self) -> PaddingSources:
        """What padding is drawn from where no record is due."""
        return PaddingSources(self._connection)

    @property
    def traces(self) -> TraceStore:
        """The traces that wait, and the memory of those that are out."""
        return TraceStore(self._connection)

    @property
    def tokens(self) -> TokenStore:
        """The anonymous tokens: keys, lists, who got some, and which are spent."""
        return TokenStore(self._connection)

    @property
    def arrivals(self) -> ArrivalsStore:
        """The entry declarations: keys, what is kept of each, withdrawn receipts, gates' marks."""
        return ArrivalsStore(self._connection)

    @property
    def facilities(self) -> FacilityStore:
        """The record of facilities: acts, words and pages."""
        return FacilityStore(self._connection)

    @property
    def symptoms(self) -> SymptomStore:
        """What there is of symptoms: documents, counts of the day, estimates."""
        return SymptomStore(self._connection)

    async def alone_with(self, name: Lock) -> None:
        """Wait until nobody else touches something, and keep others from it until the end."""
        await lock(self._connection, name)

    @property
    def counters(self) -> Counters:
        """How much was done on each day."""
        return Counters(self._connection)

    async def releases_due(self, until: Instant) -> list[Instant]:
        """Return the releases, ascending and not later than `until`, for which anything waits."""
        release = pending_keys.c.release
        query = select(release).where(release <= until).distinct()
        of_keys = {Instant(each) for each in (await self._connection.execute(query)).scalars()}
        return sorted(of_keys | await self.traces.releases(until))

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

    async def revisions_due(self, design: str, release: Instant) -> set[bytes]:
        """Return those of the keys that `due` yields that were published before [SERVER-72]."""
        query = select(pending_keys.c.key).where(
            pending_keys.c.design == design,
            pending_keys.c.release <= release,
            pending_keys.c.revises == 1,
        )
        return set((await self._connection.execute(query)).scalars())

    async def remember(self, design: str, release: Instant, memories: Sequence[Memory]) -> None:
        """Remember keys by their digests, at most some ten thousand [SERVER-52].

        It may happen before they are published: until then they wait, and are known for that.
        """
        insertion = insert_into(self._connection, published_keys)
        insertion = insertion.on_conflict_do_update(
            index_elements=[published_keys.c.design, published_keys.c.digest],
            set_={
                "release": insertion.excluded.release,
                "attributes": insertion.excluded.attributes,
            },
        )
        if self._connection.dialect.name == "postgresql":
            digests, attributes = zip(*memories, strict=True)
            pairs = func.unnest(
                literal(list(digests), ARRAY(LargeBinary)), literal(list(attributes), ARRAY(Text))
            )
            new = pairs.table_valued("digest", "attributes").render_derived()
            values = select(
                literal(design), new.c.digest, literal(release, BigInteger), new.c.attributes
            )
            names = ["design", "digest", "release", "attributes"]
            await self._connection.execute(insertion.from_select(names, values))
        else:
            # As plain SQL: SQLAlchemy takes four times as long over each row as SQLite does.
            statement = str(insertion.compile(dialect=self._connection.dialect))
            rows = [(design, digest, release, attributes) for digest, attributes in memories]
            await self._connection.exec_driver_sql(statement, rows)

    async def erase_published(self, design: str, release: Instant, *, last: bytes) -> None:
        """Erase the records that are published now [SERVER-52].

        A revision that came meanwhile waits from now on, for the next release [SERVER-73]. The
        caller holds `Lock.KEYS`.

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
        final = pending_keys.c.revision.is_(None)
        await self._connection.execute(delete(pending_keys).where(*published, final))
        revised = {
            "attributes": pending_keys.c.revision,
            "release": release_after(release),
            "revises": 1,
            "revision": None,
        }
        await self._connection.execute(update(pending_keys).where(*published).values(revised))

    async def erase_due(self, design: str, release: Instant) -> None:
        """Erase the records of a design that had waited for a release that is out."""
        due = (pending_keys.c.design == design, pending_keys.c.release <= release)
        await self._connection.execute(delete(pending_keys).where(*due))

    async def require_service(self) -> None:
        """Raise PolicyError once the service has ended [OPERATING-23].

        From then on it cannot end before the commit. Uploads lock what authorises them before the
        slots: ask this after such rows are written.
        """
        await self.slots.newest()
        if await self.index.sunset() is not None:
            raise PolicyError("the service has ended; it takes and permits no reports any more")

    async def is_over(self) -> bool:
        """Return whether the service has ended and nothing waits or stands any more."""
        if await self.index.sunset() is None:
            return False
        for table in (
            pending_keys,
            pending_traces,
            batches,
            disclosures,
            trace_uploads,
            help_requests,
        ):
            if (await self._connection.execute(select(table).limit(1))).first() is not None:
                return False
        return not (await self.arrivals.stands() or await self.symptoms.stands())

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

        A published key is remembered for as long as a server would accept it again. What there is
        of symptoms is erased apart, after the estimates that need it are published.
        """
        oldest = Day(max(0, day_of(now) - parameters.retention_days))
        oldest_known = Day(max(0, day_of(now) - parameters.upload_days))
        for statement in (
            delete(batches).where(batches.c.release < day_start(oldest)),
            delete(padding_sources).where(padding_sources.c.release < day_start(oldest)),
            delete(key_files).where(key_files.c.release < day_start(oldest)),
            delete(slots).where(slots.c.release < day_start(oldest), slots.c.done == 1),
            delete(published_keys).where(published_keys.c.release < day_start(oldest_known)),
            delete(codes).where(codes.c.expires_day < oldest),
            delete(commitments).where(commitments.c.expires < day_start(oldest)),
            delete(disclosures).where(disclosures.c.expires_day <= day_of(now)),
            delete(help_requests).where(help_requests.c.expires_day <= day_of(now)),
            delete(trace_uploads).where(trace_uploads.c.expires_day <= day_of(now)),
        ):
            await self._connection.execute(statement)
        await self.traces.forget(now=now)
        await self.tokens.erase(today=day_of(now))
        await self.arrivals.erase(today=day_of(now))
        await self.counters.erase(before=oldest_known)
        await self.log.forget(before=day_start(oldest))
