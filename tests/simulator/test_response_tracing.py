from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from dp3t_simulator.meetings.layers import Layer
from dp3t_simulator.meetings.table import Meetings
from dp3t_simulator.response.interviews import Interviews, recall_thresholds
from dp3t_simulator.response.measures import Measures
from dp3t_simulator.scenario.settings import ManualTracingSettings
from response_days import CERTAIN, LONG_AGO, free, households, lived, measured_meetings

EVERYTHING = ManualTracingSettings(
    enabled=True,
    interviews_per_100000_daily=100_000,
    delay_days=1,
    recall_school=1.0,
    recall_work=1.0,
    recall_occasional=1.0,
    recall_venue=1.0,
)
PEOPLE, DAYS = 20, 20


def one_a_day() -> Meetings:
    """Return meetings in which person 0 meets person d on day d, and nobody else anybody."""
    return measured_meetings(
        households(*[1] * PEOPLE), DAYS, [(day, 0, day) for day in range(1, DAYS)]
    )


def queue(settings: ManualTracingSettings = EVERYTHING, *, patience_days: int = 14) -> Interviews:
    return Interviews(settings, people=PEOPLE, patience_days=patience_days, seed=1)


def invite(interviews: Interviews, people: Iterable[int], *, taken: int, day: int) -> None:
    asked = np.array([*people], dtype=np.int32)
    interviews.invite(asked, np.full(len(asked), taken, dtype=np.int32), day)


def hold(interviews: Interviews, meetings: Meetings, day: int) -> tuple[list[int], Measures]:
    """Return who is named, and the counts; whom person d met on day d says the day."""
    measures = Measures()
    named, met = interviews.hold(day, meetings, free(PEOPLE), measures)
    assert named.tolist() == met.tolist()
    return sorted(named.tolist()), measures


@pytest.mark.spec("RESPONSE-8")
@pytest.mark.parametrize(("delay", "look_back"), [(0, 1), (0, 4), (1, 4), (3, 2)])
def test_a_case_names_whom_it_met_from_before_the_sample_to_the_day_before_the_interview(
    delay: int, look_back: int
) -> None:
    interviews = queue(replace(EVERYTHING, delay_days=delay, look_back_days=look_back))
    invite(interviews, [0], taken=8, day=10)
    for day in range(10, 16):
        named, measures = hold(interviews, one_a_day(), day)
        asked = day == 10 + delay
        assert named == (list(range(8 - look_back, day)) if asked else [])
        assert (measures.interviews, measures.interviews_waiting) == (int(asked), 0)


@pytest.mark.spec("RESPONSE-8")
def test_a_case_of_the_first_days_names_whom_it_met_since_day_0() -> None:
    interviews = queue(replace(EVERYTHING, delay_days=0))
    invite(interviews, [0], taken=1, day=2)
    assert hold(interviews, one_a_day(), 2)[0] == [1]
    invite(interviews, [0], taken=0, day=0)
    assert hold(interviews, one_a_day(), 3)[0] == [1, 2]


