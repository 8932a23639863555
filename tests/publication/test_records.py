"""spec/publication/batch.md, the table of keys."""

import random
import tracemalloc
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dp3t.codec import Value, encode
from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.publication.columns import decode_runs, differences, encode_runs, sums
from dp3t.publication.records import MAX_GROUPS, KeyGroup, KeyRecord, KeyTable
from publication_cases import altered, record_lists
from vectors import Case, vector_cases


@pytest.mark.parametrize("case", vector_cases("batch", operation="table", result="valid"))
def test_a_table_is_read_to_its_groups_and_both_witnesses_write_it(case: Case) -> None:
    encoded = bytes.fromhex(case["encoded"])
    groups = [
        (tuple(group["attributes"]), [bytes.fromhex(key) for key in group["keys"]])
        for group in case["groups"]
    ]
    table = KeyTable.decode(encoded)
    assert [(group.attributes, list(group)) for group in table.groups] == groups
    assert table.encode() == encoded == oracle.msgpack_encode(oracle.key_table(groups))


@pytest.mark.parametrize("case", vector_cases("batch", operation="table", result="malformed"))
def test_a_table_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        KeyTable.decode(bytes.fromhex(case["encoded"]))


@pytest.mark.parametrize("case", vector_cases("batch", operation="table", result="limit"))
def test_a_table_over_a_limit_is_refused(case: Case) -> None:
    with pytest.raises(LimitError):
        KeyTable.decode(bytes.fromhex(case["encoded"]))


class TestRecords:
    """From records to bytes and back."""

    @pytest.mark.spec("BATCH-2")
    @given(records=record_lists())
    def test_what_is_written_is_read_to_the_same_records(self, records: list[KeyRecord]) -> None:
        table = KeyTable.of(records)
        again = KeyTable.decode(table.encode())
        assert again == table
        assert list(again) == sorted(set(records))
        assert len(again) == len(set(records))

    @pytest.mark.spec("BATCH-4")
    @given(records=record_lists(least=2), seed=st.integers())
    def test_the_order_of_arrival_leaves_no_trace(
        self, records: list[KeyRecord], seed: int
    ) -> None:
        shuffled = [*records, records[0]]
        random.Random(seed).shuffle(shuffled)
        assert KeyTable.of(shuffled).encode() == KeyTable.of(records).encode()

    @pytest.mark.spec("BATCH-4", "BATCH-6")
    @given(records=record_lists())
    def test_both_witnesses_write_any_table_alike(self, records: list[KeyRecord]) -> None:
        groups = oracle.key_groups((record.attributes, record.key) for record in records)
        assert KeyTable.of(records).encode() == oracle.msgpack_encode(oracle.key_table(groups))

    @pytest.mark.spec("BATCH-2")
    @pytest.mark.parametrize(
        "records",
        [
            [KeyRecord((1,), bytes(16)), KeyRecord((2,), bytes(32))],
            [KeyRecord((1,), bytes(16)), KeyRecord((1,), bytes(32))],
            [KeyRecord((1,), bytes(16)), KeyRecord((1, 2), bytes(16))],
            [KeyRecord((1,), bytes(15))],
            [KeyRecord((1,), bytes(65))],
            [KeyRecord((1,), b"")],
            [KeyRecord((), bytes(16))],
            [KeyRecord((0,) * 9, bytes(16))],
            [KeyRecord((2**32,), bytes(16))],
            [KeyRecord((-(2**31) - 1,), bytes(16))],
            [KeyRecord((True,), bytes(16))],
        ],
        ids=[
            "two-key-lengths",
            "two-key-lengths-in-a-group",
            "two-widths",
            "key-of-15",
            "key-of-65",
            "key-of-none",
            "no-attributes",
            "nine-attributes",
            "above-range",
            "below-range",
            "boolean",
        ],
    )
    def test_records_that_no_reader_accepts_are_refused_by_the_writer(
        self, records: list[KeyRecord]
    ) -> None:
        with pytest.raises(MalformedError):
            KeyTable.of(records)

    @pytest.mark.spec("BATCH-4")
    def test_a_table_cannot_be_built_out_of_order(self) -> None:
        one, two = (KeyGroup((n,), 16, bytes(16)) for n in (1, 2))
        for groups in ((two, one), (one, one)):
            with pytest.raises(MalformedError, match="ascending"):
                KeyTable(groups)
        with pytest.raises(MalformedError, match="ascending"):
            KeyGroup((1,), 16, bytes(32))

    @pytest.mark.spec("BATCH-4")
    @pytest.mark.parametrize("place", [0, 4094, 4095, 4096, 8190, 8191])
    @pytest.mark.parametrize("width", [16, 32])
    def test_two_keys_in_a_row_are_compared_wherever_they_stand(
        self, place: int, width: int
    ) -> None:
        column = [number.to_bytes(width, "big") for number in range(8193)]
        KeyGroup((1,), width, b"".join(column))
        for change in (column[place + 1], column[place]):
            wrong = [*column[:place], change, column[place], *column[place + 2 :]]
            with pytest.raises(MalformedError, match="ascending"):
                KeyGroup((1,), width, b"".join(wrong))

    @pytest.mark.spec("BATCH-2")
    @pytest.mark.parametrize("keys", [b"", bytes(15), bytes(17)])
    def test_a_group_cannot_be_empty_or_end_within_a_key(self, keys: bytes) -> None:
        with pytest.raises(MalformedError, match="empty or ends within"):
            KeyGroup((1,), 16, keys)

    def test_keys_that_may_not_be_public_yet_do_not_show(self) -> None:
        record = KeyRecord((1,), b"abcdefghijklmnop")
        assert "cdefgh" not in repr(record)
        assert "cdefgh" not in repr(KeyTable.of([record]))


