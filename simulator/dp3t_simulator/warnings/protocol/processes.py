"""Phones in processes of their own: each has some of the people, and all hear all words."""

from collections.abc import Iterable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from dp3t import Report, TrustedKeys
from dp3t_simulator.interfaces import Morning, Uploads
from dp3t_simulator.warnings.protocol.air import Day
from dp3t_simulator.warnings.protocol.company import Company, Setting
from dp3t_simulator.warnings.protocol.crew import Progress, Rounds
from dp3t_simulator.warnings.protocol.crowd import Visit
from dp3t_simulator.warnings.protocol.evening import Part, parts_of
from dp3t_simulator.warnings.protocol.findings import Told, tables
from dp3t_simulator.warnings.protocol.memory import (
    MemoryReader,
    MemoryServer,
    Release,
    taken,
)

_STOP_SECONDS = 10


class ProcessCrew:
    """Phones in several processes, and a server in memory in this one.

    Args:
        setting: of all phones.
        server: signs the batches.
        processes: how many; no result depends on it.
    """

    def __init__(self, setting: Setting, server: MemoryServer, *, processes: int) -> None:
        self._server = server
        self._pipes: list[Connection] = []
        self._workers = []
        context = get_context("spawn")  # threads may run here, which a fork would not survive
        for number in range(processes):
            own = [person for person in setting.people if person % processes == number]
            ours, theirs = context.Pipe()
            worker = context.Process(
                target=_work,
                args=(theirs, setting._replace(people=own), server.trusted),
                daemon=True,
            )
            worker.start()
            theirs.close()
            self._pipes.append(ours)
            self._workers.append(worker)

    def morning(self, day: int, uploads: Uploads, rounds: Rounds, online: Iterable[int]) -> Morning:
        """Let phones report, publish, and let those that are online read."""
        reports: list[list[Report]] = self._ask("report", day, uploads)
        every = [report for some in reports for report in some]
        release, published = self._server.publish(day, every, rounds)
        told: list[Told] = self._ask("morning", day, release, list(online))
        return Morning(*tables(told), published.keys, published.size_bytes)

    def visit(self, day: int, visits: Iterable[Visit], links: Mapping[int, str]) -> None:
        """Let people check in and out."""
        self._ask("visit", day, list(visits), dict(links))

    def live(self, day: int, heard: Day, progress: Progress) -> None:
        """Let phones hear one another, ten minutes after ten minutes."""
        parts = parts_of(heard, len(self._pipes))
        for pipe, part in zip(self._pipes, parts, strict=True):
            pipe.send(("live", day, part))
        blocks = len(parts[0].hear_ends)
        for block in range(blocks):
            every = b"".join([_received(pipe) for pipe in self._pipes])
            for pipe in self._pipes:
                pipe.send(every)
            progress((block + 1) / blocks)
        for pipe in self._pipes:
            _received(pipe)

    def close(self) -> None:
        """End the processes."""
        for pipe in self._pipes:
            pipe.close()
        for worker in self._workers:
            worker.join(_STOP_SECONDS)
            worker.kill()

    def _ask(self, name: str, *arguments: object) -> list[Any]:
        for pipe in self._pipes:
            pipe.send((name, *arguments))
        return [_received(pipe) for pipe in self._pipes]


class _Worker:
    """What a process does when it is asked."""

    def __init__(self, pipe: Connection, setting: Setting, trusted: TrustedKeys) -> None:
        self._pipe = pipe
        self._company = Company(setting)
        self._reader = MemoryReader(setting.design, parameters=setting.parameters, trusted=trusted)

    def report(self, day: int, uploads: Uploads) -> list[Report]:
        return taken(self._company.report(day, uploads))

    def morning(self, day: int, release: Release, online: Sequence[int]) -> Told:
        self._reader.add(release)
        return self._company.morning(day, online, self._reader.read)

    def visit(self, day: int, visits: Sequence[Visit], links: Mapping[int, str]) -> None:
        self._company.visit(day, visits, links)

    def live(self, day: int, part: Part) -> None:
        def exchange(words: bytes) -> bytes:
            self._pipe.send(words)
            every: bytes = self._pipe.recv()
            return every

        self._company.live(day, part, exchange)


def _work(pipe: Connection, setting: Setting, trusted: TrustedKeys) -> None:
    """Answer until the other end is closed; what goes wrong is an answer, and the last one."""
    try:
        worker = _Worker(pipe, setting, trusted)
        while True:
            name, *arguments = pipe.recv()
            pipe.send(getattr(worker, name)(*arguments))
    except EOFError:
        return
    except Exception as error:
        pipe.send(error)


def _received(pipe: Connection) -> Any:
    answer = pipe.recv()
    if isinstance(answer, Exception):
        raise answer
    return answer
