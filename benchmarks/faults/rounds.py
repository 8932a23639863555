"""The rounds: what befalls a site while phones send reports and slots are published.

Each begins with every server up and leaves some or all of them killed.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping

from benchmarks.faults.accounts import Sent
from benchmarks.faults.disks import Disk
from benchmarks.faults.machines import Machine
from benchmarks.faults.processes import Program, set_clock
from benchmarks.faults.site import SLOT, Site, last_line

Round = Callable[[Site], Awaitable[None]]

_SECONDS = 0.4
"""How long phones send reports in a round."""

_DAY = 86_400
_STALL_SECONDS = (0.2, 0.5, 1.5, 2.5)
"""For how long a process stands still; a lease lasts one second here."""


async def killed(site: Site) -> None:
    """Reports and publications, and a kill at some moment or just while a slot is published."""
    if not site.up:
        return
    reports = await _reports(site)
    publications = [
        asyncio.create_task(_publish_later(site, machine, steps))
        for steps in range(1, site.dice.randint(2, 4))
        for machine in site.machines
    ]
    await _kill_some(site)
    await asyncio.gather(*reports, *publications)


async def beside(site: Site) -> None:
    """The same while `dp3t-server publish` runs beside the server, and is killed too or not."""
    reports = await _reports(site)
    publication = asyncio.create_task(_publish_later(site, site.machines[0], 1))
    await asyncio.sleep(site.dice.uniform(0, _SECONDS / 2))
    publisher = site.publish_beside(site.now + SLOT * site.dice.randint(1, 3))
    if site.dice.random() < 0.5:
        await asyncio.sleep(site.dice.uniform(0, _SECONDS))
        if publisher.is_running:
            await publisher.kill()
            site.kills["publisher beside"] += 1
    await _kill_some(site)
    await asyncio.gather(*reports, publication, publisher.ended())


async def full_disk(site: Site) -> None:
    """A disk that runs full under load, with a kill while it is; the server may start on it."""
    disk, machine = site.dice.choice(list(site.disks)), site.machines[0]
    reports = await _reports(site)
    publication = asyncio.create_task(_publish_later(site, machine, 1))
    await asyncio.sleep(site.dice.uniform(0, _SECONDS / 2))
    _fill(site, disk)
    try:
        await asyncio.sleep(site.dice.uniform(0, _SECONDS))
        await machine.publish(site.now if site.simulated else None)
        if site.dice.random() < 0.5:
            await site.kill(machine)
            await _start_on_a_full_disk(site, machine)
    finally:
        disk.free(site.pids)
    if site.cluster is not None:
        await asyncio.to_thread(site.cluster.revive)
    await asyncio.gather(*reports, publication)
    await _more(site)
    await killed(site)


async def jumping_clock(site: Site) -> None:
    """A system clock that jumps ahead and back, and publications by what it shows."""
    reports = await _reports(site)
    for jump in (1, *(site.dice.randint(-36, 36) for _ in range(site.dice.randint(1, 3)))):
        await _jump(site, site.now + SLOT * jump)
    if site.dice.random() < 0.3:
        absurd = site.dice.choice((0, site.now + 30 * 365 * _DAY))
        set_clock(site.clock, absurd)
        await asyncio.gather(*(machine.publish(None) for machine in site.up))
    set_clock(site.clock, site.now)
    await asyncio.gather(*reports)
    await killed(site)


async def restarted_database(site: Site) -> None:
    """The database server stops at once under load and starts again, and a server is killed."""
    if site.cluster is None:
        raise ValueError("there is no database server to restart")
    reports = await _reports(site)
    publications = [
        asyncio.create_task(_publish_later(site, machine, 1)) for machine in site.machines
    ]
    await _just_while_publishing(site, site.dice.choice(site.machines))
    await asyncio.to_thread(site.cluster.stop)
    await asyncio.sleep(site.dice.uniform(0, 0.3))
    await asyncio.to_thread(site.cluster.start)
    await asyncio.gather(*reports, *publications)
    await _more(site)
    await killed(site)


async def stalled(site: Site) -> None:
    """A process that stands still in the middle of a slot, past its lease or not, and goes on.

    Meanwhile the others take reports, and publish where it lasts long.
    """
    machine, *others = site.dice.sample(list(site.machines), len(site.machines))
    reports, seconds = await _written(site), site.dice.choice(_STALL_SECONDS)
    if others or site.dice.random() < 0.5:
        process, ending = machine.process, _publish_later(site, machine, 1)
    else:
        process = site.publish_beside(site.now + SLOT)
        ending = process.ended()
    publication = asyncio.create_task(ending)
    await site.slot_under_way()
    _signal(process, signal.SIGSTOP)
    try:
        sending = await site.send(reports, seconds=seconds)
        taking = [asyncio.create_task(_publish_later(site, each, 1)) for each in others]
        await asyncio.sleep(seconds)
    finally:
        _signal(process, signal.SIGCONT)
    await _kill_some(site)
    await asyncio.gather(*sending, *taking, publication)


ROUNDS: Mapping[str, tuple[Round, int]] = {
    "killed": (killed, 5),
    "publisher beside": (beside, 2),
    "stalled": (stalled, 1),
    "disk full": (full_disk, 2),
    "clock jumping": (jumping_clock, 2),
    "database restarted": (restarted_database, 3),
}
"""Each with how often it comes beside the others."""

CLOCKED_ROUNDS = frozenset({"clock jumping"})
"""Those whose servers follow the system's clock, not a simulated one."""


