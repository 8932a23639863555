"""From records to signed files: one transaction for each release.

A release is published once. What was served for it never changes; whatever comes too late waits
for the next [SERVER-21] [SERVER-22].
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from dp3t import Instant, LimitError, Parameters, random_from_os, release_after, slot_of, slot_start
from dp3t.primitives import sha256
from dp3t.proximity import design
from dp3t.publication import BatchName, Index, IndexEntry, KeyRecord, SigningKey
from dp3t_server import logs
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.keys import Secrets, SecretsFile
from dp3t_server.store import SignedFile, Store, Transaction, key_digest


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
    """Return the release of a key accepted now [SERVER-16]."""
    earliest = latest_release(releasable_from)
    if earliest < releasable_from:
        earliest = release_after(releasable_from)
    return max(release_after(now), earliest)


def sign_batch(
    records: Sequence[KeyRecord], *, name: BatchName, parameters: Parameters, key: SigningKey
) -> tuple[Sequence[KeyRecord], bytes]:
    """Return the records that one batch holds, all or the first of them, and the signed batch.

    Where they are too many it tries the first half, and so on [SERVER-40].

    Raises:
        LimitError: not even one record fits.
    """
    try:
        batch = design(name.design).publish(
            records, name=name, parameters=parameters, rand=random_from_os
        )
        return records, batch.sign(key)
    except LimitError:
        if len(records) == 1:
            raise
    half = records[: len(records) // 2]
    return sign_batch(half, name=name, parameters=parameters, key=key)


def sign_index(
    entries: list[IndexEntry], *, secrets: Secrets, region: str, issued: Instant
) -> SignedFile:
    """Return the signed index of the entries, with every key its reader can need [SERVER-26]."""
    oldest = min((entry.release for entry in entries), default=issued)
    keys = secrets.public_since(oldest)
    index = Index.of(entries, keys=keys, region=region, issued=issued)
    data = index.sign(secrets.index_key_at(issued))
    return SignedFile(digest=sha256(data), data=data)


class Publisher:
    """Publishes what is due, with the keys that are in the file at that moment.

    Attributes:
        log_kept: how many attempts in a row have left erased rows in SQLite's log [SERVER-55].
    """

    def __init__(self, store: Store, secrets: SecretsFile, config: Config) -> None:
        self._store = store
        self._secrets = secrets
        self._config = config
        self.log_kept = 0

    async def publish(self, now: Instant) -> Publication:
        """Publish the latest release unless it or a later one was [SERVER-21].

        In either case empty the log of the database, which holds what was erased [SERVER-55].

        Raises:
            PolicyError: no signing key is valid at the release.
        """
        publication = await self._publish_due(now)
        if await self._store.database.truncate_log():
            self.log_kept = 0
            return publication
        self.log_kept += 1
        logs.note(
            "a reader of the database keeps what was erased in its -wal file",
            level=logging.WARNING,
            attempts=self.log_kept,
        )
        return publication

    async def _publish_due(self, now: Instant) -> Publication:
        release = latest_release(now)
        async with self._store.writing() as transaction:
            issued = await transaction.issued()
            if issued is not None and issued >= release:
                return Publication(release=issued)
            secrets = self._secrets.load()
            published = [
                await self._publish_batch(
                    transaction,
                    BatchName(design=due, region=self._config.region, release=release),
                    secrets,
                )
                for due in await transaction.designs_due(release)
            ]
            await transaction.erase(now=release, parameters=self._config.parameters)
            await self._set_index(transaction, secrets, release)
        _warn_of_ending(secrets, now)
        return Publication(release=release, batches=tuple(published))

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

    async def announce(self, transaction: Transaction, secrets: Secrets) -> None:
        """Sign the present index anew, so that it names every key there is [SERVER-26]."""
        issued = await transaction.issued()
        if issued is not None:
            await self._set_index(transaction, secrets, issued)

    async def _publish_batch(
        self, transaction: Transaction, name: BatchName, secrets: Secrets
    ) -> PublishedBatch:
        """Publish what fits into one batch; the rest stays for the next release [SERVER-40]."""
        release = name.release
        signed, data = await asyncio.to_thread(
            sign_batch,
            await transaction.due(name.design, release),
            name=name,
            parameters=self._config.parameters,
            key=secrets.signing_key_at(release),
        )
        entry = IndexEntry.of_file(data, design=name.design, release=release)
        await transaction.add_batch(entry, data)
        digests = {
            record.key: key_digest(name.design, record.key, digest_key=secrets.digest_key)
            for record in signed
        }
        await transaction.mark_published(name.design, release, digests=digests)
        return PublishedBatch(
            design=name.design, release=release, keys=len(signed), size_bytes=len(data)
        )

    async def _set_index(self, transaction: Transaction, secrets: Secrets, issued: Instant) -> None:
        signed = sign_index(
            await transaction.entries(), secrets=secrets, region=self._config.region, issued=issued
        )
        await transaction.set_index(signed, issued=issued)


def _warn_of_ending(secrets: Secrets, now: Instant) -> None:
    """Say in the log that a rotation is due [SERVER-42]."""
    if secrets.is_ending(now):
        logs.note(
            "the signing keys end soon: rotate with `dp3t-server keys rotate`",
            level=logging.WARNING,
            valid_until=secrets.last_end,
        )
