"""What does it take to bring the keys to ten and to a hundred million phones?

    python -m benchmarks.distribution [--quick] [--json | --markdown] [--figure FILE]

Bytes and requests of one phone on one day, for every design and three numbers of accepted reports a
day, from real signed batches, indexes, lists and tiles of the log; then what that is for millions
of phones, and where one machine ends. `--quick` leaves the largest number of reports out;
`--markdown` prints the tables of `spec/decisions/distribution-at-scale.md`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.distribution.document import REPORTS_PER_DAY, document, markdown

_DESCRIPTION = "What it takes to bring the keys to millions of phones, from real signed files."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the results."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.distribution", description=_DESCRIPTION
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--markdown", action="store_true", help="print the tables of the page alone")
    parser.add_argument("--quick", action="store_true", help="without the most reports")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw a PNG as well")
    options = parser.parse_args(arguments)
    results = document(REPORTS_PER_DAY[:-1] if options.quick else REPORTS_PER_DAY)
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(markdown(results)))
    if options.figure is not None:
        from benchmarks.distribution.figure import draw

        draw(results, options.figure)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
