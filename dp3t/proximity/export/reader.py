"""Read a key file: container, signatures, then what was signed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from dp3t.errors import MalformedError
from dp3t.proximity.export.container import read_container
from dp3t.proximity.export.content import ExportedKey, KeyExport, SignatureInfo, require_names
from dp3t.proximity.export.idle_bits import refuse_idle_bits
from dp3t.proximity.export.messages import (
    KeyRecords,
    Signature,
    decode_export,
    decode_head,
    decode_signatures,
    key_columns,
)
from dp3t.proximity.export.signatures import TrustedExportKeys, require_trusted
from dp3t.proximity.gaen import TEK_BYTES
from dp3t.publication.opened_table import PART_KEYS
from dp3t.publication.records import KeyGroup, KeyTable

HEADER = b"EK Export v1    "


def read_export(data: bytes, *, keys: TrustedExportKeys | None, threshold: int = 1) -> KeyExport:
    """Return what a GAEN key file says.

    The signatures are verified before the signed message is parsed [EXPORT-20]. The whole file is
    held in memory, up to a million keys.

    Args:
        data: the bytes of the zip file.
        keys: the keys to trust, by name or without names; None reads a file that nobody vouches
            for, and `verified` stays empty.
        threshold: how many different trusted keys have to have signed.

    Raises:
        LimitError: larger than EXPORT-1 allows.
        MalformedError: not a key file, or with a bit changed that no signature covers.
        VerificationError: not signed by enough trusted keys; UnknownKeyError if by none that the
            signatures name.
        ValueError: the threshold is not between 1 and the number of trusted keys.
    """
    export_bin, signatures, verified = _verified(data, keys=keys, threshold=threshold)
    export = decode_export(export_bin[len(HEADER) :])
    _require_agreement(export, signatures)
    return replace(export, verified=verified)


@dataclass(frozen=True, slots=True)
class OpenedExport:
    """A key file whose keys are read when they are asked for, a part at a time.

    Attributes:
        head: what the file says beside its keys.
    """

    head: KeyExport
    _keys: KeyRecords
    _revised_keys: KeyRecords

    def __len__(self) -> int:
        return self._keys.count + self._revised_keys.count

    def tables(self, *, at_once: int = PART_KEYS) -> Iterator[KeyTable]:
        """Yield the keys, then the revised ones, in tables of up to so many [EXPORT-34].

        A table holds each key of its part once, ascending; what only key files say is left out.

        Raises:
            MalformedError: a key is not canonical or out of range; tables may have come before.
        """
        return chain.from_iterable(self.lists(at_once=at_once))

    def lists(self, *, at_once: int = PART_KEYS) -> tuple[Iterator[KeyTable], Iterator[KeyTable]]:
        """Return the tables of the keys, and those of the revised keys; else as `tables`."""
        return (
            _tables(self._keys, what="key", at_once=at_once),
            _tables(self._revised_keys, what="revised key", at_once=at_once),
        )


def open_export(data: bytes, *, keys: TrustedExportKeys | None, threshold: int = 1) -> OpenedExport:
    """Return a GAEN key file to be read in parts; arguments and errors as of `read_export`.

    Signatures and container are checked here, and every key when its table is asked for.
    """
    export_bin, signatures, verified = _verified(data, keys=keys, threshold=threshold)
    head, records, revised = decode_head(export_bin, len(HEADER))
    _require_agreement(head, signatures)
    return OpenedExport(replace(head, verified=verified), records, revised)


def reopen_export(data: bytes) -> OpenedExport:
    """Return a key file that `open_export` has taken before; nothing is verified a second time."""
    export_bin = read_container(data)["export.bin"].content
    return OpenedExport(*decode_head(export_bin, len(HEADER)))


def _verified(
    data: bytes, *, keys: TrustedExportKeys | None, threshold: int
) -> tuple[bytes, Sequence[Signature], tuple[SignatureInfo, ...]]:
    """Return export.bin, the signatures, and those that trusted keys verify."""
    members = read_container(data)
    export_bin = members["export.bin"].content
    if not export_bin.startswith(HEADER):
        raise MalformedError('export.bin does not begin with "EK Export v1"')
    signatures = decode_signatures(members["export.sig"].content)
    require_names(tuple(signature.info for signature in signatures))
    verified: tuple[SignatureInfo, ...] = ()
    if keys is not None:
        verified = require_trusted(export_bin, signatures, keys=keys, threshold=threshold)
    for member in members.values():
        if member.packed is not None:
            refuse_idle_bits(member.packed, member.content)
    return export_bin, signatures, verified


def _tables(records: KeyRecords, *, what: str, at_once: int) -> Iterator[KeyTable]:
    known: dict[bytes, ExportedKey] = {}
    rest = iter(records)
    for at in range(0, records.count, at_once):
        columns = key_columns(islice(rest, at_once), known=known, what=what, first=at + 1)
        yield _table(columns, known)


def _table(columns: dict[bytes, list[bytes]], known: dict[bytes, ExportedKey]) -> KeyTable:
    grouped: dict[tuple[int, ...], set[bytes]] = {}
    for rest, keys in columns.items():
        grouped.setdefault(known[rest].key.record().attributes, set()).update(keys)
    return KeyTable(
        tuple(
            KeyGroup(attributes, TEK_BYTES, b"".join(sorted(keys)))
            for attributes, keys in sorted(grouped.items())
        )
    )


def _require_agreement(export: KeyExport, signatures: Sequence[Signature]) -> None:
    """Raise MalformedError unless the unsigned member says what the signed one does [EXPORT-18]."""
    if set(export.signature_infos) != {signature.info for signature in signatures}:
        raise MalformedError("export.sig and export.bin name different signatures")
    batch = (export.batch_number, export.batch_size)
    if any((each.batch_number, each.batch_size) != batch for each in signatures):
        raise MalformedError("export.sig and export.bin name different batches")
