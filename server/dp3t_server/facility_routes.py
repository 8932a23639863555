"""What is asked of the record of facilities, and what is handed in."""

import asyncio
import base64
import re
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from dp3t.facilities import Verdict, Words, current_checklist
from dp3t.primitives import sha256
from dp3t_server.app_keys import LIMITS, PARTS, RECORD
from dp3t_server.facility_handed_in import OBJECTIONS, OF_FACILITIES, HandedIn, Taken
from dp3t_server.facility_live import RELOAD, WRITE_SECONDS
from dp3t_server.facility_place import place_of
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import CHANGES, STAYS, PublicFile, answer_with
from dp3t_server.middleware import form, read_body
from dp3t_server.parcels import PRIVATE

MAX_ACT_BODY_BYTES = 16_384
MAX_AUTHORITY_BODY_BYTES = 131_072
_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_PLACE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_GEOJSON = "application/geo+json"
_MAX_BOUNDARIES_BYTES = 2**23
_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A reverse proxy shall pass events on as they come."""


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, strict=True)

    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    text: Annotated[str, Field(max_length=500)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, strict=True)

    act: str
    words: _Words | None = None

    def signed(self) -> bytes:
        try:
            return base64.b64decode(self.act, validate=True)
        except ValueError:  # also what is not ASCII
            raise FaultError(Fault.MALFORMED, "act: not Base64") from None

    def said(self) -> Words | None:
        if self.words is None:
            return None
        return Words(bytes.fromhex(self.words.salt), self.words.text)


async def acts(request: web.Request) -> web.Response:
    """Take an act of a facility [FACILITIES-SERVER-3]."""
    return await _take(request, OF_FACILITIES)


async def objections(request: web.Request) -> web.Response:
    """Take an objection [FACILITIES-SERVER-3]."""
    return await _take(request, OBJECTIONS)


async def authority_acts(request: web.Request) -> web.Response:
    """Take an act of the authority, from who has the operator's token [FACILITIES-SERVER-6]."""
    handed_in = await _handed_in(request, most_bytes=MAX_AUTHORITY_BODY_BYTES)
    if handed_in.kind in OF_FACILITIES | OBJECTIONS:
        raise FaultError(Fault.MALFORMED, "act: not one of the authority")
    return _answer(await request.app[RECORD].take(handed_in))


async def map_file(request: web.Request) -> web.Response:
    """Answer with the signed map [FACILITIES-SERVER-10]."""
    drawn = await request.app[RECORD].map()
    if drawn is None:
        raise FaultError(Fault.NOT_FOUND, "the authority has settled nothing yet")
    return answer_with(request, drawn, cache=CHANGES)


async def settings(request: web.Request) -> web.Response:
    """Answer with what the authority has settled [FACILITIES-SERVER-14]."""
    record = request.app[RECORD]
    now, board = record.now(), record.board
    settled, today = board.settings(now), board.local_day(now)
    kinds = sorted({each.facility_kind for each in board.checklists()})
    lists = [
        current_checklist(board.checklists(), facility_kind=kind, day=today)
        for kind in kinds
        if today is not None
    ]
    said = {
        "acts": board.acts,
        "authorities": [
            each.key.public.hex() for each in request.app[PARTS].config.facility_authorities
        ],
        "chain": {
            "number": board.authority_end().number,
            "previous": board.authority_end().previous.hex(),
        },
        "checklists": [each.to_json() for each in lists if each is not None],
        "region": board.region,
        "settings": None if settled is None else settled.to_json(),
        "today": record.today(now),
    }
    return web.json_response(said, headers=PRIVATE)


async def place(request: web.Request) -> web.Response:
    """Answer with what there is to show of a facility [FACILITIES-SERVER-13]."""
    record, name = request.app[RECORD], request.match_info["name"]
    missing = FaultError(Fault.NOT_FOUND, "there is no such facility")
    if not _PLACE.fullmatch(name):
        raise missing
    async with request.app[PARTS].store.reading() as transaction:
        try:
            said = await place_of(transaction.facilities, record.board, name, now=record.now())
        except LookupError:
            raise missing from None
    return web.json_response(said, headers=PRIVATE)


async def undecided(request: web.Request) -> web.Response:
    """Answer with the facilities that wait for a verdict of the authority [OBJECTION-PAGE-7].

    One waits where an objection against it has no verdict, or is upheld and not settled.
    """
    record = request.app[RECORD]
    now, board = record.now(), record.board
    counts = {
        each.facility.facility: sum(
            objection.verdict in (None, Verdict.UPHELD)
            for objection in board.objections(each.facility.facility, now)
        )
        for each in board.facilities(now)
    }
    found = [{"facility": name, "undecided": count} for name, count in counts.items() if count]
    return web.json_response({"facilities": found}, headers=PRIVATE)


