"""Targets of the fuzz loop in the proximity layer: the air, logs, key files, scores."""

import io
import json
import zipfile

from dp3t.primitives import P256PrivateKey, Rand
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import EphID, Metadata
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.export.content import ExportedKey
from dp3t.proximity.export.messages import decode_export, decode_signatures
from dp3t.proximity.export.reader import HEADER, read_export
from dp3t.proximity.export.writer import Signer, write_export
from dp3t.proximity.exposure.calibration import calibration_table
from dp3t.proximity.exposure.configuration_file import load_configuration
from dp3t.proximity.exposure.scoring.comparison import compare
from dp3t.proximity.gaen import TemporaryExposureKey
from dp3t.proximity.sharing import Assembler, Share, Spreader
from dp3t.timeline import Instant, Interval, day_of
from fuzz_lives import METADATA, NOW, SHARING
from fuzz_target import Target, of_text
from vectors import load


def on_the_air(words: bytes, rand: Rand) -> dict[str, Target]:
    """Return the decoders of what phones say and logs hold."""
    spreader = Spreader(EphID(words[11:27]), sharing=SHARING, rand=rand)
    shares = [spreader.next() for _ in range(6)]
    return {
        "advertisement": Target(
            lambda data: advertisement.decode(data, service_uuid=0xFD68), (words,)
        ),
        "metadata": Target(Metadata.decode, (METADATA.encode(),)),
        "share": Target(Share.decode, (shares[0],)),
        "shares": Target(_assembled, (b"".join(shares), shares[0] * 3)),
        "capture": Target(
            lambda data: list(read_capture(data)), (_btsnoop(words), _packetlogger())
        ),
    }


def of_scoring() -> dict[str, Target]:
    """Return the decoders of cases, calibrations and configurations."""
    case = next(each for each in load("scoring")["cases"] if each["operation"] == "v2_windows")
    return {
        "scoring cases": Target(
            lambda data: compare(data, today=day_of(NOW)),
            (json.dumps({"v2_windows": [case["case"]]}).encode(),),
        ),
        "calibration table": Target(
            of_text(calibration_table),
            (
                b"model,tx_power_dbm,rx_correction_db,confidence\nPixel 4,-24,5,high\n",
                b'["Pixel 4"]\nrx_correction_db = 5\nconfidence = "high"\n',
            ),
        ),
        "scoring configuration": Target(
            of_text(load_configuration),
            (b'preset = "gaen-v2"\n[gaen-v2.summaries]\nbucket_weights = [2, 1, 0.25, 0]\n',),
        ),
    }


def of_files() -> dict[str, Target]:
    """Return the decoders of GAEN key files."""
    key_file = _key_file()
    return {
        "key file": Target(
            lambda data: read_export(data, keys=None), (key_file, _compressed(key_file))
        ),
        "key file message": Target(decode_export, (_message_of(key_file),)),
        "key file signatures": Target(decode_signatures, (_message_of(key_file, "export.sig"),)),
    }


def _assembled(data: bytes) -> object:
    """Hear the shares of a stream of bytes, 20 bytes each."""
    assembler = Assembler(SHARING)
    for start in range(0, len(data), 20):
        assembler.hear(data[start : start + 20], at=NOW, rssi_dbm=-60)
    return assembler


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
    end = Instant(NOW + 7200)
    return write_export([key], start=NOW, end=end, region="VN", signers=[signer])


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
