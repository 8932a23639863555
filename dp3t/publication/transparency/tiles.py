"""Tiles: the log as static files, in the layout of C2SP tlog-tiles.

A tile holds 256 neighbouring hashes of one level, or fewer at the right edge of the tree; a level
counts 8 storeys of the tree. A bundle holds the 256 entries under a tile of level 0. A full tile
never changes, so a growing log writes each of them once and at most nine smaller files each time.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dp3t.errors import LimitError, MalformedError
from dp3t.publication.transparency.merkle import HASH_BYTES, MAX_SIZE

TILE_WIDTH = 256
STOREYS = 8
"""How many storeys of the tree a level counts: 2**8 is the width of a tile."""

ENTRIES = -1
"""What a bundle of entries has for its level."""

MAX_LEVEL = 7
MAX_BUNDLE_ENTRY_BYTES = 2**16 - 1

Read = Callable[[str], bytes]
"""`read(path)` returns a file of the log, or raises LookupError where there is none."""

_PATH = re.compile(
    r"tile/(entries|[0-7])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Tile:
    """Which file it is.

    Attributes:
        level: 0 to 7, or ENTRIES.
        index: its number among the tiles of its level, from 0.
        width: how many hashes or entries it holds, 1 to 256.

    Raises:
        MalformedError: no log has such a tile [TRANSPARENCY-9].
    """

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not ENTRIES <= self.level <= MAX_LEVEL or self.index < 0:
            raise MalformedError("no log has a tile of that level or number")
        if not 1 <= self.width <= TILE_WIDTH:
            raise MalformedError(f"a tile holds 1 to {TILE_WIDTH} hashes")
        first = (self.index * TILE_WIDTH + self.width) << STOREYS * max(self.level, 0)
        if first > MAX_SIZE:
            raise MalformedError("no log is large enough for that tile")

    @property
    def path(self) -> str:
        """Where the tile lies below the address of the log [TRANSPARENCY-9]."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        partial = f".p/{self.width}" if self.width < TILE_WIDTH else ""
        return f"tile/{level}/{'/'.join(groups)}{partial}"

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Return the tile that lies at a path [TRANSPARENCY-9].

        Raises:
            MalformedError: no tile has this path.
        """
        found = _PATH.fullmatch(path)
        if found is None:
            raise MalformedError("not the path of a tile")
        level, index, width = found.groups()
        tile = cls(
            level=ENTRIES if level == "entries" else int(level),
            index=int(index.replace("x", "").replace("/", "")),
            width=int(width or TILE_WIDTH),
        )
        if tile.path != path:
            raise MalformedError("not the path of a tile")
        return tile


def edge_tiles(size: int) -> Iterator[Tile]:
    """Yield the partial tiles of a log of `size` entries, its partial bundle first."""
    for level in range(ENTRIES, MAX_LEVEL + 1):
        index, width = divmod(size >> STOREYS * max(level, 0), TILE_WIDTH)
        if width:
            yield Tile(level, index, width)


def tile_with(level: int, index: int, size: int) -> Tile:
    """Return the tile of a log of `size` entries that holds number `index` of a level.

    Raises:
        MalformedError: the log has no such hash.
    """
    number, within = divmod(index, TILE_WIDTH)
    width = min(TILE_WIDTH, (size >> STOREYS * max(level, 0)) - number * TILE_WIDTH)
    if index < 0 or within >= width:
        raise MalformedError(f"a log of {size} entries has no number {index} on level {level}")
    return Tile(level, number, width)


def read_tile(tile: Tile, read: Read) -> bytes:
    """Return the file of a tile, cut from the full one if it is gone [TRANSPARENCY-5].

    Raises:
        LookupError: `read` has neither.
        MalformedError: not as long as the tile is wide [TRANSPARENCY-11].
    """
    try:
        data = read(tile.path)
    except LookupError:
        if tile.width == TILE_WIDTH:
            raise
        return _begin(tile, read_tile(Tile(tile.level, tile.index), read))
    if tile.level != ENTRIES and len(data) != tile.width * HASH_BYTES:
        raise MalformedError(f"{tile.path} has {len(data)} bytes, not {tile.width * HASH_BYTES}")
    return data


def _begin(tile: Tile, full: bytes) -> bytes:
    """Return the partial tile that a full one began as."""
    if tile.level == ENTRIES:
        return join_bundle(split_bundle(full, TILE_WIDTH)[: tile.width])
    return full[: tile.width * HASH_BYTES]


def hashes_in(data: bytes) -> list[bytes]:
    """Return the hashes of a tile."""
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def join_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of entries: before each its length, 2 bytes, big-endian [TRANSPARENCY-10].

    Raises:
        LimitError: an entry of more than 65,535 bytes.
    """
    if any(len(entry) > MAX_BUNDLE_ENTRY_BYTES for entry in entries):
        raise LimitError(f"an entry has at most {MAX_BUNDLE_ENTRY_BYTES} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def split_bundle(data: bytes, width: int) -> list[bytes]:
    """Return the entries of a bundle [TRANSPARENCY-10].

    Raises:
        MalformedError: not exactly `width` entries.
    """
    entries, at = list[bytes](), 0
    while at < len(data) and len(entries) < width:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise MalformedError("a bundle of entries is truncated")
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data) or len(entries) != width:
        raise MalformedError(f"a bundle does not hold {width} entries")
    return entries
