"""Somebody who looks at the map: a stream of events, read in a thread of its own."""

import re
import socket
import threading
import time
from types import TracebackType

_ACTS = re.compile(rb"\nid: ([0-9]+)\n")
_ROW = re.compile(rb'"facility":"([0-9a-z-]+)"[^}]*?"state":"([a-z]+)"')
_RELOAD = b"event: reload"
_TIMEOUT_SECONDS = 120


class Listener:
    """An open stream.

    Attributes:
        states: what was told of each facility last.
        acts: how many acts the last event knew.
        at: when it came, by the performance counter.
        reloads: how often it was told to fetch the map anew.
        size_bytes: of everything that was told.
    """

    def __init__(self, port: int, *, after: int) -> None:
        self.states = dict[str, str]()
        self.acts, self.at, self.reloads, self.size_bytes = after, 0.0, 0, 0
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_SECONDS)
        line = f"GET /v1/facilities/live?after={after} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        self._socket.sendall(line.encode())
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Listener":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def wait_until(self, facilities: int, state: str) -> float:
        """Return when so many facilities were told to be in a state, by the performance counter.

        Raises:
            TimeoutError: they were not.
        """

        def is_told() -> bool:
            return sum(each == state for each in self.states.values()) >= facilities

        with self._changed:
            if not self._changed.wait_for(is_told, _TIMEOUT_SECONDS):
                raise TimeoutError(f"the listener was not told of all: {len(self.states)}")
            return self.at

    def _read(self) -> None:
        buffer = b""
        while data := self._received():
            buffer += data
            whole, end, rest = buffer.rpartition(b"\n\n")
            if not end:
                continue
            buffer = rest
            with self._changed:
                self._take(b"\n" + whole + end)
                self._changed.notify_all()

    def _take(self, events: bytes) -> None:
        self.at = time.perf_counter()
        self.size_bytes += len(events)
        self.reloads += events.count(_RELOAD)
        for number in _ACTS.findall(events):
            self.acts = int(number)
        for name, state in _ROW.findall(events):
            self.states[name.decode()] = state.decode()

    def _received(self) -> bytes:
        try:
            return self._socket.recv(1 << 18)
        except OSError:
            return b""