async def _reports(site: Site) -> list[asyncio.Task[None]]:
    """Begin to send reports."""
    return await site.send(await _written(site), seconds=_SECONDS)


async def _written(site: Site) -> list[Sent]:
    """Return reports that are ready to be sent, each with a code."""
    codes = await site.dice.choice(site.up).codes(site.dice.randint(4, 12))
    return site.phones.reports(codes, now=site.now)


async def _more(site: Site) -> None:
    """Send and publish something once more: what was out of order works again.

    Raises:
        OSError: it does not.
    """
    if not site.up:
        return
    await site.answers_again()
    await asyncio.gather(*await _reports(site))
    for machine in site.up:
        status = await site.publish(machine, site.now + SLOT)
        if status not in (200, 409):  # the other may have its clock ahead
            said = last_line(machine.log)
            raise OSError(f"a server did not publish when it could again: {status}, {said}")


async def _publish_later(site: Site, machine: Machine, steps: int) -> None:
    """Publish so many slots ahead, at some moment of the round."""
    at = site.now + SLOT * steps
    await asyncio.sleep(site.dice.uniform(0, _SECONDS))
    if machine.is_up:
        await site.publish(machine, at)


async def _kill_some(site: Site) -> None:
    """Kill one server or all, each at any moment or just while it publishes."""
    some = site.dice.sample(site.up, site.dice.randint(min(1, len(site.up)), len(site.up)))
    for machine in some:
        if site.dice.random() < 0.6:
            await _just_while_publishing(site, machine)
        else:
            await asyncio.sleep(site.dice.uniform(0, 0.8 * _SECONDS))
        await site.kill(machine)


async def _just_while_publishing(site: Site, machine: Machine) -> None:
    """Wait until a publication was asked for, and then for a part of what it takes."""
    if not machine.publishing:
        machine.has_begun_to_publish.clear()
        try:
            await asyncio.wait_for(machine.has_begun_to_publish.wait(), _SECONDS)
        except TimeoutError:
            return
    if site.dice.random() < 0.5:
        await site.slot_under_way()
    else:
        await asyncio.sleep(site.a_moment_of_publication())


def _signal(process: Program | None, number: signal.Signals) -> None:
    if process is not None:
        process.signal(number)


async def _jump(site: Site, to: int) -> None:
    """Let the clock jump, and have published what is due by it."""
    set_clock(site.clock, to)
    site.reach(to)
    await asyncio.sleep(site.dice.uniform(0, 0.1))
    await asyncio.gather(*(machine.publish(None) for machine in site.up))


def _fill(site: Site, disk: Disk) -> None:
    disk.fill(site.pids, room_bytes=site.dice.choice((0, 4, 16, 64, 256)) * 1024)


async def _start_on_a_full_disk(site: Site, machine: Machine) -> None:
    """Start a server where it can write nothing: it may or may not; it must not spoil anything."""
    site.spawn(machine)
    await machine.ready()
