"""spec/phone.md: what a notice counts, and on which day."""

import pytest

from dp3t.params import DAY_SECONDS
from dp3t.phone.notices import Language, notices
from dp3t.presence.matching import PresenceMatch
from dp3t.timeline import Instant, day_start
from phones import DAY

MIDNIGHT = day_start(DAY)
HOUR = 3600
RELEASE = Instant(MIDNIGHT + DAY_SECONDS * 2)


def stayed(start: int, end: int, *, message: str = "A") -> PresenceMatch:
    return PresenceMatch(
        start=Instant(MIDNIGHT + start),
        end=Instant(MIDNIGHT + end),
        message=message,
        release=RELEASE,
    )


@pytest.mark.spec("PHONE-39")
@pytest.mark.parametrize(
    ("visits", "minutes"),
    [
        ([stayed(0, HOUR), stayed(0, HOUR, message="B")], 60),
        ([stayed(0, 3 * HOUR), stayed(HOUR, 2 * HOUR, message="B"), stayed(HOUR, 4 * HOUR)], 240),
        ([stayed(0, HOUR), stayed(2 * HOUR, 3 * HOUR)], 120),
        ([stayed(0, 1)], 1),
    ],
)
def test_time_at_two_places_at_once_counts_once(visits: list[PresenceMatch], minutes: int) -> None:
    """A stall in a market is in the market: two messages, one hour."""
    (notice,) = notices([], visits)
    for language in Language:
        (happened,) = notice.what_happened(language)
        assert f" {minutes} " in happened


@pytest.mark.spec("PHONE-39")
def test_a_visit_over_midnight_is_told_of_each_day_for_its_part() -> None:
    """In Viet Nam the UTC day begins at seven in the morning, when markets are full."""
    later, day = notices([], [stayed(-HOUR, 2 * HOUR)])
    assert (later.day, day.day) == (DAY, DAY - 1)
    assert [(one.start, one.end) for one in later.visits] == [(MIDNIGHT, MIDNIGHT + 2 * HOUR)]
    assert [(one.start, one.end) for one in day.visits] == [(MIDNIGHT - HOUR, MIDNIGHT)]
    (alone,) = notices([], [stayed(-HOUR, 0)])
    assert alone.day == DAY - 1
