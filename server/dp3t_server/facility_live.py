"""Live events: what an act, or the time of day, changes on the map, to everybody who listens.

A listener is sent text that was written once for all. One that does not read what it is sent is
told to fetch the map anew, and holds nothing up [FACILITIES-SERVER-12].
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

MOST_LISTENERS = 2_000
MOST_OF_ONE_CLIENT = 200
"""So many a school or a street may have behind one address."""

WRITE_SECONDS = 30.0
"""For how long a listener may leave a message unread that the system cannot hold any more."""

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
    """Everybody who listens. Of a client only a digest is kept, while it does."""

    def __init__(self) -> None:
        self._listeners = dict[Listener, bytes]()
        self._stopped = False

    def has_room(self, client: bytes) -> bool:
        """Return whether a client is let in [FACILITIES-SERVER-15]."""
        of_client = sum(each == client for each in self._listeners.values())
        is_full = len(self._listeners) >= MOST_LISTENERS or of_client >= MOST_OF_ONE_CLIENT
        return not (self._stopped or is_full)

    @contextmanager
    def listening(self, client: bytes = b"") -> Iterator[Listener]:
        """Listen within a block."""
        listener = Listener()
        self._listeners[listener] = client
        try:
            yield listener
        finally:
            del self._listeners[listener]

    def tell(self, message: bytes) -> None:
        """Send a message to everybody who listens."""
        for listener in self._listeners:
            listener.put(message)

    def stop(self) -> None:
        """End all streams, and let nobody in any more."""
        self._stopped = True
        for listener in self._listeners:
            listener.put(None)
