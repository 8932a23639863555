"""spec/phone.md: one view of what was heard and where somebody was."""

import pytest

from dp3t.phone.notices import Language, Notice
from phones import DAY, LATER, batch_of, hear, new, report, say
from venues import MESSAGE
from visitors import MARKET, NINE, OUT, SCHOOL, exposed, stay, told, visited


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
