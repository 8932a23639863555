"""spec/proximity/hybrid.md, "A window of one day": what it shares with GAEN, and what not."""

from collections.abc import Iterator
from random import Random

import pytest

from dp3t.params import Parameters
from dp3t.proximity.advertisement import Metadata, ServiceData
from dp3t.proximity.gaen import Gaen, GaenRing, identifiers
from dp3t.proximity.hybrid import Hybrid, HybridKey, HybridRing, identifiers_of_window
from dp3t.proximity.interface import EVERYTHING, Design, Selection
from dp3t.proximity.observations import ObservationStore
from dp3t.publication.batch import BatchName
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Instant, Stretch, day_start

ONE_DAY = Parameters(epoch_minutes=10, window_minutes=1440)
DAY = Day(18_377)
NOON = Instant(day_start(DAY) + 43_200)
METADATA = Metadata(tx_power_dbm=-12)
Ring = HybridRing | GaenRing

both = pytest.mark.parametrize("design", [Hybrid(), Gaen()], ids=lambda design: design.name)


def mornings(days: int) -> Iterator[Instant]:
    """Yield the first second of some days, the last of which is `DAY`."""
    return (day_start(Day(DAY - ago)) for ago in range(days - 1, -1, -1))


def carried(design: Hybrid | Gaen, *, days: int, seed: int = 1) -> Ring:
    """Return the ring of a phone that was on for some days until noon of `DAY`."""
    rand = Random(seed).randbytes
    first, *rest = mornings(days)
    ring: Ring = design.generate(now=first, parameters=ONE_DAY, rand=rand)
    for now in (*rest, NOON):
        ring = ring.rotated(now=now, parameters=ONE_DAY, rand=rand)
    return ring


def records(ring: Ring, *, since: int, selection: Selection = EVERYTHING) -> list[KeyRecord]:
    released, _ = ring.released(
        since=Day(since), onset=None, now=NOON, parameters=ONE_DAY, rand=Random(2).randbytes,
        selection=selection,
    )  # fmt: skip
    return [key.record() for key in released]


def of_day(ring: Ring) -> list[bytes]:
    """Return the identifiers that follow from the newest key, in the order of derivation."""
    key = ring.keys[-1]
    if isinstance(key, HybridKey):
        blob = identifiers_of_window(key.seed, count=144)
    else:
        blob = identifiers(key.key, range(DAY * 144, (DAY + 1) * 144))
    return [blob[at : at + 16] for at in range(0, len(blob), 16)]


def broadcast(ring: Ring) -> list[bytes]:
    """Return what a phone says on `DAY`, every ten minutes."""
    midnight = day_start(DAY)
    return [
        ring.identifier(now=Instant(midnight + second), parameters=ONE_DAY)
        for second in range(0, 86_400, 600)
    ]


@both
@pytest.mark.spec("HYBRID-1", "HYBRID-2")
def test_both_have_one_key_of_16_bytes_for_each_day(design: Hybrid | Gaen) -> None:
    ring = carried(design, days=6)
    days = [key.day(ONE_DAY) for key in ring.keys]
    assert days == list(range(DAY - 5, DAY + 1))
    keys = {key.record().key for key in ring.keys}
    assert (len(keys), {len(key) for key in keys}) == (6, {16})


@both
@pytest.mark.spec("HYBRID-3", "HYBRID-4")
def test_both_say_144_identifiers_a_day_and_all_follow_from_its_key(design: Hybrid | Gaen) -> None:
    ring = carried(design, days=2)
    spoken = broadcast(ring)
    assert len(set(spoken)) == 144
    assert sorted(spoken) == sorted(of_day(ring))


@pytest.mark.spec("HYBRID-4")
def test_the_order_tells_the_time_of_day_in_gaen_and_not_in_hybrid() -> None:
    gaen, hybrid = carried(Gaen(), days=2), carried(Hybrid(), days=2)
    assert broadcast(gaen) == of_day(gaen)
    assert broadcast(hybrid) != of_day(hybrid)
    assert isinstance(hybrid, HybridRing)
    other = HybridRing(keys=hybrid.keys, order=hybrid.order[::-1])
    assert other.keys[-1].record() == hybrid.keys[-1].record()
    assert broadcast(other) == broadcast(hybrid)[::-1]


@pytest.mark.spec("HYBRID-7")
@pytest.mark.parametrize("back", [0, 1, 5, 14, 30])
def test_a_report_of_both_has_a_key_for_each_day(back: int) -> None:
    counts = [
        len(records(carried(design, days=15), since=DAY - back)) for design in (Hybrid(), Gaen())
    ]
    assert counts == [min(back, 14) + 1] * 2


