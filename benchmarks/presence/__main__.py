"""How fast QR check-in is: at the door, at the authority's desk, and on the phone every day.

    python -m benchmarks.presence [--json] [--peers]

Every operation takes turns with the calls of the pairing library that nobody can leave out of it,
so that its speed is a part of a bound of the same run; both in seconds of the processor. A day's
matching is timed by the clock, on one core and on all, with traces of one day and of ten, and its
pairings are counted. Beside them stand the
milliseconds that the CrowdNotifier white paper published, and with `--peers` what its reference
library runs, installed with npm into a temporary folder and measured here.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from statistics import median

from rich.console import Console

from benchmarks.arguments import from_one
from benchmarks.presence import peers
from benchmarks.presence.day import Day, Start, import_seconds, measure_day, started_pool, works
from benchmarks.presence.document import Document, document, peers_document
from benchmarks.presence.operations import (
    Bare,
    bare_calls,
    measure,
    operations,
    processor_seconds_of,
)
from benchmarks.presence.paper import LOCATIONS
from benchmarks.presence.tables import tables

ROUNDS = 25
DAY_ROUNDS = 5
TIMES = 10
_DESCRIPTION = "How fast QR check-in, tracing and matching are, beside bare pairings."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the results."""
    options = _options(arguments)
    results = _results(options)
    if options.peers:
        results["peers"] = _peers(rounds=options.rounds, times=options.times)
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
        return 0
    console = Console()
    for table in tables(results):
        console.print(table, "")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.presence", description=_DESCRIPTION)
    parser.add_argument("--rounds", type=from_one, default=ROUNDS)
    parser.add_argument("--times", type=from_one, default=TIMES, help="of each in a round")
    parser.add_argument(
        "--locations", type=from_one, default=LOCATIONS, help="traced on a day, three hours each"
    )
    parser.add_argument("--peers", action="store_true", help="measure mcl-wasm too; needs npm")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser.parse_args(arguments)


def _results(options: argparse.Namespace) -> Document:
    bare = bare_calls()
    rounds, times = options.rounds, options.times
    measured = [measure(one, bare, rounds=rounds, times=times) for one in operations()]
    start, days = _days(bare["pairing"], options.locations, rounds=min(rounds, DAY_ROUNDS))
    return document(
        rounds=rounds,
        pieces={
            name: 1000 * median(processor_seconds_of(call, times) / times for _ in range(rounds))
            for name, call in bare.items()
        },
        measured=measured,
        start=start,
        days=days,
    )


def _days(pairing: Bare, locations: int, *, rounds: int) -> tuple[Start, list[Day]]:
    cores = os.cpu_count() or 1
    imports = [import_seconds() for _ in range(rounds)]
    with started_pool(cores) as (pool, pool_seconds):
        start = Start(
            library_seconds=median(library for library, _ in imports),
            pairing_seconds=median(pairing for _, pairing in imports),
            pool_seconds=pool_seconds,
            workers=cores,
        )
        return start, [measure_day(work, pairing, pool, rounds=rounds) for work in works(locations)]


def _peers(*, rounds: int, times: int) -> list[Document]:
    compared, missing = list[peers.Beside](), dict[str, str]()
    for name, package in peers.PEERS.items():
        try:
            with (
                peers.installed(package) as (command, version),
                peers.Peer(command) as peer,
            ):
                compared.append(
                    peers.compare(
                        peer,
                        name=name,
                        version=version,
                        rounds=rounds,
                        times=times,
                    )
                )
        except peers.NoPeerError as error:
            sys.stderr.write(f"presence: {name}: {error}\n")
            missing[name] = str(error)
    return peers_document(compared, missing)


if __name__ == "__main__":
    raise SystemExit(main())
