"""What phones ask for: the index, the batches, and to publish a report."""

import re

from aiohttp import web

from dp3t import MalformedError
from dp3t.publication import ANSWER_BYTES, Upload, encode_answer
from dp3t_server.app_keys import CLOCK, PARTS, REPORTS
from dp3t_server.downloads import answer_with_published
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import CHANGES, STAYS
from dp3t_server.middleware import read_body

_BATCH_NAME = re.compile(r"([a-z]{1,16})-(0|[1-9][0-9]{0,9})", re.ASCII)


async def index(request: web.Request) -> web.Response:
    """Answer with the signed index [SERVER-1]."""
    missing = FaultError(Fault.UNAVAILABLE, "nothing is published yet")
    return await answer_with_published(
        request, "/v1/index", lambda read: read.index.current(), cache=CHANGES, missing=missing
    )


async def batch(request: web.Request) -> web.Response:
    """Answer with a signed batch [SERVER-2]."""
    missing = FaultError(Fault.NOT_FOUND, "there is no such batch")
    name = _BATCH_NAME.fullmatch(request.match_info["name"])
    if name is None:
        raise missing
    design, release = name[1], int(name[2])
    return await answer_with_published(
        request,
        f"/v1/batches/{name[0]}",
        lambda read: read.batch(design, release),
        cache=STAYS,
        missing=missing,
    )


async def report(request: web.Request) -> web.Response:
    """Accept or refuse a report; the answer's size and headers do not tell which [SERVER-8]."""
    config = request.app[PARTS].config
    body = await read_body(
        request,
        most_bytes=max(config.upload_sizes.values()),
        timeout_seconds=config.body_timeout_seconds,
    )
    upload = Upload.decode(body)
    if len(body) != config.upload_sizes.get(upload.report.design, len(body)):
        raise MalformedError("an upload of this design has another length")
    decision = await request.app[REPORTS].accept(upload, body, now=request.app[CLOCK].now())
    answer = encode_answer(decision.refusal, receipt=decision.receipt)
    if len(answer) != ANSWER_BYTES:
        raise TypeError("an answer of another length would tell something")
    return web.Response(
        body=answer, content_type="application/json", headers={"Cache-Control": "no-store"}
    )
