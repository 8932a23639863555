"""The adverts in one HCI packet: reports of what was heard, commands of what to broadcast."""

from collections.abc import Iterator
from typing import NamedTuple

from dp3t.errors import MalformedError
from dp3t.proximity.capture.advertising_data import find_service_data
from dp3t.proximity.capture.events import AdvertReceived, AdvertSet, Event, PacketSkipped
from dp3t.proximity.capture.record import COMMAND, EVENT, Record

LE_META = 0x3E
LE_ADVERTISING_REPORT = 0x02
LE_EXTENDED_ADVERTISING_REPORT = 0x0D

_DATA_STATUS = 0x60


class _Report(NamedTuple):
    address: bytes
    rssi_dbm: int
    data: bytes
    complete: bool


class _Layout(NamedTuple):
    """Where a command keeps its advertising data; offsets count from the first parameter."""

    length_at: int
    only_where: tuple[int, int] | None = None
    vendor: bool = False


_COMMANDS = {
    0x2008: _Layout(length_at=0),
    0x2037: _Layout(length_at=3, only_where=(1, 3)),
    0xFD54: _Layout(length_at=1, only_where=(0, 2), vendor=True),
    0xFD4B: _Layout(length_at=1, vendor=True),
}


def find_events(record: Record, *, service_uuid: int) -> list[Event]:
    """Return what a record's packet says about adverts of a service, mostly nothing.

    A damaged packet becomes one PacketSkipped [CAPTURE-13].
    """
    try:
        if record.packet_type == EVENT:
            return list(_received(record, service_uuid))
        if record.packet_type == COMMAND:
            return list(_set(record, service_uuid))
        if record.packet_type is None:
            raise MalformedError("the packet has no type")
    except MalformedError as error:
        return [PacketSkipped(at_us=record.at_us, offset=record.offset, fault=str(error))]
    return []


def _set(record: Record, service_uuid: int) -> Iterator[AdvertSet]:
    packet = record.packet
    if len(packet) < 3 or packet[2] != len(packet) - 3:
        raise MalformedError("the command's length is not that of the packet")
    layout = _COMMANDS.get(int.from_bytes(packet[:2], "little"))
    if layout is None:
        return
    service_data = find_service_data(
        _advertising_data(packet[3:], layout), service_uuid=service_uuid
    )
    if service_data is not None:
        yield AdvertSet(at_us=record.at_us, service_data=service_data)


def _advertising_data(parameters: bytes, layout: _Layout) -> bytes:
    start = layout.length_at + 1
    if len(parameters) < start or len(parameters) < start + parameters[start - 1]:
        if layout.vendor:
            return b""  # another vendor's opcode [CAPTURE-14]
        raise MalformedError("the advertising data overrun the command")
    if layout.only_where is not None:
        position, value = layout.only_where
        if parameters[position] != value:
            return b""
    return parameters[start : start + parameters[start - 1]]


def _received(record: Record, service_uuid: int) -> Iterator[AdvertReceived]:
    packet = record.packet
    if len(packet) < 2 or packet[1] != len(packet) - 2:
        raise MalformedError("the event's length is not that of the packet")
    if packet[0] != LE_META:
        return
    for report in _reports(packet[2:]):
        service_data = find_service_data(report.data, service_uuid=service_uuid)
        if report.complete and service_data is not None:
            yield AdvertReceived(
                at_us=record.at_us,
                service_data=service_data,
                rssi_dbm=report.rssi_dbm,
                address=report.address,
            )


def _reports(parameters: bytes) -> list[_Report]:
    subevent = parameters[:1]
    if subevent == bytes((LE_ADVERTISING_REPORT,)):
        read_report = _legacy_report
    elif subevent == bytes((LE_EXTENDED_ADVERTISING_REPORT,)):
        read_report = _extended_report
    else:
        return []
    try:
        position = 2
        reports = []
        for _ in range(parameters[1]):
            report, position = read_report(parameters, position)
            reports.append(report)
    except IndexError:
        raise MalformedError("the reports overrun the event") from None
    if position != len(parameters):
        raise MalformedError("the reports do not fill the event")
    return reports


def _legacy_report(parameters: bytes, at: int) -> tuple[_Report, int]:
    start = at + 9
    end = start + parameters[start - 1]
    address = parameters[at + 7 : at + 1 : -1]
    report = _Report(address, _signed(parameters[end]), parameters[start:end], complete=True)
    return report, end + 1


def _extended_report(parameters: bytes, at: int) -> tuple[_Report, int]:
    start = at + 24
    end = start + parameters[start - 1]
    address = parameters[at + 8 : at + 2 : -1]
    complete = not parameters[at] & _DATA_STATUS
    rssi_dbm = _signed(parameters[at + 13])
    return _Report(address, rssi_dbm, parameters[start:end], complete), end


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte
