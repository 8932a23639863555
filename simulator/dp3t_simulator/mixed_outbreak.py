"""The engine where the renewal model holds: everybody meets anybody, and generations are counted.

Population, epidemic and response are those of every run; what is special are the scenario, and who
is asked when about whom [SIMULATOR-10]. The renewal equation

- knows no case that has symptoms and still goes about: whomever such a case infects is traced as if
  its symptoms had not come yet. So here whoever has fallen ill does so afresh, for the interviewers
  alone: at times drawn as those of people infected for as long who have no symptoms yet;
- traces forward only. So here people are asked about the days after their infection.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.epidemic.disease import disease
from dp3t_simulator.epidemic.engine import Epidemic
from dp3t_simulator.interfaces import NoNotification, World
from dp3t_simulator.meetings.table import meetings_of
from dp3t_simulator.population import Population, build
from dp3t_simulator.record import Record
from dp3t_simulator.renewal import FERRETTI_2020, basic_reproduction_number
from dp3t_simulator.response.agenda import Agenda
from dp3t_simulator.response.response import of as response_of
from dp3t_simulator.scenario.settings import (
    AppSettings,
    DiseaseSettings,
    IsolationSettings,
    ManualTracingSettings,
    PopulationSettings,
    QuarantineSettings,
    Scenario,
    TestingSettings,
)
from dp3t_simulator.state import NEVER, People, State, healthy
from dp3t_simulator.streams import Stream
from dp3t_simulator.world import live

PARAMETERS = "ferretti-2020"
FIRST, LAST = 2, 5
"""Generations compared with those before them: by then their ages have the shape that lasts."""

_DAYS_OF_QUARANTINE = 12
"""After so many days one in 4,000 transmissions is to come, and the healthy are free again soon."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """A population that mixes fully, and the measures in it.

    Attributes:
        isolation: share of those with symptoms who isolate, 0 to 1.
        tracing: share of traceable contacts that are quarantined, 0 to 1.
        delay_days: from symptoms to both, 0 to 14.
        afresh: whether people are asked as the renewal equation has it; else each case is asked
            once, also about the days before its infection, as in every other run.
        people: how many there are; the fewer are infected, the closer to the equation.
        seeds: infected on day 0.
        contacts: of each person a day. More make each less likely to infect twice, and keep more
            people in quarantine who are not infected.
        days: how long a run is; in 45 the fifth generation is over.
    """

    isolation: float
    tracing: float
    delay_days: int = 0
    afresh: bool = True
    people: int = 2_000_000
    seeds: int = 200
    contacts: int = 5
    days: int = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """How many one infects, as counted.

    Attributes:
        number: the mean.
        standard_error: its, by leaving out one run after another.
        infections: so many that were infected by somebody counted.
    """

    number: float
    standard_error: float
    infections: int


def reproduction(mixed: Mixed, *, seeds: Sequence[int], threads: int) -> Reproduction:
    """Return how many one infects, over runs that differ by their seeds.

    Args:
        mixed: population and measures.
        seeds: of the runs, at least two.
        threads: how many runs at once, at least 1; the result does not depend on it.

    Raises:
        ValueError: less than two runs or one thread.
    """
    if len(seeds) < 2:
        raise ValueError("an error needs at least two runs")
    return estimate(generations(mixed, seeds=seeds, threads=threads))


def generations(mixed: Mixed, *, seeds: Sequence[int], threads: int) -> Counts:
    """Return a row for each run: how many are infected in each generation, 0 to `LAST`."""
    scenario = scenario_of(mixed)
    people = build(scenario.population, scenario.people, 1)  # all are alike, whatever the seed

    def counts(seed: int) -> Counts:
        state = outbreak(mixed, people, seed)
        infected = state.generation[state.infected_day != NEVER]
        return np.bincount(infected, minlength=LAST + 1)[: LAST + 1]

    with ThreadPoolExecutor(threads) as pool:
        return np.array(list(pool.map(counts, seeds)))


def estimate(runs: Counts) -> Reproduction:
    """Return the ratio of neighbouring generations.

    Args:
        runs: a row for each run: how many are infected in each generation, 0 to `LAST` at least.
    """
    later = runs[:, FIRST + 1 : LAST + 1].sum(axis=1)
    earlier = runs[:, FIRST:LAST].sum(axis=1)
    without_one = (later.sum() - later) / (earlier.sum() - earlier)
    count = len(runs)
    variance = (count - 1) / count * float(((without_one - without_one.mean()) ** 2).sum())
    return Reproduction(
        number=float(later.sum() / earlier.sum()),
        standard_error=float(np.sqrt(variance)),
        infections=int(later.sum()),
    )


def scenario_of(mixed: Mixed) -> Scenario:
    """Return the scenario of the renewal model."""
    traceable = mixed.tracing * (1 - FERRETTI_2020.environmental_fraction)
    return Scenario(
        name="well-mixed",
        people=mixed.people,
        days=mixed.days,
        population=PopulationSettings(
            preset="well-mixed", occasional_daily=mixed.contacts, visits_daily=0.0
        ),
        disease=DiseaseSettings(
            parameters=PARAMETERS,
            reproduction_number=basic_reproduction_number(FERRETTI_2020),
            index_case="typical",
            seeds=mixed.seeds,
            asymptomatic_infectiousness=FERRETTI_2020.asymptomatic_infectiousness,
        ),
        testing=TestingSettings(symptomatic_probability=0.0, background_daily=0.0),
        isolation=IsolationSettings(
            on_symptoms_probability=mixed.isolation, delay_days=mixed.delay_days, days=30
        ),
        quarantine=QuarantineSettings(
            days=_DAYS_OF_QUARANTINE, compliance=1.0, daily_dropout=0.0, household=False
        ),
        app=AppSettings(uptake=0.0),
        manual_tracing=ManualTracingSettings(
            enabled=mixed.tracing > 0,
            on_symptoms=mixed.tracing > 0 and not mixed.afresh,
            interviews_per_100000_daily=100_000,
            delay_days=mixed.delay_days,
            look_back_days=10,
            recall_occasional=traceable,
        ),
    )


def outbreak(mixed: Mixed, people: Population, seed: int) -> State:
    """Return what is known of each person when a run is over."""
    scenario, state = scenario_of(mixed), healthy(people.people)
    meetings = meetings_of(people, scenario.population, days=scenario.days, seed=seed)
    world = World(
        scenario=scenario,
        seed=seed,
        threads=1,
        population=people,
        meetings=meetings,
        state=state,
    )
    epidemic, acting = Epidemic(world), response_of(world)
    afresh, record = Afresh(state, seed), Record(world, exposures=False)
    for day in range(scenario.days):
        if mixed.afresh:
            ill = afresh.morning(day)
            acting.interview(ill, state.infected_day[ill].astype(np.int32) + 1, day)
        live(day, epidemic, acting, NoNotification(), record)
    epidemic.close()
    return state


class Afresh:
    """Who falls ill on which day, and afresh as if symptoms had not come yet [SIMULATOR-10].

    Among those who infect, symptoms have come by day k of the infection in a share s(k), which
    counts those who never have any by how infectious they are. Whoever fell ill on day k does so
    again on day n > k with the probability (s(n) - s(n - 1)) / (1 - s(k)), or never.

    Args:
        state: of everybody.
        seed: of the draws.
    """

    def __init__(self, state: State, seed: int) -> None:
        of, paper = disease(PARAMETERS), FERRETTI_2020
        ill = 1 - paper.asymptomatic_fraction
        silent = paper.asymptomatic_fraction * paper.asymptomatic_infectiousness
        self._without = 1 - ill / (ill + silent) * of.incubation
        self._state, self._again = state, Agenda(1)
        self._drawn = Stream(seed, "mixed outbreak: ill afresh")

    def morning(self, day: int) -> People:
        """Return who falls ill on a day, the first time or afresh; days are asked for in order."""
        (again,) = self._again.due(day)
        first = np.flatnonzero(self._state.onset_day == day).astype(np.int32)
        both = np.concatenate((first, again))
        since = self._state.infected_day[both].astype(np.int64)
        left = self._drawn.uniform(both, day) * self._without[day - since]
        after = np.searchsorted(-self._without, -left)  # the first day that leaves so few
        some = after < len(self._without)
        later = (since + after)[some]
        for each in np.unique(later):
            self._again.add(int(each), both[some][later == each])
        return both
