"""How much can be asked of a server, beside handlers of aiohttp that do the least?

Uploads: every one has a code of its own and a fresh key, is accepted, and is found in the batch
that is published afterwards. The other server reads as many bytes and commits one row to a
database of the same kind, as durably, by one statement of the database's driver. Downloads: both
servers answer with the same bytes, or with 304. Both run in processes of their own, the client in
a third; they are measured in turn. Without limits on requests and without the pace of answers
(`answer_milliseconds = 0`): at the pace, each connection would wait instead of being measured.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from benchmarks.server.cases import Plan, measure
from benchmarks.server.cluster import running_cluster
from benchmarks.server.rounds import Compared


def table(rows: list[Compared], plan: Plan) -> Table:
    """Return what was compared, for people."""
    columns = ("ours, 1/s", "bare", "ratio (spread)", "p50 · p99, ms", "bare", "CPU, µs", "bare")
    shown = Table("", *columns, "ratio", "")
    for row in rows:
        sides = (row.ours, row.bare)
        shown.add_row(
            row.name,
            *(f"{side.per_second:,.0f}" for side in sides),
            f"{row.ratio:.2f} ({row.spread[0]:.2f} to {row.spread[1]:.2f})",
            *(f"{side.p50_milliseconds:.1f} · {side.p99_milliseconds:.1f}" for side in sides),
            *(f"{side.cpu_microseconds:.0f}" for side in sides),
            f"{row.cpu_ratio:.2f}",
            "enough" if row.reached else f"less than {row.least}",
        )
    busy = max(side.client_busy for row in rows for side in (row.ours, row.bare))
    shown.caption = (
        f"{plan.rounds} rounds, {plan.connections} connections; the client took at most "
        f"{busy:.2f} of a processor; no limits, no pace"
    )
    return shown


@contextmanager
def _databases(*, postgresql: bool) -> Iterator[tuple[str, str]]:
    """Yield a database for the server and one for the other; empty for SQLite."""
    if not postgresql:
        yield "", ""
        return
    with running_cluster(fsync=True) as cluster:
        yield f"{cluster.url}/template1", f"{cluster.url}/postgres"


def main() -> int:
    """Measure; return 1 where the server is slower than it shall be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often both are measured")
    parser.add_argument("--uploads", type=int, default=300, help="uploads in a round")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a round of downloads")
    parser.add_argument("--connections", type=int, default=32, help="how many at once")
    parser.add_argument("--postgresql", action="store_true", help="a throw-away one, not SQLite")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args()
    plan = Plan(
        rounds=given.rounds,
        uploads=given.uploads,
        seconds=given.seconds,
        connections=given.connections,
    )
    with _databases(postgresql=given.postgresql) as database:
        rows = list(measure(plan, database=database))
    if given.json:
        document = {"plan": asdict(plan), "rows": [asdict(row) for row in rows]}
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        Console(width=140).print(table(rows, plan))
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
