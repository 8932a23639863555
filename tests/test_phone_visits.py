"""spec/phone.md: check-ins and traces."""

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import TypeVar

import pytest

from dp3t.errors import ClockError, MalformedError, PolicyError, TooEarlyError
from dp3t.params import MINIMAL, STANDARD
from dp3t.phone import Phone
from dp3t.presence.identity import VISIT_RETENTION_DAYS
from dp3t.presence.matching import Task
from dp3t.presence.trace import PRESENCE
from dp3t.publication.batch import Batch, BatchName
from dp3t.timeline import Day, Instant, day_of
from phones import DAY, LATER, RELEASE, STATE_KEY, batch_of, hear, new, rand, report, say
from venues import MESSAGE
from visitors import MARKET, NINE, OUT, SCHOOL, exposed, lasting, stay, told, visited, waiting

T = TypeVar("T")


@pytest.mark.spec("PHONE-34", "PHONE-35")
def test_only_who_was_there_while_the_place_was_exposed_is_told() -> None:
    batch = exposed(MARKET, NINE + 600, NINE + 5400)
    there, earlier, elsewhere = (
        visited(),
        visited(start=NINE - 3600),
        visited(place=SCHOOL),
    )
    assert told(there, batch) == 1
    assert told(earlier, batch) == told(elsewhere, batch) == 0
    (one,) = there.venue_exposures
    assert (one.start, one.end) == (NINE + 600, NINE + 1800)
    assert one.message == MESSAGE
    assert there.exposures == ()


@pytest.mark.spec("PHONE-35")
def test_a_batch_of_traces_that_comes_twice_or_in_another_order_adds_nothing() -> None:
    batches = [
        exposed(MARKET, NINE, NINE + 3600, release=OUT + 7200 * number) for number in range(3)
    ]
    other = exposed(SCHOOL, NINE + 7200, NINE + 10_800)
    orders = [[*batches, other, batches[0]], [other, *reversed(batches)]]
    found = []
    for order in orders:
        phone = visited()
        stay(phone, SCHOOL, start=NINE + 7200, minutes=20)
        found.append([told(phone, batch) for batch in order])
        assert len(phone.venue_exposures) == 2
    assert found == [[1, 0, 0, 1, 0], [1, 1, 0, 0]]


@pytest.mark.spec("OVERLAP-9", "PHONE-40")
@pytest.mark.parametrize("ends_by_itself", [False, True])
@pytest.mark.parametrize("saved", [False, True])
def test_traces_that_come_while_a_visit_lasts_are_tried_when_it_has_ended(
    ends_by_itself: bool, saved: bool
) -> None:
    batch = exposed(MARKET, NINE, NINE + 3600, release=NINE + 7200 + 3600)
    phone = new("gaen", now=NINE)
    visit = phone.check_in(MARKET.entry, now=NINE, rand=rand, stay_seconds=6 * 3600)
    assert told(phone, batch) == 0
    assert phone.has_ingested(release=batch.release, region="VN", design=PRESENCE)
    if saved:
        phone = Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)
    if ends_by_itself:
        phone.tick(Instant(NINE + 6 * 3600), rand=rand)
    else:
        phone.check_out(visit, now=batch.release, rand=rand)
    (one,) = phone.venue_exposures
    assert (one.start, one.end, one.release) == (NINE, NINE + 3600, batch.release)
    assert waiting(phone) == 0
    assert told(phone, batch) == 0


@pytest.mark.spec("PHONE-40")
@pytest.mark.parametrize("refused", [False, True])
def test_a_check_in_that_ends_an_overdue_visit_tries_on_it_what_waits(refused: bool) -> None:
    """Tried and dropped in one step: a trace that no visit waits for makes no state to load."""
    late = Instant(NINE + 14 * 3600)
    phone = new("gaen", now=late)
    phone.check_in(MARKET.entry, now=late, rand=rand, stay_seconds=4 * 3600)
    told(phone, exposed(MARKET, late, late + 3600, release=late + 3 * 3600))
    after = Instant(late + 4 * 3600)
    if refused:
        with pytest.raises(PolicyError):
            phone.check_in(SCHOOL.entry, now=after, rand=rand, stay_seconds=0)
    else:
        phone.check_in(SCHOOL.entry, now=after, rand=rand)
    assert len(phone.venue_exposures) == 1
    assert waiting(phone) == 0
    assert Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY) == phone


