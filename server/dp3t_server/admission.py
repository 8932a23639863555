"""Admission: only so many requests are worked on at once, and none begin once the server closes."""

import asyncio
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from dp3t_server.faults import Fault

UNENDING = frozenset({"/v1/facilities/live"})
"""The routes whose answers go on for as long as the client likes."""


class Admission:
    """Counts the requests that are inside, and of them those that are worked on.

    An answer that waits for its moment ([OPERATING-1]) is inside and no longer worked on: it must
    be waited for when the server closes, and must not keep others out. So is a stream of events,
    which has a limit of its own.

    Args:
        most_requests: how many are worked on at once.
    """

    def __init__(self, most_requests: int) -> None:
        self._most_requests = most_requests
        self._working = 0
        self._inside = 0
        self._closing = False
        self._farewells = list[Callable[[], None]]()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def inside(self) -> int:
        """How many requests have come and not left."""
        return self._inside

    @property
    def closing(self) -> bool:
        """Whether nobody is let in any more."""
        return self._closing

    @web.middleware
    async def attend(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request in unless the server is closing; `close` waits for it to leave."""
        if self._closing:
            return _busy()
        self._inside += 1
        self._empty.clear()
        try:
            return await handler(request)
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Work on a request, or refuse it as `busy`."""
        if _is_unending(request):
            return await handler(request)
        if self._working >= self._most_requests:
            return _busy()
        self._working += 1
        try:
            return await handler(request)
        finally:
            self._working -= 1

    def on_closing(self, farewell: Callable[[], None]) -> None:
        """Say what ends the requests that would go on for ever."""
        self._farewells.append(farewell)

    async def close(self, *, grace_seconds: float) -> None:
        """Let nobody in any more and wait for those inside, but not for ever [SERVER-35].

        aiohttp cannot do this: told to stop, it reads no more of a body that is still arriving.
        """
        self._closing = True
        for farewell in self._farewells:
            farewell()
        try:
            async with asyncio.timeout(grace_seconds):
                await self._empty.wait()
        except TimeoutError:
            return


def _is_unending(request: web.Request) -> bool:
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical in UNENDING


def _busy() -> web.Response:
    answer = Fault.BUSY.answer("too many requests at once", Retry_After="1")
    answer.force_close()
    return answer
