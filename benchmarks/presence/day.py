"""A day's matching on one core and on all, and how many pairings the day label saves."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from statistics import median
from time import perf_counter
from unittest.mock import patch

import pymcl

from benchmarks.presence.cases import RELEASE, Place, strangers
from benchmarks.presence.operations import Bare, seconds_of
from benchmarks.presence.paper import RECORDS_PER_DAY
from dp3t.presence import encryption
from dp3t.presence.identity import VISIT_RETENTION_DAYS
from dp3t.presence.matching import PresenceMatch, Run, match
from dp3t.presence.pairing import pairing_digest
from dp3t.presence.trace import Trace
from dp3t.presence.visit import VisitRecord

_BARE_PAIRINGS = 500
"""How many bare ones are timed in a round; of more the seconds are extrapolated."""

_IMPORTS = """
from time import perf_counter
start = perf_counter()
import dp3t.presence.matching
library = perf_counter()
import pymcl
print(library - start, perf_counter() - library)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Records of a phone and the traces that a day brings.

    Attributes:
        name: what is special about them.
        records: the phone's.
        traces: of which one fits a record.
    """

    name: str
    records: tuple[VisitRecord, ...]
    traces: tuple[Trace, ...]

    @property
    def tries(self) -> int:
        """How many there would be without the day label."""
        return len(self.records) * len(self.traces)

    def matches(self, run: Run = map) -> tuple[PresenceMatch, ...]:
        """Match once."""
        return match(self.records, self.traces, release=RELEASE, run=run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How long a day's matching took.

    Attributes:
        work: which.
        pairings: how many were computed; counted.
        seconds: on one core, the median.
        of_bound: the speed as a part of that of as many bare pairings: median, lowest, highest.
        parallel_seconds: on all cores, with workers that run already.
        speedup: of all cores over one: median, lowest, highest.
    """

    work: Work
    pairings: int
    seconds: float
    of_bound: tuple[float, float, float]
    parallel_seconds: float
    speedup: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Start:
    """What comes before any matching, in seconds.

    Attributes:
        library_seconds: to import `dp3t.presence.matching` in a new interpreter.
        pairing_seconds: to import pymcl after it.
        pool_seconds: until every worker of a pool has imported both and answered.
        workers: how many.
    """

    library_seconds: float
    pairing_seconds: float
    pool_seconds: float
    workers: int


def works(locations: int) -> list[Work]:
    """Return the days that are measured; in each the first record fits the first trace."""
    places = [Place.number(number) for number in range(RECORDS_PER_DAY)]
    today = tuple(place.record() for place in places)
    memory = tuple(place.record(day=day) for day in range(VISIT_RETENTION_DAYS) for place in places)
    fits = places[0].trace()
    one_day, ten_days = (
        (fits, *strangers(locations, days=days)[1:]) for days in (1, VISIT_RETENTION_DAYS)
    )
    return [
        Work(name="all of one day", records=today, traces=one_day),
        Work(name="traces of ten days", records=today, traces=ten_days),
        Work(name="both of ten days", records=memory, traces=ten_days),
    ]


def measure_day(work: Work, pairing: Bare, pool: ProcessPoolExecutor, *, rounds: int) -> Day:
    """Match on one core and on all in turn, with bare pairings after them.

    Raises:
        AssertionError: the ways do not find the same one match.
    """
    run = partial(pool.map, timeout=600)
    with patch.object(encryption, "pairing_digest", wraps=pairing_digest) as counted:
        found = work.matches()
    pairings = counted.call_count
    if len(found) != 1 or work.matches(run) != found:
        raise AssertionError(f"{work.name}: one core and all of them do not find the one match")
    bare = min(pairings, _BARE_PAIRINGS)
    one, all_, bound = list[float](), list[float](), list[float]()
    for _ in range(rounds):
        one.append(seconds_of(work.matches, 1))
        all_.append(seconds_of(partial(work.matches, run), 1))
        bound.append(seconds_of(pairing, bare) * pairings / bare)
    return Day(
        work=work,
        pairings=pairings,
        seconds=median(one),
        of_bound=_ratios(bound, one),
        parallel_seconds=median(all_),
        speedup=_ratios(one, all_),
    )


@contextmanager
def started_pool(workers: int) -> Iterator[tuple[ProcessPoolExecutor, float]]:
    """Start new interpreters and yield them with the seconds until all have answered."""
    start = perf_counter()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        answered = set[int]()
        while len(answered) < workers:
            answered.update(pool.map(_process_of, range(4 * workers)))
        yield pool, perf_counter() - start


def import_seconds() -> tuple[float, float]:
    """Return what the library and then the pairing library take to import, in a new process."""
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", _IMPORTS], check=True, capture_output=True, text=True
    )
    library, pairing = done.stdout.split()
    return float(library), float(pairing)


def _process_of(_number: int) -> int:
    """Return which worker this is, with the pairing library loaded."""
    pymcl.pairing(pymcl.g1, pymcl.g2)
    return os.getpid()


def _ratios(times: list[float], beside: list[float]) -> tuple[float, float, float]:
    each = [one / other for one, other in zip(times, beside, strict=True)]
    return median(each), min(each), max(each)
