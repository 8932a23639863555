"""A fuzz loop over every decoder: mutated good inputs in, a value or a `Dp3tError` out.

`python -m tests.fuzz --seconds 60` runs it for as long as one likes; `tests/house/test_fuzz.py`
runs a short, repeatable stretch. Each call is bounded in time and in memory.
"""

import argparse
import io
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from dp3t.codec import decode, encode
from dp3t.errors import Dp3tError
from dp3t.phone import Phone
from dp3t.primitives import P256PrivateKey, seal
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.designs import design
from dp3t.proximity.export.content import ExportedKey
from dp3t.proximity.export.messages import decode_export, decode_signatures
from dp3t.proximity.export.reader import HEADER, read_export
from dp3t.proximity.export.writer import Signer, write_export
from dp3t.proximity.gaen import TemporaryExposureKey
from dp3t.publication import (
    Batch,
    Index,
    IndexEntry,
    KeyRecord,
    Report,
    SigningKey,
    TrustedKeys,
    Upload,
    UploadCode,
)
from dp3t.publication.report import check_answer, encode_answer
from dp3t.timeline import Instant, Interval, day_of

MAX_CALL_SECONDS = 5.0
MAX_CALL_BYTES = 2**26
"""No input of a few kilobytes may take longer or need more than this."""

_NOW = Instant(1_625_486_400)
_KEY = SigningKey(seed=bytes(32), valid_from=Instant(0), valid_until=Instant(2**32 - 1))
_TRUSTED = TrustedKeys([_KEY.public()])
_STATE_KEY = bytes(32)


@dataclass(frozen=True, slots=True)
class Target:
    """A decoder and inputs it accepts.

    Attributes:
        decode: the decoder.
        good: at least one good input.
    """

    decode: Callable[[bytes], object]
    good: tuple[bytes, ...]


class FuzzError(AssertionError):
    """A decoder raised something else, took too long or needed too much."""


def targets() -> dict[str, Target]:
    """Return every decoder of the library by name."""
    rand = Random(0).randbytes
    records = [KeyRecord((18_800 + n % 3,), rand(32)) for n in range(20)]
    batch = Batch.of_records(records, design="lowcost", region="VN", release=_NOW)
    index = Index.of(
        [IndexEntry.of_file(batch.sign(_KEY), design="lowcost", release=_NOW)],
        keys=[_KEY.public()],
        region="VN",
        issued=_NOW,
    )
    upload = Upload(
        UploadCode.generate(rand=rand), Report(design="lowcost", records=tuple(records[:1]))
    )
    phones = [_lived_in(name, rand) for name in ("lowcost", "gaen")]
    words = phones[0].advertisement(_NOW, metadata=Metadata(tx_power_dbm=-20))
    key_file = _key_file()
    return {
        "codec": Target(lambda data: decode(data, limit_bytes=2**20), (encode({"a": [1, b"x"]}),)),
        "advertisement": Target(
            lambda data: advertisement.decode(data, service_uuid=0xFD68), (words,)
        ),
        "metadata": Target(Metadata.decode, (Metadata(tx_power_dbm=-20).encode(),)),
        "batch": Target(Batch.decode, (batch.encode(),)),
        "signed batch": Target(
            lambda data: Batch.open(data, trusted=_TRUSTED), (batch.sign(_KEY),)
        ),
        "index": Target(Index.decode, (index.encode(),)),
        "upload": Target(Upload.decode, (upload.encode(),)),
        "upload payload": Target(
            lambda data: Report.from_value(decode(data, limit_bytes=4096)),
            (encode(upload.report.to_value()),),
        ),
        "answer": Target(check_answer, (encode_answer(), encode_answer("used-code"))),
        "code": Target(
            lambda data: UploadCode.parse(data.decode(errors="replace")),
            (upload.code.display().encode(),),
        ),
        "sealed phone": Target(
            lambda data: Phone.load(data, key=_STATE_KEY),
            tuple(phone.save(key=_STATE_KEY, rand=rand) for phone in phones),
        ),
        "phone": Target(_phone_of, tuple(encode(phone.to_value()) for phone in phones)),
        "records": Target(_tracing_keys, (encode([list(r.attributes) for r in records]),)),
        "capture": Target(
            lambda data: list(read_capture(data)), (_btsnoop(words), _packetlogger())
        ),
        "key file": Target(
            lambda data: read_export(data, keys=None), (key_file, _compressed(key_file))
        ),
        "key file message": Target(decode_export, (_message_of(key_file),)),
        "key file signatures": Target(decode_signatures, (_message_of(key_file, "export.sig"),)),
    }


def mutated(good: bytes, random: Random) -> bytes:
    """Return a damaged copy: bits, bytes, cuts, repeats, lies about lengths."""
    data = bytearray(good)
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        at = random.randrange(len(data) + 1) if data else 0
        match random.randrange(8):
            case 0 if data:
                data[at % len(data)] ^= 1 << random.randrange(8)
            case 1 if data:
                data[at % len(data)] = random.choice((0, 1, 0x7F, 0x80, 0xDB, 0xDF, 0xC6, 0xFF))
            case 2:
                del data[at:]
            case 3:
                data[at:at] = random.randbytes(random.choice((1, 2, 4, 64)))
            case 4:
                data[at : at + 4] = random.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
            case 5:
                end = at + random.randrange(64)
                data[at:at] = data[at:end]
            case 6:
                del data[at : at + random.randrange(1, 16)]
            case _:
                data[at : at + 8] = random.randbytes(8)
    return bytes(data)


