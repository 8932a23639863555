"""The plan of the week, and what the map has to show of it: the known truth.

The week is one of the place's clock: from a Thursday to the Wednesday after it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from random import Random  # noqa: TID251 - reproducible on purpose, and nobody's secrets
from typing import NamedTuple

from dp3t.cli.demo.facilities.district import District, district
from dp3t.facilities.facility import Facility
from dp3t.facilities.local_time import LocalDay, local_day_start
from dp3t.facilities.settings import Settings
from dp3t.facilities.state import State
from dp3t.facilities.texts import Texts
from dp3t.params import DAY_SECONDS
from dp3t.timeline import Instant, instant

REGION = "VN-99"
DAYS = 7
LAST = DAYS - 1
SETTINGS = Settings(
    utc_offset_minutes=420,
    deadline_minutes=600,
    late_days=1,
    objection_days=7,
    name=Texts("Sở Y tế (trình diễn)", "Department of Health (demonstration)"),
)
_HOUR = 3_600
FIRST_DAY = LocalDay(instant(datetime(2021, 7, 8, tzinfo=UTC)) // DAY_SECONDS)
EARLY, MORNING, LATE_MORNING, CLOSING = 6.5, 8.5, 10.2, 10.5
"""Hours of a day at which something happens; the deadline is at 10."""

FRIDAY, MONDAY, TUESDAY = 1, 4, 5


class Conduct(StrEnum):
    """How a facility goes about a day."""

    IN_TIME = "in-time"
    CORRECTED = "corrected"
    LATE = "late"
    NEXT_DAY = "next-day"
    PARTLY = "partly"
    CRITICAL = "critical"
    CLOSED = "closed"
    MISSING = "missing"


class Part(Enum):
    """What somebody's story is; of all others, everything goes by their conduct."""

    DISMISSED = "an objection is answered and dismissed"
    UPHELD = "an objection is upheld, and settled two days later"
    OPEN = "nobody decides on an objection"
    STRUCK = "an objection's words name a person and are struck out"
    SHUT = "the authority closes it for two days"
    ATTACKED = "others act in its name"


class Due(NamedTuple):
    """What the calendar has to say of a day."""

    state: State
    late: bool = False
    missing: bool = False


_ODDS = (82, 3, 4, 2, 3, 2, 1, 3)
_ODD_DAYS = (LAST, 0, MONDAY, FRIDAY, TUESDAY)
_BY_CONDUCT = {
    Conduct.IN_TIME: Due(State.SAFE),
    Conduct.CORRECTED: Due(State.SAFE),
    Conduct.LATE: Due(State.SAFE, late=True),
    Conduct.NEXT_DAY: Due(State.SAFE, late=True),
    Conduct.PARTLY: Due(State.OVERDUE),
    Conduct.CRITICAL: Due(State.UNSAFE),
    Conduct.CLOSED: Due(State.CLOSED),
    Conduct.MISSING: Due(State.OVERDUE, missing=True),
}
_BY_PART = {
    (Part.UPHELD, MONDAY): State.UNSAFE,
    (Part.UPHELD, TUESDAY): State.UNSAFE,
    (Part.OPEN, TUESDAY): State.CONTESTED,
    (Part.OPEN, LAST): State.CONTESTED,
    (Part.SHUT, MONDAY): State.CLOSED,
    (Part.SHUT, TUESDAY): State.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """What will happen, before any key exists.

    Attributes:
        seed: of everything that is drawn.
        district: where it happens.
        conducts: of each facility, for each day.
        parts: who has which story.
    """

    seed: int
    district: District
    conducts: dict[str, tuple[Conduct, ...]]
    parts: dict[Part, str]

    def conduct(self, facility: Facility, day: int) -> Conduct | None:
        """Return how a facility goes about a day; None where nothing is asked of it."""
        if not 0 <= day < DAYS or not facility.attests_on(nth(day)):
            return None
        if self.parts[Part.SHUT] == facility.facility and day in (MONDAY, TUESDAY):
            return None
        return self.conducts[facility.facility][day]

    def truth(self, facility: Facility) -> tuple[Due, ...]:
        """Return what has to stand in its calendar when the week is over."""
        return tuple(self._due(facility, day) for day in range(DAYS))

    def _due(self, facility: Facility, day: int) -> Due:
        for (part, at), state in _BY_PART.items():
            if self.parts[part] == facility.facility and at == day:
                return Due(state)
        conduct = self.conduct(facility, day)
        if conduct is None:
            return Due(State.CLOSED)
        if day == LAST and conduct is Conduct.NEXT_DAY:
            return Due(State.OVERDUE)
        due = _BY_CONDUCT[conduct]
        # A day can be attested on the next one too, so the last two are not missing yet.
        return due._replace(missing=due.missing and day + SETTINGS.late_days < LAST)


def plan(*, seed: int, facilities: int) -> Scenario:
    """Return the scenario of a seed: who has which part is drawn from it."""
    random = Random(f"facilities {seed}")  # noqa: S311 - a story, not a secret
    found = district(facilities, random)
    names = [each.facility for each in found.facilities]
    random.shuffle(names)
    parts = dict(zip(Part, names, strict=False))
    conducts = dict.fromkeys(parts.values(), (Conduct.IN_TIME,) * DAYS)
    for number, name in enumerate(names[len(parts) :]):
        conducts[name] = _week(number, random)
    return Scenario(seed, found, conducts, parts)


def _week(number: int, random: Random) -> tuple[Conduct, ...]:
    """Return the conducts of a facility; among any eight of them each occurs."""
    drawn = random.choices(list(Conduct), weights=_ODDS, k=DAYS)
    round_number, place = divmod(number, len(Conduct))
    drawn[_ODD_DAYS[round_number % len(_ODD_DAYS)]] = list(Conduct)[place]
    return tuple(drawn)


def nth(day: int) -> LocalDay:
    """Return a local day of the week, counted from the first, which is 0."""
    return LocalDay(FIRST_DAY + day)


def at(day: int, hour: float) -> Instant:
    """Return the moment of an hour of the place's clock."""
    start = local_day_start(nth(day), utc_offset_minutes=SETTINGS.utc_offset_minutes)
    return Instant(start + round(hour * _HOUR))


OPENING = at(-1, 8)
"""When the authority enrols the district."""
