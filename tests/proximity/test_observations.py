"""spec/proximity/observations.md."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.codec import Value, decode, encode
from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.params import LAST_INSTANT
from dp3t.proximity.observations import (
    MAX_IDENTIFIERS_PER_SLOT,
    MAX_SIGHTINGS_PER_IDENTIFIER,
    MAX_SIGHTINGS_PER_SLOT,
    NO_PERIOD,
    Kept,
    Observation,
    ObservationStore,
    Sighting,
    each_once,
)
from dp3t.timeline import Day, Instant, Slot, day_of, day_start

NOON = Instant(18_377 * 86_400 + 43_200)
SLOT = Slot(NOON // 7200)
ONE = Kept(bytes(16), NO_PERIOD, bytes(4))
TWO = Kept(bytes(range(16)), NO_PERIOD, bytes(range(16, 20)))
NEW = Kept(b"\xff" * 16, NO_PERIOD, b"\xff" * 4)

words = st.sampled_from([ONE, TWO, ONE._replace(metadata=b"else"), ONE._replace(period=18_377)])
moments = st.integers(NOON - 86_400, NOON + 86_400).map(Instant)
sightings = st.lists(st.tuples(words, moments, st.integers(-128, 127)), max_size=30)


def numbered(number: int) -> Kept:
    return Kept(number.to_bytes(16, "big"), NO_PERIOD, bytes(4))


def store_of(*heard: tuple[Kept, int, int]) -> ObservationStore:
    store = ObservationStore()
    for kept, at, rssi_dbm in heard:
        store.add(kept, at=Instant(at), rssi_dbm=rssi_dbm)
    return store


@pytest.mark.spec("OBSERVATIONS-1")
def test_sightings_of_the_same_words_in_a_slot_are_one_observation() -> None:
    store = store_of((ONE, NOON, -60), (TWO, NOON + 5, -50), (ONE, NOON + 7199, -70))
    assert list(store) == [
        Observation(
            kept=ONE,
            slot=SLOT,
            coarse=False,
            sightings=(Sighting(0, -60), Sighting(7199, -70)),
        ),
        Observation(kept=TWO, slot=SLOT, coarse=False, sightings=(Sighting(5, -50),)),
    ]


@pytest.mark.spec("OBSERVATIONS-1")
def test_other_metadata_or_another_slot_make_another_observation() -> None:
    other = ONE._replace(metadata=b"else")
    store = store_of((ONE, NOON, -60), (other, NOON, -60), (ONE, NOON + 7200, -60))
    assert len(store) == 3
    assert [one.slot for one in store.lookup(ONE.identity)] == [SLOT, SLOT, SLOT + 1]


@pytest.mark.spec("OBSERVATIONS-2")
@pytest.mark.parametrize(("back", "kept"), [(0, True), (1, False)])
def test_a_day_is_forgotten_from_its_first_to_its_last_second(back: int, kept: bool) -> None:
    day = day_of(NOON)
    first = day_start(Day(day - back))
    store = store_of((ONE, first, -60), (TWO, first + 86_399, -60))
    store.forget(before=day)
    assert len(store) == (2 if kept else 0)
    assert bool(store.lookup(ONE.identity)) is kept
    assert store.heard_none_of([ONE.identity]) is not kept


@pytest.mark.spec("OBSERVATIONS-2")
def test_what_is_forgotten_is_nowhere_in_the_encoding() -> None:
    store = store_of((TWO, NOON - 86_400, -60), (ONE, NOON, -60))
    store.forget(before=day_of(NOON))
    encoded = encode([observation.to_value() for observation in store])
    assert TWO.identity not in encoded
    assert ONE.identity in encoded


@pytest.mark.spec("OBSERVATIONS-3")
def test_a_coarse_slot_keeps_differences_and_no_times() -> None:
    early = store_of((ONE, NOON + 100, -60), (ONE, NOON + 340, -70), (TWO, NOON + 7, -50))
    late = store_of((TWO, NOON + 7000, -50), (ONE, NOON + 2340, -70), (ONE, NOON + 2100, -60))
    for store in (early, late):
        store.coarsen(before=Instant(NOON + 7200))
    assert list(early) == list(late)
    assert [one.sightings for one in early] == [
        (Sighting(0, -60), Sighting(240, -70)),
        (Sighting(0, -50),),
    ]
    assert [one.times() for one in early] == [[NOON, NOON], [NOON]]


@pytest.mark.spec("OBSERVATIONS-3")
def test_a_slot_that_is_not_over_is_not_coarsened() -> None:
    store = store_of((ONE, NOON + 5, -60))
    store.coarsen(before=Instant(NOON + 7199))
    assert [one.coarse for one in store] == [False]
    store.coarsen(before=Instant(NOON + 7200))
    assert [one.coarse for one in store] == [True]


@pytest.mark.spec("OBSERVATIONS-3")
@given(heard=sightings)
def test_an_observation_coarsens_as_its_store_does(
    heard: list[tuple[Kept, int, int]],
) -> None:
    store = store_of(*heard)
    expected = [one.coarsened() for one in store]
    store.coarsen(before=Instant(LAST_INSTANT))
    assert list(store) == expected
    assert [one.coarsened() for one in store] == expected


@pytest.mark.spec("OBSERVATIONS-4")
@given(heard=sightings)
def test_the_slot_is_exact_before_and_after_coarsening(
    heard: list[tuple[Kept, int, int]],
) -> None:
    store = store_of(*heard)
    expected = sorted({(at // 7200, words) for words, at, _ in heard})
    assert [(one.slot, one.kept) for one in store] == expected
    store.coarsen(before=Instant(LAST_INSTANT))
    assert [(one.slot, one.kept) for one in store] == expected


@pytest.mark.spec("OBSERVATIONS-6")
def test_what_comes_late_joins_a_coarse_slot_without_a_time() -> None:
    store = store_of((ONE, NOON + 100, -60), (ONE, NOON + 340, -60))
    store.coarsen(before=Instant(NOON + 7200))
    store.add(ONE, at=Instant(NOON + 5000), rssi_dbm=-40)
    store.add(TWO, at=Instant(NOON + 5000), rssi_dbm=-50)
    assert [one.sightings for one in store] == [
        (Sighting(0, -60), Sighting(0, -40), Sighting(240, -60)),
        (Sighting(0, -50),),
    ]
    assert all(one.coarse for one in store)


@pytest.mark.spec("OBSERVATIONS-5")
def test_a_slot_holds_so_many_identifiers_and_no_more() -> None:
    store = ObservationStore()
    for number in range(MAX_IDENTIFIERS_PER_SLOT):
        store.add(numbered(number), at=NOON, rssi_dbm=-60)
    with pytest.raises(LimitError):
        store.add(NEW, at=NOON, rssi_dbm=-60)
    assert len(store) == MAX_IDENTIFIERS_PER_SLOT
    store.add(ONE, at=NOON, rssi_dbm=-60)
    store.add(NEW, at=Instant(NOON + 7200), rssi_dbm=-60)
    assert len(store.lookup(NEW.identity)) == 1


@pytest.mark.spec("OBSERVATIONS-5")
def test_an_identifier_and_a_slot_hold_so_many_sightings_and_no_more() -> None:
    store = ObservationStore()
    full = MAX_SIGHTINGS_PER_SLOT // MAX_SIGHTINGS_PER_IDENTIFIER
    for number in range(full):
        one = numbered(number)
        for _ in range(MAX_SIGHTINGS_PER_IDENTIFIER):
            store.add(one, at=NOON, rssi_dbm=-60)
        with pytest.raises(LimitError):
            store.add(one, at=NOON, rssi_dbm=-60)
    with pytest.raises(LimitError):
        store.add(NEW, at=NOON, rssi_dbm=-60)
    assert len(store) == full
    assert sum(len(one.sightings) for one in store) == MAX_SIGHTINGS_PER_SLOT


@pytest.mark.spec("OBSERVATIONS-5")
def test_room_comes_back_with_what_is_erased() -> None:
    store = ObservationStore()
    for number in range(MAX_IDENTIFIERS_PER_SLOT):
        store.add(numbered(number), at=NOON, rssi_dbm=-60)
    store.discard([bytes(16)])
    store.add(NEW, at=NOON, rssi_dbm=-60)


@pytest.mark.spec("OBSERVATIONS-5")
def test_sightings_that_are_erased_no_longer_count() -> None:
    store = ObservationStore()
    for number in range(MAX_SIGHTINGS_PER_SLOT // MAX_SIGHTINGS_PER_IDENTIFIER):
        for _ in range(MAX_SIGHTINGS_PER_IDENTIFIER):
            store.add(numbered(number), at=NOON, rssi_dbm=-60)
    store.discard([bytes(16)])
    for _ in range(MAX_SIGHTINGS_PER_IDENTIFIER):
        store.add(NEW, at=NOON, rssi_dbm=-60)
    with pytest.raises(LimitError):
        store.add(TWO, at=NOON, rssi_dbm=-60)


@pytest.mark.spec("OBSERVATIONS-7")
@given(heard=sightings, seed=st.integers(0, 99))
def test_the_order_of_arrival_leaves_no_trace(
    heard: list[tuple[Kept, int, int]], seed: int
) -> None:
    shuffled = list(heard)
    Random(seed).shuffle(shuffled)
    encodings = {
        encode([one.to_value() for one in store_of(*order)]) for order in (heard, shuffled)
    }
    assert len(encodings) == 1


@given(heard=sightings)
def test_discarding_an_identifier_erases_all_of_it_and_nothing_else(
    heard: list[tuple[Kept, int, int]],
) -> None:
    store = store_of(*heard)
    gone, left = ONE.identity, TWO.identity
    expected = store.lookup(left)
    store.discard([gone, b"never heard here"])
    assert list(store) == expected == store.lookup(left)
    assert store.heard_none_of([gone])


def test_what_lies_after_a_moment_can_be_erased() -> None:
    store = store_of((ONE, NOON, -60), (ONE, NOON + 7200, -60), (TWO, NOON + 10**6, -60))
    store.forget_after(Instant(NOON + 7199))
    assert [one.slot for one in store] == [SLOT]


@given(heard=sightings, coarse=st.booleans())
def test_every_observation_survives_saving(
    heard: list[tuple[Kept, int, int]], coarse: bool
) -> None:
    store = store_of(*heard)
    if coarse:
        store.coarsen(before=NOON)
    again = ObservationStore()
    for observation in store:
        saved = decode(encode(observation.to_value()), limit_bytes=2**16)
        again.restore(Observation.from_value(saved))
    assert list(again) == list(store)
    assert again.lookup(ONE.identity) == store.lookup(ONE.identity)


GOOD: dict[str, Value] = {
    "coarse": False,
    "identity": bytes(16),
    "metadata": bytes(4),
    "offsets": [1, 1],
    "period": 18_377,
    "rssi": [-60, -50],
    "slot": 5,
}


@pytest.mark.parametrize(
    "fault",
    [
        {"offsets": []},
        {"offsets": [1]},
        {"offsets": [2, 1]},
        {"offsets": [1, 7200]},
        {"offsets": [-1, 1]},
        {"rssi": [-50, -60]},
        {"rssi": [-60, 128]},
        {"rssi": [-129, -50]},
        {"rssi": [True, True]},
        {"coarse": True},
        {"coarse": 0},
        {"identity": bytes(15)},
        {"identity": bytes(20)},
        {"identity": bytes(33)},
        {"metadata": bytes(3)},
        {"period": -2},
        {"period": 2**32},
        {"slot": -1},
        {"slot": 596_524},
        {"more": 1},
    ],
    ids=str,
)
def test_an_observation_with_one_fault_is_refused(fault: dict[str, Value]) -> None:
    with pytest.raises(MalformedError):
        Observation.from_value({**GOOD, **fault})


def test_observations_that_contradict_one_another_are_refused() -> None:
    fine = Observation.from_value({**GOOD})
    coarse = Observation.from_value(
        {**GOOD, "offsets": [0, 1], "coarse": True, "identity": bytes(32)}
    )
    for one, other in ((fine, fine), (fine, coarse), (coarse, fine)):
        store = ObservationStore()
        store.restore(one)
        with pytest.raises(MalformedError):
            store.restore(other)


@pytest.mark.parametrize(
    ("kept", "at", "rssi_dbm"),
    [
        (ONE._replace(identity=bytes(15)), NOON, -60),
        (ONE._replace(identity=bytes(20)), NOON, -60),
        (ONE._replace(metadata=bytes(5)), NOON, -60),
        (ONE, NOON, 128),
        (ONE, NOON, -129),
        (ONE, -1, -60),
        (ONE, 2**32, -60),
    ],
)
def test_an_impossible_sighting_is_a_mistake(kept: Kept, at: int, rssi_dbm: int) -> None:
    store = ObservationStore()
    with pytest.raises(ValueError, match=r"identity|signal|moment"):
        store.add(kept, at=Instant(at), rssi_dbm=rssi_dbm)
    assert len(store) == 0


@given(data=st.binary(max_size=80))
def test_any_bytes_are_an_observation_or_malformed(data: bytes) -> None:
    good = encode(GOOD)
    for attempt in (data, good[: len(data)] + data + good[len(data) + 1 :]):
        try:
            found = Observation.from_value(decode(attempt, limit_bytes=2**16))
        except Dp3tError:
            continue
        assert encode(found.to_value()) == attempt


@pytest.mark.spec("DISCLOSURE-18")
@pytest.mark.parametrize("longer", [18_376, 18_377])
def test_of_what_was_filed_under_two_periods_the_longer_copy_is_taken(longer: int) -> None:
    """Valid: the longer copy comes first, or after the shorter one; what else was heard stays."""
    copies = [ONE._replace(period=period) for period in (18_376, 18_377)]
    more, less = sorted(copies, key=lambda kept: kept.period != longer)
    store = store_of(
        *((kept, NOON, -60) for kept in copies),
        (more, NOON + 60, -61),
        (less, NOON + 7200, -60),
        (less._replace(metadata=b"else"), NOON, -60),
        (TWO, NOON, -60),
    )
    found = {(one.slot, one.kept): len(one.sightings) for one in each_once(store)}
    assert found == {
        (SLOT, more): 2,
        (SLOT + 1, less): 1,
        (SLOT, less._replace(metadata=b"else")): 1,
        (SLOT, TWO): 1,
    }
