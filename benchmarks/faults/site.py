"""The operator's site: one machine or two on one database, its phones and its time."""

import asyncio
import random  # noqa: TID251 - dice of a program, seeded
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.faults.accounts import Sent
from benchmarks.faults.disks import Disk
from benchmarks.faults.machines import Machine
from benchmarks.faults.phones import Phones
from benchmarks.faults.processes import Program, set_clock
from benchmarks.server.cluster import Cluster
from dp3t import Instant, slot_of, slot_start
from dp3t_server.database import Database
from dp3t_server.tables import slots

SLOT = 7_200
_HALF_AN_HOUR = 1_800
_LOOK_SECONDS = 0.002
_WATCH_SECONDS = 1.5
_RECOVERY_SECONDS = 30
_TYPICAL_SECONDS = 0.1
"""How long a publication takes, before one was measured."""


@dataclass(slots=True, kw_only=True, eq=False)
class Site:
    """A site.

    Attributes:
        machines: one with SQLite, two with PostgreSQL.
        phones: send reports, and remember what they were answered.
        dice: decide everything but what the processes do with it.
        now: the time of the site; it only grows.
        clock: the file that clocks follow which jump.
        disks: those of the database, each of which runs full in its way.
        database: of the servers, to look at.
        cluster: the database server; None with SQLite.
        kills: how many there were at each moment.
        simulated: whether the servers have simulated clocks at present.
    """

    machines: Sequence[Machine]
    phones: Phones
    dice: random.Random
    now: Instant
    clock: Path
    database: Database
    disks: Sequence[Disk] = ()
    cluster: Cluster | None = None
    kills: Counter[str] = field(default_factory=Counter)
    simulated: bool = True

    @property
    def up(self) -> list[Machine]:
        """The machines whose server is up."""
        return [machine for machine in self.machines if machine.is_up]

    @property
    def impossible(self) -> set[str]:
        """The rounds that cannot befall it."""
        return {
            *(() if self.cluster else ("database restarted",)),
            *(() if self.disks else ("disk full",)),
        }

    @property
    def pids(self) -> list[int]:
        """The server processes that run."""
        found = (machine.process for machine in self.machines)
        return [one.pid for one in found if one is not None and one.is_running]

    def reach(self, moment: int) -> None:
        """Let the time of the site be at least half an hour into the slot of a moment."""
        within = slot_start(slot_of(Instant(moment))) + _HALF_AN_HOUR
        self.now = Instant(max(self.now, within))

    async def start(self) -> None:
        """Start every server that does not run, the first alone where there are no keys yet.

        One that goes by another kind of clock is stopped first.
        """
        for machine in self.up:
            if machine.is_simulated != self.simulated:
                await machine.stop()
        first, *others = self.machines
        if not (first.folder / "keys.json").exists():
            await self.start_one(first)
            for other in others:
                other.folder.mkdir(mode=0o700)
                for name in ("keys.json", "operator-token"):
                    shutil.copy(first.folder / name, other.folder / name)
        await asyncio.gather(*(self.start_one(one) for one in self.machines if not one.is_up))

    async def start_one(self, machine: Machine) -> None:
        """Start a server, which may be killed once or twice before it is ready.

        Raises:
            OSError: it does not start, and nothing keeps it from it.
        """
        while len(machine.trusted) and self.dice.random() < 0.1:
            self.spawn(machine)
            await asyncio.sleep(self.dice.uniform(0, 1.1 * statistics.median(machine.started)))
            await self.kill(machine)
        self.spawn(machine)
        if not await machine.ready():
            raise OSError(f"a server did not start: {last_line(machine.log)}")

    def spawn(self, machine: Machine) -> None:
        """Start a server without waiting for it, with the kind of clock that is in use."""
        if self.simulated:
            machine.spawn("--simulated-clock", str(self.now), clock=None)
        else:
            machine.spawn(clock=self.clock)

    async def kill(self, machine: Machine) -> None:
        """Kill a server without warning, and count it."""
        self.kills[await machine.kill()] += 1

    async def answers_again(self) -> None:
        """Wait until every server that is up has a database again.

        Raises:
            OSError: one does not find it.
        """
        for machine in self.up:
            until = time.monotonic() + _RECOVERY_SECONDS
            while (await machine.ask("GET", "/v1/health"))[0] != 200:
                if time.monotonic() > until:
                    raise OSError(f"a server has lost its database: {last_line(machine.log)}")
                await asyncio.sleep(0.1)

    async def publish(self, machine: Machine, at: int) -> int | None:
        """Have a server publish until a moment, with a simulated clock or its own."""
        self.reach(at)
        if self.simulated:
            return await machine.publish(at)
        set_clock(self.clock, at)
        return await machine.publish(None)

    def publish_beside(self, at: int) -> Program:
        """Start `dp3t-server publish` on the first machine, whose clock shows a moment."""
        self.reach(at)
        clock = self.clock.with_name("beside")
        set_clock(clock, at)
        return self.machines[0].program("publish", "--json", clock=clock)

    def a_moment_of_publication(self) -> float:
        """Return some seconds, most of the time fewer than a publication takes."""
        measured = [seconds for machine in self.machines for seconds in machine.durations[-50:]]
        typical = statistics.median(measured) if measured else _TYPICAL_SECONDS
        return self.dice.uniform(0, 1.3 * typical)

    async def slot_under_way(self) -> bool:
        """Wait until a slot is begun and not done; return False where none is for some seconds."""
        query = select(slots.c.release).where(slots.c.done == 0)
        until = time.monotonic() + _WATCH_SECONDS
        with suppress(SQLAlchemyError):
            while time.monotonic() < until:
                if await self._rows(query):
                    return True
                await asyncio.sleep(_LOOK_SECONDS)
        return False

    async def taken_over(self) -> set[int]:
        """Return the releases whose slot has had more than one publisher."""
        return set(await self._rows(select(slots.c.release).where(slots.c.fence > 1)))

    async def _rows(self, query: Select[Any]) -> list[int]:
        async with self.database.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def send(self, reports: Iterable[Sent], *, seconds: float) -> list[asyncio.Task[None]]:
        """Send reports at random moments of so many seconds, each to some machine that is up."""
        return [
            asyncio.create_task(self._send_later(each, self.dice.uniform(0, seconds)))
            for each in reports
        ]

    async def _send_later(self, report: Sent, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.up:
            await self.dice.choice(self.up).upload(report)


def last_line(log: Path) -> str:
    """Return the last line of a log."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"
