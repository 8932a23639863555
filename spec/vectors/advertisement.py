"""Cases of the advertisement chapter: frames and metadata, and one fault for each refusal."""

from collections.abc import Iterator

from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import DESIGN_NAMES, design_named

_SERVICE_DATA = bytes(range(0xA0, 0xB4))
_LOWCOST = 0xFD68
_GOOD = "02011a030368fd171668fd" + _SERVICE_DATA.hex()
_FAULTS = {
    "nothing-at-all": "",
    "one-byte-short": _GOOD[:-2],
    "one-byte-long": _GOOD + "00",
    "no-flags-and-one-byte-short": _GOOD[6:-2],
    "no-flags-and-three-bytes-of-something-after": _GOOD[6:] + "02011a",
    "other-flags": "020106" + _GOOD[6:],
    "flags-of-another-length": "03011a" + _GOOD[6:],
    "incomplete-list-of-uuids": _GOOD.replace("0303", "0302"),
    "service-data-length-22": _GOOD.replace("1716", "1616"),
    "service-data-of-another-type": _GOOD.replace("1716", "17ff"),
    "another-uuid-in-the-list": _GOOD.replace("030368fd", "03036ffd"),
    "another-uuid-at-the-service-data": _GOOD.replace("171668fd", "17166ffd"),
    "uuid-in-big-endian": _GOOD.replace("68fd", "fd68"),
    "frame-of-another-design": _GOOD.replace("68fd", "6ffd"),
}
_METADATA = {
    "version-1.0-power-8": Metadata(tx_power_dbm=8, minor_version=0),
    "version-1.1-lowest-confidence": Metadata(tx_power_dbm=0),
    "version-1.1-high-confidence": Metadata(tx_power_dbm=-24, calibration_confidence=3),
    "power-lowest": Metadata(tx_power_dbm=-128),
    "power-highest": Metadata(tx_power_dbm=127),
}
_METADATA_FAULTS = {
    "metadata-3-bytes": "500000",
    "metadata-5-bytes": "5000000000",
    "metadata-major-version-0": "10000000",
    "metadata-major-version-2": "90000000",
    "metadata-minor-version-2": "60000000",
    "metadata-reserved-bit-0": "51000000",
    "metadata-reserved-bit-1": "52000000",
    "metadata-confidence-in-version-1.0": "44000000",
    "metadata-third-byte": "50000100",
    "metadata-fourth-byte": "50000001",
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"ADVERTISEMENT-{n}" for n in range(1, 6)],
        "source": "ours; the frame is GAEN's, written from spec/proximity/advertisement.md",
        "cases": [*_frames(), *_faults(), *_metadata(), *_metadata_faults()],
    }


def _frames() -> Iterator[dict[str, object]]:
    for name in DESIGN_NAMES:
        uuid = design_named(name).service_uuid
        frame = advertisement.encode(_SERVICE_DATA, service_uuid=uuid)
        yield _frame(f"{name}-with-flags", frame, uuid, "encode", "ADVERTISEMENT-1")
        yield _frame(f"{name}-without-flags", frame[3:], uuid, "decode", "ADVERTISEMENT-2")


def _frame(name: str, frame: bytes, uuid: int, operation: str, clause: str) -> dict[str, object]:
    return {
        "id": name,
        "operation": operation,
        "spec": [clause, "ADVERTISEMENT-3"],
        "advertisement": frame.hex(),
        "service_uuid": uuid,
        "service_data": _SERVICE_DATA.hex(),
        "identifier": _SERVICE_DATA[:16].hex(),
        "metadata": _SERVICE_DATA[16:].hex(),
        "result": "valid",
    }


def _faults() -> Iterator[dict[str, object]]:
    for name, frame in _FAULTS.items():
        yield {
            "id": name,
            "operation": "decode",
            "spec": ["ADVERTISEMENT-2"],
            "advertisement": frame,
            "service_uuid": _LOWCOST,
            "result": "malformed",
        }


def _metadata() -> Iterator[dict[str, object]]:
    for name, metadata in _METADATA.items():
        yield {
            "id": name,
            "operation": "metadata",
            "spec": ["ADVERTISEMENT-4"],
            "minor_version": metadata.minor_version,
            "calibration_confidence": metadata.calibration_confidence,
            "tx_power_dbm": metadata.tx_power_dbm,
            "metadata": metadata.encode().hex(),
            "result": "valid",
        }


def _metadata_faults() -> Iterator[dict[str, object]]:
    for name, metadata in _METADATA_FAULTS.items():
        yield {
            "id": name,
            "operation": "metadata",
            "spec": ["ADVERTISEMENT-5"],
            "metadata": metadata,
            "result": "malformed",
        }
