"""What a run says about the app, counted from events made by hand.

Ten people, six days. 0 is infected on day 0 and uploads on day 3; 1 is infected by 0 on day 1, 2 by
0 on day 2, 3 by 1 on day 2 and dies; 9 comes infected from outside on day 4.
"""

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest

from dp3t_simulator.metrics import (
    attack_by_age,
    index_cases,
    is_true,
    reproduction_by_day,
    reproduction_by_generation,
)
from dp3t_simulator.result import DAILY, EVENTS, Baseline, Result
from dp3t_simulator.scenario.settings import AppSettings, Scenario
from recorder import Recorder
from simulated import made_result

PEOPLE, DAYS = 10, 6
NOTICES = (  # day, person, exposed day, kind, true?
    (3, 2, 2, 0, True),  # infected on the very day
    (3, 4, 2, 0, False),  # never infected
    (3, 5, 1, 0, False),
    (3, 5, 2, 0, False),  # the same morning: one warning
    (4, 3, 1, 0, True),  # infected on a day between
    (4, 3, 3, 0, False),  # infected before it
    (4, 9, 3, 1, True),  # infected on the day of the notice, by others
    (5, 1, 2, 0, False),  # infected before it
    (5, 5, 3, 0, False),  # warned again
)
SOURCES = (  # day, person, exposed day, source
    (3, 2, 2, 0),
    (3, 5, 1, 0),
    (3, 5, 2, 0),
    (4, 3, 1, 0),
    (4, 3, 1, 1),
    (5, 5, 3, 1),
)


def made() -> Result:
    recorder = Recorder(exposures=True)
    for person, day, infector, generation, age, died in (
        (0, 0, -1, 0, 34, False),
        (1, 1, 0, 1, 4, False),
        (2, 2, 0, 1, 38, False),
        (3, 2, 1, 2, 97, True),
        (9, 4, -1, 0, 39, False),
    ):
        recorder.add(
            "infections",
            person=person,
            day=day,
            infector=infector,
            layer=0,
            generation=generation,
            age=age,
            onset_day=day + 1,
            hospital_day=5 if died else -1,
            end_day=5 if died else -1,
            died=died,
        )
    for day, person, exposed_day, kind, _ in NOTICES:
        recorder.add("notices", day=day, person=person, exposed_day=exposed_day, kind=kind)
    for day, person in ((3, 0), (4, 1)):
        recorder.add("uploads", day=day, person=person, since=0, onset=1, redacted=-1)
    for day, person, exposed_day, source in SOURCES:
        recorder.add("sources", day=day, person=person, exposed_day=exposed_day, source=source)
    for day in range(DAYS):
        recorder.day(
            quarantined=2 * day, bytes_published=100 * day, keys_published=3, tests=4, positives=1
        )
    return Result(
        scenario=Scenario(name="by-hand", app=AppSettings(design="gaen")),
        seed=5,
        version="0",
        people=PEOPLE,
        app_users=8,
        people_by_age=np.array([2, 0, 0, 6, 0, 0, 0, 0, 0, 2], dtype=np.int64),
        daily=recorder.daily(),
        events=recorder.events(),
        recorded_exposures=True,
        seconds=0.5,
        peak_rss_mb=12.34,
    )


@pytest.mark.spec("SCENARIO-6")
def test_a_notice_is_true_where_infection_lies_between_exposure_and_notice() -> None:
    result = made()
    found = is_true(result.events["notices"], result.events["infections"], people=PEOPLE)
    assert found.tolist() == [each[-1] for each in NOTICES]


