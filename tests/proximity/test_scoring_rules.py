"""spec/proximity/scoring.md: what holds for every input, and the edges of each rule's settings."""

from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import oracle_scoring as oracle
from dp3t.proximity.exposure.scoring.cwa import CwaRule, RiskLevel, day_risks, normalized_minutes
from dp3t.proximity.exposure.scoring.daily_summaries import DailySummariesRule
from dp3t.proximity.exposure.scoring.exposure_score import (
    ExposureScoreRule,
    bucket_seconds,
    exposure_score,
)
from dp3t.proximity.exposure.scoring.gaen_v1 import GaenV1Rule
from dp3t.proximity.exposure.scoring.gaen_v2 import (
    DataMapping,
    ExposureWindow,
    ScanInstance,
)
from dp3t.proximity.exposure.scoring.readings import Reading, one_per_scan, rounded
from scoring_inputs import as_case, points, readings, window, windows


@pytest.mark.spec("SCORING-28")
def test_a_scan_that_heard_nothing_is_not_near_and_counts_no_minutes() -> None:
    heard, silent = ScanInstance((40,), 300), ScanInstance((), 300)
    rule = CwaRule(min_near_minutes=5.0)
    both, alone, none = (
        replace(window((0, 300)), scans=scans)
        for scans in ((silent, heard, silent), (heard,), (silent, silent))
    )
    assert normalized_minutes(both, rule=rule) == normalized_minutes(alone, rule=rule)
    assert normalized_minutes(none, rule=rule) is None
    assert normalized_minutes(none, rule=CwaRule()) == 0
    assert [risk.minutes for risk in day_risks([none], rule=CwaRule())] == [0]


@pytest.mark.spec("SCORING-1")
@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (0.5, 1),
        (1.5, 2),
        (2.5, 3),
        (-0.5, 0),
        (-1.5, -1),
        (0.49999999999999994, 0),  # adding a half would give 1
        (4503599627370497.5, 4503599627370498),
        (9007199254740993.0, 9007199254740992),  # as near as a double comes
        (float("nan"), 0),
    ],
)
def test_rounding_is_javas(value: float, whole: int) -> None:
    assert rounded(value) == whole


@pytest.mark.spec("SCORING-1")
@given(value=st.floats(-1e15, 1e15))
def test_rounding_is_of_the_exact_value(value: float) -> None:
    assert rounded(value) == floor(Fraction(value) + Fraction(1, 2))


@pytest.mark.spec("SCORING-2")
@given(heard=points)
def test_each_scan_keeps_its_nearest_reading(heard: list[tuple[int, int]]) -> None:
    kept = [each[:2] for each in one_per_scan(readings(heard))]
    assert kept == oracle.strongest_of_scans(heard)


senders = st.lists(points, max_size=4)


@pytest.mark.spec("SCORING-19", "SCORING-20")
@settings(max_examples=50)
@given(heard=senders, cap=st.integers(1, 60))
def test_an_exposure_score_is_the_second_witnesss(
    heard: list[list[tuple[int, int]]], cap: int
) -> None:
    rule = ExposureScoreRule(cap_minutes=cap)
    seconds = bucket_seconds([readings(each) for each in heard], rule=rule)
    as_case_says = {
        "thresholds_db": [50, 55],
        "bucket_weights": [1.0, 0.5, 0.0],
        "cap_minutes": cap,
        "scan_interval_seconds": 300,
        "max_gap_seconds": 600,
    }
    known = oracle.exposure_score(heard, as_case_says)
    assert {"bucket_seconds": list(seconds), "score": exposure_score(seconds, rule=rule)} == known


minutes_apart = st.dictionaries(
    st.integers(0, 30), st.integers(0, 120), min_size=1, max_size=8
).map(lambda heard: [(60 * minute, db) for minute, db in sorted(heard.items())])


def score_of(heard: list[list[tuple[int, int]]], *, cap: int = 30) -> float:
    rule = ExposureScoreRule(cap_minutes=cap)
    return exposure_score(bucket_seconds([readings(each) for each in heard], rule=rule), rule=rule)


