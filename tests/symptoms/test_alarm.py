"""spec/symptoms/alarm.md: the chart of moving averages."""

import math
from random import Random

import pytest

from dp3t.symptoms.alarm import BASELINE_DAYS, GAP_DAYS, LIMIT, readings, residual_of
from dp3t.symptoms.estimate import Count
from dp3t.timeline import Day

STEADY = {Day(day): Count(400, 104) for day in range(60)}


def days(shares: dict[int, tuple[int, int]]) -> dict[Day, Count]:
    return {Day(day): Count(*count) for day, count in shares.items()}


def binomial(dice: Random, number: int, chance: float) -> int:
    return sum(dice.random() < chance for _ in range(number))


@pytest.mark.spec("ALARM-1")
def test_a_residual_is_what_the_formula_says() -> None:
    """By hand: 28 days of 100 reports with 30 yes, and one of 200 with 80."""
    counts = days(dict.fromkeys(range(28), (100, 30))) | {Day(35): Count(200, 80)}
    assert residual_of(Day(35), counts) is not None
    expected = (0.4 - 0.3) / math.sqrt(0.3 * 0.7 * (1 / 200 + 1 / 2_800))
    assert math.isclose(residual_of(Day(35), counts) or 0, expected)


@pytest.mark.spec("ALARM-1")
def test_the_baseline_are_28_days_and_a_week_before_the_day_is_none_of_it() -> None:
    day = Day(59)
    usual = residual_of(day, STEADY)
    for ahead in range(1, 60):
        changed = STEADY | {Day(day - ahead): Count(400, 200)}
        inside = GAP_DAYS < ahead <= GAP_DAYS + BASELINE_DAYS
        assert (residual_of(day, changed) != usual) == inside, ahead


@pytest.mark.spec("ALARM-1")
def test_days_that_differ_more_than_chance_makes_them_widen_the_limits() -> None:
    """By hand: with 80 and 120 of 400 in turn Pearson's statistic is 28 times 400 / 75."""
    wild = days({day: (400, 80 if day % 2 else 120) for day in range(28)}) | {
        Day(35): Count(400, 200)
    }
    calm = days(dict.fromkeys(range(28), (400, 100))) | {Day(35): Count(400, 200)}
    wide, narrow = residual_of(Day(35), wild), residual_of(Day(35), calm)
    assert wide is not None
    assert narrow is not None
    wild_days = 27  # of day 35 the baseline begins with day 0 and ends with day 27
    dispersion = (wild_days + 1) * 400 / 75 / wild_days
    assert math.isclose(narrow / wide, math.sqrt(dispersion))


@pytest.mark.spec("ALARM-2")
@pytest.mark.parametrize(("known", "told"), [(13, False), (14, True)])
def test_a_day_with_fewer_than_14_known_days_before_it_raises_no_alarm(
    known: int, told: bool
) -> None:
    counts = days(dict.fromkeys(range(known), (400, 100))) | {Day(34): Count(400, 400)}
    assert (residual_of(Day(34), counts) is not None) == told
    assert readings(counts)[-1].alarm == told


@pytest.mark.spec("ALARM-2")
@pytest.mark.parametrize("yes", [0, 400])
def test_a_baseline_of_nothing_but_yes_or_no_raises_no_alarm(yes: int) -> None:
    counts = days(dict.fromkeys(range(34), (400, yes))) | {Day(34): Count(400, 300)}
    assert residual_of(Day(34), counts) is None
    assert not any(each.alarm for each in readings(counts))


@pytest.mark.spec("ALARM-3")
def test_the_average_and_its_limit_are_what_the_formulas_say() -> None:
    counts = STEADY | {Day(60): Count(400, 150), Day(61): Count(400, 160)}
    found = readings(counts)
    first = [each for each in found if each.residual is not None]
    assert first[0].day == GAP_DAYS + 14
    average = 0.0
    for steps, each in enumerate(first, start=1):
        assert each.residual is not None
        average = 0.75 * average + 0.25 * each.residual
        limit = LIMIT * math.sqrt(0.25 / 1.75 * (1 - 0.75 ** (2 * steps)))
        assert math.isclose(each.average, average, abs_tol=1e-12)
        assert math.isclose(each.limit, limit)
        assert each.alarm == (average > limit)
    assert math.isclose(first[0].limit, LIMIT * 0.25)
    assert [each.day for each in found if each.alarm] == [60, 61]


@pytest.mark.spec("ALARM-3")
def test_fewer_yes_than_usual_raise_no_alarm() -> None:
    """Negative: the chart has one side."""
    counts = STEADY | {Day(day): Count(400, 40) for day in range(60, 66)}
    found = readings(counts)
    assert found[-1].average < -found[-1].limit
    assert not any(each.alarm for each in found)


@pytest.mark.spec("ALARM-4")
@pytest.mark.parametrize(("missing", "anew"), [(0, False), (7, False), (8, True)])
def test_missing_days_leave_the_average_until_they_are_too_many(missing: int, anew: bool) -> None:
    before = STEADY | {Day(60): Count(400, 150)}
    after = readings(before | {Day(61 + missing): Count(400, 104)})
    last, previous = after[-1], after[-2]
    assert last.residual is not None
    kept = 0 if anew else 0.75 * previous.average
    assert math.isclose(last.average, kept + 0.25 * last.residual, abs_tol=1e-12)
    assert (last.limit < previous.limit * 0.9) == anew


@pytest.mark.spec("ALARM-4")
@pytest.mark.parametrize(("silent", "anew"), [(7, False), (8, True)])
def test_days_with_counts_but_no_residual_are_missing_too(silent: int, anew: bool) -> None:
    """After day 35 the baseline has 13 days, until it begins with the one that never had counts."""
    known = [day for day in (*range(15), *range(29, 60)) if day != silent]
    counts = days({day: (400, 104 + day % 5) for day in known})
    found = {each.day: each for each in readings(counts)}
    without = range(36, 36 + silent)
    assert all(found[Day(day)].residual is None for day in without)
    last, next_one = found[Day(35)], found[Day(36 + silent)]
    assert last.residual is not None
    assert next_one.residual is not None
    kept = 0 if anew else 0.75 * last.average
    assert last.average != 0
    assert math.isclose(next_one.average, kept + 0.25 * next_one.residual, abs_tol=1e-12)


def test_a_steady_commune_raises_few_alarms_and_an_outbreak_raises_one() -> None:
    """Simulated with dice of a fixed seed: 2 % of 300 who report a day, then up to 20 %."""
    dice, raised, steady = Random(1959), 0, 0
    for _ in range(12):
        calm = {Day(day): Count(300, binomial(dice, 300, 0.26)) for day in range(150)}
        found = [each for each in readings(calm) if each.residual is not None]
        steady, raised = steady + len(found), raised + sum(each.alarm for each in found)
    assert steady == 12 * (150 - GAP_DAYS - 14)
    assert raised <= 0.01 * steady
    ill = calm | {
        Day(150 + ahead): Count(300, binomial(dice, 300, 0.26 + 0.09 * ahead / 14))
        for ahead in range(15)
    }
    assert any(each.alarm for each in readings(ill) if each.day >= 150)
