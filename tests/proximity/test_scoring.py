"""spec/proximity/scoring.md: vectors, and files of cases."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_scoring as oracle
from dp3t.errors import Dp3tError, MalformedError
from dp3t.proximity.exposure.scoring.cases import SECTIONS, compare, result_of, window_of
from dp3t.proximity.exposure.scoring.cwa import CwaRule, day_risks
from dp3t.proximity.exposure.scoring.exposure_score import (
    ExposureScoreRule,
    bucket_seconds,
    exposure_score,
)
from dp3t.proximity.exposure.scoring.readings import Reading
from dp3t.timeline import Day
from shared_data import shared
from vectors import Case, load, vector_cases

TODAY = Day(load("scoring")["today"])

SECOND_WITNESS: dict[str, Callable[[Case], Any]] = {
    "v1": oracle.v1,
    "v2_windows": oracle.v2_windows,
    "v2_daily_summaries": lambda case: oracle.v2_daily_summaries(case, TODAY),
}


@pytest.mark.parametrize(
    "case", [each for section in SECTIONS for each in vector_cases("scoring", operation=section)]
)
def test_gaens_results_are_those_of_both_witnesses(case: Case) -> None:
    section = case["operation"]
    known = case["case"][SECTIONS[section]]
    assert result_of(section, case["case"], today=TODAY) == known
    assert SECOND_WITNESS[section](case["case"]) == known


@pytest.mark.parametrize("case", vector_cases("scoring", operation="exposure-score"))
def test_exposure_scores_are_those_of_both_witnesses(case: Case) -> None:
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in case["rule"].items()
    }
    rule = ExposureScoreRule(**settings)
    senders = [[Reading(*each) for each in sender] for sender in case["senders"]]
    seconds = bucket_seconds(senders, rule=rule)
    assert list(seconds) == case["bucket_seconds"]
    assert exposure_score(seconds, rule=rule) == case["score"]
    points = [[(at, db) for at, db in sender] for sender in case["senders"]]
    assert oracle.exposure_score(points, case["rule"]) == {
        "bucket_seconds": case["bucket_seconds"],
        "score": case["score"],
    }


@pytest.mark.parametrize("case", vector_cases("scoring", operation="cwa"))
def test_corona_warn_apps_days_are_those_of_both_witnesses(case: Case) -> None:
    risks = day_risks([window_of(each) for each in case["windows"]], rule=CwaRule(**case["rule"]))
    found = [
        {
            "day": risk.day,
            "minutes": risk.minutes,
            "level": risk.level.name.lower(),
            "low_encounters": risk.low_encounters,
            "high_encounters": risk.high_encounters,
        }
        for risk in risks
    ]
    assert found == case["days"]
    assert oracle.cwa(case["windows"], case["rule"]) == case["days"]


@pytest.mark.spec("SCORING-26")
def test_every_result_of_googles_own_classes_is_equal() -> None:
    data = shared("vectors/gaen_risk_scoring.json").read_bytes()
    found = compare(data, today=TODAY)
    assert (found.cases, found.equal, found.different) == (55, 55, ())


def document(**lists: list[Case]) -> bytes:
    return json.dumps(lists).encode()


def known(section: str, place: int = 0) -> Case:
    cases = [one for one in load("scoring")["cases"] if one["operation"] == section]
    case: Case = deepcopy(cases[place]["case"])
    return case


def everything() -> dict[str, list[Case]]:
    return {
        section: [each["case"] for each in load("scoring")["cases"] if each["operation"] == section]
        for section in SECTIONS
    }


@pytest.mark.spec("SCORING-26")
def test_a_file_whose_results_are_all_right_is_equal() -> None:
    found = compare(document(**everything()), today=TODAY)
    assert found.cases == found.equal > 90
    assert found.different == ()


@pytest.mark.spec("SCORING-26")
def test_a_case_with_any_number_changed_is_different_and_named() -> None:
    lists = deepcopy(everything())
    lists["v1"][1]["result"]["total_risk_score"] += 1
    lists["v2_windows"][3]["windows"][1]["scan_instances"][0]["seconds_since_last_scan"] -= 60
    lists["v2_daily_summaries"][1]["summaries"][0]["day"]["sum"] += 2**-46
    names = (
        lists["v1"][1]["name"],
        lists["v2_windows"][3]["name"],
        lists["v2_daily_summaries"][1]["name"],
    )
    found = compare(document(**lists), today=TODAY)
    assert found.different == names
    assert found.equal == found.cases - 3


@pytest.mark.spec("SCORING-26")
def test_days_may_stand_in_any_order_and_windows_may_not() -> None:
    days = known("v2_daily_summaries", 4)
    assert len(days["summaries"]) == 2
    days["summaries"].reverse()
    windows = known("v2_windows", 2)
    assert len(windows["windows"]) == 2
    windows["windows"].reverse()
    found = compare(document(v2_daily_summaries=[days], v2_windows=[windows]), today=TODAY)
    assert found.different == (windows["name"],)


@pytest.mark.spec("SCORING-26")
def test_no_exposure_is_null_and_an_unread_field_does_not_matter() -> None:
    case = known("v1") | {"note": "of no account"}
    assert case["result"] is None
    assert compare(document(v1=[case]), today=TODAY).equal == 1
    nothing = {
        "attenuation_durations": [0, 0, 0],
        "exposures": [],
        "max_risk_score": 0,
        "total_risk_score": 0,
    }
    case["result"] = nothing
    assert compare(document(v1=[case]), today=TODAY).equal == 1
    case["result"] = nothing | {"total_risk_score": 1}
    assert compare(document(v1=[case]), today=TODAY).equal == 0


Fault = tuple[str, Callable[[Case], object], str]

FAULTS: list[Fault] = [
    ("v1", lambda case: case.pop("config"), "config"),
    ("v1", lambda case: case["config"].pop("days"), "days"),
    ("v1", lambda case: case["config"].update(days=[1] * 7), "8 entries"),
    ("v1", lambda case: case["config"].update(days=[9] * 8), "0 to 8"),
    ("v1", lambda case: case["config"].update(days=[1.5] * 8), "whole number"),
    ("v1", lambda case: case["config"].update(thresholds=[74, 50]), "lower one first"),
    ("v1", lambda case: case["config"].update(thresholds=[0, 256]), "255"),
    ("v1", lambda case: case["config"].update(minimum_risk_score=0), "between 1 and 4096"),
    ("v1", lambda case: case.update(interpolation=1), "true nor false"),
    ("v1", lambda case: case.update(scan_interval_s=0), "at least 1 s"),
    ("v1", lambda case: case.update(max_interpolation_s=0), "at least 1 s"),
    ("v1", lambda case: case.update(min_exposure_bucketized_s=-1), "not negative"),
    ("v1", lambda case: case.update(transmission_risk_level=9), "between 0 and 8"),
    ("v1", lambda case: case.update(rolling_start_interval_number=-1), "between 0"),
    ("v1", lambda case: case.update(sightings_t_rssi_tx=[[0, -50]]), "3 columns"),
    ("v1", lambda case: case.update(sightings_t_rssi_tx=[[0, None, 0]]), "whole number"),
    ("v1", lambda case: case.update(sightings_t_rssi_tx=0), "not a list"),
    ("v1", lambda case: case.update(now_minus_key_day_days="1"), "not a number"),
    ("v1", lambda case: case.update(now_minus_key_day_days=1e300), "too large"),
    ("v1", lambda case: case.pop("result"), "result"),
    ("v2_windows", lambda case: case.pop("mapping"), "mapping"),
    ("v2_windows", lambda case: case.update(mapping=[]), "not an object"),
    ("v2_windows", lambda case: case["mapping"].update(others=3), "infectiousness is"),
    ("v2_windows", lambda case: case["mapping"].update(when_missing=-1), "infectiousness is"),
    ("v2_windows", lambda case: case["mapping"].update(report_type_when_missing=0), "1 and 5"),
    (
        "v2_windows",
        lambda case: case["mapping"]["days_to_infectiousness"].update({"15": 1}),
        "-14 and 14",
    ),
    ("v2_windows", lambda case: case.update(dsos=True), "whole number"),
    ("v2_windows", lambda case: case.update(base_epoch=2**31), "not between"),
    ("v2_windows", lambda case: case.pop("windows"), "windows"),
    ("v2_daily_summaries", lambda case: case["windows"][0].pop("report_type"), "report_type"),
    ("v2_daily_summaries", lambda case: case["windows"][0].update(report_type=6), "ReportType"),
    ("v2_daily_summaries", lambda case: case["config"].update(thresholds=[1, 1, 2]), "strictly"),
    ("v2_daily_summaries", lambda case: case["config"].update(thresholds=[1, 2, 256]), "255"),
    ("v2_daily_summaries", lambda case: case["config"].update(bucket_weights=[1]), "4 weights"),
    (
        "v2_daily_summaries",
        lambda case: case["config"].update(report_type_weights=[2.6] * 6),
        "6 weights from 0 to 2.5",
    ),
    ("v2_daily_summaries", lambda case: case["config"].update(minimum_window_score=-1), "negative"),
    ("v2_daily_summaries", lambda case: case["summaries"][0].pop("days_since_epoch"), "days_since"),
]


@pytest.mark.spec("SCORING-26")
@pytest.mark.parametrize(
    ("section", "spoil", "what"), FAULTS, ids=[f"{section}-{what}" for section, _, what in FAULTS]
)
def test_a_faulty_case_is_malformed_and_the_message_says_which_and_why(
    section: str, spoil: Callable[[Case], object], what: str
) -> None:
    case = known(section, 1 if section == "v1" else 0)
    spoil(case)
    with pytest.raises(MalformedError) as refused:
        compare(json.dumps({section: [case]}).encode(), today=TODAY)
    assert what in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.spec("SCORING-26")
@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff", b"[]", b"{}", b'{"v1": {}}', b'{"v1": [1]}', b'{"v1": [{}]}',
     b"[" * 99_999,
     b'{"v1": [{"name": 1}]}', b'{"v1": NaN}', b'{"v3": []}', b'{"v1": ' + b"9" * 5000 + b"}"],
    ids=lambda data: data[:16].decode("latin-1"),
)  # fmt: skip
def test_what_is_no_file_of_cases_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        compare(data, today=TODAY)


@pytest.mark.spec("SCORING-26")
@given(data=st.binary(max_size=99))
def test_any_bytes_are_a_comparison_or_refused(data: bytes) -> None:
    try:
        compare(data, today=TODAY)
    except Dp3tError:
        return


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-300, 300) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@pytest.mark.spec("SCORING-26")
@given(data=st.data(), value=_JSON)
def test_a_case_with_any_field_replaced_is_compared_or_refused(
    data: st.DataObject, value: object
) -> None:
    section = data.draw(st.sampled_from(sorted(SECTIONS)))
    case = known(section, 1)
    target: Any = case
    while isinstance(target, dict | list) and target:
        keys = sorted(target) if isinstance(target, dict) else list(range(len(target)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(target[key], dict | list) or data.draw(st.booleans()):
            target[key] = value
            break
        target = target[key]
    try:
        compare(json.dumps({section: [case]}).encode(), today=TODAY)
    except Dp3tError:
        return
