"""What happens on which day, with people who do everything for certain."""

from dataclasses import replace

import pytest

from dp3t_simulator.interfaces import PRESENCE
from dp3t_simulator.scenario.settings import QuarantineSettings, TestingSettings
from dp3t_simulator.state import Stage
from response_days import CERTAIN, LONG_AGO, Days, households, lived

ILL_ON = 10
UNTESTED = replace(
    CERTAIN,
    testing=replace(CERTAIN.testing, enabled=False),
    app=replace(CERTAIN.app, uptake=0.0),
)


def delays(delay_days: int, result_days: int) -> TestingSettings:
    return replace(CERTAIN.testing, delay_days=delay_days, result_days=result_days)


def quarantined(**settings: float) -> QuarantineSettings:
    return replace(CERTAIN.quarantine, **settings)  # type: ignore[arg-type]  # whole where given


def infected(days: Days, *people: int, on: int = ILL_ON - LONG_AGO) -> Days:
    days.state.infected_day[list(people)] = on
    return days


@pytest.mark.spec("RESPONSE-1")
@pytest.mark.parametrize(("delay", "result"), [(0, 0), (1, 0), (0, 1), (1, 1), (2, 3)])
def test_symptoms_lead_to_a_sample_a_result_and_an_upload_each_after_its_days(
    delay: int, result: int
) -> None:
    scenario = replace(CERTAIN, testing=delays(delay, result))
    days = lived(scenario, households(1, 1))
    infected(days, 0, on=ILL_ON + delay - LONG_AGO).state.app[:] = 1
    days.live(20, onsets={ILL_ON: [0]})
    assert days.tests() == [ILL_ON + delay]
    assert days.state.tested_day.tolist() == [ILL_ON + delay, -1]
    assert [day for day, seen in enumerate(days.seen) if seen.positives] == [
        ILL_ON + delay + result
    ]
    assert days.uploads() == [(ILL_ON + delay + result, 0)]


@pytest.mark.spec("RESPONSE-5")
def test_the_ill_isolate_from_the_day_of_their_symptoms_on() -> None:
    days = lived(UNTESTED, households(2)).live(25, onsets={ILL_ON: [0]})
    assert days.home(0) == list(range(10, 20))
    assert days.home(1) == []


@pytest.mark.spec("RESPONSE-5")
def test_the_positive_isolate_from_the_day_of_the_result_on() -> None:
    isolation = replace(CERTAIN.isolation, on_symptoms_probability=0.0, days=7)
    scenario = replace(CERTAIN, isolation=isolation, testing=delays(1, 2))
    days = infected(lived(scenario, households(1)), 0, on=3).live(25, onsets={ILL_ON: [0]})
    assert days.home(0) == list(range(13, 20))


@pytest.mark.spec("RESPONSE-5")
def test_isolation_on_symptoms_is_prolonged_by_a_positive_result_and_not_ended_by_another() -> None:
    scenario = replace(CERTAIN, testing=delays(1, 1))
    days = infected(lived(scenario, households(1, 1)), 0, on=3)
    days.live(30, onsets={ILL_ON: [0, 1]})
    assert days.home(0) == list(range(10, 22))
    assert days.home(1) == list(range(10, 20))


@pytest.mark.spec("RESPONSE-5")
def test_nobody_isolates_with_a_probability_of_0() -> None:
    isolation = replace(CERTAIN.isolation, on_symptoms_probability=0.0, on_positive_probability=0.0)
    days = infected(lived(replace(CERTAIN, isolation=isolation), households(2)), 0)
    days.live(25, onsets={ILL_ON: [0, 1]})
    assert [seen.home for seen in days.seen] == [[]] * 25
    assert len(days.tests()) == 2


@pytest.mark.spec("RESPONSE-3")
def test_the_ill_are_not_tested_with_a_probability_of_0_or_when_testing_is_off() -> None:
    never = replace(CERTAIN, testing=replace(CERTAIN.testing, symptomatic_probability=0.0))
    for scenario in (never, UNTESTED):
        days = lived(scenario, households(1))
        assert infected(days, 0).live(20, onsets={ILL_ON: [0]}).tests() == []


