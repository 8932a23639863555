"""Batches of designs that publish keys: every phone derives the identifiers and looks them up."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from dp3t.errors import MalformedError
from dp3t.params import Parameters
from dp3t.primitives import Rand
from dp3t.proximity.advertisement import EphID
from dp3t.proximity.interface import Design, Match, TracingKey
from dp3t.proximity.matching import find
from dp3t.proximity.observations import ObservationStore
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.timeline import Instant


class PublishesKeys:
    """The part of a design that all have whose batches are tables of keys."""

    def identity(self, identifier: EphID, *, period: int) -> bytes:
        """Return the identifier itself: it is what a phone keeps."""
        return identifier

    def publish(
        self: Design,
        records: Iterable[KeyRecord],
        *,
        name: BatchName,
        parameters: Parameters,
        rand: Rand,
    ) -> Batch:
        """Return the batch that publishes some records, a table of keys [BATCH-2]."""
        keys = map(self.tracing_key, records)
        return Batch(name, KeyTable.of(key.record() for key in keys).encode())

    def match(
        self: Design, observations: ObservationStore, batch: Batch, *, parameters: Parameters
    ) -> Iterator[Match]:
        """Return every match of a verified batch with what a phone heard [MATCHING-1]."""
        keys = keys_of(batch, self)
        return match_keys(observations, keys, release=batch.release, parameters=parameters)


def keys_of(batch: Batch, design: Design) -> list[TracingKey]:
    """Return the keys of a batch that are valid for the design [PHONE-11].

    Raises:
        MalformedError: the content is no table of keys, or none of its keys is valid.
    """
    keys: list[TracingKey] = []
    table = KeyTable.decode(batch.content)
    for record in table:
        with suppress(MalformedError):
            keys.append(design.tracing_key(record))
    if table.groups and not keys:
        raise MalformedError("no key of the batch is valid for its design")
    return keys


def match_keys(
    observations: ObservationStore,
    keys: Iterable[TracingKey],
    *,
    release: Instant,
    parameters: Parameters,
) -> Iterator[Match]:
    """Yield every match of published keys with what a phone heard.

    Args:
        observations: what the phone heard.
        keys: the keys of one batch.
        release: the batch's release time.
        parameters: the region's.
    """
    for key in keys:
        expansions = key.expand(before=release, parameters=parameters)
        for observation in find(observations, expansions, release=release):
            yield Match(observation=observation, metadata=key.open_metadata(observation.kept))
