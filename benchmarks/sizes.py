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
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import Progress

from benchmarks.patients import BATCHES_PER_DAY, CHOICES, SEED, Choice
from benchmarks.published import (
    BOUND_KEYS,
    PerPatient,
    Published,
    measure_bound,
    measure_patient,
    measure_row,
)
from benchmarks.size_tables import Document, tables
from benchmarks.white_paper import (
    CONTAGIOUS_DAYS,
    FORMULA_BYTES,
    MIB,
    REDACTED_BYTES,
    TABLE,
    Row,
    recomputed,
)
from dp3t.params import DAY_SECONDS

_DESCRIPTION = "What a day of cases costs each phone, from real signed batches."

MOST_PROCESSES = 4
"""A process holds the patients of one batch at most, so this bounds the memory too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure: the rows, and how many patients a batch of the other results has."""

    rows: tuple[Row, ...]
    patients: int


FULL = Plan(rows=TABLE, patients=100)
QUICK = Plan(rows=TABLE[:2], patients=10)


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to measure in a process of its own.

    Attributes:
        name: under which its result is found.
        weight: roughly how long it takes, in keys.
        run: what to call, a function of a module.
        arguments: with what.
    """

    name: tuple[str, ...]
    weight: float
    run: Callable[..., Any]
    arguments: tuple[Any, ...]


Results = dict[tuple[str, ...], Any]
"""What each job returned, by its name."""


def batches_of(cases: int) -> dict[int, int]:
    """Return how many of a day's batches have so many patients, spread evenly; ascending."""
    least, more = divmod(cases, BATCHES_PER_DAY)
    shares = {least: BATCHES_PER_DAY - more, least + 1: more}
    return {patients: batches for patients, batches in shares.items() if patients and batches}


def jobs_of(plan: Plan) -> Iterator[Job]:
    """Yield everything there is to measure."""
    for choice in CHOICES:
        keys = CONTAGIOUS_DAYS * DAY_SECONDS / choice.step_seconds
        for row in plan.rows:
            patients = tuple(batches_of(row.cases))
            arguments = (choice, patients, f"{row.country} {row.period}")
            name = ("row", choice.label, row.country, row.period)
            yield Job(name, keys * sum(patients), measure_row, arguments)
        weight = (BATCHES_PER_DAY + 2) * keys * plan.patients
        yield Job(("patient", choice.label), weight, measure_patient, (choice, plan.patients))
        yield Job(("bound", choice.label), 2.0 * BOUND_KEYS, measure_bound, (choice,))


def measure(plan: Plan, console: Console) -> Results:
    """Measure everything in parallel, the largest first, with a bar where there is a terminal."""
    jobs = sorted(jobs_of(plan), key=lambda job: -job.weight)
    processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    with (
        Progress(console=console, disable=not console.is_terminal) as progress,
        ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        bar = progress.add_task("signing batches", total=sum(job.weight for job in jobs))
        running = {pool.submit(job.run, *job.arguments): job for job in jobs}
        results: Results = {}
        for future in as_completed(running):
            job = running[future]
            results[job.name] = future.result()
            progress.advance(bar, job.weight)
    return results


def document(plan: Plan, results: Results) -> Document:
    """Return the results as one JSON document; sizes in bytes unless a name says otherwise."""
    bounds = [_bound(choice, results) for choice in CHOICES]
    return {
        "seed": SEED,
        "batches_per_day": BATCHES_PER_DAY,
        "contagious_days": CONTAGIOUS_DAYS,
        "mib": MIB,
        "patients": [_patient(choice, results["patient", choice.label]) for choice in CHOICES],
        "rows": [
            {
                "country": row.country,
                "period": row.period,
                "cases": row.cases,
                "designs": [
                    _cell(choice, row, results["row", choice.label, row.country, row.period])
                    for choice in CHOICES
                ],
            }
            for row in plan.rows
        ],
        "bounds": bounds,
        "held": all(bound["held"] for bound in bounds),
    }


def _cell(choice: Choice, row: Row, built: Sequence[Published]) -> Document:
    """Return one field of the table: a day's signed files beside the formula."""
    batches = batches_of(row.cases)
    day_bytes = sum(batch.file_bytes * batches[batch.patients] for batch in built)
    formula_bytes = row.cases * FORMULA_BYTES[choice.label]
    printed = row.printed.get(choice.label)
    return {
        "design": choice.label,
        "bytes_per_user_per_day": day_bytes,
        "bytes_per_patient": day_bytes / row.cases,
        "formula_bytes_per_user_per_day": formula_bytes,
        "formula_bytes_per_patient": FORMULA_BYTES[choice.label],
        "difference_bytes": day_bytes - formula_bytes,
        "ratio": day_bytes / formula_bytes,
        "mib_per_user_per_day": day_bytes / MIB,
        "formula_mib_per_user_per_day": formula_bytes / MIB,
        "paper_printed_mib": printed,
        "paper_recomputed_mib": None if printed is None else recomputed(row, choice.label),
        "batches": [
            {
                "batches": batches[batch.patients],
                "patients": batch.patients,
                "keys": batch.keys,
                "file_bytes": batch.file_bytes,
                "tries": batch.tries,
            }
            for batch in built
        ],
    }


def _patient(choice: Choice, measured: PerPatient) -> Document:
    """Return what a patient costs by what the report holds."""
    five, today, redacted = measured.five_days, measured.with_today, measured.redacted
    formula_bytes = FORMULA_BYTES[choice.label]
    today_bytes = sum(batch.file_bytes / batch.patients for batch in today) / len(today)
    return {
        "design": choice.label,
        "patients_per_batch": five.patients,
        "formula_bytes": formula_bytes,
        "keys": five.keys / five.patients,
        "bytes": five.file_bytes / five.patients,
        "difference_bytes": five.file_bytes / five.patients - formula_bytes,
        "ratio": five.file_bytes / five.patients / formula_bytes,
        "keys_with_today": sum(batch.keys / batch.patients for batch in today) / len(today),
        "bytes_with_today": today_bytes,
        "ratio_with_today": today_bytes / formula_bytes,
        "formula_bytes_redacted": REDACTED_BYTES.get(choice.label),
        "bytes_redacted": redacted and redacted.file_bytes / redacted.patients,
        "index_bytes_per_user_per_day": measured.index_bytes,
    }


def _bound(choice: Choice, results: Results) -> Document:
    """Return the batch of 1,000 or more keys that comes nearest to its bound."""
    patient: PerPatient = results["patient", choice.label]
    batches = [patient.five_days, *patient.with_today, *results["bound", choice.label]]
    for name, built in results.items():
        if name[:2] == ("row", choice.label):
            batches += built
    judged = [batch for batch in batches if batch.keys >= BOUND_KEYS]
    worst = max(judged, key=lambda batch: batch.overhead(choice))
    return {
        "design": choice.label,
        "bytes_per_key": choice.key_bytes,
        "limit": choice.limit,
        "worst": worst.overhead(choice),
        "worst_keys": worst.keys,
        "batches": len(judged),
        "held": worst.overhead(choice) <= choice.limit,
    }


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
