"""How the server is: for people, for probes, and for the operator's monitoring."""

import prometheus_client
from aiohttp import web

from dp3t import __version__, release_after
from dp3t_server.app_keys import CLOCK, METRICS, PARTS, SCHEDULE
from dp3t_server.faults import Fault, FaultError

_PATIENCE_SECONDS = 300
"""How long after a release its publication can be under way before it counts as late."""


async def health(request: web.Request) -> web.Response:
    """Answer with the state of the database, the publications and the keys."""
    parts, now = request.app[PARTS], request.app[CLOCK].now()
    secrets = parts.secrets.load()
    async with parts.store.reading() as transaction:
        issued = await transaction.issued()
    failures = request.app[SCHEDULE].failures
    late = issued is None or release_after(issued) + _PATIENCE_SECONDS <= now
    log_kept = parts.publisher.log_kept
    ending = "keys-ending" if secrets.is_ending(now) else "ok"
    status = "behind" if failures or late else "log-kept" if log_kept else ending
    body = {
        "status": status,
        "database": "reachable",
        "region": parts.config.region,
        "designs": parts.config.designs,
        "version": __version__,
        "clock": request.app[CLOCK].name,
        "last_release": issued,
        "next_release": release_after(now),
        "failed_publications": failures,
        "log_kept": log_kept,
        "signing_key_valid_until": secrets.last_end,
    }
    return web.json_response(body, headers={"Cache-Control": "no-store"})


async def ready(request: web.Request) -> web.Response:
    """Answer whether requests may be sent here: database and keys work, and there is an index.

    Who is closing or has no database answers 503 before or instead of this [OPERATING-17].
    """
    parts = request.app[PARTS]
    parts.secrets.load()
    async with parts.store.reading() as transaction:
        if await transaction.issued() is None:
            raise FaultError(Fault.UNAVAILABLE, "nothing is published yet")
    return web.json_response({"ready": True}, headers={"Cache-Control": "no-store"})


async def metrics(request: web.Request) -> web.Response:
    """Answer with the metrics of this process [OPERATING-18]."""
    app = request.app
    body = await app[METRICS].render(
        app[PARTS], failures=app[SCHEDULE].failures, now=app[CLOCK].now()
    )
    headers = {"Content-Type": prometheus_client.CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    return web.Response(body=body, headers=headers)
