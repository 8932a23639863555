"""What the tests of scoring are drawn from."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from dp3t.proximity.exposure.scoring.daily_summaries import (
    DailySummariesRule,
)
from dp3t.proximity.exposure.scoring.gaen_v2 import (
    ExposureWindow,
    Infectiousness,
    ReportType,
    ScanInstance,
)
from dp3t.proximity.exposure.scoring.readings import Reading
from dp3t.timeline import Day

DAY = Day(18_400)
SCORES = tuple(range(1, 9))
WEIGHTS = DailySummariesRule(
    thresholds_db=(30, 50, 70),
    bucket_weights=(1.5, 1.0, 0.5, 0.1),
    infectiousness_weights=(0.0, 1.0, 2.0),
    report_type_weights=(0.0, 1.0, 0.5, 0.25, 2.5, 0.0),
)

points = st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 120)), min_size=1, max_size=8).map(
    sorted
)


def readings(heard: Sequence[tuple[int, int]]) -> list[Reading]:
    return [Reading(*each) for each in heard]


def window(
    *scans: tuple[int, int], infectious: int = 1, kind: int = 1, day: Day = DAY
) -> ExposureWindow:
    return ExposureWindow(
        start_seconds=day * 86_400,
        infectiousness=Infectiousness(infectious),
        report_type=ReportType(kind),
        calibration_confidence=0,
        scans=tuple(ScanInstance((db,), seconds) for db, seconds in scans),
    )


windows = st.lists(
    st.builds(
        window,
        st.tuples(st.integers(0, 120), st.integers(0, 300)),
        infectious=st.integers(0, 2),
        kind=st.integers(0, 5),
        day=st.integers(DAY - 2, DAY).map(Day),
    ),
    max_size=8,
)


def as_case(heard: list[ExposureWindow], limit: int, least: float) -> dict[str, Any]:
    return {
        "config": {
            "thresholds": list(WEIGHTS.thresholds_db),
            "bucket_weights": list(WEIGHTS.bucket_weights),
            "infectiousness_weights": list(WEIGHTS.infectiousness_weights),
            "report_type_weights": list(WEIGHTS.report_type_weights),
            "days_since_exposure_threshold": limit,
            "minimum_window_score": least,
        },
        "windows": [
            {
                "epoch_seconds": each.start_seconds,
                "infectiousness": int(each.infectiousness),
                "report_type": int(each.report_type),
                "scan_instances": [
                    {
                        "attenuations": list(scan.attenuations_db),
                        "seconds_since_last_scan": scan.seconds,
                    }
                    for scan in each.scans
                ],
            }
            for each in heard
        ],
    }
