"""Play the day at the market: real phones, real codes, real HTTP, and an authority beside it."""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from random import Random  # noqa: TID251 - reproducible on purpose, and nobody's secrets

import aiohttp

from dp3t.cli.demo.presence.parties import ADDRESS, DESCRIPTIONS, HealthAuthority, Venue
from dp3t.cli.demo.presence.scenario import PATIENT, START, Place, Scenario, Visit
from dp3t.cli.demo.server_process import Server, running_server
from dp3t.client import Client
from dp3t.phone import Notice, Phone
from dp3t.presence.card import Card
from dp3t.presence.identity import secrets_of
from dp3t.proximity.advertisement import Metadata
from dp3t.timeline import Day, Instant, Stretch, day_of

_METADATA = Metadata(tx_power_dbm=-24)
_NEAR_DBM = -55
_SIGHTING_SECONDS = 240
_SETTINGS = "presence = true\nmin_batch_keys = 1\ndesigns = ['{design}']\n"
"""Traces are padded as on any server; of keys there is at least one in each batch."""

Event = Callable[[Instant], Awaitable[None]]
"""What happens at a moment."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What the demonstration found.

    Attributes:
        warned: for each person with a phone the stretches that it warns of.
        met: for each person with a phone the days with an encounter.
        notices: for each person with a phone what it shows.
        called: for each contact whom the authority can call the stretches of the slips.
        held: the lengths of the owners' uploads that the server held.
        left: how many of them it held once the authority had them.
        told: what of the places and people the server's files hold in the clear; nothing should.
        sizes: the lengths of all batches, by name.
        bytes_downloaded: what all phones fetched.
        seconds: how long it took.
    """

    warned: dict[int, tuple[Stretch, ...]] = field(default_factory=dict)
    met: dict[int, tuple[Day, ...]] = field(default_factory=dict)
    notices: dict[int, tuple[Notice, ...]] = field(default_factory=dict)
    called: dict[int, tuple[Stretch, ...]] = field(default_factory=dict)
    held: list[int] = field(default_factory=list)
    left: int = 0
    told: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)
    bytes_downloaded: int = 0
    seconds: float = 0.0


