"""The HTTP side of facilities: fetch the map, a place and the record; hand in acts and objections.

Each request has a connection of its own and no cookie, so that nothing but its address says that an
objection and what was looked at before are one person's [CLIENT-8].
"""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import TypeVar

from dp3t.connection import Connected, Connection
from dp3t.errors import MalformedError, TransportError
from dp3t.facilities.answers import (
    Place,
    RecordLength,
    Region,
    Taken,
    read_length,
    read_place,
    read_region,
    read_taken,
)
from dp3t.facilities.page import MAX_PAGE_BYTES
from dp3t.facilities.snapshot import MAX_MAP_BYTES, FacilityMap
from dp3t.facilities.words import Words
from dp3t.publication.signing import HEADER_BYTES, TrustedKeys
from dp3t.timeline import Instant

__all__ = ["FacilitiesClient"]

_T = TypeVar("_T")
_MAX_ANSWER_BYTES = 2**12
_MAX_SETTINGS_BYTES = 2**22
_MAX_PLACE_BYTES = 2**24


class FacilitiesClient(Connected):
    """Requests to a server that keeps a record; use it as an asynchronous context manager.

    Every method raises TransportError where the server does not answer as the protocol says.
    """

    def __init__(self, base_url: str) -> None:
        """Prepare requests.

        Args:
            base_url: scheme, host and port, and a path prefix if the server has one.
        """
        super().__init__(Connection(base_url, apart=True))

    async def fetch_map(
        self, *, trusted: TrustedKeys, now: Instant, region: str | None = None
    ) -> FacilityMap:
        """Return the map of the moment; raises what `FacilityMap.open` raises [MAP-2].

        Args:
            trusted: the server's keys.
            now: the present.
            region: of which it has to be; where none is given the map's own.
        """
        signed = await self._get("map", MAX_MAP_BYTES + HEADER_BYTES)
        if region is None:
            region = FacilityMap.decode(signed[HEADER_BYTES:]).region
        return FacilityMap.open(signed, trusted=trusted, region=region, now=now)

    async def fetch_names(self) -> frozenset[str]:
        """Return which facilities the server shows; nothing of that is verified."""
        signed = await self._get("map", MAX_MAP_BYTES + HEADER_BYTES)
        shown = _understood("map", FacilityMap.decode, signed[HEADER_BYTES:])
        return frozenset(row.facility for row in shown.rows)

    async def fetch_settings(self) -> Region:
        """Return what the server says of its region [FACILITIES-SERVER-14]."""
        data = await self._get("settings", _MAX_SETTINGS_BYTES)
        return _understood("settings", read_region, data)

    async def fetch_place(self, facility: str, *, authorities: TrustedKeys) -> Place:
        """Return what there is to show of a facility, with every act verified.

        Args:
            facility: its name in the record.
            authorities: the keys of the authority.

        Raises:
            VerificationError: an act is not signed by whom it should be, is about another facility,
                or comes with other words than it commits to; the message says its number.
        """
        data = await self._get(f"places/{facility}", _MAX_PLACE_BYTES)
        return _understood(
            "place", lambda said: read_place(said, facility, authorities=authorities), data
        )

    async def fetch_length(self) -> RecordLength:
        """Return how long the record is [FACILITIES-SERVER-8]."""
        data = await self._get("pages", _MAX_ANSWER_BYTES)
        return _understood("length", read_length, data)

    async def fetch_page(self, number: int) -> bytes:
        """Return a signed page, as `RecordPage.open` and `audit_record` take it."""
        return await self._get(f"pages/{number}", MAX_PAGE_BYTES + HEADER_BYTES)

    async def send_act(self, signed: bytes, words: Words | None = None) -> Taken:
        """Hand in an act of a facility; the same one can be sent again [FACILITIES-SERVER-4].

        Raises:
            RefusedError: the server refuses it by name [RECORD-2].
        """
        return await self._send("/v1/facilities/acts", signed, words)

    async def send_objection(self, signed: bytes, words: Words | None = None) -> Taken:
        """Hand in an objection; the same one can be sent again. Raises as `send_act` does."""
        return await self._send("/v1/facilities/objections", signed, words)

    async def send_authority_act(
        self, signed: bytes, words: Words | None = None, *, token: str
    ) -> Taken:
        """Hand in an act of the authority; raises as `send_act` does [FACILITIES-SERVER-6].

        Args:
            signed: the signed act.
            words: what it commits to.
            token: the operator's.
        """
        return await self._send("/v1/operator/facilities/acts", signed, words, token=token)

    async def _get(self, name: str, limit: int) -> bytes:
        _, data = await self._connection.request("GET", f"/v1/facilities/{name}", limit=limit)
        return data

    async def _send(
        self, path: str, signed: bytes, words: Words | None, *, token: str = ""
    ) -> Taken:
        said = None if words is None else words.to_json()
        body = json.dumps({"act": b64encode(signed).decode(), "words": said}).encode()
        _, answer = await self._connection.request(
            "POST", path, limit=_MAX_ANSWER_BYTES, body=body, token=token
        )
        return _understood("answer", read_taken, answer)


def _understood(what: str, read: Callable[[bytes], _T], data: bytes) -> _T:
    try:
        return read(data)
    except MalformedError as error:
        raise TransportError(f"the server's {what} is not understood: {error}") from error
