"""Traces that the officials have approved, on their way to the next release.

Whatever is checked here is checked again by every phone. A trace that cannot be true is refused
before it is public [TRACE-SERVER-13]. Loaded only where `presence` is on.
"""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from dp3t import Day, ExpiredError, Instant, MalformedError, TooEarlyError, day_of, release_after
from dp3t.presence import TRACE_BYTES, Trace
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.middleware import form, read_body
from dp3t_server.operator import MAX_TRACES_BODY_BYTES, refusing
from dp3t_server.parcels import PRIVATE
from dp3t_server.parts import Parts
from dp3t_server.trace_store import MEMORY_DAYS

MAX_TRACES_AT_ONCE = 240
"""As many as one request to a venue can bring forth."""

_Hex = Annotated[str, Field(pattern=rf"^[0-9a-f]{{{2 * TRACE_BYTES}}}$")]


class _TracesForm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    traces: Annotated[list[_Hex], Field(min_length=1, max_length=MAX_TRACES_AT_ONCE)]


async def accept(request: web.Request) -> web.Response:
    """Take traces for the next release; nothing is logged of them [TRACE-SERVER-12]."""
    parts, now = request.app[PARTS], request.app[CLOCK].now()
    seconds = parts.config.body_timeout_seconds
    body = await read_body(request, most_bytes=MAX_TRACES_BODY_BYTES, timeout_seconds=seconds)
    traces = [Trace.decode(bytes.fromhex(each)) for each in form(_TracesForm, body).traces]
    await asyncio.to_thread(_require_valid, traces)
    with refusing():
        _require_of_these_days(traces, today=day_of(now))
        release = await _take(parts, [trace.encode() for trace in traces], now=now)
    return web.json_response({"release": release}, headers=PRIVATE)


async def _take(parts: Parts, traces: Sequence[bytes], *, now: Instant) -> Instant:
    digest_key = parts.secrets.load().digest_key
    async with parts.store.writing() as transaction:
        await transaction.require_service()
        return await transaction.traces.add(
            traces, release=release_after(now), digest_key=digest_key
        )


def _require_valid(traces: Sequence[Trace]) -> None:
    """Raise MalformedError unless the list is canonical and each key a point of its group."""
    identities = [trace.identity for trace in traces]
    if any(one >= other for one, other in pairwise(identities)):
        raise MalformedError("traces stand in ascending order, with one of an identity")
    for place, trace in enumerate(traces):
        try:
            trace.require_valid()
        except MalformedError as error:
            raise MalformedError(f"trace {place}: {error}") from None


def _require_of_these_days(traces: Sequence[Trace], *, today: Day) -> None:
    """Check that visitors may still have a record of each day, and that it has begun.

    Raises:
        TooEarlyError: a day that is to come.
        ExpiredError: a day that visitors have erased.
    """
    for place, trace in enumerate(traces):
        if trace.day > today:
            raise TooEarlyError(f"trace {place} is of a day that is to come")
        if trace.day < today - MEMORY_DAYS:
            raise ExpiredError(f"trace {place} is of a day that no phone remembers")
