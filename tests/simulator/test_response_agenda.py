import numpy as np
import pytest

from dp3t_simulator.meetings.table import meetings_of
from dp3t_simulator.response.agenda import Agenda
from dp3t_simulator.response.lockdown import kept_shares, locked
from dp3t_simulator.response.vaccination import amount, vaccination_days
from dp3t_simulator.scenario.settings import LockdownStep, PopulationSettings, VaccinationSettings
from dp3t_simulator.state import NOT_VACCINATED
from response_days import households

ALWAYS = 2**64 - 1
HOUSEHOLD, SCHOOL, WORK, OCCASIONAL, VENUE, MEASURED = range(6)


def numbers(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def test_rows_come_on_their_day_in_the_order_added_and_once() -> None:
    agenda = Agenda(2)
    agenda.add(2, numbers(5), numbers(50))
    agenda.add(1, numbers(7, 6), numbers(70, 60))
    agenda.add(2, numbers(4), numbers(40))
    assert [len(each) for each in agenda.due(0)] == [0, 0]
    assert [each.tolist() for each in agenda.due(1)] == [[7, 6], [70, 60]]
    assert [each.tolist() for each in agenda.due(2)] == [[5, 4], [50, 40]]
    assert [each.tolist() for each in agenda.due(3)] == [[], []]


def test_rows_of_a_day_already_asked_for_come_when_asked_again() -> None:
    agenda = Agenda(1)
    agenda.due(3)
    agenda.add(3, numbers(1))
    agenda.add(0, numbers(2))
    assert agenda.due(3)[0].tolist() == [1, 2]
    agenda.add(3, numbers(3))
    assert agenda.due(4)[0].tolist() == [3]


def test_days_skipped_are_not_lost() -> None:
    agenda = Agenda(1)
    agenda.add(1, numbers(1))
    agenda.add(4, numbers(4))
    assert agenda.due(4)[0].tolist() == [1, 4]


def test_rows_are_a_copy_of_what_was_given() -> None:
    agenda, given = Agenda(1), numbers(1)
    agenda.add(0, given)
    given[0] = 9
    assert agenda.due(0)[0].tolist() == [1]


def test_rows_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="2 numbers"):
        Agenda(2).add(0, numbers(1))
    with pytest.raises(ValueError, match="2 numbers"):
        Agenda(2).add(0, numbers(1), numbers(1, 2))


@pytest.mark.spec("RESPONSE-11")
def test_a_lockdown_holds_from_its_first_day_to_before_its_last_and_for_its_layers() -> None:
    step = LockdownStep(from_day=2, to_day=4, school=0.0, work=0.5, occasional=0.2, venue=0.1)
    shares = kept_shares([step], 6)
    assert shares[[0, 1, 4, 5]].tolist() == [[1.0] * 6] * 4
    assert shares[2].tolist() == shares[3].tolist() == [1.0, 0.0, 0.5, 0.2, 0.1, 0.2]
    household = kept_shares([LockdownStep(from_day=0, to_day=1, household=0.3)], 1)
    assert household[0].tolist() == [0.3, 1, 1, 1, 1, 1]


@pytest.mark.spec("RESPONSE-11")
def test_of_overlapping_lockdowns_the_lowest_share_of_each_layer_holds() -> None:
    steps = [
        LockdownStep(from_day=0, to_day=3, school=0.2, work=0.9),
        LockdownStep(from_day=2, to_day=9, school=0.6, work=0.4),
    ]
    shares = kept_shares(steps, 4)
    assert shares[:, SCHOOL].tolist() == [0.2, 0.2, 0.2, 0.6]
    assert shares[:, WORK].tolist() == [0.9, 0.9, 0.4, 0.4]


