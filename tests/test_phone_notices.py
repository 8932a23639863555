"""spec/phone.md: one view of what was heard and where somebody was; what counts, on which day."""

import pytest

from dp3t.params import DAY_SECONDS
from dp3t.phone.notices import Language, Notice, notices
from dp3t.presence.matching import PresenceMatch
from dp3t.timeline import Instant, day_start
from phones import DAY, LATER, batch_of, hear, new, report, say
from venues import MESSAGE
from visitors import MARKET, NINE, OUT, SCHOOL, exposed, stay, told, visited

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


@pytest.mark.spec("PHONE-39")
def test_one_view_tells_of_both_kinds_the_newest_day_first() -> None:
    phone, other = new("gaen"), new("gaen")
    hear(phone, say(other), rssi_dbm=-50)
    stay(phone, MARKET, start=NINE, minutes=30)
    stay(phone, SCHOOL, start=NINE + 86_400, minutes=90)
    told(phone, batch_of(report(other, LATER), release=OUT + 86_400))
    told(phone, exposed(MARKET, NINE, NINE + 3600, release=OUT + 86_400))
    told(phone, exposed(SCHOOL, NINE + 86_400, NINE + 97_200, release=OUT + 86_400))
    later, day = phone.notices
    assert (later.day, day.day) == (DAY + 1, DAY)
    assert (later.encounters, len(later.visits)) == (None, 1)
    assert day.encounters == phone.exposures[0]
    assert len(day.visits) == 1
    for language in Language:
        (happened,) = later.what_happened(language)
        assert "26/04/2020" in happened
        assert "90" in happened
        assert later.what_to_do(language) == (MESSAGE,)
        assert len(day.what_happened(language)) == 2
        assert day.what_to_do(language)[0] == MESSAGE
        assert len(day.what_to_do(language)) == 2
    assert later.what_happened(Language.ENGLISH) != later.what_happened(Language.VIETNAMESE)


@pytest.mark.spec("PHONE-39")
def test_a_message_that_comes_for_two_visits_is_shown_once() -> None:
    phone = visited()
    stay(phone, SCHOOL, start=NINE + 7200, minutes=10)
    told(phone, exposed(MARKET, NINE, NINE + 3600))
    told(phone, exposed(SCHOOL, NINE + 7200, NINE + 10_800))
    (notice,) = phone.notices
    assert isinstance(notice, Notice)
    assert len(notice.visits) == 2
    assert notice.what_to_do(Language.ENGLISH) == (MESSAGE,)
    assert "40 min" in notice.what_happened(Language.ENGLISH)[0]