@pytest.mark.spec("SCORING-19", "SCORING-20")
@given(heard=st.lists(minutes_apart, min_size=1, max_size=4), by=st.integers(0, 50))
def test_nearer_is_never_less_but_for_the_cap_and_never_less_than_warned_of(
    heard: list[list[tuple[int, int]]], by: int
) -> None:
    """Time that moves into a bucket which is full is lost; a full bucket is enough to warn."""
    nearer = [[(at, max(db - by, 0)) for at, db in each] for each in heard]
    assert score_of(nearer, cap=1440) >= score_of(heard, cap=1440)
    assert score_of(nearer) >= min(score_of(heard), 15)


@pytest.mark.spec("SCORING-19", "SCORING-20")
@given(heard=st.lists(points, min_size=1, max_size=4), data=st.data())
def test_another_sender_never_lowers_the_score_and_their_order_does_not_count(
    heard: list[list[tuple[int, int]]], data: st.DataObject
) -> None:
    assert score_of(heard) >= score_of(heard[:-1])
    assert score_of(data.draw(st.permutations(heard))) == score_of(heard)
    assert 0 <= score_of(heard) <= 30 * 1.0 + 30 * 0.5


@pytest.mark.spec("SCORING-21")
@pytest.mark.parametrize(("db", "bucket"), [(49, 0), (50, 1), (54, 1), (55, 2)])
def test_a_threshold_belongs_to_the_bucket_above(db: int, bucket: int) -> None:
    rule = ExposureScoreRule()
    seconds = bucket_seconds([[Reading(0, db)]], rule=rule)
    assert [place for place, amount in enumerate(seconds) if amount] == [bucket]


@pytest.mark.spec("SCORING-20")
@pytest.mark.parametrize(
    ("minutes", "score"),
    [
        ((15, 0, 0), 15.0),
        ((0, 30, 0), 15.0),
        ((10, 10, 600), 15.0),
        ((29, 0, 0), 29.0),
        ((30, 0, 0), 30.0),
        ((31, 0, 0), 30.0),
        ((600, 600, 600), 45.0),
        ((0, 29, 0), 14.5),
    ],
)
def test_scores_around_the_cap_and_the_threshold(
    minutes: tuple[int, int, int], score: float
) -> None:
    assert exposure_score([60 * each for each in minutes], rule=ExposureScoreRule()) == score


@pytest.mark.spec("SCORING-22", "SCORING-23", "SCORING-24", "SCORING-25")
@given(heard=windows, filtered=st.booleans(), tenths=st.booleans())
def test_corona_warn_apps_days_are_the_second_witnesss(
    heard: list[ExposureWindow], *, filtered: bool, tenths: bool
) -> None:
    least = 3.0 if filtered else 0.0
    risks = day_risks(heard, rule=CwaRule(min_near_minutes=least, round_days=tenths))
    known = oracle.cwa(
        [{**each, "calibration_confidence": 0} for each in as_case(heard, 0, 0.0)["windows"]],
        {"min_near_minutes": least, "round_days": tenths},
    )
    assert [(each.day, each.minutes, each.level.name.lower()) for each in risks] == [
        (each["day"], each["minutes"], each["level"]) for each in known
    ]
    assert [(each.low_encounters, each.high_encounters) for each in risks] == [
        (each["low_encounters"], each["high_encounters"]) for each in known
    ]


@pytest.mark.spec("SCORING-25")
@pytest.mark.parametrize(
    ("seconds", "level"),
    [(299, RiskLevel.NONE), (300, RiskLevel.LOW), (539, RiskLevel.LOW), (540, RiskLevel.HIGH)],
)
def test_levels_of_a_day_on_both_sides_of_their_bounds(seconds: int, level: RiskLevel) -> None:
    (risk,) = day_risks([window((65, seconds), kind=2)], rule=CwaRule())
    assert risk.level is level
    assert (risk.low_encounters, risk.high_encounters) == ((0, 1) if seconds == 540 else (1, 0))


@pytest.mark.spec("SCORING-24")
@given(seconds=st.integers(0, 300), db=st.integers(0, 120), nearer=st.integers(0, 60))
@example(seconds=300, db=63, nearer=1)
def test_nearer_can_weigh_less_in_corona_warn_app_and_longer_never_does(
    seconds: int, db: int, nearer: int
) -> None:
    """Below 63 dB its weight is 0.8, from 63 on 1.0: as published."""
    rule = CwaRule()
    minutes = normalized_minutes(window((db, seconds)), rule=rule)
    longer = normalized_minutes(window((db, seconds + 1)), rule=rule)
    near = normalized_minutes(window((max(db - nearer, 0), seconds)), rule=rule)
    assert minutes is not None
    assert longer is not None
    assert near is not None
    assert longer >= minutes
    assume(db < 63 or db - nearer >= 63)
    assert near >= minutes


