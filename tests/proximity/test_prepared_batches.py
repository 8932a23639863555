"""spec/proximity/matching.md and phone.md: a batch that many phones of one process match."""

from random import Random

import pytest

from dp3t.errors import MalformedError
from dp3t.params import DAY_SECONDS, MINIMAL, STANDARD
from dp3t.proximity.designs import design_named
from dp3t.proximity.interface import Match
from dp3t.proximity.observations import ObservationStore
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Instant, day_start
from phones import DAY, LATER, METADATA, MORNING, every_design, hear, items, new, rand, report, say

RELEASE = Instant(day_start(Day(DAY + 1)))


def lived(name: str, *, seed: int) -> tuple[ObservationStore, Batch]:
    """Return what one phone heard of two that reported and of one that did not, and the batch."""
    dice = Random(seed)
    listener, *others = (new(name, now=MORNING) for _ in range(4))
    for step in range(12):
        now = MORNING + 600 * step
        listener.tick(Instant(now), rand=rand)
        for other in others:
            words = say(other, now)
            if dice.random() < 0.7:
                hear(listener, words, now, rssi_dbm=-dice.randrange(40, 90))
    reports = [report(other, MORNING + 7200) for other in others[:2]]
    records = [record for one in reports for record in one.records]
    batch_name = BatchName(design=name, region="VN", release=RELEASE)
    published = listener.design.publish(
        [*records, records[0]], name=batch_name, parameters=STANDARD, rand=rand
    )
    return listener.observations, published


@every_design
@pytest.mark.spec("MATCHING-1", "PHONE-6")
def test_a_prepared_batch_gives_the_matches_of_the_batch(name: str) -> None:
    design = design_named(name)
    for seed in range(3):
        observations, batch = lived(name, seed=seed)
        expected = list(design.match(observations, batch, parameters=STANDARD))
        prepared = design.prepared(batch, parameters=STANDARD)
        assert expected
        assert list(prepared.match(observations)) == expected


@every_design
@pytest.mark.spec("PHONE-6")
def test_a_phone_that_ingests_it_is_the_phone_that_ingests_the_batch(name: str) -> None:
    patient, one = new(name), new(name)
    hear(one, say(patient))
    batch = one.design.publish(
        report(patient, LATER).records,
        name=BatchName(design=name, region="VN", release=RELEASE),
        parameters=STANDARD,
        rand=rand,
    )
    other = type(one).from_value(one.to_value())
    new_matches = one.ingest(batch)
    assert new_matches
    assert other.ingest(other.design.prepared(batch, parameters=STANDARD)) == new_matches
    assert other == one


@pytest.mark.spec("MATCHING-8")
def test_of_a_key_that_is_published_twice_the_same_one_stands() -> None:
    phone, patient = new("gaen"), new("gaen")
    hear(phone, say(patient))
    records = list(report(patient, LATER).records)
    unsure = [KeyRecord((*one.attributes[:2], 0, one.attributes[3]), one.key) for one in records]
    batch = phone.design.publish(
        [*records, *unsure],
        name=BatchName(design="gaen", region="VN", release=RELEASE),
        parameters=STANDARD,
        rand=rand,
    )
    for parts in (batch, phone.design.prepared(batch, parameters=STANDARD)):
        other = type(phone).from_value(phone.to_value())
        assert other.ingest(parts)
        (match,) = items(other, "matches")
        assert Match.from_value(match).key == records[0]


@every_design
def test_identities_among_others_are_found_with_and_without_an_index(name: str) -> None:
    observations, _ = lived(name, seed=7)
    fresh = ObservationStore()
    for observation in observations:
        fresh.restore(observation)
    every = set(observations.identities())
    half = set(sorted(every)[::2]) | {b"nobody"}
    assert fresh.among(half) == half & every
    assert list(fresh.identities()) == list(dict.fromkeys(one.identity for one in fresh))
    assert fresh.heard_none_of([b"nobody"])
    assert fresh.among(half) == half & every


def test_parameters_of_another_region_and_an_empty_table_of_valid_keys_are_refused() -> None:
    phone, gaen = new("gaen"), design_named("gaen")
    batch_name = BatchName(design="gaen", region="VN", release=RELEASE)
    empty = gaen.publish([], name=batch_name, parameters=STANDARD, rand=rand)
    with pytest.raises(ValueError, match="prepared for other parameters"):
        phone.ingest(gaen.prepared(empty, parameters=MINIMAL))
    records = [KeyRecord((144 * DAY, 144, 6, 127), bytes(16))]
    with pytest.raises(MalformedError):
        gaen.publish(records, name=batch_name, parameters=STANDARD, rand=rand)
    wrong = new("lowcost").design.publish([], name=batch_name, parameters=STANDARD, rand=rand)
    with pytest.raises(MalformedError, match="another design"):
        new("hybrid").ingest(gaen.prepared(wrong, parameters=STANDARD))


@every_design
def test_what_a_phone_says_again_after_a_day_is_what_its_keys_say(name: str) -> None:
    """Identifiers that are derived once a day are those of a ring that is saved and loaded."""
    phone = new(name)
    for now in range(MORNING, MORNING + DAY_SECONDS, 5400):
        words = say(phone, now)
        again = type(phone).from_value(phone.to_value())
        assert again.advertisement(Instant(now), metadata=METADATA) == words
