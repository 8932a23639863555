"""Publishers in processes of their own, for tests that stop them at any moment."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forked_programs import ForkedProgram, forked


@dataclass(frozen=True, slots=True)
class Process:
    """A publisher in a process of its own."""

    process: ForkedProgram

    async def line(self) -> dict[str, Any]:
        """Return the next line that it prints; none when it has ended."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        found: dict[str, Any] = json.loads(line or b"{}")
        return found

    async def line_with(self, name: str) -> dict[str, Any]:
        """Return the next line that has a field."""
        while name not in (found := await self.line()):
            assert found, f"the publisher ended before it told {name}"
        return found

    async def kill(self) -> None:
        """Kill it without warning."""
        self.process.kill()
        await self.process.communicate()


@asynccontextmanager
async def publishing(
    data: Path,
    database: str,
    *releases: int,
    lease: int = 1,
    pause_seconds: float = 0.0,
    log: Path | None = None,
) -> AsyncIterator[Process]:
    """Run the program; kill it in the end if it still runs."""
    process = await forked(
        "publisher_program",
        *(str(data), database, str(lease), str(pause_seconds), *map(str, releases)),
        errors=log or Path(os.devnull),
    )
    running = Process(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            await running.kill()


def second_machine(folder: Path, database: str) -> Path:
    """Return the data folder of another machine: with SQLite there is one machine."""
    if not database:
        return folder / "data"
    other = folder / "other"
    other.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(folder / "data" / "keys.json", other / "keys.json")
    return other
