"""Publishing a release slot in three steps, whoever else publishes on the same database.

A short transaction takes the slot: from then on its records stand still. Its files are built
outside any transaction, from the records and the slot's seed. Another short transaction commits
them all, if the slot was not taken over meanwhile [SERVER-21] [SERVER-58]. What was published never
changes; whatever comes too late waits for the next release [SERVER-22].
"""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from dp3t import Instant, day_of, random_from_os, release_after, slot_of, slot_start
from dp3t.proximity import revisable
from dp3t.publication import BatchName, KeyRecord
from dp3t_server import logs
from dp3t_server.announcement import announce
from dp3t_server.clock import Clock, SimulatedClock, SystemClock
from dp3t_server.config import Config
from dp3t_server.counters import Counted
from dp3t_server.export_keys import signers_at
from dp3t_server.holder import holding
from dp3t_server.key_files import GAEN, KeyFile, key_files
from dp3t_server.keys import Secrets, SecretsFile
from dp3t_server.memories import Memories
from dp3t_server.padding_source import PaddingSource
from dp3t_server.rows import Lock
from dp3t_server.slot_files import BatchFile, Padding, batch_file
from dp3t_server.slots import Lease, Slot
from dp3t_server.store import Store, Transaction

SEED_BYTES = 32
_REMEMBERED_AT_ONCE = 20_000
_TOLD_KEYS = 100_000
"""After how many keys the log hears of the progress."""

_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedBatch:
    """What the operator hears of a new batch."""

    design: str
    release: Instant
    keys: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What one call published: the release of the index, and the batches that are new."""

    release: Instant
    batches: tuple[PublishedBatch, ...] = ()


class FencedError(Exception):
    """Somebody else has taken the slot over; nothing was committed [SERVER-58]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """A batch that waits for its commit.

    Attributes:
        keys: how many of its keys were accepted; the others are padding.
        last: the last of those in ascending order; nothing where there is none.
        key_files: the GAEN key files of it.
        source: what it leaves for padding to come, if anything.
    """

    name: BatchName
    data: bytes = field(repr=False)
    keys: int
    last: bytes = field(repr=False)
    key_files: Sequence[KeyFile] = ()
    source: PaddingSource | None = None


def latest_release(now: Instant) -> Instant:
    """Return the latest release that is not later than now."""
    return slot_start(slot_of(now))


def release_of(now: Instant, *, releasable_from: Instant) -> Instant:
    """Return the release of a key accepted now, unless its slot is begun already [SERVER-16]."""
    earliest = latest_release(releasable_from)
    if earliest < releasable_from:
        earliest = release_after(releasable_from)
    return max(release_after(now), earliest)


