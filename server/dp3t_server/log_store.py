"""The transparency log as the database has it: its files, and where it stands.

The files are those of the static layout, by path, so that a route or a folder shows them as they
are. A partial tile is replaced by wider ones as the log grows; it stays for as long as the batches
of its time, for readers that hold an index of then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Dp3tError, Instant, SplitViewError
from dp3t.publication.transparency import (
    Checkpoint,
    Edge,
    Entry,
    Note,
    NoteKeyType,
    NoteSigner,
    SignedCheckpoint,
    StoredTree,
    compare,
    edge_tiles,
)
from dp3t_server.rows import insert_into
from dp3t_server.tables import log_files, log_head

_PARTIAL = ".p/"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """Where the log stands.

    Attributes:
        size: how many entries it has.
        note: the signed checkpoint, with the lines of witnesses that have come since.
    """

    size: int
    note: bytes = field(repr=False)

    def is_signed_by(self, signer: NoteSigner) -> bool:
        """Return whether the log's key, and not another, has signed the checkpoint."""
        try:
            Note.decode(self.note).verified([signer.key(NoteKeyType.LOG)])
        except Dp3tError:
            return False
        return True


class LogStore:
    """The log inside an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def head(self) -> LogHead | None:
        """Return where the log stands; None before its first entry."""
        row = (await self._connection.execute(select(log_head))).one_or_none()
        return None if row is None else LogHead(size=row.size, note=row.note)

    async def append(
        self, entries: Sequence[Entry], *, signer: NoteSigner, release: Instant
    ) -> LogHead:
        """Append entries, sign the new checkpoint, and return where the log stands then.

        Where nothing is appended, the present checkpoint stays, with what witnesses added to it.

        Args:
            entries: in their order; the first gets the place that `size` was.
            signer: the log's key.
            release: the release whose files they are.

        Raises:
            VerificationError: the stored files are not those of the stored checkpoint.
        """
        former = await self.head()
        if former is not None and not entries:
            return former
        edge = await self.edge(former)
        grown = edge.append(entry.encode() for entry in entries)
        await self._write(grown.files, release)
        checkpoint = Checkpoint(origin=signer.name, size=grown.edge.size, root=grown.edge.root())
        return await self.set_head(checkpoint.sign(signer), size=checkpoint.size)

    async def edge(self, head: LogHead | None) -> Edge:
        """Return the stored right edge of the log; the empty one before its first entry.

        Raises:
            LookupError: a tile of it is missing.
            MalformedError: a tile or the checkpoint is damaged.
            VerificationError: the stored files are not those of the stored checkpoint.
        """
        if head is None:
            return Edge()
        paths = [tile.path for tile in edge_tiles(head.size)]
        query = select(log_files.c.path, log_files.c.data).where(log_files.c.path.in_(paths))
        files: dict[str, bytes] = {
            row.path: row.data for row in await self._connection.execute(query)
        }
        root = SignedCheckpoint.parse(head.note).checkpoint.root
        return Edge.load(head.size, root=root, read=files.__getitem__)

    async def replace(self, files: Mapping[str, bytes], note: bytes, *, release: Instant) -> None:
        """Replace the whole log by one that is longer, and its checkpoint."""
        await self._connection.execute(delete(log_files))
        await self._write(files, release)
        await self.set_head(note, size=SignedCheckpoint.parse(note).checkpoint.size)

    async def set_head(self, note: bytes, *, size: int) -> LogHead:
        """Replace the checkpoint."""
        await self._connection.execute(delete(log_head))
        await self._connection.execute(insert(log_head), {"place": 1, "size": size, "note": note})
        return LogHead(size=size, note=note)

    async def file(self, path: str) -> bytes | None:
        """Return a tile or a bundle; None where there is none."""
        query = select(log_files.c.data).where(log_files.c.path == path)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def files(self) -> dict[str, bytes]:
        """Return all tiles and bundles, by their paths."""
        rows = await self._connection.execute(select(log_files.c.path, log_files.c.data))
        return {row.path: row.data for row in rows}

    async def forget(self, *, before: Instant) -> None:
        """Erase the partial tiles of older releases; a full one, and the newest, stand for ever."""
        head = await self.head()
        current = {tile.path for tile in edge_tiles(head.size)} if head else set()
        old = select(log_files.c.path).where(
            log_files.c.path.contains(_PARTIAL), log_files.c.release < before
        )
        gone = set((await self._connection.execute(old)).scalars()) - current
        if gone:
            await self._connection.execute(
                delete(log_files).where(log_files.c.path.in_(sorted(gone)))
            )

    async def _write(self, files: Mapping[str, bytes], release: Instant) -> None:
        rows = [
            {"path": path, "release": release, "data": data} for path, data in sorted(files.items())
        ]
        if rows:  # a partial tile of a higher level is of many edges, and stays for the last
            insertion = insert_into(self._connection, log_files)
            renewed = insertion.on_conflict_do_update(
                index_elements=[log_files.c.path], set_={"release": insertion.excluded.release}
            )
            await self._connection.execute(renewed, rows)


def continues(old: SignedCheckpoint, new: SignedCheckpoint, files: Mapping[str, bytes]) -> bool:
    """Return whether one checkpoint of a log continues another.

    Args:
        old: what was seen before.
        new: what is there now.
        files: the tiles of the log that `new` is of, by path.
    """
    size, larger = old.checkpoint.size, new.checkpoint.size
    if size > larger:
        return False
    proof: tuple[bytes, ...] = ()
    if 0 < size < larger:
        proof = StoredTree(larger, files.__getitem__).prefix_proof(size)
    try:
        compare(old, new, proof)
    except SplitViewError:
        return False
    return True


def log_key(signer: NoteSigner) -> str:
    """Return the log's verification key, as an index names it."""
    return signer.key(NoteKeyType.LOG).encode()
