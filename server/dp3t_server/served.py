"""Published files in memory, so that a download does not ask the database.

Several processes share one database, and each of them publishes and erases. Whatever one of them
publishes or erases, it replaces the index in the same transaction. So the files kept here count as
long as the index is the same; whether it is, is looked up at most every `SEEN_WITHIN_SECONDS`, and
anew after this process has replaced it [SERVER-74]. The files are public; nothing else is kept.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from dp3t_server.files import PublicFile

SEEN_WITHIN_SECONDS = 1.0
MOST_BYTES = 2**26
"""How much is kept; what was asked for least recently goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A file as it is answered.

    Attributes:
        file: the file.
        cache: `CHANGES` or `STAYS`.
        kind: its media type.
        route: the pattern of its path, for limits and metrics.
    """

    file: PublicFile
    cache: str
    kind: str
    route: str


class Snapshot(Protocol):
    """A transaction that sees one state of the database."""

    async def index_digest(self) -> bytes | None:
        """Return the digest of the index; None before the first publication."""


_T = TypeVar("_T", bound=Snapshot)


class ServedFiles(Generic[_T]):
    """The files that are asked for, as this process knows them.

    Args:
        reading: opens a transaction.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractAsyncContextManager[_T]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reading = reading
        self._clock = clock
        self._index_digest: bytes | None = None
        self._files = OrderedDict[str, Served]()
        self._bytes = 0
        self._counts_until = -math.inf
        self._forgotten = 0
        self._looking, self._loading = asyncio.Lock(), asyncio.Lock()

    def at_hand(self, path: str) -> Served | None:
        """Return a file that is in memory and counts, without asking anybody."""
        if self._clock() >= self._counts_until or path not in self._files:
            return None
        self._files.move_to_end(path)
        return self._files[path]

    async def file(
        self,
        path: str,
        load: Callable[[_T], Awaitable[PublicFile | None]],
        *,
        cache: str,
        kind: str,
        route: str,
    ) -> Served | None:
        """Return a file; None where there is none, or no more.

        Args:
            path: where it is asked for.
            load: reads it from the database.
            cache: see `Served`.
            kind: see `Served`.
            route: see `Served`.
        """
        await self._look()
        if (known := self.at_hand(path)) is not None:
            return known
        async with self._loading:  # one at a time, for they can be large
            if (known := self.at_hand(path)) is not None:
                return known
            async with self._reading() as transaction:
                digest = await transaction.index_digest()
                file = await load(transaction)
            if file is None:
                return None
            served = Served(file=file, cache=cache, kind=kind, route=route)
            if digest is not None and digest == self._index_digest:
                self._keep(path, served)
        return served

    def forget(self) -> None:
        """Keep nothing: this process has replaced the index."""
        self._forgotten += 1
        self._counts_until = -math.inf
        self._begin(None)

    async def _look(self) -> None:
        """Look whether the index is still the same, unless that was done a moment ago."""
        if self._clock() < self._counts_until:
            return
        async with self._looking:
            now, forgotten = self._clock(), self._forgotten
            if now < self._counts_until:
                return
            async with self._reading() as transaction:
                digest = await transaction.index_digest()
            if forgotten != self._forgotten:
                return  # what was read may be from before
            if digest != self._index_digest:
                self._begin(digest)
            self._counts_until = now + SEEN_WITHIN_SECONDS

    def _begin(self, index_digest: bytes | None) -> None:
        self._index_digest = index_digest
        self._files.clear()
        self._bytes = 0

    def _keep(self, path: str, served: Served) -> None:
        if path in self._files:
            return
        self._files[path] = served
        self._bytes += len(served.file.data)
        while self._bytes > MOST_BYTES:
            _, dropped = self._files.popitem(last=False)
            self._bytes -= len(dropped.file.data)
