"""Servers and publishers forked from a process that has loaded them; to start anew takes a second.

A forked program shows what tests need of `asyncio.subprocess.Process`.
"""

import asyncio
import functools
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

_NURSERY = multiprocessing.get_context("forkserver")
_LOADED = (
    "__main__",
    "forked_programs",
    "terminal",
    "dp3t.client",
    "dp3t_server.__main__",
    "loaded_programs",
    "aiosqlite",
    "alembic.command",
    "publisher_program",
    "pydantic",
    "rich.table",
    "typer.rich_utils",
)
_NURSERY.set_forkserver_preload(list(_LOADED))


@functools.cache
def nursery() -> ForkServerContext:
    """Return where programs are forked.

    Before Python 3.13 it finds our modules by its environment alone, and would do without.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        forkserver.ensure_running()
    return _NURSERY


class ForkedProgram:
    """A program that was forked and runs."""

    def __init__(self, process: ForkServerProcess, stdout: asyncio.StreamReader) -> None:
        self._process = process
        self.stdout: asyncio.StreamReader | None = stdout

    @property
    def returncode(self) -> int | None:
        """The exit status; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            assert self._process.pid is not None
            os.kill(self._process.pid, number)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it without warning."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait for its end; return its exit status."""
        await asyncio.to_thread(self._process.join)
        assert self.returncode is not None
        return self.returncode

    async def communicate(self) -> None:
        """Read what is left of its output, and wait for its end."""
        assert self.stdout is not None
        await self.stdout.read()
        await self.wait()


async def started(module: str, *arguments: str, errors: Path) -> asyncio.subprocess.Process:
    """Start a module as a program anew; its standard error is added to a file."""
    with errors.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
        )


@contextmanager
def forking() -> Iterator[None]:
    """Fork within this block what the library would start anew: this Python on a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "create_subprocess_exec", _in_place_of_a_start)
        yield


class _InPlaceOfAStart(ForkedProgram):
    stderr = None

    async def wait(self) -> int:
        """Wait for its end, and for the end of its output, after which nothing is left open."""
        status = await super().wait()
        assert self.stdout is not None
        await self.stdout.read()
        return status


async def _in_place_of_a_start(
    program: str, flag: str, module: str, *arguments: str, **_: int
) -> ForkedProgram:
    assert (program, flag) == (sys.executable, "-m")
    given = f"{module}.__main__", *arguments
    return await forked(*given, errors=Path(os.devnull), kind=_InPlaceOfAStart)


async def forked(
    module: str, *arguments: str, errors: Path, kind: type[ForkedProgram] = ForkedProgram
) -> ForkedProgram:
    """Run the function `main` of a module; its standard error is added to a file."""
    here, there = nursery().Pipe(duplex=False)
    process = nursery().Process(
        target=_be, args=(there, module, arguments, dict(os.environ), Path.cwd(), errors)
    )
    process.daemon = True
    await asyncio.to_thread(process.start)
    there.close()
    stdout = asyncio.StreamReader()
    pipe = os.fdopen(os.dup(here.fileno()), "rb", buffering=0)
    here.close()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stdout), pipe
    )
    return kind(process, stdout)


def _be(
    stdout: Connection,
    module: str,
    arguments: tuple[str, ...],
    environment: Any,
    folder: Path,
    errors: Path,
) -> None:
    """Be the program."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    os.dup2(stdout.fileno(), 1)
    stdout.close()
    with errors.open("ab") as file:
        os.dup2(file.fileno(), 2)
    sys.stdout, sys.stderr = (
        open(descriptor, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
        for descriptor in (1, 2)
    )
    import_module(module).main()
