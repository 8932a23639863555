"""How many person-days the simulator does a second, beside others, and what an infection costs.

    python -m benchmarks.simulation [--people N] [--days N] [--large] [--protocol] [--peers]

A world with everything switched on, in which more than half are infected: when fewer are, it is
faster by as much. Each run is a process of its own, on one thread and on two in turn; their events
must be the same. With `--large` there are ten million people too, with `--protocol` every phone
runs the library's bytes, and with `--peers` Covasim and OpenABM-Covid19, installed and built here,
take turns with ours at the same size. Last comes `dp3t-sim run` from the shell.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from benchmarks.arguments import from_one
from benchmarks.simulation.measuring import (
    Document,
    Tell,
    measure_peers,
    measure_protocol,
    measure_shell,
    measure_speed,
)
from benchmarks.simulation.peers import OPENABM_SOURCE
from benchmarks.simulation.running import SEED
from benchmarks.simulation.scenarios import everything
from benchmarks.simulation.tables import tables

PEOPLE, DAYS, ROUNDS = 1_000_000, 100, 3
LARGE_PEOPLE = 10_000_000
PROTOCOL_PEOPLE, PROTOCOL_DAYS = 2_000, 14
_DESCRIPTION = "Person-days per second of the simulator, beside others."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the results; return 1 where they depend on threads or fidelity."""
    options = _options(arguments)

    def tell(what: str) -> None:
        sys.stderr.write(f"simulation: {what}\n")

    try:
        results = _results(options, tell)
    except AssertionError as error:
        sys.stderr.write(f"simulation: {error}\n")
        return 1
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2) + "\n")
    else:
        console = Console()
        for table in tables(results):
            console.print(table, "")
    designs = results.get("protocol", {}).get("designs", ())
    return 0 if all(each["same_as_fast"] for each in designs) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.simulation", description=_DESCRIPTION
    )
    parser.add_argument("--people", type=from_one, default=PEOPLE, help="a tenth is run too")
    parser.add_argument("--days", type=from_one, default=DAYS)
    parser.add_argument("--rounds", type=from_one, default=ROUNDS)
    parser.add_argument("--large", action="store_true", help="ten million people too, one round")
    parser.add_argument("--protocol", action="store_true", help="every design's bytes too")
    parser.add_argument("--protocol-people", type=from_one, default=PROTOCOL_PEOPLE)
    parser.add_argument("--protocol-days", type=from_one, default=PROTOCOL_DAYS)
    parser.add_argument("--peers", action="store_true", help="Covasim and OpenABM too; needs pip")
    parser.add_argument("--environments", type=Path, help="where peers are installed and kept")
    parser.add_argument(
        "--openabm", default=OPENABM_SOURCE, help="a git repository, by URL or path"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser.parse_args(arguments)


def _results(options: argparse.Namespace, tell: Tell) -> Document:
    people, days, rounds = options.people, options.days, options.rounds
    sizes = {max(people // 10, 1): rounds, people: rounds}
    if options.large:
        sizes[LARGE_PEOPLE] = 1
    results: Document = {"seed": SEED, "rounds": rounds, "scenario": everything(people, days)}
    results["sizes"] = [
        measure_speed(size, days, rounds=times, tell=tell) for size, times in sizes.items()
    ]
    if options.peers:
        with ExitStack() as stack:
            folder = options.environments or Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="dp3t-peers-"))
            )
            results["beside"] = measure_peers(
                *(people, days),
                rounds=rounds,
                environments=folder.resolve(),
                openabm=options.openabm,
                tell=tell,
            )
    if options.protocol:
        results["protocol"] = measure_protocol(
            options.protocol_people, options.protocol_days, rounds=rounds, tell=tell
        )
    results["shell"] = measure_shell(days, rounds=rounds, tell=tell)
    return results


if __name__ == "__main__":
    raise SystemExit(main())
