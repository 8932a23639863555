import numpy as np
import pytest

from dp3t_simulator.draws import stream_key
from dp3t_simulator.response.measures import Measures
from dp3t_simulator.response.symptoms import background
from dp3t_simulator.response.testing import Testing, relative_sensitivity
from dp3t_simulator.scenario.settings import TestingSettings
from dp3t_simulator.state import Stage, State, healthy

EXACT = TestingSettings(sensitivity=1.0, specificity=1.0, result_days=1)


def outcome(
    state: State, people: list[int], day: int, settings: TestingSettings = EXACT
) -> tuple[list[int], list[int], Measures]:
    """Return new cases and negatives of samples taken on a day, and the counts."""
    testing, measures = Testing(settings, state, 1), Measures()
    testing.order(np.array(people), day)
    testing.take(day, measures)
    (new, _), (negative, _) = testing.results(day + settings.result_days, measures)
    return new.tolist(), negative.tolist(), measures


@pytest.mark.spec("RESPONSE-4")
def test_sensitivity_has_the_values_of_the_table_and_straight_lines_between() -> None:
    found = relative_sensitivity()
    assert len(found) == 31
    for day, value in {0: 0, 1: 0, 4: 0.4125, 5: 0.775, 8: 1, 9: 0.9875, 21: 0.425, 30: 0}.items():
        assert found[day] == pytest.approx(value)
    assert found[15] == pytest.approx((0.9875 + 0.425) / 2)


@pytest.mark.spec("RESPONSE-4")
def test_the_infected_are_found_on_the_best_day_and_on_none_of_the_first_two() -> None:
    state = healthy(4)
    state.infected_day[:3] = [12, 20, 19]
    new, negative, measures = outcome(state, [0, 1, 2, 3], 20)
    assert (new, negative) == ([0], [1, 2, 3])
    assert (measures.tests, measures.positives, measures.false_positives) == (4, 1, 0)


@pytest.mark.spec("RESPONSE-4")
def test_infections_of_day_0_and_of_long_ago_are_counted_from_their_day() -> None:
    state = healthy(2)
    state.infected_day[:] = 0
    assert outcome(state, [0], 8)[0] == [0]
    assert outcome(state, [1], 31)[0] == []


@pytest.mark.spec("RESPONSE-4")
@pytest.mark.spec("RESPONSE-13")
def test_without_specificity_everybody_is_positive_and_those_never_infected_falsely() -> None:
    state = healthy(2)
    state.infected_day[0] = 0
    settings = TestingSettings(sensitivity=0.0, specificity=0.0)
    new, negative, measures = outcome(state, [0, 1], 0, settings)
    assert (new, negative) == ([0, 1], [])
    assert (measures.positives, measures.false_positives) == (2, 1)


@pytest.mark.spec("RESPONSE-13")
def test_who_was_infected_after_the_sample_is_a_false_positive() -> None:
    state, measures = healthy(1), Measures()
    testing = Testing(TestingSettings(specificity=0.0, result_days=2), state, 1)
    testing.order(np.array([0]), 4)
    testing.take(4, measures)
    state.infected_day[0] = 5
    testing.results(6, measures)
    assert measures.false_positives == 1


