"""What is measured: a morning's attestations, forged objections, and a long record."""

import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from benchmarks.facilities import record as records
from benchmarks.facilities.auditing import audited
from benchmarks.facilities.forgeries import REFUSALS, forgeries
from benchmarks.facilities.listening import Listener
from benchmarks.server.client import Window, ask, get, one
from benchmarks.server.processes import Endpoint, Taken, peak_mb
from benchmarks.server.rounds import percentile
from benchmarks.server.running import Running, running_program, running_server
from dp3t import Instant
from spec.vectors.builders.facility_record import Record, key_of

_PAGE_SECONDS = 5
_CHUNK = 5_000
_MAP_SECONDS = 60
_TOKEN_LISTS = 1
"""The first objection of a day brings the list of token keys, even if it is forged."""

_MAP = get("/v1/facilities/map")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is done.

    Attributes:
        facilities: that attest.
        objections: that are forged.
        days: of attestations that the long record has.
        connections: over which acts come.
        database: the URLs of two PostgreSQL databases; empty for SQLite.
    """

    facilities: int
    objections: int
    days: int
    connections: int
    database: tuple[str, str] = field(default=("", ""), repr=False)


def measure(plan: Plan) -> dict[str, Any]:
    """Return everything that a run finds."""
    record = records.enrolled(plan.facilities)
    rows = list(records.rows_of(record, plan.facilities))
    signed = records.attested(record, plan.facilities, now=records.NOW)
    found: dict[str, Any] = {}
    with _served(plan, rows) as server:
        found["attesting"], shown = _attesting(server, plan, signed, first=len(rows))
        found["objections"], honest = _objections(server, plan, record)
        server.operate("clock", now=records.NOW + 2 * _MAP_SECONDS)
        acts = len(rows) + len(signed) + _TOKEN_LISTS + honest
        found["memory_mb"] = peak_mb(server.process_id)
        found["correct"] = {
            **shown,
            **audited(server, now=Instant(records.NOW + 2 * _MAP_SECONDS), acts=acts),
        }
    found["bare"] = _bare(plan, signed)
    found["ratio"] = found["attesting"]["per_second"] / found["bare"]["per_second"]
    if plan.days:
        found["long"] = _long(plan)
    return found


@contextmanager
def _served(plan: Plan, rows: Iterator[records.Row] | Sequence[records.Row]) -> Iterator[Running]:
    """Run a server whose database has a record already."""
    settings = records.settings_of(page_seconds=_PAGE_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        given: dict[str, Any] = {
            "database": plan.database[0],
            "simulated_clock": records.NOW,
            "data": Path(folder),
            "more": settings,
        }
        with running_server(0, **given):
            pass  # which makes the tables
        records.store(plan.database[0], Path(folder), rows)
        with running_server(0, **given) as server:
            yield server


def _attesting(
    server: Running, plan: Plan, signed: Sequence[bytes], *, first: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    requests = [records.request(records.ACTS, each) for each in signed]
    with Listener(server.port, after=first) as listener:
        began = time.perf_counter()
        window = ask(server, requests, connections=plan.connections, check=_is_taken)
        told = listener.wait_until(plan.facilities, "safe") - began
    server.operate("clock", now=records.NOW + _MAP_SECONDS)
    drawn, again = (_timed(server, _MAP) for _ in range(2))
    shown = {
        "listener_was_told_of": len(listener.states),
        "reloads": listener.reloads,
    }
    return {
        **_described(window),
        "listener_has_all_seconds": told,
        "map_drawn_seconds": drawn[0],
        "map_again_seconds": again[0],
        "map_bytes": len(drawn[1]),
    }, shown


def _objections(server: Running, plan: Plan, record: Record) -> tuple[dict[str, Any], int]:
    """Send forged objections, and corrections of attestations beside them, one after another.

    Return what was found, and how many corrections there were.
    """
    now = Instant(records.NOW + _MAP_SECONDS)
    corrections = records.corrections(record, plan.facilities, now=now)
    names = records.names(plan.facilities)
    forged = forgeries(plan.objections, names, now=records.NOW, seed=1)
    refused, windows, honest = Counter[str](), list[Window](), list[Window]()

    def is_refused(status: int, body: bytes) -> bool:
        word = next((word for word in REFUSALS if word.encode() in body), "")
        refused[word] += 1
        return bool(word)

    while chunk := list(islice(forged, _CHUNK)):
        with _beside(server, corrections, honest):
            windows += [ask(server, chunk, connections=plan.connections, check=is_refused)]
    return {
        **_described(*windows),
        "refused": dict(refused),
        "honest": _without_cpu(_described(*honest)),
    }, sum(len(each.latencies) for each in honest)


@contextmanager
def _beside(server: Running, acts: Iterator[bytes], found: list[Window]) -> Iterator[None]:
    """Hand acts in within a block, each when the last one is answered."""
    stop = threading.Event()

    def requests() -> Iterator[bytes]:
        while not stop.is_set():
            yield records.request(records.ACTS, next(acts))

    with ThreadPoolExecutor(1) as pool:
        handing_in = pool.submit(ask, server, requests(), connections=1, check=_is_taken)
        try:
            yield
        finally:
            stop.set()
        found.append(handing_in.result())


def _bare(plan: Plan, signed: Sequence[bytes]) -> dict[str, Any]:
    """Hand the same acts in to what the server is compared with, each behind its public key."""
    requests = [
        records.request(records.ACTS, key_of(name).public().public + each)
        for name, each in zip(records.names(plan.facilities), signed, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        database = plan.database[1] or str(Path(folder, "bare.sqlite3"))
        command = [sys.executable, "-m", "benchmarks.facilities.bare", database]
        with running_program(command, None) as (process, ready):
            server = Endpoint(int(ready["port"]), process.pid)
            return _described(ask(server, requests, connections=plan.connections, check=_is_taken))


def _long(plan: Plan) -> dict[str, Any]:
    """Start a server that has a long record, and let a deadline pass."""
    record = records.enrolled(plan.facilities, before_days=plan.days)
    first = list(records.rows_of(record, plan.facilities))
    rows = chain(first, records.history(plan.facilities, days=plan.days, first=len(first)))
    acts = len(first) + plan.facilities * plan.days
    settings = records.settings_of(page_seconds=7_200)
    with tempfile.TemporaryDirectory() as folder:
        given: dict[str, Any] = {
            "simulated_clock": records.NOW,
            "data": Path(folder),
            "more": settings,
        }
        with running_server(0, **given):
            pass
        records.store("", Path(folder), rows)
        began = time.perf_counter()
        with running_server(0, **given) as server:
            started = Taken.so_far(server.process_id)
            ready_seconds = started.seconds - began
            with Listener(server.port, after=acts) as listener:
                told_of = time.perf_counter()
                server.operate("clock", now=records.DEADLINE)
                told = listener.wait_until(plan.facilities, "overdue") - told_of
            drawn, _ = (_timed(server, _MAP) for _ in range(2))
            return {
                "acts": acts,
                "start_seconds": ready_seconds,
                "start_cpu_seconds": started.cpu_seconds,
                "deadline_told_seconds": told,
                "deadline_bytes": listener.size_bytes,
                "map_drawn_seconds": drawn[0],
                "map_bytes": len(drawn[1]),
                "memory_mb": peak_mb(server.process_id),
            }


def _timed(server: Running, asked: bytes) -> tuple[float, bytes]:
    began = time.perf_counter()
    status, body = one(server, asked)
    if status != 200:
        raise OSError(f"a request was answered {status}")
    return time.perf_counter() - began, body


def _is_taken(status: int, body: bytes) -> bool:
    return status == 200 and b'"refusal": null' in body


def _described(*windows: Window) -> dict[str, Any]:
    """Return rate and latencies of requests in some windows."""
    latencies = sorted(1_000 * latency for each in windows for latency in each.latencies)
    seconds = sum(each.seconds for each in windows)
    return {
        "answered": len(latencies),
        "seconds": seconds,
        "per_second": len(latencies) / seconds,
        "p50_ms": percentile(latencies, 50),
        "p95_ms": percentile(latencies, 95),
        "p99_ms": percentile(latencies, 99),
        "server_cpu_us": 1e6 * sum(each.server_cpu_seconds for each in windows) / len(latencies),
        "client_busy": max(each.busy for each in windows),
    }


def _without_cpu(described: dict[str, Any]) -> dict[str, Any]:
    """Return what is known where the server did something else meanwhile."""
    return {name: value for name, value in described.items() if name != "server_cpu_us"}
