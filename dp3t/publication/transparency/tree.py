"""A stored tree: proofs out of its tiles, and the tiles that a growing one changes.

What is read here is trusted no further than its length: a proof from false tiles does not verify,
and an edge is compared with the root it ought to have.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dp3t.errors import VerificationError
from dp3t.primitives import equal
from dp3t.publication.transparency.merkle import (
    EMPTY_ROOT,
    Stretch,
    consistency_stretches,
    inclusion_stretches,
    leaf_hash,
    root_of,
    stretch_hash,
    subtrees,
)
from dp3t.publication.transparency.tiles import (
    ENTRIES,
    MAX_LEVEL,
    STOREYS,
    TILE_WIDTH,
    Read,
    Tile,
    edge_tiles,
    hashes_in,
    join_bundle,
    read_tile,
    split_bundle,
    tile_with,
)


class StoredTree:
    """A log of a certain size, in its tiles; it remembers those it has read.

    Attributes:
        size: how many entries the log has.
    """

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[Tile, bytes] = {}

    def root(self) -> bytes:
        """Return the root [TRANSPARENCY-1]."""
        return stretch_hash((0, self.size), self._node) if self.size else EMPTY_ROOT

    def entry(self, index: int) -> bytes:
        """Return entry `index`, as it is encoded."""
        tile = tile_with(ENTRIES, index, self.size)
        return split_bundle(self._tile(tile), tile.width)[index % TILE_WIDTH]

    def inclusion_proof(self, index: int) -> tuple[bytes, ...]:
        """Return the proof that entry `index` is in the log [TRANSPARENCY-2]."""
        return self._hashes(inclusion_stretches(index, self.size))

    def consistency_proof(self, old: int) -> tuple[bytes, ...]:
        """Return the proof that the log began with its first `old` entries [TRANSPARENCY-2]."""
        if old == 0:
            return ()
        stretches = consistency_stretches(old, self.size)
        return self._hashes(stretches[1:] if stretches[0][0] == 0 else stretches)

    def prefix_proof(self, old: int) -> tuple[bytes, ...]:
        """Return the proof of which root the first entries have, at least 1 [TRANSPARENCY-26].

        It is the consistency proof with the hash that this leaves out where `old` is a power of
        two.
        """
        return self._hashes(consistency_stretches(old, self.size))

    def _hashes(self, stretches: Iterable[Stretch]) -> tuple[bytes, ...]:
        return tuple(stretch_hash(stretch, self._node) for stretch in stretches)

    def _node(self, level: int, index: int) -> bytes:
        """Return the hash of a whole subtree, out of the tile whose hashes lie just below it."""
        tile_level, storey = divmod(level, STOREYS)
        first = index << storey
        tile = tile_with(tile_level, first, self.size)
        at = first % TILE_WIDTH
        return root_of(hashes_in(self._tile(tile))[at : at + (1 << storey)])

    def _tile(self, tile: Tile) -> bytes:
        if tile not in self._tiles:
            self._tiles[tile] = read_tile(tile, self._read)
        return self._tiles[tile]


def inclusion_tiles(index: int, size: int) -> list[Tile]:
    """Return the tiles that an inclusion proof is made of, for whoever fetches them first."""
    return _tiles_of(inclusion_stretches(index, size), size)


def consistency_tiles(old: int, new: int) -> list[Tile]:
    """Return the tiles that a consistency proof is made of, and a prefix proof."""
    return _tiles_of(consistency_stretches(old, new) if old else [], new)


def _tiles_of(stretches: Iterable[Stretch], size: int) -> list[Tile]:
    found = dict[Tile, None]()
    for stretch in stretches:
        for level, first in subtrees(*stretch):
            storeys = STOREYS * (level // STOREYS)
            found[tile_with(level // STOREYS, first >> storeys, size)] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a log: all that is needed to append to it.

    Attributes:
        size: how many entries the log has.
        rows: the hashes of the partial tile of each level, from level 0 up.
        entries: the entries of the partial bundle.
    """

    size: int = 0
    rows: tuple[tuple[bytes, ...], ...] = ((),) * (MAX_LEVEL + 1)
    entries: tuple[bytes, ...] = ()

    @classmethod
    def load(cls, size: int, *, root: bytes, read: Read) -> "Edge":
        """Return the edge of a stored log of `size` entries [TRANSPARENCY-13].

        Raises:
            LookupError: `read` lacks one of its files.
            MalformedError: a file does not have the length of its tile.
            VerificationError: the files have another root, the one of a checkpoint for instance.
        """
        entries, rows = tuple[bytes, ...](), [tuple[bytes, ...]()] * (MAX_LEVEL + 1)
        for tile in edge_tiles(size):
            data = read_tile(tile, read)
            if tile.level == ENTRIES:
                entries = tuple(split_bundle(data, tile.width))
            else:
                rows[tile.level] = tuple(hashes_in(data))
        edge = cls(size, tuple(rows), entries)
        if not equal(edge.root(), root) or rows[0] != tuple(map(leaf_hash, entries)):
            raise VerificationError("the stored tiles are not those of this log")
        return edge

    def root(self) -> bytes:
        """Return the root of the log [TRANSPARENCY-1]."""
        right: tuple[bytes, ...] = ()
        for row in self.rows:
            right = (root_of((*row, *right)),) if row or right else ()
        return right[0] if right else EMPTY_ROOT

    def append(self, entries: Iterable[bytes]) -> "Growth":
        """Return the edge after more entries, and the files that this adds [TRANSPARENCY-12].

        The work and the memory are in proportion to the new entries.

        Raises:
            LimitError: an entry of more than 65,535 bytes.
        """
        size, files = self.size, dict[str, bytes]()
        rows, bundle = [list(row) for row in self.rows], list(self.entries)
        for entry in entries:
            bundle.append(entry)
            rows[0].append(leaf_hash(entry))
            size += 1
            if len(bundle) == TILE_WIDTH:
                files[Tile(ENTRIES, size // TILE_WIDTH - 1).path] = join_bundle(bundle)
                bundle = []
                _fill(rows, size, files)
        edge = Edge(size, tuple(map(tuple, rows)), tuple(bundle))
        return Growth(edge, files | edge.files())

    def files(self) -> dict[str, bytes]:
        """Return the partial tiles and the partial bundle, by path."""
        return {
            tile.path: join_bundle(self.entries)
            if tile.level == ENTRIES
            else b"".join(self.rows[tile.level])
            for tile in edge_tiles(self.size)
        }


@dataclass(frozen=True, slots=True)
class Growth:
    """What an append gives.

    Attributes:
        edge: the new edge.
        files: the content of each tile and bundle that is new, by path; the full ones never change.
    """

    edge: Edge
    files: Mapping[str, bytes]


def _fill(rows: Sequence[list[bytes]], size: int, files: dict[str, bytes]) -> None:
    """Move each row that has become a full tile to the files, and its root one level up."""
    for level, row in enumerate(rows):
        if len(row) < TILE_WIDTH:
            return
        number = (size >> STOREYS * (level + 1)) - 1
        files[Tile(level, number).path] = b"".join(row)
        rows[level + 1].append(root_of(row))
        row.clear()
