"""What apps on phones with exposure notification ask for: the list of key files, and the files."""

import re
from collections.abc import Iterable

from aiohttp import web

from dp3t_server.downloads import answer_with_published
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import CHANGES, PLAIN, STAYS, ZIP, PublicFile
from dp3t_server.store import Transaction

LIST_PATH = "v1/exports/index.txt"
PATH = "v1/exports/{name}.zip"
"""Where a key file is, below the address of the server."""

_NAME = re.compile(r"[A-Z0-9-]{1,16}-(0|[1-9][0-9]{0,9})-[0-9]{5}", re.ASCII)


def list_of(names: Iterable[str]) -> PublicFile:
    """Return the list of key files: a line for each, with its path [KEY-FILES-11]."""
    lines = "".join(f"{PATH.format(name=name)}\n" for name in names)
    return PublicFile.of(lines.encode("ascii"))


async def index(request: web.Request) -> web.Response:
    """Answer with a line for each key file, the oldest first [KEY-FILES-11]."""

    async def load(read: Transaction) -> PublicFile:
        return list_of(await read.key_files.digests())

    missing = FaultError(Fault.UNAVAILABLE, "nothing is published yet")
    return await answer_with_published(
        request, f"/{LIST_PATH}", load, cache=CHANGES, kind=PLAIN, missing=missing
    )


async def key_file(request: web.Request) -> web.Response:
    """Answer with a key file [KEY-FILES-11]."""
    name = request.match_info["name"]
    missing = FaultError(Fault.NOT_FOUND, "there is no such key file")
    if not _NAME.fullmatch(name):
        raise missing
    return await answer_with_published(
        request,
        f"/{PATH.format(name=name)}",
        lambda read: read.key_files.named(name),
        cache=STAYS,
        kind=ZIP,
        missing=missing,
    )
