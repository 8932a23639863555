"""A facility at the terminal: it signs the next act of its chain and hands it in."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from dp3t.cli.facilities import options
from dp3t.cli.facilities.key_file import read_facility_key
from dp3t.cli.facilities.sent import Sent
from dp3t.facilities.act import ActHead, act_digest
from dp3t.facilities.acts import sign_act
from dp3t.facilities.answers import Place, Region
from dp3t.facilities.facility_acts import FacilityAct
from dp3t.facilities.words import Words
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant

if TYPE_CHECKING:
    from dp3t.facilities_client import FacilitiesClient

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A facility beside a server.

    Attributes:
        client: the server.
        key: its private key.
        facility: its name in the record.
        region: what the server says of the region.
        place: what the server shows of the facility.
        now: the present.
    """

    client: "FacilitiesClient"
    key: SigningKey
    facility: str
    region: Region
    place: Place
    now: Instant

    def head(self) -> ActHead:
        """Return what the next act of its chain says first."""
        return ActHead.at(self.place.chain, region=self.region.region, made=self.now)

    async def put(self, act: FacilityAct, words: Words | None = None) -> Sent:
        """Sign an act with that head and hand it in; RefusedError by name."""
        signed = sign_act(act, self.key)
        taken = await self.client.send_act(signed, words)
        return Sent(act_digest(signed), taken.number, taken.received)


def at_desk(
    server: str,
    key_file: Path,
    facility: str,
    now: str | None,
    act: Callable[[Desk], Awaitable[_T]],
) -> _T:
    """Do something as a facility; return what comes of it."""
    from dp3t.facilities_client import FacilitiesClient

    key, name = read_facility_key(key_file, facility)
    moment = options.now_given(now)

    async def do() -> _T:
        async with FacilitiesClient(server) as client:
            region = await client.fetch_settings()
            place = await client.fetch_place(name, authorities=said_authorities(region))
            desk = Desk(
                client=client, key=key, facility=name, region=region, place=place, now=moment
            )
            return await act(desk)

    return asyncio.run(do())


def said_authorities(region: Region) -> TrustedKeys:
    """Return the authority's keys as the server says them.

    Good enough for who makes an act: were they others, the act would be refused by who verifies.
    """
    return TrustedKeys(VerificationKey.pinned(each) for each in region.authorities)