class Demonstration:
    """The phones, the venues and the authority of a scenario, and the server between them."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        design: str,
        seed: int,
        server: Server,
        client: Callable[[], Client],
    ) -> None:
        """Set the venues up, print the cards and hand out the phones.

        Args:
            scenario: what will happen.
            design: of the phones.
            seed: of everything that they draw.
            server: the server.
            client: makes a connection to it; one for each phone and each owner's app.
        """
        self._scenario = scenario
        self._server = server
        self._rand = Random(f"presence phones {seed}").randbytes  # noqa: S311 - a demonstration's
        self._authority = HealthAuthority(rand=self._rand)
        self._venues = {
            place: Venue(place, authority=self._authority.public, now=START, rand=self._rand)
            for place in Place
        }
        self._phones = {
            person: Phone.create(design, now=START, rand=self._rand)
            for person in range(len(scenario.names))
            if person not in scenario.without_phone
        }
        self._cards = {
            person: Card.of(
                self._contact(person), authority=self._authority.public, rand=self._rand
            )
            for person in sorted(scenario.without_phone)
        }
        self._clients = {person: client() for person in self._phones}
        self._owners = {place: client() for place in self._venues}
        self.outcome = Outcome()

    async def play(self, progress: Callable[[float], None]) -> None:
        """Let everything happen in order of time.

        Args:
            progress: told after each event which fraction of the time has passed.
        """
        for at, event in sorted(self._timeline(), key=lambda each: each[0]):
            await event(at)
            progress((at - START) / (self._scenario.end - START))
        self.outcome.told |= self._told()
        for person, phone in self._phones.items():
            self.outcome.warned[person] = tuple(
                Stretch(one.start, one.end) for one in phone.venue_exposures
            )
            self.outcome.met[person] = tuple(exposure.day for exposure in phone.exposures)
            self.outcome.notices[person] = phone.notices

    def _timeline(self) -> Iterator[tuple[Instant, Event]]:
        for visit in self._scenario.visits:
            if visit.person in self._cards:
                yield visit.stay.end, partial(self._show_card, visit)
                continue
            yield visit.stay.start, partial(self._arrive, visit)
            if not visit.forgets:
                yield visit.stay.end, partial(self._leave, visit)
        for at in range(*self._scenario.walk, _SIGHTING_SECONDS):
            yield Instant(at), self._walk
        for at in self._scenario.updates:
            yield at, self._update
        yield self._scenario.interview, self._interview

    async def _show_card(self, visit: Visit, _now: Instant) -> None:
        self._venues[visit.place].note(self._cards[visit.person].text(), visit.stay)

    async def _arrive(self, visit: Visit, now: Instant) -> None:
        phone = self._phones[visit.person]
        phone.tick(now, rand=self._rand)
        phone.check_in(self._venues[visit.place].scanned(), now=now, rand=self._rand)

    async def _leave(self, visit: Visit, now: Instant) -> None:
        phone = self._phones[visit.person]
        phone.tick(now, rand=self._rand)
        (lasting,) = phone.check_ins
        phone.check_out(lasting, now=now, rand=self._rand)

    async def _walk(self, now: Instant) -> None:
        walkers = [self._phones[PATIENT], self._phones[self._scenario.companion]]
        for phone in walkers:
            phone.tick(now, rand=self._rand)
        for speaker, listener in (walkers, walkers[::-1]):
            words = speaker.advertisement(now, metadata=_METADATA)
            listener.hear(words, now=now, rssi_dbm=_NEAR_DBM)

    async def _interview(self, now: Instant) -> None:
        """Let the patient report, the owners answer, and the authority finish the traces."""
        await self._server.set_clock(now)
        patient = self._phones[PATIENT]
        patient.tick(now, rand=self._rand)
        patient.report(since=day_of(START), now=now, rand=self._rand)
        await self._clients[PATIENT].upload(patient, await self._server.issue_code())
        self._authority.ask(self._scenario.traced())
        for place, request in self._authority.requests.items():
            sealed = self._venues[place].answer(request, now=now)
            code = await self._server.issue_code(traces=True)
            await self._owners[place].upload_trace(sealed, code)
        self.outcome.told |= self._told()
        for name, sealed in (await self._server.trace_uploads()).items():
            self.outcome.held.append(len(sealed))
            traces = self._authority.complete(sealed, now=now)
            await self._server.publish_traces([trace.encode() for trace in traces])
            await self._server.erase_trace_upload(name)
        self.outcome.left = len(await self._server.trace_uploads())
        self._call()

    def _call(self) -> None:
        persons = {self._contact(person): person for person in self._cards}
        for place in self._authority.requests:
            for contact in self._authority.call(place, self._venues[place].book):
                person = persons[contact.contact]
                self.outcome.called[person] = (
                    *self.outcome.called.get(person, ()),
                    *contact.stays,
                )

    async def _update(self, now: Instant) -> None:
        await self._server.set_clock(now)
        for person, phone in self._phones.items():
            phone.tick(now, rand=self._rand)
            update = await self._clients[person].update(phone, now=now)
            self.outcome.bytes_downloaded += update.bytes_downloaded
        for place, venue in self._venues.items():
            venue.dummies = await self._owners[place].send_owner_dummies(
                venue.dummies, authority=venue.authority, now=now, rand=self._rand
            )
        index = self._clients[PATIENT].index
        if index is not None:
            self.outcome.sizes |= {entry.name: entry.size_bytes for entry in index.entries}

    def _told(self) -> set[str]:
        """Return what of places and people stands in a file of the server."""
        kept = self._server.files()
        return {name for name, secret in self._secrets() if any(secret in file for file in kept)}

    def _secrets(self) -> Iterator[tuple[str, bytes]]:
        for place, venue in self._venues.items():
            yield f"{place}: entry code", venue.code.payload
            yield f"{place}: name", DESCRIPTIONS[place].encode()
            yield f"{place}: notification key", secrets_of(venue.code.payload).notification_key
        yield "address", ADDRESS.encode()
        for person in self._cards:
            yield f"{self._scenario.names[person]}: contact", self._contact(person).encode()

    def _contact(self, person: int) -> str:
        return f"{self._scenario.names[person]}, 0912 345 {person:03}"


async def demonstrate(
    scenario: Scenario, *, design: str, seed: int, progress: Callable[[float], None]
) -> Outcome:
    """Start the server, play the scenario and return what came of it."""
    began = time.monotonic()
    settings = _SETTINGS.format(design=design)
    async with (
        running_server(start=START, settings=settings) as server,
        aiohttp.TCPConnector() as connector,
        AsyncExitStack() as stack,
    ):
        clients = list[Client]()

        def client() -> Client:
            clients.append(Client(server.url, view=server.view, connector=connector))
            return clients[-1]

        demonstration = Demonstration(
            scenario, design=design, seed=seed, server=server, client=client
        )
        for each in clients:
            await stack.enter_async_context(each)
        await demonstration.play(progress)
    demonstration.outcome.seconds = time.monotonic() - began
    return demonstration.outcome