@pytest.mark.spec("RESPONSE-11")
def test_meetings_and_visits_become_fewer_by_the_share_of_their_day_and_layer() -> None:
    settings = PopulationSettings(school_contact=0.5, work_contact=0.25, visits_daily=0.5)
    before = meetings_of(households(2), settings, days=2, seed=1)
    step = LockdownStep(from_day=1, to_day=9, household=0.0, school=0.5, venue=0.25)
    after = locked(before, [step])
    assert after.meets.dtype == after.visits.dtype == np.uint64
    assert after.meets[0].tolist() == [ALWAYS, 2**63, 2**62, ALWAYS, ALWAYS, ALWAYS]
    assert after.meets[1].tolist() == [0, 2**62, 2**62, ALWAYS, 2**62, ALWAYS]
    assert after.visits.tolist() == [2**63, 2**61]
    assert (locked(before, []).meets == before.meets).all()


def test_a_lockdown_of_no_days_or_after_the_end_changes_nothing() -> None:
    steps = [
        LockdownStep(from_day=1, to_day=1, school=0.0),
        LockdownStep(from_day=50, to_day=60, school=0.0),
    ]
    assert (kept_shares(steps, 3) == 1).all()
    assert kept_shares(steps, 0).shape == (0, 6)


@pytest.mark.parametrize(
    ("daily", "expected"),
    [(0.0, [0] * 5), (2.0, [2] * 5), (0.4, [0, 0, 1, 0, 1]), (2.5, [2, 3, 2, 3, 2])],
)
def test_amounts_of_days_sum_up_to_the_daily_number(daily: float, expected: list[int]) -> None:
    assert [amount(daily, day) for day in range(5)] == expected


def test_an_amount_that_is_whole_is_not_lost_to_rounding() -> None:
    assert sum(amount(0.29, day) for day in range(100)) == 29
    assert sum(amount(0.7, day) for day in range(10)) == 7


AGES = np.array([30, 80, 11, 80, 12, 55], dtype=np.uint8)


@pytest.mark.spec("RESPONSE-12")
def test_the_oldest_are_vaccinated_first_and_the_young_never() -> None:
    settings = VaccinationSettings(enabled=True, start_day=3, daily_share=1 / 3, delay_days=9)
    days = vaccination_days(settings, AGES, 100, 1)
    assert days.tolist() == [4, 3, NOT_VACCINATED, 3, 5, 4]
    assert days.dtype == np.int16


@pytest.mark.spec("RESPONSE-12")
def test_vaccination_ends_with_the_run_and_starts_no_sooner_than_told() -> None:
    settings = VaccinationSettings(enabled=True, start_day=3, daily_share=1 / 6)
    days = vaccination_days(settings, AGES, 5, 1)
    assert sorted(days[[1, 3]]) == [3, 4]
    assert (np.delete(days, [1, 3]) == NOT_VACCINATED).all()
    assert (vaccination_days(settings, AGES, 3, 1) == NOT_VACCINATED).all()


@pytest.mark.spec("RESPONSE-12")
def test_fractions_of_a_vaccination_are_counted_from_the_first_day_on() -> None:
    settings = VaccinationSettings(enabled=True, start_day=3, daily_share=1 / 12)
    assert sorted(vaccination_days(settings, AGES, 8, 1))[:2] == [4, 6]


def test_nobody_is_vaccinated_when_it_is_off_or_none_are_given() -> None:
    off = VaccinationSettings(enabled=False, daily_share=1.0)
    none = VaccinationSettings(enabled=True, daily_share=0.0)
    for settings in (off, none):
        assert (vaccination_days(settings, AGES, 9, 1) == NOT_VACCINATED).all()


@pytest.mark.spec("RESPONSE-12")
def test_everybody_old_enough_may_be_vaccinated_on_one_day() -> None:
    settings = VaccinationSettings(enabled=True, daily_share=1.0, minimum_age=0)
    assert (vaccination_days(settings, AGES, 9, 1) == 0).all()


@pytest.mark.spec("RESPONSE-12")
def test_among_those_of_one_age_the_seed_decides_and_not_the_number() -> None:
    settings = VaccinationSettings(enabled=True, daily_share=0.5)
    ages = np.full(1000, 40, dtype=np.uint8)
    one, other = (vaccination_days(settings, ages, 1, seed) == 0 for seed in (1, 2))
    assert one.sum() == other.sum() == 500
    assert 200 < (one & other).sum() < 300
    assert 200 < one[:500].sum() < 300