def test_a_run_in_numbers_is_counted_from_its_events() -> None:
    assert asdict(made().summary) == {
        "people": 10,
        "days": 6,
        "design": "gaen",
        "fidelity": "fast",
        "infected": 5,
        "notified": 6,
        "true_notified": 3,
        "quarantined_person_days": 30,
        "person_days_per_second": 120,
        "seconds": 0.5,
        "peak_rss_mb": 12.3,
        "seed": 5,
        "attack_rate": 0.5,
        "app_users": 8,
        "uploads": 2,
        "keys_uploaded": 18,
        "keys_per_upload": 9.0,
        "warnings": 7,
        "notified_per_upload": 3.5,
        "false_notified": 3,
        "positive_predictive_value": 0.5,
        "cases_averted": None,
        "quarantine_days_per_case_averted": None,
        "deaths_averted": None,
        "bytes_per_phone_per_day": 250.0,
        "hospitalised": 1,
        "deaths": 1,
        "tests": 24,
        "positives": 6,
        "traced": 0,
        "reproduction_by_generation": (1.0, 0.5),
    }


@pytest.mark.spec("SCENARIO-8")
@pytest.mark.parametrize(
    ("infected", "averted", "days_each"), [(9, 4, 5.0), (5, 0, None), (3, -2, None)]
)
def test_what_was_averted_is_the_difference_to_the_same_world_without(
    infected: int, averted: int, days_each: float | None
) -> None:
    without = Baseline(
        infected=infected,
        quarantined_person_days=10,
        deaths=3,
        infections=np.zeros(DAYS, dtype=np.int64),
    )
    found = replace(made(), baseline=without).summary
    assert found.cases_averted == averted
    assert found.deaths_averted == 2
    assert found.quarantine_days_per_case_averted == days_each


def test_a_baseline_holds_what_a_run_is_compared_by() -> None:
    result = made()
    found = Baseline.of(result)
    assert (found.infected, found.quarantined_person_days, found.deaths) == (5, 30, 1)
    assert found.infections is result.daily["infections"]


@pytest.mark.spec("SCENARIO-7")
def test_an_index_case_has_those_it_met_and_each_of_them_once() -> None:
    found = index_cases(made())
    assert found.person.tolist() == [0, 1]
    assert found.notified.tolist() == [3, 2]  # 2, 5 and 3; 3 and 5
    assert found.true.tolist() == [2, 1]  # 2 and 3; 3


def test_reproduction_counts_whom_each_infected() -> None:
    infections = made().events["infections"]
    assert reproduction_by_generation(infections) == (1.0, 0.5)
    by_day = reproduction_by_day(infections, days=DAYS, people=PEOPLE)
    assert by_day[[0, 1, 2, 4]].tolist() == [2.0, 1.0, 0.0, 0.0]
    assert math.isnan(by_day[3])


def test_infection_by_age_is_a_share_of_those_who_live_there() -> None:
    found = attack_by_age(made())
    assert found[[0, 3, 9]].tolist() == [0.5, 0.5, 0.5]
    assert math.isnan(found[1])


def test_a_run_in_which_nothing_happens_has_numbers_too() -> None:
    recorder = Recorder()
    recorder.day()
    empty = replace(made(), daily=recorder.daily(), events=recorder.events(), app_users=0)
    found = empty.summary
    assert (found.infected, found.notified, found.uploads, found.warnings) == (0, 0, 0, 0)
    assert found.positive_predictive_value is None
    assert found.notified_per_upload is None
    assert found.reproduction_by_generation == ()
    assert json.loads(json.dumps(asdict(found)))["deaths"] == 0
    assert len(index_cases(empty).person) == 0


@pytest.mark.spec("SCENARIO-10")
def test_tables_become_arrow_tables_with_their_names_and_types() -> None:
    result = made_result()
    for name, columns in (("daily", DAILY), *EVENTS.items()):
        table = result.to_arrow(name)
        assert table.column_names == list(columns)
        for column, kind in columns.items():
            assert table[column].to_numpy().dtype == np.dtype(kind)
    assert result.to_arrow()["infections"].to_pylist() == result.daily["infections"].tolist()
    with pytest.raises(ValueError, match="there is no table people"):
        result.to_arrow("people")