class TestColumns:
    """Runs of equal numbers, and of equal steps."""

    @pytest.mark.spec("BATCH-6")
    def test_the_example_of_the_chapter(self) -> None:
        steps = list(differences([5, 6, 7, 8, 8]))
        assert steps == [5, 1, 1, 1, 0]
        assert encode_runs(steps) == [5, [1, 3], 0]
        assert sums(decode_runs([5, [1, 3], 0], most=5)) == [5, 6, 7, 8, 8]

    @pytest.mark.spec("BATCH-6")
    @given(numbers=st.lists(st.integers(0, 2) | st.integers(-(2**33), 2**33)))
    def test_a_column_is_inverted_and_has_one_form(self, numbers: list[int]) -> None:
        column = encode_runs(numbers)
        assert column == oracle.column(numbers)
        assert decode_runs(column, most=len(numbers)) == numbers
        assert sums(differences(numbers)) == numbers

    @pytest.mark.spec("BATCH-6")
    @given(
        column=st.lists(
            st.integers(0, 1) | st.lists(st.integers(-1, 4), min_size=1, max_size=3), max_size=6
        )
    )
    def test_a_column_in_another_form_is_refused(self, column: list[int | list[int]]) -> None:
        try:
            numbers = decode_runs(column, most=100)
        except MalformedError:
            return
        assert encode_runs(numbers) == column

    @pytest.mark.spec("BATCH-7")
    @pytest.mark.parametrize("length", [101, 2**31, 2**64 - 1])
    def test_a_run_that_claims_too_much_is_refused_before_it_is_written_out(
        self, length: int
    ) -> None:
        with pytest.raises(LimitError):
            decode_runs([[0, length]], most=100)


def table_of(**changes: Value) -> dict[str, Value]:
    """Return a good table of one key, but for what is changed."""
    good: dict[str, Value] = {"attributes": [[1]], "counts": [1], "key_bytes": 16}
    return {**good, "keys": bytes(16), **changes}


