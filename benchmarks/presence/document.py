"""One document of everything that a run has measured, and what the paper published beside it."""

from collections.abc import Iterable
from typing import Any

from benchmarks.presence import paper
from benchmarks.presence.cases import SEED
from benchmarks.presence.day import Day, Start
from benchmarks.presence.operations import Measured
from benchmarks.presence.peers import Beside

Document = dict[str, Any]
"""A JSON object."""


def document(
    *,
    rounds: int,
    pieces: dict[str, float],
    measured: Iterable[Measured],
    start: Start,
    days: Iterable[Day],
) -> Document:
    """Return the document; the peers are added by whoever asked for them.

    Args:
        rounds: of every operation.
        pieces: milliseconds of each bare call.
        measured: the operations.
        start: what comes before any matching.
        days: the days' matchings.
    """
    return {
        "seed": SEED,
        "rounds": rounds,
        "bare_milliseconds": {name: round(value, 4) for name, value in pieces.items()},
        "operations": [_operation(one) for one in measured],
        "start": {
            "library_seconds": round(start.library_seconds, 3),
            "pairing_library_seconds": round(start.pairing_seconds, 3),
            "pool_seconds": round(start.pool_seconds, 3),
            "workers": start.workers,
        },
        "days": [_day(one) for one in days],
        "paper": {
            "source": paper.SOURCE,
            "day_seconds": paper.DAY_SECONDS,
            "milliseconds": {name: row._asdict() for name, row in paper.TABLE.items()},
        },
    }


def peers_document(compared: Iterable[Beside], missing: dict[str, str]) -> list[Document]:
    """Return what was measured of the peers, and why of some nothing was."""
    found = [
        {
            "peer": one.peer,
            "version": one.version,
            "runtime": one.runtime,
            "milliseconds": round(one.milliseconds, 3),
            "our_milliseconds": round(one.our_milliseconds, 4),
            **_ratio("speedup", one.speedup),
        }
        for one in compared
    ]
    return found + [{"peer": name, "reason": reason} for name, reason in missing.items()]


def _operation(one: Measured) -> Document:
    column = one.operation.paper
    published = paper.TABLE[paper.REFERENCE_DEVICE]
    return {
        "operation": one.operation.name,
        "how": one.operation.how,
        "per_second": round(1000 / one.milliseconds, 1),
        "milliseconds": round(one.milliseconds, 4),
        "bound": list(one.operation.bound),
        "bound_milliseconds": round(one.bound_milliseconds, 4),
        **_ratio("of_bound", one.of_bound),
        "paper_milliseconds": None if column is None else getattr(published, column),
    }


def _day(one: Day) -> Document:
    return {
        "name": one.work.name,
        "records": len(one.work.records),
        "traces": len(one.work.traces),
        "tries": one.work.tries,
        "pairings": one.pairings,
        "saved": one.work.tries - one.pairings,
        "seconds": round(one.seconds, 4),
        **_ratio("of_bound", one.of_bound),
        "parallel_seconds": round(one.parallel_seconds, 4),
        **_ratio("speedup", one.speedup),
    }


def _ratio(name: str, values: tuple[float, float, float]) -> Document:
    middle, lowest, highest = (round(value, 3) for value in values)
    return {name: middle, f"{name}_spread": [lowest, highest]}
