"""What importing the library takes, beside what importing its cryptography takes.

    python -m benchmarks.imports [--json]

Whole processes in turn: an interpreter that does nothing, one that imports `cryptography` and
PyNaCl, which every app with this library needs, one that imports the face of the library, and one
that uses it. The seconds are those of the processor, so that a busy machine matters less.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.arguments import from_one

ROUNDS = 9
WAYS = {
    "interpreter": "pass",
    "cryptography": "import cryptography.hazmat.primitives.ciphers.aead, nacl.bindings",
    "dp3t": "import dp3t",
    "phone": "import dp3t; dp3t.Phone",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the medians, and the ratios to the import of `cryptography`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports")
    parser.add_argument("--rounds", type=from_one, default=ROUNDS)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    for each in [False] + [True] * options.rounds:  # the first may write bytecode
        for name, code in WAYS.items():
            seconds = seconds_of(code)
            if each:
                times[name].append(seconds)
    document = {name: result(times, name) for name in WAYS}
    if options.json:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return 0
    for name, one in document.items():
        sys.stdout.write(
            f"{name}: {one['seconds']} s, {one['ratio']} times cryptography"
            f" ({one['lowest']} to {one['highest']})\n"
        )
    return 0


def seconds_of(code: str) -> float:
    """Return the processor's seconds of an interpreter that runs some code."""
    before = _children_seconds()
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - this interpreter
    return _children_seconds() - before


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def result(times: dict[str, list[float]], name: str) -> dict[str, float]:
    """Return the median, and the ratios round by round: their median, lowest and highest."""
    pairs = zip(times[name], times["cryptography"], strict=True)
    ratios = [one / beside for one, beside in pairs]
    return {
        "seconds": round(statistics.median(times[name]), 3),
        "ratio": round(statistics.median(ratios), 2),
        "lowest": round(min(ratios), 2),
        "highest": round(max(ratios), 2),
    }


if __name__ == "__main__":
    raise SystemExit(main())
