"""Moments as the region's people read them: by the clock on their wall, the zone named."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from dp3t import Day, Instant, date_to_day, day_of, to_datetime
from dp3t_server.web.language import Language

_VIETNAM = timezone(timedelta(hours=7), "vietnam")


def zone_of(region: str) -> tzinfo:
    """Return UTC+7 for VN and its parts such as VN-SG; UTC for any other region."""
    return _VIETNAM if region.partition("-")[0] == "VN" else UTC


def local(moment: Instant, *, region: str) -> datetime:
    """Return a moment by the region's clock."""
    return to_datetime(moment).astimezone(zone_of(region))


def in_words(moment: Instant, *, region: str, language: Language) -> str:
    """Return a moment with its weekday, date and zone [OPERATOR-PAGE-8]."""
    at = local(moment, region=region)
    zone = "time.vietnam" if at.tzinfo is _VIETNAM else "time.utc"
    return language.say(
        "time.moment", time=f"{at:%H:%M}", date=language.date(at.date()), zone=language.say(zone)
    )


def first_days(now: Instant, *, region: str, retention_days: int) -> tuple[date, date]:
    """Return the earliest and the latest first contagious day, by the region's calendar.

    Phones publish nothing older than `retention_days`.
    """
    today = local(now, region=region).date()
    return today - timedelta(days=retention_days), today


def day_on(chosen: date, *, now: Instant) -> Day:
    """Return the day of the protocol, which is one of UTC, for a date of the region's calendar.

    Where it is past midnight and in UTC it is not, today's part so far lies in the UTC day that is
    now [OPERATOR-PAGE-10].
    """
    return min(date_to_day(chosen), day_of(now))
