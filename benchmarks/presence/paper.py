"""What the CrowdNotifier white paper measured, as published figures: nothing here was run again.

Section 5, table 2: milliseconds of JavaScript with mcl-wasm in the browser of each device. The
paper adds that native mcl was eight times faster on the same x86 processor.
"""

from typing import NamedTuple


class Milliseconds(NamedTuple):
    """One row of the table; None where the paper prints a dash or nothing."""

    scan: float
    match_fails: float
    match_succeeds: float
    pre_trace: float | None = None
    verify_trace: float | None = None


SOURCE = "CrowdNotifier white paper, table 2: published, not measured here"
REFERENCE_DEVICE = "i7"
TABLE: dict[str, Milliseconds] = {
    REFERENCE_DEVICE: Milliseconds(11.25, 6.60, 7.98, pre_trace=1.41, verify_trace=19.1),
    "Pixel 2": Milliseconds(7.02, 4.47, 5.38),
    "P9": Milliseconds(6.12, 3.89, 4.63),
    "Pixel 5": Milliseconds(5.65, 3.59, 4.39),
    "iPhone 6": Milliseconds(6.38, 3.72, 4.63),
    "iPhone 11 Pro": Milliseconds(1.63, 0.93, 1.15),
}
DAY_SECONDS = 12
"""What the paper allows for a day's matching on every device: 2,250 tries."""

RECORDS_PER_DAY = 5
LOCATIONS = 150
KEYS_PER_LOCATION = 3
