"""What a data set holds, counted by hand."""

from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.contacts.records import collect
from dp3t_simulator.contacts.summary import summarize

DAY = 86_400


def column(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def test_a_summary_counts_people_days_and_pairs_and_the_time_together() -> None:
    """On day 0 person 1 meets 2 for ten minutes and 3 for five; on day 1 he meets 2 for fifteen."""
    start = column(0, 300, 900, DAY, DAY + 300, DAY + 900)
    one, other = column(1, 2, 1, 1, 2, 1), column(2, 1, 3, 2, 1, 2)
    found = summarize(collect(start, one, other, duration_seconds=300))
    # person-days: 1, 2, 3 on day 0 and 1, 2 on day 1; pairs on days: two and one
    assert astuple(found) == (6, 3, 2, 2, 6 / 5, 6 / 5, 2 / 5, 600.0)


def test_a_summary_of_nothing_is_zero() -> None:
    found = summarize(collect(column(), column(), column(), duration_seconds=20))
    assert astuple(found) == (0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0)
