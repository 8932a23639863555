"""Logs and packets built by hand, in every dialect that the reader knows."""

import struct

import pytest

from dp3t.proximity.capture.events import AdvertReceived, Event
from dp3t.proximity.capture.reader import read_capture

AT = 1_596_120_000_123_456
ONE = bytes(range(20))
TWO = bytes(range(100, 120))
ADDRESS = bytes.fromhex("c0ffee000001")
FD6F = 0xFD6F
YEAR_ZERO_TO_1970_US = 62_168_256_000_000_000


def structure(kind: int, value: bytes) -> bytes:
    return bytes([len(value) + 1, kind]) + value


def android(service_data: bytes = ONE, *, service: int = FD6F) -> bytes:
    uuid = service.to_bytes(2, "little")
    return structure(0x03, uuid) + structure(0x16, uuid + service_data)


def ios(service_data: bytes = ONE) -> bytes:
    return structure(0x01, b"\x1a") + android(service_data)


def legacy_report(
    data: bytes, *, rssi: int = -70, event_type: int = 0x03, address: bytes = ADDRESS
) -> bytes:
    head = bytes([event_type, 1]) + address[::-1] + bytes([len(data)])
    return head + data + struct.pack("b", rssi)


def extended_report(
    data: bytes, *, rssi: int = -70, event_type: int = 0x0010, address: bytes = ADDRESS
) -> bytes:
    head = struct.pack("<HB6sBBBbb", event_type, 1, address[::-1], 1, 0, 0xFF, 127, rssi)
    return head + bytes(9) + bytes([len(data)]) + data


def event(code: int, parameters: bytes) -> bytes:
    return bytes([4, code, len(parameters)]) + parameters


def legacy(*reports: bytes) -> bytes:
    return event(0x3E, bytes([0x02, len(reports)]) + b"".join(reports))


def extended(*reports: bytes) -> bytes:
    return event(0x3E, bytes([0x0D, len(reports)]) + b"".join(reports))


def command(opcode: int, parameters: bytes) -> bytes:
    return b"\x01" + opcode.to_bytes(2, "little") + bytes([len(parameters)]) + parameters


def set_legacy(data: bytes) -> bytes:
    return command(0x2008, bytes([len(data)]) + data.ljust(31, b"\0"))


def set_extended(data: bytes, *, operation: int = 3) -> bytes:
    return command(0x2037, bytes([0, operation, 1, len(data)]) + data)


def set_android(data: bytes, *, sub_command: int = 2) -> bytes:
    return command(0xFD54, bytes([sub_command, len(data)]) + data.ljust(31, b"\0") + b"\x01")


def set_apple(data: bytes) -> bytes:
    return command(0xFD4B, bytes([3, len(data)]) + data.ljust(31, b"\0"))


def btsnoop_record(
    packet: bytes, *, at_us: int = AT, flags: int = 0, original: int | None = None
) -> bytes:
    size = len(packet)
    time = at_us + YEAR_ZERO_TO_1970_US
    return struct.pack(">IIIIq", size if original is None else original, size, flags, 0, time) + (
        packet
    )


def btsnoop_header(*, version: int = 1, datalink: int = 1002) -> bytes:
    return b"btsnoop\0" + struct.pack(">II", version, datalink)


def btsnoop(*packets: bytes) -> bytes:
    return btsnoop_header() + b"".join(map(btsnoop_record, packets))


def packetlogger_record(
    packet: bytes, *, at_us: int = AT, order: str = ">", kind: int | None = None
) -> bytes:
    """Write a record from a packet with its HCI UART type, or of another `kind`."""
    if kind is None:
        kind = {1: 0, 4: 1, 2: 2}[packet[0]]
    body = packet[1:]
    seconds, microseconds = divmod(at_us, 1_000_000)
    return struct.pack(order + "IIIB", len(body) + 9, seconds, microseconds, kind) + body


def packetlogger(*packets: bytes, order: str = ">") -> bytes:
    return b"".join(packetlogger_record(packet, order=order) for packet in packets)


def packetlogger_at(*packets: tuple[int, bytes]) -> bytes:
    """Write records of packets, each 42 microseconds after a Unix second."""
    return b"".join(
        packetlogger_record(packet, at_us=1_000_000 * seconds + 42) for seconds, packet in packets
    )


def read(data: bytes, *, service_uuid: int = FD6F) -> list[Event]:
    return list(read_capture(data, service_uuid=service_uuid))


def received(service_data: bytes = ONE, *, rssi_dbm: int = -70, at_us: int = AT) -> AdvertReceived:
    return AdvertReceived(
        at_us=at_us, service_data=service_data, rssi_dbm=rssi_dbm, address=ADDRESS
    )


WRITERS = (
    pytest.param(btsnoop, id="btsnoop"),
    pytest.param(packetlogger, id="packetlogger, big-endian"),
    pytest.param(lambda *p: packetlogger(*p, order="<"), id="packetlogger, little-endian"),
)
