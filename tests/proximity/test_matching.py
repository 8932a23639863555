"""spec/proximity/matching.md."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dp3t.codec import decode, encode
from dp3t.errors import Dp3tError
from dp3t.params import STANDARD, Parameters
from dp3t.proximity.advertisement import EphID, Metadata, ServiceData
from dp3t.proximity.designs import design_named
from dp3t.proximity.gaen import crypt_metadata
from dp3t.proximity.interface import Expansion, Match
from dp3t.proximity.key_batches import match_keys
from dp3t.proximity.lowcost import LowCostKey, identifiers_of_day
from dp3t.proximity.matching import find
from dp3t.proximity.observations import ObservationStore, Sighting
from dp3t.publication.batch import BatchName
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Instant, day_of, day_start
from vectors import Case, vector_cases

DAY = Day(18_377)
MIDNIGHT = day_start(DAY)
KEY = bytes(range(32))
RELEASE = Instant(MIDNIGHT + 50_400)
WORDS = ServiceData(bytes(range(20)))


def heard(
    *times: int,
    words: ServiceData = WORDS,
    name: str = "gaen",
    coarse: bool = False,
    parameters: Parameters = STANDARD,
) -> ObservationStore:
    store = ObservationStore()
    for at in map(Instant, times):
        for kept in design_named(name).kept(words, at=at, parameters=parameters):
            store.add(kept, at=at, rssi_dbm=-60)
    if coarse:
        store.coarsen(before=Instant(max(times) + 7200))
    return store


def expansion(start: int, end: int, words: bytes = WORDS) -> Expansion:
    return Expansion(
        identifiers=words[:16], start=Instant(start), step_seconds=0, length_seconds=end - start
    )


@pytest.mark.parametrize("case", vector_cases("matching"))
def test_each_condition_holds_on_both_sides_of_its_boundary(case: Case) -> None:
    record = KeyRecord(tuple(case["attributes"]), bytes.fromhex(case["key"]))
    parameters = Parameters(
        clock_drift_intervals=case["clock_drift_intervals"],
        clock_skew_seconds=case["clock_skew_seconds"],
    )
    words = ServiceData(bytes.fromhex(case["identifier"]) + bytes(4))
    chosen = design_named(case["design"])
    store = heard(
        case["heard_at"],
        words=words,
        name=chosen.name,
        coarse=case["coarse"],
        parameters=parameters,
    )
    name = BatchName(design=chosen.name, region="VN", release=Instant(case["release"]))
    batch = chosen.publish([record], name=name, parameters=parameters, rand=Random(1).randbytes)
    found = chosen.match(store, batch, parameters=parameters)
    assert len(list(found)) == (1 if case["result"] == "match" else 0)


def lowcost_verdict(case: Case) -> bool:
    (day,), key, release = case["attributes"], bytes.fromhex(case["key"]), case["release"]
    oldest = release // 86_400 - case["retention_days"]
    verdict = False
    for number in range(day, (release - 1) // 86_400 + 1):
        if case["identifier"] == oracle.lowcost_identifiers(key, 6)[5].hex():
            verdict = number >= oldest and near(case, number * 86_400, 86_400)
        key = oracle.lowcost_next_key(key)
    return verdict


def hybrid_verdict(case: Case) -> bool:
    (window,), length = case["attributes"], 60 * case["window_minutes"]
    assert case["identifier"] == oracle.hybrid_identifiers(bytes.fromhex(case["key"]), 6)[5].hex()
    return near(case, window * length, length)


def unlinkable_verdict(case: Case) -> bool:
    (epoch,), length = case["attributes"], 60 * case["epoch_minutes"]
    assert case["identifier"] == oracle.unlinkable_identifier(bytes.fromhex(case["key"])).hex()
    return near(case, epoch * length, length)


def gaen_verdict(case: Case) -> bool:
    start, period, _, _ = case["attributes"]
    at, drift, slot = case["heard_at"], case["clock_drift_intervals"], case["heard_at"] // 7200
    seconds = range(slot * 7200, slot * 7200 + 7200) if case["coarse"] else range(at, at + 1)
    oldest = case["release"] // 86_400 - case["retention_days"]
    verdict = False
    for interval in range(max(start, at // 600 - 20), min(start + period, at // 600 + 20)):
        if case["identifier"] == oracle.gaen_rpi(bytes.fromhex(case["key"]), interval).hex():
            valid = range(interval - drift, interval + drift + 1)
            kept = (start + period + drift) * 600 > oldest * 86_400
            verdict = kept and all(t // 600 in valid for t in seconds)
    return verdict


def near(case: Case, start: int, length: int) -> bool:
    """Whether some clock within the skew of the receiver's showed a moment of the period."""
    skew = case["clock_skew_seconds"]
    clocks = range(case["heard_at"] - skew, case["heard_at"] + skew + 1)
    return any(start <= moment < start + length for moment in clocks)


WITNESSES = {
    "lowcost": lowcost_verdict,
    "hybrid": hybrid_verdict,
    "unlinkable": unlinkable_verdict,
    "gaen": gaen_verdict,
}


@pytest.mark.parametrize("case", vector_cases("matching"))
def test_a_second_reading_of_the_chapter_agrees(case: Case) -> None:
    """The second witness: walk through every day or interval and every second of the slot."""
    verdict = WITNESSES[case["design"]](case)
    verdict = verdict and case["heard_at"] // 7200 * 7200 < case["release"]
    assert case["result"] == ("match" if verdict else "no-match")


