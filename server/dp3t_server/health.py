"""How the server is: for people, for probes, and for the operator's monitoring."""

from dataclasses import asdict, dataclass

import prometheus_client
from aiohttp import web

from dp3t import Instant, __version__, release_after
from dp3t_server.app_keys import CLOCK, METRICS, PARTS, SCHEDULE
from dp3t_server.faults import Fault, FaultError

_PATIENCE_SECONDS = 300
"""How long after a release its publication can be under way before it counts as late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state of the database, the publications and the keys, as `README.md` explains it."""

    status: str
    database: str = "reachable"
    region: str
    designs: tuple[str, ...]
    version: str = __version__
    clock: str
    last_release: Instant | None
    next_release: Instant
    sunset: Instant | None
    failed_publications: int
    log_kept: int
    signing_key_valid_until: Instant


async def health(request: web.Request) -> web.Response:
    """Answer with the state."""
    state = await state_of(request.app)
    return web.json_response(asdict(state), headers={"Cache-Control": "no-store"})


async def state_of(app: web.Application) -> State:
    """Return the state of a server whose database works."""
    parts, now = app[PARTS], app[CLOCK].now()
    secrets = parts.secrets.load()
    async with parts.store.reading() as transaction:
        issued = await transaction.index.issued()
        sunset = await transaction.index.sunset()
    failures = app[SCHEDULE].failures
    late = issued is None or release_after(issued) + _PATIENCE_SECONDS <= now
    log_kept = parts.publisher.log_kept
    troubles = {
        "ended": sunset is not None,
        "behind": failures or late,
        "log-kept": log_kept,
        "keys-ending": secrets.is_ending(now),
    }
    return State(
        status=next((name for name, is_so in troubles.items() if is_so), "ok"),
        region=parts.config.region,
        designs=parts.config.designs,
        clock=app[CLOCK].name,
        last_release=issued,
        next_release=release_after(now),
        sunset=sunset,
        failed_publications=failures,
        log_kept=log_kept,
        signing_key_valid_until=secrets.last_end,
    )


async def ready(request: web.Request) -> web.Response:
    """Answer whether requests may be sent here: database and keys work, and there is an index.

    Who is closing or has no database answers 503 before or instead of this [OPERATING-17].
    """
    parts = request.app[PARTS]
    parts.secrets.load()
    async with parts.store.reading() as transaction:
        if await transaction.index.issued() is None:
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
