import struct
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import Dp3tError, MalformedError, UnsupportedVersionError
from dp3t.proximity.capture.events import AdvertReceived, AdvertSet, Event, PacketSkipped
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.capture.summary import Summary, summarize

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


# Telling the formats apart


@pytest.mark.spec("CAPTURE-1", "CAPTURE-3")
@pytest.mark.parametrize("write", WRITERS)
def test_a_log_is_read_in_each_format_and_byte_order(write: Callable[..., bytes]) -> None:
    log = write(legacy(legacy_report(android())), set_extended(android(TWO)))
    assert read(log) == [received(ONE), AdvertSet(at_us=AT, service_data=TWO)]


@pytest.mark.spec("CAPTURE-1")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"b",
        b"btsnoop",
        b"BTSNOOP\0" + bytes(8),
        bytes(16),
        b"\xff" * 16,
        b"\x00\x00\x00\x08" + bytes(12),
        b"\x00\x01\x00\x01" * 4,
        b"\x0a\x0d\x0d\x0a" + bytes(12),
        b'{"_index": "packets"}',
    ],
)
def test_bytes_of_neither_format_are_refused_at_once(data: bytes) -> None:
    with pytest.raises(MalformedError, match="neither a BTSnoop nor a PacketLogger capture"):
        read_capture(data)


@pytest.mark.spec("CAPTURE-3")
def test_the_byte_order_of_the_first_record_holds_for_the_second() -> None:
    packet = legacy(legacy_report(android()))
    mixed = packetlogger_record(packet) + packetlogger_record(packet, order="<")
    with pytest.raises(MalformedError, match="has the impossible length"):
        read(mixed)


@pytest.mark.spec("CAPTURE-2")
def test_another_btsnoop_version_is_refused() -> None:
    with pytest.raises(UnsupportedVersionError, match="version 2"):
        read_capture(btsnoop_header(version=2))


@pytest.mark.spec("CAPTURE-2")
@pytest.mark.parametrize(
    ("datalink", "name"),
    [
        (1003, "1003 .HCI BSCP"),
        (1004, "1004 .HCI Serial"),
        (2001, "2001 .Linux monitor"),
        (0, "0 "),
    ],
)
def test_another_btsnoop_datalink_is_refused_by_name(datalink: int, name: str) -> None:
    with pytest.raises(MalformedError, match=f"datalink {name}"):
        read_capture(btsnoop_header(datalink=datalink))


@pytest.mark.spec("CAPTURE-2")
@pytest.mark.parametrize("length", range(8, 16))
def test_a_btsnoop_header_cut_short_is_refused(length: int) -> None:
    with pytest.raises(MalformedError, match="header is cut short"):
        read_capture(btsnoop_header()[:length])


def test_a_btsnoop_file_without_records_holds_nothing() -> None:
    assert read(btsnoop()) == []


@pytest.mark.spec("CAPTURE-2")
def test_without_packet_types_the_flags_tell_them() -> None:
    packets = ((legacy(legacy_report(android())), 3), (set_extended(android()), 2))
    records = [btsnoop_record(packet[1:], flags=flags) for packet, flags in packets]
    data = [btsnoop_record(packet[1:], flags=flags) for packet, flags in ((packets[0][0], 1),)]
    log = btsnoop_header(datalink=1001) + b"".join(records + data)
    assert read(log) == [received(), AdvertSet(at_us=AT, service_data=ONE)]


# Records


@pytest.mark.spec("CAPTURE-4")
@pytest.mark.parametrize("write", WRITERS)
def test_a_log_cut_inside_a_record_is_refused_after_the_records_before(
    write: Callable[..., bytes],
) -> None:
    first, both = write(set_apple(ios())), write(set_apple(ios()), set_apple(ios(TWO)))
    for length in range(len(first) + 1, len(both)):
        events = read_capture(both[:length])
        assert next(events) == AdvertSet(at_us=AT, service_data=ONE)
        with pytest.raises(
            MalformedError, match=f"record at offset {len(first)} (has a head|runs)"
        ):
            next(events)


