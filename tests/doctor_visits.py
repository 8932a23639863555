"""Visits of the doctor to a server that has published and runs no more."""

import os
from ipaddress import ip_network
from pathlib import Path

from dp3t import Instant
from dp3t_server.config import Config
from dp3t_server.doctor import examine
from dp3t_server.parts import DataDirectory
from dp3t_server.visit import Finding, State, Visit
from key_server import NOW, SLOT, in_process, lowcost_record

Found = dict[str, list[Finding]]
HEALTHY = Config(
    min_batch_keys=0,
    answer_milliseconds=100,
    reads_per_minute=6000,
    reports_per_minute=60,
    disclosures_per_minute=60,
    wrong_tokens_per_minute=10,
    trusted_proxies=(ip_network("127.0.0.1/32"),),
)


async def published(folder: Path) -> DataDirectory:
    """Return the files of a healthy server that has published one batch and was stopped."""
    async with in_process(folder, config=HEALTHY) as server:
        await server.upload(await server.code(), lowcost_record())
        await server.move_to(NOW + SLOT)
    return DataDirectory(folder / "data")


def grow_old(data: DataDirectory) -> None:
    """Let the files be as old as the simulated clock says."""
    for file in data.path.glob("*"):
        os.utime(file, (NOW, NOW))


async def visited(
    data: DataDirectory,
    *,
    now: int = NOW + SLOT,
    config_file: Path | None = None,
    synchronised: bool | None = True,
    touch: float = NOW,
) -> Found:
    """Return what the doctor finds; `touch` is when a file of the server was last written."""
    grow_old(data)
    os.utime(data.path / "lock", (NOW, touch))
    visit = Visit(data=data, config_file=config_file, now=Instant(now), synchronised=synchronised)
    return await examine(visit)


def only(found: Found, check: str, state: State, *words: str, also: str = "") -> None:
    """Assert that one check, and at most one other, found something, and what the one found."""
    wrong = {name for name, all_ in found.items() if any(f.state != State.OK for f in all_)}
    assert wrong == {check, also or check}, found
    (finding,) = found[check]
    assert finding.state is state
    assert all(word in finding.message for word in words), finding.message
