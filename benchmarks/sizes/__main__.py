"""What a day of cases costs each phone: the white paper's table, from real signed batches.

    python -m benchmarks.sizes [--quick] [--json]

Bytes per patient and per user and day, for every design and every row of the paper's table, beside
the paper's formula. A day's cases are published in twelve batches, evenly. The length of a batch
depends on how many keys it has and, for a filter, on how many tries it took, not on which keys they
are; so each number of patients that occurs in a row is built once and counted as often as it
occurs. `--quick` takes Switzerland alone and fewer patients.

It ends with status 1 if a batch of 1,000 or more keys is longer than it may be: 1.1 times the raw
keys, and for a filter 1.05 times the bytes of a fingerprint over the maximum load.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from rich.console import Console

from benchmarks.sizes.document import document
from benchmarks.sizes.measuring import FULL, QUICK, measure
from benchmarks.sizes.tables import tables

_DESCRIPTION = "What a day of cases costs each phone, from real signed batches."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the results; return 1 where a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizes", description=_DESCRIPTION)
    parser.add_argument("--quick", action="store_true", help="Switzerland alone, fewer patients")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    plan = QUICK if options.quick else FULL
    results = document(plan, measure(plan, Console(stderr=True)))
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2) + "\n")
    else:
        console = Console()
        for table in tables(results):
            console.print(table, "")
    if not results["held"]:
        sys.stderr.write("sizes: a batch is longer than its bound\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
