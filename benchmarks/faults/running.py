"""A run: a site is set up, rounds befall it, and all that was sent is settled with the auditor."""

import random  # noqa: TID251 - dice of a program, seeded
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks.faults.accounts import VIOLATIONS, Accounts, settle
from benchmarks.faults.auditor import Auditor
from benchmarks.faults.disks import Disk, Limit, device
from benchmarks.faults.machines import TIMEOUT_SECONDS, Machine
from benchmarks.faults.phones import DESIGNS, Phones
from benchmarks.faults.processes import set_clock
from benchmarks.faults.rounds import CLOCKED_ROUNDS, ROUNDS
from benchmarks.faults.site import SLOT, Site
from benchmarks.server.cluster import Cluster, running_cluster
from dp3t import STANDARD, Instant
from dp3t.publication import ServerView
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
"""
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run does.

    Attributes:
        database: "sqlite" or "postgresql".
        rounds: how many rounds.
        seed: of the dice.
        devices: whether to mount a device that runs full, where that is allowed.
    """

    database: str
    rounds: int
    seed: int
    devices: bool = True

    def kinds(self, dice: random.Random, *, without: Collection[str]) -> list[str]:
        """Return the rounds: each kind once, and then by how often they come."""
        names = [name for name in ROUNDS if name not in without]
        weights = [ROUNDS[name][1] for name in names]
        first = dice.sample(names, min(len(names), self.rounds))
        return first + dice.choices(names, weights, k=self.rounds - len(first))


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of a run.

    Attributes:
        plan: what was done.
        disks: how disks ran full.
        rounds: how many rounds of each kind.
        kills: how many processes were killed at each moment.
        accounts: what was sent and published.
        findings: what the auditor found, by what it is.
        mistakes: answers with the status 500.
        taken_over: slots that a publisher has taken over from a killed or stalled one.
        fetched: batches that the auditor fetched.
        seconds: how long it took.
        messages: what was found, in words.
    """

    plan: Plan
    disks: tuple[str, ...]
    rounds: Counter[str]
    kills: Counter[str]
    accounts: Accounts
    findings: Counter[str]
    mistakes: int
    taken_over: int
    fetched: int
    seconds: float
    messages: list[str] = field(default_factory=list)

    @property
    def violations(self) -> dict[str, int]:
        """How often each thing happened that must not."""
        counts = {name: int(getattr(self.accounts, name)) for name in VIOLATIONS}
        return {**counts, **self.findings, "status 500": self.mistakes}


async def run(plan: Plan, *, told: Callable[[str], None] = lambda _: None) -> Result:
    """Do a run.

    Args:
        plan: what to do.
        told: hears the kind of each round when it is over.

    Raises:
        OSError: a server does not work when nothing keeps it from working.
        NoPostgresqlError: there is no PostgreSQL to run on.
    """
    dice, began = random.Random(plan.seed), time.monotonic()  # noqa: S311 - repeatable
    async with _site(plan, dice) as site:
        rounds, taken_over = Counter[str](), set[int]()
        for kind in plan.kinds(dice, without=site.impossible):
            site.simulated = kind not in CLOCKED_ROUNDS
            set_clock(site.clock, site.now)
            await site.start()
            auditor = await _audited(site)
            taken_over |= await site.taken_over()
            await ROUNDS[kind][0](site)
            rounds[kind] += 1
            told(kind)
        await _end(site)
        return Result(
            plan=plan,
            disks=tuple(disk.kind for disk in site.disks),
            rounds=rounds,
            kills=site.kills,
            accounts=settle(site.phones.sent, list(auditor.batches.values()), padded=False),
            findings=auditor.findings,
            mistakes=sum(machine.mistakes for machine in site.machines),
            taken_over=len(taken_over | await site.taken_over()),
            fetched=auditor.fetched,
            seconds=time.monotonic() - began,
            messages=auditor.messages,
        )


async def _end(site: Site) -> None:
    """Publish all that waits, and audit everything that every machine serves."""
    for machine in site.machines:
        await machine.kill()
    site.simulated = True
    await site.start()
    for ahead in (SLOT, _DAY + SLOT, _DAY + 2 * SLOT):
        status = await site.publish(site.machines[0], site.now + ahead)
        if status != 200:
            raise OSError(f"what was left was not published: {status}")
    if site.auditor is not None:
        for machine in site.machines:
            await _look(site.auditor, machine, everything=True)


async def _audited(site: Site) -> Auditor:
    """Let the auditor look at what some machine serves."""
    if site.auditor is None:
        site.auditor = Auditor(
            view=ServerView(trusted=site.machines[0].trusted),
            retention_days=STANDARD.retention_days,
            dice=site.dice,
        )
    await _look(site.auditor, site.dice.choice(site.machines))
    return site.auditor


async def _look(auditor: Auditor, machine: Machine, *, everything: bool = False) -> None:
    _, health = await machine.ask("GET", "/v1/health")
    now = Instant(health["last_release"])
    await auditor.look(machine.get, now=now, everything=everything)


@asynccontextmanager
async def _site(plan: Plan, dice: random.Random) -> AsyncIterator[Site]:
    """Set up a site; its processes and files are gone afterwards."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="dp3t-faults-")))
        own = stack.enter_context(device(folder)) if plan.devices else None
        cluster, disks = None, tuple[Disk, ...]((own,) if own else ())
        if plan.database == "postgresql":
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
        database = Database(where)
        try:
            yield Site(
                machines=machines,
                phones=Phones(dice),
                dice=dice,
                now=BEGIN,
                clock=folder / "clock",
                database=database,
                disks=disks,
                cluster=cluster,
            )
        finally:
            for machine in machines:
                await machine.kill()
            await database.close()


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