@pytest.mark.spec("RESPONSE-6")
def test_the_household_of_a_case_is_quarantined_from_the_result_on() -> None:
    scenario = replace(
        CERTAIN, quarantine=quarantined(household=True, days=5), testing=delays(1, 1)
    )
    days = infected(lived(scenario, households(1, 3, 2)), 2, on=3)
    days.live(30, onsets={ILL_ON: [2]})
    assert days.home(1) == days.home(3) == list(range(12, 17))
    assert days.home(2) == list(range(10, 22))
    assert days.home(0) == days.home(4) == days.home(5) == []
    assert days.state.quarantine_from.tolist() == [-1, 12, -1, 12, -1, -1]


@pytest.mark.spec("RESPONSE-6")
def test_a_household_is_not_quarantined_when_told_not_to_or_unwilling() -> None:
    for quarantine in (quarantined(), quarantined(household=True, compliance=0.0)):
        days = infected(lived(replace(CERTAIN, quarantine=quarantine), households(2)), 0)
        assert days.live(20, onsets={ILL_ON: [0]}).home(1) == []


@pytest.mark.spec("RESPONSE-6")
def test_who_is_known_to_be_positive_is_not_quarantined_again() -> None:
    scenario = replace(
        CERTAIN, quarantine=quarantined(household=True, days=30), testing=delays(0, 0)
    )
    days = infected(lived(scenario, households(2)), 0, 1)
    days.live(60, onsets={ILL_ON: [0], ILL_ON + 1: [1]}, notices={20: [(0, 20)]})
    assert days.home(0) == list(range(10, 20))
    assert days.home(1) == list(range(10, 40))
    assert days.state.quarantine_from.tolist() == [-1, 10]


@pytest.mark.spec("RESPONSE-6")
@pytest.mark.parametrize("kind", [0, PRESENCE])
def test_the_warned_are_quarantined_from_the_day_of_the_warning_until_days_after_contact(
    kind: int,
) -> None:
    days = lived(CERTAIN, households(1, 1)).live(30, notices={10: [(0, 7)]}, kind=kind)
    assert days.home(0) == list(range(10, 21))
    assert days.home(1) == []
    assert days.state.notified_day.tolist() == [10, -1]


@pytest.mark.spec("RESPONSE-13")
def test_quarantines_are_counted_under_the_way_of_the_warning() -> None:
    for kind, app, venue in ((0, 1, 0), (PRESENCE, 0, 1)):
        measures = lived(CERTAIN, households(1)).live(1, notices={0: [(0, 0)]}, kind=kind)
        done = measures.response.measures
        assert (done.quarantined_app, done.quarantined_venue) == (app, venue)


@pytest.mark.spec("RESPONSE-6")
def test_a_warning_of_too_long_ago_or_to_the_unwilling_keeps_nobody_at_home() -> None:
    days = lived(CERTAIN, households(1)).live(20, notices={15: [(0, 1)]})
    assert days.home(0) == []
    assert days.state.notified_day[0] == 15
    unwilling = replace(CERTAIN, app=replace(CERTAIN.app, compliance=0.0))
    assert lived(unwilling, households(1)).live(20, notices={9: [(0, 9)]}).home(0) == []


@pytest.mark.spec("RESPONSE-6")
def test_the_latest_of_several_exposures_counts_and_the_first_warning_is_remembered() -> None:
    days = lived(CERTAIN, households(1)).live(30, notices={9: [(0, 4), (0, 6)], 12: [(0, 10)]})
    assert days.home(0) == list(range(9, 24))
    assert days.state.notified_day[0] == 9


@pytest.mark.spec("RESPONSE-3")
@pytest.mark.parametrize(("delay", "result"), [(0, 0), (1, 1), (0, 2)])
def test_the_warned_are_tested_after_the_delay_and_upload_the_next_morning_at_the_earliest(
    delay: int, result: int
) -> None:
    testing = replace(delays(delay, result), on_notice_probability=1.0)
    days = lived(replace(CERTAIN, testing=testing), households(2))
    infected(days, 0, on=10 + delay - LONG_AGO)
    days.state.app[0] = 1
    unwilling = [(0, -4)]  # too long ago for a quarantine
    days.live(30, notices={10: unwilling})
    assert days.tests() == [10 + delay]
    found = 10 + delay + result
    assert days.home(0) == list(range(found, found + 10))
    assert days.uploads() == [(max(found, 11), 0)]


