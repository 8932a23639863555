"""Distances of the BBC's Haslemere study: `time_step,user1_id,user2_id,distance_m`.

Phones with GPS, every five minutes from 07:00 to 23:00 on three days of October 2017; pairs within
50 m (Kissler et al. 2018). A day of the study has 192 steps, and the nights are left out.
"""

from pathlib import Path

import numpy as np

from dp3t_simulator.contacts.records import (
    DAY_SECONDS,
    ContactRecords,
    Integers,
    Reals,
    collect,
)
from dp3t_simulator.contacts.table import Field, Layout, read_parts

INTERVAL_SECONDS = 300
STEPS_A_DAY = 192
FIRST_STEP_SECONDS = 7 * 3600
"""When the first step of a day begins, after midnight."""

_LAYOUT = Layout(
    header=b"time_step,user1_id,user2_id,distance_m",
    separator=rb",",
    fields=(
        Field("time_step", rb"[1-9][0-9]{0,5}", "a number from 1, of up to 6 digits"),
        Field("user1_id", rb"[0-9]{1,9}", "a number of up to 9 digits"),
        Field("user2_id", rb"[0-9]{1,9}", "a number of up to 9 digits"),
        Field("distance_m", rb"[0-9]{1,6}(?:\.[0-9]{1,6})?", "a number of metres"),
    ),
)


def read_haslemere(path: Path) -> ContactRecords:
    """Return the contacts of a file, which may be a `.gz` [SIMULATOR-5] [SIMULATOR-6].

    Times count from midnight before the first step.

    Raises:
        LimitError: a line of more than 1,024 bytes.
        MalformedError: anything else that is not such a file, by file, line and field: also a
            person in contact with itself.
        OSError: the file cannot be read.
    """
    columns: list[Integers] = []
    distances: list[Reals] = []
    for part in read_parts(path, _LAYOUT):
        numbers = np.array([row[:3] for row in part.rows], dtype=np.int64).reshape(-1, 3)
        same = numbers[:, 1] == numbers[:, 2]
        if same.any():
            part.refuse(int(same.argmax()), "user1_id and user2_id are the same person")
        columns.append(numbers)
        distances.append(np.array([row[3] for row in part.rows], dtype=np.float64))
    step, one, other = np.concatenate(columns or [np.empty((0, 3), dtype=np.int64)]).T
    return collect(
        start_seconds(step),
        one,
        other,
        duration_seconds=INTERVAL_SECONDS,
        distance_m=np.concatenate(distances or [np.empty(0)]),
    )


def start_seconds(step: Integers) -> Integers:
    """Return when steps begin, in seconds since midnight before the first."""
    day, of_day = np.divmod(step - 1, STEPS_A_DAY)
    start: Integers = day * DAY_SECONDS + FIRST_STEP_SECONDS + of_day * INTERVAL_SECONDS
    return start
