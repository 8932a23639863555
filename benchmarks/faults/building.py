"""Building a site out of a temporary folder, and taking it down again."""

import random  # noqa: TID251 - dice of a program, seeded
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks.faults.disks import Disk, Limit, device
from benchmarks.faults.machines import TIMEOUT_SECONDS, Machine
from benchmarks.faults.phones import DESIGNS, Phones
from benchmarks.faults.site import SLOT, Site
from benchmarks.server.cluster import Cluster, running_cluster
from dp3t import Instant
from dp3t_server.database import Database
from dp3t_server.parts import DataDirectory

BEGIN = Instant(1_625_480_000 // SLOT * SLOT + SLOT // 4)
"""When a site begins: in July 2021."""

_SETTINGS = """\
answer_milliseconds = 0
reads_per_minute = 0
reports_per_minute = 0
wrong_tokens_per_minute = 0
lease_seconds = 1
code_lifetime_hours = 720
"""


@asynccontextmanager
async def built(database: str, *, devices: bool, dice: random.Random) -> AsyncIterator[Site]:
    """Build a site; its processes and files are gone afterwards.

    Args:
        database: "sqlite", or "postgresql" for a cluster of its own and two machines.
        devices: whether to mount a device that runs full, where that is allowed.
        dice: of the site.

    Raises:
        NoPostgresqlError: there is no PostgreSQL to run on.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="dp3t-faults-")))
        own = stack.enter_context(device(folder)) if devices else None
        cluster, disks = None, tuple[Disk, ...]((own,) if own else ())
        if database == "postgresql":
            parent = own.folder if own else folder
            for each in {folder, parent}:
                each.chmod(0o711)  # root runs PostgreSQL as somebody else
            cluster = stack.enter_context(running_cluster(fsync=True, parent=parent))
        else:
            disks = (*disks, Limit(own.folder if own else folder))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        )
        machines = _machines(folder, session, data=own.folder if own else folder, cluster=cluster)
        where = f"{cluster.url}/postgres" if cluster else DataDirectory(machines[0].folder).database
        looked_at = Database(where)
        try:
            yield Site(
                machines=machines,
                phones=Phones(dice),
                dice=dice,
                now=BEGIN,
                clock=folder / "clock",
                database=looked_at,
                disks=disks,
                cluster=cluster,
            )
        finally:
            for machine in machines:
                await machine.kill()
            await looked_at.close()


def _machines(
    folder: Path,
    session: aiohttp.ClientSession,
    *,
    data: Path,
    cluster: Cluster | None,
) -> list[Machine]:
    """Return one machine, or two where they can share a database."""
    settings = folder / "server.toml"
    database = f'database = "{cluster.url}/postgres"\n' if cluster else ""
    settings.write_text(f"{_SETTINGS}designs = {list(DESIGNS)}\n{database}")
    return [
        Machine(
            folder=data / name,
            settings=settings,
            log=folder / f"{name}.log",
            session=session,
        )
        for name in (("one", "two") if cluster else ("one",))
    ]
