"""One request to a server, and its whole answer."""

from collections.abc import Mapping

import aiohttp

from dp3t.errors import LimitError, TransportError

_TIMEOUT_SECONDS = 60


async def get(url: str, *, limit_bytes: int, token: str | None = None) -> tuple[int, bytes]:
    """Return status and body of the answer, as `post` does."""
    return await _request("GET", url, None, {}, limit_bytes=limit_bytes, token=token)


async def post(
    url: str, body: bytes, *, content_type: str, limit_bytes: int, token: str | None = None
) -> tuple[int, bytes]:
    """Return status and body of the answer.

    Args:
        url: where to.
        body: what to send.
        content_type: what it is.
        limit_bytes: of the answer.
        token: an operator's.

    Raises:
        TransportError: no answer came.
        LimitError: a longer one.
    """
    headers = {"Content-Type": content_type}
    return await _request("POST", url, body, headers, limit_bytes=limit_bytes, token=token)


async def _request(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    limit_bytes: int,
    token: str | None,
) -> tuple[int, bytes]:
    sent = {**headers, "User-Agent": "dp3t"}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(method, url, data=body, headers=sent, allow_redirects=False) as answer,
        ):
            return answer.status, await _body(answer, limit_bytes)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise TransportError(f"{url}: {type(error).__name__}") from None


async def _body(answer: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
    found = bytearray()
    async for part in answer.content.iter_chunked(2**12):
        found += part
        if len(found) > limit_bytes:
            raise LimitError("the server sent more than the protocol allows")
    return bytes(found)
