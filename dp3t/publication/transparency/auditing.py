"""An audit: the whole of a log, read and counted again."""

from dp3t.errors import VerificationError
from dp3t.primitives import equal
from dp3t.publication.transparency.checkpoint import Checkpoint
from dp3t.publication.transparency.entry import Entry, require_one_file_each
from dp3t.publication.transparency.tiles import (
    ENTRIES,
    TILE_WIDTH,
    Read,
    read_tile,
    split_bundle,
    tile_with,
)
from dp3t.publication.transparency.tree import Edge


def audit(checkpoint: Checkpoint, read: Read) -> tuple[Entry, ...]:
    """Return all entries of a log, from its bundles alone.

    Args:
        checkpoint: what `LogPolicy.open` found the log to have signed.
        read: returns the bundles by path.

    Raises:
        LookupError: `read` lacks a bundle.
        MalformedError: a bundle of other length, or an entry that no log may hold [TRANSPARENCY-7].
        VerificationError: the entries have another root [TRANSPARENCY-4], or two of them are of one
            kind, region, name and moment [TRANSPARENCY-8].
    """
    edge, found = Edge(), list[Entry]()
    for first in range(0, checkpoint.size, TILE_WIDTH):
        bundle = tile_with(ENTRIES, first, checkpoint.size)
        entries = split_bundle(read_tile(bundle, read), bundle.width)
        edge = edge.append(entries).edge
        found += map(Entry.decode, entries)
    if not equal(edge.root(), checkpoint.root):
        raise VerificationError("the bundles hold other entries than the log")
    require_one_file_each(found)
    return tuple(found)
