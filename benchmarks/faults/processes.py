"""Processes of `dp3t-server`, each with the life of its own, that start in a tenth of a second.

Reading the program's code takes Python longer than all that a round does. So one process reads it
and nothing else, and each server is forked from that one: it opens its files, its database and its
port itself, and has nothing in common with others. Everything is on Linux.
"""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys
import time
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_POLL_SECONDS = 0.005
_PARENT_DEATH_SIGNAL = 1
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["benchmarks.faults.preloaded"])


class Program:
    """A process of the program.

    Args:
        arguments: of `dp3t-server`.
        output: the file for what it prints.
        log: the file to which what goes wrong is appended.
        clock: the file that its system clock follows; None where that is the machine's.
    """

    def __init__(
        self, arguments: list[str], *, output: Path, log: Path, clock: Path | None
    ) -> None:
        output.write_bytes(b"")
        self._output = output
        self._process: ForkServerProcess = _CONTEXT.Process(
            target=_run, args=(arguments, output, log, clock), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid or 0

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.is_alive()

    async def line(self) -> str:
        """Return the first line that it prints; an empty one where it ends before."""
        while True:
            is_running = self.is_running
            text = self._output.read_text()
            if "\n" in text or not is_running:
                return text.partition("\n")[0]
            await asyncio.sleep(_POLL_SECONDS)

    async def kill(self) -> None:
        """Kill it without warning."""
        self._process.kill()
        await self.ended()

    async def ended(self) -> None:
        """Wait until it has ended."""
        while self.is_running:
            await asyncio.sleep(_POLL_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        if self.is_running:
            os.kill(self.pid, number)


def set_clock(file: Path, now: float) -> None:
    """Let the clock of a file show `now`, Unix seconds, and go on from there.

    The file also says what the monotonic clock showed, which all processes share.
    """
    fresh = file.with_suffix(".new")
    fresh.write_text(f"{now} {time.monotonic()}")
    fresh.replace(file)


def read_clock(file: Path) -> float:
    """Return what the clock of a file shows, Unix seconds."""
    shown, at = map(float, file.read_text().split())
    return shown + time.monotonic() - at


def _run(arguments: list[str], output: Path, log: Path, clock: Path | None) -> None:
    """Be the program."""
    with suppress(AttributeError):  # do not outlive the benchmark, however it ends
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    os.dup2(os.open(output, os.O_WRONLY), sys.stdout.fileno())
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), sys.stderr.fileno())
    if clock is not None:
        time.time = lambda: read_clock(clock)  # noqa: TID251 - what the server's one place asks
    sys.argv = ["dp3t-server", *arguments]
    from benchmarks.faults.preloaded import main

    main()
