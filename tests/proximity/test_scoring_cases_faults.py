"""spec/proximity/scoring.md: cases that say too little, too much, or the time in disorder."""

import json
from collections.abc import Callable
from copy import deepcopy

import pytest

from dp3t.proximity.exposure.scoring.cases import result_of
from dp3t.proximity.exposure.scoring.comparison import Difference, compare
from dp3t.timeline import Day
from vectors import Case, load

TODAY = Day(load("scoring")["today"])


def known(section: str, place: int = 0) -> Case:
    cases = [one for one in load("scoring")["cases"] if one["operation"] == section]
    case: Case = deepcopy(cases[place]["case"])
    return case


def differences(section: str, *cases: Case) -> tuple[Difference, ...]:
    return compare(json.dumps({section: cases}).encode(), today=TODAY).differences


PLACES: list[tuple[str, Callable[[Case], Case]]] = [
    ("v1", lambda case: case),
    ("v1", lambda case: case["config"]),
    ("v2_windows", lambda case: case),
    ("v2_windows", lambda case: case["mapping"]),
    ("v2_daily_summaries", lambda case: case),
    ("v2_daily_summaries", lambda case: case["config"]),
    ("v2_daily_summaries", lambda case: case["windows"][0]),
    ("v2_daily_summaries", lambda case: case["windows"][0]["scan_instances"][0]),
]


@pytest.mark.spec("SCORING-29")
@pytest.mark.parametrize(("section", "place"), PLACES, ids=range(len(PLACES)))
@pytest.mark.parametrize("name", ["scan_interval", "Name", "days_weights", "a\nb", "", "x" * 99])
def test_a_field_that_no_rule_reads_is_a_difference(
    section: str, place: Callable[[Case], Case], name: str
) -> None:
    case = known(section, 0)
    place(case)[name] = 1
    (difference,) = differences(section, case)
    assert difference.name == case["name"]
    assert "no rule reads the field" in difference.reason
    assert len(difference.reason) < 150
    assert "\n" not in difference.reason


@pytest.mark.spec("SCORING-29")
@pytest.mark.parametrize(("section", "place"), PLACES, ids=range(len(PLACES)))
def test_a_remark_may_stand_anywhere(section: str, place: Callable[[Case], Case]) -> None:
    case = known(section, 0)
    place(case).update({"comment": "a", "note": [1], "source": {}, "_": None})
    assert differences(section, case) == ()


def test_other_infectiousness_may_be_told_where_it_is_not_needed() -> None:
    case = known("v2_windows")
    case["mapping"] |= {"days_to_infectiousness": None, "others": 2, "when_missing": 1}
    (difference,) = differences("v2_windows", case) or (Difference("", ""),)
    assert "no rule reads" not in difference.reason


@pytest.mark.spec("SCORING-29")
@pytest.mark.parametrize("section", ["v1", "v2_windows", "v2_daily_summaries"])
@pytest.mark.parametrize("name", [None, "", 7])
def test_a_case_without_a_name_is_different_though_its_result_is_right(
    section: str, name: object
) -> None:
    case = known(section)
    case["name"] = name
    assert differences(section, case) == (Difference(f"{section}[0]", "the case has no name"),)
    del case["name"]
    assert differences(section, case) == (Difference(f"{section}[0]", "the case has no name"),)


@pytest.mark.spec("SCORING-29")
def test_the_second_of_a_name_is_different_and_in_another_list_it_is_not() -> None:
    case = known("v1")
    twice = "a case before it in the list has its name"
    found = differences("v1", case, case | {"name": "other"}, case)
    assert found == (Difference(case["name"], twice),)
    lists = {"v1": [case], "v2_windows": [known("v2_windows") | {"name": case["name"]}]}
    assert compare(json.dumps(lists).encode(), today=TODAY).equal == 2


@pytest.mark.spec("SCORING-29")
def test_sightings_in_disorder_are_a_difference_and_not_a_negative_duration() -> None:
    case = known("v1", 1)
    case["sightings_t_rssi_tx"] = [[0, -50, 0], [300, -50, 0], [299, -50, 0]]
    (difference,) = differences("v1", case)
    assert "not in order of time: 299 s after 300 s" in difference.reason
    case = known("v2_windows")
    case["sightings_t_rssi_tx_prev_version"] = [[9, -50, 0, None, 0], [8, -50, 0, None, 0]]
    (difference,) = differences("v2_windows", case)
    assert "not in order of time: 8 s after 9 s" in difference.reason


def test_a_previous_scan_after_its_sighting_gives_negative_seconds_as_with_google() -> None:
    case = known("v2_windows")
    case["sightings_t_rssi_tx_prev_version"] = [[10, -50, 0, 130, 0]]
    (window,) = result_of("v2_windows", case, today=TODAY)
    assert window["scan_instances"][0]["seconds_since_last_scan"] == -120
