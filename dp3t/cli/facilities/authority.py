"""The authority at the terminal: it signs acts, one after the other, and hands them in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from dp3t.cli.facilities import options
from dp3t.cli.facilities.sent import Sent
from dp3t.cli.operator_token import read_token
from dp3t.cli.signing_key import read_signing_key
from dp3t.facilities.act import ActHead, ChainEnd, act_digest
from dp3t.facilities.acts import sign_act
from dp3t.facilities.answers import Region
from dp3t.facilities.authority_acts import AuthorityAct
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.words import Words
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant

if TYPE_CHECKING:
    from dp3t.facilities_client import FacilitiesClient

_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class Authority:
    """The authority beside a server.

    Attributes:
        client: the server.
        key: its private key.
        region: what the server says of it.
        now: the present.
    """

    client: "FacilitiesClient"
    key: SigningKey
    token: str
    region: Region
    now: Instant
    end: ChainEnd

    @property
    def today(self) -> LocalDay:
        """The local day; PolicyError before the first settings."""
        return options.settled(self.region)[1]

    async def put(
        self, make: Callable[[ActHead], AuthorityAct], words: Words | None = None
    ) -> Sent:
        """Sign the next act of the chain and hand it in; RefusedError by name."""
        head = ActHead.at(self.end, region=self.region.region, made=self.now)
        signed = sign_act(make(head), self.key)
        taken = await self.client.send_authority_act(signed, words, token=self.token)
        self.end = self.end.after(signed)
        return Sent(act_digest(signed), taken.number, taken.received)


@asynccontextmanager
async def beside(
    server: str, key_file: Path, token_file: Path, *, now: Instant
) -> AsyncIterator[Authority]:
    """Be the authority beside a server, with its key and the operator's token from files."""
    from dp3t.facilities_client import FacilitiesClient

    key, token = read_signing_key(key_file), read_token(token_file)
    async with FacilitiesClient(server) as client:
        region = await client.fetch_settings()
        yield Authority(
            client=client, key=key, token=token, region=region, now=now, end=region.chain
        )


def acting(
    server: str,
    key_file: Path,
    token_file: Path,
    now: str | None,
    act: Callable[[Authority], Awaitable[_T]],
) -> _T:
    """Do something as the authority; return what comes of it."""
    moment = options.now_given(now)

    async def do() -> _T:
        async with beside(server, key_file, token_file, now=moment) as authority:
            return await act(authority)

    return asyncio.run(do())
