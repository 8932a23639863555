"""Every decoder of the library with inputs it accepts, for the fuzz loop."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from batches import index_of
from dp3t.codec import Value, decode, encode
from dp3t.errors import Dp3tError
from dp3t.params import DAY_SECONDS, STANDARD
from dp3t.phone import Phone
from dp3t.primitives import P256PrivateKey, Rand, seal
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import EphID, Metadata
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.commitment import CommitmentSecret, opened_hashes
from dp3t.proximity.cuckoo.filter import CuckooFilter
from dp3t.proximity.designs import DESIGN_NAMES, design_named
from dp3t.proximity.disclosure import Disclosure, Standing
from dp3t.proximity.encounters import AttenuationClass, Encounter
from dp3t.proximity.export.content import ExportedKey
from dp3t.proximity.export.messages import decode_export, decode_signatures
from dp3t.proximity.export.reader import HEADER, read_export
from dp3t.proximity.export.writer import Signer, write_export
from dp3t.proximity.exposure.calibration import calibration_table
from dp3t.proximity.exposure.configuration_file import load_configuration
from dp3t.proximity.exposure.scoring.comparison import compare
from dp3t.proximity.gaen import TemporaryExposureKey
from dp3t.proximity.sharing import Assembler, Share, Sharing, Spreader
from dp3t.publication.authorization import UploadCode, authorization_of
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.commitment import Commitment, Openings
from dp3t.publication.dummy import DummySchedule
from dp3t.publication.index import Index
from dp3t.publication.listing import DayList
from dp3t.publication.receipt import Receipt
from dp3t.publication.receipt_check import ReceiptCheck
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.publication.report import Report, Upload, check_answer, encode_answer
from dp3t.publication.request_log import read_log
from dp3t.publication.server_view import ServerView
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.publication.statement import Statement
from dp3t.timeline import Day, Instant, Interval, day_of
from receipts import check_of
from tested_phones import TestedPhone
from vectors import load

_NOW = Instant(1_625_486_400)
_MET = Instant(_NOW + 120)
_REPORTED = Instant(_NOW + 7200)
_RELEASE = Instant(_NOW + 14_400)
_KEY = SigningKey(seed=bytes(32), valid_from=Instant(0), valid_until=Instant(2**32 - 1))
_TRUSTED = TrustedKeys([_KEY.public()])
_STATE_KEY = bytes(32)
_METADATA = Metadata(tx_power_dbm=-20)
_SHARING = Sharing(threshold=3, shares=12)


@dataclass(frozen=True, slots=True)
class Target:
    """A decoder and inputs it accepts.

    Attributes:
        decode: the decoder.
        good: at least one good input.
    """

    decode: Callable[[bytes], object]
    good: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Life:
    """A phone that met another, which reported; then it reported itself."""

    phone: Phone
    words: bytes
    batch: Batch
    report: Report


def targets() -> dict[str, Target]:
    """Return every decoder of the library by name."""
    rand = Random(0).randbytes
    lives = {name: _life(name, rand) for name in DESIGN_NAMES}
    return {
        "codec": Target(lambda data: decode(data, limit_bytes=2**20), (encode({"a": [1, b"x"]}),)),
        **_on_the_air(lives["lowcost"].words, rand),
        **_of_phones(lives),
        **_of_batches(lives, rand),
        **_of_uploads(lives, rand),
        **_of_commitments(),
        **_of_scoring(),
        **_of_files(),
    }


def _on_the_air(words: bytes, rand: Rand) -> dict[str, Target]:
    spreader = Spreader(EphID(words[11:27]), sharing=_SHARING, rand=rand)
    shares = [spreader.next() for _ in range(6)]
    return {
        "advertisement": Target(
            lambda data: advertisement.decode(data, service_uuid=0xFD68), (words,)
        ),
        "metadata": Target(Metadata.decode, (_METADATA.encode(),)),
        "share": Target(Share.decode, (shares[0],)),
        "shares": Target(_assembled, (b"".join(shares), shares[0] * 3)),
        "capture": Target(
            lambda data: list(read_capture(data)), (_btsnoop(words), _packetlogger())
        ),
    }


def _of_phones(lives: dict[str, _Life]) -> dict[str, Target]:
    rand = Random(1).randbytes
    phones = [life.phone for life in lives.values()]
    rings = {f"ring of {name}": _ring(name, life.phone) for name, life in lives.items()}
    return {
        "sealed phone": Target(
            lambda data: Phone.load(data, key=_STATE_KEY),
            tuple(phone.save(key=_STATE_KEY, rand=rand) for phone in phones),
        ),
        **{
            f"phone of {name}": Target(_phone_of, (encode(life.phone.to_value()),))
            for name, life in lives.items()
        },
        **rings,
        "dummy schedule": Target(
            _of_value(DummySchedule.from_value), (encode(DummySchedule(_NOW).to_value()),)
        ),
        "disclosure": Target(_of_value(Disclosure.from_value), (_disclosure(),)),
    }


def _of_batches(lives: dict[str, _Life], rand: Rand) -> dict[str, Target]:
    batches = [life.batch for life in lives.values()]
    index, days = index_of(batches, key=_KEY, releases=(_RELEASE, _RELEASE - 3 * DAY_SECONDS))
    view = ServerView(trusted=_TRUSTED, days_read=(bytes(32),))
    table = KeyTable.of(KeyRecord((18_800 + n % 3, n % 5), rand(32)) for n in range(20))
    filters = [
        CuckooFilter.build([rand(32) for _ in range(count)], batch_id=b"VN", rand=rand)
        for count in (0, 1, 30)
    ]
    return {
        "batch": Target(Batch.decode, tuple(batch.encode() for batch in batches)),
        "signed batch": Target(
            lambda data: Batch.open(data, trusted=_TRUSTED), (batches[0].sign(_KEY),)
        ),
        "index": Target(Index.decode, (index.encode(),)),
        "list of a day": Target(DayList.decode, (days[0].encode(),)),
        "view of a server": Target(ServerView.decode, (view.encode(),)),
        "table of keys": Target(KeyTable.decode, (table.encode(), KeyTable(()).encode())),
        "filter": Target(_filter, tuple(each.encode() for each in filters)),
        **{f"batch of {name}": _matched(life) for name, life in lives.items()},
        "records": Target(
            _tracing_keys,
            tuple(
                encode([list(record.attributes) for record in life.report.records])
                for life in lives.values()
            ),
        ),
    }


def _of_uploads(lives: dict[str, _Life], rand: Rand) -> dict[str, Target]:
    code = UploadCode.generate(rand=rand)
    reports = [life.report for life in lives.values()]
    checks = [check_of(one, due=_RELEASE, key=_KEY, seen=_RELEASE) for one in reports]
    return {
        "upload": Target(
            Upload.decode,
            tuple(
                Upload(code, one).encode(to_bytes=design_named(one.design).upload_bytes(STANDARD))
                for one in reports
            ),
        ),
        "report": Target(
            _of_value(Report.from_value), tuple(encode(one.to_value()) for one in reports)
        ),
        "authorisation": Target(_of_value(authorization_of), (encode(code.to_value()),)),
        "answer": Target(check_answer, (encode_answer(), encode_answer(receipt=checks[0].receipt))),
        "receipt": Target(_of_value(Receipt.from_value), (encode(checks[0].receipt.to_value()),)),
        "receipt check": Target(
            _of_value(ReceiptCheck.from_value), tuple(encode(one.to_value()) for one in checks)
        ),
        "code": Target(
            lambda data: UploadCode.parse(data.decode(errors="replace")),
            (code.display().encode(),),
        ),
        "request log": Target(read_log, (b"a,1625486400\nb,1625486401,report\n",)),
    }


def _of_commitments() -> dict[str, Target]:
    phones = [TestedPhone.of(name, now=_NOW, age_days=2) for name in DESIGN_NAMES]
    secrets = [phone.committed() for phone in phones]
    shown = [secret.commitment() for secret in secrets]
    since = day_of(_NOW)
    report, openings = phones[-1].bound(secrets[-1], since=since)
    statement = Statement.authorize(
        shown[-1], region="VN", first_day=since, now=_NOW, lifetime_hours=24
    )
    return {
        "commitment": Target(Commitment.decode, tuple(each.encode() for each in shown)),
        "commitment secret": Target(
            _of_value(CommitmentSecret.from_value),
            tuple(encode(each.to_value()) for each in secrets),
        ),
        "statement": Target(Statement.decode, (statement.encode(),)),
        "openings": Target(_of_value(authorization_of), (encode(openings.to_value()),)),
        "opened report": Target(lambda data: _opened(data, openings), (encode(report.to_value()),)),
    }


def _of_scoring() -> dict[str, Target]:
    case = next(each for each in load("scoring")["cases"] if each["operation"] == "v2_windows")
    return {
        "scoring cases": Target(
            lambda data: compare(data, today=day_of(_NOW)),
            (json.dumps({"v2_windows": [case["case"]]}).encode(),),
        ),
        "calibration table": Target(
            _of_text(calibration_table),
            (
                b"model,tx_power_dbm,rx_correction_db,confidence\nPixel 4,-24,5,high\n",
                b'["Pixel 4"]\nrx_correction_db = 5\nconfidence = "high"\n',
            ),
        ),
        "scoring configuration": Target(
            _of_text(load_configuration),
            (b'preset = "gaen-v2"\n[gaen-v2.summaries]\nbucket_weights = [2, 1, 0.25, 0]\n',),
        ),
    }


def _of_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", errors="replace"))


def _of_files() -> dict[str, Target]:
    key_file = _key_file()
    return {
        "key file": Target(
            lambda data: read_export(data, keys=None), (key_file, _compressed(key_file))
        ),
        "key file message": Target(decode_export, (_message_of(key_file),)),
        "key file signatures": Target(decode_signatures, (_message_of(key_file, "export.sig"),)),
    }


def _life(name: str, rand: Rand) -> _Life:
    phone, other = (Phone.create(name, now=_MET, rand=rand) for _ in range(2))
    words = other.advertisement(_MET, metadata=_METADATA)
    phone.hear(words, now=_MET, rssi_dbm=-60)
    theirs = other.report(since=day_of(_NOW), now=_REPORTED, rand=rand)
    batch = phone.design.publish(
        theirs.records,
        name=BatchName(design=name, region="VN", release=_RELEASE),
        parameters=STANDARD,
        rand=rand,
    )
    phone.tick(_RELEASE, rand=rand)
    phone.ingest(batch)
    ours = phone.report(since=day_of(_NOW), now=_RELEASE, rand=rand)
    return _Life(phone, words, batch, ours)


def _of_value(read: Callable[[Value], object]) -> Callable[[bytes], object]:
    """Return a decoder of the encoding of what `read` reads."""
    return lambda data: read(decode(data, limit_bytes=2**20))


def _phone_of(data: bytes) -> Phone:
    """Load what somebody with the sealing key could have written."""
    header = b"dp3t phone" + (5).to_bytes(2, "big")
    return Phone.load(header + seal(_STATE_KEY, data, header=header, rand=bytes), key=_STATE_KEY)


def _ring(name: str, phone: Phone) -> Target:
    value = phone.to_value()
    assert isinstance(value, dict)

    def read(data: bytes) -> object:
        ring = design_named(name).ring(decode(data, limit_bytes=2**20), parameters=STANDARD)
        assert encode(ring.to_value()) == data
        return ring

    return Target(read, (encode(value["ring"]),))


def _assembled(data: bytes) -> object:
    """Hear the shares of a stream of bytes, 20 bytes each."""
    assembler = Assembler(_SHARING)
    for start in range(0, len(data), 20):
        assembler.hear(data[start : start + 20], at=_NOW, rssi_dbm=-60)
    return assembler


def _filter(data: bytes) -> object:
    """Read a filter and ask it something."""
    read = CuckooFilter.decode(data, batch_id=b"VN")
    return list(read.found(bytes([number]) * 32 for number in range(20)))


def _matched(life: _Life) -> Target:
    """Match the content of a batch whose envelope is authentic."""
    phone, name = life.phone, life.batch.name

    def match(data: bytes) -> object:
        batch = Batch(name, data)
        return list(phone.design.match(phone.observations, batch, parameters=STANDARD))

    assert match(life.batch.content)
    return Target(match, (life.batch.content,))


def _tracing_keys(data: bytes) -> list[object]:
    """Read rows of attributes as records of each design and derive their identifiers."""
    value = decode(data, limit_bytes=2**16)
    found: list[object] = []
    for row in value if isinstance(value, list) else []:
        attributes = tuple(n for n in row if type(n) is int) if isinstance(row, list) else ()
        for name in DESIGN_NAMES:
            for length in (16, 32):
                try:
                    key = design_named(name).tracing_key(KeyRecord(attributes, bytes(length)))
                except Dp3tError:
                    continue
                found += key.expand(before=_RELEASE, parameters=STANDARD)
    return found


def _opened(data: bytes, openings: Openings) -> object:
    report = Report.from_value(decode(data, limit_bytes=2**20))
    return opened_hashes(report, openings, parameters=STANDARD)


def _disclosure() -> bytes:
    today = day_of(_NOW)
    days = (Day(today - 1), today)
    encounters = [
        Encounter(day=day, minutes=15, attenuation_class=AttenuationClass.NEAR, score=10)
        for day in (*days, *days)
    ]
    made = Disclosure.of(
        encounters,
        days=days,
        standing=Standing.CASE,
        reference="HN-42",
        now=_NOW,
        retention_days=14,
    )
    return encode(made.to_value())


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
