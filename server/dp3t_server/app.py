"""The composition root: routes, middleware and lifetime of one server."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from dp3t import Instant, random_from_os
from dp3t_server import disclosures, exports, health, log_routes, operator, proximity, stats
from dp3t_server.admission import Admission
from dp3t_server.app_keys import (
    ADMISSION,
    CLOCK,
    ISSUER,
    LIMITS,
    METRICS,
    PARTS,
    RECORD,
    REPORTS,
    SCHEDULE,
)
from dp3t_server.clock import Clock, SimulatedClock
from dp3t_server.config import Config
from dp3t_server.limits import Limits
from dp3t_server.metrics import Metrics
from dp3t_server.middleware import hide_software, one_error_shape
from dp3t_server.pace import Pace
from dp3t_server.parts import DataDirectory, Parts, opened
from dp3t_server.reports import Reports
from dp3t_server.running import claimed, record_settings
from dp3t_server.schedule import Schedule
from dp3t_server.token_issuing import Issuer
from dp3t_server.web.pages import explain, protect
from dp3t_server.web.routes import page_routes


def application(config: Config, data: DataDirectory, clock: Clock) -> web.Application:
    """Return a server that opens its files when it is started and closes them when it stops."""
    admission = Admission(config.max_concurrent_requests)
    limits = Limits(config, clock=time.monotonic, rand=random_from_os)
    pace = Pace(config.answer_milliseconds)
    metrics = Metrics(paced=config.answer_milliseconds > 0)
    app = web.Application(
        middlewares=[
            metrics.measure,
            explain,
            one_error_shape,
            limits.limit,
            admission.attend,
            pace.keep,
            admission.admit,
        ],
        client_max_size=_longest_body_bytes(config),
    )
    app[CLOCK], app[ADMISSION], app[LIMITS], app[METRICS] = clock, admission, limits, metrics
    app.on_response_prepare.extend((hide_software, protect))
    app.on_cleanup.append(pace.close)
    app.cleanup_ctx.append(_lifetime(config, data))
    simulated = isinstance(clock, SimulatedClock)
    further = {"declarations": config.declarations, "facilities": config.facilities}
    app.add_routes(routes(simulated=simulated, presence=config.presence, **further))
    app.add_routes(page_routes(**further))
    if config.facilities:
        app.cleanup_ctx.append(_record)
    return app


def routes(
    *,
    simulated: bool,
    presence: bool = False,
    declarations: bool = False,
    facilities: bool = False,
) -> list[web.RouteDef]:
    """Return the routes of the API.

    Args:
        simulated: whether the clock is; otherwise its route does not exist [SERVER-39].
        presence: whether traces are taken; otherwise theirs do not exist [TRACE-SERVER-1].
        declarations: whether declarations are taken; otherwise theirs do not exist [TOKENS-21].
        facilities: whether their record is kept; the same [FACILITIES-SERVER-1].
    """
    only = operator.operators_only
    table = [
        web.get("/v1/index", proximity.index),
        web.get("/v1/batches/{name}", proximity.batch),
        *log_routes.ROUTES,
        web.get("/v1/exports/index.txt", exports.index),
        web.get("/v1/exports/{name}.zip", exports.key_file),
        web.post("/v1/reports", proximity.report),
        web.post("/v1/disclosures", disclosures.accept),
        web.get("/v1/health", health.health),
        web.get("/v1/ready", health.ready),
        web.get("/metrics", only(health.metrics)),
        web.post("/v1/operator/codes", only(operator.codes)),
        web.post("/v1/operator/activations", only(operator.activations)),
        web.post("/v1/operator/revocations", only(operator.revocations)),
        web.post("/v1/operator/statements", only(operator.statements)),
        web.post("/v1/operator/publish", only(operator.publish)),
        web.get("/v1/operator/stats", only(stats.stats)),
        web.get("/v1/operator/disclosures", only(disclosures.DISCLOSURES.page)),
        web.delete("/v1/operator/disclosures/{name}", only(disclosures.DISCLOSURES.erase)),
    ]
    if simulated:
        table.append(web.post("/v1/operator/clock", only(operator.clock)))
    if declarations or facilities:
        table += _token_routes()
    if declarations:
        table += [*_declaration_routes(), *_symptom_routes()]
    if facilities:
        table += _facility_routes()
    return table + _presence_routes() if presence else table


def _longest_body_bytes(config: Config) -> int:
    """Return how much of a body is read whose length was not announced, whatever the route."""
    longest = max(operator.MAX_STATEMENT_BODY_BYTES, *config.upload_sizes.values())
    officials = config.presence or config.declarations or config.facilities  # hand in the longest
    return max(longest, operator.MAX_OFFICIALS_BODY_BYTES) if officials else longest


def _presence_routes() -> list[web.RouteDef]:
    from dp3t_server import trace_uploads, traces  # with them dp3t.presence, for who needs it

    only, uploads = operator.operators_only, trace_uploads.TRACE_UPLOADS
    return [
        web.post("/v1/traces", trace_uploads.accept),
        web.get("/v1/operator/trace-uploads", only(uploads.page)),
        web.delete("/v1/operator/trace-uploads/{name}", only(uploads.erase)),
        web.post("/v1/operator/traces", only(traces.accept)),
    ]


def _token_routes() -> list[web.RouteDef]:
    from dp3t_server import token_routes

    return [
        web.get("/v1/tokens/keys", token_routes.keys),
        web.post("/v1/tokens", token_routes.issue),
    ]


def _facility_routes() -> list[web.RouteDef]:
    from dp3t_server import facility_routes  # with it dp3t.facilities

    authority = operator.operators_only(facility_routes.authority_acts)
    return [*facility_routes.ROUTES, web.post("/v1/operator/facilities/acts", authority)]


def _declaration_routes() -> list[web.RouteDef]:
    from dp3t_server import arrivals, arrivals_marks  # with them dp3t.arrivals

    only, desk, sealed = operator.operators_only, arrivals.Desk(), arrivals.DECLARATIONS
    return [
        web.get("/v1/arrivals/keys", desk.keys),
        web.post("/v1/arrivals/declarations", desk.declare),
        web.post("/v1/arrivals/withdrawals", desk.withdraw),
        web.get("/v1/arrivals/withdrawn", desk.withdrawn),
        web.get("/v1/arrivals/gate-marks", only(arrivals_marks.hand_out)),
        web.post("/v1/arrivals/gate-marks", only(arrivals_marks.take)),
        web.get("/v1/operator/arrivals/declarations", only(sealed.page)),
        web.delete("/v1/operator/arrivals/declarations/{name}", only(sealed.erase)),
    ]


def _symptom_routes() -> list[web.RouteDef]:
    from dp3t_server import symptom_documents, symptom_estimates, symptom_help, symptom_reports

    only, requests = operator.operators_only, symptom_help.HELP_REQUESTS
    return [
        web.get("/v1/symptoms/survey", symptom_documents.hand_out),
        web.get("/v1/symptoms/rules", symptom_documents.hand_out),
        web.get("/v1/symptoms/stations", symptom_documents.hand_out),
        web.post("/v1/symptoms/reports", symptom_reports.accept),
        web.get("/v1/symptoms/estimates", symptom_estimates.days),
        web.get("/v1/symptoms/estimates/{day}", symptom_estimates.of_day),
        web.post("/v1/symptoms/help", symptom_help.accept),
        web.get("/v1/operator/symptoms/help", only(requests.page)),
        web.delete("/v1/operator/symptoms/help/{name}", only(requests.erase)),
    ]


def _lifetime(
    config: Config, data: DataDirectory
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def lifetime(app: web.Application) -> AsyncIterator[None]:
        clock = app[CLOCK]
        async with _running(config, data, now=clock.now()) as parts:
            app[PARTS] = parts
            app[REPORTS] = Reports(parts.store, config, secrets=parts.secrets)
            app[ISSUER] = Issuer(parts)
            app[SCHEDULE] = schedule = Schedule(parts.publisher, clock)
            await schedule.attempt()
            task = None
            if not isinstance(clock, SimulatedClock):
                task = asyncio.create_task(schedule.run())
            try:
                yield
            finally:
                await app[REPORTS].finish()
                schedule.stop()
                if task is not None:
                    await task

    return lifetime


async def _record(app: web.Application) -> AsyncIterator[None]:
    """Follow the record of facilities and put its acts into pages while the server runs."""
    from dp3t_server.facility_pages import Pages
    from dp3t_server.facility_record import Record

    app[RECORD] = record = Record(app[PARTS], app[CLOCK])
    app[ADMISSION].on_closing(record.live.stop)
    pages = Pages(app[PARTS], app[CLOCK])
    await record.follow()
    tasks = [asyncio.create_task(each.run()) for each in (record, pages)]
    try:
        yield
    finally:
        for each in (record, pages):
            each.stop()
        await asyncio.gather(*tasks)


@asynccontextmanager
async def _running(config: Config, data: DataDirectory, *, now: Instant) -> AsyncIterator[Parts]:
    """Open the files for this server alone; commands beside it then find its settings."""
    with claimed(data, shared=bool(config.database)):
        async with opened(config, data, now=now) as parts:
            record_settings(data, config)
            yield parts
