"""Reports, batches and matches: the same under every design."""

import pytest

from dp3t.codec import decode
from dp3t.errors import MalformedError
from dp3t.phone import Phone
from dp3t.proximity.designs import DESIGN_NAMES
from dp3t.timeline import Day, Instant, day_start
from street import (
    DAY,
    MORNING,
    PARAMETERS,
    Street,
    every_design,
    every_size,
    state,
)


@every_design
@pytest.mark.spec("MATCHING-1", "PHONE-6")
def test_a_meeting_across_midnight_is_found_on_both_days(name: str) -> None:
    street = Street(name)
    midnight = day_start(Day(DAY + 1))
    for now in range(midnight - 1200, midnight + 1200, 240):
        street.meet(now)
    batch = street.publish(street.report(midnight + 1200, since=DAY))
    street.tick(batch.release)
    found = street.phones[1].ingest(batch)
    assert {one.day for one in found} == {DAY, DAY + 1}
    assert sum(len(one.observation.sightings) for one in found) == 10
    exposures = street.phones[1].exposures
    assert [(one.day, one.sightings, one.least_attenuation_db) for one in exposures] == [
        (DAY, 5, 36),
        (DAY + 1, 5, 36),
    ]
    assert street.phones[0].ingest(batch) == ()


@every_design
def test_days_before_the_first_contagious_one_do_not_warn(name: str) -> None:
    street = Street(name)
    street.meet(MORNING)
    street.meet(MORNING + 86_400)
    batch = street.publish(street.report(MORNING + 90_000, since=DAY + 1))
    street.tick(batch.release)
    street.phones[1].ingest(batch)
    assert [one.day for one in street.phones[1].exposures] == [DAY + 1]


@every_design
@pytest.mark.spec("MATCHING-1", "OBSERVATIONS-4")
@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("late", [0, 1, 13], ids=lambda days: f"{days} days late")
def test_a_replay_after_publication_never_counts(name: str, settled: bool, late: int) -> None:
    """The victim downloads the old batch much later, its receive times long coarse."""
    street = Street(name, phones=3)
    _, witness, victim = street.phones
    words = street.meet(MORNING)
    report = street.report(MORNING + 60)
    batch = street.publish(report)
    public = street.expanded(report, before=batch.release + 7200)
    street.tick(batch.release)
    for replayed in (words, *(words[:11] + one + words[27:] for one in public)):
        victim.hear(replayed, now=batch.release, rssi_dbm=-40)
        victim.hear(replayed, now=Instant(batch.release + 3600), rssi_dbm=-40)
    for day in range(late + 1):
        street.tick(batch.release + 14_400 + day * 86_400)
    if settled:
        victim.settle(Instant(batch.release + 14_400 + late * 86_400))
    assert victim.ingest(batch) == ()
    assert len(witness.ingest(batch)) == 1


@every_design
@pytest.mark.spec("PHONE-6")
def test_batches_twice_and_out_of_order_add_each_match_once(name: str) -> None:
    street = Street(name, phones=3)
    contact = street.phones[2]
    for speaker in (0, 1):
        street.meet(MORNING + speaker, speaker=speaker, listener=2)
    first = street.publish(street.report(MORNING + 60))
    street.meet(MORNING + 7200, speaker=1, listener=2)
    second = street.publish(
        street.report(MORNING + 9000, patient=1), release=first.release + 2 * 7200
    )
    street.tick(second.release)
    contact.settle(second.release)
    saved = decode(state(contact), limit_bytes=2**20)
    outcomes = set()
    for order in ((first, second), (second, first), (second, first, second, first)):
        phone = Phone.from_value(saved)
        assert sum(len(phone.ingest(batch)) for batch in order) == 3
        outcomes.add(state(phone))
    assert len(outcomes) == 1


@every_design
def test_a_batch_before_a_meeting_does_not_warn_of_it_and_a_later_one_does(name: str) -> None:
    street = Street(name)
    contact = street.phones[1]
    street.meet(MORNING + 7200)
    report = street.report(MORNING + 7260)
    later = street.publish(report)
    early = street.publish(report, release=MORNING - MORNING % 7200)
    street.tick(later.release)
    assert contact.ingest(early) == ()
    assert len(contact.ingest(later)) == 1


@every_design
@pytest.mark.spec("PHONE-6")
def test_two_regions_are_remembered_apart_and_a_region_added_later_still_counts(name: str) -> None:
    street = Street(name, phones=3)
    contact = street.phones[2]
    street.meet(MORNING, speaker=0, listener=2)
    street.meet(MORNING + 60, speaker=1, listener=2)
    home = street.publish(street.report(MORNING + 120), region="VN")
    abroad = street.publish(
        street.report(MORNING + 120, patient=1), region="LA", release=home.release
    )
    street.tick(home.release)
    assert len(contact.ingest(home)) == 1
    contact.settle(home.release)
    assert contact.has_ingested(release=home.release, region="VN")
    assert not contact.has_ingested(release=home.release, region="LA")
    for day in range(1, 14):
        street.tick(home.release + day * 86_400)
    assert len(contact.ingest(abroad)) == 1
    assert [one.identifiers for one in contact.exposures] == [2]


@every_design
@pytest.mark.spec("PHONE-11")
def test_a_batch_of_another_design_is_refused_and_changes_nothing(name: str) -> None:
    street = Street(name)
    (other,) = set(DESIGN_NAMES) - {name}
    foreign = Street(other)
    batch = foreign.publish(foreign.report(MORNING))
    street.tick(batch.release)
    before = state(street.phones[1])
    with pytest.raises(MalformedError, match="another design"):
        street.phones[1].ingest(batch)
    assert state(street.phones[1]) == before


@every_design
@every_size
@pytest.mark.spec("PHONE-18")
def test_a_phone_equals_what_was_saved_of_it_at_every_step(name: str, size: str) -> None:
    street = Street(name, PARAMETERS[size])
    key = bytes(32)

    def check() -> None:
        for place, phone in enumerate(street.phones):
            again = Phone.load(phone.save(key=key, rand=street.rand), key=key)
            assert again == phone
            assert state(again) == state(phone)
            street.phones[place] = again  # go on with the copy

    for hour in (0, 2, 20, 26):
        street.meet(MORNING + hour * 3600)
        check()
        street.meet(MORNING + hour * 3600 + 200, speaker=1, listener=0)
        check()
    report = street.report(MORNING + 27 * 3600, since=DAY)
    check()
    batch = street.publish(report)
    street.tick(batch.release)
    check()
    assert len(street.phones[1].ingest(batch)) == 4
    check()
    street.phones[0].report_accepted()
    street.phones[1].settle(batch.release)
    check()
    street.tick(batch.release + 20 * 86_400)
    check()
    street.phones[0].restart_keys(MORNING, rand=street.rand)
    check()
