"""The door every request passes: only so many at once, and none once the server is closing."""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from dp3t_server.faults import Fault


class Door:
    """Counts the requests under way.

    Args:
        most_requests: how many are let in at once.
    """

    def __init__(self, most_requests: int) -> None:
        self._most_requests = most_requests
        self._under_way = 0
        self._closing = False
        self._empty = asyncio.Event()
        self._empty.set()

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request in, or refuse it as `busy`."""
        if self._closing or self._under_way >= self._most_requests:
            answer = Fault.BUSY.answer("too many requests at once", Retry_After="1")
            answer.force_close()
            return answer
        self._under_way += 1
        self._empty.clear()
        try:
            return await handler(request)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._empty.set()

    async def close(self, *, grace_seconds: float) -> None:
        """Let nobody in any more and wait for those inside, but not for ever [SERVER-35].

        aiohttp cannot do this: told to stop, it reads no more of a body that is still arriving.
        """
        self._closing = True
        try:
            async with asyncio.timeout(grace_seconds):
                await self._empty.wait()
        except TimeoutError:
            return
