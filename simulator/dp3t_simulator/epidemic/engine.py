"""The infection of a world, a day at a time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import floor
from typing import Any

import numpy as np

from dp3t_simulator.compiled import compiled
from dp3t_simulator.draws import absorb, stream_key
from dp3t_simulator.epidemic.calibration import factor_for
from dp3t_simulator.epidemic.course import (
    Calendar,
    advance,
    calendar_of,
    course_of,
    infect,
    write_absent,
)
from dp3t_simulator.epidemic.disease import Disease, disease
from dp3t_simulator.epidemic.spreading import Room, no_room, spread
from dp3t_simulator.epidemic.transmission import (
    Events,
    Rates,
    events_of,
    largest_hazards,
    largest_within,
    near_of,
    reaches,
    settle,
    still_infectious,
)
from dp3t_simulator.interfaces import World
from dp3t_simulator.meetings.layers import LAYERS, Layer
from dp3t_simulator.parts import cut
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.state import People, Stage
from dp3t_simulator.streams import Stream

_ROOM = 1024
_SOURCES_PER_THREAD = 1024
"""Fewer are gone through before another thread has begun."""

_PEOPLE_PER_THREAD = 1024
"""Fewer fall ill before another thread has begun."""

Run = Callable[..., Iterable[Any]]

_HOUR_SECONDS = 3600
_NO_PEOPLE = np.zeros(0, dtype=np.int32)


class Epidemic:
    """Course and transmission of one infection.

    Args:
        world: whose state it writes; nobody in it is infected, vaccinated or at home yet.

    Raises:
        ScenarioError: more people are to be infected at the start than there are, or the
            reproduction number asked for cannot be.
    """

    def __init__(self, world: World) -> None:
        settings, people = world.scenario.disease, world.state.people
        if settings.seeds > people:
            raise ScenarioError(f"disease.seeds is {settings.seeds}, and there are {people} people")
        self._world, self._settings = world, settings
        vaccination = world.scenario.vaccination
        self._disease = disease(settings.parameters)
        self._course = course_of(
            self._disease,
            world.population.age,
            world.seed,
            vaccine_days=vaccination.delay_days,
            vaccine_severe=severe_share(
                vaccination.efficacy_infection, vaccination.efficacy_severe
            ),
        )
        days = world.scenario.days
        self._calendars = [calendar_of(people, days)]
        self._calendars += [calendar_of(0, days, most=people) for _ in range(1, world.threads)]
        self.rates = rates_of(world, self._disease)
        self.factor = self._found_factor() if world.factor is None else world.factor
        self.rates = self.rates._replace(infectiousness=self.factor * self.rates.infectiousness)
        self._seed_key = stream_key(world.seed, "epidemic: seeds")
        self._imported = Stream(world.seed, "epidemic: imported")
        self._infectious, self._fresh = _NO_PEOPLE, _NO_PEOPLE
        self._rooms = list[Room]()
        self._earliest = np.full(people, -1, dtype=np.int32)
        self._threads = ThreadPoolExecutor(world.threads) if world.threads > 1 else None

    def _found_factor(self) -> float:
        world = self._world
        return factor_for(
            self._settings.reproduction_number,
            world.meetings,
            self.rates,
            self._course,
            world.state,
            world.seed,
            self._settings.index_case,
            world.threads,
        )

    @property
    def stages(self) -> dict[Stage, int]:
        """Return how many people are at each stage now."""
        counts = np.sum([each.stages for each in self._calendars], axis=0)
        return {stage: int(counts[stage]) for stage in Stage}

    def morning(self, day: int) -> People:
        """Let a day's events of the course happen; return whose symptoms begin, in order."""
        state = self._world.state
        parts = [each for each in self._calendars if each.waiting[day]]
        onsets = list(self._run(len(parts))(lambda each: advance(state, each, day), parts))
        return np.sort(np.concatenate([_NO_PEOPLE, *onsets]))

    def transmit(self, day: int) -> People:
        """Let people be infected on a day; return whom, in ascending order [EPIDEMIC-7].

        `Response.write_history` comes before it.
        """
        state = self._world.state
        write_absent(state, day)
        days = self._disease.infectious_days
        self._infectious = still_infectious(state, self._infectious, self._fresh, day, days)
        outside = self._infected_outside(day)
        self._infect(outside, day)
        events = self._transmissions(day)
        inside = np.sort(settle(state, events, self._earliest))
        self._infect(inside, day)
        self._fresh = np.sort(np.concatenate((outside, inside)))
        return self._fresh

    def close(self) -> None:
        """End the threads."""
        if self._threads:
            self._threads.shutdown()

    def _infect(self, people: People, day: int) -> None:
        """Begin the course of people, several at once, who then wait in different calendars."""
        parts = cut(people, min(len(self._calendars), 1 + len(people) // _PEOPLE_PER_THREAD))

        def infected(part: People, calendar: Calendar) -> None:
            infect(self._course, self._world.state, calendar, part, day)

        list(self._run(len(parts))(infected, parts, self._calendars[: len(parts)]))

    def _run(self, parts: int) -> Run:
        """Return what goes through some parts, at once where there are several."""
        return self._threads.map if self._threads and parts > 1 else map

    def _infected_outside(self, day: int) -> People:
        """Return who is infected at the start or from outside, in ascending order."""
        state = self._world.state
        wanted = floor(self._settings.imported_daily)
        rest = self._settings.imported_daily - wanted
        wanted += int(self._imported.uniform(day, 0) < rest)
        drawn = self._imported.bits(day, np.arange(1, wanted + 1)) % np.uint64(state.people)
        found = np.unique(drawn.astype(np.int32))
        if day == 0:
            seeds = chosen(self._seed_key, state.people, self._settings.seeds)
            found = np.union1d(seeds, found)
        susceptible: People = found[state.stage[found] == Stage.SUSCEPTIBLE]
        return susceptible

    def _transmissions(self, day: int) -> Events:
        """Return all transmissions of a day, by the sources in order."""
        worth = 1 + len(self._infectious) // _SOURCES_PER_THREAD
        parts = cut(self._infectious, min(self._world.threads, worth))
        every: list[Events] = list(self._run(len(parts))(partial(self._spread, day), parts))
        if len(every) == 1:
            return every[0]
        return Events(
            np.concatenate([each.target for each in every]),
            np.concatenate([each.source for each in every]),
            np.concatenate([each.start for each in every]),
            np.concatenate([each.layer for each in every]),
        )

    def _spread(self, day: int, sources: People) -> Events:
        """Return the transmissions of a day by some sources."""
        world, size = self._world, _ROOM + len(sources)
        room = self._rooms.pop() if self._rooms else no_room()
        while True:
            events = events_of(size)
            count = spread(world.meetings, self.rates, world.state, sources, day, room, events)
            if count <= size:
                self._rooms.append(room)
                return events.chosen(slice(count))
            size = count


def rates_of(world: World, of: Disease) -> Rates:
    """Return what hazards are made of, for infectiousness that adds up to 1."""
    settings, vaccination = world.scenario.disease, world.scenario.vaccination
    most_susceptible, people = float(of.susceptibility.max()), world.population
    susceptibility = of.susceptibility[people.age] / most_susceptible
    multipliers = np.array(
        [
            settings.household * of.weight.at_home,
            settings.school,
            settings.work,
            settings.occasional,
            settings.venue,
            1.0,  # measured contacts are what they are
        ]
    )
    rates = Rates(
        key=stream_key(world.seed, "epidemic: transmission"),
        infectiousness=of.infectiousness,
        asymptomatic=settings.asymptomatic_infectiousness,
        age=people.age,
        susceptibility=of.susceptibility / most_susceptible,
        vaccinated=1 - vaccination.efficacy_infection,
        vaccine_days=vaccination.delay_days,
        layer=multipliers,
        most=np.ones(LAYERS),
        at_home=largest_within(susceptibility, people.household, people.households),
        in_group=largest_within(susceptibility, people.group, people.groups),
        reach=np.zeros(0, dtype=np.float32),
        venue_seconds=float(
            min(of.weight.most_seconds, world.meetings.duration[Layer.VENUE].max())
        ),
        most_seconds=of.weight.most_seconds,
        near=near_of(of),
        scale=most_susceptible / _HOUR_SECONDS,
    )
    rates = rates._replace(most=largest_hazards(world.meetings, rates))
    return rates._replace(reach=reaches(world.meetings, rates))


def severe_share(efficacy_infection: float, efficacy_severe: float) -> float:
    """Return hospital stays of the vaccinated who are infected, relative to others.

    So many that, together with infections prevented, as many stays are prevented as is said; at
    most as many as without a vaccine.
    """
    infected = 1 - efficacy_infection
    return min(1.0, (1 - efficacy_severe) / infected) if infected else 0.0


@compiled
def chosen(key: np.uint64, people: int, count: int) -> People:
    """Return so many different people, each as likely as any other, in ascending order."""
    taken = np.zeros(people, dtype=np.bool_)
    found = draw = 0
    while found < count:
        person = absorb(key, draw) % np.uint64(people)
        draw += 1
        found += not taken[person]
        taken[person] = True
    return np.flatnonzero(taken).astype(np.int32)
