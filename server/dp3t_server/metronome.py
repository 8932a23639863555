"""Waking at a moment, whenever the waiting began.

The event loop sleeps for whole milliseconds, counted from when it went to sleep. So the fraction of
a millisecond at which its timers go off tells when the work before them ended: with a hundred
uploads of each kind that was enough to tell real ones from dummies. A thread that waits on a lock
is woken to within microseconds, however long it waited.
"""

import asyncio
import heapq
import threading
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class _Sleeper:
    moment: float
    future: asyncio.Future[None] = field(compare=False)

    def wake(self) -> None:
        """Wake it from another thread; its loop may be gone."""
        loop = self.future.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


class Metronome:
    """One thread that wakes any number of coroutines; it starts when the first one waits."""

    def __init__(self) -> None:
        self._sleepers = list[_Sleeper]()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def until(self, moment: float) -> None:
        """Return at a moment of the event loop's clock, which is `time.monotonic`."""
        sleeper = _Sleeper(moment, asyncio.get_running_loop().create_future())
        with self._changed:
            if self._closed:
                return
            heapq.heappush(self._sleepers, sleeper)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="metronome", daemon=True)
                self._thread.start()
            self._changed.notify()
        await sleeper.future

    def close(self) -> None:
        """Wake everybody, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                if not self._sleepers:
                    self._changed.wait()
                    continue
                pause_seconds = self._sleepers[0].moment - time.monotonic()
                if pause_seconds > 0:
                    self._changed.wait(pause_seconds)
                else:
                    heapq.heappop(self._sleepers).wake()
            for sleeper in self._sleepers:
                sleeper.wake()
