"""What readers of the transparency log ask for: its checkpoint, its tiles, and lists of days."""

import re

from aiohttp import web

from dp3t.publication.transparency import CHECKPOINT_PATH
from dp3t_server.app_keys import PARTS
from dp3t_server.downloads import answer_with_published
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import CHANGES, PLAIN, STAYS, PublicFile, answer_with
from dp3t_server.store import Transaction

_DAY = re.compile(r"0|[1-9][0-9]{0,4}", re.ASCII)
_LOG_PATH = re.compile(r"tile/[0-9a-z./]{1,56}", re.ASCII)


async def checkpoint(request: web.Request) -> web.Response:
    """Answer with the log's newest checkpoint [SERVER-64]."""
    async with request.app[PARTS].store.reading() as transaction:
        head = await transaction.log.head()
    if head is None:
        raise FaultError(Fault.UNAVAILABLE, "nothing is published yet")
    return answer_with(request, PublicFile.of(head.note), cache=CHANGES, kind=PLAIN)


async def log_file(request: web.Request) -> web.Response:
    """Answer with a tile or a bundle of the log [SERVER-64]."""
    path = request.match_info["path"]
    missing = FaultError(Fault.NOT_FOUND, "the log has no such file")
    if not _LOG_PATH.fullmatch(path):
        raise missing

    async def load(read: Transaction) -> PublicFile | None:
        data = await read.log.file(path)
        return None if data is None else PublicFile.of(data)

    return await answer_with_published(
        request, f"/v1/log/{path}", load, cache=STAYS, missing=missing
    )


async def day_list(request: web.Request) -> web.Response:
    """Answer with the list of one day [SERVER-63]."""
    day = request.match_info["day"]
    missing = FaultError(Fault.NOT_FOUND, "the index has no list of this day")
    if not _DAY.fullmatch(day):
        raise missing
    return await answer_with_published(
        request,
        f"/v1/days/{day}",
        lambda read: read.index.day_list(int(day)),
        cache=STAYS,
        missing=missing,
    )


ROUTES = (
    web.get("/v1/days/{day}", day_list),
    web.get(f"/v1/log/{CHECKPOINT_PATH}", checkpoint),
    web.get("/v1/log/{path:tile/.+}", log_file),
)
"""For `app`."""
