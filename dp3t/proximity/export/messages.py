"""The protocol buffers of a key file, to and from values."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from struct import iter_unpack
from typing import NamedTuple, TypeVar

from google.protobuf.message import DecodeError, Message

from dp3t.errors import LimitError, MalformedError
from dp3t.proximity.export import key_export_pb2 as pb
from dp3t.proximity.export.content import (
    MAX_KEYS,
    MAX_SIGNATURES,
    ExportedKey,
    KeyExport,
    SignatureInfo,
    require_key_count,
)
from dp3t.proximity.gaen import MAX_ONSET_DAYS, TEK_BYTES, TemporaryExposureKey
from dp3t.publication.sources import Buffer, Source
from dp3t.timeline import Instant, Interval

_MAX_UNUSED_BYTES = 256
_SIGNATURE_BYTES = range(8, 73)
_NUMBER, _FIXED64, _RECORD = 0, 1, 2
"""Wire types."""
_M = TypeVar("_M", bound=Message)
_KEY_DATA = bytes([1 << 3 | _RECORD, TEK_BYTES])
"""How a canonical record of a key begins."""
_KEY_END = len(_KEY_DATA) + TEK_BYTES
_KEYS_TAG, _REVISED_TAG = 7 << 3 | _RECORD, 8 << 3 | _RECORD
_WINDOW_BYTES = 2**18
"""How much of the message is read at once where keys are read in parts."""
_LONGEST_KEY = 0x7F
"""More than the fields of a canonical record can have, and what one byte says."""


class Signature(NamedTuple):
    """A signature over a whole export.bin, and the batch it says that is."""

    info: SignatureInfo
    batch_number: int
    batch_size: int
    signature: bytes


def decode_export(data: bytes) -> KeyExport:
    """Return what the message in export.bin says; nothing is verified.

    Raises:
        LimitError: too many keys [EXPORT-1].
        MalformedError: not a canonical message, or a value outside its range.
    """
    _require_records(data, most=MAX_KEYS + MAX_SIGNATURES)
    message = _parsed(pb.TemporaryExposureKeyExport, data, what="export.bin")
    require_key_count(len(message.keys) + len(message.revised_keys))
    return replace(
        _head(message),
        keys=tuple(_keys(message.keys, what="key")),
        revised_keys=tuple(_keys(message.revised_keys, what="revised key")),
    )


@dataclass(frozen=True, slots=True)
class KeyRecords:
    """The records of a list of keys, where the message is.

    Attributes:
        source: ends with the message.
        start: where the first begins.
        end: where the last ends.
        count: how many.
    """

    source: Source = field(repr=False)
    start: int
    end: int
    count: int

    def __iter__(self) -> Iterator[bytes]:
        """Yield the records one by one."""
        at = self.start
        while at < self.end:
            length = min(_WINDOW_BYTES, self.end - at)
            window = self.source.read(at, length)
            if len(window) < length:
                raise MalformedError("export.bin is cut")
            whole = length if at + length == self.end else length - _LONGEST_KEY - 1
            place = 0
            while place < whole:
                begin = place + 2
                place = begin + window[place + 1]
                yield window[begin:place]
            at += place


def decode_head(data: bytes, start: int) -> tuple[KeyExport, KeyRecords, KeyRecords]:
    """Return what a message says beside its keys, and where its keys and revised keys stand.

    In the canonical form all else comes before the keys, and they before the revised ones.
    `key_columns` reads their records.

    Args:
        data: ends with the message.
        start: where the message begins.

    Raises:
        LimitError: too many keys [EXPORT-1].
        MalformedError: not a canonical message, or a value outside its range; not yet of a key.
    """
    keys_start = _head_end(data, start)
    keys = _records(data, keys_start, _KEYS_TAG)
    revised = _records(data, keys.end, _REVISED_TAG)
    require_key_count(keys.count + revised.count)
    if revised.end != len(data):
        raise MalformedError("export.bin is cut or is not in canonical form")
    message = _parsed(pb.TemporaryExposureKeyExport, data[start:keys_start], what="export.bin")
    return _head(message), keys, revised


def _head_end(data: bytes, start: int) -> int:
    """Return where the first key of a message begins, or its end."""
    at = start
    while at < len(data) and data[at] not in (_KEYS_TAG, _REVISED_TAG):
        kind = data[at] & 7
        if kind == _FIXED64:
            at += 9
            continue
        value, at = _varint(data, at + 1)
        at += value if kind == _RECORD else 0
    return min(at, len(data))


def _records(data: bytes, start: int, tag: int) -> KeyRecords:
    """Return the records with a tag that stand in a row; none is as long as 128 bytes."""
    at, count, end = start, 0, len(data)
    while at + 1 < end and data[at] == tag:
        length = data[at + 1]
        if length > _LONGEST_KEY:
            raise MalformedError("a key in export.bin is too long")
        at += 2 + length
        count += 1
    if at > end:
        raise MalformedError("export.bin is cut or is not in canonical form")
    return KeyRecords(Buffer(data), start, at, count)


def _head(message: pb.TemporaryExposureKeyExport) -> KeyExport:
    if not (message.HasField("start_timestamp") and message.HasField("end_timestamp")):
        raise MalformedError("export.bin lacks a timestamp")
    return KeyExport(
        start=Instant(message.start_timestamp),
        end=Instant(message.end_timestamp),
        region=_text(message.region),
        batch_number=message.batch_num,
        batch_size=message.batch_size,
        signature_infos=tuple(map(_info, message.signature_infos)),
        keys=(),
    )


def key_columns(
    records: Iterable[bytes], *, known: dict[bytes, ExportedKey], what: str, first: int
) -> dict[bytes, list[bytes]]:
    """Return the keys of some records, by the rest of their records.

    A canonical record begins with its 16 bytes of key data, so what follows decides all else, and
    whether it is valid. One record of each kind is read in full.

    Args:
        records: of one list of keys, some in a row.
        known: for each rest a key that has it; those that are new are added.
        what: how errors name a record.
        first: the number of the first record, which errors name.

    Raises:
        MalformedError: a record is not canonical, or a value outside its range.
    """
    listed, alike = list(records), defaultdict[bytes, list[bytes]](list)
    for record in listed:
        alike[record[_KEY_END:]].append(record)
    columns = dict[bytes, list[bytes]]()
    for rest, column in alike.items():
        if rest not in known:
            known[rest] = _named(column[0], listed, what=what, first=first)
        odd = _without_key_data(column)
        if odd is not None:
            _named(odd, listed, what=what, first=first)
        # One record at a time: struct keeps the forms it has seen, and long ones take megabytes.
        form = f"{len(_KEY_DATA)}x{TEK_BYTES}s{len(rest)}x"
        columns[rest] = [key for (key,) in iter_unpack(form, b"".join(column))]
    return columns


def _named(record: bytes, listed: list[bytes], *, what: str, first: int) -> ExportedKey:
    """Return the key of a record, or refuse it by its number."""
    (key,) = _keys((record,), what=what, first=first + listed.index(record))
    return key


def _without_key_data(column: list[bytes]) -> bytes | None:
    """Return a record that does not begin as a canonical one does; all have one length."""
    width, joined = len(column[0]), b"".join(column)
    if all(
        joined[place::width] == bytes([byte]) * len(column) for place, byte in enumerate(_KEY_DATA)
    ):
        return None
    return next(record for record in column if not record.startswith(_KEY_DATA))


def decode_signatures(data: bytes) -> tuple[Signature, ...]:
    """Return the signatures in export.sig.

    Raises:
        LimitError: too many signatures [EXPORT-1].
        MalformedError: not a canonical message, or a value outside its range.
    """
    _require_records(data, most=MAX_SIGNATURES)
    message = _parsed(pb.TEKSignatureList, data, what="export.sig")
    return tuple(map(_signature, message.signatures))


def encode_export(export: KeyExport) -> bytes:
    """Return the message that export.bin holds [EXPORT-27]."""
    return _bytes(
        pb.TemporaryExposureKeyExport(
            start_timestamp=export.start,
            end_timestamp=export.end,
            region=export.region.encode() or None,
            batch_num=export.batch_number,
            batch_size=export.batch_size,
            signature_infos=map(_info_record, export.signature_infos),
            keys=_key_records(export.keys),
            revised_keys=_key_records(export.revised_keys),
        )
    )


def encode_signatures(signatures: Iterable[Signature]) -> bytes:
    """Return the message that export.sig holds."""
    return _bytes(
        pb.TEKSignatureList(
            signatures=[
                _bytes(
                    pb.TEKSignature(
                        signature_info=_info_record(each.info),
                        batch_num=each.batch_number,
                        batch_size=each.batch_size,
                        signature=each.signature,
                    )
                )
                for each in signatures
            ]
        )
    )


def _require_records(data: bytes, *, most: int) -> None:
    """Raise unless at most this many records stand in a message, before any is built [EXPORT-1].

    Only what every message here begins a field with is known: a tag of one byte.
    """
    at = count = 0
    while at < len(data):
        tag = data[at]
        at += 1
        if tag >= 0x80 or tag & 7 not in (_NUMBER, _FIXED64, _RECORD):
            raise MalformedError("a message holds a field that key files do not have")
        if tag & 7 == _FIXED64:
            at += 8
            continue
        value, at = _varint(data, at)
        if tag & 7 == _RECORD:
            at += value
            count += 1
            if count > most:
                raise LimitError(f"a message holds more than {most} records")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number in base 128 and the place after it; what is cut counts as ended."""
    value = shift = 0
    while at < len(data):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    return value, at


