"""The server with its district: acts that are handed in, and what became of them."""

import asyncio
import json
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from dp3t.cli.demo.declarations.office import Office
from dp3t.cli.demo.facilities.parties import Authority, Citizen, Desk, drawn_key, one_time_key
from dp3t.cli.demo.facilities.week import REGION, Scenario
from dp3t.cli.demo.server_process import UNPADDED, Server
from dp3t.cli.moments import iso_moment
from dp3t.errors import TransportError
from dp3t.facilities.answers import Taken
from dp3t.facilities.objection import OBJECTIONS_SCOPE
from dp3t.facilities.refusal import RefusedError
from dp3t.facilities.snapshot import FacilityMap
from dp3t.facilities.state import State
from dp3t.facilities.words import Words
from dp3t.facilities_client import FacilitiesClient
from dp3t.params import LAST_INSTANT
from dp3t.primitives import Rand
from dp3t.publication.token_keys import LoggedTokenKeys, TokenKeys
from dp3t.publication.token_request import (
    TOKEN_ANSWER_BYTES,
    BlindedDay,
    TokenRequest,
    check_token_answer,
)
from dp3t.publication.tokens import PendingToken
from dp3t.timeline import Day, Instant, day_of

_AT_ONCE = 16
_EVENT_SECONDS = 10


@dataclass(slots=True, kw_only=True)
class Town:
    """Everybody in the story, and the server between them.

    Attributes:
        server: the process.
        client: of the record.
        authority: who enrols and decides.
        desks: of the facilities, by name.
        rand: of all of them.
        now: what the server's clock shows.
        acts: how many acts the record has to have by now.
        listed: the UTC days whose list of token keys it has.
    """

    server: Server
    client: FacilitiesClient
    authority: Authority
    desks: dict[str, Desk]
    rand: Rand = field(repr=False)
    now: Instant
    acts: int = 0
    listed: set[Day] = field(default_factory=set)

    async def set_clock(self, now: Instant) -> None:
        """Let time pass for everybody."""
        await self.server.set_clock(now)
        self.now = now

    async def decree(self, *signed: bytes) -> None:
        """Hand in acts of the authority, in their order."""
        for each in signed:
            await self.client.send_authority_act(each, token=self.server.token)
            self.acts += 1

    async def hand_in(self, signed: bytes, words: Words | None = None) -> Taken:
        """Hand in an act of a facility, which is good."""
        taken = await self.client.send_act(signed, words)
        self.acts += 1
        return taken

    async def hand_in_each(self, acts: Iterable[Sequence[bytes]]) -> None:
        """Hand in the acts of several facilities, those of one in their order."""
        free = asyncio.Semaphore(_AT_ONCE)

        async def alone(of_one: Sequence[bytes]) -> None:
            async with free:
                for signed in of_one:
                    await self.hand_in(signed)

        await asyncio.gather(*map(alone, acts))

    async def hand_in_objection(self, signed: bytes, words: Words | None = None) -> Taken:
        """Hand in an objection, which is good; the first of a day brings the day's token keys."""
        taken = await self.client.send_objection(signed, words)
        self.acts += 1 + (day_of(self.now) not in self.listed)
        self.listed.add(day_of(self.now))
        return taken

    async def citizens(self, count: int) -> list[Citizen]:
        """Let some people get a token for today with a code that they are given in person."""
        data = await self._fetched("/v1/tokens/keys")
        listed = TokenKeys.open(
            LoggedTokenKeys.decode(data).signed,
            trusted=self.server.view.trusted,
            region=REGION,
            now=self.now,
        )
        codes = await Office(self.server).token_codes(count)
        found = []
        for code in codes:
            one_time = one_time_key(rand=self.rand)
            key = listed.key(OBJECTIONS_SCOPE, day_of(self.now))
            nonce = one_time.public().public
            pending = PendingToken.begin(key, rand=self.rand, nonce=nonce)
            wanted = (BlindedDay(key.day, pending.blinded),)
            request = TokenRequest(code=code, scope=OBJECTIONS_SCOPE, wanted=wanted)
            (issued,) = await self._tokens(request)
            found.append(Citizen(pending.finish(issued), one_time))
        return found

    async def map(self) -> FacilityMap:
        """Return the map of the moment, verified."""
        return await self.client.fetch_map(
            trusted=self.server.view.trusted, now=self.now, region=REGION
        )

    async def state(self, name: str) -> State:
        """Return what the server says a facility is now."""
        trusted = self.authority.trusted
        return (await self.client.fetch_place(name, authorities=trusted)).row.state

    async def told(self, name: str, work: Awaitable[object]) -> str:
        """Do something, and return the state of a facility that those who listen are told."""
        url = f"{self.server.url}/v1/facilities/live?after={self.acts}&made={self.now}"
        async with asyncio.timeout(_EVENT_SECONDS), self.server.session.get(url) as stream:
            await _event(stream)  # what was missed: nothing
            await work
            while True:
                event = await _event(stream)
                if event.get("acts") == self.acts:
                    (row,) = (each for each in event["changed"] if each["facility"] == name)
                    return str(row["state"])

    async def _tokens(self, request: TokenRequest) -> Sequence[bytes]:
        async with self.server.session.post(
            f"{self.server.url}/v1/tokens", data=request.encode()
        ) as response:
            data = await response.read()
        if len(data) != TOKEN_ANSWER_BYTES:
            raise TransportError(f"the request for tokens was answered {response.status}")
        issued = check_token_answer(data, days=len(request.wanted))
        if not all(isinstance(each, bytes) for each in issued):
            raise TransportError("a token was refused")
        return [each for each in issued if isinstance(each, bytes)]

    async def _fetched(self, path: str) -> bytes:
        async with self.server.session.get(self.server.url + path) as response:
            if response.status != 200:
                raise TransportError(f"{path} was answered {response.status}")
            return await response.read()


