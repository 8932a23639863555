"""Answering with published files; with those in memory at once.

Nearly all requests ask whether there is a new index, or for a file that many others ask for. For
these the way through routes and middleware would cost more than the answer. What is done on that
way with a download is done here too: it is limited, counted, and refused while the server closes.
"""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from dp3t_server.app_keys import ADMISSION, LIMITS, METRICS, PARTS
from dp3t_server.faults import FaultError
from dp3t_server.files import BYTES, PublicFile, answer_with
from dp3t_server.metrics import route_of
from dp3t_server.middleware import SOFTWARE
from dp3t_server.store import Transaction


async def answer_with_published(
    request: web.Request,
    path: str,
    load: Callable[[Transaction], Awaitable[PublicFile | None]],
    *,
    cache: str,
    missing: FaultError,
    kind: str = BYTES,
) -> web.Response:
    """Answer with a file of which the index says that it is published, or with the index.

    Args:
        request: what is answered.
        path: of the file, in its one form.
        load: reads the file.
        cache: `CHANGES` or `STAYS`.
        missing: raised where there is no such file.
        kind: its media type.
    """
    files = request.app[PARTS].store.files
    served = await files.file(path, load, cache=cache, kind=kind, route=route_of(request))
    if served is None:
        raise missing
    return answer_with(request, served.file, cache=cache, kind=kind)


def answer_at_once(app: web.Application, request: web.BaseRequest) -> web.Response | None:
    """Return the answer to a download of a file that is in memory; None to go the usual way."""
    if request.method != "GET" or request.can_read_body or "Expect" in request.headers:
        return None
    served = app[PARTS].store.files.at_hand(request.path_qs)
    if served is None or app[ADMISSION].closing:
        return None
    began = asyncio.get_running_loop().time()
    refusal = app[LIMITS].refusal(request, served.route)
    answer = refusal or answer_with(request, served.file, cache=served.cache, kind=served.kind)
    answer.headers["Server"] = SOFTWARE
    app[METRICS].count(served.route, answer.status, began=began)
    return answer
