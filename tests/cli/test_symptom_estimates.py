"""`dp3t symptoms estimates`: charts of communes whose survey changed."""

from dataclasses import replace

import pytest

from dp3t.cli.symptoms.estimates import rows_of
from dp3t.symptoms.estimate import Count, Estimates, published_from
from dp3t.timeline import Day
from surveys import HUE, TODAY, survey


def day_of(ahead: int, count: Count) -> Estimates:
    day = Day(TODAY + ahead)
    return Estimates.of(
        survey(), region="VN", day=day, issued=published_from(day), counts=[(HUE, count)]
    )


@pytest.mark.spec("ALARM-5")
def test_another_question_with_the_same_chance_begins_a_new_chart() -> None:
    """Negative: more say yes since something else is asked, and nobody more is ill."""
    before = [day_of(ahead, Count(400, 104)) for ahead in range(40)]
    after = [day_of(40 + ahead, Count(400, 162)) for ahead in range(30)]
    renumbered = [replace(each, survey=4) for each in after]
    assert not any(row["alarm"] for row in rows_of(HUE, [*before, *renumbered]))
    rising = replace(day_of(70, Count(400, 260)), survey=4)
    rows = rows_of(HUE, [*before, *renumbered, rising])
    assert [row["alarm"] for row in rows][-2:] == [False, True]


@pytest.mark.spec("ALARM-5")
def test_a_new_chance_of_turning_round_begins_a_new_chart() -> None:
    """Negative: more are turned round, so more say yes, and nobody more is ill."""
    before = [day_of(ahead, Count(400, 104)) for ahead in range(40)]
    after = [day_of(40 + ahead, Count(400, 162)) for ahead in range(30)]
    mixed = rows_of(HUE, [*before, *after])
    assert any(row["alarm"] for row in mixed)
    changed = [replace(each, survey=4, turned_per_mille=400) for each in after]
    rows = rows_of(HUE, [*before, *changed])
    assert not any(row["alarm"] for row in rows)
    assert [row["share"] for row in (rows[0], rows[-1])] == [0.02, 0.025]
    rising = [*changed, replace(day_of(70, Count(400, 260)), survey=4, turned_per_mille=400)]
    assert [row["alarm"] for row in rows_of(HUE, [*before, *rising])][-2:] == [False, True]
