"""Who in the communes is ill on which day: colds that fade, and an outbreak in one commune."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random  # noqa: TID251 - a plan from a seed is what the demonstration promises

from dp3t.cli.demo.declarations.places import COMMUNES, ISLE, Commune, nth
from dp3t.timeline import Day

PEOPLE = 3_000
MIN_PEOPLE, MAX_PEOPLE = 3_000, 20_000
"""With fewer, chance could hide the outbreak; with more, one waits long."""

FIRST, OUTBREAK, LAST = nth(-28), nth(-5), nth(6)
DAYS = tuple(Day(day) for day in range(FIRST, LAST + 1))
COLDS = nth(-12)
"""When the colds of the season are over.

On steady days the chart alarms falsely about twice in a thousand days of a commune, which a
demonstration of exact expectations cannot have. While colds are fading it hardly ever does.
"""

_ISLANDERS = 60
_QUIET_ONSETS, _COLDS_ONSETS, _QUIET_DAYS = 0.006, 0.03, 5
_FIRST_ONSETS, _GROWTH, _MOST_ONSETS, _ILL_DAYS = 0.02, 1.45, 0.1, 9


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part in the survey.

    Attributes:
        commune: where they live.
        ill: the days on which their true answer is yes.
    """

    commune: Commune
    ill: frozenset[Day]


@dataclass(frozen=True, slots=True)
class Country:
    """Everybody who takes part, and where the outbreak is.

    Attributes:
        people: by number.
        stricken: the commune of the outbreak.
    """

    people: tuple[Person, ...]
    stricken: Commune

    def share(self, commune: Commune, day: Day) -> float:
        """Return which share of a commune is ill on a day."""
        mine = [person for person in self.people if person.commune == commune]
        return sum(day in person.ill for person in mine) / len(mine)


def settle(people: int, random: Random) -> Country:
    """Return a country of some people; where the outbreak is, and who falls ill, is drawn."""
    stricken = random.choice(COMMUNES)
    each = (people - _ISLANDERS) // len(COMMUNES)
    sizes = {**dict.fromkeys(COMMUNES, each), ISLE: _ISLANDERS}
    return Country(
        people=tuple(
            Person(commune, _ill(random, struck=commune == stricken))
            for commune, size in sizes.items()
            for _ in range(size)
        ),
        stricken=stricken,
    )


def _ill(random: Random, *, struck: bool) -> frozenset[Day]:
    days = set[Day]()
    for onset in range(FIRST - _QUIET_DAYS + 1, LAST + 1):
        if random.random() < _QUIET_ONSETS + _colds(onset):
            days |= set(_stretch(onset, _QUIET_DAYS))
    if struck:
        days |= {day for onset in _infected(random) for day in _stretch(onset, _ILL_DAYS)}
    return frozenset(days)


def _colds(day: int) -> float:
    """Return how likely it is that somebody catches a cold of the season on a day."""
    return _COLDS_ONSETS * min(1, max(0, COLDS - day) / (COLDS - FIRST))


def _infected(random: Random) -> Iterator[Day]:
    """Yield the day on which somebody falls ill in the outbreak, if they do."""
    for day in range(OUTBREAK, LAST + 1):
        chance = min(_MOST_ONSETS, _FIRST_ONSETS * _GROWTH ** (day - OUTBREAK))
        if random.random() < chance:
            yield Day(day)
            return


def _stretch(onset: int, days: int) -> Iterator[Day]:
    return (Day(day) for day in range(onset, onset + days))
