"""What a phone finds, under every design: clocks, replays, batches, regions, saved phones.

The third of the generic files; see `test_interface.py`.
"""

from collections import defaultdict
from itertools import permutations

import pytest

from dp3t.codec import decode
from dp3t.errors import MalformedError
from dp3t.params import MINIMAL, STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.proximity.designs import DESIGN_NAMES
from dp3t.proximity.exposure import contact_seconds
from dp3t.publication.batch import Batch
from dp3t.timeline import Day, Instant, day_start, slot_of
from street import (
    DAY,
    MORNING,
    NOON,
    PARAMETERS,
    Street,
    every_design,
    every_size,
    key_seconds,
    state,
)

MIDNIGHT = day_start(Day(DAY + 1))
PAPER = Parameters(clock_skew_seconds=0)
"""The white paper's rule: what is heard in a period counts for that period."""

WIDEST = Parameters(clock_skew_seconds=900)
SKEWS = {"paper": PAPER, "standard": STANDARD, "minimal": MINIMAL, "widest": WIDEST}
every_skew = pytest.mark.parametrize("parameters", SKEWS.values(), ids=SKEWS)


@every_design
@pytest.mark.spec("MATCHING-1", "PHONE-6")
def test_a_meeting_across_midnight_is_found_on_both_days(name: str) -> None:
    street = Street(name)
    for now in range(MIDNIGHT - 1200, MIDNIGHT + 1200, 240):
        street.meet(now)
    batch = street.publish(street.report(MIDNIGHT + 1800, since=DAY))
    found = street.found(batch)
    assert {one.day for one in found} == {DAY, DAY + 1}
    assert sum(len(one.observation.sightings) for one in found) == 10
    exposures = street.phones[1].exposures
    assert [(one.day, one.sightings, one.least_attenuation_db) for one in exposures] == [
        (DAY, 5, 36),
        (DAY + 1, 5, 36),
    ]
    assert street.phones[0].ingest(batch) == ()


BOUNDARIES = {"epoch": NOON - 120 + 900, "window": NOON - 120, "midnight": MIDNIGHT}
every_boundary = pytest.mark.parametrize("boundary", BOUNDARIES.values(), ids=BOUNDARIES)


@every_design
@every_boundary
@pytest.mark.parametrize("side", [-1, 0, 1], ids=["behind", "equal", "ahead"])
@every_skew
@pytest.mark.spec("MATCHING-6", "UNLINKABLE-6", "HYBRID-11", "LOWCOST-8", "GAEN-6")
def test_a_contact_across_a_boundary_is_matched_once_though_clocks_differ_by_the_skew(
    name: str, boundary: int, side: int, parameters: Parameters
) -> None:
    """Every sighting is found, none twice, and the duration is that of the contact."""
    street = Street(name, parameters)
    ahead = side * parameters.clock_skew_seconds
    heard: dict[tuple[bytes, int], list[int]] = defaultdict(list)
    for now in range(boundary - 1500, boundary + 1500, 20):
        words = street.meet(now, ahead=ahead)
        heard[words, slot_of(Instant(now))].append(now)
    found = street.found(street.publish(street.report(boundary + 4 * 7200)))
    assert sum(len(one.observation.sightings) for one in found) == 150
    assert sorted(len(one.observation.sightings) for one in found) == sorted(
        map(len, heard.values())
    )
    seconds = sum(exposure.seconds for exposure in street.phones[1].exposures)
    assert seconds == sum(map(contact_seconds, heard.values()))


