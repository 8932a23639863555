"""From records to signed files: one transaction for each release.

A release is published once. What was served for it never changes; whatever comes too late waits
for the next [SERVER-21] [SERVER-22].
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from dp3t import Instant, release_after, slot_of, slot_start
from dp3t.primitives import sha256
from dp3t.publication import Batch, Index, IndexEntry, KeyRecord, SigningKey
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.keys import Secrets, SecretsFile
from dp3t_server.store import Records, SignedFile, Store


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
    records: Iterable[KeyRecord], *, design: str, region: str, release: Instant, key: SigningKey
) -> tuple[PublishedBatch, bytes]:
    """Return a signed batch and what to say of it; LimitError where it would be too large."""
    batch = Batch.of_records(records, design=design, region=region, release=release)
    data = batch.sign(key)
    said = PublishedBatch(design=design, release=release, keys=len(batch), size_bytes=len(data))
    return said, data


def sign_index(
    entries: list[IndexEntry], *, secrets: Secrets, region: str, issued: Instant
) -> SignedFile:
    """Return the signed index of the entries, with every key its reader can need [SERVER-26]."""
    oldest = min((entry.release for entry in entries), default=issued)
    keys = secrets.public_since(oldest)
    index = Index.of(entries, keys=keys, region=region, issued=issued)
    data = index.sign(secrets.signing_key_at(issued))
    return SignedFile(digest=sha256(data), data=data)


class Publisher:
    """Publishes what is due, with the keys that are in the file at that moment."""

    def __init__(self, store: Store, secrets: SecretsFile, config: Config) -> None:
        self._store = store
        self._secrets = secrets
        self._config = config

    async def publish(self, now: Instant) -> Publication:
        """Publish the latest release unless it or a later one was [SERVER-21].

        Raises:
            PolicyError: no signing key is valid at the release.
            LimitError: more keys than one batch holds.
        """
        release = latest_release(now)
        async with self._store.writing() as records:
            issued = await records.issued()
            if issued is not None and issued >= release:
                return Publication(release=issued)
            secrets = self._secrets.load()
            published = [
                await self._publish_design(records, design, release, secrets)
                for design in self._config.designs
            ]
            await records.erase(now=release, retention_days=self._config.retention_days)
            await self._set_index(records, secrets, release)
        await self._store.database.truncate_log()
        return Publication(release=release, batches=tuple(filter(None, published)))

    async def publish_until(self, now: Instant, clock: SimulatedClock) -> list[Publication]:
        """Move a simulated clock to `now` and publish on the way, in order [SERVER-37].

        Raises:
            ClockError: `now` is earlier than the clock.
        """
        async with self._store.reading() as records:
            releases = await records.releases_due(now)
        later = sorted(release for release in {*releases, now} if release > clock.now())
        published = []
        for moment in later or [now]:
            clock.move_to(moment)
            published.append(await self.publish(moment))
        return published

    async def announce(self, records: Records, secrets: Secrets) -> None:
        """Sign the present index anew, so that it names every key there is [SERVER-26]."""
        issued = await records.issued()
        if issued is not None:
            await self._set_index(records, secrets, issued)

    async def _publish_design(
        self, records: Records, design: str, release: Instant, secrets: Secrets
    ) -> PublishedBatch | None:
        due = await records.due(design, release)
        if not due:
            return None
        said, data = await asyncio.to_thread(
            sign_batch,
            due,
            design=design,
            region=self._config.region,
            release=release,
            key=secrets.signing_key_at(release),
        )
        entry = IndexEntry.of_file(data, design=design, release=release)
        await records.add_batch(entry, data)
        await records.mark_published(design, release)
        return said

    async def _set_index(self, records: Records, secrets: Secrets, issued: Instant) -> None:
        signed = sign_index(
            await records.entries(), secrets=secrets, region=self._config.region, issued=issued
        )
        await records.set_index(signed, issued=issued)
