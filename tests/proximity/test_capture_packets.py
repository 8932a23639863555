"""The packets inside a log: adverts received and set, and everything else."""

from collections.abc import Callable

import pytest

from capture_logs import (
    AT,
    ONE,
    TWO,
    WRITERS,
    android,
    btsnoop,
    btsnoop_header,
    btsnoop_record,
    command,
    event,
    extended,
    extended_report,
    ios,
    legacy,
    legacy_report,
    packetlogger,
    packetlogger_record,
    read,
    received,
    set_android,
    set_apple,
    set_extended,
    set_legacy,
    structure,
)
from dp3t.proximity.capture.events import AdvertSet, PacketSkipped
from dp3t.proximity.capture.reader import read_capture

# What was received


@pytest.mark.spec("CAPTURE-8")
@pytest.mark.parametrize(("wrap", "report"), [(legacy, legacy_report), (extended, extended_report)])
@pytest.mark.parametrize("advert", [android, ios])
def test_an_advert_is_read_from_either_report_and_either_system(
    wrap: Callable[..., bytes], report: Callable[..., bytes], advert: Callable[..., bytes]
) -> None:
    assert read(btsnoop(wrap(report(advert(TWO), rssi=-93)))) == [received(TWO, rssi_dbm=-93)]


@pytest.mark.spec("CAPTURE-8")
@pytest.mark.parametrize(("wrap", "report"), [(legacy, legacy_report), (extended, extended_report)])
def test_every_report_of_an_event_counts(
    wrap: Callable[..., bytes], report: Callable[..., bytes]
) -> None:
    stranger = report(structure(0xFF, b"\x4c\x00\x10"))
    packet = wrap(report(android(ONE), rssi=-1), stranger, report(b""), report(ios(TWO), rssi=-2))
    assert read(btsnoop(packet)) == [received(ONE, rssi_dbm=-1), received(TWO, rssi_dbm=-2)]


@pytest.mark.spec("CAPTURE-8")
def test_an_event_without_reports_and_another_subevent_hold_no_advert() -> None:
    other = event(0x3E, b"\x01" + bytes(18))
    assert read(btsnoop(legacy(), extended(), other, event(0x3E, b""), event(0x0E, ONE))) == []


@pytest.mark.spec("CAPTURE-9")
def test_marks_of_controllers_do_not_hide_an_advert() -> None:
    for rssi in (-128, 0, 20, 75, 127):
        for kind in (0x00, 0x03, 0x04, 0x12, 0xA3, 0xFF):
            log = btsnoop(legacy(legacy_report(android(), rssi=rssi, event_type=kind)))
            assert read(log) == [received(rssi_dbm=rssi)]
        for kind in (0x0000, 0x0010, 0x0012, 0x001B, 0xFF9F):
            log = btsnoop(extended(extended_report(android(), rssi=rssi, event_type=kind)))
            assert read(log) == [received(rssi_dbm=rssi)]


@pytest.mark.spec("CAPTURE-10")
@pytest.mark.parametrize("status", [1, 2, 3])
def test_a_fragment_of_a_long_advert_is_passed_over(status: int) -> None:
    fragment = extended_report(android(TWO), event_type=status << 5)
    assert read(btsnoop(extended(fragment, extended_report(android(ONE))))) == [received(ONE)]


# What was broadcast


@pytest.mark.spec("CAPTURE-11")
@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("setter", [set_legacy, set_extended, set_android, set_apple])
@pytest.mark.parametrize("advert", [android, ios])
def test_an_advert_is_set_by_each_command(
    write: Callable[..., bytes], setter: Callable[..., bytes], advert: Callable[..., bytes]
) -> None:
    log = write(setter(advert(TWO)), setter(advert(TWO)), setter(b""))
    assert read(log) == [AdvertSet(at_us=AT, service_data=TWO)] * 2


@pytest.mark.spec("CAPTURE-11")
def test_other_operations_of_the_same_commands_set_no_advert() -> None:
    operations = [set_extended(android(), operation=operation) for operation in (0, 1, 2, 4)]
    sub_commands = [set_android(android(), sub_command=code) for code in (1, 3, 4, 5)]
    scan_response = command(0x2038, bytes([0, 3, 1, 28]) + android())
    assert read(btsnoop(*operations, *sub_commands, scan_response)) == []


# Advertising data


@pytest.mark.spec("CAPTURE-12")
@pytest.mark.parametrize(
    "data",
    [
        structure(0x16, b"\x6f\xfd" + ONE),
        structure(0x16, b"\x0f\x18\x64") + android(),
        android() + structure(0x09, b"name"),
        android() + b"\x00\x00\x00",
        android() + b"\x05\x16\x6f",
        android() + b"\xff",
        android(TWO, service=0xFD68) + android(),
        structure(0x16, b"\x6f\xfd" + ONE[:19]) + android(),
        structure(0x16, b"\x6f\xfd" + ONE + b"\0") + android(),
        android() + android(TWO),
    ],
)
def test_our_service_data_are_found_among_other_structures(data: bytes) -> None:
    assert read(btsnoop(extended(extended_report(data)))) == [received()]


