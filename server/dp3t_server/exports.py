"""What apps on phones with exposure notification ask for: the list of key files, and the files."""

import re
from collections.abc import Iterable

from aiohttp import web

from dp3t_server.app_keys import PARTS
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import CHANGES, STAYS, PublicFile, answer_with

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
    async with request.app[PARTS].store.reading() as transaction:
        listed = list_of(await transaction.key_files.digests())
    return answer_with(request, listed, cache=CHANGES, kind="text/plain")


async def key_file(request: web.Request) -> web.Response:
    """Answer with a key file [KEY-FILES-11]."""
    name, found = request.match_info["name"], None
    if _NAME.fullmatch(name):
        async with request.app[PARTS].store.reading() as transaction:
            found = await transaction.key_files.named(name)
    if found is None:
        raise FaultError(Fault.NOT_FOUND, "there is no such key file")
    return answer_with(request, found, cache=STAYS, kind="application/zip")
