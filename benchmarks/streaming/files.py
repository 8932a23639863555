"""Files with keys of nobody, one batch or several key files, and what a phone heard of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random  # noqa: TID251 - a seed makes the data repeatable

from benchmarks.matching.data import DAY, RELEASE, RETENTION, store_of
from dp3t.params import DAY_SECONDS, STANDARD
from dp3t.primitives import P256PrivateKey
from dp3t.proximity.designs import design_named
from dp3t.proximity.export.container import write_container
from dp3t.proximity.export.content import ExportedKey, KeyExport, SignatureInfo
from dp3t.proximity.export.messages import Signature, encode_export, encode_signatures
from dp3t.proximity.export.reader import HEADER
from dp3t.proximity.gaen import TEK_BYTES, TemporaryExposureKey
from dp3t.proximity.observations import Kept, ObservationStore
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyGroup, KeyRecord, KeyTable
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant, Interval

SEED = 1
EXPORT_KEYS = 1_000_000
"""As many as one key file holds."""
SIGNING_KEY = SigningKey(seed=bytes(32), valid_from=Instant(0), valid_until=Instant(2**32 - 1))
BATCH = "keys.batch"
EXPORT_KEY = "export.pem"

_PIECE_KEYS = 2**16
_INTERVALS = 144
_INFO = SignatureInfo(key_id="452", key_version="v1")


def write_batch(folder: Path, *, keys: int) -> None:
    """Write one batch, signed by SIGNING_KEY."""
    groups = tuple(
        KeyGroup(_attributes(day), TEK_BYTES, b"".join(_ascending(count, seed=day)))
        for day, count in _days(keys)
    )
    name = BatchName(design="gaen", region="XX", release=RELEASE)
    signed = Batch(name, KeyTable(groups).encode()).sign(SIGNING_KEY)
    (folder / BATCH).write_bytes(signed)


def write_exports(folder: Path, *, keys: int) -> None:
    """Write key files of one window, and the public key that signed them."""
    private = P256PrivateKey.generate_from_os()
    (folder / EXPORT_KEY).write_bytes(private.public().to_pem())
    size = -(-keys // EXPORT_KEYS)
    for number in range(1, size + 1):
        count = min(EXPORT_KEYS, keys - EXPORT_KEYS * (number - 1))
        records = b"".join(
            _records(day, keys_of_day, seed=100 * number + day) for day, keys_of_day in _days(count)
        )
        export_bin = HEADER + encode_export(_export(number, size)) + records
        signature = Signature(_INFO, number, size, private.sign(export_bin))
        file = write_container(export_bin=export_bin, export_sig=encode_signatures([signature]))
        (folder / f"keys-{number:02}.zip").write_bytes(file)


def _export(number: int, size: int) -> KeyExport:
    return KeyExport(
        start=Instant(RELEASE - DAY_SECONDS),
        end=RELEASE,
        region="XX",
        batch_number=number,
        batch_size=size,
        signature_infos=(_INFO,),
        keys=(),
    )


def phone(*, keys: int, scans: int, exports: bool) -> tuple[ObservationStore, int]:
    """Return a phone that heard strangers, and the first key of each day, and how many those are.

    Args:
        keys: in the batch, or in all key files.
        scans: identifiers of strangers.
        exports: whether the keys are those of key files.
    """
    store = store_of(scans, Random(SEED))  # noqa: S311 - not a secret
    heard = 0
    for number in range(1, -(-keys // EXPORT_KEYS) + 1) if exports else [0]:
        count = min(EXPORT_KEYS, keys - EXPORT_KEYS * (number - 1)) if exports else keys
        for day, keys_of_day in _days(count):
            first = next(_ascending(keys_of_day, seed=100 * number + day))[:TEK_BYTES]
            _hear(store, KeyRecord(_attributes(day), first))
            heard += 1
    return store, heard


def _hear(store: ObservationStore, record: KeyRecord) -> None:
    key = design_named("gaen").tracing_key(record)
    (expansion,) = key.expand(before=RELEASE, parameters=STANDARD)
    at = Instant(min(expansion.validity(0).end, RELEASE) - 1)
    store.add(Kept(expansion.split()[0], expansion.period, b""), at=at, rssi_dbm=-50)


def _days(keys: int) -> list[tuple[int, int]]:
    """Return the last fourteen days with how many keys each has."""
    shares = [(keys + number) // RETENTION for number in range(RETENTION)]
    return [(DAY - RETENTION + number, count) for number, count in enumerate(shares) if count]


def _attributes(day: int) -> tuple[int, ...]:
    return (_INTERVALS * day, _INTERVALS, 1, 127)


def _ascending(count: int, *, seed: int) -> Iterator[bytes]:
    """Yield so many keys, back to back and ascending: eight bytes that count, eight of chance."""
    dice = Random(seed)  # noqa: S311 - keys of nobody
    step = 2**64 // count
    for first in range(0, count, _PIECE_KEYS):
        numbers = range(first, min(count, first + _PIECE_KEYS))
        chance = dice.randbytes(8 * len(numbers))
        yield b"".join(
            (number * step).to_bytes(8, "big") + chance[8 * at : 8 * at + 8]
            for at, number in enumerate(numbers)
        )


def _records(day: int, count: int, *, seed: int) -> bytes:
    """Return the fields of a message that hold the keys of a day, in their canonical form."""
    key = TemporaryExposureKey(key=bytes(TEK_BYTES), rolling_start=Interval(_INTERVALS * day))
    empty = _export(1, 1)
    record = encode_export(replace(empty, keys=(ExportedKey(key=key),)))
    before, after = record[len(encode_export(empty)) :].split(bytes(TEK_BYTES))
    keys = b"".join(_ascending(count, seed=seed))
    return b"".join(
        before + keys[at : at + TEK_BYTES] + after for at in range(0, len(keys), TEK_BYTES)
    )