@pytest.mark.spec("CAPTURE-12")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\x00" + android(),
        b"\xff" + android(),
        android()[:-1],
        android(ONE[:16]),
        android(service=0xFD68),
        structure(0x03, b"\x6f\xfd"),
        structure(0x16, b"\x6f"),
        structure(0x21, b"\x6f\xfd" + ONE),
        structure(0xFF, android()),
    ],
)
def test_adverts_of_strangers_are_skipped_without_complaint(data: bytes) -> None:
    assert read(btsnoop(extended(extended_report(data)), set_extended(data))) == []


@pytest.mark.spec("CAPTURE-12")
def test_another_service_is_found_when_asked_for() -> None:
    log = btsnoop(legacy(legacy_report(android(ONE, service=0xFD68)), legacy_report(android(TWO))))
    assert read(log, service_uuid=0xFD68) == [received(ONE)]


def test_a_service_of_more_than_16_bits_is_a_programming_mistake() -> None:
    with pytest.raises(ValueError, match="16 bits"):
        read_capture(btsnoop(), service_uuid=0x10000)


# Damage inside a packet


@pytest.mark.spec("CAPTURE-13")
@pytest.mark.parametrize(
    ("packet", "fault"),
    [
        (b"", "no type"),
        (b"\x01", "command's length"),
        (b"\x01\x37\x20", "command's length"),
        (set_extended(android())[:-1], "command's length"),
        (set_extended(android()) + b"\0", "command's length"),
        (b"\x04", "event's length"),
        (b"\x04\x3e", "event's length"),
        (legacy(legacy_report(android()))[:-1], "event's length"),
        (legacy(legacy_report(android())) + b"\0", "event's length"),
        (event(0x3E, b"\x02"), "overrun the event"),
        (event(0x3E, b"\x0d"), "overrun the event"),
        (event(0x3E, b"\x02\x02" + legacy_report(android())), "overrun the event"),
        (event(0x3E, b"\x0d\x02" + extended_report(android())), "overrun the event"),
        (event(0x3E, b"\x02\x01" + legacy_report(android())[:-1]), "overrun the event"),
        (event(0x3E, b"\x0d\x01" + extended_report(android())[:-1]), "do not fill the event"),
        (event(0x3E, b"\x02\x01" + legacy_report(android()) + b"\0"), "do not fill the event"),
        (event(0x3E, b"\x0d\x00" + extended_report(android())), "do not fill the event"),
        (command(0x2008, b""), "overrun the command"),
        (command(0x2008, b"\x1c" + android()[:-1]), "overrun the command"),
        (command(0x2037, b"\x00\x03\x01"), "overrun the command"),
        (command(0x2037, b"\x00\x03\x01\x1d" + android()), "overrun the command"),
    ],
)
def test_a_damaged_packet_is_skipped_and_the_next_is_read(packet: bytes, fault: str) -> None:
    before = set_apple(ios())
    log = btsnoop(before, packet, set_apple(ios(TWO)))
    first, skipped, last = read(log)
    assert (first, last) == tuple(AdvertSet(at_us=AT, service_data=data) for data in (ONE, TWO))
    assert isinstance(skipped, PacketSkipped)
    assert (skipped.at_us, skipped.offset) == (AT, len(btsnoop(before)))
    assert fault in skipped.fault


@pytest.mark.spec("CAPTURE-13")
def test_a_packet_shortened_by_the_logger_is_skipped() -> None:
    packet = legacy(legacy_report(android()))
    log = btsnoop_header() + btsnoop_record(packet[:10], original=len(packet))
    assert [type(found) for found in read(log)] == [PacketSkipped]


@pytest.mark.spec("CAPTURE-14")
@pytest.mark.parametrize(
    "packet",
    [
        command(0xFD54, b""),
        command(0xFD54, b"\x02"),
        command(0xFD54, b"\x02\x1c"),
        command(0xFD4B, b""),
        command(0xFD4B, b"\x03\xff" + android()),
        command(0xFD57, b"\x00\x07\x00\x16\x6f\xfd\x00\xff\xff\x00"),
        b"\x02" + android(),
        b"\x03",
        b"\x05\x00",
        b"\x00",
        b"\xff" + legacy(legacy_report(android())),
    ],
)
def test_other_packets_and_other_vendors_commands_leave_no_trace(packet: bytes) -> None:
    assert read(btsnoop(packet)) == []


@pytest.mark.spec("CAPTURE-14")
@pytest.mark.parametrize("kind", [2, 3, 0x0A, 0xFB, 0xFC, 0xFF])
def test_notes_of_the_system_leave_no_trace(kind: int) -> None:
    note = packetlogger_record(legacy(legacy_report(android())), kind=kind)
    assert read(packetlogger(set_apple(ios())) + note) == [AdvertSet(at_us=AT, service_data=ONE)]
