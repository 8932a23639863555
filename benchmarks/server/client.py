"""A client that asks as fast as it is answered, over several connections.

Requests are made before, and of an answer only status and length are read, so that the client is
not what limits a server; how busy it was is measured with the rest.
"""

import asyncio
import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.server.processes import Endpoint, Taken

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What was answered within some time.

    Attributes:
        seconds: from the first request to the last answer.
        latencies: seconds from each request to the end of its answer.
        busy: which part of a processor's time the client took.
        server_cpu_seconds: of the processor that the server took.
    """

    seconds: float
    latencies: list[float] = field(repr=False)
    busy: float
    server_cpu_seconds: float

    @property
    def per_second(self) -> float:
        """How many requests were answered in a second."""
        return len(self.latencies) / self.seconds


def ask(
    server: Endpoint,
    requests: Iterable[bytes],
    *,
    connections: int,
    check: Callable[[int, bytes], bool],
    seconds: float | None = None,
) -> Window:
    """Send requests, the next on a connection once the last is answered.

    Args:
        server: to whom.
        requests: each with its head and its body.
        connections: how many there are at once.
        check: whether an answer is right, by its status and its body.
        seconds: after how long none is sent any more; None to send all.

    Raises:
        AssertionError: an answer is wrong.
        ConnectionError: a connection was closed.
    """
    return asyncio.run(_ask(server, iter(requests), connections, check, seconds))


def get(path: str, *, known: str | None = None) -> bytes:
    """Return a request for a file, or for whether it is another than the one with a tag."""
    condition = "" if known is None else f'If-None-Match: "{known}"\r\n'
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{condition}\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    """Return a request that uploads bytes."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def one(server: Endpoint, request: bytes) -> tuple[int, bytes]:
    """Return status and body of the answer to one request."""
    found = list[tuple[int, bytes]]()

    def keep(status: int, body: bytes) -> bool:
        found.append((status, body))
        return True

    ask(server, [request], connections=1, check=keep)
    return found[0]


def repeated(request: bytes) -> Iterator[bytes]:
    """Return the same request for ever."""
    return itertools.repeat(request)


class _Connection(asyncio.Protocol):
    """One connection; it ends its future when there is nothing more to send."""

    def __init__(self, requests: Iterator[bytes], check: Callable[[int, bytes], bool]) -> None:
        self.latencies = list[float]()
        self.done = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._check = check
        self._until = 0.0
        self._answer = bytearray()
        self._wanted = 0
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("not a stream")
        self._transport = transport

    def begin(self, until: float) -> None:
        """Send requests until a moment of the performance counter."""
        self._until = until
        self._send_next()

    def _send_next(self) -> None:
        now = time.perf_counter()
        request = next(self._requests, None) if now < self._until else None
        if request is None:
            self.done.set_result(None)
            return
        self._sent = now
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        answer += data
        if not self._wanted:
            end = answer.find(_HEAD_END)
            if end < 0:
                return
            self._wanted = end + len(_HEAD_END) + _body_bytes(bytes(answer[:end]))
        if len(answer) < self._wanted:
            return
        self.latencies.append(time.perf_counter() - self._sent)
        status, body = int(answer[9:12]), bytes(answer[answer.find(_HEAD_END) + 4 :])
        answer.clear()
        self._wanted = 0
        if self._check(status, body):
            self._send_next()
        else:
            self._fail(AssertionError(f"a wrong answer, of status {status}: {body[:200]!r}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("the server has closed a connection"))

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


def _body_bytes(head: bytes) -> int:
    """Return how long the body is; one of 304 has none, whatever the head says."""
    if head[9:12] == b"304":
        return 0
    _, _, rest = head.lower().partition(_LENGTH)
    return int(rest.partition(b"\r\n")[0])


async def _ask(
    server: Endpoint,
    requests: Iterator[bytes],
    connections: int,
    check: Callable[[int, bytes], bool],
    seconds: float | None,
) -> Window:
    loop = asyncio.get_running_loop()
    made = [
        (
            await loop.create_connection(
                lambda: _Connection(requests, check), "127.0.0.1", server.port
            )
        )[1]
        for _ in range(connections)
    ]
    used, before = time.process_time(), Taken.so_far(server.process_id)
    until = time.perf_counter() + (math.inf if seconds is None else seconds)
    for each in made:
        each.begin(until)
    try:
        await asyncio.gather(*(each.done for each in made))
    finally:
        for each in made:
            each.close()
    taken = Taken.so_far(server.process_id).since(before)
    return Window(
        seconds=taken.seconds,
        latencies=[latency for each in made for latency in each.latencies],
        busy=(time.process_time() - used) / taken.seconds,
        server_cpu_seconds=taken.cpu_seconds,
    )