@pytest.mark.spec("SCORING-22", "SCORING-23")
@pytest.mark.parametrize(
    ("offset", "minutes"), [(0, 50.0), (1, 100.0), (7, 400.0), (8, None), (-1, None)]
)
def test_levels_from_1_to_8_have_a_value_and_others_none(
    offset: int, minutes: float | None
) -> None:
    rule = CwaRule(
        infectiousness_offsets=(1, 2),
        report_type_offsets=(offset, 0, 0, 0),
        transmission_risk_values=(0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0),
    )
    assert normalized_minutes(window((65, 6000)), rule=rule) == minutes


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (ExposureScoreRule, {"thresholds_db": (0, 255), "cap_minutes": 1440}),
        (ExposureScoreRule, {"cap_minutes": 1, "scan_interval_seconds": 1, "max_gap_seconds": 1}),
        (GaenV1Rule, {"thresholds_db": (0, 255), "minimum_risk_score": 4096}),
        (GaenV1Rule, {"thresholds_db": (50, 50), "minimum_risk_score": 1}),
        (GaenV1Rule, {"days_scores": (0,) * 8, "duration_scores": (8,) * 8}),
        (GaenV1Rule, {"min_duration_seconds": 0, "transmission_risk_level_when_missing": 8}),
        (DailySummariesRule, {"thresholds_db": (0, 1, 255), "bucket_weights": (2.5, 0, 0, 0)}),
        (CwaRule, {"thresholds_db": (0, 1, 255), "low_day_minutes": 9.0}),
        (CwaRule, {"low_day_minutes": 0.0, "high_day_minutes": 0.0, "high_window_minutes": 0.0}),
        (DataMapping, {"report_type_when_missing": 5, "infectiousness_when_missing": 0}),
    ],
)
def test_a_setting_at_the_end_of_its_range_is_taken(kind: type, changes: dict[str, object]) -> None:
    assert kind(**changes)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (ExposureScoreRule, {"thresholds_db": ()}),
        (ExposureScoreRule, {"thresholds_db": (55, 50)}),
        (ExposureScoreRule, {"thresholds_db": (50, 50)}),
        (ExposureScoreRule, {"thresholds_db": (50, 256)}),
        (ExposureScoreRule, {"thresholds_db": (-1, 50)}),
        (ExposureScoreRule, {"bucket_weights": (1.0, 0.5)}),
        (ExposureScoreRule, {"bucket_weights": (1.0, 0.5, -0.1)}),
        (ExposureScoreRule, {"bucket_weights": (1.0, 0.5, float("nan"))}),
        (ExposureScoreRule, {"cap_minutes": 0}),
        (ExposureScoreRule, {"cap_minutes": 1441}),
        (ExposureScoreRule, {"scan_interval_seconds": 0}),
        (ExposureScoreRule, {"max_gap_seconds": 0}),
        (GaenV1Rule, {"attenuation_scores": (1,) * 7}),
        (GaenV1Rule, {"transmission_scores": (9,) * 8}),
        (GaenV1Rule, {"minimum_risk_score": 4097}),
        (GaenV1Rule, {"thresholds_db": (50,)}),
        (GaenV1Rule, {"thresholds_db": (-1, 50)}),
        (GaenV1Rule, {"transmission_risk_level_when_missing": 9}),
        (DataMapping, {"infectiousness_by_day": (3,) * 29}),
        (DataMapping, {"infectiousness_when_missing": 3}),
        (DataMapping, {"report_type_when_missing": 6}),
        (CwaRule, {"infectiousness_offsets": (1,)}),
        (CwaRule, {"report_type_offsets": (1, 2, 3)}),
        (CwaRule, {"transmission_risk_values": (1.0,)}),
        (CwaRule, {"transmission_risk_values": (-1.0,) * 8}),
        (CwaRule, {"bucket_weights": (1.0,)}),
        (CwaRule, {"low_day_minutes": 10.0}),
        (CwaRule, {"low_day_minutes": -1.0}),
        (CwaRule, {"min_near_minutes": -1.0}),
    ],
)
def test_a_setting_outside_its_range_is_refused(kind: type, changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        kind(**changes)
