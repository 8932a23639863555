"""spec/proximity/scoring.md: what holds for every input of GAEN's two generations."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_scoring as oracle
from dp3t.proximity.exposure.scoring.daily_summaries import (
    DailySummariesRule,
    SummaryData,
    daily_summaries,
)
from dp3t.proximity.exposure.scoring.durations import periods, seconds_by_attenuation
from dp3t.proximity.exposure.scoring.gaen_v1 import GaenV1Rule, key_risk
from dp3t.proximity.exposure.scoring.gaen_v2 import (
    WINDOW_SECONDS,
    DataMapping,
    ExposureWindow,
    Infectiousness,
    exposure_windows,
)
from dp3t.proximity.exposure.scoring.readings import Reading
from scoring_inputs import DAY, SCORES, WEIGHTS, as_case, points, readings, window, windows


@pytest.mark.spec("SCORING-3", "SCORING-4", "SCORING-5", "SCORING-6", "SCORING-9", "SCORING-10")
@settings(max_examples=50)
@given(
    heard=points,
    interval=st.integers(1, 600),
    gap=st.integers(1, 900),
    low=st.integers(0, 100),
    width=st.integers(0, 60),
    level=st.integers(0, 8),
    days=st.integers(0, 20),
)
def test_a_keys_risk_is_the_second_witnesss(
    heard: list[tuple[int, int]],
    interval: int,
    gap: int,
    low: int,
    width: int,
    level: int,
    days: int,
) -> None:
    case: dict[str, Any] = {
        "config": {
            **{name: [*SCORES] for name in ("attenuation", "days", "duration", "transmission")},
            "minimum_risk_score": 100,
            "thresholds": [low, low + width],
        },
        "interpolation": False,
        "max_interpolation_s": gap,
        "min_exposure_bucketized_s": 301,
        "now_minus_key_day_days": days,
        "scan_interval_s": interval,
        "sightings_t_rssi_tx": [[at, -db, 0] for at, db in heard],
        "transmission_risk_level": level,
    }
    rule = GaenV1Rule(
        attenuation_scores=SCORES,
        days_scores=SCORES,
        duration_scores=SCORES,
        transmission_scores=SCORES,
        minimum_risk_score=100,
        thresholds_db=(low, low + width),
        scan_interval_seconds=interval,
        max_gap_seconds=gap,
        min_duration_seconds=301,
    )
    found = key_risk(
        readings(heard), rule=rule, transmission_risk_level=level, days_since_key_day=days
    )
    known = oracle.v1(case)
    if found is None or known is None:
        assert (found, known) == (None, None)
        return
    assert found.max_risk_score == known["max_risk_score"]
    assert found.total_risk_score == known["total_risk_score"]
    assert list(found.seconds_by_attenuation) == known["attenuation_durations"]
    assert [each.seconds for each in found.exposures] == [
        each["duration_s"] for each in known["exposures"]
    ]
    assert [each.attenuation_db for each in found.exposures] == [
        each["attenuation"] for each in known["exposures"]
    ]


@pytest.mark.spec("SCORING-6", "SCORING-7")
@given(heard=points, low=st.integers(0, 60), interpolate=st.booleans())
def test_times_by_attenuation_add_up_to_the_line(
    heard: list[tuple[int, int]], low: int, *, interpolate: bool
) -> None:
    line = periods(readings(heard), scan_interval_seconds=300)
    times = seconds_by_attenuation(line, (low, low + 20), interpolate=interpolate)
    assert sum(times) == heard[-1][0] - heard[0][0] + 300


@pytest.mark.spec("SCORING-7")
@pytest.mark.parametrize(
    ("heard", "times"),
    [
        ([(0, 40), (300, 60), (600, 80)], (300, 360, 240)),
        ([(0, 80), (300, 60), (600, 40)], (300, 360, 240)),
        ([(0, 49), (1, 51)], (151, 150, 0)),  # half a second is rounded up, out of the period
        ([(0, 50), (300, 50)], (0, 600, 0)),
    ],
)
def test_a_crossing_inside_a_period_divides_it(
    heard: list[tuple[int, int]], times: tuple[int, ...]
) -> None:
    line = periods(readings(heard), scan_interval_seconds=300)
    assert seconds_by_attenuation(line, (50, 74), interpolate=True) == times


@pytest.mark.spec("SCORING-8")
@given(heard=points, nearer=st.integers(0, 40), level=st.integers(1, 7), days=st.integers(0, 20))
def test_nearer_more_recent_or_riskier_is_never_less(
    heard: list[tuple[int, int]], nearer: int, level: int, days: int
) -> None:
    rule = GaenV1Rule(
        attenuation_scores=SCORES,
        days_scores=SCORES,
        duration_scores=SCORES,
        transmission_scores=SCORES,
    )

    def total(by: int = 0, level: int = level, days: int = days) -> int:
        moved = [Reading(at, max(db - by, 0)) for at, db in heard]
        risk = key_risk(moved, rule=rule, transmission_risk_level=level, days_since_key_day=days)
        assert risk is not None
        return risk.total_risk_score

    assert total(by=nearer) >= total()
    assert total(level=level + 1) >= total()
    assert total(days=days + 1) <= total()


@pytest.mark.spec("SCORING-11", "SCORING-12", "SCORING-14")
@given(
    heard=st.lists(
        st.tuples(st.integers(0, 6000), st.integers(0, 120), st.none() | st.integers(-900, 0)),
        max_size=20,
    ).map(lambda rows: sorted(rows, key=lambda row: row[:2])),
    onset=st.none() | st.integers(-16, 16),
    kind=st.integers(-1, 7),
)
def test_a_keys_windows_are_the_second_witnesss(
    heard: list[tuple[int, int, int | None]], onset: int | None, kind: int
) -> None:
    base = DAY * 86_400
    rows = [(at, -db, 0, None if ago is None else at + ago, 0x5C) for at, db, ago in heard]
    case = {
        "base_epoch": base,
        "dsos": onset,
        "report_type": kind,
        "mapping": {
            "days_to_infectiousness": {str(day): day % 3 for day in range(-14, 15)},
            "others": 0,
            "when_missing": 1,
            "report_type_when_missing": 3,
        },
        "sightings_t_rssi_tx_prev_version": rows,
    }
    found = exposure_windows(
        [Reading(base + at, -db, 3, None if p is None else base + p) for at, db, _, p, _ in rows],
        mapping=DataMapping(
            infectiousness_by_day=tuple(day % 3 for day in range(-14, 15)),
            report_type_when_missing=3,
        ),
        report_type=kind,
        days_since_onset=onset,
    )
    known = oracle.v2_windows(case)
    assert [each.start_seconds for each in found] == [each["epoch_seconds"] for each in known]
    assert [
        [(list(scan.attenuations_db), scan.seconds, scan.typical_db, scan.least_db)
         for scan in each.scans]
        for each in found
    ] == [
        [(scan["attenuations"], scan["seconds_since_last_scan"], scan["typical"], scan["min"])
         for scan in each["scan_instances"]]
        for each in known
    ]  # fmt: skip
    assert {each.infectiousness for each in found} == {each["infectiousness"] for each in known}
    assert {each.report_type for each in found} == {each["report_type"] for each in known}
    assert sum(len(scan.attenuations_db) for each in found for scan in each.scans) == len(heard)
    starts = [each.start_seconds for each in found]
    assert all(b - a >= WINDOW_SECONDS for a, b in pairwise(starts))


@pytest.mark.spec("SCORING-13")
@pytest.mark.parametrize("size", [0, 1, 28, 30])
def test_a_mapping_of_another_size_says_nothing(size: int) -> None:
    mapping = DataMapping(infectiousness_by_day=(2,) * size, infectiousness_when_missing=1)
    assert {mapping.infectiousness(day) for day in (None, -14, 0, 14)} == {Infectiousness.STANDARD}


@pytest.mark.spec("SCORING-15", "SCORING-16", "SCORING-18")
@given(heard=windows, limit=st.integers(0, 3), least=st.sampled_from([0.0, 60.0]))
def test_summaries_are_the_second_witnesss(
    heard: list[ExposureWindow], limit: int, least: float
) -> None:
    rule = DailySummariesRule(
        thresholds_db=WEIGHTS.thresholds_db,
        bucket_weights=WEIGHTS.bucket_weights,
        infectiousness_weights=WEIGHTS.infectiousness_weights,
        report_type_weights=WEIGHTS.report_type_weights,
        days_since_exposure_threshold=limit,
        minimum_window_score=least,
    )
    found = daily_summaries(heard, rule=rule, today=DAY)
    known = oracle.v2_daily_summaries(as_case(heard, limit, least), DAY)
    assert [each.day for each in found] == [each["days_since_epoch"] for each in known]
    assert [list(each.data) for each in found] == [list(each["day"].values()) for each in known]
    for mine, theirs in zip(found, known, strict=True):
        for kind, data in mine.by_report_type.items():
            assert list(data) == list(theirs[f"report_type_{kind:d}"].values())


@pytest.mark.spec("SCORING-17")
def test_the_time_of_the_uninfectious_counts_as_in_googles_code_unless_the_option_is_set() -> None:
    heard = [window((40, 300), infectious=0), window((40, 60))]
    (code,) = daily_summaries(heard, rule=WEIGHTS, today=DAY)
    assert code.data == SummaryData(60.0, 60.0, 360.0)
    documented = DailySummariesRule(
        thresholds_db=WEIGHTS.thresholds_db,
        bucket_weights=WEIGHTS.bucket_weights,
        infectiousness_weights=WEIGHTS.infectiousness_weights,
        report_type_weights=WEIGHTS.report_type_weights,
        drop_uninfectious=True,
    )
    (found,) = daily_summaries(heard, rule=documented, today=DAY)
    assert found.data == SummaryData(60.0, 60.0, 60.0)
    (nothing,) = daily_summaries(heard[:1], rule=documented, today=DAY)
    assert nothing.data == SummaryData()


@pytest.mark.parametrize("level", [-1, 9])
def test_a_transmission_risk_level_outside_its_range_is_refused(level: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 8"):
        key_risk([], rule=GaenV1Rule(), transmission_risk_level=level, days_since_key_day=0)
