"""Several regions in one process: each a server of its own, below its name in the path.

Nothing is shared but the process, its address and its clock: every region has its database, keys,
log and token. So no file of one can hold a key of another, whatever is asked [SERVER-66].
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping

from aiohttp import web

from dp3t_server.config import Config
from dp3t_server.parts import DataDirectory

RequestHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_PATH = "dp3t region path"


def regions_of(config: Config, data: DataDirectory) -> Iterator[tuple[Config, DataDirectory]]:
    """Yield the settings and the data of every region but the first."""
    for settings in config.further_regions:
        yield settings, DataDirectory(data.path / "regions" / settings.region)


def path_of(request: web.BaseRequest) -> str:
    """Return what stands before the paths of the request's region; nothing for the first."""
    return str(request.get(_PATH, ""))


def by_region(first: RequestHandler, others: Mapping[str, RequestHandler]) -> RequestHandler:
    """Return what hands a request to the region that its path begins with, without the name."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        name, slash, _ = request.rel_url.raw_path[1:].partition("/")
        if not slash or name not in others:
            return await first(request)
        inner = request.clone(rel_url=str(request.rel_url).removeprefix(f"/{name}"))
        inner[_PATH] = f"/{name}"
        answer = await others[name](inner)
        await answer.prepare(inner)  # with the headers that its own application puts on it
        return answer

    return handle
