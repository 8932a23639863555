"""What one phone says over Bluetooth: 31 bytes, 20 of them ours.

The frame is GAEN's: flags, a list of one 16-bit service UUID, and service data of an identifier and
four bytes of metadata. Every design uses the same frame with its own UUID [ADVERTISEMENT-1].
"""

from dataclasses import dataclass
from typing import NewType

from dp3t.errors import MalformedError, UnsupportedVersionError
from dp3t.params import EPHID_BYTES, METADATA_BYTES, SERVICE_DATA_BYTES

EphID = NewType("EphID", bytes)
"""A 16-byte ephemeral identifier (GAEN: rolling proximity identifier)."""

ServiceData = NewType("ServiceData", bytes)
"""An identifier and its metadata as they go over the air, 20 bytes."""

FRAME_BYTES = 31
_FLAGS = bytes.fromhex("02011a")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the receiver needs to know about the sender's radio.

    Attributes:
        tx_power_dbm: transmit power, -128 to 127.
        minor_version: 0, or 1 where the calibration confidence is given.
        calibration_confidence: 0 (lowest) to 3 (high); 0 in version 1.0.

    Raises:
        ValueError: a value outside its range.
    """

    tx_power_dbm: int
    minor_version: int = 1
    calibration_confidence: int = 0

    def __post_init__(self) -> None:
        if not -128 <= self.tx_power_dbm <= 127:
            raise ValueError("the transmit power lies between -128 and 127 dBm")
        if self.minor_version not in (0, 1) or not 0 <= self.calibration_confidence <= 3:
            raise ValueError("metadata are of version 1.0 or 1.1 with a confidence from 0 to 3")
        if self.minor_version == 0 and self.calibration_confidence:
            raise ValueError("metadata of version 1.0 hold no calibration confidence")

    def encode(self) -> bytes:
        """Return the 4 bytes, in the clear [ADVERTISEMENT-4]."""
        first = 0x40 | self.minor_version << 4 | self.calibration_confidence << 2
        return bytes([first, self.tx_power_dbm & 0xFF, 0, 0])

    @classmethod
    def decode(cls, data: bytes) -> "Metadata":
        """Return the metadata in 4 clear bytes [ADVERTISEMENT-4] [ADVERTISEMENT-5].

        Raises:
            MalformedError: a wrong length or reserved bits that are not zero.
            UnsupportedVersionError: a version other than 1.0 and 1.1.
        """
        if len(data) != METADATA_BYTES:
            raise MalformedError(f"metadata have {METADATA_BYTES} bytes, not {len(data)}")
        major, minor, confidence = data[0] >> 6, data[0] >> 4 & 3, data[0] >> 2 & 3
        if major != 1 or minor > 1:
            raise UnsupportedVersionError(f"the metadata have version {major}.{minor}")
        if data[0] & 3 or any(data[2:]) or (minor == 0 and confidence):
            raise MalformedError("reserved bits of the metadata are set")
        power = int.from_bytes(data[1:2], "big", signed=True)
        return cls(tx_power_dbm=power, minor_version=minor, calibration_confidence=confidence)


def encode(service_data: bytes, *, service_uuid: int) -> bytes:
    """Return the 31 bytes to advertise [ADVERTISEMENT-1].

    Raises:
        ValueError: service data of another length than 20 bytes, or a UUID of more than 16 bits.
    """
    if len(service_data) != SERVICE_DATA_BYTES:
        raise ValueError(f"service data have {SERVICE_DATA_BYTES} bytes")
    return _FLAGS + _prefix(service_uuid) + service_data


def decode(advertisement: bytes, *, service_uuid: int) -> ServiceData:
    """Return the service data of an advertisement [ADVERTISEMENT-2] [ADVERTISEMENT-3].

    Android's own stack keeps the flags to itself, so 28 bytes without them are accepted too.

    Raises:
        MalformedError: any other bytes.
    """
    frame = _FLAGS + _prefix(service_uuid)
    if len(advertisement) == FRAME_BYTES and advertisement.startswith(frame):
        return ServiceData(advertisement[len(frame) :])
    body = advertisement
    if len(advertisement) == FRAME_BYTES:
        if not advertisement.startswith(_FLAGS):
            raise MalformedError("the flags of the advertisement are not 02 01 1a")
        body = advertisement[len(_FLAGS) :]
    if len(body) != FRAME_BYTES - len(_FLAGS):
        raise MalformedError(f"an advertisement has 31 or 28 bytes, not {len(advertisement)}")
    prefix = _prefix(service_uuid)
    if not body.startswith(prefix):
        raise MalformedError("the advertisement is not of this service")
    return ServiceData(body[len(prefix) :])


def identifier_of(service_data: ServiceData) -> EphID:
    """Return the identifier in service data."""
    return EphID(service_data[:EPHID_BYTES])


def metadata_of(service_data: ServiceData) -> bytes:
    """Return the metadata in service data as they went over the air."""
    return service_data[EPHID_BYTES:]


def _prefix(service_uuid: int) -> bytes:
    if not 0 <= service_uuid <= 0xFFFF:
        raise ValueError("a service UUID has 16 bits")
    uuid = service_uuid.to_bytes(2, "little")
    return b"\x03\x03" + uuid + b"\x17\x16" + uuid
