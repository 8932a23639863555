"""The pace of answers to uploads: the moment at which one leaves does not tell what was decided.

Accepting writes to the disk and refusing does not. So an answer waits for the next multiple of a
fixed time after its request had arrived, and all but the slowest leave at the first [OPERATING-1].
"""

import asyncio
import math

from aiohttp import web
from aiohttp.typedefs import Handler

from dp3t_server.metronome import Metronome

PACED = frozenset(
    {
        "/v1/reports",
        "/v1/disclosures",
        "/v1/traces",
        "/v1/tokens",
        "/v1/symptoms/reports",
        "/v1/symptoms/help",
        "/v1/arrivals/declarations",
        "/v1/arrivals/withdrawals",
    }
)
"""The routes whose answers leave at their moments."""

ARRIVED: web.RequestKey[float] = web.RequestKey("arrived", float)
"""When the last byte of the request had come, by the event loop's clock."""


def departure(arrived: float, ready: float, *, step_seconds: float) -> float:
    """Return when an answer leaves that is ready at a moment.

    It is the first multiple of `step_seconds` after `arrived`, from one on, that is not earlier
    than `ready`.
    """
    steps = max(1, math.ceil((ready - arrived) / step_seconds))
    return arrived + steps * step_seconds


def note_arrival(request: web.Request) -> None:
    """Note that the request is here, with its body: from now on only the server spends time.

    Counted from its head instead, a body that comes slowly would move the decision close to a
    multiple, and the answer would tell on which side of it that was.
    """
    request[ARRIVED] = asyncio.get_running_loop().time()


class Pace:
    """Holds answers back.

    Args:
        answer_milliseconds: the step; 0 lets every answer leave when it is ready.
    """

    def __init__(self, answer_milliseconds: int) -> None:
        self._step_seconds = answer_milliseconds / 1000
        self._metronome = Metronome()

    @web.middleware
    async def keep(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer an upload at its moment, also where it is refused or fails [OPERATING-1]."""
        resource = request.match_info.route.resource
        if not self._step_seconds or resource is None or resource.canonical not in PACED:
            return await handler(request)
        note_arrival(request)  # of the head; once the body is read this is moved
        try:
            answer = await handler(request)
        except Exception:
            await self._wait(request)
            raise
        await self._wait(request)
        return answer

    async def _wait(self, request: web.Request) -> None:
        now = asyncio.get_running_loop().time()
        leaves = departure(request[ARRIVED], now, step_seconds=self._step_seconds)
        await self._metronome.until(leaves)

    async def close(self, _: web.Application) -> None:
        """Let whatever still waits go, and end the thread that wakes it."""
        self._metronome.close()