def _parsed(kind: type[_M], data: bytes, *, what: str) -> _M:
    """Return the message of which `data` is the canonical form [EXPORT-12]."""
    try:
        message = kind.FromString(data)
    except DecodeError:
        raise MalformedError(f"{what} is cut or is not a protocol buffer") from None
    message.DiscardUnknownFields()
    if _bytes(message) != data:
        raise MalformedError(f"{what} has an unknown field or is not in canonical form")
    return message


def _bytes(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)


def _keys(records: Iterable[bytes], *, what: str, first: int = 1) -> Iterator[ExportedKey]:
    for place, record in enumerate(records, start=first):
        try:
            yield _key(record)
        except MalformedError as error:
            raise MalformedError(f"{what} {place}: {error}") from None


def _key(record: bytes) -> ExportedKey:
    message = _parsed(pb.TemporaryExposureKey, record, what="the message")
    if len(message.key_data) != TEK_BYTES:
        raise MalformedError(f"key_data has {len(message.key_data)} bytes, not {TEK_BYTES}")
    if not message.HasField("rolling_start_interval_number"):
        raise MalformedError("the rolling start is missing")
    onset: int | None = None
    if message.HasField("days_since_onset_of_symptoms"):
        onset = message.days_since_onset_of_symptoms
        if not -MAX_ONSET_DAYS <= onset <= MAX_ONSET_DAYS:  # [EXPORT-15]
            onset = None
    return ExportedKey(
        key=TemporaryExposureKey(
            key=message.key_data,
            rolling_start=Interval(message.rolling_start_interval_number),
            rolling_period=message.rolling_period,
            report_type=message.report_type,
            days_since_onset=onset,
        ),
        transmission_risk=message.transmission_risk_level,
        variant_of_concern=message.variant_of_concern,
    )


