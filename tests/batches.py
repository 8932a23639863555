"""Batches of keys without a server or a design."""

from collections.abc import Iterable

from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.timeline import Instant


def batch_of_keys(records: Iterable[KeyRecord], *, design: str, region: str, release: int) -> Batch:
    """Return a batch whose content is a table of keys."""
    name = BatchName(design=design, region=region, release=Instant(release))
    return Batch(name, KeyTable.of(records).encode())


def records_of(batch: Batch) -> list[KeyRecord]:
    """Return the keys in a batch, in the order of the bytes."""
    return list(KeyTable.decode(batch.content))
