"""What readers of the transparency log ask for: its checkpoint, its tiles, and lists of days."""

import re

from aiohttp import web

from dp3t.publication.transparency import CHECKPOINT_PATH
from dp3t_server.app_keys import PARTS
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import CHANGES, STAYS, PublicFile, answer_with

_DAY = re.compile(r"0|[1-9][0-9]{0,4}", re.ASCII)
_LOG_PATH = re.compile(r"tile/[0-9a-z./]{1,56}", re.ASCII)


async def checkpoint(request: web.Request) -> web.Response:
    """Answer with the log's newest checkpoint [SERVER-64]."""
    async with request.app[PARTS].store.reading() as transaction:
        head = await transaction.log.head()
    if head is None:
        raise FaultError(Fault.UNAVAILABLE, "nothing is published yet")
    return answer_with(request, PublicFile.of(head.note), cache=CHANGES, kind="text/plain")


async def log_file(request: web.Request) -> web.Response:
    """Answer with a tile or a bundle of the log [SERVER-64]."""
    path, data = request.match_info["path"], None
    if _LOG_PATH.fullmatch(path):
        async with request.app[PARTS].store.reading() as transaction:
            data = await transaction.log.file(path)
    if data is None:
        raise FaultError(Fault.NOT_FOUND, "the log has no such file")
    return answer_with(request, PublicFile.of(data), cache=STAYS)


async def day_list(request: web.Request) -> web.Response:
    """Answer with the list of one day [SERVER-63]."""
    name, listed = request.match_info["day"], None
    if _DAY.fullmatch(name):
        async with request.app[PARTS].store.reading() as transaction:
            listed = await transaction.index.day_list(int(name))
    if listed is None:
        raise FaultError(Fault.NOT_FOUND, "the index has no list of this day")
    return answer_with(request, listed, cache=STAYS)


ROUTES = (
    web.get("/v1/days/{day}", day_list),
    web.get(f"/v1/log/{CHECKPOINT_PATH}", checkpoint),
    web.get("/v1/log/{path:tile/.+}", log_file),
)
"""For `app`."""
