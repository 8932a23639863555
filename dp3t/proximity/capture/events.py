"""What a capture yields."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvertReceived:
    """An advert that the phone heard [CAPTURE-8].

    Attributes:
        at_us: Unix microseconds, as logged.
        service_data: 20 bytes, identifier and metadata.
        rssi_dbm: the signed byte of the log, -128 to 127; 127 where the controller gave none.
        address: 6 bytes, the highest first, as addresses are printed.
    """

    at_us: int
    service_data: bytes
    rssi_dbm: int
    address: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvertSet:
    """An advert that the phone's system told its controller to broadcast [CAPTURE-11].

    Attributes:
        at_us: Unix microseconds, as logged.
        service_data: 20 bytes, identifier and metadata.
    """

    at_us: int
    service_data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketSkipped:
    """A damaged packet in a sound record [CAPTURE-13].

    Attributes:
        at_us: Unix microseconds, as logged.
        offset: where the record starts in the file.
        fault: what is wrong with the packet.
    """

    at_us: int
    offset: int
    fault: str


Event = AdvertReceived | AdvertSet | PacketSkipped
