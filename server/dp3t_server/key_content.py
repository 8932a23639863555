"""The keys of one design, on their way from what waits into a batch."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from dp3t import day_of
from dp3t.proximity import revisable
from dp3t.publication import BatchName, KeyRecord
from dp3t_server import logs
from dp3t_server.config import Config
from dp3t_server.counters import Counted
from dp3t_server.export_keys import signers_at
from dp3t_server.held_slot import FencedError, HeldSlot
from dp3t_server.key_files import GAEN, KeyFile, key_files
from dp3t_server.keys import Secrets
from dp3t_server.memories import Memories
from dp3t_server.padding_source import PaddingSource
from dp3t_server.slot_files import BatchFile, Padding, batch_file
from dp3t_server.store import Transaction

_REMEMBERED_AT_ONCE = 20_000
_TOLD_KEYS = 100_000
"""After how many keys the log hears of the progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _BuiltKeys:
    """A batch of keys that waits for its commit.

    Attributes:
        accepted: how many of its keys were accepted; the others are padding.
        last: the last of those in ascending order; nothing where there is none.
        key_files: the GAEN key files of it.
        source: what it leaves for padding to come, if anything.
    """

    name: BatchName
    data: bytes = field(repr=False)
    accepted: int
    last: bytes = field(repr=False)
    key_files: Sequence[KeyFile] = ()
    source: PaddingSource | None = None

    async def settle(self, transaction: Transaction) -> None:
        """Store key files and what padding is drawn from; erase the records, and count them."""
        design, release = self.name.design, self.name.release
        for file in self.key_files:
            await transaction.key_files.add(file)
        if self.source is not None:
            await transaction.padding_sources.replace(design, self.source)
        await transaction.erase_published(design, release, last=self.last)
        if self.accepted:
            day = day_of(release)
            await transaction.counters.add(Counted.KEYS_PUBLISHED, self.accepted, day=day)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyContent:
    """The keys of one design.

    Attributes:
        design: its name.
        config: the region's settings.
        secrets: sign the batch and its key files, and digest its keys.
        is_due: whether records wait for the slot; otherwise its batch is padding.
    """

    design: str
    config: Config
    secrets: Secrets
    is_due: bool

    async def build(self, held: HeldSlot) -> _BuiltKeys:
        """Build what fits into one batch; the rest stays for the next release [SERVER-40]."""
        due, padding = await self._read(held)
        if self.is_due and not due:  # they stand still unless somebody else has published them
            raise FencedError
        file = await asyncio.to_thread(
            batch_file,
            due,
            name=BatchName(design=self.design, region=self.config.region, release=held.release),
            seed=held.slot.seed,
            parameters=self.config.parameters,
            key=self.secrets.signing_key_at(held.release),
            padding=padding,
        )
        final = padding.revisions
        await self._remember(held, file, final=final)
        name, data, source, accepted = file.name, file.data, file.source, len(file.records)
        last = file.records[-1].key if file.records else b""
        del due, file  # a million records, and key files are made of as many others
        files = await self._key_files(held, data, revised=final)
        return _BuiltKeys(
            name=name, data=data, accepted=accepted, last=last, key_files=files, source=source
        )

    async def _key_files(
        self, held: HeldSlot, signed: bytes, *, revised: Collection[bytes]
    ) -> Sequence[KeyFile]:
        """Return the key files of a GAEN batch; none where the operator wants none."""
        if self.design != GAEN or not self.config.key_files:
            return ()
        keys = self.secrets.with_export_key(key_id=self.config.key_file_id).export
        signers = signers_at(keys, held.release)
        return await asyncio.to_thread(key_files, signed, signers=signers, revised=revised)

    async def _read(self, held: HeldSlot) -> tuple[list[KeyRecord], Padding]:
        """Return the records that are due, and what padding follows from beside them."""
        due = list[KeyRecord]()
        async with held.store.reading() as transaction:
            async for part in transaction.due(self.design, held.release):
                self._tell("reading keys", held, before=len(due), now=len(due) + len(part))
                due += part
            revisions = set[bytes]()
            if revisable(self.design):
                revisions = await transaction.revisions_due(self.design, held.release)
            source = await transaction.padding_sources.of(self.design)
        minimum = self.config.min_batch_keys
        return due, Padding(minimum=minimum, source=source, revisions=revisions)

    async def _remember(self, held: HeldSlot, file: BatchFile, *, final: Collection[bytes]) -> None:
        """Remember keys, padding too, in short transactions, before they are published [SERVER-52].

        The digests go in ascending order into the table, which is in that order: each transaction
        touches a small part of it.
        """
        digest_key = self.secrets.digest_key
        memories = await asyncio.to_thread(
            Memories, self.design, file.published, final=final, digest_key=digest_key
        )
        for at in range(0, len(memories), _REMEMBERED_AT_ONCE):
            some = memories.part(at, _REMEMBERED_AT_ONCE)
            async with held.writing() as transaction:
                await transaction.remember(self.design, held.release, some)
            self._tell("remembering keys", held, before=at, now=at + len(some))

    def _tell(self, event: str, held: HeldSlot, *, before: int, now: int) -> None:
        """Log how far a large publication is."""
        if before // _TOLD_KEYS != now // _TOLD_KEYS:
            logs.note(event, release=held.release, design=self.design, keys=now)
