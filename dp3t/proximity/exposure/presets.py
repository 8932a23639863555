"""Configurations that were published, or that stand on published values."""

from collections.abc import Mapping
from types import MappingProxyType

from dp3t.errors import MalformedError
from dp3t.proximity.exposure.configuration import Configuration, GaenV2Rule
from dp3t.proximity.exposure.scoring.cwa import CwaRule
from dp3t.proximity.exposure.scoring.daily_summaries import DailySummariesRule
from dp3t.proximity.exposure.scoring.exposure_score import ExposureScoreRule
from dp3t.proximity.exposure.scoring.gaen_v1 import GaenV1Rule
from dp3t.proximity.exposure.scoring.gaen_v2 import (
    MAX_DAYS_FROM_ONSET,
    DataMapping,
    Infectiousness,
)

_HIGH_DAYS = range(-2, 4)
_STANDARD_DAYS = (-4, -3, 4, 5)


def _infectiousness(day: int) -> Infectiousness:
    if day in _HIGH_DAYS:
        return Infectiousness.HIGH
    return Infectiousness.STANDARD if day in _STANDARD_DAYS else Infectiousness.NONE


PRESETS: Mapping[str, Configuration] = MappingProxyType(
    {
        "dp3t": Configuration(
            source="DP-3T, Exposure Score Calculation, 27 May 2020, pages 4 and 5; look-back: "
            "DP-3T white paper, page 25",
            look_back_days=14,
            notify_at=15.0,
            rule=ExposureScoreRule(),
        ),
        "swisscovid": Configuration(
            source="DP-3T, Exposure Score Calculation, 27 May 2020, pages 4 and 5",
            look_back_days=10,
            notify_at=15.0,
            rule=ExposureScoreRule(),
        ),
        "gaen-v1": Configuration(
            source="Google, exposure-notifications-internals aaada6c, defaults of "
            "ExposureConfiguration and ContactTracingFeature; the API leaves notifying to the app: "
            "ours, every score that is not 0",
            look_back_days=14,
            notify_at=4.0,
            rule=GaenV1Rule(),
        ),
        "gaen-v2": Configuration(
            source="Linux Foundation Public Health, Configuring Exposure Notification Risk Scores "
            "2.0 (gaen-risk-scoring 04feb93): narrow net v2, its onset map, an alert from 15 "
            "minutes on; ours: all report types count 1, an unknown onset counts as high",
            look_back_days=14,
            notify_at=900.0,
            rule=GaenV2Rule(
                mapping=DataMapping(
                    infectiousness_by_day=tuple(
                        _infectiousness(day)
                        for day in range(-MAX_DAYS_FROM_ONSET, MAX_DAYS_FROM_ONSET + 1)
                    ),
                    infectiousness_when_missing=Infectiousness.HIGH,
                ),
                summaries=DailySummariesRule(
                    thresholds_db=(55, 67, 75),
                    bucket_weights=(1.75, 1.0, 0.33, 0.0),
                    infectiousness_weights=(0.0, 0.3, 1.0),
                    report_type_weights=(0.0, 1.0, 1.0, 1.0, 1.0, 0.0),
                ),
            ),
        ),
        "cwa": Configuration(
            source="cwa-server c61d55f, risk-calculation-parameters-1.15.yaml; ours: an unknown "
            "onset counts as standard, an unknown report type as a confirmed test",
            look_back_days=10,
            notify_at=9.0,
            rule=CwaRule(),
        ),
    }
)
"""The configurations by name."""


def preset(name: str) -> Configuration:
    """Return the configuration of that name; MalformedError where there is none."""
    if name not in PRESETS:
        raise MalformedError(f"no preset is named {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]