@pytest.mark.spec("RESPONSE-3")
def test_the_warned_are_not_tested_with_a_probability_of_0() -> None:
    assert lived(CERTAIN, households(1)).live(20, notices={10: [(0, 9)]}).tests() == []


@pytest.mark.spec("RESPONSE-14")
@pytest.mark.parametrize("result", [0, 1, 2])
def test_a_negative_sample_of_day_k_ends_a_quarantine_with_its_result(result: int) -> None:
    scenario = replace(
        CERTAIN, quarantine=quarantined(release_test_day=3), testing=delays(1, result)
    )
    days = lived(scenario, households(1)).live(30, notices={10: [(0, 9)]})
    assert days.tests() == [13]
    assert days.home(0) == list(range(10, 13 + result))
    assert [day for day, seen in enumerate(days.seen) if seen.released_early] == [13 + result]


@pytest.mark.spec("RESPONSE-14")
def test_an_earlier_negative_or_a_positive_ends_no_quarantine() -> None:
    testing = replace(delays(1, 0), on_notice_probability=1.0)
    scenario = replace(CERTAIN, quarantine=quarantined(release_test_day=8), testing=testing)
    days = infected(lived(scenario, households(1, 1)), 1, on=18 - LONG_AGO)
    days.live(40, notices={10: [(0, 9), (1, 9)]})
    assert days.tests() == [11, 11, 18, 18]
    assert days.home(0) == list(range(10, 18))
    assert days.home(1) == list(range(10, 28))


@pytest.mark.spec("RESPONSE-14")
def test_no_sample_ends_a_quarantine_that_is_over_or_when_there_is_no_such_day() -> None:
    late = replace(CERTAIN, quarantine=quarantined(release_test_day=13))
    assert lived(late, households(1)).live(40, notices={10: [(0, 9)]}).tests() == []
    none = lived(CERTAIN, households(1)).live(40, notices={10: [(0, 9)]})
    assert (none.tests(), none.home(0)) == ([], list(range(10, 23)))


@pytest.mark.spec("RESPONSE-2")
def test_other_illnesses_isolate_and_test_people_but_not_the_ill_or_the_dead() -> None:
    testing = replace(delays(0, 0), background_daily=1.0)
    days = lived(replace(CERTAIN, testing=testing), households(1, 1, 1, 1))
    days.state.stage[1:] = [Stage.SYMPTOMATIC, Stage.HOSPITAL, Stage.DEAD]
    days.live(1)
    assert (days.tests(), days.seen[0].home) == ([0], [0])


@pytest.mark.spec("RESPONSE-15")
def test_another_setting_does_not_change_what_is_drawn_for_the_rest() -> None:
    usual = replace(
        CERTAIN,
        testing=TestingSettings(background_daily=0.02, specificity=0.5, on_notice_probability=0.0),
    )
    other = replace(usual, quarantine=quarantined(household=True, compliance=0.3))
    one, two = (lived(each, households(*[2] * 200)).live(12) for each in (usual, other))
    assert one.tests() == two.tests()
    assert [seen.positives for seen in one.seen] == [seen.positives for seen in two.seen]
    assert [seen.home for seen in one.seen] != [seen.home for seen in two.seen]


@pytest.mark.spec("RESPONSE-5")
@pytest.mark.parametrize("delay", [0, 3])
def test_isolation_on_symptoms_begins_after_its_delay_and_lasts_as_long(delay: int) -> None:
    isolation = replace(CERTAIN.isolation, delay_days=delay, on_positive_probability=0.0, days=5)
    days = lived(replace(CERTAIN, isolation=isolation), households(1, 1))
    days.live(20, onsets={4: [1]})
    assert days.home(1) == list(range(4 + delay, 9 + delay))
