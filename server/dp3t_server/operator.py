"""What only the operator may ask for: to authorise uploads, to publish, to move the clock."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Annotated

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from dp3t import (
    PolicyError,
    UploadCode,
    VerificationError,
    date_to_day,
    instant,
    to_datetime,
)
from dp3t.publication import MAX_STATEMENT_BYTES
from dp3t_server import logs
from dp3t_server.app_keys import CLOCK, LIMITS, PARTS
from dp3t_server.clock import SimulatedClock
from dp3t_server.codes import MAX_CODES, activate_code, issue_codes, purpose_of, revoke_code
from dp3t_server.faults import Fault, FaultError
from dp3t_server.limits import too_many
from dp3t_server.middleware import form, read_body
from dp3t_server.publisher import PublishedBatch
from dp3t_server.statements import take_statement

MAX_BODY_BYTES = 1_024
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
MAX_STATEMENT_BODY_BYTES = 2 * MAX_STATEMENT_BYTES + 64
MAX_TRACES_BODY_BYTES = 2**18
MAX_MARKS_BODY_BYTES = 4_096 * 62
MAX_OFFICIALS_BODY_BYTES = max(MAX_TRACES_BODY_BYTES, MAX_MARKS_BODY_BYTES)


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class _CodesForm(_Form):
    count: Annotated[int, Field(ge=1, le=MAX_CODES)]
    inactive: bool = False
    traces: bool = False
    tokens: bool = False


def _iso_date(value: object) -> object:
    """Return a date in ISO 8601 as it is; pydantic would take a number of seconds for one too."""
    if not (isinstance(value, str) and _ISO_DATE.fullmatch(value)):
        raise ValueError("not a date like 2021-07-05")
    return value


class _ActivationForm(_Form):
    code: Annotated[str, Field(max_length=64)]
    first_day: Annotated[date, Field(strict=False), BeforeValidator(_iso_date)]


class _RevocationForm(_Form):
    code: Annotated[str, Field(max_length=64)]


class _StatementForm(_Form):
    statement: Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]


class _PublishForm(_Form):
    pass


class _ClockForm(_Form):
    now: Annotated[int, AfterValidator(instant)]


def operators_only(handler: Handler) -> Handler:
    """Wrap a handler so that it works for the operator only [SERVER-29] [OPERATING-7]."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and request.app[PARTS].secrets.load().is_token(token)
        if not known:
            if wait_seconds := request.app[LIMITS].wrong_token(request):
                return too_many(wait_seconds)
            message = "this route needs the operator's token"
            raise FaultError(Fault.UNAUTHORIZED, message, WWW_Authenticate="Bearer")
        return await handler(request)

    return guarded


async def codes(request: web.Request) -> web.Response:
    """Issue codes."""
    wanted = form(_CodesForm, await _body(request))
    with refusing():
        issued = await issue_codes(
            request.app[PARTS],
            wanted.count,
            inactive=wanted.inactive,
            purpose=purpose_of(traces=wanted.traces, tokens=wanted.tokens),
            now=request.app[CLOCK].now(),
        )
    logs.note("issued codes", count=wanted.count)
    expires = to_datetime(issued.expires).isoformat()
    return _private(
        {"codes": [{"code": code.display(), "expires": expires} for code in issued.codes]}
    )


async def activations(request: web.Request) -> web.Response:
    """Activate a code; nothing is logged, for it says when a result came."""
    wanted = form(_ActivationForm, await _body(request))
    code = UploadCode.parse(wanted.code)
    try:
        first_day = date_to_day(wanted.first_day)
    except ValueError as error:
        raise FaultError(Fault.MALFORMED, f"first_day: {error}") from None
    with refusing():
        until = await activate_code(
            request.app[PARTS], code, first_day=first_day, now=request.app[CLOCK].now()
        )
    return _private({"active_until": to_datetime(until).isoformat()})


async def revocations(request: web.Request) -> web.Response:
    """Revoke a code; the answer is the same whatever it was."""
    wanted = form(_RevocationForm, await _body(request))
    await revoke_code(request.app[PARTS], UploadCode.parse(wanted.code))
    return _private({"usable": False})


async def statements(request: web.Request) -> web.Response:
    """Take an authority's statement; nothing is logged here either."""
    body = await _body(request, most_bytes=MAX_STATEMENT_BODY_BYTES)
    wanted = form(_StatementForm, body)
    with refusing():
        taken = await take_statement(
            request.app[PARTS],
            bytes.fromhex(wanted.statement),
            now=request.app[CLOCK].now(),
        )
    expires = to_datetime(taken.expires).isoformat()
    return _private({"days": len(taken.hashes), "expires": expires})


@contextmanager
def refusing() -> Iterator[None]:
    """Answer `refused` where a rule forbids what the operator asks for."""
    try:
        yield
    except (PolicyError, VerificationError) as error:
        raise FaultError(Fault.REFUSED, str(error)) from None


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


async def _body(request: web.Request, *, most_bytes: int = MAX_BODY_BYTES) -> bytes:
    seconds = request.app[PARTS].config.body_timeout_seconds
    return await read_body(request, most_bytes=most_bytes, timeout_seconds=seconds)


def _private(body: dict[str, object]) -> web.Response:
    return web.json_response(body, headers={"Cache-Control": "no-store"})
