"""Files of published keys: native batches and GAEN key files alike, opened and put in order.

A file is verified when it is opened, and read again when it is matched: of any number of keys, no
more are in memory than a kernel takes for each thread, or one compressed key file holds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from dp3t.errors import LimitError, MalformedError
from dp3t.params import RELEASE_SLOT_SECONDS
from dp3t.proximity.export.container import MAX_FILE_BYTES
from dp3t.proximity.export.content import KeyExport
from dp3t.proximity.export.reader import OpenedExport, export_bin_of, open_export
from dp3t.proximity.export.signatures import TrustedExportKeys
from dp3t.publication.batch import OpenedBatch, open_batch
from dp3t.publication.opened_table import OpenedTable, open_table
from dp3t.publication.records import KeyTable
from dp3t.publication.signing import TrustedKeys
from dp3t.publication.sources import Buffer, Section, Source, steady
from dp3t.timeline import Instant, to_datetime

_ZIP = b"PK"
_OF_FILTERS = "unlinkable"
_NOBODY = TrustedKeys()


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A native batch, verified.

    Attributes:
        batch: its name, and its content where it was.
    """

    batch: OpenedBatch
    _table: OpenedTable | None

    @property
    def design(self) -> str:
        """The name of its design."""
        return self.batch.name.design

    @property
    def region(self) -> str:
        """The name of its region."""
        return self.batch.name.region

    @property
    def release(self) -> Instant:
        """When it was published."""
        return self.batch.name.release

    @property
    def verified(self) -> bool:
        """True: no batch opens without a key that vouches for it."""
        return True

    def __len__(self) -> int:
        """Return how many keys it holds; none where it is a filter."""
        return 0 if self._table is None else len(self._table)

    def lists(self) -> tuple[Iterator[KeyTable], ...]:
        """Return its list of keys, in parts; none where it is a filter."""
        return () if self._table is None else (self._table.parts(),)


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A GAEN key file. Stored keys are read where they are; compressed ones, the whole file."""

    _opened: OpenedExport
    _source: Source = field(repr=False)

    @property
    def head(self) -> KeyExport:
        """What the file says beside its keys, and which signatures were verified."""
        return self._opened.head

    @property
    def design(self) -> str:
        """The name of the design."""
        return "gaen"

    @property
    def region(self) -> str:
        """The name of its region."""
        return self.head.region

    @property
    def release(self) -> Instant:
        """The last multiple of 7200 s that is not after its window [EXPORT-36]."""
        return Instant(self.head.end - self.head.end % RELEASE_SLOT_SECONDS)

    @property
    def verified(self) -> bool:
        """Whether trusted keys were given, and verified it."""
        return bool(self.head.verified)

    def __len__(self) -> int:
        """Return how many keys it holds, revised ones included."""
        return len(self._opened)

    def lists(self) -> tuple[Iterator[KeyTable], ...]:
        """Return its keys and its revised keys, in parts; the file is read again.

        Raises:
            VerificationError: it is no longer what was opened; tables may have come before.
        """
        if self._opened.stored_at is not None:
            return self._opened.lists()
        export_bin = export_bin_of(_whole(self._source))
        return self._opened.read_from(Buffer(export_bin)).lists()


KeyFile = BatchFile | ExportFile


def open_key_file(
    source: Source,
    *,
    trusted: TrustedKeys = _NOBODY,
    export_keys: TrustedExportKeys | None = None,
    threshold: int = 1,
) -> KeyFile:
    """Return a file of published keys, once its signature is verified.

    Args:
        source: a signed batch, or the zip of a key file; it is read again when it is matched.
        trusted: whose batches to believe.
        export_keys: whose key files to believe; None takes one that nobody vouches for.
        threshold: how many of these have to have signed a key file.

    Raises:
        MalformedError: neither of the two, or with a fault. One of a single key in a key file shows
            when its part is read.
        VerificationError: not signed by whom it should be.
    """
    if not source.size_bytes:
        raise MalformedError("the file is empty")
    if source.read(0, len(_ZIP)) == _ZIP:
        return _export_file(steady(source), export_keys, threshold)
    batch = open_batch(source, trusted=trusted)
    filtered = batch.name.design == _OF_FILTERS
    return BatchFile(batch, None if filtered else open_table(batch.content))


def _export_file(
    source: Source, export_keys: TrustedExportKeys | None, threshold: int
) -> ExportFile:
    opened = open_export(_whole(source), keys=export_keys, threshold=threshold)
    start = opened.stored_at
    inside = Buffer(b"") if start is None else Section(source, start, source.size_bytes - start)
    return ExportFile(opened.read_from(inside), source)


def ordered_files(files: Iterable[KeyFile]) -> list[KeyFile]:
    """Return files in the order in which they are matched: by release, then region and number.

    Raises:
        MalformedError: one is there twice, or the key files of a window are not all of its numbers
            [EXPORT-35].
    """
    ordered = sorted(files, key=_place)
    for before, after in pairwise(ordered):
        if _place(before) == _place(after):
            raise MalformedError(f"{described(after)} is there twice")
    windows: dict[tuple[str, Instant, Instant], list[KeyExport]] = {}
    for head in (each.head for each in ordered if isinstance(each, ExportFile)):
        windows.setdefault((head.region, head.start, head.end), []).append(head)
    for heads in windows.values():
        _require_whole(heads)
    return ordered


def described(file: KeyFile) -> str:
    """Return the name by which faults call a file."""
    if isinstance(file, BatchFile):
        return f"the batch {file.design} {file.region} {_utc(file.release)}"
    head = file.head
    return f"key file {head.batch_number} of {head.batch_size} of {_window(head)}"


def _window(head: KeyExport) -> str:
    return f"{head.region or 'no region'}, {_utc(head.start)} to {_utc(head.end)}"


def _utc(moment: Instant) -> str:
    return f"{to_datetime(moment):%Y-%m-%dT%H:%M:%SZ}"


def _place(file: KeyFile) -> tuple[int, str, str, tuple[int, ...]]:
    numbers: tuple[int, ...] = ()
    if isinstance(file, ExportFile):
        numbers = file.head.end, file.head.start, file.head.batch_number
    return file.release, file.region, file.design, numbers


def _require_whole(heads: list[KeyExport]) -> None:
    """Raise MalformedError unless the key files of one window are all there [EXPORT-35]."""
    window = _window(heads[0])
    sizes = sorted({head.batch_size for head in heads})
    if len(sizes) > 1:
        raise MalformedError(f"key files of {window} belong to {sizes[0]} and to {sizes[1]} files")
    numbers = {head.batch_number for head in heads}
    missing = next((n for n in range(1, sizes[0] + 1) if n not in numbers), None)
    if missing is not None:
        raise MalformedError(f"key file {missing} of {sizes[0]} of {window} is missing")


def _whole(source: Source) -> bytes:
    if source.size_bytes > MAX_FILE_BYTES:
        raise LimitError(f"a key file has at most {MAX_FILE_BYTES} bytes")
    return source.read(0, source.size_bytes)
