"""Files that are served as they are, and what tells a client that it has one already."""

from dataclasses import dataclass, field

from aiohttp import web

from dp3t.primitives import sha256

CHANGES = "no-cache"
"""For a file whose content changes: a client asks each time whether it did."""

BYTES, PLAIN, ZIP = "application/octet-stream", "text/plain", "application/zip"
"""The media types of files."""

STAYS = "public, max-age=1209600, immutable"
"""For a file whose name never gets another content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFile:
    """A published file with the digest that is its ETag."""

    digest: bytes
    data: bytes = field(repr=False)

    @classmethod
    def of(cls, data: bytes) -> "PublicFile":
        """Return a file with its digest."""
        return cls(digest=sha256(data), data=data)


def answer_with(
    request: web.BaseRequest,
    file: PublicFile,
    *,
    cache: str,
    kind: str = BYTES,
) -> web.Response:
    """Answer with a file, or say that the client has it [SERVER-3].

    Args:
        request: what is answered.
        file: the file.
        cache: `CHANGES` or `STAYS`.
        kind: its media type.
    """
    tag = file.digest.hex()
    headers = {"ETag": f'"{tag}"', "Cache-Control": cache}
    if _has(request, tag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=file.data, content_type=kind, headers=headers)


def _has(request: web.BaseRequest, tag: str) -> bool:
    known = request.headers.get("If-None-Match")
    if known is None or known == f'"{tag}"':  # nearly all
        return known is not None
    return any(each.value in (tag, "*") for each in request.if_none_match or ())
