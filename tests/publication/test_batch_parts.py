"""spec/publication/batch.md, in parts: the same batches, the same keys, in little memory."""

import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.codec import Value, encode, locate_octets
from dp3t.errors import Dp3tError, LimitError, MalformedError, VerificationError
from dp3t.publication import sources
from dp3t.publication.batch import Batch, BatchName, open_batch
from dp3t.publication.opened_table import OpenedTable, open_table
from dp3t.publication.records import KeyGroup, KeyRecord, KeyTable, Rows
from dp3t.publication.sources import Buffer, Section, Steady, cut_out
from publication_cases import NOON, SIGNER, TRUSTED, altered, keys_of, record_lists
from vectors import Case, vector_cases

NAME = BatchName(design="gaen", region="VN-HN", release=NOON)


class Changing:
    """A file that somebody writes to."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)

    @property
    def size_bytes(self) -> int:
        return len(self.data)

    def read(self, start: int, length: int) -> bytes:
        return bytes(self.data[start : start + length])


@pytest.mark.spec("BATCH-10")
@pytest.mark.parametrize("case", vector_cases("batch", operation="open"))
def test_a_file_opens_in_parts_as_it_opens_whole(case: Case) -> None:
    file, trusted = bytes.fromhex(case["file"]), keys_of(case["trusted"])
    try:
        whole = Batch.open(file, trusted=trusted)
    except Dp3tError as refused:
        with pytest.raises(type(refused)):
            open_batch(Changing(file), trusted=trusted)
        return
    assert open_batch(Changing(file), trusted=trusted).whole() == whole
    assert whole.content == bytes.fromhex(case["content"])


@pytest.mark.spec("BATCH-10")
@pytest.mark.parametrize("case", vector_cases("batch", operation="table"))
def test_a_table_is_read_in_parts_as_it_is_read_whole(case: Case) -> None:
    encoded = bytes.fromhex(case["encoded"])
    try:
        whole = KeyTable.decode(encoded)
    except Dp3tError as refused:
        with pytest.raises(type(refused)):
            open_table(Buffer(encoded))
        return
    opened = open_table(Buffer(encoded))
    assert [record for part in opened.parts(at_once=1) for record in part] == list(whole)
    assert len(opened) == len(whole)


@pytest.mark.spec("BATCH-10")
@given(data=st.data(), records=record_lists(least=1, most=12), at_once=st.integers(1, 13))
def test_whatever_is_changed_in_a_table_both_readers_take_it_or_both_refuse(
    data: st.DataObject, records: list[KeyRecord], at_once: int
) -> None:
    encoded = KeyTable.of(records).encode()
    if data.draw(st.booleans()):
        encoded = data.draw(altered(encoded))
    try:
        whole = KeyTable.decode(encoded)
    except Dp3tError as refused:
        with pytest.raises(type(refused)):
            open_table(Buffer(encoded))
        return
    parts = list(open_table(Buffer(encoded)).parts(at_once=at_once))
    assert [record for part in parts for record in part] == list(whole)
    assert all(0 < len(part) <= at_once for part in parts)


@pytest.mark.spec("BATCH-10", "BATCH-4")
@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_keys_and_groups_out_of_order_across_parts_are_refused(at_once: int) -> None:
    one, two = bytes(16), bytes(15) + b"\1"
    cases: list[tuple[list[tuple[tuple[int, ...], int]], bytes]] = [
        ([((1,), 2)], two + one),
        ([((1,), 2)], one + one),
        ([((2,), 1), ((1,), 1)], one + two),
        ([((1,), 1), ((1,), 1)], one + two),
    ]
    for groups, keys in cases:
        opened = OpenedTable(Rows(16, groups), Buffer(keys))
        with pytest.raises(MalformedError, match="ascending"):
            list(opened.parts(at_once=at_once))


@pytest.mark.spec("BATCH-10")
@pytest.mark.parametrize("place", [0, 9, 80, 150, -1])
def test_a_file_that_changes_after_its_verification_is_refused(place: int) -> None:
    records = [KeyRecord((1,), random.Random(1).randbytes(16)) for _ in range(5)]
    file = Changing(Batch(NAME, KeyTable.of(records).encode()).sign(SIGNER))
    opened = open_batch(file, trusted=TRUSTED)
    file.data[place] ^= 1
    opened.content.read(0, 1)  # the block is still held, with the bytes that were verified
    assert open_table(opened.content).rows.groups == [((1,), 1)]


@pytest.mark.spec("BATCH-10")
@pytest.mark.parametrize("change", ["byte", "cut"])
def test_a_block_that_is_read_again_has_to_be_the_same(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BLOCK_BYTES", 64)
    records = [KeyRecord((1,), bytes([number]) * 16) for number in range(50)]
    file = Changing(Batch(NAME, KeyTable.of(records).encode()).sign(SIGNER))
    table = open_table(open_batch(file, trusted=TRUSTED).content)
    assert [record for part in table.parts() for record in part] == records
    if change == "byte":
        file.data[500] ^= 1
    else:
        del file.data[500:]
    with pytest.raises(VerificationError, match="changed while it was read"):
        list(table.parts(at_once=4))


@pytest.mark.spec("BATCH-10")
def test_a_part_of_a_large_batch_needs_little_memory() -> None:
    keys = b"".join(number.to_bytes(16, "big") for number in range(2**20))
    content = KeyTable((KeyGroup((1,), 16, keys),)).encode()
    file = Changing(Batch(NAME, content).sign(SIGNER))
    del keys, content
    tracemalloc.start()
    try:
        table = open_table(open_batch(file, trusted=TRUSTED).content)
        counted = sum(len(part) for part in table.parts(at_once=2**12))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert counted == 2**20
    assert peak_bytes < 8 * 2**20 < file.size_bytes


@pytest.mark.spec("BATCH-7")
def test_reading_in_parts_has_the_limit_of_a_whole_batch() -> None:
    class Endless:
        size_bytes = 2**28 + 1

        def read(self, start: int, length: int) -> bytes:
            raise AssertionError("nothing is read of it beyond its header")

    class Header(Endless):
        def read(self, start: int, length: int) -> bytes:
            return bytes(length) if start == 0 else super().read(start, length)

    with pytest.raises(LimitError, match="268435456"):
        open_batch(Header(), trusted=TRUSTED)


class TestSources:
    @given(data=st.binary(max_size=40), start=st.integers(0, 45), length=st.integers(0, 45))
    def test_every_source_reads_the_same(self, data: bytes, start: int, length: int) -> None:
        expected = data[start : start + length]
        padded = Section(Buffer(b"ab" + data + b"cd"), 2, len(data))
        for source in (Buffer(bytearray(data)), Steady(Changing(data)), padded):
            assert source.read(start, length) == expected
            assert source.size_bytes == len(data)

    def test_a_file_that_grows_shows_what_it_was(self) -> None:
        file = Changing(b"abc")
        steady = Steady(file)
        assert steady.read(0, 9) == b"abc"
        assert steady.read(3, 9) == b""

    def test_a_file_that_is_shorter_than_it_said_is_refused(self) -> None:
        file = Changing(b"abc")
        steady = Steady(file)
        del file.data[1:]
        with pytest.raises(VerificationError, match="changed"):
            steady.read(0, 3)


class TestCut:
    """A long field stays where it is; what remains is judged as the whole would be."""

    @pytest.mark.parametrize("length", [0, 1, 255, 256, 65_535, 65_536])
    def test_the_field_is_found_whatever_its_length(self, length: int) -> None:
        value: dict[str, Value] = {"a": [1, {"b": b"xy"}], "keys": bytes(length), "z": "text"}
        rest, keys = cut_out(Buffer(encode(value)), "keys", limit_items=20)
        assert rest == value | {"keys": b""}
        assert keys.read(0, 2**20) == bytes(length)

    @pytest.mark.parametrize(
        "encoded",
        [
            pytest.param(b"\x81\xa1k\xc5\x00\x01x", id="a-length-of-two-bytes-for-one"),
            pytest.param(b"\x81\xa1k\xc6\x00\x00\x01\x00" + bytes(256), id="four-for-two"),
            pytest.param(b"\x81\xd9\x01k\xc4\x01x", id="a-long-key"),
            pytest.param(b"\x81\xa1k\xc4\x02x", id="cut"),
            pytest.param(b"\x81\xa1k\xc4\x01xx", id="more-behind"),
            pytest.param(b"\x82\xa1k\xc4\x01x\xa1k\xc4\x01x", id="twice"),
            pytest.param(b"\x82\xa1k\xc4\x01x\xa1a\x01", id="out-of-order"),
            pytest.param(b"\x81\xa1k\xc4\x01x" + bytes(5000), id="much-behind"),
            pytest.param(b"\x81\xa1k", id="no-value"),
            pytest.param(b"\x81\xa1k\xc5\x01", id="half-a-length"),
            pytest.param(b"\x81\xa1j" + b"\xc5\x20\x00" + bytes(2**13), id="another-field"),
            pytest.param(b"\x81\xa1k\xda\x20\x00" + b"x" * 2**13, id="text"),
            pytest.param(b"\xc1", id="nothing-known"),
            pytest.param(b"", id="nothing"),
        ],
    )
    def test_another_form_is_refused(self, encoded: bytes) -> None:
        try:
            rest, _ = cut_out(Buffer(encoded), "k", limit_items=20)
        except MalformedError:
            return
        assert isinstance(rest, dict)
        assert type(rest.get("k")) is not bytes

    @pytest.mark.spec("CODEC-9")
    @pytest.mark.parametrize("before", [b"\x9f" * 15, b"\xdc\x00\x20", b"\x93" * 9 + bytes(40)])
    def test_too_many_items_before_it_are_refused(self, before: bytes) -> None:
        with pytest.raises(LimitError, match="items"):
            locate_octets(b"\x82\xa1a" + before + bytes(40), "k", limit_items=20)
