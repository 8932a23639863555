"""What there is to measure, and measuring it in a few processes at once."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import Progress

from benchmarks.sizes.batches import BOUND_KEYS, measure_bound, measure_patient, measure_row
from benchmarks.sizes.patients import BATCHES_PER_DAY, CHOICES
from benchmarks.sizes.white_paper import CONTAGIOUS_DAYS, TABLE, Row
from dp3t.params import DAY_SECONDS

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
