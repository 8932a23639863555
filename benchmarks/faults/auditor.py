"""What an auditor sees who downloads everything: it keeps all that it ever read, and compares.

It accepts what a phone accepts, by a `ServerView`, and sees besides what no single phone can.
"""

import random  # noqa: TID251 - dice of a program, seeded
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.faults.accounts import Published
from benchmarks.faults.log_reading import Fetch, LogReader
from dp3t import Day, Dp3tError, Instant, day_of, day_start
from dp3t.primitives import sha256
from dp3t.publication import Batch, Index, IndexEntry, ServerView
from dp3t.publication.records import KeyTable

FINDINGS = (
    "unreadable",
    "index went back",
    "batch changed",
    "batch vanished",
    "log inconsistent",
    "not in the log",
)
"""What has to be 0."""

_AGAIN = 12
"""How many batches that it has are fetched once more at each look."""


@dataclass(slots=True, kw_only=True)
class Auditor:
    """An auditor.

    Attributes:
        view: what it accepts, as a phone.
        retention_days: for how long batches are listed.
        dice: choose what is fetched again.
        log: what it has seen of the log.
        entries: every batch that was ever listed, by its name.
        batches: the contents, by the name.
        findings: how often what was found, of `FINDINGS`.
        messages: what was found, in words.
        fetched: how many batches were fetched, those that were fetched again included.
        indexes: how many different indexes it accepted.
    """

    view: ServerView
    retention_days: int
    dice: random.Random
    log: LogReader = field(default_factory=LogReader)
    entries: dict[str, IndexEntry] = field(default_factory=dict)
    batches: dict[str, Published] = field(default_factory=dict)
    findings: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(FINDINGS, 0)))
    messages: list[str] = field(default_factory=list)
    fetched: int = 0
    indexes: int = 0

    async def look(self, fetch: Fetch, *, now: Instant, everything: bool = False) -> None:
        """Download the index, its log and the batches that are new, and some others again.

        Args:
            fetch: returns a file of the server.
            now: the auditor's time.
            everything: fetch all batches again.
        """
        index = await self._index(fetch, now)
        if index is None:
            return
        with self._finding("log inconsistent"):
            self.view = await self.log.follow(self.view, index, fetch, now=now)
            await self.log.count_again(self.view, index, fetch)
        listed = [entry async for entry in self._listed(index, fetch)]
        self._compare(index, listed)
        known = [entry for entry in listed if entry.name in self.batches]
        again = known if everything else self.dice.sample(known, min(_AGAIN, len(known)))
        new = [entry for entry in listed if entry.name not in self.batches]
        for entry in (*new, *again):
            await self._read(entry, fetch)

    async def _index(self, fetch: Fetch, now: Instant) -> Index | None:
        """Fetch the index; None where it is refused."""
        data = await fetch("/v1/index")
        try:
            Index.open(data, trusted=self.view.trusted, now=now)
        except Dp3tError as fault:
            self._find("unreadable", f"the index: {fault}")
            return None
        try:
            index, view = self.view.accept(data, now=now)
        except Dp3tError as fault:
            self._find("index went back", str(fault))
            return None
        self.indexes += index.number != self.view.number
        self.view = view
        return index

    async def _listed(self, index: Index, fetch: Fetch) -> AsyncIterator[IndexEntry]:
        """Yield every batch that an index lists, of older days too."""
        for day in index.days:
            with self._finding("unreadable"):
                data = await fetch(f"/v1/days/{day.name}")
                for entry in day.open(data, region=index.region).entries:
                    yield entry
        for entry in index.entries:
            yield entry

    def _compare(self, index: Index, listed: list[IndexEntry]) -> None:
        """Compare what is listed with what was listed ever, and with the log."""
        named, logged = {entry.name: entry for entry in listed}, self.log.batches()
        oldest = day_start(Day(max(0, day_of(index.issued) - self.retention_days)))
        for name, entry in self.entries.items():
            if name in named and named[name] != entry:
                self._find("batch changed", f"{name} is listed with another digest or place")
            if name not in named and entry.release >= oldest:
                self._find("batch vanished", f"{name} is not listed any more")
        for name, entry in named.items():
            self.entries.setdefault(name, entry)
            if logged.get(name) != entry.digest:
                self._find("not in the log", f"{name}, or another of its name")
        for name in logged.keys() - self.entries.keys():
            self._find("log inconsistent", f"it holds {name}, which was never listed")

    async def _read(self, entry: IndexEntry, fetch: Fetch) -> None:
        self.fetched += 1
        with self._finding("not in the log"):
            await self.log.require_logged(self.view, entry, fetch)
        with self._finding("unreadable", missing="batch vanished"):
            self._take(self.entries[entry.name], await fetch(f"/v1/batches/{entry.name}"))

    def _take(self, entry: IndexEntry, data: bytes) -> None:
        """Compare a file with what the first index said of it, and read it the first time."""
        if sha256(data) != entry.digest:
            self._find("batch changed", f"{entry.name} is another file than before")
        elif entry.name not in self.batches:
            entry.require_describes(data)
            batch = Batch.open(data, trusted=self.view.trusted)
            self.batches[entry.name] = Published(
                design=batch.design,
                release=batch.release,
                records=tuple(KeyTable.decode(batch.content)),
            )

    @contextmanager
    def _finding(self, what: str, *, missing: str = "") -> Iterator[None]:
        """Count what the library refuses, and what is not there under the same name or another."""
        try:
            yield
        except Dp3tError as fault:
            self._find(what, f"{type(fault).__name__}: {fault}")
        except LookupError as path:
            self._find(missing or what, f"{path} is not there")

    def _find(self, what: str, message: str) -> None:
        self.findings[what] += 1
        self.messages.append(f"{what}: {message}")
