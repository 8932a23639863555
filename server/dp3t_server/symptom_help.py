"""Sealed requests for help on their way to the communes' health stations: kept, never read.

All stations' requests stand in one list, and a station opens what its keys open. Nothing here knows
which station a request is for, or who asked [SYMPTOMS-SERVER-9].
"""

from aiohttp import web

from dp3t import Instant, PolicyError
from dp3t.publication import ANSWER_BYTES
from dp3t.symptoms import HELP_BYTES, SealedHelp, encode_help_answer
from dp3t_server import tables
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.middleware import read_body
from dp3t_server.parcels import PRIVATE, Parcels
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.symptom_store import Kind

HELP_REQUESTS = Parcels(
    table=tables.help_requests, lock=Lock.HELP, kind="request for help", listed="help_requests"
)
"""Those that are kept, handed out [SYMPTOMS-SERVER-10] and erased [SYMPTOMS-SERVER-11]."""

_REPLACED, _EXPIRY, _FULL = "replaced-keys", "expiry", "full"


async def accept(request: web.Request) -> web.Response:
    """Keep a request or refuse it; size, headers and time do not tell [HELP-11]."""
    parts, now = request.app[PARTS], request.app[CLOCK].now()
    seconds = parts.config.body_timeout_seconds
    body = await read_body(request, most_bytes=HELP_BYTES, timeout_seconds=seconds)
    answer = encode_help_answer(await _decide(parts, SealedHelp.decode(body), body, now=now))
    if len(answer) != ANSWER_BYTES:
        raise TypeError("an answer of another length would tell something")
    return web.Response(body=answer, content_type="application/json", headers=PRIVATE)


async def _decide(parts: Parts, sealed: SealedHelp, body: bytes, *, now: Instant) -> str | None:
    """Keep a request; return the refusal where it is not kept."""
    async with parts.store.reading() as transaction:
        lists = await transaction.symptoms.documents(Kind.STATIONS)
    if sealed.keys_number not in lists:
        return _REPLACED
    try:
        sealed.require_acceptable(now=now, documents=lists)
    except PolicyError:
        return _EXPIRY
    most = parts.config.max_help_requests
    async with parts.store.database.writing() as connection:
        kept = await HELP_REQUESTS.keep(connection, body, expires=sealed.expires, most=most)
    return None if kept else _FULL