def check(target: Target, data: bytes) -> None:
    """Give a decoder one input.

    Raises:
        FuzzError: it breaks a promise.
    """
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    began = time.monotonic()
    try:
        target.decode(data)
    except Dp3tError:
        pass
    except Exception as error:
        raise FuzzError(f"{type(error).__name__}: {error} from {data.hex()}") from error
    took = time.monotonic() - began
    _, peak = tracemalloc.get_traced_memory()
    if took > MAX_CALL_SECONDS or peak - before > MAX_CALL_BYTES:
        raise FuzzError(f"{took:.1f} s and {peak - before} bytes for {data[:4096].hex()}")


def inputs(target: Target, random: Random) -> Iterator[bytes]:
    """Yield damaged inputs for ever."""
    while True:
        if random.random() < 0.05:
            yield random.randbytes(random.randrange(300))
        else:
            yield mutated(random.choice(target.good), random)


def run(name: str, target: Target, *, rounds: int, seed: int) -> None:
    """Give a decoder its good inputs and `rounds` damaged ones.

    Raises:
        FuzzError: it breaks a promise.
    """
    tracemalloc.start()
    try:
        for good in target.good:
            check(target, good)
        random = Random(f"{name} {seed}")
        for _, data in zip(range(rounds), inputs(target, random), strict=False):
            check(target, data)
    finally:
        tracemalloc.stop()


def main() -> None:
    """Fuzz every decoder in turn until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    until = time.monotonic() + options.seconds
    every, seed = targets(), options.seed
    while time.monotonic() < until:
        for name, target in every.items():
            run(name, target, rounds=500, seed=seed)
        seed += 1
        sys.stderr.write(f"seed {seed}: {len(every)} decoders x 500 inputs\n")


def _lived_in(name: str, rand: Callable[[int], bytes]) -> Phone:
    phone, other = (Phone.create(name, now=_NOW, rand=rand) for _ in range(2))
    words = other.advertisement(_NOW, metadata=Metadata(tx_power_dbm=-20))
    phone.hear(words, now=_NOW, rssi_dbm=-60)
    report = other.report(since=day_of(_NOW), now=_NOW, rand=rand)
    release = Instant(_NOW + 7200)
    phone.ingest(Batch.of_records(report.records, design=name, region="VN", release=release))
    phone.report(since=day_of(_NOW), now=_NOW, rand=rand)
    return phone


def _phone_of(data: bytes) -> Phone:
    """Load what somebody with the sealing key could have written."""
    header = b"dp3t phone" + (2).to_bytes(2, "big")
    sealed = seal(_STATE_KEY, data, header=header, rand=bytes)
    return Phone.load(header + sealed, key=_STATE_KEY)


def _tracing_keys(data: bytes) -> list[object]:
    value = decode(data, limit_bytes=2**16)
    found: list[object] = []
    for row in value if isinstance(value, list) else []:
        attributes = tuple(n for n in row if type(n) is int) if isinstance(row, list) else ()
        for name, length in (("lowcost", 32), ("gaen", 16)):
            try:
                found.append(design(name).tracing_key(KeyRecord(attributes, bytes(length))))
            except Dp3tError:
                continue
    return found


def _btsnoop(words: bytes) -> bytes:
    report = bytes([0x3E, 12 + len(words), 0x02, 1, 3, 1, *bytes(6), len(words)]) + words + b"\xc4"
    packet = b"\x04" + report
    header = b"btsnoop\0" + (1).to_bytes(4, "big") + (1002).to_bytes(4, "big")
    sizes = len(packet).to_bytes(4, "big") * 2
    time_us = (0x00DCDDB30F2F8000 + 1_625_486_400_000_000).to_bytes(8, "big")
    return header + (sizes + bytes([0, 0, 0, 1, 0, 0, 0, 0]) + time_us + packet) * 3


def _packetlogger() -> bytes:
    event = bytes.fromhex("0e0401030c00")
    record = (9 + len(event)).to_bytes(4, "big") + (1_591_700_000).to_bytes(4, "big") + bytes(4)
    return (record + b"\x01" + event) * 3


def _key_file() -> bytes:
    tek = TemporaryExposureKey(key=bytes(range(16)), rolling_start=Interval(2_709_000))
    key = ExportedKey(key=tek, transmission_risk=3, variant_of_concern=0)
    signer = Signer(P256PrivateKey.generate_from_os(), "452", "v1")
    end = Instant(_NOW + 7200)
    return write_export([key], start=_NOW, end=end, region="VN", signers=[signer])


def _message_of(key_file: bytes, member: str = "export.bin") -> bytes:
    with zipfile.ZipFile(io.BytesIO(key_file)) as read:
        return read.read(member).removeprefix(HEADER)


def _compressed(key_file: bytes) -> bytes:
    """Return the same key file with deflated members, as other servers write it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(key_file)) as read, zipfile.ZipFile(packed, "w") as written:
        for member in read.infolist():
            content = read.read(member.filename)
            written.writestr(zipfile.ZipInfo(member.filename), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


if __name__ == "__main__":
    main()
