"""spec/proximity/cuckoo.md: vectors, buckets, look-ups, bytes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
import oracle_cuckoo
from dp3t.codec import encode
from dp3t.errors import Dp3tError, LimitError, MalformedError, UnsupportedVersionError
from dp3t.primitives import sha256
from dp3t.proximity.cuckoo.budget import (
    FINGERPRINT_BYTES,
    LOOKUPS,
    false_positive_rate,
    fingerprint_bytes_for,
)
from dp3t.proximity.cuckoo.filter import MAX_FILTER_BYTES, CuckooFilter
from dp3t.proximity.cuckoo.layout import MAX_SEGMENTS, MAX_TABLE_BYTES, Layout
from vectors import Case, vector_cases

BATCH = b"any bytes that name a batch"

layouts = st.builds(
    Layout,
    st.integers(4, 8),
    st.integers(0, 8),
    st.integers(1, 64) | st.sampled_from([127, 255, 1000]),
)
item_sets = st.sets(st.binary(min_size=32, max_size=32), max_size=60)


def numbered(numbers: dict[str, int]) -> list[bytes]:
    """Return the items that a vector names by their numbers."""
    first = numbers["first"]
    return [sha256(n.to_bytes(4, "big")) for n in range(first, first + numbers["count"])]


def random_items(count: int, *, seed: int) -> list[bytes]:
    source = random.Random(seed)
    return [source.randbytes(32) for _ in range(count)]


def built(items: list[bytes], *, seed: int = 1, width: int = 7) -> CuckooFilter:
    return CuckooFilter.build(
        items, batch_id=BATCH, rand=random.Random(seed).randbytes, fingerprint_bytes=width
    )


class TestVectors:
    """The library and the second witness, case by case."""

    @pytest.mark.parametrize("case", vector_cases("cuckoo", operation="derive"))
    def test_an_item_falls_where_the_vector_says(self, case: Case) -> None:
        layout = Layout(case["fingerprint_bytes"], case["buckets_log2"], case["segments"])
        items = [bytes.fromhex(row["item"]) for row in case["items"]]
        falls = [
            (fingerprint, first, layout.other(first, fingerprint))
            for _, fingerprint, first in layout.entries(items, key=bytes.fromhex(case["key"]))
        ]
        assert falls == [
            (int(row["fingerprint"], 16), row["first"], row["other"]) for row in case["items"]
        ]

    @pytest.mark.parametrize("case", vector_cases("cuckoo", operation="derive"))
    def test_for_the_second_witness_it_falls_there_too(self, case: Case) -> None:
        names = ("fingerprint_bytes", "buckets_log2", "segments")
        fields: oracle_cuckoo.Filter = {name: case[name] for name in names}
        fields["salt"], batch_id = bytes.fromhex(case["salt"]), bytes.fromhex(case["batch_id"])
        assert oracle_cuckoo.key(fields, batch_id).hex() == case["key"]
        for row in case["items"]:
            item = sha256(row["number"].to_bytes(4, "big"))
            fall = oracle_cuckoo.fall(fields, batch_id, item)
            assert item.hex() == row["item"]
            assert fall == (bytes.fromhex(row["fingerprint"]), row["first"], row["other"])

    @pytest.mark.parametrize("case", vector_cases("cuckoo", operation="lookup"))
    def test_a_filter_holds_what_the_vector_says(self, case: Case) -> None:
        encoded = bytes.fromhex(case["encoded"])
        read = CuckooFilter.decode(encoded, batch_id=bytes.fromhex(case["batch_id"]))
        assert read.encode() == encoded
        assert len(read) == case["items"]["count"]
        assert list(read.found(numbered(case["items"]))) == numbered(case["found"])
        besides = numbered(case["looked_up_besides"])
        first = case["looked_up_besides"]["first"]
        accidents = [first + n for n, item in enumerate(besides) if item in read]
        assert accidents == case["false_positives"]

    @pytest.mark.parametrize("case", vector_cases("cuckoo", operation="lookup"))
    def test_for_the_second_witness_it_holds_the_same(self, case: Case) -> None:
        encoded, batch_id = bytes.fromhex(case["encoded"]), bytes.fromhex(case["batch_id"])
        fields = oracle_cuckoo.read(encoded)
        assert oracle_cuckoo.write(fields) == oracle.msgpack_encode(fields) == encoded
        assert fields["count"] == case["items"]["count"]
        held = [oracle_cuckoo.holds(fields, batch_id, i) for i in numbered(case["items"])]
        assert held == [n < case["found"]["count"] for n in range(case["items"]["count"])]
        besides = numbered(case["looked_up_besides"])
        accidents = [
            case["looked_up_besides"]["first"] + n
            for n, item in enumerate(besides)
            if oracle_cuckoo.holds(fields, batch_id, item)
        ]
        assert accidents == case["false_positives"]

    @pytest.mark.parametrize("case", vector_cases("cuckoo", operation="decode"))
    def test_a_filter_with_one_fault_is_refused_by_both(self, case: Case) -> None:
        encoded, batch_id = bytes.fromhex(case["encoded"]), bytes.fromhex(case["batch_id"])
        expected = {"malformed": MalformedError, "limit": LimitError}[case["result"]]
        with pytest.raises(expected):
            CuckooFilter.decode(encoded, batch_id=batch_id)
        with pytest.raises(oracle_cuckoo.OracleError):
            oracle_cuckoo.read(encoded)

    @pytest.mark.parametrize("case", vector_cases("cuckoo", id="version-2"))
    def test_a_filter_of_a_later_version_is_refused_by_that_name(self, case: Case) -> None:
        with pytest.raises(UnsupportedVersionError, match="the filter has version 2"):
            CuckooFilter.decode(bytes.fromhex(case["encoded"]), batch_id=BATCH)

    @pytest.mark.parametrize("case", vector_cases("cuckoo", operation="layout"))
    def test_a_layout_is_chosen_alike_by_both(self, case: Case) -> None:
        count, width = case["count"], case["fingerprint_bytes"]
        layout = Layout.for_items(count, fingerprint_bytes=width)
        chosen = (case["buckets_log2"], case["segments"])
        assert (layout.buckets_log2, layout.segments) == chosen
        assert oracle_cuckoo.layout(count, width) == chosen

    @pytest.mark.parametrize("case", vector_cases("cuckoo", operation="budget"))
    def test_a_budget_gives_the_same_length_to_both(self, case: Case) -> None:
        lookups, accepted = case["lookups"], case["false_positives"]
        length = fingerprint_bytes_for(lookups=lookups, false_positives=accepted)
        assert length == case["fingerprint_bytes"] == oracle_cuckoo.budgeted(lookups, accepted)


class TestBuckets:
    """From one bucket to the other and back."""

    @pytest.mark.spec("CUCKOO-6")
    @given(layout=layouts, fingerprint=st.integers(1, 2**64 - 1), data=st.data())
    def test_the_other_bucket_of_the_other_bucket_is_the_bucket(
        self, layout: Layout, fingerprint: int, data: st.DataObject
    ) -> None:
        buckets = layout.slots // 4
        bucket = data.draw(st.integers(0, buckets - 1))
        other = layout.other(bucket, fingerprint)
        assert 0 <= other < buckets
        assert layout.other(other, fingerprint) == bucket

    @pytest.mark.spec("CUCKOO-5", "CUCKOO-6")
    def test_both_buckets_of_items_spread_over_the_whole_table(self) -> None:
        """Valid: each of 12 buckets is the first, and the other, of a twelfth of the items."""
        layout = Layout(7, 2, 3)
        firsts, others = [0] * 12, [0] * 12
        for _, fingerprint, first in layout.entries(random_items(12_000, seed=3), key=bytes(32)):
            firsts[first] += 1
            others[layout.other(first, fingerprint)] += 1
        for counts in (firsts, others):
            assert all(abs(count - 1000) < 5 * 31 for count in counts)

    def test_an_exclusive_or_among_other_numbers_of_buckets_does_not_lead_back(self) -> None:
        """Why a segment is a power of two: so the reference implementation loses items."""

        def lost(buckets: int) -> int:
            source = random.Random(5)
            steps = [(source.randrange(buckets), source.getrandbits(56)) for _ in range(1000)]
            return sum((((b ^ f) % buckets) ^ f) % buckets != b for b, f in steps)

        assert lost(1024) == 0
        assert lost(1260) > 100


class TestLookups:
    """What was put in is found; other things as seldom as promised."""

    @pytest.mark.spec("CUCKOO-1", "CUCKOO-7", "CUCKOO-9", "CUCKOO-16")
    @given(items=item_sets, width=st.integers(1, 8), seed=st.integers())
    def test_every_item_is_found_before_and_after_encoding(
        self, items: set[bytes], width: int, seed: int
    ) -> None:
        given_twice = [*items, *items]
        filled = built(given_twice, seed=seed, width=width)
        read = CuckooFilter.decode(filled.encode(), batch_id=BATCH)
        assert read == filled
        assert len(read) == len(items)
        assert list(read.found(given_twice)) == given_twice
        assert all(item in read for item in items)

    @pytest.mark.spec("CUCKOO-9", "CUCKOO-16")
    def test_none_of_fifty_thousand_items_is_lost(self) -> None:
        items = random_items(50_000, seed=4)
        read = CuckooFilter.decode(built(items).encode(), batch_id=BATCH)
        assert list(read.found(items)) == items
        assert len(read) / read.layout.slots > 0.93
        assert list(read.found(random_items(20_000, seed=5))) == []

    @pytest.mark.spec("CUCKOO-9", "CUCKOO-13")
    @pytest.mark.parametrize(("width", "count", "lookups"), [(1, 2000, 40_000), (2, 4000, 200_000)])
    def test_false_positives_are_as_frequent_as_the_table_says_and_within_the_bound(
        self, width: int, count: int, lookups: int
    ) -> None:
        """Valid: within five standard deviations of the exact rate of this very filter."""
        filled = built(random_items(count, seed=6), width=width)
        layout, answers = filled.layout, set[tuple[int, int]]()
        for place in range(layout.slots):
            fingerprint = int.from_bytes(filled.table[place * width : (place + 1) * width], "big")
            if fingerprint:
                answers |= {(fingerprint, place // 4)}
                answers |= {(fingerprint, layout.other(place // 4, fingerprint))}
        ways = sum(2 if fingerprint == 1 else 1 for fingerprint, _ in answers)
        rate = ways / 256**width / (layout.slots // 4)
        assert rate < false_positive_rate(width)
        accidents = sum(1 for _ in filled.found(random_items(lookups, seed=7)))
        assert abs(accidents - rate * lookups) < 5 * (rate * lookups) ** 0.5
        assert accidents < false_positive_rate(width) * lookups + 5 * (rate * lookups) ** 0.5

    @pytest.mark.spec("CUCKOO-3")
    def test_under_another_batch_id_nothing_is_found(self) -> None:
        items = random_items(2000, seed=8)
        encoded = built(items).encode()
        for batch_id in (b"", BATCH + b"0", BATCH[:-1]):
            other = CuckooFilter.decode(encoded, batch_id=batch_id)
            assert list(other.found(items)) == []
            assert other != CuckooFilter.decode(encoded, batch_id=BATCH)

    @pytest.mark.spec("CUCKOO-19")
    @given(items=item_sets)
    def test_an_empty_filter_finds_nothing(self, items: set[bytes]) -> None:
        empty = CuckooFilter.decode(built([]).encode(), batch_id=BATCH)
        assert (len(empty), empty.table) == (0, b"")
        assert list(empty.found(items)) == []

    def test_what_is_found_comes_in_the_order_it_was_asked_for(self) -> None:
        items = random_items(50, seed=9)
        asked = [items[3], random_items(1, seed=10)[0], items[1], items[3]]
        assert list(built(items).found(asked)) == [items[3], items[1], items[3]]


class TestFingerprints:
    """The length, from the white paper's target."""

    @pytest.mark.spec("CUCKOO-13")
    def test_seven_bytes_meet_the_target_and_six_do_not(self) -> None:
        assert LOOKUPS == 3 * 168 * 18_250_000_000_000
        assert FINGERPRINT_BYTES == 7
        assert 0.96 < LOOKUPS * false_positive_rate(7) < 0.98
        assert 247 < LOOKUPS * false_positive_rate(6) < 249

    @pytest.mark.spec("CUCKOO-13")
    def test_a_rate_of_2_to_the_minus_42_misses_it_in_every_reading(self) -> None:
        readings = [LOOKUPS // 504, LOOKUPS // 3, LOOKUPS]
        assert [round(n * 2**-42, 1) for n in readings] == [4.1, 697.1, 2091.4]

    @pytest.mark.spec("CUCKOO-13")
    def test_a_budget_no_length_keeps_to_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no fingerprint"):
            fingerprint_bytes_for(lookups=1e20, false_positives=1)


class TestHostile:
    """Whatever the bytes, a filter or an error of ours."""

    @given(data=st.binary(max_size=300))
    def test_any_bytes_are_refused_with_an_error_of_ours(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            CuckooFilter.decode(data, batch_id=BATCH)

    @pytest.mark.spec("CUCKOO-10", "CUCKOO-11", "CUCKOO-17")
    @pytest.mark.parametrize("count", [0, 3, 19])
    def test_every_flipped_bit_is_refused_or_gives_the_one_encoding_of_another_filter(
        self, count: int
    ) -> None:
        good = built(random_items(count, seed=11)).encode()
        for bit in range(8 * len(good)):
            data = bytearray(good)
            data[bit // 8] ^= 1 << bit % 8
            try:
                read = CuckooFilter.decode(bytes(data), batch_id=BATCH)
            except Dp3tError:
                with pytest.raises(oracle_cuckoo.OracleError):
                    oracle_cuckoo.read(bytes(data))
            else:
                assert read.encode() == data
                assert oracle_cuckoo.write(oracle_cuckoo.read(bytes(data))) == data

    @pytest.mark.spec("CUCKOO-12")
    def test_more_bytes_than_the_limit_are_refused_for_their_number(self) -> None:
        with pytest.raises(LimitError, match=str(MAX_FILTER_BYTES)):
            CuckooFilter.decode(bytes(MAX_FILTER_BYTES + 1), batch_id=BATCH)

    @pytest.mark.spec("CUCKOO-12")
    def test_a_table_beyond_the_limit_is_refused_though_the_bytes_are_few(self) -> None:
        assert Layout(7, 15, 73).table_bytes < MAX_TABLE_BYTES < 74 * 7 * 2**17
        for layout in ((7, 15, 74), (8, 16, MAX_SEGMENTS), (1, 0, MAX_SEGMENTS + 1)):
            with pytest.raises(LimitError, match="too many items"):
                Layout(*layout)

    @pytest.mark.spec("CUCKOO-12")
    def test_a_filter_of_many_fields_is_refused(self) -> None:
        with pytest.raises(LimitError, match="15 items"):
            CuckooFilter.decode(encode({str(n): n for n in range(8)}), batch_id=BATCH)

    @pytest.mark.spec("CUCKOO-11")
    def test_a_filter_that_nobody_may_publish_cannot_be_made_either(self) -> None:
        good = built(random_items(3, seed=12))
        for layout, salt, count, table in [
            (good.layout, bytes(15), 3, good.table),
            (good.layout, good.salt, 2, good.table),
            (good.layout, good.salt, 3, good.table + bytes(28)),
            (Layout(7, 0, 2), good.salt, 3, good.table),
            (good.layout, good.salt, 0, bytes(28)),
        ]:
            with pytest.raises(MalformedError):
                CuckooFilter(batch_id=BATCH, salt=salt, layout=layout, count=count, table=table)
        for parts in ((0, 0, 1), (9, 0, 1), (7, 17, 1), (7, -1, 1), (7, 0, -1)):
            with pytest.raises(MalformedError):
                Layout(*parts)

    def test_the_fingerprints_do_not_show(self) -> None:
        shown = repr(built(random_items(3, seed=13)))
        assert "count=3" in shown
        assert "table" not in shown
        assert "_key" not in shown
