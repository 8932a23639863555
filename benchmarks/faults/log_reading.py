"""The server's log as its readers see it: proofs out of tiles, and the whole log counted again."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from dp3t import Instant, VerificationError
from dp3t.primitives import equal
from dp3t.publication import Index, IndexEntry, ServerView
from dp3t.publication.transparency import (
    BATCH_KIND,
    CHECKPOINT_PATH,
    Edge,
    Entry,
    SignedCheckpoint,
    StoredTree,
    Tile,
    audit,
    consistency_tiles,
    inclusion_tiles,
)

Fetch = Callable[[str], Awaitable[bytes]]
"""Return a file of the server by its path, or raise LookupError where there is none."""

_BUNDLE_ENTRIES = 256


@dataclass(slots=True)
class LogReader:
    """What a reader of the log has seen.

    Attributes:
        checkpoints: the root at each size that the log ever signed.
        entries: the whole log as it was last counted.
    """

    checkpoints: dict[int, bytes] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()

    async def follow(
        self, view: ServerView, index: Index, fetch: Fetch, *, now: Instant
    ) -> ServerView:
        """Return the view that has accepted an index's checkpoint, as a phone does.

        Raises:
            Dp3tError: the checkpoint does not continue the last one, or a tile is wrong.
            LookupError: a tile is missing.
        """
        size, old, proof = view.log_size(index), view.log.size, tuple[bytes, ...]()
        if 0 < old < size:
            proof = (await _tree(size, consistency_tiles(old, size), fetch)).prefix_proof(old)
        return view.with_checkpoint(index, proof, now=now)

    async def require_logged(self, view: ServerView, entry: IndexEntry, fetch: Fetch) -> None:
        """Check that the log holds a batch where the index says, as a phone does.

        Raises:
            Dp3tError: it does not.
            LookupError: a tile is missing.
        """
        size = view.log.size
        if entry.leaf >= size:
            raise VerificationError(f"the log has no place {entry.leaf} yet")
        tree = await _tree(size, inclusion_tiles(entry.leaf, size), fetch)
        view.require_logged(entry, tree.inclusion_proof(entry.leaf))

    async def count_again(self, view: ServerView, index: Index, fetch: Fetch) -> None:
        """Read the whole log as of an index and as of its newest checkpoint; compare with all seen.

        Raises:
            Dp3tError: it is not one history.
            LookupError: a bundle is missing.
        """
        policy = view.policy()
        newest = policy.open(await fetch(f"/v1/log/{CHECKPOINT_PATH}"))
        for signed in (policy.open(index.checkpoint), newest):
            checkpoint = signed.checkpoint
            bundles = await _bundles(checkpoint.size, fetch)
            self.entries = audit(checkpoint, bundles.__getitem__)
            self.remember(signed)
        self._require_one_history()

    def remember(self, signed: SignedCheckpoint) -> None:
        """Keep a checkpoint for ever.

        Raises:
            VerificationError: there was another one of its size.
        """
        checkpoint = signed.checkpoint
        if not equal(
            self.checkpoints.setdefault(checkpoint.size, checkpoint.root), checkpoint.root
        ):
            raise VerificationError(f"two checkpoints of {checkpoint.size} entries differ")

    def _require_one_history(self) -> None:
        """Compute the root of each size that was ever signed from the entries as they are now."""
        edge = Edge()
        for size, root in sorted(self.checkpoints.items()):
            edge = edge.append(one.encode() for one in self.entries[edge.size : size]).edge
            if not equal(edge.root(), root):
                raise VerificationError(f"the log does not begin with the {size} entries of before")

    def batches(self) -> Mapping[str, bytes]:
        """Return the digest of each batch in the log, by the batch's name."""
        return {
            f"{entry.name}-{entry.moment}": entry.digest
            for entry in self.entries
            if entry.kind == BATCH_KIND
        }


async def _tree(size: int, tiles: Iterable[Tile], fetch: Fetch) -> StoredTree:
    read = {tile.path: await fetch(f"/v1/log/{tile.path}") for tile in tiles}
    return StoredTree(size, read.__getitem__)


async def _bundles(size: int, fetch: Fetch) -> dict[str, bytes]:
    """Fetch every bundle of a log."""
    tiles = [
        Tile(-1, first // _BUNDLE_ENTRIES, min(_BUNDLE_ENTRIES, size - first))
        for first in range(0, size, _BUNDLE_ENTRIES)
    ]
    return {tile.path: await fetch(f"/v1/log/{tile.path}") for tile in tiles}
