from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from dp3t_simulator.epidemic.course import (
    Calendar,
    Course,
    advance,
    calendar_of,
    course_of,
    infect,
    write_absent,
)
from dp3t_simulator.epidemic.disease import disease
from dp3t_simulator.state import FATAL, NEVER_ILL, SEVERE, Stage, State, healthy

DISEASE = disease("sars-cov-2-2020")
PEOPLE = 40_000
DAYS = 130
SEED = 11


def infected(*, day: int = 0) -> tuple[State, Calendar]:
    state, calendar = healthy(PEOPLE), calendar_of(PEOPLE, DAYS)
    infect(course_at(65), state, calendar, np.arange(PEOPLE, dtype=np.int32), day)
    return state, calendar


def course_at(age: int, *, vaccine_days: int = 0, vaccine_severe: float = 1.0) -> Course:
    ages = np.full(PEOPLE, age, dtype=np.uint8)
    return course_of(DISEASE, ages, SEED, vaccine_days=vaccine_days, vaccine_severe=vaccine_severe)


@pytest.fixture(scope="module")
def old() -> State:
    """People of 65 who are all infected on day 0, before anything happened to them."""
    return infected()[0]


def share(of: NDArray[np.bool_]) -> float:
    return float(np.mean(of))


@pytest.mark.spec("EPIDEMIC-4")
def test_courses_are_as_frequent_as_the_tables_say(old: State) -> None:
    mild = old.course & NEVER_ILL != 0
    severe, fatal = old.course & SEVERE != 0, old.course & FATAL != 0
    assert share(mild) == pytest.approx(0.238, abs=0.01)
    assert share(severe[~mild]) == pytest.approx(0.0927, abs=0.006)
    assert share(fatal[severe]) == pytest.approx(0.178, abs=0.03)
    assert not np.any(mild & severe)
    assert not np.any(fatal & ~severe)


@pytest.mark.spec("EPIDEMIC-4")
def test_days_of_the_course_are_as_frequent_as_the_tables_say(old: State) -> None:
    ill = old.onset_day >= 0
    assert np.array_equal(ill, old.course & NEVER_ILL == 0)
    for found, below in (
        (old.onset_day[ill], DISEASE.incubation),
        ((old.hospital_day - old.onset_day)[old.hospital_day >= 0], DISEASE.to_hospital),
        ((old.end_day - old.hospital_day)[old.course & FATAL != 0], DISEASE.death_hospital),
    ):
        expected = np.diff(below, prepend=0.0) * len(found)
        counted = np.bincount(found, minlength=len(expected))
        often = expected > 5
        surprise = np.sum((counted - expected)[often] ** 2 / expected[often])
        assert surprise < often.sum() + 4 * np.sqrt(2 * often.sum())
        assert len(counted) == len(expected)


@pytest.mark.spec("EPIDEMIC-4")
def test_nobody_recovers_while_still_infectious(old: State) -> None:
    assert old.end_day[old.course & FATAL == 0].min() == DISEASE.infectious_days + 1
    assert np.mean(old.end_day[old.course & NEVER_ILL != 0]) == pytest.approx(17, abs=0.6)


@pytest.mark.spec("EPIDEMIC-4")
def test_stages_follow_what_was_foreseen() -> None:
    state, calendar = infected()
    stages = Counter({Stage.INCUBATING: 0})
    for day in range(DAYS):
        onsets = advance(state, calendar, day)
        assert sorted(onsets.tolist()) == np.flatnonzero(state.onset_day == day).tolist()
        over = state.end_day <= day
        fatal, mild = state.course & FATAL != 0, state.course & NEVER_ILL != 0
        inside = (state.hospital_day >= 0) & (state.hospital_day <= day)
        expected = np.select(
            [over & fatal, over, inside, mild, state.onset_day <= day],
            [Stage.DEAD, Stage.RECOVERED, Stage.HOSPITAL, Stage.ASYMPTOMATIC, Stage.SYMPTOMATIC],
            Stage.INCUBATING,
        )
        assert np.array_equal(state.stage, expected)
        stages = Counter(expected.tolist())
        assert calendar.stages.tolist() == [stages[stage] for stage in Stage]
    assert stages[Stage.RECOVERED] + stages[Stage.DEAD] == PEOPLE


@pytest.mark.spec("EPIDEMIC-4")
def test_the_course_of_a_person_is_the_same_whenever_and_with_whomever_infected(
    old: State,
) -> None:
    later, _ = infected(day=40)
    assert np.array_equal(later.course, old.course)
    assert np.array_equal(later.end_day, old.end_day + 40)
    alone = healthy(PEOPLE)
    infect(course_at(65), alone, calendar_of(PEOPLE, DAYS), np.array([7, 9], dtype=np.int32), 0)
    assert alone.end_day[[7, 9]].tolist() == old.end_day[[7, 9]].tolist()
    assert np.count_nonzero(alone.stage) == 2


@pytest.mark.spec("EPIDEMIC-10")
def test_who_is_in_hospital_or_dead_is_absent_on_that_day_and_others_are_not() -> None:
    state, calendar = infected()
    for day in range(21):
        advance(state, calendar, day)
        write_absent(state, day)
        away = (state.stage == Stage.HOSPITAL) | (state.stage == Stage.DEAD)
        assert np.array_equal(state.absent >> np.uint32(day % 32) & 1, away)
    before = state.hospital_day == 20
    assert np.all(state.absent[before] >> np.uint32(19 % 32) & 1 == 0)
    assert np.all(state.absent[before] >> np.uint32(20 % 32) & 1 == 1)
    assert np.any(before)


@pytest.mark.spec("EPIDEMIC-11")
def test_the_vaccinated_come_to_hospital_less_often_once_the_vaccine_works() -> None:
    course = course_at(85, vaccine_days=14, vaccine_severe=0.25)
    shares = []
    for day in (13, 14):
        state = healthy(PEOPLE)
        state.vaccinated_day[:] = 0
        infect(course, state, calendar_of(PEOPLE, DAYS), np.arange(PEOPLE, dtype=np.int32), day)
        shares.append(share(state.hospital_day >= 0))
    assert shares[0] == pytest.approx(0.808 * 0.163, abs=0.008)
    assert shares[1] == pytest.approx(shares[0] / 4, abs=0.005)
