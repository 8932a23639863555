"""What a receipt check asks of each design: where a key stands, and what may be published again."""

from collections.abc import Collection, Iterable

from dp3t.proximity.cuckoo.filter import CuckooFilter
from dp3t.proximity.revision import gaen_revises
from dp3t.proximity.unlinkable import hashed_observation, identifier_of_seed
from dp3t.publication.batch import Batch
from dp3t.publication.receipt_check import Revises, never, published_in_table
from dp3t.publication.records import KeyRecord


def published_records(batch: Batch, records: Collection[KeyRecord]) -> Iterable[KeyRecord]:
    """Return the records of a batch that have the keys of some records of its design [RECEIPT-8].

    A filter does not tell attributes: it holds a hash of seed and epoch or it does not, so an
    epoch that was altered is a seed that is missing [RECEIPT-9].

    Raises:
        MalformedError: the content of the batch is not the design's.
    """
    if batch.design != "unlinkable":
        return published_in_table(batch, records)
    published = CuckooFilter.decode(batch.content, batch_id=batch.name.encode())
    items = {
        hashed_observation(identifier_of_seed(one.key), epoch=one.attributes[0]): one
        for one in records
    }
    return [items[item] for item in published.found(items)]


def revisable(design: str) -> bool:
    """Return whether a design allows any key to be published again [REVISION-2]."""
    return design == "gaen"


def revises(design: str) -> Revises:
    """Return what a design allows to be published again."""
    return gaen_revises if revisable(design) else never
