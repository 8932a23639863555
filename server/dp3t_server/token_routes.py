"""The routes of anonymous tokens: the list of keys, and the signatures for a code."""

from aiohttp import web

from dp3t.publication import (
    TOKEN_ANSWER_BYTES,
    TOKEN_REQUEST_BYTES,
    TokenRequest,
    encode_token_answer,
)
from dp3t_server.app_keys import CLOCK, ISSUER, PARTS
from dp3t_server.downloads import answer_with_published
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import CHANGES
from dp3t_server.middleware import read_body
from dp3t_server.parcels import PRIVATE


async def keys(request: web.Request) -> web.Response:
    """Answer with the list of the day, the same for everybody [TOKENS-14]."""
    missing = FaultError(Fault.NOT_FOUND, "there is no list of token keys yet")
    return await answer_with_published(
        request,
        "/v1/tokens/keys",
        lambda read: read.tokens.current(),
        cache=CHANGES,
        missing=missing,
    )


async def issue(request: web.Request) -> web.Response:
    """Sign blinded tokens or refuse to; size, headers and time do not tell [TOKENS-17]."""
    seconds = request.app[PARTS].config.body_timeout_seconds
    body = await read_body(request, most_bytes=TOKEN_REQUEST_BYTES, timeout_seconds=seconds)
    wanted = TokenRequest.decode(body)
    outcome = await request.app[ISSUER].answer(wanted, now=request.app[CLOCK].now())
    answer = encode_token_answer(outcome)
    if len(answer) != TOKEN_ANSWER_BYTES:
        raise TypeError("an answer of another length would tell something")
    return web.Response(body=answer, content_type="application/octet-stream", headers=PRIVATE)
