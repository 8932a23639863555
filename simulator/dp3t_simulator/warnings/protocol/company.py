"""Some of the phones of a world, in one process: what they do in a morning and in an evening."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from dp3t import Parameters, Phone
from dp3t.presence import EntryCode
from dp3t.proximity.exposure.presets import preset
from dp3t_simulator.interfaces import Uploads
from dp3t_simulator.warnings.protocol.crowd import Crowd, Visit
from dp3t_simulator.warnings.protocol.evening import WORD_BYTES, Part
from dp3t_simulator.warnings.protocol.findings import Findings, Told
from dp3t_simulator.warnings.protocol.transport import Found, Reader

Read = Callable[[Sequence[Reader]], list[Found]]


class Setting(NamedTuple):
    """What is known before the first day.

    Attributes:
        people: who has a phone here.
        design: of all phones.
        parameters: the region's.
        skew: by how many seconds each person's clock is ahead; of everybody.
        seed: of the run.
        configuration: how encounters are weighed, the name of a preset.
        minutes: of a visit, from which a person is warned.
    """

    people: list[int]
    design: str
    parameters: Parameters
    skew: list[int]
    seed: int
    configuration: str
    minutes: int


class Company:
    """Phones, and what they tell their owners.

    Args:
        setting: of these phones.
    """

    def __init__(self, setting: Setting) -> None:
        self._crowd = Crowd(
            setting.people,
            design=setting.design,
            parameters=setting.parameters,
            skew=setting.skew,
            seed=setting.seed,
        )
        self._findings = Findings(preset(setting.configuration), minutes=setting.minutes)
        self._entries: dict[int, EntryCode] = {}

    def report(self, day: int, uploads: Uploads) -> list[Phone]:
        """Let phones report on a day; return those that have a report pending."""
        return self._crowd.report(day, uploads)

    def morning(self, day: int, online: Iterable[int], read: Read) -> Told:
        """Let all phones wake, and those that are online read; return what is new.

        Args:
            day: of the simulation.
            online: whoever is.
            read: lets phones ingest what they have not read, and returns their new matches.
        """
        self._crowd.wake(day)
        readers = self._crowd.readers(online, day)
        for reader, found in zip(readers, read(readers), strict=True):
            self._findings.add(day, reader.person, reader.phone, found)
        return self._findings.taken()

    def visit(self, day: int, visits: Iterable[Visit], links: Mapping[int, str]) -> None:
        """Let people check in and out.

        Args:
            day: of the simulation.
            visits: of anybody.
            links: what stands at the doors of all venues visited, by venue.
        """
        for venue, link in links.items():
            if venue not in self._entries:  # a code is scanned once for everybody
                self._entries[venue] = EntryCode.from_link(link)
        self._crowd.visit(day, visits, self._entries)

    def live(self, day: int, part: Part, exchange: Callable[[bytes], bytes]) -> None:
        """Let phones hear one another.

        Args:
            day: of the simulation.
            part: what is said and heard here.
            exchange: takes the words that are said here in a block, and returns those that are said
                anywhere, in the order of `Part.spoken`.
        """
        said = [b""] * part.words
        for block in part.blocks():
            own = b"".join(self._crowd.say(day, person, second) for person, second in block.saying)
            every = exchange(own)
            for place, number in enumerate(block.spoken):
                said[number] = every[WORD_BYTES * place : WORD_BYTES * (place + 1)]
            self._crowd.hear(day, block.heard, said)