@pytest.mark.spec("PHONE-40")
def test_traces_wait_only_for_visits_that_last() -> None:
    phone = visited()
    yesterday = exposed(MARKET, NINE - 86_400, NINE - 82_800)
    today = exposed(MARKET, NINE, NINE + 3600)
    assert told(phone, today) == 1
    assert waiting(phone) == 0
    visit = phone.check_in(SCHOOL.entry, now=OUT, rand=rand)
    told(phone, yesterday)
    assert waiting(phone) == 0
    told(phone, today)
    assert waiting(phone) == 1
    phone.withdraw_check_in(visit)
    assert waiting(phone) == 0


@pytest.mark.spec("PHONE-40")
def test_of_too_many_traces_those_of_the_latest_releases_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dp3t.phone.visits.MAX_WAITING", 2)
    phone = new("gaen", now=NINE)
    phone.check_in(MARKET.entry, now=NINE, rand=rand, stay_seconds=86_400)
    for number in (2, 0, 1):
        told(phone, exposed(SCHOOL, NINE, NINE + 60, release=OUT + 7200 * number))
    assert sorted(release for release, _ in phone._visits._waiting) == [OUT + 7200, OUT + 14_400]


@pytest.mark.spec("PHONE-35")
def test_of_two_releases_that_say_the_same_the_earlier_stands_whatever_the_order() -> None:
    early, late = (exposed(MARKET, NINE, NINE + 3600, release=OUT + after) for after in (0, 7200))
    for order in ([early, late], [late, early]):
        phone = visited()
        phone.tick(late.release, rand=rand)
        for batch in order:
            phone.ingest(batch)
        assert [one.release for one in phone.venue_exposures] == [early.release]


@pytest.mark.spec("PHONE-35")
def test_of_too_many_overlaps_those_that_began_last_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dp3t.phone.visits.MAX_MATCHES", 2)
    phone = visited(minutes=60)
    for number in (2, 0, 1):
        start = NINE + 600 * number
        told(phone, exposed(MARKET, start, start + 60, release=OUT + 7200 * number))
    assert [one.start for one in phone.venue_exposures] == [NINE + 600, NINE + 1200]


@pytest.mark.spec("PHONE-35")
def test_traces_leave_alone_what_was_heard_and_keys_what_was_visited() -> None:
    phone, other = new("gaen"), new("gaen")
    hear(phone, say(other))
    stay(phone, MARKET, start=NINE, minutes=30)
    keys = batch_of(report(other, LATER), release=RELEASE + 7200)
    traces = exposed(MARKET, NINE, NINE + 3600, release=RELEASE + 7200)
    assert told(phone, traces) == 1
    assert phone.has_ingested(release=traces.release, region="VN", design=PRESENCE)
    assert not phone.has_ingested(release=traces.release, region="VN")
    assert told(phone, keys) == 1
    assert phone.has_ingested(release=keys.release, region="VN", design="gaen")
    assert (len(phone.exposures), len(phone.venue_exposures)) == (1, 1)


@pytest.mark.spec("PHONE-35", "OVERLAP-7")
def test_pairings_can_be_done_elsewhere() -> None:
    done = list[int]()

    def run(work: Callable[[Task], T], tasks: Iterable[Task]) -> Iterator[T]:
        for task in tasks:
            done.append(len(task.traces))
            yield work(task)

    phone = visited()
    batch = exposed(MARKET, NINE, NINE + 7200)
    phone.tick(batch.release, rand=rand)
    assert len(phone.ingest(batch, run=run)) == 1
    assert done == [2]


