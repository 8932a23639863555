"""spec/proximity/cuckoo.md: how a filter is built, and what happens when it cannot be."""

import random
from array import array
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import LimitError
from dp3t.primitives import hmac_sha256
from dp3t.proximity.cuckoo import filter as filter_module
from dp3t.proximity.cuckoo import layout as layout_module
from dp3t.proximity.cuckoo import table as table_module
from dp3t.proximity.cuckoo.filter import KEY_LABEL, MAX_TRIES, CuckooFilter
from dp3t.proximity.cuckoo.layout import Layout
from dp3t.proximity.cuckoo.table import filled_slots, packed

BATCH = b"any bytes that name a batch"
LARGEST_COUNT = 9_089_843


class Salts:
    """A source that remembers what it gave."""

    def __init__(self, *first: bytes, seed: int = 1) -> None:
        self.given: list[bytes] = []
        self._first = list(first)
        self._source = random.Random(seed)

    def __call__(self, length: int) -> bytes:
        self.given.append(self._first.pop(0) if self._first else self._source.randbytes(length))
        return self.given[-1]


def random_items(count: int, *, seed: int) -> list[bytes]:
    source = random.Random(seed)
    return [source.randbytes(32) for _ in range(count)]


def laid_out(layout: Layout, items: list[bytes]) -> CuckooFilter:
    """Return a filter of any layout, trying salts until one does."""
    for number in range(200):
        salt = number.to_bytes(16, "big")
        key = hmac_sha256(salt, KEY_LABEL + BATCH)
        slots = filled_slots((entry[1:] for entry in layout.entries(items, key=key)), layout)
        if slots is not None:
            table = packed(slots, layout.fingerprint_bytes)
            count = len(items)
            return CuckooFilter(batch_id=BATCH, salt=salt, layout=layout, count=count, table=table)
    raise AssertionError("no salt does")


