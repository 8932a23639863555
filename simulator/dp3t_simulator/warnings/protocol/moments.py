"""When things happen on a simulated day: which second of the day it is, on whose clock."""

from dp3t import Day, Instant, day_start

FIRST_DAY = Day(18_809)
"""Day 0 of a simulation, 2021-07-01: what a phone says and hears needs a date."""

REGION = "SIM"
"""Whose server it is."""

REPORT_SECONDS = 1_800
"""When a phone reports, by its own clock."""

UPLOAD_SECONDS = 5_400
"""When a server has the reports of the day, by its clock."""

RELEASE_SECONDS = 7_200
"""When the batches of a day are released."""

SLOT_SECONDS = 7_200
"""From one release to the next."""

READ_SECONDS = 10_800
"""When a phone ticks for the first time on a day and reads batches, by its own clock."""


def calendar_day(day: int) -> Day:
    """Return the UTC day that a day of the simulation is."""
    return Day(FIRST_DAY + day)


def moment(day: int, second: int) -> Instant:
    """Return a second of a day of the simulation, which may lie outside of the day."""
    return Instant(day_start(calendar_day(day)) + second)
