"""spec/proximity/export.md, in parts: the same keys, the same refusals."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import Dp3tError, MalformedError
from dp3t.params import STANDARD
from dp3t.proximity.designs import design_named
from dp3t.proximity.export import messages
from dp3t.proximity.export.content import ExportedKey, KeyExport
from dp3t.proximity.export.messages import decode_export, decode_head, encode_export, key_columns
from dp3t.proximity.export.reader import _tables, open_export, read_export
from dp3t.proximity.gaen import TemporaryExposureKey, identifiers
from dp3t.proximity.key_batches import match_tables
from dp3t.proximity.observations import NO_PERIOD, Kept, ObservationStore
from dp3t.publication.records import KeyRecord
from dp3t.publication.sources import Buffer
from dp3t.timeline import Instant, Interval
from key_files import file_of, keys_of, written
from vectors import Case, vector_cases

DAY = 18_377


def exported(number: int, *, period: int = 144, onset: int | None = 3) -> ExportedKey:
    key = TemporaryExposureKey(
        key=number.to_bytes(16, "little"),
        rolling_start=Interval(144 * DAY),
        rolling_period=period,
        days_since_onset=onset,
    )
    return ExportedKey(key=key, transmission_risk=number % 9)


def records(export: KeyExport) -> list[KeyRecord]:
    return [one.key.record() for one in (*export.keys, *export.revised_keys)]


@pytest.mark.parametrize("case", vector_cases("gaen_export", operation="read"))
@pytest.mark.spec("EXPORT-34")
def test_a_file_is_read_in_parts_as_it_is_read_at_once(case: Case) -> None:
    file, keys, threshold = file_of(case), keys_of(case), case["threshold"]

    def in_parts() -> list[KeyRecord]:
        opened = open_export(file, keys=keys, threshold=threshold)
        return [record for table in opened.tables(at_once=2) for record in table]

    try:
        whole = read_export(file, keys=keys, threshold=threshold)
    except Dp3tError as refused:
        with pytest.raises(type(refused)):
            in_parts()
        return
    assert sorted(in_parts()) == sorted(records(whole))
    opened = open_export(file, keys=keys, threshold=threshold)
    assert len(opened) == len(records(whole))
    assert opened.head.verified == whole.verified
    assert opened.head.region == whole.region


def keys_in_parts(message: bytes) -> Iterator[bytes]:
    _, *lists = decode_head(message, 0)
    for each in lists:
        columns = key_columns(each, known={}, what="key", first=1)
        yield from (key for column in columns.values() for key in column)


@given(data=st.data())
@pytest.mark.spec("EXPORT-34")
def test_whatever_is_changed_in_a_message_both_readers_take_it_or_both_refuse(
    data: st.DataObject,
) -> None:
    export = KeyExport(
        start=Instant(0),
        end=Instant(9),
        region="XX",
        batch_number=1,
        batch_size=1,
        signature_infos=read_export(written(exported(1)), keys=None).signature_infos,
        keys=(exported(1), exported(2, period=7), exported(3)),
        revised_keys=(exported(4, onset=None),),
    )
    message = bytearray(encode_export(export))
    for _ in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.integers(0, len(message) - 1))
        match data.draw(st.sampled_from(["set", "drop", "add", "cut", "repeat"])):
            case "set":
                message[at] = data.draw(st.integers(0, 255))
            case "drop":
                del message[at]
            case "add":
                message.insert(at, data.draw(st.integers(0, 255)))
            case "cut":
                del message[at + 1 :]
            case "repeat":
                message += message[at:]
    try:
        whole = decode_export(bytes(message))
    except Dp3tError:
        with pytest.raises(Dp3tError):
            list(keys_in_parts(bytes(message)))
    else:
        assert sorted(keys_in_parts(bytes(message))) == sorted(one.key for one in records(whole))


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_tables_have_no_more_keys_than_asked_for(at_once: int) -> None:
    opened = open_export(written(*map(exported, range(7))), keys=None)
    sizes = [len(table) for table in opened.tables(at_once=at_once)]
    assert sum(sizes) == len(opened) == 7
    assert max(sizes) <= at_once


@pytest.mark.spec("EXPORT-34")
@pytest.mark.parametrize("window_bytes", [129, 130, 200, 4000])
def test_keys_are_the_same_however_much_is_read_at_once(
    window_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(*(exported(number, period=1 + number) for number in range(140)))
    whole = list(open_export(file, keys=None).tables())
    monkeypatch.setattr(messages, "_WINDOW_BYTES", window_bytes)
    assert list(open_export(file, keys=None).tables()) == whole
    assert sum(map(len, whole)) == 140


def test_a_source_that_is_shorter_than_it_was_ends_in_an_error() -> None:
    opened = open_export(written(*map(exported, range(9))), keys=None)
    with pytest.raises(MalformedError, match="cut"):
        list(opened.read_from(Buffer(bytes(100))).tables())


def test_the_number_of_a_bad_key_is_that_in_the_file() -> None:
    good = encode_export(read_export(written(*map(exported, range(5))), keys=None))
    at = good.index(bytes([4]) + bytes(15))
    bad = good[: at + 16] + good[at + 16 :].replace(b"\x20\x90\x01", b"\x20\x91\x01")
    _, keys, _ = decode_head(bad, 0)
    with pytest.raises(MalformedError, match="key 5: a rolling period"):
        key_columns(keys, known={}, what="key", first=1)


@pytest.mark.spec("EXPORT-13", "EXPORT-34")
@pytest.mark.parametrize("place", [0, 1])
def test_a_record_that_begins_otherwise_is_refused_though_it_ends_like_the_others(
    place: int,
) -> None:
    good = encode_export(read_export(written(*map(exported, range(0, 45, 9))), keys=None))
    at = good.index(b"\x0a\x10" + bytes([27]) + bytes(15)) + place
    bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
    _, keys, _ = decode_head(bad, 0)
    with pytest.raises(MalformedError, match="key 4: "):
        key_columns(keys, known={}, what="key", first=1)


def test_a_key_that_stands_twice_in_a_part_stands_once_in_its_table() -> None:
    message = encode_export(read_export(written(*map(exported, (9, 18))), keys=None))
    start = message.index(b"\x3a")
    _, keys, _ = decode_head(message + message[start:], 0)
    (table,) = _tables(keys, what="key", at_once=9)
    assert [record.key[0] for record in table] == [9, 18]


def test_the_parts_of_a_file_are_matched_one_after_the_other() -> None:
    keys = [exported(number) for number in range(20)]
    store, seen = ObservationStore(), list[int]()
    for one in (keys[0], keys[13]):
        heard = identifiers(one.key.key, [one.key.rolling_start])
        at = Instant(600 * one.key.rolling_start)
        store.add(Kept(heard, NO_PERIOD, b""), at=at, rssi_dbm=-50)
    found = match_tables(
        store,
        open_export(written(*keys), keys=None).tables(at_once=8),
        design_named("gaen"),
        release=Instant(86_400 * (DAY + 1)),
        parameters=STANDARD,
        progress=seen.append,
    )
    assert len(list(found)) == 2
    assert seen == [8, 8, 4]
