"""Many keys in tables that come and go: how fast, and in how much memory."""

import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from random import Random  # noqa: TID251 - a seed makes the data repeatable
from time import perf_counter

from benchmarks.matching.data import DAY, RELEASE, RETENTION, store_of
from dp3t.params import STANDARD
from dp3t.proximity.designs import design_named
from dp3t.proximity.key_batches import match_tables
from dp3t.publication.records import KeyGroup, KeyTable

TABLE_KEYS = 2**16
_UNIT_BYTES = 2**10 if sys.platform == "linux" else 1
"""In which the system counts resident memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamResult:
    """What came out.

    Attributes:
        keys_per_second: matched; making the keys is not counted.
        peak_resident_mb: of this whole process so far, compiler included, in 2**20 bytes.
    """

    keys: int
    scans: int
    keys_per_second: float
    peak_resident_mb: float

    def to_document(self) -> dict[str, object]:
        """Return the fields by name."""
        return {"design": "gaen stream", **asdict(self)}

    def line(self) -> str:
        """Return the result for a terminal."""
        return (
            f"stream: {self.keys:,} GAEN keys, {self.keys_per_second:,.0f} keys/s, "
            f"at most {self.peak_resident_mb:,.0f} MiB resident\n"
        )


def measure_stream(*, keys: int, scans: int, seed: int) -> StreamResult:
    """Return what comes out for GAEN keys in tables of 65,536."""
    dice = Random(seed)  # noqa: S311 - not a secret
    store = store_of(scans, dice)
    seconds, started = 0.0, perf_counter()
    done = 0

    def made() -> Iterator[KeyTable]:
        nonlocal seconds, started
        left = keys
        while left:
            table = _table(min(left, TABLE_KEYS), dice)
            left -= len(table)
            started = perf_counter()
            yield table
            seconds += perf_counter() - started

    def progress(looked_at: int) -> None:
        nonlocal done
        done += looked_at
        sys.stderr.write(f"\r{done:,} of {keys:,} keys")

    found = match_tables(
        store,
        made(),
        design_named("gaen"),
        release=RELEASE,
        parameters=STANDARD,
        progress=progress,
    )
    for _ in found:
        raise AssertionError("stream: a match with nobody")
    sys.stderr.write("\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT_BYTES / 2**20
    return StreamResult(
        keys=keys,
        scans=scans,
        keys_per_second=round(keys / seconds),
        peak_resident_mb=round(peak, 1),
    )


def _table(keys: int, dice: Random) -> KeyTable:
    groups = []
    for day in range(min(keys, RETENTION)):
        count = (keys + day) // min(keys, RETENTION)
        column = sorted(dice.randbytes(16) for _ in range(count))
        first = 144 * (DAY - RETENTION + day)
        groups.append(KeyGroup((first, 144, 1, 127), 16, b"".join(column)))
    return KeyTable(tuple(groups))