@pytest.mark.spec("CAPTURE-4")
@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (struct.pack(">IIIIq", 2**32 - 1, 2**32 - 1, 0, 0, 0), "the impossible length 4294967295"),
        (struct.pack(">IIIIq", 65_537, 65_537, 0, 0, 0), "the impossible length 65537"),
        (struct.pack(">IIIIq", 5, 5, 0, 0, YEAR_ZERO_TO_1970_US) + b"1234", "runs past the end"),
        (btsnoop_record(b"12345", original=4), "includes more bytes than its packet had"),
        (b"\0" * 23, "a header that is cut short"),
    ],
)
def test_a_damaged_btsnoop_record_is_refused_with_its_offset(record: bytes, fault: str) -> None:
    log = btsnoop(set_extended(android())) + record
    offset = len(btsnoop(set_extended(android())))
    with pytest.raises(MalformedError, match=f"the record at offset {offset} .*{fault}"):
        read(log)


@pytest.mark.spec("CAPTURE-4")
@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (struct.pack(">IIIB", 8, 0, 0, 0), "the impossible length 8"),
        (struct.pack(">IIIB", 0, 0, 0, 0), "the impossible length 0"),
        (struct.pack(">IIIB", 65_536, 0, 0, 0) + bytes(65_536), "the impossible length 65536"),
        (struct.pack(">IIIB", 2**32 - 1, 0, 0, 0), "the impossible length 4294967295"),
        (struct.pack(">IIIB", 13, 0, 0, 0) + b"123", "runs past the end"),
        (b"\0" * 12, "a header that is cut short"),
    ],
)
def test_a_damaged_packetlogger_record_is_refused_with_its_offset(
    record: bytes, fault: str
) -> None:
    start = packetlogger(set_extended(android()))
    with pytest.raises(MalformedError, match=f"the record at offset {len(start)} .*{fault}"):
        read(start + record)


@pytest.mark.spec("CAPTURE-4")
def test_the_longest_packet_is_read() -> None:
    packet = b"\x02" + bytes(65_535)
    assert read(btsnoop(packet, set_extended(android()))) == [AdvertSet(at_us=AT, service_data=ONE)]


