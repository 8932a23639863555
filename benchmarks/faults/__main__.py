"""A server that is killed, starved of disk, cut off from its database and lied to by its clock.

    python -m benchmarks.faults [--rounds 200] [--database postgresql] [--seed N] [--json]

Real servers on loopback, the ones of this project, take reports and publish slots while something
befalls them, and at least one process of nearly every round is killed with SIGKILL at a random
moment. An auditor downloads everything after each round, verifies it by the library, and keeps it
for ever. In the end all is set against what the phones were answered: every acknowledged report is
published exactly once and unaltered, no report is published in part, no batch ever changes, and no
index goes back.

It ends with status 1 where something of that does not hold, or where the self-check finds that the
checker would not have noticed.
"""

import argparse
import asyncio
import json
import secrets
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.faults.running import Plan, Result, run
from benchmarks.faults.selfcheck import check
from benchmarks.faults.tables import document, tables
from benchmarks.server.cluster import NoPostgresqlError

DATABASES = ("sqlite", "postgresql")
_DESCRIPTION = "Kill servers, fill disks, restart databases, set clocks; count what is lost."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts; return 1 where something does not hold."""
    options = _options(arguments)
    plan = Plan(
        database=options.database,
        rounds=options.rounds,
        seed=secrets.randbelow(2**32) if options.seed is None else options.seed,
        devices=not options.no_devices,
    )
    mutations = asyncio.run(check())
    try:
        result = _with_progress(plan)
    except NoPostgresqlError as reason:
        sys.stderr.write(f"faults: {reason}\n")
        return 2
    printed = document(result, mutations)
    if options.json:
        sys.stdout.write(json.dumps(printed, indent=2) + "\n")
    else:
        for table in tables(printed):
            Console(width=100).print(table, "")
        for message in printed["messages"]:
            sys.stdout.write(f"{message}\n")
    return 0 if printed["held"] else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=_DESCRIPTION)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--seed", type=int, help="of the dice; printed")
    parser.add_argument("--no-devices", action="store_true", help="mount nothing, even as root")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    return options


def _with_progress(plan: Plan) -> Result:
    """Do a run, and show on standard error how far it is."""
    columns = (TextColumn("{task.description:20}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("starting", total=plan.rounds)
        return asyncio.run(
            run(plan, told=lambda kind: progress.update(task, advance=1, description=kind))
        )


if __name__ == "__main__":
    raise SystemExit(main())
