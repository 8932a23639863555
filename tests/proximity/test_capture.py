"""The files: two formats, their damage, and what they amount to."""

import struct
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture_logs import (
    AT,
    ONE,
    TWO,
    WRITERS,
    YEAR_ZERO_TO_1970_US,
    android,
    btsnoop,
    btsnoop_header,
    btsnoop_record,
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
)
from dp3t.errors import Dp3tError, MalformedError, UnsupportedVersionError
from dp3t.proximity.capture.events import AdvertSet, PacketSkipped
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.capture.summary import Summary, summarize

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