@both
@pytest.mark.spec("HYBRID-7")
@pytest.mark.parametrize("ago", [0, 2, 4])
def test_a_day_held_back_changes_that_days_key_and_nothing_else(
    design: Hybrid | Gaen, ago: int
) -> None:
    ring = carried(design, days=5)
    start = day_start(Day(DAY - ago))
    held = Selection(redacted=(Stretch(Instant(start), Instant(start + 86_400)),))
    told = records(ring, since=DAY - 4)
    redacted = records(ring, since=DAY - 4, selection=held)
    assert [one.attributes for one in told] == [one.attributes for one in redacted]
    changed = [one.key != other.key for one, other in zip(told, redacted, strict=True)]
    assert changed == [4 - place == ago for place in range(5)]


@pytest.mark.spec("HYBRID-7", "HYBRID-8")
def test_a_batch_of_both_costs_nearly_the_same_for_each_key() -> None:
    """A thousand keys, of 200 patients with five days each."""
    per_key = {}
    for design in (Hybrid(), Gaen()):
        published = [
            record
            for patient in range(200)
            for record in records(carried(design, days=5, seed=patient), since=DAY - 4)
        ]
        assert len(published) == 1000
        name = BatchName(design=design.name, region="VN", release=Instant(NOON + 7200))
        batch = design.publish(published, name=name, parameters=ONE_DAY, rand=Random(1).randbytes)
        per_key[design.name] = len(batch.encode()) / 1000
    assert all(16 < size < 16.2 for size in per_key.values())
    assert abs(per_key["hybrid"] - per_key["gaen"]) < 0.05


@pytest.mark.spec("HYBRID-11")
@pytest.mark.parametrize(
    ("said", "heard", "hybrid", "gaen"),
    [
        (600, 600, True, True),
        (600, 600 + 3 * 3600, True, False),
        (72_000, 600, True, False),
        (86_399, 86_400 + 59, True, True),
        (86_399, 86_400 + 60, False, True),
        (86_399, 86_400 + 7199, False, True),
        (86_399, 86_400 + 7200, False, False),
    ],
)
def test_hearing_counts_on_the_day_in_hybrid_and_for_two_hours_in_gaen(
    said: int, heard: int, hybrid: bool, gaen: bool
) -> None:
    """Seconds of `DAY` at which an identifier was broadcast and at which it was (re)played."""
    for design, counts in ((Hybrid(), hybrid), (Gaen(), gaen)):
        ring = carried(design, days=1)
        midnight = day_start(DAY)
        words = ring.service_data(METADATA, now=Instant(midnight + said), parameters=ONE_DAY)
        assert matches(design, ring, words=words, at=Instant(midnight + heard)) is counts


def matches(design: Design, ring: Ring, *, words: ServiceData, at: Instant) -> bool:
    store = ObservationStore()
    for kept in design.kept(words, at=at, parameters=ONE_DAY):
        store.add(kept, at=at, rssi_dbm=-60)
    name = BatchName(
        design=design.name, region="VN", release=Instant(day_start(Day(DAY + 1)) + 14_400)
    )
    batch = design.publish(
        [ring.keys[-1].record()], name=name, parameters=ONE_DAY, rand=Random(1).randbytes
    )
    found = list(design.match(store, batch, parameters=ONE_DAY))
    assert all(one.metadata == METADATA for one in found)
    return bool(found)


@both
@pytest.mark.spec("HYBRID-5")
def test_metadata_are_in_the_clear_in_hybrid_and_encrypted_in_gaen(design: Hybrid | Gaen) -> None:
    words = carried(design, days=1).service_data(METADATA, now=NOON, parameters=ONE_DAY)
    assert (words[16:] == METADATA.encode()) is isinstance(design, Hybrid)


@pytest.mark.spec("HYBRID-10")
def test_the_key_of_the_present_day_is_whole_in_hybrid_and_cut_in_gaen() -> None:
    released = [
        carried(design, days=1).released(
            since=DAY, onset=None, now=NOON, parameters=ONE_DAY, rand=Random(2).randbytes
        )[0][-1]
        for design in (Hybrid(), Gaen())
    ]
    ready = [key.releasable_from(ONE_DAY) for key in released]
    assert ready == [day_start(DAY), NOON + 600]
    reached = [key.expand(before=Instant(NOON + 7200), parameters=ONE_DAY) for key in released]
    assert [len(expansions[0].split()) for expansions in reached] == [144, 73]


@pytest.mark.spec("HYBRID-7")
def test_a_phone_that_was_new_fills_its_report_in_hybrid_and_not_in_gaen() -> None:
    counts = [len(records(carried(design, days=2), since=DAY - 4)) for design in (Hybrid(), Gaen())]
    assert counts == [5, 2]
