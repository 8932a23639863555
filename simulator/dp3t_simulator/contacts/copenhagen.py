"""Bluetooth sightings of the Copenhagen Networks Study: `# timestamp,user_a,user_b,rssi`.

Phones of students scanned every five minutes. user_b is -1 where a scan heard nothing, and -2 where
it heard the device of somebody outside (Sapiezynski et al., Scientific Data 6:315, 2019).
"""

from pathlib import Path

import numpy as np

from dp3t_simulator.contacts.records import ContactRecords, Integers, collect
from dp3t_simulator.contacts.table import Field, Layout, read_parts

INTERVAL_SECONDS = 300
EMPTY_SCAN, OUTSIDE = -1, -2

_LAYOUT = Layout(
    header=b"# timestamp,user_a,user_b,rssi",
    separator=rb",",
    fields=(
        Field("timestamp", rb"[0-9]{1,10}", "a number of seconds of up to 10 digits"),
        Field("user_a", rb"[0-9]{1,9}", "a number of up to 9 digits"),
        Field("user_b", rb"[0-9]{1,9}|-[12]", "a number of up to 9 digits, -1 or -2"),
        Field("rssi", rb"-?1?[0-9]{1,2}", "a number of dBm from -199 to 199"),
    ),
)


def read_copenhagen(path: Path) -> ContactRecords:
    """Return the contacts of a file, which may be a `.gz` [SIMULATOR-5] [SIMULATOR-6].

    Scans that heard nothing and devices of outsiders are counted, and are no contacts. Strengths
    stand as they are in the file, also where no radio can have measured them.

    Raises:
        LimitError: a line of more than 1,024 bytes.
        MalformedError: anything else that is not such a file, by file, line and field: also a
            person in contact with itself.
        OSError: the file cannot be read.
    """
    columns: list[Integers] = []
    empty = outside = 0
    for part in read_parts(path, _LAYOUT):
        numbers = np.array(part.rows, dtype=np.int64).reshape(-1, 4)
        same = numbers[:, 1] == numbers[:, 2]
        if same.any():
            part.refuse(int(same.argmax()), "user_a and user_b are the same person")
        empty += int(np.count_nonzero(numbers[:, 2] == EMPTY_SCAN))
        outside += int(np.count_nonzero(numbers[:, 2] == OUTSIDE))
        columns.append(numbers[numbers[:, 2] >= 0])
    t, one, other, rssi_dbm = np.concatenate(columns or [np.empty((0, 4), dtype=np.int64)]).T
    return collect(
        t,
        one,
        other,
        duration_seconds=INTERVAL_SECONDS,
        rssi_dbm=rssi_dbm,
        empty_scans=empty,
        outside_sightings=outside,
    )
