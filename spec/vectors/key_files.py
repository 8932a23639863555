"""Cases of the chapter key-files: batches with their key files, and files that are not theirs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dp3t.errors import VerificationError
from dp3t.proximity.export.content import ExportedKey, KeyExport
from dp3t.proximity.export.of_batch import exports_of_batch, require_exports_of_batch
from dp3t.proximity.export.reader import read_export
from dp3t.proximity.export.writer import Signer, write_export
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.timeline import Instant
from spec.vectors.builders.gaen_files import OTHER, SIGNING, Case, private_key

_RELEASE = Instant(1_625_486_400)
_REGION = "VN"
_MIDNIGHT = _RELEASE // 86_400 * 144
_SIGNERS = (("v1", SIGNING),)

_RECORDS = (
    KeyRecord((_MIDNIGHT - 144, 144, 1, 127), b"\x03" * 16),
    KeyRecord((_MIDNIGHT - 144, 144, 1, -2), b"\xf1" * 16),
    KeyRecord((_MIDNIGHT - 288, 100, 3, 14), b"\x04" * 16),
    KeyRecord((_MIDNIGHT - 432, 1, 5, 0), b"\x02" * 16),
    KeyRecord((_MIDNIGHT - 576, 144, 0, -14), b"\x05" * 16),
)


def build() -> Case:
    """Return the vector file."""
    return {
        "spec": ["KEY-FILES-1", "KEY-FILES-12", "KEY-FILES-2", "KEY-FILES-3", "KEY-FILES-4"],
        "source": "ours; the signing key is that of RFC 6979, A.2.5; derived again by "
        "tests/oracle_key_files.py",
        "cases": [*_written(), *_checked(), *_refused()],
    }


def _written() -> Iterator[Case]:
    revised = (b"\x02" * 16, b"\x04" * 16, b"\x99" * 16)
    both = (("v2", OTHER), ("v1", SIGNING))
    yield _case_of_writing("five-keys", _RECORDS)
    yield _case_of_writing("no-keys", ())
    yield _case_of_writing("revised-keys", _RECORDS, revised=revised)
    yield _case_of_writing("three-files", _RECORDS, revised=revised, most_keys=2)
    yield _case_of_writing("a-full-file", _RECORDS[:4], most_keys=4)
    yield _case_of_writing("two-signatures", _RECORDS[:1], signers=both)
    yield _case_of_writing("first-release", (), release=Instant(0))


def _case_of_writing(
    name: str,
    records: Sequence[KeyRecord],
    *,
    revised: Sequence[bytes] = (),
    signers: Sequence[tuple[str, str]] = _SIGNERS,
    release: Instant = _RELEASE,
    most_keys: int = 1_000_000,
) -> Case:
    written = exports_of_batch(
        _batch(records, release=release),
        signers=[Signer(private_key(number), "452", version) for version, number in signers],
        revised=revised,
        most_keys=most_keys,
    )
    return {
        "id": f"write-{name}",
        "operation": "write",
        "spec": ["KEY-FILES-1", "KEY-FILES-2", "KEY-FILES-3", "KEY-FILES-4", "KEY-FILES-6"],
        **_described(records, release=release),
        "revised": [key.hex() for key in revised],
        "signers": [
            {"key_id": "452", "key_version": version, "private_key": number}
            for version, number in signers
        ],
        "most_keys": most_keys,
        "files": [each.hex() for each in written],
        "result": "valid",
    }


def _checked() -> Iterator[Case]:
    one, two, three = _files(_RECORDS, most_keys=2)
    (revised,) = _files(_RECORDS, revised=[b"\x03" * 16])
    for name, files in (
        ("all-files", (one, two, three)),
        ("any-order", (three, one, two)),
        ("revised-or-not", (revised,)),
    ):
        require_exports_of_batch([_read(each) for each in files], _batch(_RECORDS))
        yield _case_of_checking(name, files, "valid")


def _refused() -> Iterator[Case]:
    one, two, three = _files(_RECORDS, most_keys=2)
    (whole,) = (_read(each) for each in _files(_RECORDS))
    first, *others = whole.keys
    later = Instant(_RELEASE + 7_200)
    for name, files in (
        ("no-file", ()),
        ("missing-file", (one, three)),
        ("file-twice", (one, two, two)),
        ("size-of-another-window", (one, two, _written_again(_read(three), batch_size=4))),
        ("other-region", (_written_again(whole, region="LA"),)),
        ("later-end", (_written_again(whole, end=later),)),
        ("earlier-start", (_written_again(whole, start=Instant(_RELEASE - 7_201)),)),
        ("missing-key", (_written_again(whole, keys=tuple(others)),)),
        ("further-key", (_written_again(whole, keys=(*whole.keys, _unknown(first))),)),
        ("other-key", (_written_again(whole, keys=(_unknown(first), *others)),)),
        ("key-in-both-lists", (_written_again(whole, revised_keys=(first,)),)),
        ("other-report-type", (_written_again(whole, keys=(_suspected(first), *others)),)),
        ("transmission-risk", (_written_again(whole, keys=(_risky(first), *others)),)),
        ("keys-in-other-parts", _cut_elsewhere()),
    ):
        try:
            require_exports_of_batch([_read(each) for each in files], _batch(_RECORDS))
        except VerificationError:
            yield _case_of_checking(name, files, "unauthentic")
            continue
        raise AssertionError(name)


def _case_of_checking(name: str, files: Sequence[bytes], result: str) -> Case:
    return {
        "id": f"check-{name}",
        "operation": "check",
        "spec": ["KEY-FILES-12"],
        **_described(_RECORDS),
        "files": [each.hex() for each in files],
        "result": result,
    }


def _described(records: Sequence[KeyRecord], *, release: Instant = _RELEASE) -> Case:
    return {
        "region": _REGION,
        "release": release,
        "records": [
            {"attributes": list(record.attributes), "key": record.key.hex()} for record in records
        ],
    }


def _batch(records: Sequence[KeyRecord], *, release: Instant = _RELEASE) -> Batch:
    name = BatchName(design="gaen", region=_REGION, release=release)
    return Batch(name, KeyTable.of(records).encode())


def _files(
    records: Sequence[KeyRecord],
    *,
    revised: Sequence[bytes] = (),
    most_keys: int = 1_000_000,
) -> list[bytes]:
    signers = [Signer(private_key(number), "452", version) for version, number in _SIGNERS]
    return exports_of_batch(_batch(records), signers=signers, revised=revised, most_keys=most_keys)


def _cut_elsewhere() -> list[bytes]:
    """Return two files with all keys, which would not be in order one after the other."""
    parts = [_read(*_files(part)) for part in (_RECORDS[:2], _RECORDS[2:])]
    return [
        _written_again(part, batch_number=number, batch_size=2)
        for number, part in enumerate(parts, start=1)
    ]


def _read(file: bytes) -> KeyExport:
    return read_export(file, keys=None)


def _written_again(export: KeyExport, **changes: object) -> bytes:
    """Write an export with something else in it, signed as if it were right."""
    changed = replace(export, **changes)  # type: ignore[arg-type]  # fields of the export
    return write_export(
        changed.keys,
        revised_keys=changed.revised_keys,
        start=changed.start,
        end=changed.end,
        region=changed.region,
        batch_number=changed.batch_number,
        batch_size=changed.batch_size,
        signers=[Signer(private_key(number), "452", version) for version, number in _SIGNERS],
    )


def _unknown(exported: ExportedKey) -> ExportedKey:
    return replace(exported, key=replace(exported.key, key=b"\x99" * 16))


def _suspected(exported: ExportedKey) -> ExportedKey:
    return replace(exported, key=replace(exported.key, report_type=2))


def _risky(exported: ExportedKey) -> ExportedKey:
    return replace(exported, transmission_risk=3)
