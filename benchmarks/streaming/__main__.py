"""Ten million keys matched from files: in how much memory, and with two threads how much faster.

    python -m benchmarks.streaming [--keys N] [--scans N] [--rounds N] [--json]

The keys stand in one native batch, and in key files of a million each; somebody heard the first key
of each of fourteen days. Files are written to a temporary folder by a process of its own. Every run
is a process of its own too, with one thread and with as many as asked in turn, so that its peak of
resident memory is that of opening and matching with all code loaded, compiled kernels included.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.arguments import from_one
from benchmarks.streaming.files import SEED, write_batch, write_exports
from benchmarks.streaming.measuring import measure

KINDS = ("batch", "exports")
_DESCRIPTION = "In how much memory and how fast keys are matched from files."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the results; with --folder do the one step that is asked for."""
    options = _options(arguments)
    if options.folder is None:
        with TemporaryDirectory() as folder:
            results = list(_results(folder, options))
        _print(results, as_json=options.json)
    elif options.step == "write":
        write_batch(options.folder, keys=options.keys)
        write_exports(options.folder, keys=options.keys)
    else:
        run = measure(
            options.folder,
            kind=options.step,
            keys=options.keys,
            scans=options.scans,
            threads=options.threads,
        )
        sys.stdout.write(json.dumps(run.to_document()) + "\n")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.streaming", description=_DESCRIPTION
    )
    parser.add_argument("--keys", type=from_one, default=10_000_000)
    parser.add_argument("--scans", type=from_one, default=10_000, help="identifiers heard")
    parser.add_argument("--threads", type=from_one, default=2, help="set against one")
    parser.add_argument(
        "--rounds", type=from_one, default=1, help="of each kind and number of threads"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--folder", type=Path, help="where the files are; one step is done then")
    parser.add_argument("--step", choices=("write", *KINDS), default="write")
    return parser.parse_args(arguments)


def _results(folder: str, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield for each kind all runs, and what they come to."""
    _step(folder, options, step="write", threads=1)
    for kind in KINDS:
        pairs = [
            [_step(folder, options, step=kind, threads=threads) for threads in (1, options.threads)]
            for _ in range(options.rounds)
        ]
        ratios = sorted(one["match_seconds"] / all_["match_seconds"] for one, all_ in pairs)
        runs = [run for pair in pairs for run in pair]
        yield {
            "kind": kind,
            "keys": options.keys,
            "files": runs[0]["files"],
            "peak_resident_mb": max(run["peak_resident_mb"] for run in runs),
            "keys_per_second": round(
                options.keys / statistics.median(one["match_seconds"] for one, _ in pairs)
            ),
            "open_seconds": statistics.median(run["open_seconds"] for run in runs),
            "threads": options.threads,
            "thread_speedup": round(statistics.median(ratios), 2),
            "thread_speedup_spread": [round(ratios[0], 2), round(ratios[-1], 2)],
            "kernel": runs[0]["kernel"],
            "runs": runs,
        }


def _step(folder: str, options: argparse.Namespace, *, step: str, threads: int) -> dict[str, Any]:
    """Do one step in a process of its own; return the document that it prints."""
    sizes = [f"--keys={options.keys}", f"--scans={options.scans}", f"--threads={threads}"]
    command = [sys.executable, "-m", "benchmarks.streaming", *sizes]
    done = subprocess.run(  # noqa: S603 - this program itself
        [*command, f"--folder={folder}", f"--step={step}"],
        check=True,
        stdout=subprocess.PIPE,
    )
    document: dict[str, Any] = json.loads(done.stdout or b"{}")
    return document


def _print(results: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"seed": SEED, "streams": results}, indent=2) + "\n")
        return
    for each in results:
        low, high = each["thread_speedup_spread"]
        sys.stdout.write(
            f"{each['kind']}: {each['keys']:,} keys in {each['files']} file(s), at most "
            f"{each['peak_resident_mb']:,.0f} MB resident, {each['keys_per_second']:,} keys/s in "
            f"one thread, {each['thread_speedup']} times that in {each['threads']} "
            f"({low} to {high}); opened in {each['open_seconds']} s\n"
        )


if __name__ == "__main__":
    raise SystemExit(main())
