from dataclasses import replace

import numpy as np
import pytest

from dp3t_simulator.meetings.kernels import visit_of
from dp3t_simulator.meetings.table import Meetings, meetings_of
from dp3t_simulator.response.uploads import Illnesses
from dp3t_simulator.response.venues import TracedVisits
from dp3t_simulator.scenario.settings import PopulationSettings, PresenceSettings
from response_days import free, households

PEOPLE, DAYS = 40, 40
SURE = PresenceSettings(enabled=True, trace_probability=1.0, trace_delay_days=1)

Row = tuple[int, ...]


def daily_visits() -> Meetings:
    """Return meetings of people of whom each is at a venue every day."""
    settings = PopulationSettings(visits_daily=1.0)
    return meetings_of(households(*[1] * PEOPLE), settings, days=DAYS, seed=1)


def visits(meetings: Meetings, person: int, first: int, before: int) -> list[Row]:
    """Return venue, day, start, end and visitor of somebody's visits."""
    found = [(day, visit_of(meetings, free(PEOPLE), person, day)) for day in range(first, before)]
    return [
        (int(venue), day, int(start), int(end), person)
        for day, (venue, start, end) in found
        if venue >= 0
    ]


def traced(
    cases: dict[int, int],
    *,
    day: int,
    settings: PresenceSettings = SURE,
    illnesses: Illnesses | None = None,
) -> dict[int, list[Row]]:
    """Return rows of traces by the day they are handed over.

    `cases` are the days of samples, whose results come in on `day`.
    """
    known = TracedVisits(settings, illnesses or Illnesses(PEOPLE), 1)
    people, taken = np.array([*cases]), np.array([*cases.values()])
    known.decide(people.astype(np.int32), taken.astype(np.int32), day)
    found, meetings = {}, daily_visits()
    for each in range(day, min(day + 16, DAYS)):
        rows = known.due(each, meetings, free(PEOPLE))
        assert [column.dtype for column in rows] == ["int32", "int16", "int32", "int32", "int32"]
        if len(rows.venue):
            found[each] = [tuple(int(cell) for cell in row) for row in zip(*rows, strict=True)]
    return found


@pytest.mark.spec("RESPONSE-10")
@pytest.mark.parametrize("delay", [0, 1, 4])
def test_visits_from_2_days_before_the_sample_to_the_day_before_are_traced(delay: int) -> None:
    found = traced({7: 20, 3: 19}, day=21, settings=replace(SURE, trace_delay_days=delay))
    meetings, on = daily_visits(), 21 + delay
    expected = visits(meetings, 7, 18, on) + visits(meetings, 3, 17, on)
    assert len(expected) == 2 * on - 18 - 17
    assert found == {on: sorted(expected, key=lambda row: (row[0], row[4], row[1]))}


@pytest.mark.spec("RESPONSE-10")
def test_visits_are_traced_from_2_days_before_the_symptoms() -> None:
    illnesses = Illnesses(PEOPLE)
    illnesses.fell_ill(np.array([5]), 15)
    found = traced({5: 20}, day=20, illnesses=illnesses)
    assert sorted(row[1] for row in found[21]) == list(range(13, 21))


@pytest.mark.spec("RESPONSE-10")
def test_no_visit_is_traced_of_more_than_14_days_ago_or_before_day_0() -> None:
    late = replace(SURE, trace_delay_days=14)
    assert sorted(row[1] for row in traced({5: 15}, day=20, settings=late)[34]) == [*range(20, 34)]
    assert sorted(row[1] for row in traced({5: 1}, day=1)[2]) == [0, 1]
    assert traced({5: 0}, day=0, settings=replace(SURE, trace_delay_days=0)) == {}


@pytest.mark.spec("RESPONSE-10")
def test_no_visit_is_traced_when_it_is_off_or_with_a_probability_of_0() -> None:
    assert traced({5: 20}, day=21, settings=replace(SURE, enabled=False)) == {}
    assert traced({5: 20}, day=21, settings=replace(SURE, trace_probability=0.0)) == {}


@pytest.mark.spec("RESPONSE-10")
@pytest.mark.spec("RESPONSE-15")
def test_a_share_of_visits_is_traced_drawn_for_each_of_them() -> None:
    everybody = dict.fromkeys(range(PEOPLE), 10)
    late = replace(SURE, trace_delay_days=14, trace_probability=0.4)
    rows = traced(everybody, day=10, settings=late)[24]
    assert len(rows) / (14 * PEOPLE) == pytest.approx(0.4, abs=0.08)
    per_case = np.bincount([row[4] for row in rows], minlength=PEOPLE)
    assert per_case.min() > 0
    assert per_case.max() < 14
    more = traced(everybody, day=10, settings=replace(late, trace_probability=0.7))[24]
    assert set(rows) < set(more)


@pytest.mark.spec("RESPONSE-10")
def test_who_stayed_at_home_made_no_visit() -> None:
    known, history = TracedVisits(SURE, Illnesses(PEOPLE), 1), free(PEOPLE)
    history.home[5] |= np.uint32(1 << 19)
    known.decide(np.array([5], dtype=np.int32), np.array([20], dtype=np.int32), 20)
    assert known.due(21, daily_visits(), history).day.tolist() in ([18, 20], [20, 18])