class TestLoad:
    """Full tables of every shape."""

    @pytest.mark.spec("CUCKOO-7", "CUCKOO-9", "CUCKOO-16", "CUCKOO-18")
    @pytest.mark.parametrize("log2", [0, 1, 3, 6])
    @pytest.mark.parametrize("segments", [1, 2, 3, 5, 8, 13, 64, 127])
    def test_no_item_is_lost_at_the_maximum_load(self, log2: int, segments: int) -> None:
        layout = Layout(7, log2, segments)
        items = random_items(layout.slots * 19 // 20, seed=log2 + 100 * segments)
        filled = laid_out(layout, items)
        read = CuckooFilter.decode(filled.encode(), batch_id=BATCH)
        assert list(read.found(items)) == items

    @pytest.mark.spec("CUCKOO-7", "CUCKOO-9")
    @given(
        width=st.integers(1, 8),
        log2=st.integers(0, 4),
        segments=st.integers(1, 9),
        share=st.floats(0, 1),
        seed=st.integers(),
    )
    def test_no_item_is_lost_at_any_load(
        self, width: int, log2: int, segments: int, share: float, seed: int
    ) -> None:
        layout = Layout(width, log2, segments)
        items = random_items(max(1, int(share * layout.slots * 0.9)), seed=seed)
        filled = laid_out(layout, items)
        assert list(filled.found(items)) == items

    @pytest.mark.spec("CUCKOO-15", "CUCKOO-18")
    @given(count=st.integers(0, 10_000) | st.integers(0, LARGEST_COUNT), width=st.integers(4, 7))
    def test_a_chosen_table_is_large_enough_and_hardly_larger(self, count: int, width: int) -> None:
        layout = Layout.for_items(count, fingerprint_bytes=width)
        assert 19 * layout.slots >= 20 * count
        least = -(-20 * count // 19)
        assert layout.slots < (least + 4) * (1 + 1 / 63)
        assert layout.segments <= 127

    @pytest.mark.spec("CUCKOO-15")
    @pytest.mark.parametrize("count", [1000, 4800, 20_000])
    def test_a_filter_takes_hardly_more_bytes_than_its_fingerprints(self, count: int) -> None:
        filled = CuckooFilter.build(random_items(count, seed=2), batch_id=BATCH, rand=Salts())
        assert len(filled.encode()) <= 1.05 * count * 7 / 0.95


class TestOrder:
    """The bytes tell what is in the filter, and nothing else."""

    @pytest.mark.spec("CUCKOO-1", "CUCKOO-17")
    @given(count=st.integers(0, 60), seed=st.integers())
    def test_the_order_of_the_items_leaves_no_trace(self, count: int, seed: int) -> None:
        items = random_items(count, seed=seed)
        mixed = [*items, *items[:3]]
        random.Random(seed + 1).shuffle(mixed)
        one, other = (
            CuckooFilter.build(given, batch_id=BATCH, rand=Salts()) for given in (items, mixed)
        )
        assert one.encode() == other.encode()

    @pytest.mark.spec("CUCKOO-17")
    def test_each_bucket_is_in_ascending_order_with_empty_slots_first(self) -> None:
        filled = CuckooFilter.build(random_items(500, seed=3), batch_id=BATCH, rand=Salts())
        for start in range(0, len(filled.table), 28):
            bucket = [filled.table[start + at : start + at + 7] for at in (0, 7, 14, 21)]
            assert bucket == sorted(bucket)

    @pytest.mark.spec("CUCKOO-7")
    def test_items_with_equal_fingerprints_take_a_slot_each(self) -> None:
        layout = Layout(1, 0, 1)
        fingerprints = filled_slots([(5, 0), (5, 0), (9, 0)], layout)
        assert fingerprints is not None
        assert packed(fingerprints, 1) == bytes([0, 5, 5, 9])


class TestSalt:
    """Nobody can choose items for a salt that is not drawn yet."""

    @pytest.mark.spec("CUCKOO-2")
    def test_the_salt_is_drawn_when_the_last_item_is_known(self) -> None:
        salts = Salts()

        def items() -> Iterator[bytes]:
            yield bytes(32)
            assert salts.given == []

        filled = CuckooFilter.build(items(), batch_id=BATCH, rand=salts)
        assert salts.given == [filled.salt]
        assert len(filled.salt) == 16

    @pytest.mark.spec("CUCKOO-2", "CUCKOO-3")
    def test_another_salt_or_another_batch_gives_another_table(self) -> None:
        items = random_items(19, seed=4)
        tables = {
            CuckooFilter.build(items, batch_id=batch_id, rand=Salts(salt)).table
            for batch_id in (BATCH, b"another")
            for salt in (bytes(16), bytes([1] * 16))
        }
        assert len(tables) == 4

    @pytest.mark.spec("CUCKOO-2", "CUCKOO-3", "CUCKOO-8")
    def test_items_that_collide_under_one_salt_are_built_under_the_next(self) -> None:
        """Valid: an attacker who knew the first salt has made 19 items share two buckets."""
        known = bytes(16)
        layout = Layout.for_items(19, fingerprint_bytes=7)
        key = hmac_sha256(known, KEY_LABEL + BATCH)
        crafted = [
            item
            for item, fingerprint, first in layout.entries(random_items(2000, seed=5), key=key)
            if {first, layout.other(first, fingerprint)} == {0, 1}
        ][:19]
        assert len(crafted) == 19
        salts = Salts(known)
        filled = CuckooFilter.build(crafted, batch_id=BATCH, rand=salts)
        assert list(filled.found(crafted)) == crafted
        assert salts.given[0] == known != filled.salt


class TestFailure:
    """A build that fails says so; no item is ever lost in silence."""

    @pytest.mark.spec("CUCKOO-8", "CUCKOO-16")
    def test_items_that_cannot_be_placed_end_in_an_error_after_32_salts(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Invalid: a broken hash gives nine items one fingerprint and one pair of buckets."""
        monkeypatch.setattr(layout_module, "hmac_sha256", lambda key, item: bytes([7] * 32))
        salts = Salts()
        with pytest.raises(LimitError, match="do not fit"):
            CuckooFilter.build(random_items(9, seed=6), batch_id=BATCH, rand=salts)
        assert len(salts.given) == len(set(salts.given)) == MAX_TRIES == 32

    @pytest.mark.spec("CUCKOO-8")
    def test_without_moves_a_full_table_fails_and_grows_until_the_items_fit_or_an_error_is_raised(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table_module, "MAX_MOVES", 1)
        with pytest.raises(LimitError, match="do not fit"):
            CuckooFilter.build(random_items(5000, seed=7), batch_id=BATCH, rand=Salts())
        items = random_items(19, seed=8)
        salts = Salts()
        filled = CuckooFilter.build(items, batch_id=BATCH, rand=salts)
        assert list(filled.found(items)) == items
        assert len(salts.given) > 1

    @pytest.mark.spec("CUCKOO-8")
    def test_after_four_tries_the_table_grows_and_each_try_has_a_salt_of_its_own(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried: list[Layout] = []

        def late(entries: Iterable[tuple[int, int]], layout: Layout) -> "array[int] | None":
            tried.append(layout)
            return filled_slots(entries, layout) if len(tried) > 9 else None

        monkeypatch.setattr(filter_module, "filled_slots", late)
        salts = Salts()
        items = random_items(19, seed=9)
        filled = CuckooFilter.build(items, batch_id=BATCH, rand=salts)
        assert [layout.segments for layout in tried] == [5] * 4 + [6] * 4 + [7] * 2
        assert len(set(salts.given)) == 10
        assert filled.salt == salts.given[-1]
        assert list(filled.found(items)) == items

    @pytest.mark.spec("CUCKOO-14", "CUCKOO-16")
    def test_a_filter_that_lacks_an_item_is_never_returned(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Invalid: a fault changes one fingerprint of each table behind the builder's back."""

        def faulty(entries: Iterable[tuple[int, int]], layout: Layout) -> "array[int] | None":
            slots = filled_slots(entries, layout)
            if slots is not None:
                at = next(n for n, fingerprint in enumerate(slots) if fingerprint)
                slots[at] ^= 2
            return slots

        monkeypatch.setattr(filter_module, "filled_slots", faulty)
        salts = Salts()
        with pytest.raises(LimitError, match="do not fit"):
            CuckooFilter.build(random_items(19, seed=10), batch_id=BATCH, rand=salts)
        assert len(salts.given) == 32

    @pytest.mark.spec("CUCKOO-12")
    def test_more_items_than_a_filter_may_have_are_refused_before_anything_is_drawn(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert Layout.for_items(LARGEST_COUNT, fingerprint_bytes=7).segments == 73
        with pytest.raises(LimitError, match="too many items"):
            Layout.for_items(LARGEST_COUNT + 1, fingerprint_bytes=7)
        monkeypatch.setattr(layout_module, "MAX_TABLE_BYTES", 28 * 5)
        salts = Salts()
        assert (
            len(CuckooFilter.build(random_items(19, seed=11), batch_id=BATCH, rand=Salts())) == 19
        )
        with pytest.raises(LimitError, match="too many items"):
            CuckooFilter.build(random_items(20, seed=11), batch_id=BATCH, rand=salts)
        assert salts.given == []

    @pytest.mark.spec("CUCKOO-1")
    @pytest.mark.parametrize("length", [0, 31, 33])
    def test_an_item_of_another_length_is_a_mistake(self, length: int) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            CuckooFilter.build([bytes(32), bytes(length)], batch_id=BATCH, rand=Salts())

    @pytest.mark.parametrize("width", [0, 9, -1])
    def test_a_fingerprint_of_no_length_allowed_is_a_mistake(self, width: int) -> None:
        with pytest.raises(ValueError, match="1 to 8 bytes"):
            CuckooFilter.build([], batch_id=BATCH, rand=Salts(), fingerprint_bytes=width)
