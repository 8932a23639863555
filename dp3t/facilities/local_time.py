"""Days as people at a place count them; a place has one offset from UTC all year."""

from typing import NewType

from dp3t.params import DAY_SECONDS
from dp3t.timeline import Instant

LocalDay = NewType("LocalDay", int)
"""A day at the place: days since 1970-01-01 there."""

WEEKDAYS = 7
_FIRST_WEEKDAY = 3  # 1970-01-01 was a Thursday
_MINUTE_SECONDS = 60


def local_day_of(moment: Instant, *, utc_offset_minutes: int) -> LocalDay:
    """Return the local day that holds a moment [CHECKLIST-2]."""
    return LocalDay((moment + utc_offset_minutes * _MINUTE_SECONDS) // DAY_SECONDS)


def local_day_start(day: LocalDay, *, utc_offset_minutes: int) -> int:
    """Return the first second of a local day, in UTC; below 0 for the first days of 1970."""
    return day * DAY_SECONDS - utc_offset_minutes * _MINUTE_SECONDS


def weekday_of(day: LocalDay) -> int:
    """Return the weekday of a local day: 0 is Monday, 6 is Sunday [FACILITY-2]."""
    return (day + _FIRST_WEEKDAY) % WEEKDAYS
