"""Marks of gates: passed from each to all, under a secret that the server does not have."""

from aiohttp import web

from dp3t import Day, day_of
from dp3t.arrivals import MAX_MARKS, expiry_day_in, split_marks
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.arrivals import DAYS_AHEAD
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import BYTES
from dp3t_server.middleware import read_body
from dp3t_server.operator import MAX_MARKS_BODY_BYTES
from dp3t_server.parcels import PRIVATE
from dp3t_server.rows import Lock

_LONGEST_DAYS = DAYS_AHEAD + 12
"""No receipt that was given today expires later: 255 hours after the entry, and a day."""


async def hand_out(request: web.Request) -> web.Response:
    """Hand out the marks of all gates, one after another [ARRIVALS-SERVER-13]."""
    today = day_of(request.app[CLOCK].now())
    async with request.app[PARTS].store.reading() as transaction:
        marks = await transaction.arrivals.marks(today=today)
    return web.Response(body=b"".join(marks), content_type=BYTES, headers=PRIVATE)


async def take(request: web.Request) -> web.Response:
    """Keep marks, each once; those that have expired are left out [ARRIVALS-SERVER-14]."""
    parts, today = request.app[PARTS], day_of(request.app[CLOCK].now())
    seconds = parts.config.body_timeout_seconds
    body = await read_body(request, most_bytes=MAX_MARKS_BODY_BYTES, timeout_seconds=seconds)
    dated = [(mark, Day(expiry_day_in(mark))) for mark in split_marks(body)]
    if not dated:
        raise FaultError(Fault.MALFORMED, "there is no mark")
    if any(day > today + _LONGEST_DAYS for _, day in dated):
        raise FaultError(Fault.MALFORMED, "no receipt is good for as long as a mark says")
    async with parts.store.writing(alone=Lock.ARRIVALS) as transaction:
        await transaction.arrivals.add_marks(each for each in dated if each[1] > today)
        kept = await transaction.arrivals.marked()
        if kept > MAX_MARKS:
            raise FaultError(Fault.REFUSED, f"there is room for {MAX_MARKS} marks")
    return web.json_response({"marks": kept}, headers=PRIVATE)
