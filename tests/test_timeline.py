"""spec/timeline.md."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t import timeline
from dp3t.errors import MalformedError
from dp3t.params import LAST_INSTANT
from dp3t.timeline import Day, Instant, Slot, Stretch, instant
from vectors import Case, vector_cases

instants = st.integers(0, LAST_INSTANT).map(Instant)


@pytest.mark.parametrize("case", vector_cases("timeline", operation="count"))
def test_a_moment_is_counted_as_the_vector_says(case: Case) -> None:
    moment = instant(datetime.fromisoformat(case["moment"]))
    assert moment == case["instant"]
    assert timeline.day_of(moment) == case["day"]
    assert timeline.epoch_in_day(moment, epoch_minutes=15) == case["epoch_of_15_minutes"]
    assert timeline.epoch_in_day(moment, epoch_minutes=120) == case["epoch_of_120_minutes"]
    assert timeline.interval_of(moment) == case["interval"]
    assert timeline.slot_of(moment) == case["slot"]


@pytest.mark.parametrize("case", vector_cases("timeline", operation="count"))
def test_the_vector_is_what_the_calendar_says(case: Case) -> None:
    """The second witness: hours and minutes of the UTC calendar instead of divisions."""
    utc = datetime.fromisoformat(case["moment"]).astimezone(UTC)
    days = utc.toordinal() - date(1970, 1, 1).toordinal()
    minutes = 60 * utc.hour + utc.minute
    assert case["instant"] == 86_400 * days + 60 * minutes + utc.second
    assert case["day"] == days
    assert case["epoch_of_15_minutes"] == 4 * utc.hour + utc.minute // 15
    assert case["epoch_of_120_minutes"] == utc.hour // 2
    assert case["interval"] == 144 * days + minutes // 10
    assert case["slot"] == 12 * days + utc.hour // 2


@pytest.mark.parametrize("case", vector_cases("timeline", operation="release", result="valid"))
def test_a_release_on_the_grid_is_accepted(case: Case) -> None:
    assert timeline.checked_release(case["release"]) == case["release"]


@pytest.mark.parametrize("case", vector_cases("timeline", operation="release", result="malformed"))
def test_a_release_off_the_grid_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        timeline.checked_release(case["release"])


@pytest.mark.spec("TIMELINE-1")
@pytest.mark.parametrize("moment", [-1, 2**32, datetime(1969, 12, 31, tzinfo=UTC)], ids=str)
def test_a_moment_outside_the_range_is_refused(moment: datetime | int) -> None:
    with pytest.raises(ValueError, match="1970"):
        instant(moment)


@pytest.mark.spec("TIMELINE-1")
def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant(datetime(2020, 4, 25))  # noqa: DTZ001 - the mistake under test


@pytest.mark.spec("TIMELINE-1")
@given(moment=instants, hours=st.integers(-23, 23))
def test_the_time_zone_in_which_a_moment_is_written_does_not_matter(
    moment: Instant, hours: int
) -> None:
    zone = timezone(timedelta(hours=hours))
    assert instant(timeline.to_datetime(moment).astimezone(zone)) == moment


@pytest.mark.spec("TIMELINE-2", "TIMELINE-4", "TIMELINE-5")
@given(moment=instants)
def test_every_moment_lies_in_the_period_that_holds_it(moment: Instant) -> None:
    assert 0 <= moment - timeline.day_start(timeline.day_of(moment)) < 86_400
    assert 0 <= moment - timeline.interval_start(timeline.interval_of(moment)) < 600
    assert 0 <= moment - timeline.slot_start(timeline.slot_of(moment)) < 7_200
    assert 0 < timeline.release_after(moment) - moment <= 7_200


@pytest.mark.spec("TIMELINE-3")
@given(moment=instants, epoch_minutes=st.sampled_from([1, 5, 15, 60, 120]))
def test_epochs_start_anew_with_each_day(moment: Instant, epoch_minutes: int) -> None:
    epoch = timeline.epoch_in_day(moment, epoch_minutes=epoch_minutes)
    assert 0 <= epoch < 1440 // epoch_minutes
    midnight = timeline.day_start(timeline.day_of(moment))
    assert timeline.epoch_in_day(midnight, epoch_minutes=epoch_minutes) == 0


def test_a_release_is_never_the_moment_itself() -> None:
    assert timeline.release_after(timeline.slot_start(Slot(5))) == timeline.slot_start(Slot(6))


@given(day=st.integers(0, LAST_INSTANT // 86_400).map(Day))
def test_days_and_calendar_dates_are_inverse(day: Day) -> None:
    assert timeline.date_to_day(timeline.day_to_date(day)) == day


def test_a_date_before_1970_is_refused() -> None:
    with pytest.raises(ValueError, match="1970"):
        timeline.date_to_day(date(1969, 12, 31))


@given(moments=st.tuples(*[st.integers(0, 9).map(Instant)] * 4))
def test_what_of_a_stretch_lies_in_another_is_what_both_hold(
    moments: tuple[Instant, Instant, Instant, Instant],
) -> None:
    one, other = Stretch(*moments[:2]), Stretch(*moments[2:])
    common = one.within(other)
    assert set(range(*common)) == set(range(*one)) & set(range(*other))
    assert common == other.within(one)
