"""Sealed disclosures on their way to the health authority: kept, handed out, erased, never read.

Nothing here knows who sent one, which report or code its sender has, or what is in it [SERVER-47].
"""

from aiohttp import web

from dp3t import Day, day_of
from dp3t.proximity import DISCLOSURE_BYTES, encode_disclosure_answer
from dp3t.publication import ANSWER_BYTES
from dp3t_server import tables
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.faults import Fault, FaultError
from dp3t_server.middleware import read_body
from dp3t_server.parcels import PRIVATE, Parcels
from dp3t_server.rows import Lock

DISCLOSURES = Parcels(
    table=tables.disclosures, lock=Lock.DISCLOSURES, kind="disclosure", listed="disclosures"
)
"""Those that are kept [SERVER-46] [SERVER-48], handed out [SERVER-49] and erased [SERVER-50]."""


async def accept(request: web.Request) -> web.Response:
    """Keep a disclosure, or say that there is no room; size and headers do not tell [SERVER-44]."""
    parts, today = request.app[PARTS], day_of(request.app[CLOCK].now())
    seconds, most = parts.config.body_timeout_seconds, parts.config.max_disclosures
    sealed = await read_body(request, most_bytes=DISCLOSURE_BYTES, timeout_seconds=seconds)
    if len(sealed) != DISCLOSURE_BYTES:
        raise FaultError(Fault.MALFORMED, f"a disclosure has {DISCLOSURE_BYTES} bytes")
    expires = Day(today + parts.config.disclosure_days + 1)
    async with parts.store.database.writing() as connection:
        kept = await DISCLOSURES.keep(connection, sealed, expires=expires, most=most)
    answer = encode_disclosure_answer(accepted=kept)
    if len(answer) != ANSWER_BYTES:
        raise TypeError("an answer of another length would tell something")
    return web.Response(body=answer, content_type="application/json", headers=PRIVATE)
