"""How fast published keys are matched, and how near that is to what the processor can do.

    python -m benchmarks.matching [--design NAME] [--keys N] [--scans N] [--threads N] [--json]
    python -m benchmarks.matching --stream N

Three ways in turn on the same keys: the kernel, from a table of keys to matches; the bound, which
is AES and SHA-256 over the same number of blocks by the fastest instructions and nothing else; and
a plain loop over the cryptographic library, the best that Python does without compiled code. Before
measuring the ways have to find the same. Where the machine has no kernel, the reason is printed,
and what takes its place is measured, on fewer keys unless `--keys` says how many.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from benchmarks.arguments import from_one
from benchmarks.matching.filters import PORTABLE_ITEMS, FilterResult, measure_filter
from benchmarks.matching.measuring import PORTABLE_KEYS, Result, measure
from benchmarks.matching.stream import StreamResult, measure_stream
from dp3t.proximity.kernels import engine

SEED = 1
KEYS = {"gaen": 100_000, "lowcost": 10_000, "hybrid": 100_000, "unlinkable": 1_000_000}
FEWER_KEYS = {**PORTABLE_KEYS, "unlinkable": PORTABLE_ITEMS}
"""How many are taken where there is no kernel."""
_KEYS = (
    "100000 by default; 10000 for low-cost, each of 14 days; items of a filter 1000000; "
    "fewer where there is no kernel"
)
_DESCRIPTION = "How fast keys are matched with what a phone heard, beside the processor's bound."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=_DESCRIPTION)
    parser.add_argument("--design", choices=engine.PREPARED, action="append", help="all by default")
    parser.add_argument("--keys", type=from_one, help=_KEYS)
    parser.add_argument("--scans", type=from_one, default=10_000, help="identifiers heard")
    parser.add_argument(
        "--threads", type=from_one, default=1, help="each matches a table of its own"
    )
    parser.add_argument(
        "--stream", type=from_one, help="so many GAEN keys in tables, and nothing else"
    )
    parser.add_argument("--rounds", type=from_one, default=9)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    designs = ["gaen"] if options.stream is not None else options.design or engine.PREPARED
    engine.prepare(designs, announce=_announce)
    results = [_measured(design, options) for design in designs]
    if options.json:
        document = {"seed": SEED, "designs": [result.to_document() for result in results]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        for result in results:
            sys.stdout.write(result.line())
    return 0


def default_keys(design: str) -> int:
    """Return how many keys, or items of a filter, are taken where nobody says."""
    return (KEYS if engine.status(design).there else FEWER_KEYS)[design]


def _announce(what: str) -> None:
    doing = "no kernel of" if ":" in what else "loading, the first time compiling, the kernel of"
    sys.stderr.write(f"{doing} {what}\n")


def _measured(design: str, options: argparse.Namespace) -> Result | FilterResult | StreamResult:
    keys = default_keys(design) if options.keys is None else options.keys
    scans, rounds = options.scans, options.rounds
    if options.stream is not None:
        return measure_stream(keys=options.stream, scans=scans, seed=SEED)
    if design == "unlinkable":
        return measure_filter(items=keys, scans=scans, rounds=rounds, seed=SEED)
    return measure(
        design,
        keys=keys,
        scans=scans,
        threads=options.threads,
        rounds=rounds,
        seed=SEED,
    )


if __name__ == "__main__":
    raise SystemExit(main())
