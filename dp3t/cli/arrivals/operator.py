"""What officials fetch from a server and hand to it, with the operator's token."""

import json
from http import HTTPStatus

from dp3t.arrivals.used_list import MAX_USED_LIST_BYTES, split_marks
from dp3t.errors import PolicyError, TransportError

MOST_PAGE_BYTES = 2**22
"""A page of a hundred sealed declarations in base64, and what stands around them."""

MARKS_AT_ONCE = 4_096
"""How many marks one request hands in."""

_MARKS = "/v1/arrivals/gate-marks"
_OCTETS = "application/octet-stream"
_MAX_ANSWER_BYTES = 2**16


class Operator:
    """A server and the token that it asks of officials."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token

    async def page(self, after: str) -> bytes:
        """Return a page of sealed declarations, those after a name, as the server gives it.

        Raises:
            PolicyError: the server refuses; the message says why.
            TransportError: no answer, or none that is understood.
        """
        return await self._page("arrivals/declarations", after)

    async def help_page(self, after: str) -> bytes:
        """Return a page of sealed requests for help; raises as `page` does."""
        return await self._page("symptoms/help", after)

    async def marks(self) -> list[bytes]:
        """Return the marks of all gates; raises as `page` does."""
        return split_marks(await self._get(_MARKS, MAX_USED_LIST_BYTES))

    async def send_marks(self, marks: list[bytes]) -> None:
        """Hand in marks, which the server keeps once each; raises as `page` does."""
        for start in range(0, len(marks), MARKS_AT_ONCE):
            await self._post(_MARKS, b"".join(marks[start : start + MARKS_AT_ONCE]))

    async def _page(self, kind: str, after: str) -> bytes:
        asked = f"?after={after}" if after else ""
        return await self._get(f"/v1/operator/{kind}{asked}", MOST_PAGE_BYTES)

    async def _get(self, path: str, limit: int) -> bytes:
        from dp3t.cli.presence.http import get

        url = self._base_url + path
        return _accepted(url, *await get(url, limit_bytes=limit, token=self._token))

    async def _post(self, path: str, body: bytes) -> bytes:
        from dp3t.cli.presence.http import post

        url, limit = self._base_url + path, _MAX_ANSWER_BYTES
        answer = await post(url, body, content_type=_OCTETS, limit_bytes=limit, token=self._token)
        return _accepted(url, *answer)


def _accepted(url: str, status: int, body: bytes) -> bytes:
    """Return the body of an answer that is one."""
    if status == HTTPStatus.OK:
        return body
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    match answer:
        case {"error": {"message": str(message)}}:
            raise PolicyError(f"{url}: answered {status}: {message}")
    raise TransportError(f"{url}: answered {status}, which is not understood")