class Publisher:
    """Publishes what is due, with the keys that are in the file at that moment.

    Args:
        holder: the file by which the data folder publishes; see `holder`.
        lease_clock: by which a slot is held; never a simulated one, which stands still.

    Attributes:
        log_kept: how many attempts in a row have left erased rows in SQLite's log [SERVER-55].
    """

    def __init__(
        self,
        store: Store,
        secrets: SecretsFile,
        config: Config,
        *,
        holder: Path,
        lease_clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._config = config
        self._holder = holder
        self._lease_clock = lease_clock or SystemClock()
        self.log_kept = 0

    async def publish(self, now: Instant) -> Publication:
        """Publish the latest release unless it or a later one was [SERVER-21].

        Where somebody else is publishing it, wait until they have, or have stopped to. In either
        case let go of what was erased [SERVER-55].

        Raises:
            PolicyError: no signing key is valid at the release.
        """
        while (publication := await self.try_to_publish(now)) is None:
            await asyncio.sleep(_POLL_SECONDS)
        return publication

    async def try_to_publish(self, now: Instant) -> Publication | None:
        """Do what `publish` does, or return None at once while somebody else publishes."""
        publication = await self._publish_due(now)
        if publication is not None:
            await self.scrub()
        return publication

    async def publish_until(self, now: Instant, clock: SimulatedClock) -> list[Publication]:
        """Move a simulated clock to `now` and publish on the way, in order [SERVER-37].

        Raises:
            ClockError: `now` is earlier than the clock.
        """
        published = list[Publication]()
        while clock.now() < now or not published:
            async with self._store.reading() as transaction:
                waiting = await transaction.releases_due(now)
            following = max(release_after(clock.now()), waiting[0]) if waiting else now
            clock.move_to(min(following, now))
            published.append(await self.publish(clock.now()))
        return published

    async def renew_index(self) -> None:
        """Sign the index anew if a former version, which did not number it, signed it."""
        async with self._store.reading() as transaction:
            index = transaction.index
            if await index.issued() is None or await index.number():
                return
        async with self._store.writing() as transaction:
            await self.announce(transaction, self._secrets.load())

    async def announce(self, transaction: Transaction, secrets: Secrets) -> None:
        """Sign the present index anew, so that it names every key there is [SERVER-26]."""
        await transaction.alone_with(Lock.INDEX)  # another process may be publishing: wait first
        issued = await transaction.index.issued()
        if issued is not None:
            await announce(transaction, secrets, region=self._config.region, issued=issued)

    async def _publish_due(self, now: Instant) -> Publication | None:
        release = latest_release(now)
        with holding(self._holder) as holder:
            async with self._store.reading() as transaction:
                issued = await transaction.index.issued()
                over = await transaction.is_over()
            if issued is not None and (over or issued >= release):
                return Publication(release=issued)
            secrets = self._secrets.load()
            secrets.signing_key_at(release)  # or it is begun and cannot be ended
            slot = await self._take(release, holder)
            if slot is None:
                return None
            async with self._keeping(slot):
                try:
                    publication = await self._publish_slot(slot, secrets)
                except FencedError:
                    logs.note("another publisher has taken the slot over", release=release)
                    return None
        _warn_of_ending(secrets, now)
        return publication

    async def _take(self, release: Instant, holder: bytes) -> Slot | None:
        """Begin a slot or take it over; None where somebody else has it, or has published it."""
        lease = self._lease(holder)
        async with self._store.writing() as transaction:
            slots = transaction.slots
            under_way = await slots.under_way()
            if under_way is not None:
                taken = await slots.take_over(under_way, lease=lease)
                if taken is None or taken.release >= release:
                    return taken
                await slots.abandon(taken)  # its records go out with this one
            return await slots.begin(release, seed=random_from_os(SEED_BYTES), lease=lease)

    async def _publish_slot(self, slot: Slot, secrets: Secrets) -> Publication:
        async with self._store.reading() as transaction:
            due = set(await transaction.designs_due(slot.release))
            ended = await transaction.index.sunset() is not None
        padded = self._config.designs if self._config.min_batch_keys and not ended else ()
        with _not_collecting():
            built = [
                await self._build(slot, design, secrets, empty=design not in due)
                for design in sorted(due.union(padded))
            ]
        await self._commit(slot, built)
        published = [
            PublishedBatch(
                design=each.name.design,
                release=slot.release,
                keys=each.keys,
                size_bytes=len(each.data),
            )
            for each in built
        ]
        return Publication(release=slot.release, batches=tuple(published))

    async def _build(self, slot: Slot, design: str, secrets: Secrets, *, empty: bool) -> _Built:
        """Build what fits into one batch; the rest stays for the next release [SERVER-40]."""
        due, padding = await self._read(slot, design)
        if not due and not empty:  # they stand still unless somebody else has published them
            raise FencedError
        file = await asyncio.to_thread(
            batch_file,
            due,
            name=BatchName(design=design, region=self._config.region, release=slot.release),
            seed=slot.seed,
            parameters=self._config.parameters,
            key=secrets.signing_key_at(slot.release),
            padding=padding,
        )
        final = padding.revisions
        await self._remember(slot, file, final=final, digest_key=secrets.digest_key)
        name, data, source, keys = file.name, file.data, file.source, len(file.records)
        last = file.records[-1].key if file.records else b""
        del due, file  # a million records, and key files are made of as many others
        files: Sequence[KeyFile] = ()
        if design == GAEN:
            files = await self._key_files(slot, data, secrets, revised=final)
        return _Built(name=name, data=data, keys=keys, last=last, key_files=files, source=source)

    async def _key_files(
        self, slot: Slot, signed: bytes, secrets: Secrets, *, revised: Collection[bytes]
    ) -> Sequence[KeyFile]:
        """Return the GAEN key files of a batch; none where the operator wants none."""
        if not self._config.key_files:
            return ()
        keys = secrets.with_export_key(key_id=self._config.key_file_id).export
        signers = signers_at(keys, slot.release)
        return await asyncio.to_thread(key_files, signed, signers=signers, revised=revised)

    async def _read(self, slot: Slot, design: str) -> tuple[list[KeyRecord], Padding]:
        """Return the records that are due, and what padding follows from beside them."""
        due = list[KeyRecord]()
        async with self._store.reading() as transaction:
            async for part in transaction.due(design, slot.release):
                _tell("reading keys", slot, design, before=len(due), now=len(due) + len(part))
                due += part
            revisions = set[bytes]()
            if revisable(design):
                revisions = await transaction.revisions_due(design, slot.release)
            source = await transaction.padding_sources.of(design)
        minimum = self._config.min_batch_keys
        return due, Padding(minimum=minimum, source=source, revisions=revisions)

    async def _remember(
        self, slot: Slot, file: BatchFile, *, final: Collection[bytes], digest_key: bytes
    ) -> None:
        """Remember keys, padding too, in short transactions, before they are published [SERVER-52].

        The digests go in ascending order into the table, which is in that order: each transaction
        touches a small part of it.
        """
        design = file.name.design
        memories = await asyncio.to_thread(
            Memories, design, file.published, final=final, digest_key=digest_key
        )
        for at in range(0, len(memories), _REMEMBERED_AT_ONCE):
            some = memories.part(at, _REMEMBERED_AT_ONCE)
            async with self._store.writing() as transaction:
                if not await self._renewed(transaction, slot):
                    raise FencedError
                await transaction.remember(design, slot.release, some)
            _tell("remembering keys", slot, design, before=at, now=at + len(some))

    async def _commit(self, slot: Slot, built: list[_Built]) -> None:
        """Publish all files of a slot and erase their records, or do nothing.

        Raises:
            FencedError: somebody else has taken the slot.
        """
        async with self._store.writing() as transaction:
            if not await transaction.slots.finish(slot):
                raise FencedError
            await transaction.alone_with(Lock.KEYS)
            for each in built:
                await transaction.add_batch(each.name, each.data)
                for file in each.key_files:
                    await transaction.key_files.add(file)
                if each.source is not None:
                    await transaction.padding_sources.replace(each.name.design, each.source)
                await transaction.erase_published(each.name.design, slot.release, last=each.last)
                if each.keys:
                    day = day_of(slot.release)
                    await transaction.counters.add(Counted.KEYS_PUBLISHED, each.keys, day=day)
            await transaction.erase(now=slot.release, parameters=self._config.parameters)
            await transaction.alone_with(Lock.INDEX)
            secrets = self._secrets.load()  # a rotation may have added a key meanwhile
            await announce(transaction, secrets, region=self._config.region, issued=slot.release)

    @asynccontextmanager
    async def _keeping(self, slot: Slot) -> AsyncIterator[None]:
        """Renew the lease as long as the block runs."""
        over = asyncio.Event()
        task = asyncio.create_task(self._renew(slot, until=over))
        try:
            yield
        finally:
            over.set()
            await task

    async def _renew(self, slot: Slot, *, until: asyncio.Event) -> None:
        held = True
        while held and not until.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), self._config.lease_seconds / 3)
                return
            try:
                async with self._store.writing() as transaction:
                    held = await self._renewed(transaction, slot)
            except Exception as error:  # the commit will tell whether the slot is still ours
                logs.fail("a lease was not renewed", error)

    async def _renewed(self, transaction: Transaction, slot: Slot) -> bool:
        return await transaction.slots.renew(slot, until=self._lease(slot.holder).until)

    def _lease(self, holder: bytes) -> Lease:
        return Lease(holder=holder, now=self._lease_clock.now(), seconds=self._config.lease_seconds)

    async def scrub(self) -> None:
        """Let go of what was erased, or count one attempt more that did not [SERVER-55]."""
        try:
            if await self._store.database.scrub():
                self.log_kept = 0
                return
        except SQLAlchemyError as error:  # a full disk, say; what was published stands
            self.log_kept += 1
            logs.fail("what was erased still stands beside the database", error)
            return
        self.log_kept += 1
        logs.note(
            "a reader of the database keeps what was erased in its -wal file",
            level=logging.WARNING,
            attempts=self.log_kept,
        )


@contextmanager
def _not_collecting() -> Iterator[None]:
    """Look for no cycles: a million records have none, and looking takes a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _tell(event: str, slot: Slot, design: str, *, before: int, now: int) -> None:
    """Log how far a large publication is."""
    if before // _TOLD_KEYS != now // _TOLD_KEYS:
        logs.note(event, release=slot.release, design=design, keys=now)


def _warn_of_ending(secrets: Secrets, now: Instant) -> None:
    """Say in the log that a rotation is due [SERVER-42]."""
    if secrets.is_ending(now):
        logs.note(
            "the signing keys end soon: rotate with `dp3t-server keys rotate`",
            level=logging.WARNING,
            valid_until=secrets.last_end,
        )
