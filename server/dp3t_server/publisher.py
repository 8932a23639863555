"""Publishing a release slot in three steps, whoever else publishes on the same database.

A short transaction takes the slot: from then on what waits for it stands still. Its files are built
outside any transaction, from what waits and the slot's seed. Another short transaction commits them
all, if the slot was not taken over meanwhile [SERVER-21] [SERVER-58]. What was published never
changes; whatever comes too late waits for the next release [SERVER-22].
"""

import asyncio
import gc
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from dp3t import Instant, day_of, random_from_os, release_after, slot_of, slot_start
from dp3t_server import logs
from dp3t_server.announcement import announce
from dp3t_server.clock import Clock, SimulatedClock, SystemClock
from dp3t_server.config import Config
from dp3t_server.contents import Built, contents_of
from dp3t_server.held_slot import FencedError, HeldSlot
from dp3t_server.holder import holding
from dp3t_server.keys import Secrets, SecretsFile
from dp3t_server.rows import Lock
from dp3t_server.slots import Lease, Slot
from dp3t_server.store import Store, Transaction
from dp3t_server.symptom_publication import publish_estimates
from dp3t_server.token_making import make_keys, renew_list
from dp3t_server.token_store import StoredKey

SEED_BYTES = 32
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
            held = await self._take(release, holder)
            if held is None:
                return None
            async with held.kept():
                try:
                    publication = await self._publish_slot(held, secrets)
                except FencedError:
                    logs.note("another publisher has taken the slot over", release=release)
                    return None
        _warn_of_ending(secrets, now)
        return publication

    async def _take(self, release: Instant, holder: bytes) -> HeldSlot | None:
        """Begin a slot or take it over; None where somebody else has it, or has published it."""

        def lease() -> Lease:
            now, seconds = self._lease_clock.now(), self._config.lease_seconds
            return Lease(holder=holder, now=now, seconds=seconds)

        async with self._store.writing() as transaction:
            slot = await _taken(transaction, release, lease())
        return None if slot is None else HeldSlot(slot=slot, store=self._store, lease=lease)

    async def _publish_slot(self, held: HeldSlot, secrets: Secrets) -> Publication:
        async with self._store.reading() as transaction:
            contents = await contents_of(
                transaction, held.release, config=self._config, secrets=secrets
            )
        with _not_collecting():
            built = [await content.build(held) for content in contents]
        keys = await make_keys(self._store, secrets, self._config, release=held.release)
        await self._commit(held.slot, built, keys)
        published = [
            PublishedBatch(
                design=each.name.design,
                release=held.release,
                keys=each.accepted,
                size_bytes=len(each.data),
            )
            for each in built
        ]
        return Publication(release=held.release, batches=tuple(published))

    async def _commit(
        self, slot: Slot, built: Sequence[Built], token_keys: list[StoredKey] | None
    ) -> None:
        """Publish all files of a slot and erase what they publish, or do nothing.

        Raises:
            FencedError: somebody else has taken the slot.
        """
        async with self._store.writing() as transaction:
            if not await transaction.slots.finish(slot):
                raise FencedError
            await transaction.alone_with(Lock.KEYS)
            for each in built:
                await transaction.add_batch(each.name, each.data)
                await each.settle(transaction)
            await transaction.erase(now=slot.release, parameters=self._config.parameters)
            await transaction.alone_with(Lock.INDEX)
            secrets = self._secrets.load()  # a rotation may have added a key meanwhile
            await renew_list(transaction, token_keys, secrets, self._config, release=slot.release)
            await announce(transaction, secrets, region=self._config.region, issued=slot.release)
            await publish_estimates(transaction, secrets, self._config, release=slot.release)
            # Only now: estimates are of surveys, also of those whose days are over.
            await transaction.symptoms.erase(today=day_of(slot.release))

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


async def _taken(transaction: Transaction, release: Instant, lease: Lease) -> Slot | None:
    """Begin a slot, or take over the one that is under way unless a later one replaces it."""
    slots = transaction.slots
    under_way = await slots.under_way()
    if under_way is not None:
        taken = await slots.take_over(under_way, lease=lease)
        if taken is None or taken.release >= release:
            return taken
        await slots.abandon(taken)  # its records go out with this one
    return await slots.begin(release, seed=random_from_os(SEED_BYTES), lease=lease)


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


def _warn_of_ending(secrets: Secrets, now: Instant) -> None:
    """Say in the log that a rotation is due [SERVER-42]."""
    if secrets.is_ending(now):
        logs.note(
            "the signing keys end soon: rotate with `dp3t-server keys rotate`",
            level=logging.WARNING,
            valid_until=secrets.last_end,
        )
