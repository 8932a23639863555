"""How long does a server take to publish a million keys at once, and in how much memory?

A server in a process of its own finds the keys waiting in its SQLite database and is told that
their release has come. It reads them, builds and signs the batch, remembers every key, erases the
records, and serves the file. What it is compared with is the library alone: the same records in
memory, made into a batch and signed. Both are measured in turn, each time the server on a fresh
copy of its data; both give the same batch.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - a seed makes the data repeatable
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.server.client import get, one
from benchmarks.server.processes import Taken, peak_mb
from benchmarks.server.running import running_server
from dp3t import Instant, day_of, random_from_os, release_after
from dp3t.params import STANDARD
from dp3t.proximity import design
from dp3t.publication import HEADER_BYTES, Batch, BatchName, KeyRecord, SigningKey
from dp3t_server.config import Config
from dp3t_server.parts import DataDirectory, opened

NOW = Instant(1_790_000_000)
SEED = 1
MOST_SECONDS, MOST_MEGABYTES = 15.0, 600.0

_DAYS = 14
_INTERVALS = 144
_KEY_BYTES = 16
_STORE = "INSERT INTO pending_keys (design, key, attributes, release) VALUES (?, ?, ?, ?)"
_STORED_AT_ONCE = 50_000
_SIGNING_KEY = SigningKey(seed=bytes(32), valid_from=Instant(0), valid_until=Instant(2**32 - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One publication by the server and one by the library alone.

    Attributes:
        server: until the server has published.
        library: until the batch of the same records is made and signed.
        peak_mb: resident memory of the server's whole life, in 10**6 bytes.
        before_mb: of its life until the release.
        told: how often the server told how far it was.
    """

    server: Taken
    library: Taken
    peak_mb: float
    before_mb: float
    told: int

    @property
    def ratio(self) -> float:
        """How much longer the server takes; of the processor, which others share."""
        return self.server.cpu_seconds / max(self.library.cpu_seconds, 0.01)


def records(keys: int) -> list[KeyRecord]:
    """Return GAEN keys of the last days, as they wait in the database."""
    dice = Random(SEED)  # noqa: S311 - keys of nobody
    today = day_of(NOW)
    attributes = [(_INTERVALS * (today - 1 - day), _INTERVALS, 1, 127) for day in range(_DAYS)]
    return [
        KeyRecord(attributes[number % _DAYS], key)
        for number, key in enumerate(sorted(dice.randbytes(_KEY_BYTES) for _ in range(keys)))
    ]


async def store(folder: Path, waiting: list[KeyRecord]) -> None:
    """Make a server's folder in which keys wait for the next release."""
    config, release = Config(designs=("gaen",)), release_after(NOW)
    async with opened(config, DataDirectory(folder), now=NOW) as parts:
        for at in range(0, len(waiting), _STORED_AT_ONCE):
            rows = [
                ("gaen", each.key, json.dumps(each.attributes), release)
                for each in waiting[at : at + _STORED_AT_ONCE]
            ]
            async with parts.store.database.writing() as connection:
                await connection.exec_driver_sql(_STORE, rows)


def publish_in_memory(waiting: list[KeyRecord]) -> tuple[Taken, Batch]:
    """Return what the library takes, and its batch."""
    name = BatchName(design="gaen", region="VN", release=release_after(NOW))
    began = Taken.so_far(os.getpid())
    batch = design("gaen").publish(waiting, name=name, parameters=STANDARD, rand=random_from_os)
    batch.sign(_SIGNING_KEY)
    return Taken.so_far(os.getpid()).since(began), batch


def measure(keys: int, rounds: int) -> Iterator[Round]:
    """Yield the rounds.

    Raises:
        AssertionError: the server does not publish the batch that the library makes.
    """
    waiting = records(keys)
    with TemporaryDirectory() as folder:
        prepared, used = Path(folder) / "prepared", Path(folder) / "used"
        asyncio.run(store(prepared, waiting))
        for _ in range(rounds):
            library, batch = publish_in_memory(waiting)
            shutil.copytree(prepared, used)
            yield _round(used, batch, library)
            shutil.rmtree(used)


def _round(data: Path, batch: Batch, library: Taken) -> Round:
    log, path = data / "log", f"/v1/batches/gaen-{batch.name.release}"
    with running_server(0, design="gaen", simulated_clock=NOW, data=data, log=log) as server:
        before_mb, began = peak_mb(server.process_id), Taken.so_far(server.process_id)
        server.operate("clock", now=batch.name.release)
        taken = Taken.so_far(server.process_id).since(began)
        status, found = one(server, get(path))
        most_mb = peak_mb(server.process_id)
    if status != 200 or Batch.decode(found[HEADER_BYTES:]) != batch:
        raise AssertionError("the server has not published what the library makes of its records")
    told = sum("keys" in json.loads(line) for line in log.read_text().splitlines())
    return Round(server=taken, library=library, peak_mb=most_mb, before_mb=before_mb, told=told)


def table(rows: list[Round], keys: int) -> Table:
    """Return the rounds, for people."""
    columns = ("server, s", "of CPU", "library, s", "of CPU", "ratio", "peak, MB", "before", "told")
    shown = Table(*columns)
    for row in rows:
        shown.add_row(
            *(f"{row.server.seconds:.2f}", f"{row.server.cpu_seconds:.2f}"),
            *(f"{row.library.seconds:.2f}", f"{row.library.cpu_seconds:.2f}", f"{row.ratio:.1f}"),
            *(f"{row.peak_mb:.0f}", f"{row.before_mb:.0f}", str(row.told)),
        )
    shown.caption = f"{keys:,} GAEN keys in one slot, seed {SEED}; ratio of CPU seconds"
    return shown


def main() -> int:
    """Measure; return 1 where the server takes more time or memory than it shall."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000, help="how many are published")
    parser.add_argument("--rounds", type=int, default=3, help="how often")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args()
    rows = list(measure(given.keys, given.rounds))
    if given.json:
        ratio = median(row.ratio for row in rows)
        rounds = [asdict(row) for row in rows]
        document = {"keys": given.keys, "seed": SEED, "ratio": ratio, "rounds": rounds}
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        Console(width=100).print(table(rows, given.keys))
    seconds = median(row.server.seconds for row in rows)
    most_mb = max(row.peak_mb for row in rows)
    return 0 if seconds < MOST_SECONDS and most_mb < MOST_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
