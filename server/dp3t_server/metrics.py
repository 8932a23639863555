"""Metrics for Prometheus, of which none tells how many people reported in a short time.

A monitoring system asks every few seconds and keeps every answer. A count of accepted uploads, of
activated codes or of disclosures would become a list of the moments at which patients reported,
which the server itself takes care not to keep. So uploads are counted whatever was decided, with
their dummies; and of the operator's requests and of disclosures only what failed [OPERATING-20].
"""

import asyncio
import functools

import prometheus_client as prometheus
from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.exc import SQLAlchemyError

from dp3t import Dp3tError, Instant, slot_of
from dp3t_server.pace import PACED
from dp3t_server.parts import Parts

_COUNTED = frozenset(
    {
        *("/v1/index", "/v1/batches/{name}"),
        *("/v1/exports/index.txt", "/v1/exports/{name}.zip"),
        *("/v1/reports", "/v1/health", "/v1/ready"),
    }
)
"""The routes of which every request is counted."""

_OTHER = "other"
_LEAST_FAILURE = 500
_FAILURES = frozenset({401, 429})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.6, 1, 1.1, 2.5, 5, 10, 30)


class Metrics:
    """What one process has counted since its start, and what it reads when it is asked.

    Args:
        paced: whether answers to uploads leave at their moments. Otherwise their durations tell
            what was decided, and are not measured.
    """

    def __init__(self, *, paced: bool) -> None:
        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types
        self._unmeasured = frozenset[str]() if paced else PACED
        self._registry = prometheus.CollectorRegistry()
        self._requests = prometheus.Counter(
            "dp3t_requests",
            "Requests by route and status; reports with their dummies, whatever was decided",
            ["route", "status"],
            registry=self._registry,
        )
        self._seconds = prometheus.Histogram(
            "dp3t_request_seconds",
            "From the request's head to the answer",
            ["route"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._counter = functools.cache(lambda *labels: self._requests.labels(*map(str, labels)))
        self._histogram = functools.cache(self._seconds.labels)
        self._gauges = {
            name: prometheus.Gauge(f"dp3t_{name}", words, registry=self._registry)
            for name, words in _GAUGES.items()
        }

    @web.middleware
    async def measure(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count a request and how long it took."""
        began = asyncio.get_running_loop().time()
        answer = await handler(request)
        self.count(route_of(request), answer.status, began=began)
        return answer

    def count(self, route: str, status: int, *, began: float) -> None:
        """Count an answer and how long it took.

        Args:
            route: see `route_of`.
            status: of HTTP.
            began: when the request came, by the event loop's clock.
        """
        quiet = route not in _COUNTED and route != _OTHER
        failed = status >= _LEAST_FAILURE or status in _FAILURES
        if failed or not quiet:
            self._counter(route, status).inc()
        if not quiet and route not in self._unmeasured:
            self._histogram(route).observe(asyncio.get_running_loop().time() - began)

    async def render(self, parts: Parts, *, failures: int, now: Instant) -> bytes:
        """Return all metrics as text, also where the database cannot be used.

        Args:
            parts: what is asked.
            failures: how many attempts to publish have failed in a row.
            now: the present.
        """
        issued: Instant | None = None
        try:
            async with parts.store.reading() as transaction:
                issued = await transaction.index.issued()
            self._set("database_up", 1)
        except (SQLAlchemyError, OSError):
            self._set("database_up", 0)
        if issued is not None:
            self._set("publication_age_seconds", now - issued)
            self._set("publication_slots_behind", slot_of(now) - slot_of(issued))
        self._set("publication_failures", failures)
        self._set("log_kept_attempts", parts.publisher.log_kept)
        self._set("signing_key_seconds_left", _seconds_left(parts, now))
        return prometheus.generate_latest(self._registry)

    def _set(self, name: str, value: float) -> None:
        self._gauges[name].set(value)


_GAUGES = {
    "database_up": "Whether the database answered just now",
    "publication_age_seconds": "How long ago the newest release is that was published",
    "publication_slots_behind": "Releases that are due and not published; 1 while one is made",
    "publication_failures": "Attempts to publish that failed in a row",
    "log_kept_attempts": "Attempts in a row that left erased rows beside the database",
    "signing_key_seconds_left": "Until no key may sign; 0 where the keys cannot be read",
}


def route_of(request: web.Request) -> str:
    """Return the pattern of the path; one name for all paths that do not exist."""
    resource = request.match_info.route.resource
    return _OTHER if resource is None else resource.canonical


def _seconds_left(parts: Parts, now: Instant) -> int:
    try:
        return parts.secrets.load().last_end - now
    except (Dp3tError, OSError):
        return 0
