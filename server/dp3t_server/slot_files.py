"""What a release slot publishes, as pure functions: from records and a seed to signed files.

Whoever calls them with the same arguments gets the same bytes: the publisher, another that takes
over its slot, and an auditor [SERVER-56].
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dp3t import LimitError, Parameters
from dp3t.proximity import design
from dp3t.publication import BatchName, KeyRecord, SigningKey, slot_random


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFile:
    """A signed batch.

    Attributes:
        name: which batch it is.
        data: the signed file.
        records: the records that it publishes, all that were due or the first of them.
    """

    name: BatchName
    data: bytes = field(repr=False)
    records: Sequence[KeyRecord] = field(repr=False)


def batch_file(
    records: Sequence[KeyRecord],
    *,
    name: BatchName,
    seed: bytes,
    parameters: Parameters,
    key: SigningKey,
) -> BatchFile:
    """Return the batch of some records, or of the first of them.

    Where they are too many for one batch it tries the first half, and so on [SERVER-40]. A file
    follows from the records that it publishes, whatever was tried before.

    Args:
        records: in ascending order of their keys, at least one.
        name: which batch it is.
        seed: the 32 bytes of the slot.
        parameters: the region's.
        key: signs the batch; valid at the release.

    Raises:
        LimitError: not even one record fits.
        MalformedError: a record is not the design's.
    """
    rand = slot_random(seed, purpose="batch", name=name)
    try:
        batch = design(name.design).publish(records, name=name, parameters=parameters, rand=rand)
        return BatchFile(name=name, data=batch.sign(key), records=records)
    except LimitError:
        if len(records) == 1:
            raise
    half = records[: len(records) // 2]
    return batch_file(half, name=name, seed=seed, parameters=parameters, key=key)
