"""What does a server of facilities bear: a morning's attestations, forged objections, a long past?

    python -m benchmarks.facilities [--facilities N] [--objections N] [--days N] [--json]

Facilities are enrolled before, not timed. Each attests once, over several connections; a listener
reads the stream of events. Then come objections with invalid tokens, and honest acts beside them.
Status 1 where an act is lost, something refused is in the record, the map shows another state than
the audited record gives, or fewer than 10,000 facilities could attest in ten minutes.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.arguments import from_one
from benchmarks.facilities.measuring import Plan, measure
from benchmarks.server.cluster import running_cluster
from benchmarks.tables import result_table

REQUIRED_PER_SECOND = 10_000 / 600


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; return 1 where something is lost, wrong or too slow."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.facilities", description=__doc__)
    parser.add_argument("--facilities", type=from_one, default=10_000, help="that attest")
    parser.add_argument("--objections", type=from_one, default=100_000, help="that are forged")
    parser.add_argument("--days", type=int, default=100, help="of the long record; 0 without it")
    parser.add_argument("--connections", type=from_one, default=32, help="how many at once")
    parser.add_argument("--postgresql", action="store_true", help="a throw-away one, not SQLite")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args(arguments)
    with _databases(postgresql=given.postgresql) as database:
        found = measure(
            Plan(
                facilities=given.facilities,
                objections=given.objections,
                days=given.days,
                connections=given.connections,
                database=database,
            )
        )
    found["load_average"] = os.getloadavg()[0]
    found["right"] = is_right(found, facilities=given.facilities, objections=given.objections)
    if given.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        console = Console()
        for table in (_answers(found), _others(found)):
            console.print(table, "")
    return 0 if found["right"] else 1


def is_right(found: dict[str, Any], *, facilities: int, objections: int) -> bool:
    """Return whether nothing was lost, nothing forged entered, and it was fast enough."""
    correct, noise = found["correct"], objections // 4
    return (
        correct["acts"] == correct["acts_due"]
        and not correct["faults"]
        and not correct["differences"]
        and correct["safe_on_map"] == facilities
        and correct["listener_was_told_of"] == facilities
        and found["objections"]["answered"] == objections
        and found["objections"]["refused"].get("malformed", 0) == noise
        and found["attesting"]["per_second"] >= REQUIRED_PER_SECOND
    )


@contextmanager
def _databases(*, postgresql: bool) -> Iterator[tuple[str, str]]:
    """Yield a database for the server and one for the other; empty for SQLite."""
    if not postgresql:
        yield "", ""
        return
    with running_cluster(fsync=True) as cluster:
        yield f"{cluster.url}/template1", f"{cluster.url}/postgres"


def _answers(found: dict[str, Any]) -> Table:
    columns = ("", "answered", "1/s", "p50, ms", "p95, ms", "p99, ms", "CPU each, µs")
    table = result_table("Answers", *columns, words={""})
    for name, row in (
        ("attestations", found["attesting"]),
        ("attestations, bare", found["bare"]),
        ("forged objections", found["objections"]),
        ("honest acts beside them", found["objections"]["honest"]),
    ):
        table.add_row(
            name,
            f"{row['answered']:,}",
            f"{row['per_second']:,.0f}",
            *(f"{row[each]:.1f}" for each in ("p50_ms", "p95_ms", "p99_ms")),
            f"{row['server_cpu_us']:,.0f}" if "server_cpu_us" in row else "",
        )
    table.caption = f"ratio {found['ratio']:.2f}; load average {found['load_average']:.1f}"
    return table


def _others(found: dict[str, Any]) -> Table:
    attesting = found["attesting"]
    table = result_table("Others", "", "", words={""})
    said = {
        "listener has all, s": f"{attesting['listener_has_all_seconds']:.2f}",
        "map drawn, then asked again, s": (
            f"{attesting['map_drawn_seconds']:.2f}, {attesting['map_again_seconds']:.3f}"
        ),
        "map, bytes": f"{attesting['map_bytes']:,}",
        "memory at most, MB": f"{found['memory_mb']:.0f}",
        "refused": str(found["objections"]["refused"]),
        "all there and right": str(found["right"]),
        **{
            f"long record: {name}": f"{value:,.2f}" for name, value in found.get("long", {}).items()
        },
    }
    for name, value in said.items():
        table.add_row(name, value)
    return table


if __name__ == "__main__":
    sys.exit(main())
