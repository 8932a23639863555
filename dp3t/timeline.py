"""Moments, days, epochs, intervals and release slots: integers with names.

All time is UTC. Every function is pure; the chapter is `spec/timeline.md`.
"""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, NewType

from dp3t.errors import MalformedError
from dp3t.params import DAY_SECONDS, INTERVAL_SECONDS, LAST_INSTANT, RELEASE_SLOT_SECONDS

Instant = NewType("Instant", int)
"""A moment: whole Unix seconds, 0 to 2**32 - 1."""

Day = NewType("Day", int)
"""A UTC day: days since 1970-01-01."""

Interval = NewType("Interval", int)
"""A GAEN interval number (ENIN): ten-minute steps since 1970-01-01."""

Slot = NewType("Slot", int)
"""A release slot: two-hour steps since 1970-01-01. Slot s begins at 7200 s."""


class Stretch(NamedTuple):
    """A stretch of time: start <= moment < end.

    It can begin before 1970 or end after 2106, where no moment is.
    """

    start: Instant
    end: Instant

    def overlaps(self, other: "Stretch") -> bool:
        """Return whether the two have a moment in common."""
        return self.start < other.end and other.start < self.end

    def within(self, other: "Stretch") -> "Stretch":
        """Return what of this stretch lies in another; it ends before it begins if nothing does."""
        return Stretch(max(self.start, other.start), min(self.end, other.end))

    def widened(self, seconds: int) -> "Stretch":
        """Return the stretch that begins and ends so many seconds further out."""
        return Stretch(Instant(self.start - seconds), Instant(self.end + seconds))


def instant(moment: datetime | int) -> Instant:
    """Return the whole second that holds `moment`.

    Raises:
        ValueError: a datetime without a time zone, or a moment outside 1970 to 2106.
    """
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError("a moment needs a time zone; naive datetimes are ambiguous")
        moment = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    if not 0 <= moment <= LAST_INSTANT:
        raise ValueError("a moment lies between 1970 and 2106")
    return Instant(moment)


def require_instant(moment: Instant) -> None:
    """Check what a caller without a type checker may have passed.

    Raises:
        TypeError: not whole seconds; a float would be kept and fail only when it is saved.
        ValueError: outside 1970 to 2106.
    """
    if type(moment) is not int:
        raise TypeError("a moment is a whole number of Unix seconds; see dp3t.instant")
    if not 0 <= moment <= LAST_INSTANT:
        raise ValueError("a moment lies between 1970 and 2106")


def to_datetime(moment: Instant) -> datetime:
    """Return `moment` as an aware UTC datetime."""
    return datetime.fromtimestamp(moment, tz=UTC)


def day_of(moment: Instant) -> Day:
    """Return the UTC day of a moment [TIMELINE-2]."""
    return Day(moment // DAY_SECONDS)


def day_start(day: Day) -> Instant:
    """Return the first second of a UTC day."""
    return Instant(day * DAY_SECONDS)


def day_to_date(day: Day) -> date:
    """Return a day as a calendar date."""
    return to_datetime(day_start(day)).date()


def date_to_day(value: date) -> Day:
    """Return a calendar date as a day.

    Raises:
        ValueError: a date before 1970.
    """
    days = (value - date(1970, 1, 1)).days
    if days < 0:
        raise ValueError("a day lies in 1970 or later")
    return Day(days)


def epoch_in_day(moment: Instant, *, epoch_minutes: int) -> int:
    """Return the index, from 0, of the epoch of its UTC day that holds a moment [TIMELINE-3]."""
    return moment % DAY_SECONDS // (60 * epoch_minutes)


def interval_of(moment: Instant) -> Interval:
    """Return the GAEN interval that holds a moment [TIMELINE-4]."""
    return Interval(moment // INTERVAL_SECONDS)


def interval_start(interval: Interval) -> Instant:
    """Return the first second of a GAEN interval."""
    return Instant(interval * INTERVAL_SECONDS)


def slot_of(moment: Instant) -> Slot:
    """Return the release slot that holds a moment [TIMELINE-5]."""
    return Slot(moment // RELEASE_SLOT_SECONDS)


def slot_start(slot: Slot) -> Instant:
    """Return the first second of a release slot."""
    return Instant(slot * RELEASE_SLOT_SECONDS)


def release_after(moment: Instant) -> Instant:
    """Return the first release time later than a moment."""
    return slot_start(Slot(slot_of(moment) + 1))


def checked_release(moment: int) -> Instant:
    """Return `moment` as a release time.

    Raises:
        MalformedError: it is not a multiple of 7200 s between 1970 and 2106 [TIMELINE-5].
    """
    if not 0 <= moment <= LAST_INSTANT or moment % RELEASE_SLOT_SECONDS:
        raise MalformedError("a release time is a multiple of 7200 seconds")
    return Instant(moment)