@every_design
@every_boundary
@pytest.mark.parametrize("side", [-1, 1], ids=["behind", "ahead"])
@pytest.mark.parametrize("parameters", [PAPER, STANDARD], ids=["paper", "standard"])
@pytest.mark.spec("MATCHING-6", "UNLINKABLE-6", "HYBRID-11", "LOWCOST-8", "GAEN-6")
def test_a_second_more_than_the_skew_loses_one_second_at_the_boundary(
    name: str, boundary: int, side: int, parameters: Parameters
) -> None:
    """And only in a design whose periods meet there."""
    street = Street(name, parameters)
    ahead = side * (parameters.clock_skew_seconds + 1)
    seconds = range(boundary - 70, boundary + 70)
    for now in seconds:
        street.meet(now, ahead=ahead)
    found = street.found(street.publish(street.report(boundary + 4 * 7200)))
    lost = name != "gaen" and boundary % key_seconds(name, parameters) == 0
    assert sum(len(one.observation.sightings) for one in found) == len(seconds) - lost


def counting(name: str, parameters: Parameters, said: int) -> tuple[int, int]:
    """Return from when to before when words said at a moment count."""
    if name == "gaen":
        begins, drift = said // 600 * 600, 600 * parameters.clock_drift_intervals
        return begins - drift, begins + 600 + drift
    length, skew = key_seconds(name, parameters), parameters.clock_skew_seconds
    begins = said // length * length
    return begins - skew, begins + length + skew


@every_design
@every_skew
@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize(
    ("from_end", "offset", "counts"),
    [(False, -1, False), (False, 0, True), (True, -1, True), (True, 0, False)],
    ids=["just before", "first second", "last second", "just after"],
)
@pytest.mark.spec("MATCHING-2", "UNLINKABLE-5", "HYBRID-11", "LOWCOST-8", "GAEN-6", "GAEN-7")
def test_words_replayed_count_in_the_designs_window_and_not_a_second_beyond(
    name: str, parameters: Parameters, settled: bool, from_end: bool, offset: int, counts: bool
) -> None:
    """Whether or not the receive times are still there when the batch comes."""
    said = MORNING + 86_400
    first, end = counting(name, parameters, said)
    street = Street(name, parameters)
    words = street.say(street.phones[0], said)
    street.hear(words, (end if from_end else first) + offset)
    batch = street.publish(street.report(end + 4 * 7200))
    if settled:
        street.phones[1].settle(batch.release)
    assert len(street.found(batch)) == counts


@every_design
def test_days_before_the_first_contagious_one_do_not_warn(name: str) -> None:
    street = Street(name)
    street.meet(MORNING)
    street.meet(MORNING + 86_400)
    batch = street.publish(street.report(NOON + 86_400, since=DAY + 1))
    street.found(batch)
    assert [one.day for one in street.phones[1].exposures] == [DAY + 1]


@every_design
@pytest.mark.spec("MATCHING-1", "OBSERVATIONS-4")
@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("late", [0, 1, 13], ids=lambda days: f"{days} days late")
def test_a_replay_after_publication_never_counts(name: str, settled: bool, late: int) -> None:
    """The victim downloads the old batch much later, its receive times long coarse."""
    street = Street(name, phones=3)
    _, witness, victim = street.phones
    words = street.meet(NOON - 1200)
    report = street.report(NOON, since=DAY)
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
    """A contact near a boundary, which is kept twice, among them."""
    street = Street(name, phones=3)
    contact = street.phones[2]
    for speaker in (0, 1):
        street.meet(MORNING + speaker, speaker=speaker, listener=2)
    street.meet(NOON - 110, speaker=1, listener=2)
    first = street.publish(street.report(NOON))
    second = street.publish(street.report(NOON + 1800, patient=1), release=first.release + 2 * 7200)
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
    street.meet(NOON)
    report = street.report(NOON + 900)
    later = street.publish(report)
    early = street.publish(report, release=NOON - 120)
    assert street.found(early) == ()
    assert len(street.found(later)) == 1


@every_design
@pytest.mark.spec("PHONE-6")
def test_two_regions_are_remembered_apart_and_a_region_added_later_still_counts(name: str) -> None:
    street = Street(name, phones=3)
    contact = street.phones[2]
    street.meet(MORNING, speaker=0, listener=2)
    street.meet(MORNING + 60, speaker=1, listener=2)
    home = street.publish(street.report(NOON), region="VN")
    abroad = street.publish(street.report(NOON, patient=1), region="LA", release=home.release)
    assert len(street.found(home, reader=2)) == 1
    contact.settle(home.release)
    assert contact.has_ingested(release=home.release, region="VN")
    assert not contact.has_ingested(release=home.release, region="LA")
    for day in range(1, 14):
        street.tick(home.release + day * 86_400)
    assert len(contact.ingest(abroad)) == 1
    assert [one.identifiers for one in contact.exposures] == [2]


