"""Kernel, bound and portable loop, in turn, on the same keys."""

import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from random import Random  # noqa: TID251 - a seed makes the data repeatable
from time import perf_counter
from typing import TypedDict

from benchmarks.matching.bounds import Bound
from benchmarks.matching.data import RELEASE, RETENTION, hear, store_of, table_of
from benchmarks.matching.loops import LOOPS
from dp3t.params import STANDARD
from dp3t.proximity.designs import design_named
from dp3t.proximity.kernels import engine
from dp3t.proximity.key_batches import match_table
from dp3t.proximity.observations import ObservationStore
from dp3t.publication.records import KeyTable

PORTABLE_KEYS = {"gaen": 2000, "lowcost": 300, "hybrid": 4000}
"""How many keys the portable loop is timed on; its speed does not depend on it."""
LIBRARY_KEYS = {"gaen": 500, "lowcost": 100, "hybrid": 1000}
COMPRESSIONS = {"gaen": 6, "lowcost": RETENTION * 5, "hybrid": 4}
"""SHA-256 blocks of a key that are not the same for all keys."""
BLOCKS = {"gaen": 144, "lowcost": RETENTION * 96, "hybrid": 16}
"""AES blocks of a key."""


class BesideBound(TypedDict):
    """The fields of a result that compare it with the bound."""

    bound_keys_per_second: float | None
    bound_sha: str | None
    sha_nanoseconds: dict[str, float] | None
    of_bound: float | None
    of_bound_spread: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came out for one design; the field names are those of the JSON document.

    Attributes:
        keys_per_second: matched, in all threads together.
        portable_keys_per_second: by the plain loop, in one thread.
        library_keys_per_second: by the library's own portable path, in one thread.
        bound_keys_per_second: what AES and SHA-256 alone allow, in one thread.
        bound_sha: which way of SHA-256 is the bound's, the fastest.
        sha_nanoseconds: of one block, each way.
        speedup: of one thread over the plain loop.
        of_bound: speed of one thread over the bound.
        of_bound_spread: lowest and highest of the rounds.
        thread_speedup: all threads over one.
        index_seconds: making the index of what was heard, once for many tables.
        kernel: False where this machine has none; then `keys_per_second` is that of the library's
            portable path, and bound and speedup are None.
        reason: why there is no kernel; empty where there is one.
    """

    design: str
    keys: int
    scans: int
    threads: int
    rounds: int
    keys_per_second: float
    portable_keys_per_second: float
    library_keys_per_second: float
    bound_keys_per_second: float | None
    bound_sha: str | None
    sha_nanoseconds: dict[str, float] | None
    speedup: float | None
    of_bound: float | None
    of_bound_spread: tuple[float, float] | None
    thread_speedup: float
    index_seconds: float
    matches: int
    kernel: bool
    reason: str

    def to_document(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)

    def line(self) -> str:
        """Return the result for a terminal."""
        start = (
            f"{self.design}: {self.keys_per_second:,.0f} keys/s in {self.threads} thread(s), "
            f"{self.keys:,} keys and {self.scans:,} scans; "
        )
        if self.of_bound_spread is None:
            return f"{start}no kernel ({self.reason})\n"
        low, high = self.of_bound_spread
        return (
            f"{start}one thread is {self.speedup} times the portable loop "
            f"({self.portable_keys_per_second:,.0f}) and {self.of_bound} ({low} to {high}) of the "
            f"bound ({self.bound_keys_per_second:,.0f}, SHA-256: {self.bound_sha})\n"
        )


def measure(design: str, *, keys: int, scans: int, threads: int, rounds: int, seed: int) -> Result:
    """Return what comes out for a design whose batches are tables of keys.

    Raises:
        AssertionError: the ways do not find the same.
    """
    status = engine.status(design)
    dice = Random(seed)  # noqa: S311 - not a secret
    table, store = table_of(design, keys, dice), store_of(scans, dice)
    heard = hear(store, table, design)
    start = perf_counter()
    matches = _match(design, store, table)
    index_seconds = perf_counter() - start
    few = KeyTable.of(list(table)[: PORTABLE_KEYS[design]])
    fewer = KeyTable.of(list(table)[: LIBRARY_KEYS[design]])
    _require_the_same(design, store, table, few, fewer, heard, matches)
    times, bound = _timed(design, store, table, few, fewer, threads=threads, rounds=rounds)
    one, every = keys / statistics.median(times["one"]), statistics.median(times["all"])
    portable = len(few) / statistics.median(times["loop"])
    speed = threads * keys / every if threads > 1 else one
    return Result(
        design=design,
        keys=keys,
        scans=scans,
        threads=threads,
        rounds=rounds,
        keys_per_second=round(speed),
        portable_keys_per_second=round(portable),
        library_keys_per_second=round(len(fewer) / times["library"][0]),
        speedup=round(one / portable, 2) if status.there else None,
        thread_speedup=round(speed / one, 2),
        index_seconds=round(max(0.0, index_seconds - statistics.median(times["one"])), 3),
        matches=matches,
        kernel=status.there,
        reason=status.reason,
        **_beside(bound, times["one"], keys),
    )


def _beside(bound: Bound | None, times: list[float], keys: int) -> BesideBound:
    """Return the fields that compare the rounds of one thread with the bound."""
    if bound is None:
        return BesideBound(
            bound_keys_per_second=None,
            bound_sha=None,
            sha_nanoseconds=None,
            of_bound=None,
            of_bound_spread=None,
        )
    ratios = [least / one for least, one in zip(bound.rounds, times, strict=True)]
    return BesideBound(
        bound_keys_per_second=round(keys / statistics.median(bound.rounds)),
        bound_sha=bound.sha(),
        sha_nanoseconds=bound.sha_nanoseconds(),
        of_bound=round(statistics.median(ratios), 3),
        of_bound_spread=(round(min(ratios), 3), round(max(ratios), 3)),
    )


def _timed(
    design: str,
    store: ObservationStore,
    table: KeyTable,
    few: KeyTable,
    fewer: KeyTable,
    *,
    threads: int,
    rounds: int,
) -> tuple[dict[str, list[float]], Bound | None]:
    """Return the seconds of every way in every round; no bound where there is no kernel."""
    identities, loop = frozenset(store.identities()), LOOPS[design]
    times: dict[str, list[float]] = {}
    bound = None
    if engine.status(design).there:
        compressions, blocks = len(table) * COMPRESSIONS[design], len(table) * BLOCKS[design]
        bound = Bound(compressions=compressions, blocks=blocks, form=design)

    def timed(name: str, run: Callable[[], object]) -> None:
        begin = perf_counter()
        run()
        times.setdefault(name, []).append(perf_counter() - begin)

    def one_table(_number: int) -> int:
        return _match(design, store, table)

    with ThreadPoolExecutor(threads) as pool:
        for _ in range(rounds):
            if bound is not None:
                bound.measure()
            timed("one", lambda: _match(design, store, table))
            timed("all", lambda: list(pool.map(one_table, range(threads))))
            timed("loop", lambda: loop(few, identities))
        timed("library", lambda: _portable(design, store, fewer))
    return times, bound


def _match(design: str, store: ObservationStore, table: KeyTable) -> int:
    found = match_table(store, table, design_named(design), release=RELEASE, parameters=STANDARD)
    return sum(1 for _ in found)


def _portable(design: str, store: ObservationStore, table: KeyTable) -> int:
    worthwhile = engine.WORTHWHILE_KEYS
    engine.WORTHWHILE_KEYS = len(table) + 1
    try:
        return _match(design, store, table)
    finally:
        engine.WORTHWHILE_KEYS = worthwhile


def _require_the_same(
    design: str,
    store: ObservationStore,
    table: KeyTable,
    few: KeyTable,
    fewer: KeyTable,
    heard: int,
    matches: int,
) -> None:
    looped = LOOPS[design](few, store.identities())
    same = (
        matches == heard
        and looped == _match(design, store, few)
        and _portable(design, store, fewer) == LOOPS[design](fewer, store.identities())
    )
    if not same:
        raise AssertionError(f"{design}: the ways do not find the same")
