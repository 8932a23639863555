"""The network side: a listener whose every answer, even to what is not HTTP, is ours.

aiohttp answers what it cannot parse before any middleware runs, with its name and version and an
echo of the bytes. `_Connection` answers in the one error shape instead.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from dp3t_server import logs
from dp3t_server.app_keys import ADMISSION
from dp3t_server.config import Config
from dp3t_server.downloads import answer_at_once
from dp3t_server.faults import Fault, answer_to
from dp3t_server.regions import RequestHandler, by_region

_LAST_SECONDS = 0.25
"""How long aiohttp waits, twice over, for what has outstayed the grace [OPERATING-3]."""


class _Connection(web.RequestHandler):
    """One connection."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that never reached a handler, and log no address [SERVER-20]."""
        if status >= Fault.INTERNAL.status:
            if exc is not None and not isinstance(exc, ConnectionError):  # a client went: no event
                logs.fail("a connection failed", exc)
            answer = Fault.INTERNAL.answer("a mistake in the server", Server="dp3t")
        else:
            answer = Fault.MALFORMED.answer("this is not a request in HTTP", Server="dp3t")
        answer.force_close()
        return answer


@asynccontextmanager
async def listening(
    app: web.Application,
    config: Config,
    *,
    host: str,
    port: int,
    regions: Mapping[str, web.Application] | None = None,
) -> AsyncIterator[str]:
    """Start the applications and listen; yield the URL. Afterwards finish what is under way.

    Args:
        app: of the first region.
        config: its settings.
        host: the address.
        port: 0 picks a free one.
        regions: the applications of further regions, by the names that their paths begin with.

    Raises:
        OSError: the address cannot be listened on.
    """
    others = regions or {}
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(_set_up(app))
        handlers = {
            name: (await stack.enter_async_context(_set_up(other))).request_handler
            for name, other in others.items()
        }
        server.request_handler = by_region(server.request_handler, handlers)
        loop = asyncio.get_running_loop()

        def connection() -> _Connection:
            return _Connection(
                server,
                loop=loop,
                access_log=None,  # type: ignore[arg-type]  # None is its way of saying no log
                auto_decompress=False,  # an upload has its length as sent, not unpacked
                keepalive_timeout=config.idle_connection_seconds,
                lingering_time=0,
            )

        listener = await loop.create_server(connection, host, port)
        try:
            yield _url(host, listener.sockets[0].getsockname()[1])
        finally:
            listener.close()
            grace = config.shutdown_grace_seconds
            closing = (
                each[ADMISSION].close(grace_seconds=grace) for each in (app, *others.values())
            )
            await asyncio.gather(*closing)


@asynccontextmanager
async def _set_up(app: web.Application) -> AsyncIterator[web.Server]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_LAST_SECONDS)
    await runner.setup()
    try:
        server = runner.server
        if server is None:
            raise TypeError("the application was not set up")
        server.request_handler = _answering_at_once(app, server.request_handler)
        yield server
    finally:
        await runner.cleanup()


def _answering_at_once(app: web.Application, handle: RequestHandler) -> RequestHandler:
    """Answer what can be at once, and in the one shape what aiohttp refuses before middleware.

    The latter is such as `Expect`.
    """

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return answer_at_once(app, request) or await handle(request)
        except web.HTTPException as error:
            return answer_to(error)

    return answer


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
