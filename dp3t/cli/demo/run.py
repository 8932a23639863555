"""Play a scenario: real phones, real advertisements, real HTTP."""

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from random import Random  # noqa: TID251 - reproducible on purpose, and nobody's secrets

import aiohttp

from dp3t.cli.demo.scenario import (
    SIGHTING_SECONDS,
    START,
    Meeting,
    Outcome,
    Patient,
    Replay,
    Scenario,
)
from dp3t.cli.demo.server_process import Server, running_server
from dp3t.client import Client
from dp3t.params import DAY_SECONDS, STANDARD
from dp3t.phone import Phone
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import Metadata
from dp3t.publication.report import Report
from dp3t.timeline import Instant

_METADATA = Metadata(tx_power_dbm=-24)
_NEAR_DBM = (-70, -45)

Event = Meeting | Patient | Replay | Instant
"""What can happen; a bare instant is the update of all phones."""


class Demonstration:
    """The phones of a scenario and the server they talk to."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        design: str,
        seed: int,
        server: Server,
        clients: list[Client],
    ) -> None:
        self._scenario = scenario
        self._server = server
        self._random = Random(f"phones {seed}")  # noqa: S311 - a demonstration's phones
        self._rand = self._random.randbytes
        self._phones = [
            Phone.create(design, now=START, rand=self._rand) for _ in range(scenario.phones)
        ]
        self._clients = clients
        self._reports: dict[int, Report] = {}
        self._recorded: dict[int, bytes] = {}
        self._sizes: dict[str, int] = {}
        self.outcome = Outcome()

    async def play(self, progress: Callable[[float], None]) -> None:
        """Let everything happen in order of time.

        Args:
            progress: told after each event which fraction of the time has passed.
        """
        for at, event in timeline(self._scenario):
            match event:
                case Meeting():
                    self._meet(event, at)
                case Patient():
                    await self._report(event)
                case Replay():
                    self._replay(event, at)
                case _:
                    await self._update(at)
            progress((at - START) / (self._scenario.end - START))
        for person, phone in enumerate(self._phones):
            self.outcome.notified |= {(person, exposure.day) for exposure in phone.exposures}

    def _meet(self, meeting: Meeting, now: Instant) -> None:
        said = {person: self._say(person, now) for person in meeting.people}
        for listener in meeting.people:
            for speaker, words in said.items():
                if speaker != listener:
                    strength = self._random.randint(*_NEAR_DBM)
                    self._phones[listener].hear(words, now=now, rssi_dbm=strength)

    def _say(self, person: int, now: Instant) -> bytes:
        self._phones[person].tick(now, rand=self._rand)
        return self._phones[person].advertisement(now, metadata=_METADATA)

    async def _report(self, patient: Patient) -> None:
        phone = self._phones[patient.person]
        now = patient.reports_at
        phone.tick(now, rand=self._rand)
        self._reports[patient.person] = phone.report(since=patient.since, now=now, rand=self._rand)
        await self._server.set_clock(now)
        code = await self._server.issue_code()
        await self._clients[patient.person].upload(phone, code)

    def _replay(self, replay: Replay, at: Instant) -> None:
        if at < replay.at:
            self._recorded[replay.patient] = self._say(replay.patient, at)
            return
        victim = self._phones[replay.victim]
        victim.tick(at, rand=self._rand)
        heard = [self._recorded[replay.patient]]
        if replay.from_published_key:
            heard = self._derived(replay.patient, at)
        for words in heard:
            victim.hear(words, now=at, rssi_dbm=_NEAR_DBM[1])

    def _derived(self, patient: int, at: Instant) -> list[bytes]:
        """Return what anybody can broadcast once a key is public: every identifier of the day."""
        design = self._phones[patient].design
        words = []
        for record in self._reports[patient].records:
            for expansion in design.tracing_key(record).expand(before=at, parameters=STANDARD):
                for identifier in expansion.split():
                    words.append(
                        advertisement.encode(
                            identifier + _METADATA.encode(), service_uuid=design.service_uuid
                        )
                    )
        return words

    async def _update(self, now: Instant) -> None:
        await self._server.set_clock(now)
        for phone, client in zip(self._phones, self._clients, strict=True):
            phone.tick(now, rand=self._rand)
            update = await client.update(phone, now=now)
            self.outcome.bytes_downloaded += update.bytes_downloaded
        index = self._clients[0].index
        if index is not None:
            self._sizes |= {entry.name: entry.size_bytes for entry in index.entries}
        self.outcome.batches = len(self._sizes)
        self.outcome.bytes_published = sum(self._sizes.values())


async def demonstrate(
    scenario: Scenario, *, design: str, seed: int, progress: Callable[[float], None]
) -> Outcome:
    """Start the server, play the scenario and return what came of it."""
    began = time.monotonic()
    async with (
        running_server(start=START) as server,
        aiohttp.TCPConnector() as connector,
        AsyncExitStack() as stack,
    ):
        clients = [
            await stack.enter_async_context(
                Client(server.url, view=server.view, connector=connector)
            )
            for _ in range(scenario.phones)
        ]
        demonstration = Demonstration(
            scenario, design=design, seed=seed, server=server, clients=clients
        )
        await demonstration.play(progress)
    demonstration.outcome.seconds = time.monotonic() - began
    return demonstration.outcome


def timeline(scenario: Scenario) -> list[tuple[Instant, Event]]:
    """Return every event in order of time.

    A meeting stands once for each time its phones hear one another; a recorded replay once when it
    is recorded and once when it is played.
    """
    events: list[tuple[Instant, Event]] = [
        (Instant(at), meeting)
        for meeting in scenario.meetings
        for at in range(meeting.start, meeting.end, SIGHTING_SECONDS)
    ]
    events += [(patient.reports_at, patient) for patient in scenario.patients]
    events += [(update, update) for update in scenario.updates]
    for replay in scenario.replays:
        if not replay.from_published_key:
            events.append((Instant(replay.at - DAY_SECONDS), replay))
        events.append((replay.at, replay))
    return sorted(events, key=lambda event: event[0])
