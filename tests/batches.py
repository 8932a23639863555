"""Batches of keys without a server or a design."""

from collections.abc import Iterable

from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.index import Index
from dp3t.publication.listing import DayList, IndexEntry
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant


def batch_of_keys(records: Iterable[KeyRecord], *, design: str, region: str, release: int) -> Batch:
    """Return a batch whose content is a table of keys."""
    name = BatchName(design=design, region=region, release=Instant(release))
    return Batch(name, KeyTable.of(records).encode())


def records_of(batch: Batch) -> list[KeyRecord]:
    """Return the keys in a batch, in the order of the bytes."""
    return list(KeyTable.decode(batch.content))


def index_of(
    batches: Iterable[Batch], *, key: SigningKey, releases: Iterable[int]
) -> tuple[Index, list[DayList]]:
    """Return an index of the same batches at each release, as of the last, and its lists."""
    batches, moments = list(batches), [Instant(release) for release in releases]
    return Index.of(
        [
            IndexEntry.of_file(batch.sign(key), design=batch.design, release=moment, leaf=place)
            for moment in moments
            for place, batch in enumerate(batches)
        ],
        keys=[key.public()],
        region="VN",
        number=1,
        issued=max(moments),
        log_key="log",
        checkpoint=b"checkpoint",
    )