@pytest.mark.spec("PHONE-35")
def test_a_batch_of_traces_that_is_none_changes_nothing() -> None:
    phone = visited()
    name = BatchName(design=PRESENCE, region="VN", release=OUT)
    phone.tick(OUT, rand=rand)
    before = phone.to_value()
    with pytest.raises(MalformedError):
        phone.ingest(Batch(name, b"\x80"))
    assert phone.to_value() == before


@pytest.mark.spec("PHONE-12")
def test_traces_of_a_day_to_come_are_too_early() -> None:
    phone = visited()
    with pytest.raises(TooEarlyError):
        phone.ingest(exposed(MARKET, NINE, NINE + 60, release=NINE - NINE % 7200 + 7200 * 14))


@pytest.mark.spec("PHONE-34")
@pytest.mark.parametrize(("late", "good"), [(-601, False), (-600, True), (86_401, False)])
def test_a_check_in_is_refused_while_the_clock_is_wrong(late: int, good: bool) -> None:
    phone = new("gaen", now=NINE)
    moment = Instant(NINE + late)
    if good:
        phone.check_in(MARKET.entry, now=moment, rand=rand)
        assert lasting(phone) == 1
        return
    with pytest.raises(ClockError):
        phone.check_in(MARKET.entry, now=moment, rand=rand)
    assert lasting(phone) == 0


@pytest.mark.spec("PHONE-34")
def test_a_check_out_is_refused_while_the_clock_is_wrong() -> None:
    phone = new("gaen", now=NINE)
    visit = phone.check_in(MARKET.entry, now=NINE, rand=rand)
    phone.tick(Instant(NINE + 3600), rand=rand)
    for moment in (NINE + 2999, NINE + 3600 + 86_401):
        with pytest.raises(ClockError):
            phone.check_out(visit, now=Instant(moment), rand=rand)
    assert lasting(phone) == 1
    phone.check_out(visit, now=Instant(NINE + 3000), rand=rand, departure=Instant(NINE + 60))
    assert lasting(phone) == 0
    with pytest.raises(PolicyError, match="no visit"):
        phone.check_out(visit, now=Instant(NINE + 3600), rand=rand)


@pytest.mark.spec("PHONE-36")
def test_who_forgets_to_leave_is_checked_out_by_a_tick() -> None:
    phone = new("gaen", now=NINE)
    phone.check_in(MARKET.entry, now=NINE, rand=rand, stay_seconds=1800)
    phone.tick(Instant(NINE + 1799), rand=rand)
    assert lasting(phone) == 1
    phone.tick(Instant(NINE + 1800), rand=rand)
    assert lasting(phone) == 0
    assert told(phone, exposed(MARKET, NINE, NINE + 7200)) == 1
    (one,) = phone.venue_exposures
    assert one.end == NINE + 1800


@pytest.mark.spec("PHONE-36")
def test_visits_and_what_was_found_of_them_are_forgotten_in_time() -> None:
    phone = visited()
    assert told(phone, exposed(MARKET, NINE, NINE + 3600)) == 1
    for days, records, matches in (
        (VISIT_RETENTION_DAYS, 1, 1),
        (VISIT_RETENTION_DAYS + 1, 0, 1),
        (STANDARD.retention_days, 0, 1),
        (STANDARD.retention_days + 1, 0, 0),
    ):
        phone.tick(Instant(NINE + 86_400 * days), rand=rand)
        assert len(phone._visits.diary.records) == records
        assert len(phone.venue_exposures) == matches
        assert phone.has_ingested(release=OUT, region="VN", design=PRESENCE) == bool(matches)