class TestHostile:
    """Whatever the bytes, an error of ours, soon and in little memory."""

    @given(data=st.binary(max_size=300))
    def test_any_bytes_are_refused_with_an_error_of_ours(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            KeyTable.decode(data)

    @pytest.mark.spec("BATCH-2", "BATCH-4", "BATCH-6")
    @given(data=st.data(), records=record_lists(least=1, most=8))
    def test_an_altered_table_is_refused_or_is_the_one_encoding_of_another(
        self, data: st.DataObject, records: list[KeyRecord]
    ) -> None:
        encoded = data.draw(altered(KeyTable.of(records).encode()))
        try:
            table = KeyTable.decode(encoded)
        except Dp3tError:
            return
        assert table.encode() == encoded

    @pytest.mark.spec("BATCH-2")
    @given(
        counts=st.lists(st.integers(-(2**63), 2**64 - 1) | st.integers(-2, 3), max_size=4),
        steps=st.lists(st.integers(-(2**63), 2**64 - 1) | st.integers(-2, 3), max_size=4),
        key_bytes=st.integers(0, 65),
        keys=st.binary(max_size=64),
    )
    def test_columns_of_any_numbers_are_refused_or_agree_with_the_keys(
        self, counts: list[int], steps: list[int], key_bytes: int, keys: bytes
    ) -> None:
        column: Value = [encode_runs(steps)]
        rows = encode_runs(counts)
        encoded = encode(table_of(attributes=column, counts=rows, key_bytes=key_bytes, keys=keys))
        try:
            table = KeyTable.decode(encoded)
        except MalformedError:
            return
        assert len(table) * key_bytes == len(keys)
        assert [len(group) for group in table.groups] == counts

    @pytest.mark.spec("BATCH-7")
    @pytest.mark.parametrize(
        "change",
        [
            {"counts": [[1, MAX_GROUPS + 1]]},
            {"counts": [[1, 2**64 - 1]]},
            {"attributes": [[[1, MAX_GROUPS + 1]]]},
            {"attributes": [[[0, 2**40]]] * 8},
            {"attributes": [[1]] * 9},
        ],
        ids=["groups", "counts", "column", "eight-columns", "nine-columns"],
    )
    def test_a_few_bytes_that_claim_many_rows_are_refused_in_little_memory(
        self, change: Mapping[str, Value]
    ) -> None:
        encoded = encode(table_of(**change))
        tracemalloc.start()
        try:
            with pytest.raises(LimitError):
                KeyTable.decode(encoded)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak_bytes < 2**20

    @pytest.mark.spec("BATCH-7")
    @pytest.mark.parametrize("keys", [0, 1, 4])
    def test_no_more_rows_are_written_out_than_there_are_keys(self, keys: int) -> None:
        """Invalid: a hundred bytes that claim eight full columns. A row written takes 8 bytes."""
        full: Value = [[1, MAX_GROUPS]]
        one: Value = [1]
        for attributes, counts in (([full] * 8, full), ([full], one), ([one, full], one)):
            table = table_of(attributes=attributes, counts=counts, keys=bytes(16 * keys))
            encoded = encode(table)
            assert len(encoded) < 200
            tracemalloc.start()
            try:
                with pytest.raises(LimitError) as caught:
                    KeyTable.decode(encoded)
                peak_bytes = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert str(caught.value) == f"a column has more than {keys} rows"
            assert peak_bytes < 8 * MAX_GROUPS

    @pytest.mark.spec("BATCH-7")
    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(lambda n: b"\xdd" + n.to_bytes(4, "big") + b"\x90" * n, id="empty-lists"),
            pytest.param(lambda n: b"\xdd" + n.to_bytes(4, "big") + b"\x80" * n, id="empty-maps"),
            pytest.param(lambda n: b"\xdd" + n.to_bytes(4, "big") + bytes(n), id="numbers"),
            pytest.param(lambda n: b"\xdd\xff\xff\xff\xff" * (n // 5), id="headers"),
        ],
    )
    def test_megabytes_of_items_are_refused_before_they_are_built(
        self, data: Callable[[int], bytes]
    ) -> None:
        encoded = data(2**22)
        tracemalloc.start()
        try:
            with pytest.raises(LimitError, match="items"):
                KeyTable.decode(encoded)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak_bytes < 2**16

    @pytest.mark.spec("BATCH-7")
    def test_more_groups_than_the_limit_are_refused_by_the_writer(self) -> None:
        group = KeyGroup((1,), 16, bytes(16))
        with pytest.raises(LimitError, match="65536"):
            KeyTable((group,) * (MAX_GROUPS + 1))

    @pytest.mark.spec("BATCH-7")
    def test_a_table_at_the_limit_of_groups_is_written_and_read(self) -> None:
        """Valid: 65,536 groups whose columns do not shrink stay within the limit of items."""
        source = random.Random(7)
        rows = set[tuple[int, ...]]()
        while len(rows) < MAX_GROUPS:
            rows.add(tuple(source.randrange(-9, 9) for _ in range(8)))
        table = KeyTable.of(KeyRecord(row, bytes(16)) for row in rows)
        assert len(table.groups) == MAX_GROUPS
        assert KeyTable.decode(table.encode()) == table
