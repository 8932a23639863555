"""Days and moments at the terminal, where the clock is read."""

import time
from datetime import date, datetime

from dp3t.errors import MalformedError
from dp3t.timeline import Day, Instant, date_to_day, instant, to_datetime


def present() -> Instant:
    """Return the system's time."""
    return instant(int(time.time()))  # noqa: TID251 - the terminal is where a clock is read


def iso_moment(moment: Instant) -> str:
    """Return a moment as ISO 8601 in UTC."""
    return to_datetime(moment).isoformat().replace("+00:00", "Z")


def moment_given(given: str, name: str) -> Instant:
    """Return a moment given as Unix seconds or an ISO 8601 time with zone.

    Raises:
        MalformedError: it is neither; the message names the option.
    """
    try:
        if given.isascii() and given.isdecimal():
            return instant(int(given))
        return instant(datetime.fromisoformat(given))
    except (ValueError, OverflowError):
        raise MalformedError(
            f"{name} is neither Unix seconds nor an ISO 8601 time with zone, 1970 to 2106"
        ) from None


def day_given(given: str, name: str) -> Day:
    """Return a UTC day given as an ISO 8601 date.

    Raises:
        MalformedError: it is none, or before 1970; the message names the option.
    """
    try:
        return date_to_day(date.fromisoformat(given))
    except ValueError:
        raise MalformedError(f"{name} is no date like 2020-06-15, from 1970 on") from None