async def pages(request: web.Request) -> web.Response:
    """Answer how long the record is [FACILITIES-SERVER-8]."""
    async with request.app[PARTS].store.reading() as transaction:
        last = await transaction.facilities.last_page()
    number = 0 if last is None else last[0] + 1
    return web.json_response(
        {"pages": number, "acts": request.app[RECORD].board.acts}, headers=PRIVATE
    )


async def page(request: web.Request) -> web.Response:
    """Answer with a signed page, which never changes [FACILITIES-SERVER-8]."""
    number = request.match_info["number"]
    async with request.app[PARTS].store.reading() as transaction:
        found = (
            await transaction.facilities.page(int(number)) if _NUMBER.fullmatch(number) else None
        )
    if found is None:
        raise FaultError(Fault.NOT_FOUND, "the record has no such page")
    return answer_with(request, found, cache=STAYS)


async def boundaries(request: web.Request) -> web.Response:
    """Answer with the operator's GeoJSON, as it is [FACILITIES-SERVER-14]."""
    path = request.app[PARTS].config.facility_boundaries
    try:
        file = _boundaries(path, Path(path).stat().st_mtime_ns) if path else None
    except OSError:
        file = None
    if file is None:
        raise FaultError(Fault.NOT_FOUND, "the operator has given no boundaries")
    return answer_with(request, file, cache=CHANGES, kind=_GEOJSON)


@lru_cache(maxsize=4)
def _boundaries(path: str, _changed: int) -> PublicFile | None:
    """Return the operator's file as it is since a moment; None for one that no map can draw."""
    with Path(path).open("rb") as file:
        data = file.read(_MAX_BOUNDARIES_BYTES + 1)
    return None if len(data) > _MAX_BOUNDARIES_BYTES else PublicFile.of(data)


async def live(request: web.Request) -> web.StreamResponse:
    """Send what changes on the map, as it happens [FACILITIES-SERVER-11]."""
    record, (after, made) = request.app[RECORD], _known(request)
    client = sha256(request.app[LIMITS].client(request))
    if not record.live.has_room(client):
        raise FaultError(Fault.BUSY, "too many listen at once", Retry_After="30")
    stream = web.StreamResponse(headers=_STREAM)
    stream.content_type = "text/event-stream"
    with record.live.listening(client) as listener:
        await stream.prepare(request)
        missed = record.missed(after=after, made=made)
        if missed is None:
            await stream.write(RELOAD)  # and come again with the new map
            return stream
        with suppress(TimeoutError):
            await _send(stream, missed)
            async for message in listener.messages():
                await _send(stream, message)
    return stream


async def _send(stream: web.StreamResponse, message: bytes) -> None:
    """Send a message; TimeoutError to one who does not read [FACILITIES-SERVER-12]."""
    async with asyncio.timeout(WRITE_SECONDS):
        await stream.write(message)


def _known(request: web.Request) -> tuple[int, int]:
    """Return how many acts a listener knows, and of which moment its map is."""
    acts = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    made = request.query.get("made", str(request.app[RECORD].now()))
    if set(request.query) - {"after", "made"} or not all(map(_NUMBER.fullmatch, (acts, made))):
        raise FaultError(Fault.MALFORMED, "after and made are a number of acts and a moment")
    return int(acts), int(made)


async def _take(request: web.Request, kinds: frozenset[str]) -> web.Response:
    handed_in = await _handed_in(request, most_bytes=MAX_ACT_BODY_BYTES)
    if handed_in.kind not in kinds:
        raise FaultError(Fault.MALFORMED, f"act: none of {', '.join(sorted(kinds))}")
    return _answer(await request.app[RECORD].take(handed_in))


async def _handed_in(request: web.Request, *, most_bytes: int) -> HandedIn:
    seconds = request.app[PARTS].config.body_timeout_seconds
    body = await read_body(request, most_bytes=most_bytes, timeout_seconds=seconds)
    sent = form(_Body, body)
    handed_in = HandedIn.of(sent.signed(), sent.said())
    if handed_in.kind is None:
        raise FaultError(Fault.MALFORMED, "act: no signed act")
    return handed_in


def _answer(taken: Taken) -> web.Response:
    return web.json_response(taken.to_json(), headers=PRIVATE)


ROUTES = (
    web.get("/v1/facilities/map", map_file),
    web.get("/v1/facilities/settings", settings),
    web.get("/v1/facilities/boundaries", boundaries),
    web.get("/v1/facilities/live", live, allow_head=False),
    web.get("/v1/facilities/pages", pages),
    web.get("/v1/facilities/pages/{number}", page),
    web.get("/v1/facilities/places/{name}", place),
    web.post("/v1/facilities/acts", acts),
    web.post("/v1/facilities/objections", objections),
)
"""For `app`; what the authority hands in is beside them, for the operator only."""
