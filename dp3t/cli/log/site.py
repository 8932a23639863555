"""A server or a static tree of its files, as an auditor reads it: by path, and nothing but GET."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from dp3t.cli.boundary import NotInstalledError
from dp3t.errors import TransportError
from dp3t.publication.transparency import StoredTree, Tile, consistency_tiles
from dp3t.publication.transparency.tiles import TILE_WIDTH

LOG = "v1/log"
"""Where the log lies below the address."""


class Site(Protocol):
    """Where published files lie."""

    async def read(self, path: str) -> bytes:
        """Return a file by its path below the address.

        Raises:
            TransportError: there is none, or it cannot be read.
        """


@asynccontextmanager
async def opened(place: str) -> AsyncIterator[Site]:
    """Open an address that begins with http:// or https://, or else a folder."""
    if not place.startswith(("http://", "https://")):
        yield _Folder(Path(place))
        return
    try:
        from dp3t.cli.log.http_site import server_at
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name, extra="client") from None
    async with server_at(place) as site:
        yield site


class _Folder:
    """A static tree."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read(self, path: str) -> bytes:
        try:
            return (self._folder / path).read_bytes()
        except OSError as error:
            raise TransportError(f"{self._folder / path}: {error.strerror}") from None


async def proof_between(site: Site, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof of which root the first entries of a log have, from its tiles.

    Args:
        site: where the log lies.
        old: how many entries, at least 1.
        new: the size of the log, larger than that.

    Raises:
        TransportError: a tile cannot be read.
        MalformedError: a tile of the wrong length.
    """
    files = await tile_files(site, consistency_tiles(old, new))
    return StoredTree(new, files.__getitem__).prefix_proof(old)


async def tile_files(site: Site, tiles: Iterable[Tile]) -> dict[str, bytes]:
    """Return the files that tiles are read from, by their paths below the log.

    In place of a partial tile that is gone there is the full one [TRANSPARENCY-5].

    Raises:
        TransportError: a tile cannot be read.
    """
    files = dict[str, bytes]()
    for tile in tiles:
        try:
            files[tile.path] = await site.read(f"{LOG}/{tile.path}")
        except TransportError:
            if tile.width == TILE_WIDTH:
                raise
            full = Tile(tile.level, tile.index).path
            files[full] = await site.read(f"{LOG}/{full}")
    return files
