"""spec/proximity/kernels.md: filters of many items are the same filters."""

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle_cuckoo
from dp3t.errors import MalformedError
from dp3t.proximity.cuckoo.filter import CuckooFilter
from dp3t.proximity.cuckoo.layout import Layout
from dp3t.proximity.cuckoo.table import filled_slots
from dp3t.proximity.kernels import engine
from dp3t.proximity.kernels.status import Status

pytest.importorskip("numpy", reason="the extra fast is not installed")
pytest.importorskip("numba", reason="the extra fast is not installed")

from dp3t.proximity.kernels import features, hashing
from dp3t.proximity.kernels import filters as kernels

if not features.SUPPORTED:
    pytest.skip("the processor has no AES instructions", allow_module_level=True)

BATCH = b"any bytes that name a batch"
KEY = bytes(range(32))
NO_KERNELS = None, Status(there=False, reason="a test")

checked = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def every_filter_goes_through_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORTHWHILE_KEYS", 0)


def built(items: list[bytes], *, seed: int, width: int) -> CuckooFilter:
    return CuckooFilter.build(
        items, batch_id=BATCH, rand=Random(seed).randbytes, fingerprint_bytes=width
    )


@given(count=st.integers(0, 700), width=st.integers(1, 8), seed=st.integers(0, 2**32))
@checked
@pytest.mark.spec("KERNELS-1")
def test_a_filter_is_built_and_answers_alike(count: int, width: int, seed: int) -> None:
    assert engine.filters(0) is not None
    dice = Random(seed)
    items = [dice.randbytes(32) for _ in range(count)]
    others = [dice.randbytes(32) for _ in range(300)]
    asked = dice.sample(items + others, len(items) + 300)
    fast = built(items + items[:3], seed=seed, width=width)
    found = list(fast.found(asked))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_filters", [NO_KERNELS])
        slow = built(items, seed=seed, width=width)
        assert (fast, found) == (slow, list(slow.found(asked)))
    assert set(items) <= set(found)


@pytest.mark.spec("KERNELS-2")
def test_the_oracle_finds_every_item_in_a_table_of_the_kernels() -> None:
    dice = Random(5)
    items = [dice.randbytes(32) for _ in range(60)]
    filter_ = built(items, seed=5, width=7)
    fields = oracle_cuckoo.read(filter_.encode())
    assert all(oracle_cuckoo.holds(fields, BATCH, item) for item in items)
    others = [dice.randbytes(32) for _ in range(60)]
    assert list(filter_.found(others)) == [
        item for item in others if oracle_cuckoo.holds(fields, BATCH, item)
    ]


@given(count=st.integers(1, 60), width=st.integers(1, 8), seed=st.integers(0, 2**32))
@checked
@pytest.mark.spec("KERNELS-1")
def test_a_table_that_is_too_small_is_too_small_for_both(count: int, width: int, seed: int) -> None:
    """Moves are the same to the last one, so an item finds no room in the same tries."""
    dice = Random(seed)
    items = sorted(dice.randbytes(32) for _ in range(count))
    layout = Layout(width, 1, max(1, count // 8 + dice.randrange(2)))
    slots = filled_slots((entry[1:] for entry in layout.entries(items, key=KEY)), layout)
    table = kernels.Filters().table(items, layout, key=KEY)
    assert (slots is None) is (table is None)


@pytest.mark.parametrize("width", range(1, 9))
@pytest.mark.spec("KERNELS-1")
def test_a_bucket_out_of_order_is_refused_alike(width: int) -> None:
    dice = Random(width)
    good = built([dice.randbytes(32) for _ in range(30)], seed=1, width=width)
    buckets = range(0, len(good.table), 4 * width)
    at = next(at for at in buckets if any(good.table[at + 2 * width : at + 4 * width]))
    table = bytearray(good.table)
    table[at : at + width], table[at + 3 * width : at + 4 * width] = (
        table[at + 3 * width : at + 4 * width],
        table[at : at + width],
    )
    for way in ([NO_KERNELS], []):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine, "_filters", way)
            with pytest.raises(MalformedError, match="ascending"):
                CuckooFilter(
                    batch_id=BATCH,
                    salt=good.salt,
                    layout=good.layout,
                    count=good.count,
                    table=bytes(table),
                )


@pytest.mark.spec("KERNELS-1")
def test_what_is_no_hash_is_asked_for_as_without_kernels() -> None:
    dice = Random(1)
    filter_ = built([dice.randbytes(32) for _ in range(9)], seed=1, width=7)
    assert list(filter_.found([bytes(16), bytes(32)])) == []


def _unlucky(*_arguments: Any) -> bool:
    return False


def _forgetful(*_arguments: Any) -> None:
    """Find nothing."""


@pytest.mark.parametrize(("name", "other"), [("fill", _unlucky), ("look_up", _forgetful)])
@pytest.mark.spec("KERNELS-4", "KERNELS-5")
def test_kernels_of_filters_that_differ_are_never_used(
    name: str, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_filters", [])
    monkeypatch.setattr(hashing, name, other)
    assert engine.filters(0) is None
    reason = engine.status("unlinkable").reason
    assert reason == "the kernels build or read other filters than the portable path"
    dice = Random(1)
    items = [dice.randbytes(32) for _ in range(20)]
    assert list(built(items, seed=1, width=7).found(items)) == items
