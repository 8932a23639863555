"""spec/proximity/scoring.md: vectors."""

from collections.abc import Callable
from typing import Any

import pytest

import oracle_scoring as oracle
from dp3t.proximity.exposure.scoring.cases import SECTIONS, result_of, window_of
from dp3t.proximity.exposure.scoring.cwa import CwaRule, day_risks
from dp3t.proximity.exposure.scoring.exposure_score import (
    ExposureScoreRule,
    bucket_seconds,
    exposure_score,
)
from dp3t.proximity.exposure.scoring.readings import Reading
from dp3t.timeline import Day
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
