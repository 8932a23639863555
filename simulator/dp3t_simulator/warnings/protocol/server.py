"""A real server, reached over HTTP with the library's client; nothing here starts one."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, Protocol, TypeVar

import aiohttp

from dp3t import Instant, Phone, UploadCode
from dp3t.client import Client
from dp3t.presence import Trace
from dp3t.publication import ServerView
from dp3t_simulator.warnings.protocol.moments import (
    READ_SECONDS,
    RELEASE_SECONDS,
    SLOT_SECONDS,
    UPLOAD_SECONDS,
    moment,
)
from dp3t_simulator.warnings.protocol.transport import Found, Published, Reader

_T = TypeVar("_T")


class Operator(Protocol):
    """The health authority's door to a server whose clock can be set."""

    async def set_clock(self, now: Instant) -> None:
        """Let the server's time pass until `now`; it publishes what becomes due."""

    async def issue_code(self) -> UploadCode:
        """Issue a code for one report."""

    async def publish_traces(self, traces: list[bytes]) -> None:
        """Approve traces: the server publishes them with its next release."""


class ServerTransport:
    """A running server, one client of the library for each phone, and an operator.

    Reports are uploaded and batches fetched, verified and ingested by the client, phone by phone.
    Only time is not real: the operator sets the server's clock. Uploads of a day come at 01:30, so
    that no server finds them too early, and further rounds of traces are of earlier releases.
    """

    def __init__(
        self,
        url: str,
        *,
        view: ServerView,
        operator: Operator,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Prepare connections to a server.

        Args:
            url: where it listens.
            view: what the app's own package says of the server.
            operator: who issues codes and sets the clock.
            loop: in which all of it runs, and the operator too; nobody else runs it meanwhile.
        """
        self._url, self._view, self._operator = url, view, operator
        self._loop = loop
        self._stack = AsyncExitStack()
        self._connector: aiohttp.BaseConnector | None = None
        self._clients: dict[int, Client] = {}

    def publish(
        self, day: int, reporting: Sequence[Phone], rounds: Sequence[Sequence[Trace]]
    ) -> Published:
        """Upload reports, approve traces, and let the server release."""
        return self._run(self._publish(day, reporting, rounds))

    def read(self, day: int, readers: Sequence[Reader]) -> list[Found]:
        """Let each phone's client update it."""
        return self._run(self._read(day, readers))

    def close(self) -> None:
        """Close all connections."""
        self._run(self._stack.aclose())

    async def _publish(
        self, day: int, reporting: Sequence[Phone], rounds: Sequence[Sequence[Trace]]
    ) -> Published:
        for number in range(len(rounds) - 1, 0, -1):
            await self._approve(rounds[number])
            await self._operator.set_clock(moment(day, RELEASE_SECONDS - number * SLOT_SECONDS))
        await self._operator.set_clock(moment(day, UPLOAD_SECONDS))
        keys = 0
        for phone in reporting:
            keys += len(phone.pending.records) if phone.pending else 0
            client = await self._client(id(phone))
            await client.upload(phone, await self._operator.issue_code())
        if rounds:
            await self._approve(rounds[0])
        await self._operator.set_clock(moment(day, RELEASE_SECONDS))
        return Published(keys, await self._listed(day))

    async def _listed(self, day: int) -> int:
        """Return how long the batches are that the index lists since the release of yesterday."""
        connector = await self._shared()
        async with (
            aiohttp.ClientSession(connector=connector, connector_owner=False) as session,
            session.get(f"{self._url.rstrip('/')}/v1/index") as answer,
        ):
            answer.raise_for_status()
            data = await answer.read()
        index, _ = self._view.accept(data, now=moment(day, RELEASE_SECONDS))
        before = moment(day - 1, RELEASE_SECONDS)
        return sum(entry.size_bytes for entry in index.entries if entry.release > before)

    async def _approve(self, traces: Sequence[Trace]) -> None:
        await self._operator.publish_traces([trace.encode() for trace in traces])

    async def _read(self, day: int, readers: Sequence[Reader]) -> list[Found]:
        found: list[Found] = []
        for reader in readers:
            client = await self._client(id(reader.phone))
            update = await client.update(reader.phone, now=moment(day, READ_SECONDS))
            found.append(update.matches)
        return found

    async def _client(self, phone: int) -> Client:
        if phone not in self._clients:
            client = Client(self._url, view=self._view, connector=await self._shared())
            self._clients[phone] = await self._stack.enter_async_context(client)
        return self._clients[phone]

    async def _shared(self) -> aiohttp.BaseConnector:
        if self._connector is None:
            self._connector = await self._stack.enter_async_context(aiohttp.TCPConnector())
        return self._connector

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._loop.run_until_complete(work)