@pytest.mark.spec("RESPONSE-4")
def test_shares_of_positives_are_those_of_sensitivity_and_specificity() -> None:
    people = 40_000
    state = healthy(people)
    state.infected_day[: people // 2] = 0
    settings = TestingSettings(sensitivity=0.8, specificity=0.9)
    new = np.array(outcome(state, list(range(people)), 5, settings)[0])
    found, false = (new < people // 2).sum(), (new >= people // 2).sum()
    assert found / (people // 2) == pytest.approx(0.8 * 0.775, abs=0.015)
    assert false / (people // 2) == pytest.approx(0.1, abs=0.01)


@pytest.mark.spec("RESPONSE-1")
@pytest.mark.parametrize("result_days", [0, 1, 3])
def test_a_result_comes_in_after_its_days_and_on_no_other_day(result_days: int) -> None:
    state, measures = healthy(1), Measures()
    state.infected_day[0] = 0
    testing = Testing(
        TestingSettings(sensitivity=1.0, specificity=1.0, result_days=result_days), state, 1
    )
    testing.order(np.array([0]), 8)
    seen = []
    for day in range(14):
        testing.take(day, measures)
        (new, taken), _ = testing.results(day, measures)
        seen += [(day, *taken.tolist()) for _ in new]
    assert seen == [(8 + result_days, 8)]
    assert testing.positive_day[0] == 8 + result_days
    assert state.tested_day[0] == 8


@pytest.mark.spec("RESPONSE-3")
def test_a_person_gives_one_sample_a_day_and_another_on_the_next() -> None:
    state, measures = healthy(2), Measures()
    testing = Testing(EXACT, state, 1)
    testing.order(np.array([1, 1]), 3)
    testing.order(np.array([1, 0]), 3)
    testing.take(3, measures)
    testing.order(np.array([1]), 3)
    testing.take(3, measures)
    assert measures.tests == 2
    testing.order(np.array([1]), 4)
    testing.take(4, measures)
    assert measures.tests == 3


@pytest.mark.spec("RESPONSE-3")
def test_the_dead_and_those_found_in_the_last_90_days_give_no_sample() -> None:
    state, measures = healthy(3), Measures()
    state.stage[0] = Stage.DEAD
    testing = Testing(EXACT, state, 1)
    testing.positive_day[1] = 10
    for day, expected in ((10, 1), (99, 2), (100, 4)):
        testing.order(np.array([0, 1, 2]), day)
        testing.take(day, measures)
        assert measures.tests == expected, day


@pytest.mark.spec("RESPONSE-3")
def test_a_second_positive_result_is_counted_and_makes_no_second_case() -> None:
    state, measures = healthy(1), Measures()
    state.infected_day[0] = 0
    testing = Testing(TestingSettings(specificity=0.0, result_days=2), state, 1)
    cases = []
    for day in (7, 8, 9, 10, 11):
        if day < 9:
            testing.order(np.array([0]), day)
        testing.take(day, measures)
        cases += testing.results(day, measures)[0][0].tolist()
    assert (cases, measures.positives, measures.tests) == ([0], 2, 2)
    assert testing.positive_day[0] == 9


@pytest.mark.spec("RESPONSE-3")
def test_nobody_is_tested_when_testing_is_off() -> None:
    assert outcome(healthy(2), [0, 1], 5, TestingSettings(enabled=False))[2].tests == 0


@pytest.mark.spec("RESPONSE-2")
def test_nobody_or_everybody_falls_ill_with_something_else() -> None:
    key = stream_key(1, "test: background")
    assert background(key, 0, 50, 0.0).tolist() == []
    assert background(key, 0, 50, 1.0).tolist() == list(range(50))
    assert background(key, 0, 1, 1.0).tolist() == [0]


@pytest.mark.spec("RESPONSE-2")
@pytest.mark.parametrize("daily", [0.0005, 0.05, 0.9])
def test_others_fall_ill_as_often_as_told_apart_from_each_other(daily: float) -> None:
    key, people, days = stream_key(1, "test: background"), 2_000, 60
    drawn = np.zeros((days, people), dtype=bool)
    for day in range(days):
        found = background(key, day, people, daily)
        assert (np.diff(found) > 0).all()
        drawn[day, found] = True
    deviation = (daily * (1 - daily) / drawn.size) ** 0.5
    assert drawn.mean() == pytest.approx(daily, abs=4 * deviation)
    both = (drawn[:, 1:] & drawn[:, :-1]).mean()
    assert both == pytest.approx(daily**2, abs=4 * (daily**2 / drawn.size) ** 0.5 + 2e-5)
    ends = drawn[:, [0, -1]].mean()
    assert ends == pytest.approx(daily, abs=4 * (daily * (1 - daily) / (2 * days)) ** 0.5)
