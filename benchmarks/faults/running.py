"""A run: a site is set up, rounds befall it, and all that was sent is settled with the auditor."""

import random  # noqa: TID251 - dice of a program, seeded
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import aiohttp

from benchmarks.faults.accounts import VIOLATIONS, Accounts, settle
from benchmarks.faults.auditor import Auditor
from benchmarks.faults.building import built
from benchmarks.faults.machines import Machine
from benchmarks.faults.processes import set_clock
from benchmarks.faults.rounds import CLOCKED_ROUNDS, ROUNDS
from benchmarks.faults.site import SLOT, Site
from dp3t import STANDARD, Instant, TrustedKeys
from dp3t.publication import ServerView
from dp3t_server.config import Config

STOPPED = "server that does not work again"
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
        rounds: how many rounds of each kind.
        taken_over: releases whose slot a publisher has taken over from a killed or stalled one.
        seconds: how long it took.
        disks: how disks ran full.
        kills: how many processes were killed at each moment.
        refusals: how often a report was refused, by the reason.
        accounts: what was sent and published.
        seen: how much the auditor has read.
        violations: how often each thing happened that must not.
        messages: what was found, in words.
    """

    plan: Plan
    rounds: Counter[str] = field(default_factory=Counter)
    taken_over: set[int] = field(default_factory=set)
    seconds: float = 0.0
    disks: tuple[str, ...] = ()
    kills: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    accounts: Accounts | None = None
    seen: dict[str, int] = field(default_factory=dict)
    violations: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)


async def run(plan: Plan, *, told: Callable[[str], None] = lambda _: None) -> Result:
    """Do a run; it ends early where a server does not work and nothing keeps it from working.

    Args:
        plan: what to do.
        told: hears the kind of each round when it is over.

    Raises:
        NoPostgresqlError: there is no PostgreSQL to run on.
    """
    dice, began = random.Random(plan.seed), time.monotonic()  # noqa: S311 - repeatable
    result = Result(plan=plan)
    async with built(plan.database, devices=plan.devices, dice=dice) as site:
        auditor = Auditor(
            view=ServerView(trusted=TrustedKeys()),
            retention_days=STANDARD.retention_days,
            dice=dice,
        )
        try:
            for kind in plan.kinds(dice, without=site.impossible):
                await _round(kind, site, auditor, result)
                told(kind)
            await _end(site, auditor, result)
        except (OSError, aiohttp.ClientError) as fault:
            auditor.messages.append(f"{STOPPED}: {fault}")
            result.violations[STOPPED] = 1
        _settle(result, site, auditor)
    result.seconds = time.monotonic() - began
    return result


async def _round(kind: str, site: Site, auditor: Auditor, result: Result) -> None:
    """Start what was killed, look at what is published, and let something befall the site."""
    site.simulated = kind not in CLOCKED_ROUNDS
    set_clock(site.clock, site.now)
    await site.start()
    if not len(auditor.view.trusted):  # what the app of a phone brings with it
        auditor.view = ServerView(trusted=site.machines[0].trusted)
    await _look(auditor, site.dice.choice(site.machines))
    result.taken_over |= await site.taken_over()
    await ROUNDS[kind][0](site)
    result.rounds[kind] += 1


async def _end(site: Site, auditor: Auditor, result: Result) -> None:
    """Publish all that waits, and audit everything that every machine serves."""
    for machine in site.machines:
        await machine.kill()
    site.simulated = True
    await site.start()
    for ahead in (SLOT, _DAY + SLOT, _DAY + 2 * SLOT):
        status = await site.publish(site.machines[0], site.now + ahead)
        if status != 200:
            raise OSError(f"what was left was not published: {status}")
    for machine in site.machines:
        await _look(auditor, machine, everything=True)
    result.taken_over |= await site.taken_over()


def _settle(result: Result, site: Site, auditor: Auditor) -> None:
    """Set what was sent against what was published."""
    accounts = settle(site.phones.sent, list(auditor.batches.values()), padded=_pads())
    result.disks = tuple(disk.kind for disk in site.disks)
    result.kills, result.accounts, result.messages = site.kills, accounts, auditor.messages
    for machine in site.machines:
        result.refusals += machine.refusals
    result.seen = {
        "batches fetched": auditor.fetched,
        "indexes accepted": auditor.indexes,
        "checkpoints of the log": len(auditor.log.checkpoints),
        "batches in the log": len(auditor.log.batches()),
    }
    result.violations = {
        **{name: int(getattr(accounts, name)) for name in VIOLATIONS},
        **auditor.findings,
        "status 500": sum(machine.mistakes for machine in site.machines),
        STOPPED: result.violations.get(STOPPED, 0),
    }


def _pads() -> bool:
    """Return whether the server fills its batches with keys that no phone sent."""
    return bool(getattr(Config(), "min_batch_keys", 0))


async def _look(auditor: Auditor, machine: Machine, *, everything: bool = False) -> None:
    _, health = await machine.ask("GET", "/v1/health")
    now = Instant(health["last_release"])
    await auditor.look(machine.get, now=now, everything=everything)
