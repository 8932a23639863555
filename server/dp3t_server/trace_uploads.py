"""What venue owners upload for the health authority: permitted by a code, kept sealed, never read.

Nothing here knows which venue or which hours an upload is about, nor which trace it became
[TRACE-SERVER-6]. Loaded only where `presence` is on.
"""

from aiohttp import web

from dp3t import Day, Instant, day_of
from dp3t.presence import TRACE_UPLOAD_BYTES, TraceUpload, encode_trace_answer
from dp3t.publication import ANSWER_BYTES
from dp3t_server import tables
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.authorizations import CodeForms, Purpose, Verdict
from dp3t_server.middleware import read_body
from dp3t_server.parcels import PRIVATE, Parcels
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.submissions import ByCode

TRACE_UPLOADS = Parcels(
    table=tables.trace_uploads, lock=Lock.TRACES, kind="trace upload", listed="trace_uploads"
)
"""Those that are kept, handed out [TRACE-SERVER-9] and erased [TRACE-SERVER-10]."""

_FORMS = CodeForms(simple=True, activated=False)
_FULL = "full"


async def accept(request: web.Request) -> web.Response:
    """Keep an upload or refuse it; size, headers and time do not tell [TRACE-SERVER-2]."""
    parts, now = request.app[PARTS], request.app[CLOCK].now()
    seconds = parts.config.body_timeout_seconds
    body = await read_body(request, most_bytes=TRACE_UPLOAD_BYTES, timeout_seconds=seconds)
    refusal = await _decide(parts, TraceUpload.decode(body), body, now=now)
    answer = encode_trace_answer(refusal)
    if len(answer) != ANSWER_BYTES:
        raise TypeError("an answer of another length would tell something")
    return web.Response(body=answer, content_type="application/json", headers=PRIVATE)


async def _decide(parts: Parts, upload: TraceUpload, body: bytes, *, now: Instant) -> str | None:
    """Keep an upload and spend its code; return the refusal where it is not kept."""
    permit = ByCode(
        digest=upload.code.digest(parts.secrets.load().digest_key),
        binding=upload.code.binding(body),
        days=set(),
        forms=_FORMS,
        purpose=Purpose.TRACE,
        body=body,
        now=now,
    )
    async with parts.store.reading() as transaction:  # a refusal waits for no writer
        verdict = permit.verdict(await transaction.codes.rows(permit.digests))
    if verdict is not Verdict.ACCEPTABLE:
        return verdict.refusal
    expires = Day(day_of(now) + parts.config.trace_upload_days + 1)
    most = parts.config.max_trace_uploads
    sealed = upload.sealed
    async with parts.store.writing() as transaction:
        verdict = permit.verdict(await transaction.codes.rows(permit.digests))
        if verdict is not Verdict.ACCEPTABLE:
            return verdict.refusal
        if not await TRACE_UPLOADS.keep(transaction.connection, sealed, expires=expires, most=most):
            return _FULL
        await transaction.codes.spend(permit.spent(None))
    return None
