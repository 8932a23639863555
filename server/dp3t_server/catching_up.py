"""A database that was restored from a copy, brought up to what phones have seen since.

Between the copy and its return the server has published. Phones have those batches and remember a
longer log: if the restored server went on by itself, its log would fork and they would refuse it
for ever. The tree that `publish --to` writes has all of it, signed with the server's own keys.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from dp3t import Batch, Instant, MalformedError, PolicyError, TrustedKeys, day_of
from dp3t.proximity import DESIGN_NAMES
from dp3t.publication import (
    HEADER_BYTES,
    TOKEN_KEYS_KIND,
    BatchName,
    Index,
    IndexEntry,
    KeyTable,
)
from dp3t.publication.transparency import CHECKPOINT_PATH, Edge, Entry, SignedCheckpoint, audit
from dp3t_server.key_files import KeyFile
from dp3t_server.keys import Secrets
from dp3t_server.log_store import LogHead, continues
from dp3t_server.memories import Memories
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.store import Transaction

_KEY_FILE = re.compile(r"v1/exports/(?P<name>[A-Z0-9-]+-(?P<release>[0-9]+)-[0-9]{5})\.zip")


class _Tree:
    """A static tree, as far as its own server vouches for it."""

    def __init__(self, folder: Path, secrets: Secrets) -> None:
        self._folder = folder
        self.file = self.read("v1/index")
        issued = Index.decode(self.file[HEADER_BYTES:]).issued
        trusted = TrustedKeys(key.public() for key in secrets.signing)
        self.index = Index.open(self.file, trusted=trusted, now=issued)
        self.newest = SignedCheckpoint.parse(self.read(f"v1/log/{CHECKPOINT_PATH}"))
        head = LogHead(size=self.newest.checkpoint.size, note=self.newest.note)
        if not head.is_signed_by(secrets.log_signer):
            raise PolicyError(f"{folder} holds the log of another server")
        self.entries = audit(self.newest.checkpoint, lambda path: self.read(f"v1/log/{path}"))
        self.days = [
            day.open(self.read(f"v1/days/{day.name}"), region=self.index.region)
            for day in self.index.days
        ]

    def read(self, path: str) -> bytes:
        """Return a file; OSError where there is none."""
        return (self._folder / path).read_bytes()

    @property
    def listed(self) -> list[IndexEntry]:
        """Every batch that the index names, oldest first."""
        return [*(entry for day in self.days for entry in day.entries), *self.index.entries]

    def key_files(self) -> list[KeyFile]:
        """The key files that their list names."""
        lines = self.read("v1/exports/index.txt").decode("ascii").splitlines()
        found = [match for line in lines if (match := _KEY_FILE.fullmatch(line))]
        return [
            KeyFile.of(
                self.read(each.string), name=each["name"], release=Instant(int(each["release"]))
            )
            for each in found
        ]


async def catch_up(parts: Parts, folder: Path) -> int:
    """Take over what a tree has and the database lacks; return how many batches [STATIC-4].

    Records that were waiting when the copy was made and have been published since are erased. The
    record of facilities becomes that of the tree [FACILITIES-SERVER-18].

    Raises:
        PolicyError: the tree is no newer, of another server or region, or the database has
            published something else since it was restored.
        Dp3tError: the tree is damaged.
        OSError: a file of it is missing.
    """
    secrets = parts.secrets.load()
    tree = _Tree(folder, secrets)
    if tree.index.region != parts.config.region:
        raise PolicyError(f"{folder} is of another region")
    async with parts.store.writing(alone=Lock.SECRETS) as transaction:
        await transaction.slots.skip_to(tree.index.issued)  # locks as a publisher does
        for lock in (Lock.KEYS, Lock.FACILITIES, Lock.INDEX):
            await transaction.alone_with(lock)
        files = await _require_continued(transaction, tree)
        if tree.index.number <= await transaction.index.number():
            raise PolicyError(f"{folder} holds nothing that the database lacks")
        new = [entry for entry in tree.listed if await _is_new(transaction, entry)]
        for entry in new:
            await _take_batch(transaction, tree, entry, secrets)
        await _take_key_files(transaction, tree.key_files())
        await take_token_lists(transaction, tree.entries)
        await _take_record(transaction, parts, tree)
        await transaction.log.replace(files, tree.newest.note, release=tree.index.issued)
        await transaction.index.replace(
            tree.file, tree.days, issued=tree.index.issued, number=tree.index.number
        )
    await parts.publisher.scrub()
    return len(new)


async def _require_continued(transaction: Transaction, tree: _Tree) -> Mapping[str, bytes]:
    """Return the files of the tree's log, once it is known to continue the database's."""
    head = await transaction.log.head()
    files = Edge().append(entry.encode() for entry in tree.entries).files
    if head is not None and not continues(SignedCheckpoint.parse(head.note), tree.newest, files):
        raise PolicyError("the database has published something else since it was restored")
    return files


async def _is_new(transaction: Transaction, entry: IndexEntry) -> bool:
    """Return whether the database lacks a batch; one of its name that it has is the same."""
    known = await transaction.batch(entry.design, entry.release)
    if known is not None and known.digest != entry.digest:
        raise PolicyError(f"the database has another batch {entry.name}")
    return known is None


async def _take_batch(
    transaction: Transaction, tree: _Tree, entry: IndexEntry, secrets: Secrets
) -> None:
    """Store a batch as published, and erase what of it still waits."""
    data = tree.read(f"v1/batches/{entry.name}")
    entry.require_describes(data)
    name = BatchName(design=entry.design, region=tree.index.region, release=entry.release)
    await transaction.add_batch(name, data)
    if tree.entries[entry.leaf : entry.leaf + 1] != (entry.logged(tree.index.region),):
        raise PolicyError(f"the log of the tree does not hold batch {entry.name}")
    await transaction.index.set_leaf(entry)
    batch = Batch.decode(data[HEADER_BYTES:])
    take = _take_keys if entry.design in DESIGN_NAMES else _take_traces
    await take(transaction, batch, secrets.digest_key)


async def take_token_lists(transaction: Transaction, entries: Sequence[Entry]) -> None:
    """Note which days have a list of token keys in the log: there is never a second [TOKENS-14].

    The lists themselves, and the keys made since the copy, are lost.
    """
    for leaf, entry in enumerate(entries):
        day = day_of(entry.moment)
        if entry.kind == TOKEN_KEYS_KIND and not await transaction.tokens.has_list(day):
            await transaction.tokens.add_list(day, b"", leaf=leaf)


async def _take_record(transaction: Transaction, parts: Parts, tree: _Tree) -> None:
    from dp3t_server.facility_catching_up import take_record  # with it dp3t.facilities

    await take_record(transaction, parts, tree.entries, read=tree.read)


async def _take_keys(transaction: Transaction, batch: Batch, digest_key: bytes) -> None:
    """Remember the keys of a batch, and erase those that waited for its release."""
    try:
        table = KeyTable.decode(batch.content)
    except MalformedError:  # a filter, which does not show its keys
        table = KeyTable(())
    memories = Memories(batch.design, table, digest_key=digest_key)
    if len(memories):
        await transaction.remember(batch.design, batch.release, memories.part(0, len(memories)))
    await transaction.erase_due(batch.design, batch.release)


async def _take_traces(transaction: Transaction, batch: Batch, digest_key: bytes) -> None:
    """Do the same with a batch of traces."""
    from dp3t_server.trace_content import memories_of  # with it dp3t.presence

    memories = memories_of(batch, digest_key=digest_key)
    await transaction.traces.remember(memories, batch.release)
    await transaction.traces.erase_due(batch.release)


async def _take_key_files(transaction: Transaction, files: Sequence[KeyFile]) -> None:
    known = await transaction.key_files.digests()
    for file in files:
        if file.name not in known:
            await transaction.key_files.add(file)
