"""Uploads of owners and traces of the authority, for tests of the server."""

import base64
import json
from dataclasses import replace
from hashlib import sha256

from dp3t import Day, Instant, UploadCode, day_of, random_from_os
from dp3t.presence import PRESENCE, Trace, TraceUpload, padded, traces_of
from dp3t.presence.pretrace import PRE_TRACE_BYTES
from dp3t.publication import ANSWER_BYTES
from dp3t_server.config import Config
from key_server import NOW, InnerServer, KeyServer

PRESENCE_ON = Config(presence=True)
UPLOADS = "/v1/operator/trace-uploads"
TRACES = "/v1/operator/traces"


def box() -> bytes:
    """Return what looks like a sealed pre-trace to whoever cannot open it."""
    return random_from_os(PRE_TRACE_BYTES)


def name_of(sealed: bytes) -> str:
    """Return the name of a box."""
    return sha256(sealed).hexdigest()


async def trace_codes(server: KeyServer, count: int = 1) -> list[UploadCode]:
    """Issue codes for traces as the operator."""
    wanted = {"count": count, "traces": True}
    status, answer = await server.ask("POST", "/v1/operator/codes", wanted)
    assert status == 200, answer
    return [UploadCode.parse(each["code"]) for each in answer["codes"]]


async def trace_code(server: KeyServer) -> UploadCode:
    """Issue one code for a trace."""
    return (await trace_codes(server))[0]


async def send_body(server: KeyServer, body: bytes) -> str:
    """Upload a body as an owner; return "accepted" or why not."""
    async with server.session.post(server.url + "/v1/traces", data=body) as response:
        data = await response.read()
        assert (response.status, len(data)) == (200, ANSWER_BYTES), data
    answer = json.loads(data)
    return "accepted" if answer["accepted"] else str(answer["refusal"])


async def send_box(server: KeyServer, code: UploadCode, sealed: bytes) -> str:
    """Upload a box as an owner; return "accepted" or why not."""
    return await send_body(server, TraceUpload(code, sealed).encode())


async def listed_boxes(server: KeyServer) -> dict[str, bytes]:
    """Return every box that the operator is given, by its name, in the order given."""
    found: dict[str, bytes] = {}
    more, after = True, ""
    while more:
        status, page = await server.ask("GET", UPLOADS + (f"?after={after}" if after else ""))
        assert status == 200, page
        more = page["more"]
        for each in page["trace_uploads"]:
            after = each["name"]
            assert after not in found
            found[after] = base64.b64decode(each["sealed"], validate=True)
    return found


def traces(count: int = 1, *, now: Instant = NOW, days_ago: int = 1) -> list[Trace]:
    """Return valid traces of one day, ascending, of venues that nobody has visited."""
    day = Day(day_of(now) - days_ago)
    drawn = padded((), minimum=count, release=now, rand=random_from_os)[:count]
    return sorted(replace(trace, day=day) for trace in drawn)


def listed(*some: Trace) -> dict[str, list[str]]:
    """Return the body of a request to publish traces."""
    return {"traces": [trace.encode().hex() for trace in some]}


async def hand_in(server: KeyServer, *some: Trace) -> int:
    """Hand traces in as the operator; return their release."""
    status, answer = await server.ask("POST", TRACES, listed(*some))
    assert status == 200, answer
    return int(answer["release"])


async def published_traces(server: KeyServer) -> dict[int, tuple[Trace, ...]]:
    """Return the traces of every batch of them, by its release."""
    batches = [batch for batch in await server.batches() if batch.design == PRESENCE]
    return {batch.release: traces_of(batch) for batch in batches}


async def rows(server: InnerServer, table: str) -> list[tuple[object, ...]]:
    """Return the rows of a table."""
    async with server.parts.store.database.reading() as connection:
        found = await connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 - our own
        return [tuple(row) for row in found.all()]
