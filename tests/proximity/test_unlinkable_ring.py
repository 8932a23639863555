"""spec/proximity/unlinkable.md: what a phone keeps, erases and reports."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from design_checks import read_damaged
from dp3t.codec import decode, encode
from dp3t.errors import ClockError, MalformedError, TooEarlyError
from dp3t.params import LAST_INSTANT, MINIMAL, STANDARD, Parameters
from dp3t.proximity.interface import Selection
from dp3t.proximity.unlinkable import UnlinkableKey, UnlinkableRing, epoch_of
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import upload_bytes
from dp3t.timeline import Day, Instant, Stretch, day_start
from unlinkable_rings import DAY, DESIGN, EPOCH, NOON, SEED, ring_of, said, seed_of
from vectors import Case, vector_cases


@pytest.mark.spec("UNLINKABLE-1")
def test_each_epoch_has_32_random_bytes_as_they_come() -> None:
    asked = []

    def rand(length: int) -> bytes:
        asked.append(length)
        return Random(len(asked)).randbytes(length)

    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=rand)
    for later in (NOON, NOON + 899, NOON + 900, NOON + 1799, NOON + 9_000):
        ring = ring.rotated(now=Instant(later), parameters=STANDARD, rand=rand)
    assert asked == [32, 32, 32]
    assert ring.keys == (
        UnlinkableKey(EPOCH, Random(1).randbytes(32)),
        UnlinkableKey(EPOCH + 1, Random(2).randbytes(32)),
        UnlinkableKey(EPOCH + 10, Random(3).randbytes(32)),
    )


@pytest.mark.parametrize("back", [1, 899, 900, 86_400])
def test_a_clock_that_goes_back_behind_the_epoch_is_refused(back: int) -> None:
    ring = UnlinkableRing((UnlinkableKey(EPOCH, SEED),))
    with pytest.raises(ClockError):
        ring.rotated(now=Instant(NOON - back), parameters=STANDARD, rand=Random(1).randbytes)
    with pytest.raises(ClockError):
        ring.identifier(now=Instant(NOON + 900), parameters=STANDARD)


@pytest.mark.spec("UNLINKABLE-7")
@pytest.mark.parametrize("retention", [1, 14])
@pytest.mark.parametrize("now", [NOON, day_start(DAY), day_start(Day(DAY + 1)) - 1])
def test_seeds_of_the_oldest_day_are_kept_and_older_ones_erased(retention: int, now: int) -> None:
    parameters = Parameters(retention_days=retention)
    oldest = (DAY - retention) * 96
    current = now // 900
    ring = ring_of(oldest - 100, oldest - 1, oldest, oldest + 50, current - 1)
    rotated = ring.rotated(now=Instant(now), parameters=parameters, rand=Random(1).randbytes)
    kept = [oldest, *sorted({oldest + 50, current - 1} - {oldest}), current]
    assert [key.epoch for key in rotated.keys] == kept
    saved = encode(rotated.to_value())
    assert not any(seed_of(epoch) in saved for epoch in (oldest - 100, oldest - 1))


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="report", result="valid"))
def test_a_report_releases_the_seeds_and_decoys_that_the_vector_says(case: Case) -> None:
    released, _ = report(case)
    epochs = list(range(case["first"], case["first"] + case["count"]))
    assert [key.attributes for key in released] == [(epoch,) for epoch in epochs]
    for record, epoch in zip(released, epochs, strict=True):
        assert (record.key != seed_of(epoch)) is (epoch in case["decoys"])


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="report"))
def test_the_second_witness_reads_the_bounds_of_a_report_the_same_way(case: Case) -> None:
    today, seeds = case["now"] // 86_400, case["seeds"]
    expected, decoys = [], []
    for epoch in range(case["now"] // 900 - 64 * 96, case["now"] // 900 + 3):
        day, end = epoch * 900 // 86_400, epoch * 900 + 900
        if day < case["since"] or today - day > case["retention_days"] or end > case["now"]:
            continue
        expected.append(epoch)
        known = seeds["first"] <= epoch <= seeds["last"] and epoch not in seeds["missing"]
        held = any(a < end and epoch * 900 < b for a, b in case["redacted"])
        decoys += [epoch] if held or not known else []
    assert case["result"] == ("valid" if expected else "policy")
    if expected:
        assert (expected[0], len(expected), decoys) == (
            case["first"], case["count"], case["decoys"],
        )  # fmt: skip


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="report", result="policy"))
def test_a_report_without_an_epoch_that_is_over_is_refused(case: Case) -> None:
    fault = "future" if case["since"] > case["now"] // 86_400 else "no epoch"
    with pytest.raises(TooEarlyError, match=fault):
        report(case)


def test_a_report_by_a_ring_that_was_not_rotated_is_refused() -> None:
    with pytest.raises(ClockError):
        ring_of(EPOCH - 1).released(
            since=DAY, onset=None, now=NOON, parameters=STANDARD, rand=Random(1).randbytes
        )


@pytest.mark.spec("UNLINKABLE-8", "UNLINKABLE-11")
@given(
    seconds=st.integers(0, 86_399),
    back=st.integers(0, 20),
    epochs=st.sets(st.integers(0, 15 * 12), max_size=40),
    redacted=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), max_size=4),
)
def test_the_present_epoch_is_never_released_and_its_seed_goes_on(
    seconds: int, back: int, epochs: set[int], redacted: list[tuple[int, int]]
) -> None:
    now = Instant(day_start(DAY) + seconds)
    parameters = Parameters(epoch_minutes=120)
    current = epoch_of(now, parameters=parameters)
    ring = ring_of(*sorted(current - ago for ago in epochs | {0}))
    held = tuple(
        Stretch(Instant(now - 3600 * hours), Instant(now - 3600 * hours + 1800 * halves))
        for hours, halves in redacted
    )
    rand = Random(seconds).randbytes
    try:
        released, left = ring.released(
            since=Day(DAY - back), onset=None, now=now, parameters=parameters, rand=rand,
            selection=Selection(redacted=held),
        )  # fmt: skip
    except TooEarlyError:
        assert (back, seconds // 7200) == (0, 0)
        return
    epochs_out = [key.record().attributes[0] for key in released]
    assert epochs_out == list(range(max(DAY - back, DAY - 14) * 12, current))
    assert seed_of(current) not in {key.record().key for key in released}
    assert [key.epoch for key in left.keys] == [current]
    held_now = any(start < (current + 1) * 7200 and current * 7200 < end for start, end in held)
    same = left.identifier(now=now, parameters=parameters) == ring.identifier(
        now=now, parameters=parameters
    )
    assert same is not held_now
    for key in released:
        key.require_publishable(now=now, parameters=parameters)


@pytest.mark.spec("UNLINKABLE-8")
def test_a_decoy_has_the_form_of_a_seed_and_is_never_drawn_twice() -> None:
    """What is held back from one report is drawn afresh in the next, as what was published is."""
    everything = Selection(redacted=(Stretch(Instant(0), Instant(LAST_INSTANT)),))
    ring, rand, seen = ring_of(*range(EPOCH - 40, EPOCH + 1)), Random(3).randbytes, list[bytes]()
    for selection in (Selection(), everything, Selection()):
        released, ring = ring.released(
            since=DAY, onset=None, now=NOON, parameters=STANDARD, rand=rand, selection=selection
        )
        records = [key.record() for key in released]
        assert [record.attributes for record in records] == [(n,) for n in range(DAY * 96, EPOCH)]
        assert {(type(record), len(record.key)) for record in records} == {(KeyRecord, 32)}
        seen += [record.key for record in records]
    assert len(set(seen)) == 3 * 48


@given(back=st.lists(st.integers(0, 14 * 96 + 48), min_size=1, max_size=20, unique=True))
def test_a_ring_is_restored_as_it_was(back: list[int]) -> None:
    ring = ring_of(*(EPOCH - ago for ago in sorted(back, reverse=True)))
    saved = decode(encode(ring.to_value()), limit_bytes=2**16)
    assert DESIGN.ring(saved, parameters=STANDARD) == ring


@pytest.mark.parametrize(
    ("epochs", "seeds"),
    [
        ([], b""),
        ([2, 1], bytes(64)),
        ([1, 1], bytes(64)),
        ([-1], bytes(32)),
        ([LAST_INSTANT // 900 + 1], bytes(32)),
        ([1], bytes(31)),
        ([1], bytes(64)),
        ([True], bytes(32)),
        (list(range(15 * 96 + 1)), bytes(32 * (15 * 96 + 1))),
    ],
    ids=[
        "no-epoch", "descending", "twice", "before-1970", "after-2106", "seed-short",
        "seed-too-many", "no-integer", "more-than-is-kept",
    ],
)  # fmt: skip
def test_another_ring_is_malformed(epochs: list[int], seeds: bytes) -> None:
    with pytest.raises(MalformedError):
        DESIGN.ring({"epochs": epochs, "seeds": seeds}, parameters=STANDARD)


@given(data=st.binary(max_size=64))
def test_any_bytes_are_a_ring_or_malformed(data: bytes) -> None:
    read_damaged(DESIGN, ring_of(EPOCH, EPOCH + 1), data)


def test_a_ring_works_from_the_first_second_to_the_last() -> None:
    rand = Random(1).randbytes
    ring = DESIGN.generate(now=Instant(0), parameters=MINIMAL, rand=rand)
    with pytest.raises(TooEarlyError):
        ring.released(since=Day(0), onset=None, now=Instant(0), parameters=MINIMAL, rand=rand)
    ring = ring.rotated(now=Instant(86_400), parameters=MINIMAL, rand=rand)
    released, ring = ring.released(
        since=Day(-5), onset=None, now=Instant(86_400), parameters=MINIMAL, rand=rand
    )
    assert len(released) == 12
    last = Instant(LAST_INSTANT)
    ring = ring.rotated(now=last, parameters=MINIMAL, rand=rand)
    assert len(ring.identifier(now=last, parameters=MINIMAL)) == 16
    minutes = Parameters(epoch_minutes=1, window_minutes=60)
    assert len(DESIGN.kept(said(SEED), at=last, parameters=minutes)) == 3
    assert DESIGN.ring(ring.to_value(), parameters=MINIMAL) == ring


def test_one_minute_epochs_over_44_days_are_kept_reported_and_restored() -> None:
    """64,800 seeds, the most that a report holds; a day more and no phone can be made."""
    parameters = Parameters(epoch_minutes=1, window_minutes=60, retention_days=44)
    current = epoch_of(NOON, parameters=parameters)
    ring = ring_of(*range((DAY - 44) * 1440, current + 1))
    assert DESIGN.ring(ring.to_value(), parameters=parameters) == ring
    now = Instant(NOON + 60)
    ring = ring.rotated(now=now, parameters=parameters, rand=Random(1).randbytes)
    released, _ = ring.released(
        since=Day(0), onset=None, now=now, parameters=parameters, rand=Random(1).randbytes
    )
    assert len(released) == 44 * 1440 + 721
    assert DESIGN.upload_bytes(parameters) == upload_bytes(keys=45 * 1440, key_bytes=32)
    with pytest.raises(ValueError, match="keys"):
        DESIGN.upload_bytes(Parameters(epoch_minutes=1, window_minutes=60, retention_days=45))


def test_no_secret_shows_in_a_repr() -> None:
    ring = UnlinkableRing((UnlinkableKey(EPOCH, SEED),))
    assert repr(SEED) not in repr(ring)
    assert repr(SEED) not in repr(ring.keys[0])


def report(case: Case) -> tuple[list[KeyRecord], UnlinkableRing]:
    """Return what the phone of a case releases; a decoy is 32 bytes of 0xff."""
    seeds = case["seeds"]
    known = set(range(seeds["first"], seeds["last"] + 1)) - set(seeds["missing"])
    released, left = ring_of(*sorted(known)).released(
        since=Day(case["since"]),
        onset=None,
        now=Instant(case["now"]),
        parameters=Parameters(retention_days=case["retention_days"]),
        rand=lambda length: b"\xff" * length,
        selection=Selection(
            redacted=tuple(Stretch(Instant(start), Instant(end)) for start, end in case["redacted"])
        ),
    )
    return [key.record() for key in released], left
