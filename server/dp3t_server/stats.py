"""Statistics for the public: what a server did on each day, small numbers suppressed.

A small number tells on people: two uploads in a town on a day, and somebody who knows of one knows
of the other. So a number below ten is shown as "<10", zero too, and a total is made of what is
shown and of nothing else: from it no suppressed number can be computed [OPERATING-13].
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from aiohttp import web

from dp3t import Day, Instant, Parameters, day_of, day_start, to_datetime
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.counters import Counted
from dp3t_server.parts import Parts

SMALLEST = 10
"""The smallest number that is shown."""

SMALL = f"<{SMALLEST}"


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is shown.

    Attributes:
        days: of each day its date and, by name, its counts or "<10".
        totals: by name the least and the most that the days can sum up to.
    """

    days: list[dict[str, object]]
    totals: dict[str, dict[str, int]]


async def stats(request: web.Request) -> web.Response:
    """Answer with the statistics."""
    found = await statistics(request.app[PARTS], now=request.app[CLOCK].now())
    return web.json_response(asdict(found), headers={"Cache-Control": "no-store"})


async def statistics(parts: Parts, *, now: Instant) -> Statistics:
    """Return the statistics of the days that are over [OPERATING-14]."""
    first, today = days_of(now, parts.config.parameters)
    async with parts.store.reading() as transaction:
        counts = await transaction.counters.between(first, today)
    return shown(counts, first=first, today=today)


def days_of(now: Instant, parameters: Parameters) -> tuple[Day, Day]:
    """Return the first day that is shown, and today, which is not.

    Published keys are remembered for as long, and so counters are kept.
    """
    today = day_of(now)
    return Day(max(0, today - parameters.upload_days)), today


def shown(counts: Mapping[tuple[Day, Counted], int], *, first: Day, today: Day) -> Statistics:
    """Return what is shown of the counts; a count that is missing is zero."""
    days = range(first, today)
    columns = {name.value: [counts.get((Day(day), name), 0) for day in days] for name in Counted}
    rows: list[dict[str, object]] = [
        {
            "day": _date(Day(day)),
            **{name: _shown(column[place]) for name, column in columns.items()},
        }
        for place, day in enumerate(days)
    ]
    return Statistics(rows, {name: _bounds(column) for name, column in columns.items()})


def _shown(count: int) -> int | str:
    return count if count >= SMALLEST else SMALL


def _bounds(column: list[int]) -> dict[str, int]:
    """Return the least and the most that the column can sum up to, for who sees what is shown."""
    shown = [count for count in column if count >= SMALLEST]
    hidden = len(column) - len(shown)
    return {"at_least": sum(shown), "at_most": sum(shown) + hidden * (SMALLEST - 1)}


def _date(day: Day) -> str:
    return to_datetime(day_start(day)).date().isoformat()
