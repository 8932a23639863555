"""The filter of the unlinkable design: asked by a phone, built by a server."""

import statistics
from dataclasses import asdict, dataclass
from operator import truediv
from random import Random  # noqa: TID251 - a seed makes the data repeatable
from time import perf_counter

from benchmarks.matching.bounds import Bound
from dp3t.proximity.cuckoo.filter import CuckooFilter
from dp3t.proximity.kernels import engine

PORTABLE_ITEMS = 20_000
"""How many items the portable way is timed on."""
COMPRESSIONS = 2
"""SHA-256 blocks of an item: the filter's key is hashed once for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterResult:
    """What came out; a "key" is an item that a phone asks for, the hash of one observation.

    Attributes:
        keys_per_second: items asked for, of a filter of `items`.
        portable_keys_per_second: the same without kernels.
        bound_keys_per_second: what SHA-256 alone allows.
        bound_sha: which way of SHA-256 is the bound's, the fastest.
        built_per_second: items put into a filter of `items`, sorting and checking included.
        portable_built_per_second: the same without kernels, of a filter of 20,000.
        kernel: False where this machine has none; then bound and speedup are None.
        reason: why there are no kernels; empty where there are.
    """

    design: str
    items: int
    scans: int
    rounds: int
    keys_per_second: float
    portable_keys_per_second: float
    bound_keys_per_second: float | None
    bound_sha: str | None
    speedup: float | None
    of_bound: float | None
    build_seconds: float
    built_per_second: float
    portable_built_per_second: float
    kernel: bool
    reason: str

    def to_document(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)

    def line(self) -> str:
        """Return the result for a terminal."""
        start = (
            f"unlinkable: {self.keys_per_second:,.0f} hashes/s asked of a filter of {self.items:,}"
        )
        end = f"built in {self.build_seconds} s, {self.built_per_second:,.0f} items/s"
        if not self.kernel:
            return f"{start}; {end}; no kernel ({self.reason})\n"
        return (
            f"{start}, {self.speedup} times the portable way "
            f"({self.portable_keys_per_second:,.0f}) and {self.of_bound} of the bound; "
            f"{end} against {self.portable_built_per_second:,.0f}\n"
        )


def measure_filter(*, items: int, scans: int, rounds: int, seed: int) -> FilterResult:
    """Return what comes out for the unlinkable design.

    Raises:
        AssertionError: the ways do not find the same.
    """
    status = engine.status("unlinkable")
    dice = Random(seed)  # noqa: S311 - not a secret
    published = [dice.randbytes(32) for _ in range(items)]
    asked = [*(dice.randbytes(32) for _ in range(scans)), *published[:10]]
    few = published[:PORTABLE_ITEMS]
    times: dict[str, list[float]] = {"ask": [], "portable": []}
    bound = None
    if status.there:
        bound = Bound(compressions=COMPRESSIONS * len(asked), blocks=0, form="counter")
    start = perf_counter()
    large = _built(published)
    build = perf_counter() - start
    for _ in range(rounds):
        if bound is not None:
            bound.measure()
        times["ask"].append(_asked(large, asked))
        with _Portable():
            times["portable"].append(_asked(large, asked[-PORTABLE_ITEMS:]))
    with _Portable():
        start = perf_counter()
        small = _built(few)
        portable_build = perf_counter() - start
        same = list(large.found(asked[-PORTABLE_ITEMS:]))
    if small != _built(few) or same != list(large.found(asked[-PORTABLE_ITEMS:])):
        raise AssertionError("unlinkable: the ways do not find the same")
    speed = len(asked) / statistics.median(times["ask"])
    portable = len(asked[-PORTABLE_ITEMS:]) / statistics.median(times["portable"])
    ratios = [] if bound is None else list(map(truediv, bound.rounds, times["ask"]))
    return FilterResult(
        design="unlinkable",
        items=items,
        scans=scans,
        rounds=rounds,
        keys_per_second=round(speed),
        portable_keys_per_second=round(portable),
        bound_keys_per_second=(
            round(len(asked) / statistics.median(bound.rounds)) if bound else None
        ),
        bound_sha=bound.sha() if bound else None,
        speedup=round(speed / portable, 2) if bound else None,
        of_bound=round(statistics.median(ratios), 3) if bound else None,
        build_seconds=round(build, 3),
        built_per_second=round(items / build),
        portable_built_per_second=round(len(few) / portable_build),
        kernel=status.there,
        reason=status.reason,
    )


class _Portable:
    """A while without kernels."""

    def __enter__(self) -> None:
        self._worthwhile = engine.WORTHWHILE_KEYS
        engine.WORTHWHILE_KEYS = 2**62

    def __exit__(self, *_error: object) -> None:
        engine.WORTHWHILE_KEYS = self._worthwhile


def _built(items: list[bytes]) -> CuckooFilter:
    return CuckooFilter.build(items, batch_id=b"benchmark", rand=Random(1).randbytes)  # noqa: S311 - a salt


def _asked(published: CuckooFilter, items: list[bytes]) -> float:
    start = perf_counter()
    list(published.found(items))
    return perf_counter() - start
