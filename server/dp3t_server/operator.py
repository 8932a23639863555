"""What only the operator may ask for: codes, a publication now, the time of a simulated clock."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, Field

from dp3t import instant, to_datetime
from dp3t_server import logs
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.clock import SimulatedClock
from dp3t_server.codes import MAX_CODES, issue_codes
from dp3t_server.faults import Fault, FaultError
from dp3t_server.middleware import form, read_body
from dp3t_server.publisher import PublishedBatch

MAX_BODY_BYTES = 1_024
_LAST_INSTANT = 2**32 - 1


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class _CodesForm(_Form):
    count: Annotated[int, Field(ge=1, le=MAX_CODES)]


class _PublishForm(_Form):
    pass


class _ClockForm(_Form):
    now: Annotated[int, Field(ge=0, le=_LAST_INSTANT)]


def operators_only(handler: Handler) -> Handler:
    """Wrap a handler so that it works for the operator only [SERVER-29]."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and request.app[PARTS].secrets.load().is_token(token)
        if not known:
            message = "this route needs the operator's token"
            raise FaultError(Fault.UNAUTHORIZED, message, WWW_Authenticate="Bearer")
        return await handler(request)

    return guarded


async def codes(request: web.Request) -> web.Response:
    """Issue codes."""
    wanted = form(_CodesForm, await _body(request))
    issued = await issue_codes(request.app[PARTS], wanted.count, now=request.app[CLOCK].now())
    logs.note("issued codes", count=wanted.count)
    expires = to_datetime(issued.expires).isoformat()
    return _private(
        {"codes": [{"code": code.display(), "expires": expires} for code in issued.codes]}
    )


async def publish(request: web.Request) -> web.Response:
    """Publish what is due."""
    form(_PublishForm, await _body(request))
    publication = await request.app[PARTS].publisher.publish(request.app[CLOCK].now())
    return _private(
        {"release": publication.release, "batches": batches_as_json(publication.batches)}
    )


async def clock(request: web.Request) -> web.Response:
    """Move the simulated clock and publish on the way [SERVER-37]."""
    wanted = form(_ClockForm, await _body(request))
    simulated = request.app[CLOCK]
    if not isinstance(simulated, SimulatedClock):
        raise TypeError("the route exists for a simulated clock only")
    publications = await request.app[PARTS].publisher.publish_until(instant(wanted.now), simulated)
    batches = [batch for publication in publications for batch in publication.batches]
    return _private({"now": simulated.now(), "batches": batches_as_json(batches)})


def batches_as_json(batches: Iterable[PublishedBatch]) -> list[dict[str, object]]:
    """Return batches as JSON objects."""
    return [asdict(batch) for batch in batches]


async def _body(request: web.Request) -> bytes:
    seconds = request.app[PARTS].config.body_timeout_seconds
    return await read_body(request, most_bytes=MAX_BODY_BYTES, timeout_seconds=seconds)


def _private(body: dict[str, object]) -> web.Response:
    return web.json_response(body, headers={"Cache-Control": "no-store"})