@pytest.mark.parametrize(("name", "other"), list(permutations(DESIGN_NAMES, 2)))
@pytest.mark.spec("PHONE-11")
def test_a_batch_of_another_design_is_refused_and_changes_nothing(name: str, other: str) -> None:
    """Also where its content comes under the phone's own name."""
    street, foreign = Street(name), Street(other)
    batch = foreign.publish(foreign.report(NOON))
    mine = street.publish(street.report(NOON), release=batch.release)
    reader = street.phones[1]
    reader.tick(batch.release, rand=street.rand)
    before = state(reader)
    with pytest.raises(MalformedError, match="another design"):
        reader.ingest(batch)
    with pytest.raises(MalformedError):
        reader.ingest(Batch(mine.name, batch.content))
    assert state(reader) == before


@every_design
@pytest.mark.spec("BATCH-9", "PHONE-11")
def test_a_content_cut_short_or_with_more_is_refused_and_changes_nothing(name: str) -> None:
    street = Street(name)
    street.meet(MORNING)
    batch = street.publish(street.report(NOON, since=DAY))
    reader, content = street.phones[1], batch.content
    reader.tick(batch.release, rand=street.rand)
    before = state(reader)
    cuts = {
        *range(0, len(content), max(1, len(content) // 50)),
        *range(len(content) - 9, len(content)),
    }
    for damaged in (*(content[:cut] for cut in cuts), content + b"\0", content + content):
        with pytest.raises(MalformedError):
            street.design.match(
                reader.observations, Batch(batch.name, damaged), parameters=STANDARD
            )
        with pytest.raises(MalformedError):
            reader.ingest(Batch(batch.name, damaged))
    assert state(reader) == before
    assert len(reader.ingest(batch)) == 1


@pytest.mark.spec("PHONE-21", "HYBRID-7")
@pytest.mark.parametrize(
    ("rssi", "told"), [(-60, True), (-103, True), (-104, False)], ids=["near", "79 dB", "80 dB"]
)
def test_hybrid_windows_without_anybody_close_are_not_told(rssi: int, told: bool) -> None:
    """The patient hears somebody close in the morning, and in the afternoon at this strength."""
    street = Street("hybrid", phones=3)
    afternoon = NOON + 4 * 3600
    street.meet(MORNING, speaker=1, listener=0)
    street.meet(MORNING + 60, listener=2)
    street.meet(NOON + 60, listener=2)
    street.meet(afternoon, speaker=1, listener=0, rssi=rssi)
    street.meet(afternoon + 60, listener=2)
    found = street.found(street.publish(street.report(afternoon + 4 * 3600)), reader=2)
    expected = {MORNING + 60, afternoon + 60} if told else {MORNING + 60}
    windows = {now // STANDARD.window_seconds for now in expected}
    assert {one.observation.kept.period for one in found} == windows


@every_design
@pytest.mark.spec("PHONE-21")
def test_a_patient_that_heard_nobody_warns_everybody(name: str) -> None:
    street = Street(name)
    for hour in (0, 4, 8):
        street.meet(MORNING + hour * 3600)
    assert len(street.found(street.publish(street.report(NOON + 8 * 3600)))) == 3


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
    report = street.report(MORNING + 28 * 3600, since=DAY)
    check()
    assert len(street.found(street.publish(report))) == 4
    check()
    street.phones[0].report_accepted()
    street.phones[1].settle(street.phones[1]._clock)
    check()
    street.tick(MORNING + 50 * 86_400)
    check()
    street.phones[0].restart_keys(MORNING, rand=street.rand)
    check()
