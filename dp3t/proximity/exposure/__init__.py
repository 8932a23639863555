"""From matches to what a person is told: on which day, for how long, how near, and whether to warn.

`summary` adds up what was heard on a day. `assessment.assess` weighs it under a configuration, with
the rules in `scoring`. The chapters are `spec/proximity/exposure.md` and `scoring.md`.
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
