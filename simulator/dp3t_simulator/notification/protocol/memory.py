"""Batches without a network: the library makes, signs, verifies and expands each of them once."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dp3t import Batch, Match, Parameters, Phone, Rand, TrustedKeys
from dp3t.presence import PRESENCE, PresenceMatch, Trace, publish
from dp3t.proximity import PreparedBatch, design
from dp3t.publication import BatchName, KeyRecord, SigningKey
from dp3t_simulator.notification.protocol.moments import (
    RELEASE_SECONDS,
    SLOT_SECONDS,
    moment,
)
from dp3t_simulator.notification.protocol.transport import Found, Published, Reader

REGION = "SIM"


class _Release(NamedTuple):
    """What became public on a day.

    Attributes:
        day: of the simulation.
        keys: the batch of the design, expanded for all phones.
        traces: batches of traces.
    """

    day: int
    keys: PreparedBatch
    traces: tuple[Batch, ...]


class MemoryTransport:
    """A server of one region that exists in this process alone."""

    def __init__(self, name: str, *, parameters: Parameters, rand: Rand) -> None:
        """Draw the key that signs the batches.

        Args:
            name: of the design.
            parameters: the region's.
            rand: source of the key and of what batches draw.
        """
        self._design = design(name)
        self._parameters = parameters
        self._rand = rand
        self._key = SigningKey.generate(
            valid_from=moment(-1, 0), valid_until=moment(36_000 // 2, 0), rand=rand
        )
        self._trusted = TrustedKeys([self._key.public()])
        self._releases: list[_Release] = []
        self._waiting: list[KeyRecord] = []

    def publish(
        self, day: int, reporting: Sequence[Phone], rounds: Sequence[Sequence[Trace]]
    ) -> Published:
        """Publish what was reported, and what waited because a phone might have broadcast it."""
        for phone in reporting:
            if phone.pending is not None:
                self._waiting += phone.pending.records
                phone.report_accepted()
        release = moment(day, RELEASE_SECONDS)
        due = {one: self._releasable(one) <= release for one in self._waiting}
        self._waiting = [one for one in self._waiting if not due[one]]
        batch, size_bytes = self._signed(
            self._design.publish(
                [one for one in due if due[one]],
                name=BatchName(design=self._design.name, region=REGION, release=release),
                parameters=self._parameters,
                rand=self._rand,
            )
        )
        traces = tuple(self._traces(day, number, some) for number, some in enumerate(rounds))
        keys = self._design.prepared(batch, parameters=self._parameters)
        self._forget(day)
        self._releases.append(_Release(day, keys, traces))
        return Published(sum(due.values()), size_bytes)

    def read(self, day: int, readers: Sequence[Reader]) -> list[Found]:
        """Let phones ingest what was released since they were online last."""
        return [tuple(self._read(reader)) for reader in readers]

    def close(self) -> None:
        """Forget everything."""
        self._releases, self._waiting = [], []

    def _read(self, reader: Reader) -> Iterator[Match | PresenceMatch]:
        for release in self._releases:
            if release.day >= reader.since:
                yield from reader.phone.ingest(release.keys)
                for batch in release.traces:
                    yield from reader.phone.ingest(batch)

    def _releasable(self, record: KeyRecord) -> int:
        return self._design.tracing_key(record).releasable_from(self._parameters)

    def _signed(self, batch: Batch) -> tuple[Batch, int]:
        """Return a batch as a phone has it that has verified the signed file, and its length."""
        data = batch.sign(self._key)
        return Batch.open(data, trusted=self._trusted), len(data)

    def _traces(self, day: int, number: int, traces: Sequence[Trace]) -> Batch:
        """Return a batch of traces; each further one of a morning is of an earlier slot."""
        release = moment(day, RELEASE_SECONDS - number * SLOT_SECONDS)
        name = BatchName(design=PRESENCE, region=REGION, release=release)
        return self._signed(publish(traces, name=name))[0]

    def _forget(self, day: int) -> None:
        """Drop what no phone can match any more: it has forgotten the days."""
        first = day - self._parameters.retention_days
        self._releases = [release for release in self._releases if release.day >= first]