@pytest.mark.spec("CAPTURE-5")
@pytest.mark.parametrize(
    "log",
    [
        btsnoop() + struct.pack(">IIIIq", 2**32 - 1, 2**32 - 1, 0, 0, YEAR_ZERO_TO_1970_US),
        packetlogger(set_apple(ios())) + struct.pack(">IIIB", 2**32 - 1, 0, 0, 0),
    ],
)
def test_a_length_of_four_gigabytes_reserves_no_memory(log: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(MalformedError, match="impossible length"):
            read(log)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.spec("CAPTURE-6")
@pytest.mark.parametrize("at_us", [0, AT, (2**32 - 1) * 1_000_000 + 999_999])
def test_times_are_given_as_logged(at_us: int) -> None:
    packet = set_extended(android())
    for log in (
        btsnoop_header() + btsnoop_record(packet, at_us=at_us),
        packetlogger_record(packet, at_us=at_us),
        packetlogger_record(packet, at_us=at_us, order="<"),
    ):
        assert read(log) == [AdvertSet(at_us=at_us, service_data=ONE)]


@pytest.mark.spec("CAPTURE-6")
@pytest.mark.parametrize("at_us", [-1, 2**32 * 1_000_000, -YEAR_ZERO_TO_1970_US, 2**62])
def test_a_record_dated_outside_1970_to_2106_is_refused(at_us: int) -> None:
    log = btsnoop_header() + btsnoop_record(set_extended(android()), at_us=at_us)
    with pytest.raises(MalformedError, match="offset 16 is dated outside 1970 to 2106"):
        read(log)


@pytest.mark.spec("CAPTURE-6")
def test_a_second_of_a_million_microseconds_is_refused() -> None:
    log = struct.pack(">IIIB", 9, 0, 1_000_000, 1)
    with pytest.raises(MalformedError, match="microsecond field of 1,000,000 or more"):
        read(log)


@pytest.mark.spec("CAPTURE-7")
def test_events_keep_the_order_of_the_file_even_where_the_clock_steps_back() -> None:
    times = (AT, AT - 5_000_000, AT + 1)
    packet = legacy(legacy_report(android(ONE)), legacy_report(android(TWO)))
    log = btsnoop_header() + b"".join(btsnoop_record(packet, at_us=at) for at in times)
    expected = [received(data, at_us=at) for at in times for data in (ONE, TWO)]
    assert read(log) == expected


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


# The summary


@pytest.mark.spec("CAPTURE-15")
def test_a_summary_counts_identifiers_not_metadata_and_takes_the_extreme_times() -> None:
    other_metadata = ONE[:16] + b"\xff\xff\xff\xff"
    adverts = ((ONE, AT), (other_metadata, AT - 10), (TWO, AT + 20), (ONE, AT + 1))
    log = btsnoop_header() + b"".join(
        btsnoop_record(legacy(legacy_report(android(data))), at_us=at) for data, at in adverts
    )
    log += btsnoop_record(set_apple(ios(ONE)), at_us=AT + 99)
    log += btsnoop_record(set_apple(ios(other_metadata)), at_us=AT + 99)
    log += btsnoop_record(b"", at_us=AT + 99)
    assert summarize(read_capture(log)) == Summary(
        adverts_received=4,
        distinct_received=2,
        distinct_broadcast=1,
        packets_skipped=1,
        first_us=AT - 10,
        last_us=AT + 20,
    )


@pytest.mark.spec("CAPTURE-15")
def test_a_summary_of_silence_has_no_times() -> None:
    found = summarize(read_capture(btsnoop(set_apple(ios()))))
    assert (found.adverts_received, found.first_us, found.last_us) == (0, None, None)
    assert found.distinct_broadcast == 1


# Any bytes

PACKETS = st.sampled_from(
    [
        legacy(legacy_report(android())),
        legacy(legacy_report(android()), legacy_report(ios(TWO))),
        extended(extended_report(android())),
        extended(extended_report(ios()), extended_report(android(TWO))),
        set_legacy(ios()),
        set_extended(android()),
        set_android(android()),
        set_apple(ios()),
        b"\x02" + bytes(12),
    ]
)
LOGS = st.builds(
    lambda packets, write: write(*packets),
    st.lists(PACKETS, min_size=1, max_size=5),
    st.sampled_from([btsnoop, packetlogger, lambda *p: packetlogger(*p, order="<")]),
)


def read_or_refuse(data: bytes) -> None:
    """Read; only Dp3tError may interrupt, and there cannot be more events than bytes."""
    count = 0
    try:
        for found in read_capture(data):
            count += 1
            if not isinstance(found, PacketSkipped):
                assert len(found.service_data) == 20
    except Dp3tError:
        pass
    assert count <= len(data)


@given(st.binary(max_size=4096))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)


@given(st.binary(max_size=2048))
def test_any_bytes_after_a_btsnoop_header_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(btsnoop() + data)


@given(st.lists(st.binary(max_size=260), max_size=20))
def test_any_packets_in_sound_records_never_refuse_the_log(bodies: list[bytes]) -> None:
    read(btsnoop(*bodies))
    read(btsnoop(*(bytes([4, 0x3E, len(body) & 0xFF]) + body for body in bodies)))


@given(LOGS, st.data())
def test_a_mutated_log_is_read_or_refused(log: bytes, data: st.DataObject) -> None:
    mutated = bytearray(log)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(mutated) - 1))
        mutated[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
        if not mutated:
            break
    read_or_refuse(bytes(mutated))


@given(LOGS, st.data())
def test_a_cut_log_is_read_or_refused(log: bytes, data: st.DataObject) -> None:
    read_or_refuse(log[: data.draw(st.integers(0, len(log)))])
