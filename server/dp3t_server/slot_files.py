"""What a release slot publishes, as pure functions: from records and a seed to signed files.

Whoever calls them with the same arguments gets the same bytes: the publisher, another that takes
over its slot, and an auditor [SERVER-56].
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from dp3t import LimitError, Parameters
from dp3t.proximity import FIRST_PADDED_RELEASE, design, pad_records
from dp3t.publication import BatchName, KeyRecord, SigningKey, slot_random
from dp3t_server.padding_source import PaddingSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Padding:
    """What the padding of a batch follows from, beside its records and the seed.

    Attributes:
        minimum: how many keys a batch has at least; 0 for no padding.
        source: what the design's last batch with accepted records has left; None for nothing.
        revisions: the keys among the records that were published before. Everybody can see that
            they are no padding, so they are not counted, and nothing is drawn from them.
    """

    minimum: int = 0
    source: PaddingSource | None = None
    revisions: Collection[bytes] = field(default=(), repr=False)


NO_PADDING = Padding()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFile:
    """A signed batch.

    Attributes:
        name: which batch it is.
        data: the signed file.
        records: the accepted records that it publishes, all that were due or the first of them.
        published: what it publishes: these records, and padding.
        source: what it leaves for padding to come; None where nothing is padded, or where all of
            its keys are padding or revisions.
    """

    name: BatchName
    data: bytes = field(repr=False)
    records: Sequence[KeyRecord] = field(repr=False)
    published: Sequence[KeyRecord] = field(repr=False)
    source: PaddingSource | None = None


def batch_file(
    records: Sequence[KeyRecord],
    *,
    name: BatchName,
    seed: bytes,
    parameters: Parameters,
    key: SigningKey,
    padding: Padding = NO_PADDING,
) -> BatchFile:
    """Return the batch of some records, or of the first of them, and padding.

    Where they are too many for one batch it tries the first half, and so on [SERVER-40]. A file
    follows from the records that it publishes, whatever was tried before.

    Args:
        records: in ascending order of their keys; none only where there is padding.
        name: which batch it is.
        seed: the 32 bytes of the slot.
        parameters: the region's.
        key: signs the batch; valid at the release.
        padding: what to fill up small batches with.

    Raises:
        LimitError: not even one record fits.
        MalformedError: a record is not the design's.
    """
    rand = slot_random(seed, purpose="batch", name=name)
    filled, source = _filled(records, padding, name=name, seed=seed, parameters=parameters)
    try:
        batch = design(name.design).publish(filled, name=name, parameters=parameters, rand=rand)
        return BatchFile(
            name=name, data=batch.sign(key), records=records, published=filled, source=source
        )
    except LimitError:
        if len(records) <= 1:
            raise
    half = records[: len(records) // 2]
    return batch_file(half, name=name, seed=seed, parameters=parameters, key=key, padding=padding)


def _filled(
    records: Sequence[KeyRecord],
    padding: Padding,
    *,
    name: BatchName,
    seed: bytes,
    parameters: Parameters,
) -> tuple[Sequence[KeyRecord], PaddingSource | None]:
    """Return records and padding, and what they leave for padding to come [SERVER-78]."""
    if not padding.minimum or name.release < FIRST_PADDED_RELEASE:
        return records, None
    fresh: Sequence[KeyRecord] = records
    if padding.revisions:
        fresh = [record for record in records if record.key not in padding.revisions]
    padded = fresh
    if len(fresh) < padding.minimum:
        padded = pad_records(
            fresh,
            minimum=padding.minimum,
            design=design(name.design),
            release=name.release,
            earlier=None if padding.source is None else padding.source.earlier(),
            parameters=parameters,
            rand=slot_random(seed, purpose="padding", name=name),
        )
    source = PaddingSource.of(padded, release=name.release) if fresh else None
    if padding.revisions:
        padded = [*padded, *(record for record in records if record.key in padding.revisions)]
    return padded, source