@pytest.mark.spec("RESPONSE-8")
def test_who_is_named_does_not_depend_on_the_number_of_threads() -> None:
    people = 300
    pairs = [(day, one, (one + day) % people) for day in range(1, 8) for one in range(0, people, 2)]
    meetings = measured_meetings(households(*[3] * (people // 3)), DAYS, pairs)

    def named(threads: Executor | None) -> list[list[int]]:
        interviews = Interviews(
            replace(EVERYTHING, delay_days=0, recall_occasional=0.5),
            people=people,
            patience_days=14,
            seed=1,
            threads=threads,
        )
        invite(interviews, range(people), taken=8, day=8)
        return [each.tolist() for each in interviews.hold(8, meetings, free(people), Measures())]

    with ThreadPoolExecutor(3) as threads:
        assert named(threads) == named(None) != [[], []]


@pytest.mark.spec("RESPONSE-8")
def test_nobody_is_asked_when_it_is_off_or_there_is_no_time_for_any() -> None:
    off = queue(replace(EVERYTHING, enabled=False))
    none = queue(replace(EVERYTHING, interviews_per_100000_daily=0.0))
    for interviews, waiting in ((off, 0), (none, 1)):
        invite(interviews, [0], taken=8, day=9)
        named, measures = hold(interviews, one_a_day(), 10)
        assert (named, measures.interviews) == ([], 0)
        assert measures.interviews_waiting == waiting


@pytest.mark.spec("RESPONSE-8")
def test_cases_are_asked_in_order_of_their_turn_then_number_as_many_as_a_day_allows() -> None:
    settings = replace(EVERYTHING, interviews_per_100000_daily=100_000 / PEOPLE)
    interviews = queue(settings)
    meetings = measured_meetings(
        households(*[1] * PEOPLE),
        DAYS,
        [(day, case, case + 10) for day in range(DAYS) for case in range(10)],
    )
    invite(interviews, [7, 3, 5], taken=8, day=9)
    invite(interviews, [1], taken=8, day=10)
    asked, waiting = [], []
    for day in range(9, 14):
        measures = Measures()
        named, _ = interviews.hold(day, meetings, free(PEOPLE), measures)
        asked.append(sorted({int(each) - 10 for each in named}))
        waiting.append(measures.interviews_waiting)
    assert asked == [[], [3], [5], [7], [1]]
    assert waiting == [0, 2, 2, 1, 0]


@pytest.mark.spec("RESPONSE-8")
def test_who_has_waited_as_long_as_a_quarantine_is_given_up() -> None:
    interviews = queue(replace(EVERYTHING, interviews_per_100000_daily=0.0), patience_days=3)
    invite(interviews, [4, 5], taken=3, day=3)
    seen = [hold(interviews, one_a_day(), day)[1] for day in range(4, 9)]
    assert [each.interviews_waiting for each in seen] == [2, 2, 2, 0, 0]
    assert [each.interviews_given_up for each in seen] == [0, 0, 0, 2, 0]


@pytest.mark.spec("RESPONSE-8")
def test_a_history_of_more_than_31_days_is_not_asked_for() -> None:
    meetings = measured_meetings(households(1, 1), 60, [(day, 0, 1) for day in range(60)])
    interviews = Interviews(replace(EVERYTHING, delay_days=40), people=2, patience_days=60, seed=1)
    invite(interviews, [0], taken=8, day=9)
    _, met = interviews.hold(49, meetings, free(2), Measures())
    assert sorted(set(met.tolist())) == list(range(18, 49))


@pytest.mark.spec("RESPONSE-8")
def test_nobody_is_named_whose_quarantine_would_be_over() -> None:
    interviews = queue(replace(EVERYTHING, delay_days=3), patience_days=5)
    invite(interviews, [0], taken=8, day=10)
    assert hold(interviews, one_a_day(), 13)[0] == [9, 10, 11, 12]


@pytest.mark.spec("RESPONSE-8")
def test_each_layer_has_its_recall_and_measured_contacts_that_of_occasional_ones() -> None:
    settings = ManualTracingSettings(
        recall_household=1.0,
        recall_school=0.5,
        recall_work=0.25,
        recall_occasional=0.125,
        recall_venue=0.0,
    )
    found = {Layer(layer): int(each) for layer, each in enumerate(recall_thresholds(settings))}
    assert found == {
        Layer.HOUSEHOLD: 2**64 - 1,
        Layer.SCHOOL: 2**63,
        Layer.WORK: 2**62,
        Layer.OCCASIONAL: 2**61,
        Layer.VENUE: 0,
        Layer.MEASURED: 2**61,
    }


@pytest.mark.spec("RESPONSE-8")
@pytest.mark.spec("RESPONSE-15")
@pytest.mark.parametrize("recall", [0.0, 0.3, 1.0])
def test_a_share_of_partners_is_named_and_a_partner_on_all_days_or_on_none(recall: float) -> None:
    people, met_on = 401, (5, 6, 7)
    contacts = [(day, 0, other) for day in met_on for other in range(1, people)]
    meetings = measured_meetings(households(*[1] * people), 10, contacts)
    settings = replace(EVERYTHING, delay_days=0, recall_occasional=recall)
    interviews = Interviews(settings, people=people, patience_days=14, seed=1)
    invite(interviews, [0], taken=8, day=8)
    named, _ = interviews.hold(8, meetings, free(people), Measures())
    partners, times = np.unique(named, return_counts=True)
    assert len(partners) == pytest.approx(400 * recall, abs=0 if recall in (0, 1) else 37)
    assert set(times.tolist()) <= {len(met_on)}


@pytest.mark.spec("RESPONSE-8")
@pytest.mark.spec("RESPONSE-6")
def test_the_named_are_quarantined_from_the_interview_until_days_after_the_last_contact() -> None:
    contacts = [(4, 0, 1), (8, 0, 1), (11, 0, 1), (8, 0, 2), (3, 0, 3), (12, 0, 3)]
    scenario = replace(CERTAIN, manual_tracing=replace(EVERYTHING, look_back_days=4))
    days = lived(scenario, households(1, 1, 1, 1), contacts=contacts)
    days.state.infected_day[0] = 10 - LONG_AGO
    days.live(40, onsets={9: [0]})  # who isolates at once, knows on day 11 and is asked on day 12
    assert days.tests() == [10]
    assert days.home(1) == list(range(12, 22))
    assert days.home(2) == list(range(12, 22))
    assert days.home(3) == []


@pytest.mark.spec("RESPONSE-8")
def test_who_lives_with_a_case_is_named_also_for_days_at_home() -> None:
    scenario = replace(CERTAIN, manual_tracing=EVERYTHING)
    days = lived(scenario, households(2, 1))
    days.state.infected_day[0] = 10 - LONG_AGO
    days.live(40, onsets={9: [0]})
    assert days.home(1) == list(range(12, 25))
    assert [seen.traced for seen in days.seen][11:14] == [0, 1, 0]


@pytest.mark.spec("RESPONSE-6")
def test_the_unwilling_are_named_and_stay_free() -> None:
    quarantine = replace(CERTAIN.quarantine, compliance=0.0)
    scenario = replace(CERTAIN, manual_tracing=EVERYTHING, quarantine=quarantine)
    days = lived(scenario, households(2))
    days.state.infected_day[0] = 10 - LONG_AGO
    days.live(20, onsets={9: [0]})
    assert days.home(1) == []
    assert days.seen[12].traced == 1


@pytest.mark.spec("RESPONSE-8")
@pytest.mark.parametrize("tested", [False, True])
def test_who_falls_ill_is_asked_without_a_result_and_not_again_when_it_comes(tested: bool) -> None:
    tracing = replace(EVERYTHING, on_symptoms=True, look_back_days=4)
    testing = replace(CERTAIN.testing, enabled=tested)
    app = replace(CERTAIN.app, uptake=0.0)
    scenario = replace(CERTAIN, manual_tracing=tracing, testing=testing, app=app)
    contacts = [(4, 0, 1), (5, 0, 2), (9, 0, 3)]
    days = lived(scenario, households(1, 1, 1, 1), contacts=contacts)
    days.state.infected_day[0] = 10 - LONG_AGO
    days.live(40, onsets={9: [0]})
    assert days.tests() == ([10] if tested else [])
    assert [day for day, seen in enumerate(days.seen) if seen.traced] == [10]
    assert (days.home(1), days.home(2), days.home(3)) == ([], list(range(10, 19)), [])


@pytest.mark.spec("RESPONSE-8")
def test_a_case_without_symptoms_is_asked_when_its_result_comes() -> None:
    tracing = replace(EVERYTHING, on_symptoms=True, look_back_days=4)
    testing = replace(CERTAIN.testing, on_notice_probability=1.0)
    scenario = replace(CERTAIN, manual_tracing=tracing, testing=testing)
    days = lived(scenario, households(1, 1, 1), contacts=[(7, 0, 2)])
    days.state.infected_day[0] = 10 - LONG_AGO
    days.live(40, notices={9: [(0, 8)]})
    assert days.tests() == [10]
    assert [day for day, seen in enumerate(days.seen) if seen.traced] == [12]
