"""Kernel, bound and portable loop, in turn, on the same keys."""

import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from random import Random  # noqa: TID251 - a seed makes the data repeatable
from time import perf_counter

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came out for one design; the field names are those of the JSON document.

    Attributes:
        keys_per_second: matched by the kernel, in all threads together.
        portable_keys_per_second: by the plain loop, in one thread.
        library_keys_per_second: by the library's own portable path, in one thread.
        bound_keys_per_second: what AES and SHA-256 alone allow, in one thread.
        speedup: of one thread over the plain loop.
        of_bound: speed of one thread over the bound.
        of_bound_spread: lowest and highest of the rounds.
        thread_speedup: all threads over one.
        index_seconds: making the index of what was heard, once for many tables.
        kernel: False where this machine has none, and the portable path was timed instead.
    """

    design: str
    keys: int
    scans: int
    threads: int
    rounds: int
    keys_per_second: float
    portable_keys_per_second: float
    library_keys_per_second: float
    bound_keys_per_second: float
    speedup: float
    of_bound: float
    of_bound_spread: tuple[float, float]
    thread_speedup: float
    index_seconds: float
    matches: int
    kernel: bool

    def to_document(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)

    def line(self) -> str:
        """Return the result for a terminal."""
        low, high = self.of_bound_spread
        return (
            f"{self.design}: {self.keys_per_second:,.0f} keys/s in {self.threads} thread(s), "
            f"{self.keys:,} keys and {self.scans:,} scans; one thread is {self.speedup} times "
            f"the portable loop ({self.portable_keys_per_second:,.0f}) and {self.of_bound} "
            f"({low} to {high}) of the bound ({self.bound_keys_per_second:,.0f})\n"
        )


def measure(design: str, *, keys: int, scans: int, threads: int, rounds: int, seed: int) -> Result:
    """Return what comes out for a design whose batches are tables of keys.

    Raises:
        AssertionError: the ways do not find the same.
    """
    dice = Random(seed)  # noqa: S311 - not a secret
    table, store = table_of(design, keys, dice), store_of(scans, dice)
    heard = hear(store, table, design)
    with_kernel = engine.kernel(design) is not None
    start = perf_counter()
    matches = _match(design, store, table)
    index_seconds = max(0.0, perf_counter() - start)
    few = KeyTable.of(list(table)[: PORTABLE_KEYS[design]])
    fewer = KeyTable.of(list(table)[: LIBRARY_KEYS[design]])
    _require_the_same(design, store, table, few, fewer, heard, matches)
    identities, loop = frozenset(store.identities()), LOOPS[design]
    times: dict[str, list[float]] = {}

    def timed(name: str, run: Callable[[], object]) -> None:
        begin = perf_counter()
        run()
        times.setdefault(name, []).append(perf_counter() - begin)

    def one_table(_number: int) -> int:
        return _match(design, store, table)

    with ThreadPoolExecutor(threads) as pool:
        for _ in range(rounds):
            timed("bound", lambda: _bound(design, keys))
            timed("one", lambda: _match(design, store, table))
            timed("all", lambda: list(pool.map(one_table, range(threads))))
            timed("loop", lambda: loop(few, identities))
        timed("library", lambda: _portable(design, store, fewer))
    index_seconds = max(0.0, index_seconds - statistics.median(times["one"]))
    ratios = [bound / one for bound, one in zip(times["bound"], times["one"], strict=True)]
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
        bound_keys_per_second=round(keys / statistics.median(times["bound"])),
        speedup=round(one / portable, 2),
        of_bound=round(statistics.median(ratios), 3),
        of_bound_spread=(round(min(ratios), 3), round(max(ratios), 3)),
        thread_speedup=round(speed / one, 2),
        index_seconds=round(index_seconds, 3),
        matches=matches,
        kernel=with_kernel,
    )


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


def _bound(design: str, keys: int) -> None:
    from dp3t.proximity.kernels import bound

    bound.only_sha256(keys * COMPRESSIONS[design])
    only_blocks = bound.only_rpis if design == "gaen" else bound.only_counters
    only_blocks(keys * BLOCKS[design])


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
    if engine.kernel(design) is not None:
        _bound(design, len(table))  # compiled before it is timed
