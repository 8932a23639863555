"""From matches to what a person is told: on which day, for how long, how near, and whether to warn.

`summary` adds up what was heard on a day; this face hands it out. `assessment.assess` weighs it
under a `configuration.Configuration`: one of `presets.PRESETS`, or read by `configuration_file`;
`calibration` knows the phone's radio, and `scoring` the published rules. They are imported from
their modules, so that a phone that only adds up does not load them. The chapters are
`spec/proximity/exposure.md` and `spec/proximity/scoring.md`.
"""

from dp3t.proximity.exposure.summary import (
    CLOSE_ATTENUATION_DB,
    MAX_GAP_SECONDS,
    Exposure,
    contact_seconds,
    is_close,
    summarize,
)

__all__ = [
    "CLOSE_ATTENUATION_DB",
    "MAX_GAP_SECONDS",
    "Exposure",
    "contact_seconds",
    "is_close",
    "summarize",
]
