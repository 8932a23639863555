"""Where and when the stories happen; the communes and their codes are invented."""

from datetime import UTC, datetime
from typing import NamedTuple

from dp3t.params import DAY_SECONDS
from dp3t.timeline import Day, Instant, day_of, instant

START = instant(datetime(2021, 7, 5, tzinfo=UTC))
FIRST_DAY = day_of(START)
LANDING, OTHER_AIRPORT = "ADAD", "AHAN"
DA_NANG, HUE, HA_NOI = "48", "46", "01"
PROVINCE_NAMES = {DA_NANG: "Đà Nẵng", HUE: "Huế", HA_NOI: "Hà Nội"}
_HOUR = 3_600


class Commune(NamedTuple):
    """A commune; its code has five digits."""

    code: str
    name: str


COMMUNES = (
    Commune("90011", "An Bình"),
    Commune("90022", "Hòa Sơn"),
    Commune("90033", "Tân Lập"),
    Commune("90044", "Phú Điền"),
)
ISLE = Commune("90055", "Cù Lao Nhỏ")
"""So small that of no day a share of it is published."""

EVERY_COMMUNE = (*COMMUNES, ISLE)


def at(day: int, hour: float) -> Instant:
    """Return a moment of the stories: days after the first, and hours of UTC."""
    return Instant(START + day * DAY_SECONDS + round(hour * _HOUR))


def nth(day: int) -> Day:
    """Return a UTC day of the stories, counted from the first, which is 0."""
    return Day(FIRST_DAY + day)