@pytest.mark.spec("MATCHING-1")
def test_nothing_heard_after_the_release_counts_in_a_batch_fetched_much_later() -> None:
    """The retroactive download: coarse times must not make the whole day count."""
    identifier = EphID(identifiers_of_day(KEY, parameters=STANDARD)[:16])
    words = ServiceData(identifier + bytes(4))
    store = heard(RELEASE + 10, RELEASE + 8000, words=words, name="lowcost", coarse=True)
    keys = [LowCostKey(DAY, KEY)]
    assert not list(match_keys(store, keys, release=RELEASE, parameters=STANDARD))
    later = Instant(RELEASE + 7200)
    assert len(list(match_keys(store, keys, release=later, parameters=STANDARD))) == 1


@pytest.mark.spec("MATCHING-3")
def test_a_match_is_cut_to_the_sightings_that_count() -> None:
    store = heard(RELEASE - 100, RELEASE - 50, RELEASE - 10)
    valid = expansion(RELEASE - 60, RELEASE - 10)
    (found,) = find(store, [valid], release=RELEASE)
    assert found.sightings == (Sighting(7150, -60),)
    assert not list(find(store, [expansion(0, RELEASE - 100)], release=RELEASE))


@pytest.mark.spec("MATCHING-4")
@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        (RELEASE - 7200, RELEASE, True),
        (RELEASE - 7199, RELEASE, False),
        (RELEASE - 7200, RELEASE - 1, False),
        (0, RELEASE + 1, True),
    ],
)
def test_a_coarse_observation_counts_only_if_its_whole_slot_does(
    start: int, end: int, counts: bool
) -> None:
    store = heard(RELEASE - 3600, coarse=True)
    assert bool(list(find(store, [expansion(start, end)], release=RELEASE))) is counts


@pytest.mark.spec("MATCHING-5", "MATCHING-7")
@pytest.mark.parametrize("name", ["lowcost", "hybrid", "gaen"])
@pytest.mark.parametrize("readable", [True, False])
def test_a_match_carries_the_metadata_that_its_key_opens(name: str, readable: bool) -> None:
    metadata = Metadata(tx_power_dbm=-24)
    clear = metadata.encode() if readable else b"\xff" * 4
    now = Instant(RELEASE - 7200)
    ring = design_named(name).generate(now=now, parameters=STANDARD, rand=Random(1).randbytes)
    identifier = ring.identifier(now=now, parameters=STANDARD)
    keys, _ = ring.released(
        since=DAY, onset=None, now=now, parameters=STANDARD, rand=Random(2).randbytes
    )
    key = keys[-1]
    sent = crypt_metadata(key.record().key, identifier, clear) if name == "gaen" else clear
    store = heard(now, words=ServiceData(identifier + sent), name=name)
    (found,) = match_keys(store, [key], release=RELEASE, parameters=STANDARD)
    assert found.metadata == (metadata if readable else None)
    assert found.day == DAY
    assert (found.key, found.release) == (key.record(), RELEASE)


def test_a_release_off_the_grid_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="7200"):
        list(find(heard(MIDNIGHT), [], release=Instant(RELEASE + 1)))


@given(
    times=st.lists(st.integers(MIDNIGHT, MIDNIGHT + 30_000), min_size=1, max_size=8),
    start=st.integers(MIDNIGHT - 1000, MIDNIGHT + 30_000),
    length=st.integers(1, 30_000),
    release=st.integers(0, 5).map(lambda slots: Instant(MIDNIGHT + slots * 7200)),
)
@pytest.mark.spec("MATCHING-1", "MATCHING-2", "MATCHING-3")
def test_fine_observations_match_exactly_as_a_naive_loop_does(
    times: list[int], start: int, length: int, release: Instant
) -> None:
    found = find(heard(*times), [expansion(start, start + length)], release=release)
    counted = sorted(at for one in found for at in one.times())
    assert counted == sorted(
        at for at in times if at - at % 7200 < release and start <= at < start + length
    )


def test_many_identifiers_in_one_expansion_are_told_apart() -> None:
    random = Random(3)
    blob = random.randbytes(16 * 144)
    steps = Expansion(
        identifiers=blob, start=Instant(MIDNIGHT), step_seconds=600, length_seconds=600
    )
    for place in (0, 1, 77, 143):
        words = ServiceData(blob[16 * place : 16 * place + 16] + bytes(4))
        at = MIDNIGHT + 600 * place
        store = heard(at - 1, at, at + 599, at + 600, words=words)
        found = [
            time
            for one in find(store, [steps], release=day_start(Day(DAY + 2)))
            for time in one.times()
        ]
        assert found == [at, at + 599]


@given(data=st.binary(max_size=100))
def test_any_bytes_are_a_match_or_malformed(data: bytes) -> None:
    observation = next(iter(heard(RELEASE)))
    whole = Match(
        observation=observation,
        metadata=Metadata(tx_power_dbm=0),
        key=KeyRecord((-1, 2**32 - 1), KEY),
        release=RELEASE,
    )
    assert Match.from_value(whole.to_value()) == whole
    good = encode(whole.to_value())
    for attempt in (data, good[: len(data)] + data + good[len(data) + 1 :], good):
        try:
            found = Match.from_value(decode(attempt, limit_bytes=2**16))
        except Dp3tError:
            assert attempt != good
            continue
        assert encode(found.to_value()) == attempt


def test_days_of_matches_are_days_of_contact() -> None:
    (found,) = find(heard(MIDNIGHT), [expansion(0, 2**32)], release=RELEASE)
    assert Match(observation=found, metadata=None).day == day_of(MIDNIGHT)