def _key_records(keys: Iterable[ExportedKey]) -> Iterator[bytes]:
    """Yield the messages of keys; many differ in nothing but the key, the first field."""
    known: dict[tuple[int | None, ...], bytes] = {}
    for exported in keys:
        key, risk, variant = exported.key, exported.transmission_risk, exported.variant_of_concern
        said = key.rolling_start, key.rolling_period, key.report_type, key.days_since_onset
        rest = known.get((risk, variant, *said))
        if rest is None:
            rest = known[risk, variant, *said] = _key_record(exported)[_KEY_END:]
        yield _KEY_DATA + key.key + rest


def _key_record(exported: ExportedKey) -> bytes:
    return _bytes(
        pb.TemporaryExposureKey(
            key_data=exported.key.key,
            transmission_risk_level=exported.transmission_risk or None,
            rolling_start_interval_number=exported.key.rolling_start,
            rolling_period=exported.key.rolling_period,
            report_type=exported.key.report_type or None,
            days_since_onset_of_symptoms=exported.key.days_since_onset,
            variant_of_concern=exported.variant_of_concern or None,
        )
    )


def _signature(record: bytes) -> Signature:
    message = _parsed(pb.TEKSignature, record, what="a signature in export.sig")
    length = len(message.signature)
    if length not in _SIGNATURE_BYTES:
        raise MalformedError(f"a signature in export.sig has {length} bytes, not 8 to 72")
    info = _info(message.signature_info)
    return Signature(info, message.batch_num, message.batch_size, message.signature)


def _info(record: bytes) -> SignatureInfo:
    message = _parsed(pb.SignatureInfo, record, what="a signature info")
    if max(len(message.app_bundle_id), len(message.android_package)) > _MAX_UNUSED_BYTES:
        raise MalformedError("an unused field of a signature info is too long")
    return SignatureInfo(
        key_id=_text(message.verification_key_id),
        key_version=_text(message.verification_key_version),
        algorithm=_text(message.signature_algorithm),
    )


def _info_record(info: SignatureInfo) -> bytes:
    return _bytes(
        pb.SignatureInfo(
            verification_key_version=info.key_version.encode() or None,
            verification_key_id=info.key_id.encode() or None,
            signature_algorithm=info.algorithm.encode() or None,
        )
    )


def _text(data: bytes) -> str:
    """Return bytes as text, so that what is not ASCII fails the tests of its field."""
    return data.decode("latin-1")
