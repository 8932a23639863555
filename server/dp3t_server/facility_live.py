"""Live events: what an act, or the time of day, changes on the map, to everybody who listens.

A listener is sent text that was written once for all. One that does not read what it is sent is
told to fetch the map anew, and holds nothing up [FACILITIES-SERVER-12].
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

MOST_LISTENERS = 2_000
_MOST_WAITING = 256
"""How many events wait for one listener."""

_HEARTBEAT_SECONDS = 15.0
_HEARTBEAT = b": still here\n\n"
RELOAD = b"event: reload\ndata: {}\n\n"
"""The event for a listener that has missed something."""


def event(name: str, data: str, *, number: int) -> bytes:
    """Return an event of a stream of events, whose data is a single line."""
    return f"event: {name}\nid: {number}\ndata: {data}\n\n".encode()


class Listener:
    """One open stream."""

    def __init__(self) -> None:
        self._waiting = asyncio.Queue[bytes | None](_MOST_WAITING)
        self._overrun = False

    def put(self, message: bytes | None) -> None:
        """Let a message wait, None for the end; where too many wait they are thrown away."""
        if self._waiting.full():
            self._overrun = True
            while not self._waiting.empty():
                self._waiting.get_nowait()
        self._waiting.put_nowait(message)

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield what is to be sent until the server stops."""
        while True:
            message: bytes | None = _HEARTBEAT
            with suppress(TimeoutError):
                async with asyncio.timeout(_HEARTBEAT_SECONDS):
                    message = await self._waiting.get()
            if self._overrun:
                self._overrun = False
                yield RELOAD
            if message is None:
                return
            yield message


class Live:
    """Everybody who listens."""

    def __init__(self) -> None:
        self._listeners = set[Listener]()
        self._stopped = False

    @property
    def is_full(self) -> bool:
        """Whether no further listener is let in."""
        return self._stopped or len(self._listeners) >= MOST_LISTENERS

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Listen within a block."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def tell(self, message: bytes) -> None:
        """Send a message to everybody who listens."""
        for listener in self._listeners:
            listener.put(message)

    def stop(self) -> None:
        """End all streams, and let nobody in any more."""
        self._stopped = True
        for listener in self._listeners:
            listener.put(None)
