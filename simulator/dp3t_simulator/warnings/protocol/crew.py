"""All phones of a world: together in this process, or in several that take turns with words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from dp3t.presence import Trace
from dp3t_simulator.interfaces import Morning, Uploads
from dp3t_simulator.warnings.protocol.air import Day
from dp3t_simulator.warnings.protocol.company import Company, Setting
from dp3t_simulator.warnings.protocol.crowd import Visit
from dp3t_simulator.warnings.protocol.evening import parts_of
from dp3t_simulator.warnings.protocol.findings import tables
from dp3t_simulator.warnings.protocol.transport import Transport

Progress = Callable[[float], None]
"""Told which part of a day's blocks has been heard, up to 1."""

Rounds = Sequence[Sequence[Trace]]


class Crew(Protocol):
    """The phones, and how their reports reach each other."""

    def morning(self, day: int, uploads: Uploads, rounds: Rounds, online: Iterable[int]) -> Morning:
        """Let phones report, release a batch, and let the phones that are online read."""

    def visit(self, day: int, visits: Iterable[Visit], links: Mapping[int, str]) -> None:
        """Let people check in and out; see `Company.visit`."""

    def live(self, day: int, heard: Day, progress: Progress) -> None:
        """Let phones hear one another."""

    def close(self) -> None:
        """Give back what is held."""


class LocalCrew:
    """Phones in this process, and a transport.

    Args:
        setting: of all phones.
        transport: between them.
    """

    def __init__(self, setting: Setting, transport: Transport) -> None:
        self._company = Company(setting)
        self._transport = transport

    def morning(self, day: int, uploads: Uploads, rounds: Rounds, online: Iterable[int]) -> Morning:
        """Let phones report and read."""
        reporting = self._company.report(day, uploads)
        published = self._transport.publish(day, reporting, rounds)
        told = self._company.morning(
            day, online, lambda readers: self._transport.read(day, readers)
        )
        return Morning(*tables([told]), published.keys, published.size_bytes)

    def visit(self, day: int, visits: Iterable[Visit], links: Mapping[int, str]) -> None:
        """Let people check in and out."""
        self._company.visit(day, visits, links)

    def live(self, day: int, heard: Day, progress: Progress) -> None:
        """Let phones hear one another."""
        (part,) = parts_of(heard, 1)
        done = 0

        def exchange(words: bytes) -> bytes:
            nonlocal done
            done += 1
            progress(done / len(part.hear_ends))
            return words

        self._company.live(day, part, exchange)

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()
