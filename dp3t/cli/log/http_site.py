"""A site that is asked over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp

from dp3t.errors import LimitError, TransportError
from dp3t.publication.batch import MAX_BATCH_BYTES

_MOST_BYTES = MAX_BATCH_BYTES + 2**10
_PART_BYTES = 2**16
_TIMEOUT_SECONDS = 120


@asynccontextmanager
async def server_at(url: str) -> AsyncIterator["HttpSite"]:
    """Open a server or whoever hands out its files."""
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield HttpSite(url.rstrip("/"), session)


class HttpSite:
    """A live server, or whoever hands out its files."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def read(self, path: str) -> bytes:
        """Return a file by its path below the address.

        Raises:
            TransportError: there is none, or it cannot be read.
            LimitError: it is longer than any published file.
        """
        place = f"{self._url}/{path}"
        try:
            async with self._session.get(place, allow_redirects=False) as answer:
                if answer.status != HTTPStatus.OK:
                    raise TransportError(f"{place}: answered {answer.status}")
                return await _body(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TransportError(f"{place}: {type(error).__name__}") from None


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    found = bytearray()
    async for part in answer.content.iter_chunked(_PART_BYTES):
        found += part
        if len(found) > _MOST_BYTES:
            raise LimitError("the answer is longer than any published file")
    return bytes(found)
