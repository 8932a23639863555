"""Batches without a network: the library makes and signs each once, and verifies and expands it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dp3t import Batch, Instant, Match, Parameters, Phone, Rand, Report, TrustedKeys
from dp3t.presence import PRESENCE, PresenceMatch, Trace, publish
from dp3t.proximity import PreparedBatch, design
from dp3t.publication import BatchName, KeyRecord, SigningKey
from dp3t_simulator.warnings.protocol.moments import (
    REGION,
    RELEASE_SECONDS,
    SLOT_SECONDS,
    moment,
)
from dp3t_simulator.warnings.protocol.transport import Found, Published, Reader

_LAST_DAY = 18_000
"""Until when a simulation's signing key is valid; the longest lasts 2,000 days."""


class Release(NamedTuple):
    """What became public on a day: signed files.

    Attributes:
        day: of the simulation.
        keys: the batch of the design; None where nobody reported.
        traces: batches of traces.
    """

    day: int
    keys: bytes | None
    traces: tuple[bytes, ...]


class MemoryServer:
    """A server of one region that exists in this process alone.

    Attributes:
        trusted: the key that signs its batches.
    """

    def __init__(self, name: str, *, parameters: Parameters, rand: Rand) -> None:
        """Draw the key.

        Args:
            name: of the design.
            parameters: the region's.
            rand: source of the key and of what batches draw.
        """
        self._design = design(name)
        self._parameters = parameters
        self._rand = rand
        self._key = SigningKey.generate(
            valid_from=moment(-1, 0), valid_until=moment(_LAST_DAY, 0), rand=rand
        )
        self.trusted = TrustedKeys([self._key.public()])
        self._waiting: list[KeyRecord] = []

    def publish(
        self, day: int, reports: Sequence[Report], rounds: Sequence[Sequence[Trace]]
    ) -> tuple[Release, Published]:
        """Publish what was reported, and what waited because a phone might have broadcast it."""
        release = moment(day, RELEASE_SECONDS)
        records = [*self._waiting, *(record for report in reports for record in report.records)]
        due = [one for one in records if self._releasable(one) <= release]
        self._waiting = [one for one in records if self._releasable(one) > release]
        keys = self._keys(due, release) if due else None
        traces = tuple(self._traces(day, number, some) for number, some in enumerate(rounds))
        size_bytes = sum(map(len, traces)) + len(keys or b"")
        return Release(day, keys, traces), Published(len(due), size_bytes)

    def _keys(self, records: Sequence[KeyRecord], release: Instant) -> bytes:
        name = BatchName(design=self._design.name, region=REGION, release=release)
        batch = self._design.publish(
            records, name=name, parameters=self._parameters, rand=self._rand
        )
        return batch.sign(self._key)

    def _releasable(self, record: KeyRecord) -> int:
        return self._design.tracing_key(record).releasable_from(self._parameters)

    def _traces(self, day: int, number: int, traces: Sequence[Trace]) -> bytes:
        """Return a batch of traces; each further one of a morning is of an earlier slot."""
        release = moment(day, RELEASE_SECONDS - number * SLOT_SECONDS)
        name = BatchName(design=PRESENCE, region=REGION, release=release)
        return publish(traces, name=name).sign(self._key)


class _Readable(NamedTuple):
    """A release as phones read it: verified, and the keys expanded for all of them."""

    day: int
    batches: tuple[PreparedBatch | Batch, ...]


class MemoryReader:
    """What phones fetch: every release that one of them can still match.

    Args:
        name: of the design.
        parameters: the region's.
        trusted: whom to believe.
    """

    def __init__(self, name: str, *, parameters: Parameters, trusted: TrustedKeys) -> None:
        self._design = design(name)
        self._parameters = parameters
        self._trusted = trusted
        self._releases: list[_Readable] = []

    def add(self, release: Release) -> None:
        """Verify a release, and drop those of which phones have forgotten every day."""
        batches: list[PreparedBatch | Batch] = []
        if release.keys is not None:
            keys = Batch.open(release.keys, trusted=self._trusted)
            batches.append(self._design.prepared(keys, parameters=self._parameters))
        batches += (Batch.open(data, trusted=self._trusted) for data in release.traces)
        first = release.day - self._parameters.retention_days
        self._releases = [
            *(one for one in self._releases if one.day >= first),
            _Readable(release.day, tuple(batches)),
        ]

    def read(self, readers: Sequence[Reader]) -> list[Found]:
        """Let phones ingest what was released since they were online last."""
        return [tuple(self._read(reader)) for reader in readers]

    def _read(self, reader: Reader) -> Iterator[Match | PresenceMatch]:
        for release in self._releases:
            if release.day >= reader.since:
                for batch in release.batches:
                    yield from reader.phone.ingest(batch)


class MemoryTransport:
    """A server and what its phones fetch, in one process."""

    def __init__(self, name: str, *, parameters: Parameters, rand: Rand) -> None:
        """Take what `MemoryServer` takes."""
        self._server = MemoryServer(name, parameters=parameters, rand=rand)
        trusted = self._server.trusted
        self._reader = MemoryReader(name, parameters=parameters, trusted=trusted)

    def publish(
        self, day: int, reporting: Sequence[Phone], rounds: Sequence[Sequence[Trace]]
    ) -> Published:
        """Take the pending reports of phones and publish them."""
        release, published = self._server.publish(day, taken(reporting), rounds)
        self._reader.add(release)
        return published

    def read(self, day: int, readers: Sequence[Reader]) -> list[Found]:
        """Let phones ingest what was released since they were online last."""
        return self._reader.read(readers)

    def close(self) -> None:
        """Do nothing: there is no network."""


def taken(reporting: Sequence[Phone]) -> list[Report]:
    """Return the pending reports of phones, of which none is pending afterwards."""
    reports = [phone.pending for phone in reporting if phone.pending is not None]
    for phone in reporting:
        phone.report_accepted()
    return reports
