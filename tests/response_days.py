"""A population of a few, and days of its response that a test looks at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dp3t_simulator.interfaces import PROXIMITY, Notices, World
from dp3t_simulator.meetings.table import History, Meetings, meetings_of
from dp3t_simulator.population import NO_GROUP, MeasuredContacts, Population
from dp3t_simulator.response.response import Response, of
from dp3t_simulator.scenario.settings import (
    AppSettings,
    IsolationSettings,
    PopulationSettings,
    QuarantineSettings,
    Scenario,
    TestingSettings,
)
from dp3t_simulator.state import Stage, State, healthy

CERTAIN = Scenario(
    name="everybody does everything",
    days=100,
    population=PopulationSettings(visits_daily=0.0),
    testing=TestingSettings(
        symptomatic_probability=1.0,
        sensitivity=1.0,
        specificity=1.0,
        background_daily=0.0,
        on_notice_probability=0.0,
    ),
    isolation=IsolationSettings(on_symptoms_probability=1.0, on_positive_probability=1.0),
    quarantine=QuarantineSettings(compliance=1.0, daily_dropout=0.0, household=False),
    app=AppSettings(compliance=1.0, upload_consent=1.0, redaction=0.0),
)
"""Whatever a test does not switch off happens for certain; households are left in peace."""

LONG_AGO = 8
"""So many days before a sample an infection is found for certain."""


def households(*sizes: int) -> Population:
    """Return people of 40 years who meet nobody but at home."""
    people = sum(sizes)
    return Population(
        people=people,
        age=np.full(people, 40, dtype=np.uint8),
        household=np.repeat(np.arange(len(sizes)), sizes).astype(np.int32),
        household_first=np.cumsum([0, *sizes]).astype(np.int32),
        group=np.full(people, NO_GROUP, dtype=np.int32),
        group_first=np.zeros(1, dtype=np.int32),
        group_member=np.zeros(0, dtype=np.int32),
        group_kind=np.zeros(0, dtype=np.uint8),
        edge_first=np.zeros(people + 1, dtype=np.int32),
        edge_owner=np.zeros(0, dtype=np.int32),
    )


@dataclass(slots=True)
class Day:
    """What was seen of one day."""

    home: list[int]
    uploads: list[int]
    tests: int
    positives: int
    released_early: int
    traced: int


@dataclass(slots=True)
class Days:
    """Days that are lived one after another.

    Attributes:
        response: what acts.
        state: of everybody.
        seen: of each day so far.
    """

    response: Response
    state: State
    seen: list[Day] = field(default_factory=list)

    def live(
        self,
        days: int,
        *,
        onsets: Mapping[int, Sequence[int]] | None = None,
        notices: Mapping[int, Iterable[tuple[int, int]]] | None = None,
        kind: int = PROXIMITY,
    ) -> "Days":
        """Live more days.

        Args:
            days: how many.
            onsets: whose symptoms begin, by day.
            notices: person and day of the exposure, by day of the warning.
            kind: of all warnings.
        """
        for _ in range(days):
            day = len(self.seen)
            ill = np.array((onsets or {}).get(day, ()), dtype=np.int32)
            self.state.stage[ill] = Stage.SYMPTOMATIC
            uploads, _ = self.response.morning(day, ill)
            self.response.react(day, _notices((notices or {}).get(day, ()), kind))
            self.response.write_history(day)
            self.seen.append(self._seen(day, uploads.person.tolist()))
        return self

    def home(self, person: int) -> list[int]:
        """Return the days that somebody stayed at home."""
        return [day for day, seen in enumerate(self.seen) if person in seen.home]

    def uploads(self) -> list[tuple[int, int]]:
        """Return day and person of all uploads."""
        return [(day, each) for day, seen in enumerate(self.seen) for each in seen.uploads]

    def tests(self) -> list[int]:
        """Return the day of each sample."""
        return [day for day, seen in enumerate(self.seen) for _ in range(seen.tests)]

    def _seen(self, day: int, uploads: list[int]) -> Day:
        bits = self.state.home >> np.uint32(day % 32) & np.uint32(1)
        done = self.response.measures
        home = [int(person) for person in np.flatnonzero(bits)]
        assert done.at_home == len(home)
        return Day(home, uploads, done.tests, done.positives, done.released_early, done.traced)


def _notices(rows: Iterable[tuple[int, int]], kind: int) -> Notices:
    """Return warnings of persons and days of exposure."""
    listed = sorted(rows)
    return Notices(
        person=np.array([person for person, _ in listed], dtype=np.int32),
        exposed_day=np.array([day for _, day in listed], dtype=np.int16),
        kind=np.full(len(listed), kind, dtype=np.uint8),
    )


def lived(
    scenario: Scenario,
    population: Population,
    *,
    contacts: Sequence[tuple[int, int, int]] | None = None,
    seed: int = 1,
) -> Days:
    """Return a life of a population on whose first day nothing has happened yet.

    Args:
        scenario: what happens there.
        population: who lives there.
        contacts: day and two people of each contact; of nobody unless given.
        seed: of all draws.
    """
    state = healthy(population.people)
    if contacts is None:
        meetings = meetings_of(population, scenario.population, days=scenario.days, seed=seed)
    else:
        meetings = measured_meetings(population, scenario.days, contacts)
    world = World(
        scenario=scenario,
        seed=seed,
        threads=1,
        population=population,
        meetings=meetings,
        state=state,
    )
    return Days(of(world), state)


def measured_meetings(
    population: Population, days: int, contacts: Sequence[tuple[int, int, int]]
) -> Meetings:
    """Return meetings that are known: day and two people of each contact, at noon."""
    rows = sorted({(day, one, other) for day, a, b in contacts for one, other in ((a, b), (b, a))})
    count, people = len(rows), population.people
    places = [day * people + one for day, one, _ in rows]
    measured = MeasuredContacts(
        people=people,
        cycle_days=days,
        first=np.searchsorted(places, np.arange(days * people + 1)).astype(np.int64),
        partner=np.array([other for _, _, other in rows], dtype=np.int32),
        start=np.full(count, 43_200, dtype=np.int32),
        duration=np.full(count, 900, dtype=np.int32),
        distance_cm=np.full(count, 100, dtype=np.int16),
        cut_share=0.0,
    )
    return meetings_of(population, CERTAIN.population, days=days, seed=1, measured=measured)


def free(people: int) -> History:
    """Return a history in which nobody stayed at home or was in hospital."""
    return History(home=np.zeros(people, dtype=np.uint32), absent=np.zeros(people, dtype=np.uint32))
