"""What do randomised reports of symptoms show, and how soon is an outbreak seen?

    python -m benchmarks.symptoms [--json] [--figure FILE]

Communes are simulated: who is ill is drawn, each answer is turned round with the survey's chance,
and the library estimates and watches. Beside each error stands that of answers sent as they are.
What is turned round is drawn with numpy from a seed: opendp has none, and both have one law.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.arguments import from_one
from benchmarks.symptoms.errors import SHARE, errors
from benchmarks.symptoms.outbreaks import DOUBLING_DAYS, FIRST, TURNED, USUAL, detections
from benchmarks.tables import result_table

SEED = 1959
COMMUNES = 4_000
RUNS = 200
_DESCRIPTION = "What randomised reports of symptoms show, and how soon an outbreak is seen."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.symptoms", description=_DESCRIPTION)
    parser.add_argument("--communes", type=from_one, default=COMMUNES, help="for each error")
    parser.add_argument("--runs", type=from_one, default=RUNS, help="of each chart")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw a PNG as well")
    options = parser.parse_args(arguments)
    results = document(communes=options.communes, runs=options.runs)
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2) + "\n")
    else:
        console = Console()
        for table in (_errors(results["errors"]), _detections(results["detections"])):
            console.print(table, "")
    if options.figure is not None:
        from benchmarks.symptoms.figure import draw

        draw(results, options.figure)
    return 0


def document(*, communes: int, runs: int) -> dict[str, Any]:
    """Return everything that a run finds; the same for the same numbers."""
    rand = np.random.default_rng(SEED)
    return {
        "seed": SEED,
        "communes": communes,
        "runs": runs,
        "share": SHARE,
        "outbreak": {"usual": USUAL, "first": FIRST, "doubling_days": DOUBLING_DAYS},
        "turned_per_mille": TURNED,
        "errors": errors(communes=communes, rand=rand),
        "detections": detections(runs=runs, rand=rand),
    }


def _errors(rows: list[dict[str, Any]]) -> Table:
    table = result_table(
        f"Estimates where {SHARE:.0%} are ill; points are of a hundred",
        *("turned round", "reports", "mean error", "as it is", "ratio", "interval", "holds"),
        words=(),
    )
    for row in rows:
        table.add_row(
            f"{row['turned_per_mille']} of 1,000",
            f"{row['reports']:,}",
            f"{row['mean_points']:.2f}",
            f"{row['bare_points']:.2f}",
            f"{row['mean_points'] / row['bare_points']:.1f}",
            f"{row['width_points']:.1f}",
            f"{row['held']:.1%}",
        )
    return table


def _detections(rows: list[dict[str, Any]]) -> Table:
    table = result_table(
        f"Outbreaks that begin {FIRST:.1%} above {USUAL:.0%} and double in {DOUBLING_DAYS} days",
        *("reports", "limit", "false in 1,000 days", "seen", "seen without", "half, days"),
        *("as soon without", "nine tenths, days", "share then"),
        words=(),
    )
    for row in rows:
        table.add_row(
            f"{row['reports']:,}",
            f"{row['limit']:.2f}",
            f"{row['false_per_1000_days']:.1f}",
            f"{row['seen']:.0%}",
            f"{row['seen_without']:.1%}",
            _given(row["days"]),
            _given(row["half_without"], ".1%"),
            _given(row["late_days"]),
            _given(row["share_then"], ".1%"),
        )
    return table


def _given(value: float | None, layout: str = "") -> str:
    return "" if value is None else format(value, layout)


if __name__ == "__main__":
    raise SystemExit(main())