@pytest.mark.spec("PHONE-36")
def test_a_region_that_keeps_little_does_not_forget_a_warning_as_it_comes() -> None:
    phone = new("gaen", now=NINE, parameters=MINIMAL)
    stay(phone, MARKET, start=NINE, minutes=30)
    told(phone, exposed(MARKET, NINE, NINE + 3600, release=OUT + 86_400 * 9))
    phone.tick(Instant(NINE + 86_400 * VISIT_RETENTION_DAYS), rand=rand)
    assert len(phone.venue_exposures) == 1
    phone.tick(Instant(NINE + 86_400 * (VISIT_RETENTION_DAYS + 1)), rand=rand)
    assert not phone.venue_exposures


@pytest.mark.spec("PHONE-37")
@pytest.mark.parametrize(
    ("forget", "left"),
    [
        (lambda phone: phone.forget_visits(DAY), (0, 0, 1)),
        (lambda phone: phone.forget_visits(Day(DAY - 1)), (1, 1, 1)),
        (lambda phone: phone.forget_visits(), (0, 0, 0)),
    ],
)
def test_a_person_can_erase_a_day_or_everything(
    forget: Callable[[Phone], None], left: tuple[int, int, int]
) -> None:
    phone = visited()
    told(phone, exposed(MARKET, NINE, NINE + 3600))
    phone.check_in(SCHOOL.entry, now=OUT, rand=rand)
    forget(phone)
    records = phone._visits.diary.records
    assert (len(records), len(phone.venue_exposures), lasting(phone)) == left


def test_a_check_in_by_mistake_leaves_nothing() -> None:
    phone = new("gaen", now=NINE)
    before = phone.to_value()
    phone.withdraw_check_in(phone.check_in(MARKET.entry, now=NINE, rand=rand))
    assert phone.to_value() == before


@pytest.mark.spec("PHONE-13")
def test_keys_started_anew_forget_visits_of_a_wrong_clock() -> None:
    phone = visited(start=NINE + 86_400 * 3)
    phone.check_in(SCHOOL.entry, now=phone._clock, rand=rand)
    told(phone, exposed(MARKET, NINE + 86_400 * 3, NINE + 86_400 * 3 + 60, release=OUT + 259_200))
    phone.restart_keys(NINE, rand=rand)
    assert lasting(phone) == 0
    assert not phone.venue_exposures
    assert phone._visits.diary.records == ()
    assert not phone.has_ingested(release=Instant(OUT + 259_200), region="VN", design=PRESENCE)


@pytest.mark.spec("PHONE-18")
def test_a_phone_is_saved_with_its_visits() -> None:
    phone = visited()
    told(phone, exposed(MARKET, NINE, NINE + 3600))
    phone.check_in(SCHOOL.entry, now=OUT, rand=rand)
    again = Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)
    assert again == phone
    assert again.venue_exposures == phone.venue_exposures
    assert again.check_ins == phone.check_ins


@pytest.mark.spec("VISIT-4", "VISIT-9")
def test_after_a_visit_nothing_in_the_phone_names_the_place() -> None:
    phone = visited(start=NINE + 1234, minutes=45)
    phone.tick(OUT, rand=rand)  # its clock does say when it ticked
    saved = repr(phone.to_value())
    payload = MARKET.entry.payload
    for secret in (payload[:16], payload[-16:], "Xuân".encode(), MARKET.entry.seed):
        assert repr(secret)[2:-1] not in saved
    assert str(NINE + 1234) not in saved
    assert str(NINE + 1234 + 2700) not in saved


def test_a_phone_reads_its_design_and_traces() -> None:
    assert new("hybrid").reads == {"hybrid", PRESENCE}


def test_a_tick_without_visits_draws_no_dice_for_them() -> None:
    one, other = (Phone.create("gaen", now=NINE, rand=Random(1).randbytes) for _ in range(2))
    drawn, again = Random(2), Random(2)
    one.tick(Instant(NINE + 86_400), rand=drawn.randbytes)
    other.tick(Instant(NINE + 86_400), rand=again.randbytes)
    assert drawn.getstate() == again.getstate()
    assert day_of(NINE) == DAY
