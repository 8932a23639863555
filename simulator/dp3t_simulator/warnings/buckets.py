"""DP-3T's exposure score for loops: seconds in two buckets; what is beyond weighs nothing."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t.proximity.exposure.scoring.exposure_score import ExposureScoreRule
from dp3t_simulator.compiled import uncounted
from dp3t_simulator.warnings.pair import ATTENUATION, Numbers, time_of


class Buckets(NamedTuple):
    """What decides in which bucket a scan lies, and for how long.

    Attributes:
        near_db: below it a scan is in the first bucket.
        middle_db: below it in the second.
        gap_seconds: the longest gap inside a stretch.
        margin_seconds: what is added at either end of a stretch.
    """

    near_db: int
    middle_db: int
    gap_seconds: int
    margin_seconds: int


def buckets_of(rule: ExposureScoreRule) -> Buckets:
    """Return the numbers of a rule.

    Raises:
        ValueError: it has not three buckets, or the last of them weighs something.
    """
    if len(rule.thresholds_db) != 2 or rule.bucket_weights[-1]:
        raise ValueError("only three buckets of which the last weighs nothing are understood")
    near_db, middle_db = rule.thresholds_db
    return Buckets(
        near_db=near_db,
        middle_db=middle_db,
        gap_seconds=rule.max_gap_seconds,
        margin_seconds=rule.scan_interval_seconds // 2,
    )


def exposure_scores(
    rule: ExposureScoreRule, near: NDArray[np.int32], middle: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return the scores of days in minutes, of the seconds in their first two buckets."""
    most = 60 * rule.cap_minutes
    weighted = np.minimum(near, most) * rule.bucket_weights[0]
    weighted += np.minimum(middle, most) * rule.bucket_weights[1]
    scores: NDArray[np.float64] = weighted / 60
    return scores


@uncounted
def bucket_seconds(buckets: Buckets, reading: Numbers, first: int, end: int) -> tuple[int, int]:
    """Return the seconds of a contact in the first two buckets [WARNINGS-7].

    Args:
        buckets: of the rule.
        reading: readings of contacts.
        first: the contact's first.
        end: the place after its last, more than `first`.
    """
    near, middle = 0, 0
    lead = buckets.margin_seconds
    place = first
    while place < end:
        scan, least = time_of(reading[place]), reading[place] & ATTENUATION
        place += 1
        while place < end and time_of(reading[place]) == scan:
            least = min(least, reading[place] & ATTENUATION)
            place += 1
        lasts = lead + buckets.margin_seconds
        lead = buckets.margin_seconds
        if place < end and time_of(reading[place]) - scan <= buckets.gap_seconds:
            lasts += time_of(reading[place]) - scan - buckets.margin_seconds
            lead = 0
        if least < buckets.near_db:
            near += lasts
        elif least < buckets.middle_db:
            middle += lasts
    return near, middle
