"""Key files beside a native batch: its keys, for phones whose system does the matching."""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from dp3t.errors import MalformedError, VerificationError
from dp3t.params import RELEASE_SLOT_SECONDS
from dp3t.proximity.export.content import MAX_KEYS, ExportedKey, KeyExport
from dp3t.proximity.export.writer import Signer, write_export
from dp3t.proximity.gaen import Gaen
from dp3t.publication.batch import Batch
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.timeline import Instant

_GAEN = Gaen()


def exports_of_batch(
    batch: Batch,
    *,
    signers: Sequence[Signer],
    revised: Collection[bytes] = frozenset(),
    most_keys: int = MAX_KEYS,
) -> list[bytes]:
    """Return the GAEN key files of a batch, one unless it has too many keys [KEY-FILES-1].

    Args:
        batch: of the design GAEN.
        signers: 1 to 10, with different names.
        revised: the keys that an earlier batch has published; some may be of no use here.
        most_keys: how many one file holds.

    Raises:
        MalformedError: the batch is of another design, holds a key twice or one that is not GAEN's,
            or has a signer of no good name.
    """
    keys = _exported(_records_of(batch))
    parts = [keys[at : at + most_keys] for at in range(0, len(keys), most_keys)] or [[]]
    return [
        write_export(
            (exported for exported in part if exported.key.key not in revised),
            revised_keys=(exported for exported in part if exported.key.key in revised),
            start=_start(batch),
            end=batch.release,
            region=batch.region,
            signers=signers,
            batch_number=number,
            batch_size=len(parts),
        )
        for number, part in enumerate(parts, start=1)
    ]


def require_exports_of_batch(exports: Sequence[KeyExport], batch: Batch) -> None:
    """Raise unless key files are those of a batch, all of them [KEY-FILES-12].

    Which of its keys are revised, only earlier batches tell; it is not looked at.

    Args:
        exports: in any order; who signed them, the caller knows.
        batch: a verified one.

    Raises:
        MalformedError: the batch is of another design, holds a key twice or one that is not GAEN's.
        VerificationError: a file is missing or of another window, or the keys are not the same.
    """
    keys = _exported(_records_of(batch))
    window = (batch.region, _start(batch), batch.release)
    ordered = sorted(exports, key=lambda export: export.batch_number)
    if any((each.region, each.start, each.end) != window for each in ordered):
        raise VerificationError("a key file is not of the batch's region and slot")
    numbers = [(each.batch_number, each.batch_size) for each in ordered]
    if not numbers or numbers != [(n, len(ordered)) for n in range(1, len(ordered) + 1)]:
        raise VerificationError("these are not all key files of the window, each once")
    if [key for each in ordered for key in _ascending((*each.keys, *each.revised_keys))] != keys:
        raise VerificationError("the key files do not hold the keys of the batch")


def _records_of(batch: Batch) -> list[KeyRecord]:
    """Return the records of a batch of GAEN in ascending order of their keys, each once."""
    if batch.design != _GAEN.name:
        raise MalformedError(f"key files are made of batches of gaen, not of {batch.design}")
    records = sorted(KeyTable.decode(batch.content), key=lambda record: record.key)
    if any(one.key == other.key for one, other in pairwise(records)):
        raise MalformedError("the batch holds a key twice")
    return records


def _exported(records: Iterable[KeyRecord]) -> list[ExportedKey]:
    return [ExportedKey(key=_GAEN.tracing_key(record)) for record in records]


def _ascending(keys: Iterable[ExportedKey]) -> list[ExportedKey]:
    return sorted(keys, key=lambda each: each.key.key)


def _start(batch: Batch) -> Instant:
    return Instant(max(0, batch.release - RELEASE_SLOT_SECONDS))
