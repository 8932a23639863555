"""The routes of estimates: the days of which there are some, and those of a day."""

import json
import re

from aiohttp import web

from dp3t import Day
from dp3t_server.app_keys import PARTS
from dp3t_server.downloads import answer_with_published
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import CHANGES, STAYS, PublicFile, answer_with

_DAY = re.compile(r"0|[1-9][0-9]{0,4}", re.ASCII)


async def days(request: web.Request) -> web.Response:
    """Answer with the days of which there are estimates [SYMPTOMS-SERVER-8]."""
    async with request.app[PARTS].store.reading() as transaction:
        found = await transaction.symptoms.published_days()
    listed = PublicFile.of(json.dumps({"days": found}).encode())
    return answer_with(request, listed, cache=CHANGES, kind="application/json")


async def of_day(request: web.Request) -> web.Response:
    """Answer with the estimates of a day, the same ones always [SYMPTOMS-SERVER-7]."""
    missing = FaultError(Fault.NOT_FOUND, "there are no estimates of that day")
    name = request.match_info["day"]
    if not _DAY.fullmatch(name):
        raise missing
    return await answer_with_published(
        request,
        f"/v1/symptoms/estimates/{name}",
        lambda read: read.symptoms.estimates(Day(int(name))),
        cache=STAYS,
        missing=missing,
    )
