"""Five weeks of reports: each phone draws, spends its budget, and turns some answers round.

All but the last day are played by the library's functions, without tokens and server: what a server
does with a report is to add it to two numbers, which is done here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - reproducible on purpose, and nobody's secrets

from dp3t.cli.demo.declarations.outbreak import DAYS, LAST, Country
from dp3t.errors import PolicyError
from dp3t.symptoms.budget import Budget
from dp3t.symptoms.estimate import Count
from dp3t.symptoms.randomization import randomize_with_os_randomness
from dp3t.symptoms.survey import Survey
from dp3t.timeline import Day

MEMBER = 1
_NOBODY = Count(0, 0)


@dataclass(slots=True, kw_only=True)
class Weeks:
    """What was reported.

    Attributes:
        counts: by day and commune, of all days but the last.
        last: the numbers of those who report on the last day.
        budgets: of each person, once the last day was drawn.
        refused: how often a phone would have reported and its budget did not allow it.
    """

    counts: dict[Day, dict[str, Count]] = field(default_factory=dict)
    last: list[int] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    refused: int = 0

    @property
    def reports(self) -> int:
        """How many reports there were before the last day."""
        return sum(each.reports for day in self.counts.values() for each in day.values())

    @property
    def most_spent(self) -> int:
        """The most that somebody has spent within the survey's window, in thousandths."""
        return max(
            sum(each.epsilon_thousandths for each in of.of(MEMBER, LAST)) for of in self.budgets
        )


def report_for_weeks(
    country: Country, survey: Survey, *, random: Random, progress: Callable[[float], None]
) -> Weeks:
    """Let everybody answer every day, and report where draw and budget say so.

    Args:
        country: who is ill when.
        survey: which is held.
        random: of the draws; answers are turned round by the operating system's dice.
        progress: is told which part is done.
    """
    weeks = Weeks(budgets=[Budget()] * len(country.people))
    for done, day in enumerate(DAYS):
        reporting = _drawn(weeks, survey, day, random)
        if day == LAST:
            weeks.last = reporting
        else:
            weeks.counts[day] = _counted(country, survey, day, reporting)
        progress((done + 1) / len(DAYS))
    return weeks


def _drawn(weeks: Weeks, survey: Survey, day: Day, random: Random) -> list[int]:
    """Return who reports on a day; what that costs is spent."""
    reporting = []
    for number, budget in enumerate(weeks.budgets):
        try:
            reports, weeks.budgets[number] = budget.draw(MEMBER, survey, day, rand=random.randbytes)
        except PolicyError:
            weeks.refused += 1
            continue
        if reports:
            reporting.append(number)
    return reporting


def _counted(country: Country, survey: Survey, day: Day, reporting: list[int]) -> dict[str, Count]:
    counts = dict[str, Count]()
    for number in reporting:
        person = country.people[number]
        said = randomize_with_os_randomness(day in person.ill, survey)
        before = counts.get(person.commune.code, _NOBODY)
        counts[person.commune.code] = Count(before.reports + 1, before.positives + said)
    return counts
