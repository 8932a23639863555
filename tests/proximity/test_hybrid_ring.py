"""spec/proximity/hybrid.md: what a phone keeps, erases and reports."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from design_checks import read_damaged, unevenness
from dp3t.codec import decode, encode
from dp3t.errors import ClockError, MalformedError, TooEarlyError
from dp3t.params import LAST_INSTANT, STANDARD, Parameters
from dp3t.proximity.advertisement import EphID, ServiceData
from dp3t.proximity.hybrid import HybridKey, HybridRing, window_of
from dp3t.proximity.interface import Selection
from dp3t.proximity.key_batches import keys_of
from dp3t.proximity.observations import ObservationStore
from dp3t.publication.batch import BatchName
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start
from hybrid_rings import (
    DAY,
    DESIGN,
    METADATA,
    MIDNIGHT,
    NOON,
    SEED,
    WINDOW,
    every_length,
    minutes,
    ring_of,
    seed_of,
)
from vectors import Case, vector_cases

EVERYTHING_HELD_BACK = Selection(redacted=(Stretch(Instant(0), Instant(LAST_INSTANT)),))


@pytest.mark.spec("HYBRID-1")
def test_each_window_has_16_random_bytes_as_they_come() -> None:
    asked = []

    def rand(length: int) -> bytes:
        asked.append(length)
        return Random(len(asked)).randbytes(length)

    ring = DESIGN.generate(now=Instant(NOON + 100), parameters=STANDARD, rand=rand)
    assert (asked[0], ring.keys) == (16, (HybridKey(WINDOW, Random(1).randbytes(16)),))
    before = len(asked)
    assert ring.rotated(now=Instant(NOON + 14_399), parameters=STANDARD, rand=rand) is ring
    ring = ring.rotated(now=Instant(NOON + 14_400), parameters=STANDARD, rand=rand)
    assert asked[before] == 16
    assert ring.keys[1] == HybridKey(WINDOW + 1, Random(before + 1).randbytes(16))


@pytest.mark.spec("HYBRID-4")
def test_the_broadcast_order_is_uniform() -> None:
    """Chi-square over place and value: 225 of 256 are free, 1 in 10,000 lies above 311."""
    rand = Random(5).randbytes
    rings = (DESIGN.generate(now=NOON, parameters=STANDARD, rand=rand) for _ in range(6000))
    assert unevenness(ring.order for ring in rings) < 311


@pytest.mark.spec("HYBRID-4", "HYBRID-13")
def test_each_window_and_each_report_has_an_order_of_its_own() -> None:
    random = Random(6)
    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=random.randbytes)
    orders = {ring.order}
    for later in range(1, 20):
        now = Instant(NOON + later * 14_400)
        ring = ring.rotated(now=now, parameters=STANDARD, rand=random.randbytes)
        orders.add(ring.order)
        assert sorted(ring.order) == list(range(16))
    _, fresh = ring.released(
        since=DAY, onset=None, now=now, parameters=STANDARD, rand=random.randbytes
    )
    assert len(orders | {fresh.order}) == 21


@pytest.mark.spec("HYBRID-4")
def test_the_order_stays_within_its_window_and_over_a_restart() -> None:
    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=Random(7).randbytes)
    again = DESIGN.ring(ring.to_value(), parameters=STANDARD)
    later = Instant(NOON + 14_399)
    assert again.rotated(now=later, parameters=STANDARD, rand=Random(8).randbytes) == ring


@pytest.mark.parametrize("back", [1, 14_400, 86_400])
def test_a_clock_that_goes_back_behind_the_window_is_refused(back: int) -> None:
    ring = ring_of(WINDOW)
    with pytest.raises(ClockError):
        ring.rotated(now=Instant(NOON - back), parameters=STANDARD, rand=Random(1).randbytes)
    for now in (Instant(NOON - 1), Instant(NOON + 14_400)):
        with pytest.raises(ClockError):
            ring.identifier(now=now, parameters=STANDARD)
        with pytest.raises(ClockError):
            ring.released(
                since=DAY, onset=None, now=now, parameters=STANDARD, rand=Random(1).randbytes
            )


@every_length
@pytest.mark.spec("HYBRID-6")
def test_seeds_are_erased_when_their_window_ended_before_the_oldest_day(
    parameters: Parameters,
) -> None:
    length = parameters.window_seconds
    for now in (NOON, MIDNIGHT, Instant(MIDNIGHT + 86_399)):
        current = window_of(now, parameters=parameters)
        oldest_day = (DAY - parameters.retention_days) * 86_400
        near = oldest_day // length
        windows = sorted({*range(near - 5, near + 5), current - 1})
        ring = ring_of(*(window for window in windows if window < current), parameters=parameters)
        rotated = ring.rotated(now=now, parameters=parameters, rand=Random(1).randbytes)
        kept = [key.window for key in rotated.keys[:-1]]
        expected = [
            window
            for window in windows
            if window < current
            and any(
                second // 86_400 >= DAY - parameters.retention_days
                for second in (window * length, (window + 1) * length - 1)
            )
        ]
        assert kept == expected
        saved = encode(rotated.to_value())
        assert not any(seed_of(window) in saved for window in set(windows) - set(expected))


@every_length
@pytest.mark.spec("HYBRID-6", "HYBRID-7")
def test_a_ring_never_holds_nor_a_report_releases_more_than_can_be_restored_and_uploaded(
    parameters: Parameters,
) -> None:
    """One phone rotated at the start of each window for longer than it keeps."""
    rand = Random(9).randbytes
    length = parameters.window_seconds
    ring = DESIGN.generate(now=Instant(0), parameters=parameters, rand=rand)
    end = (parameters.retention_days + 3) * 86_400
    step = max(length, end // 2000 // length * length)
    ring = ring_of(*range(end // length), parameters=parameters)
    for now in range(end // length * length, end + 86_400, step):
        ring = ring.rotated(now=Instant(now), parameters=parameters, rand=rand)
        assert DESIGN.ring(ring.to_value(), parameters=parameters) == ring
    late = Instant(now + length - 1)
    released, _ = ring.released(
        since=Day(0), onset=None, now=late, parameters=parameters, rand=rand
    )
    windows = [key.record().attributes[0] for key in released]
    first = day_start(Day(day_of(late) - parameters.retention_days)) // length
    assert windows == list(range(first, late // length + 1))
    assert 16 * len(windows) + 2560 <= DESIGN.upload_bytes(parameters)


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="report"))
def test_a_report_releases_the_seeds_and_decoys_that_the_vector_says(case: Case) -> None:
    seeds, close = case["seeds"], case["close_windows"]
    known = set(range(seeds["first"], seeds["last"] + 1)) - set(seeds["missing"])
    parameters = minutes(case)
    released, _ = ring_of(*sorted(known), parameters=parameters).released(
        since=Day(case["since"]),
        onset=None,
        now=Instant(case["now"]),
        parameters=parameters,
        rand=lambda length: b"\xff" * length if length == 16 else bytes(length),
        selection=Selection(
            redacted=tuple(Stretch(Instant(a), Instant(b)) for a, b in case["redacted"]),
            close_periods=None if close is None else frozenset(close),
        ),
    )
    records = [key.record() for key in released]
    windows = list(range(case["first"], case["first"] + case["count"]))
    assert [record.attributes for record in records] == [(window,) for window in windows]
    for record, window in zip(records, windows, strict=True):
        assert (record.key != seed_of(window)) is (window in case["decoys"])


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="report"))
def test_the_second_witness_reads_the_bounds_of_a_report_the_same_way(case: Case) -> None:
    today, seeds, length = case["now"] // 86_400, case["seeds"], 60 * case["window_minutes"]
    first_day = max(case["since"], today - case["retention_days"])
    expected, decoys = [], []
    for window in range((first_day - 2) * 86_400 // length, case["now"] // length + 3):
        start, end = window * length, (window + 1) * length
        if (end - 1) // 86_400 < first_day or start > case["now"]:
            continue
        expected.append(window)
        known = seeds["first"] <= window <= seeds["last"] and window not in seeds["missing"]
        held = any(a < end and start < b for a, b in case["redacted"])
        alone = case["close_windows"] is not None and window not in case["close_windows"]
        decoys += [window] if held or alone or not known else []
    assert (expected[0], len(expected), decoys) == (case["first"], case["count"], case["decoys"])


@pytest.mark.spec("HYBRID-14")
def test_a_report_of_tomorrow_is_refused() -> None:
    with pytest.raises(TooEarlyError):
        ring_of(WINDOW).released(
            since=Day(DAY + 1), onset=None, now=NOON, parameters=STANDARD, rand=Random(1).randbytes
        )


@every_length
@pytest.mark.spec("HYBRID-7")
@given(
    seconds=st.integers(0, 86_399),
    back=st.integers(0, 20),
    holes=st.sets(st.integers(0, 200)),
    close=st.none() | st.sets(st.integers(0, 200)),
    held=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 48)), max_size=3),
)
def test_how_many_keys_a_report_has_tells_the_day_and_nothing_else(
    parameters: Parameters,
    seconds: int,
    back: int,
    holes: set[int],
    close: set[int] | None,
    held: list[tuple[int, int]],
) -> None:
    now = Instant(MIDNIGHT + seconds)
    current = window_of(now, parameters=parameters)
    full = range(current - 200, current + 1)
    selection = Selection(
        redacted=tuple(
            Stretch(Instant(now - hours * 3600), Instant(now + (width - hours) * 3600))
            for hours, width in held
        ),
        close_periods=None if close is None else {current - ago for ago in close},
    )
    reports = [
        ring_of(*windows, parameters=parameters).released(
            since=Day(DAY - back), onset=None, now=now, parameters=parameters,
            rand=Random(seconds).randbytes, selection=chosen,
        )[0]
        for windows, chosen in (
            (full, Selection()),
            ([n for n in full if current - n not in holes - {0}], selection),
        )
    ]  # fmt: skip
    shapes = [
        [(type(one), one.record().attributes, len(one.record().key)) for one in keys]
        for keys in reports
    ]
    assert shapes[0] == shapes[1]
    for key in reports[1]:
        key.require_publishable(now=now, parameters=parameters)


@pytest.mark.spec("HYBRID-7")
def test_a_decoy_has_the_form_of_a_seed_and_is_never_drawn_twice() -> None:
    ring, rand, seen = ring_of(*range(WINDOW - 20, WINDOW + 1)), Random(3).randbytes, list[bytes]()
    for selection in (Selection(), EVERYTHING_HELD_BACK, Selection(close_periods=()), Selection()):
        released, ring = ring.released(
            since=Day(DAY - 1), onset=None, now=NOON, parameters=STANDARD, rand=rand,
            selection=selection,
        )  # fmt: skip
        records = [key.record() for key in released]
        assert [one.attributes for one in records] == [(n,) for n in range(WINDOW - 9, WINDOW + 1)]
        seen += [record.key for record in records]
    assert {len(key) for key in seen} == {16}
    assert len(set(seen)) == 4 * 10


@pytest.mark.spec("HYBRID-13")
def test_a_report_leaves_no_seed_and_no_order_behind() -> None:
    ring = DESIGN.generate(
        now=Instant(NOON - 86_400), parameters=STANDARD, rand=Random(1).randbytes
    )
    for now in range(NOON - 72_000, NOON + 1, 14_400):
        ring = ring.rotated(now=Instant(now), parameters=STANDARD, rand=Random(now).randbytes)
    released, left = ring.released(
        since=DAY, onset=None, now=NOON, parameters=STANDARD, rand=Random(2).randbytes,
        selection=EVERYTHING_HELD_BACK,
    )  # fmt: skip
    saved = encode(left.to_value())
    assert not any(key.seed in saved for key in ring.keys)
    assert not any(key.record().key in saved for key in released)
    assert [key.window for key in left.keys] == [WINDOW]
    assert left.order != ring.order
    public = {one for key in (*ring.keys, *released) for one in reach(key)}
    for now in range(NOON, NOON + 14_400, 900):
        assert left.identifier(now=Instant(now), parameters=STANDARD) not in public


def reach(key: object) -> tuple[EphID, ...]:
    assert isinstance(key, HybridKey)
    (expansion,) = key.expand(before=Instant(NOON + 7200), parameters=STANDARD)
    return expansion.split()


@pytest.mark.spec("HYBRID-7", "HYBRID-12")
def test_a_batch_with_decoys_matches_what_was_told_and_nothing_else() -> None:
    ring = ring_of(*range(WINDOW - 4, WINDOW + 1))
    store = ObservationStore()
    for window in range(WINDOW - 4, WINDOW + 1):
        at = Instant(window * 14_400 + 7000)
        words = ServiceData(EphID(oracle.hybrid_identifiers(seed_of(window), 1)[0]) + bytes(4))
        for kept in DESIGN.kept(words, at=at, parameters=STANDARD):
            store.add(kept, at=at, rssi_dbm=-60)
    night = Stretch(Instant(NOON - 14_400), Instant(NOON))
    released, _ = ring.released(
        since=DAY, onset=None, now=Instant(NOON + 7100), parameters=STANDARD,
        rand=Random(2).randbytes,
        selection=Selection(redacted=(night,), close_periods={WINDOW - 1, WINDOW - 2, WINDOW}),
    )  # fmt: skip
    name = BatchName(design="hybrid", region="VN", release=Instant(NOON + 7200))
    batch = DESIGN.publish(
        [key.record() for key in released], name=name, parameters=STANDARD, rand=Random(1).randbytes
    )
    assert len(keys_of(batch, DESIGN)) == 4
    found = DESIGN.match(store, batch, parameters=STANDARD)
    assert [one.observation.kept.period for one in found] == [WINDOW - 2, WINDOW]


@given(back=st.lists(st.integers(0, 14 * 6 + 3), min_size=1, max_size=20, unique=True))
def test_a_ring_is_restored_as_it_was(back: list[int]) -> None:
    ring = ring_of(*(WINDOW - ago for ago in sorted(back, reverse=True)))
    saved = decode(encode(ring.to_value()), limit_bytes=2**16)
    assert DESIGN.ring(saved, parameters=STANDARD) == ring


@pytest.mark.parametrize(
    ("windows", "seeds", "order"),
    [
        ([], b"", range(16)),
        ([2, 1], bytes(32), range(16)),
        ([1, 1], bytes(32), range(16)),
        ([-1], bytes(16), range(16)),
        ([LAST_INSTANT // 14_400 + 1], bytes(16), range(16)),
        ([1], bytes(15), range(16)),
        ([1], bytes(32), range(16)),
        ([True], bytes(16), range(16)),
        (range(92), bytes(16 * 92), range(16)),
        ([1], bytes(16), range(15)),
        ([1], bytes(16), range(17)),
        ([1], bytes(16), [0, *range(15)]),
        ([1], bytes(16), range(1, 17)),
        ([1], bytes(16), []),
    ],
    ids=[
        "no-window", "descending", "twice", "before-1970", "after-2106", "seed-short",
        "seed-too-many", "no-integer", "more-than-is-kept", "order-short", "order-long",
        "order-repeats", "order-from-1", "no-order",
    ],
)  # fmt: skip
def test_another_ring_is_malformed(windows: list[int], seeds: bytes, order: list[int]) -> None:
    value = {"windows": list(windows), "seeds": seeds, "order": list(order)}
    with pytest.raises(MalformedError):
        DESIGN.ring(value, parameters=STANDARD)


@given(data=st.binary(max_size=64))
def test_any_bytes_are_a_ring_or_malformed(data: bytes) -> None:
    read_damaged(DESIGN, ring_of(WINDOW, WINDOW + 1), data)


@every_length
def test_a_ring_works_from_the_first_second_to_the_last(parameters: Parameters) -> None:
    rand = Random(1).randbytes
    for now in (Instant(0), Instant(LAST_INSTANT)):
        ring = DESIGN.generate(now=now, parameters=parameters, rand=rand)
        words = ring.service_data(METADATA, now=now, parameters=parameters)
        assert DESIGN.kept(words, at=now, parameters=parameters)
        assert DESIGN.ring(ring.to_value(), parameters=parameters) == ring
        released, _ = ring.released(
            since=Day(-3), onset=None, now=now, parameters=parameters, rand=rand
        )
        assert released[-1] == ring.keys[-1]
        assert now or len(released) == 1
        for key in released:
            key.require_publishable(now=now, parameters=parameters)


def test_no_secret_shows_in_a_repr() -> None:
    ring = HybridRing(keys=(HybridKey(WINDOW, SEED),), order=(3, 1, 2, 0))
    assert repr(SEED) not in repr(ring)
    assert "order" not in repr(ring)
    assert repr(SEED) not in repr(ring.keys[0])
