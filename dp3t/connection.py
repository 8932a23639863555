"""Requests of a phone, which are the same from every phone, and what they have brought."""

from collections.abc import Iterable
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp

from dp3t.errors import LimitError, TransportError
from dp3t.publication.index import Index
from dp3t.publication.server_view import ServerView, Witnesses
from dp3t.publication.transparency import StoredTree, Tile, consistency_tiles
from dp3t.timeline import Instant

_CHUNK_BYTES = 2**16
_MAX_TILE_BYTES = 256 * 32
_TIMEOUT_SECONDS = 60
_USER_AGENT = "dp3t"


class ConnectionFailedError(TransportError):
    """No answer came; the next request would fare no better."""


class Connection:
    """Requests that are the same from every phone [CLIENT-8] [CLIENT-9]."""

    def __init__(
        self,
        base_url: str,
        connector: aiohttp.BaseConnector | None = None,
        *,
        apart: bool = False,
    ) -> None:
        """Prepare requests.

        Args:
            base_url: scheme, host and port, and a path prefix if the server has one.
            connector: connections to share, which stay open; new ones are made otherwise.
            apart: whether each request has a connection of its own, whatever could be shared.
        """
        self._base_url = base_url.rstrip("/")
        self._connector = connector
        self._apart = apart
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Begin a session; it has no cookies, so that nothing marks the phone."""
        own = aiohttp.TCPConnector(force_close=True) if self._apart else None
        self._session = aiohttp.ClientSession(
            connector=own or self._connector,
            connector_owner=self._connector is None,
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """End it."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        limit: int,
        body: bytes | None = None,
        etag: str = "",
        token: str = "",
    ) -> tuple[int, bytes]:
        """Return status and body of an answer, 200 or 304, of no more than `limit` bytes.

        With a token, an operator's, the request says whose it is.
        """
        if self._session is None:
            raise TypeError("use the client in an `async with` block")
        headers = {"User-Agent": _USER_AGENT}
        if etag:
            headers["If-None-Match"] = etag
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/octet-stream"
        try:
            async with self._session.request(
                method, self._base_url + path, data=body, headers=headers, allow_redirects=False
            ) as response:
                if response.status != 200 and not (etag and response.status == 304):
                    raise TransportError(f"{method} {path}: {_refusal(response.status)}")
                return response.status, await _read(response, limit)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ConnectionFailedError(
                f"{method} {path}: no answer from the server ({type(error).__name__})"
            ) from error


class Connected:
    """A client with one connection; use it as an asynchronous context manager."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def __aenter__(self) -> Self:
        self._connection.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._connection.close()


class Fetched:
    """What one update has fetched: how much, and the tiles of the log."""

    def __init__(self, connection: Connection) -> None:
        self.total = 0
        self._connection = connection
        self._tiles: dict[str, bytes] = {}

    async def get(self, path: str, *, limit: int) -> bytes:
        """Fetch a file of at most so many bytes."""
        _, data = await self._connection.request("GET", path, limit=limit)
        self.total += len(data)
        return data

    async def tree(self, size: int, tiles: Iterable[Tile]) -> StoredTree:
        """Return the log of a size, of which some tiles can be read."""
        for tile in tiles:
            if tile.path not in self._tiles:
                await self._fetch(tile)
        return StoredTree(size, self._tiles.__getitem__)

    async def _fetch(self, tile: Tile) -> None:
        """Fetch a tile, or the full one where the log has that by now [TRANSPARENCY-5]."""
        full = Tile(tile.level, tile.index)
        try:
            await self._take(tile)
        except ConnectionFailedError:
            raise
        except TransportError:
            if tile == full:
                raise
            await self._take(full)

    async def _take(self, tile: Tile) -> None:
        self._tiles[tile.path] = await self.get(f"/v1/log/{tile.path}", limit=_MAX_TILE_BYTES)


async def continued(
    fetched: Fetched, view: ServerView, data: bytes, *, now: Instant, witnesses: Witnesses
) -> tuple[Index, ServerView]:
    """Return a signed index and what is known of its server once the log continues [CLIENT-13].

    Args:
        fetched: where tiles of the log come from.
        view: what was known of the server.
        data: the signed index.
        now: the reader's own time.
        witnesses: who else has to have seen what the log shows.

    Raises:
        Dp3tError: what `ServerView.accept` and `with_checkpoint` raise.
        TransportError: a tile is not to be had.
    """
    index, accepted = view.accept(data, now=now)
    size, old = accepted.log_size(index), accepted.log.size
    proof: tuple[bytes, ...] = ()
    if 0 < old < size:
        tree = await fetched.tree(size, consistency_tiles(old, size))
        proof = tree.prefix_proof(old)
    return index, accepted.with_checkpoint(index, proof, now=now, witnesses=witnesses)


def _refusal(status: int) -> str:
    said = f"the server answered {status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return f"{said}: too many requests from here, try again in a minute"
    return said


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    chunks = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        chunks += chunk
        if len(chunks) > limit:
            raise LimitError("the server sent more than the protocol allows")
    return bytes(chunks)