def settings_of(authority: Authority, *, boundaries: str) -> str:
    """Return the server's file of settings.

    Args:
        authority: whose acts it takes.
        boundaries: path of the district's GeoJSON.
    """
    public = authority.key.public()
    entry = (
        f'{{ public = "{public.public.hex()}", valid_from = {iso_moment(Instant(0))}, '
        f"valid_until = {iso_moment(Instant(LAST_INSTANT))} }}"
    )
    return (
        UNPADDED
        + f'region = "{REGION}"\ndesigns = ["lowcost"]\nkey_files = false\n'
        + f"facilities = true\nfacility_authorities = [{entry}]\nfacility_page_seconds = 1\n"
        + f"facility_boundaries = {json.dumps(boundaries)}\n"
        + "acts_per_minute = 0\nreports_per_minute = 0\nreads_per_minute = 0\n"
        + "answer_milliseconds = 0\n"
    )


def authority_of(*, rand: Rand) -> Authority:
    """Draw the authority's key."""
    return Authority(drawn_key(rand=rand))


def desks_of(scenario: Scenario, *, rand: Rand) -> dict[str, Desk]:
    """Let each desk draw its key, which nobody else has."""
    return {
        each.facility: Desk(drawn_key(rand=rand), facility=each)
        for each in scenario.district.facilities
    }


async def refusal_of(handed_in: Awaitable[Taken]) -> str:
    """Return by which name an act is refused; its number where it is taken."""
    try:
        return f"taken as {(await handed_in).number}"
    except RefusedError as error:
        return error.refusal.value


async def _event(stream: aiohttp.ClientResponse) -> dict[str, Any]:
    """Return the data of the next event."""
    while block := await stream.content.readuntil(b"\n\n"):
        for line in block.decode().splitlines():
            if line.startswith("data: "):
                found: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return found
    raise TransportError("the stream of events has ended")
