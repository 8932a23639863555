"""Tests: whose sample is taken when, and what comes of it."""

import tomllib
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.draws import Lots
from dp3t_simulator.response.agenda import Agenda, Column
from dp3t_simulator.response.groups import distinct
from dp3t_simulator.response.measures import Measures
from dp3t_simulator.scenario.settings import TestingSettings
from dp3t_simulator.state import NEVER, Stage, State

KNOWN_DAYS = 90
"""For so long after a positive result nobody is tested or quarantined again."""

Mask = NDArray[np.bool_]


def relative_sensitivity() -> NDArray[np.float64]:
    """Return the sensitivity on each day since the infection, divided by the best day's.

    From the last day given on it is 0; the source stands in `sensitivity.toml`.
    """
    text = (files("dp3t_simulator.response") / "sensitivity.toml").read_text("utf-8")
    given = tomllib.loads(text)
    found = 1 - np.interp(np.arange(given["day"][-1] + 1), given["day"], given["missed"])
    return np.asarray(found / found.max())


class Testing:
    """Samples and results, by the day on which they are due [RESPONSE-3].

    Args:
        settings: who is tested, and how good the test is.
        state: of everybody; `tested_day` is written here.
        seed: of all draws.
    """

    __test__ = False  # pytest collects classes of such a name

    def __init__(self, settings: TestingSettings, state: State, seed: int) -> None:
        self._settings, self._state = settings, state
        self._samples, self._results = Agenda(1), Agenda(3)
        self._outcome = Lots(seed, "response: outcome of a test")
        self._relative = relative_sensitivity()
        self.positive_day = np.full(state.people, NEVER, dtype=np.int16)
        """When a positive result last came in; -1 never."""

    def order(self, people: NDArray[np.integer], day: int) -> None:
        """Have samples taken on a day."""
        if self._settings.enabled:
            self._samples.add(day, people)

    def known(self, people: NDArray[np.integer], day: int) -> Mask:
        """Return who is known to be infected, or to have been so not long ago."""
        positive = self.positive_day[people]
        return np.asarray((positive != NEVER) & (day - positive < KNOWN_DAYS))

    def take(self, day: int, measures: Measures) -> None:
        """Take the samples that are due: one a person and day, of the living not known infected."""
        (due,) = self._samples.due(day)
        if not len(due):
            return
        people = distinct(due)
        people = people[(self._state.stage[people] != Stage.DEAD) & ~self.known(people, day)]
        people = people[self._state.tested_day[people] != day]
        self._state.tested_day[people] = day
        measures.tests += len(people)
        positive = self._outcome.uniform(people, day) < self._chance(people, day)
        back = day + self._settings.result_days
        self._results.add(back, people, np.full(len(people), day), positive.astype(np.int32))

    def results(self, day: int, measures: Measures) -> tuple[tuple[Column, Column], ...]:
        """Return person and day of the sample of the results due: of new cases, of negatives.

        Whoever is known to be infected already is no new case.
        """
        person, taken, positive = self._results.due(day)
        if not len(person):
            return (person, taken), (person, taken)
        found = positive == 1
        measures.positives += int(found.sum())
        measures.false_positives += int((found & ~self._infected(person, taken)).sum())
        new = found & ~self.known(person, day)
        self.positive_day[person[new]] = day
        return (person[new], taken[new]), (person[~found], taken[~found])

    def _infected(self, people: Column, taken: Column | int) -> Mask:
        """Return who had been infected by the day of the sample."""
        infected = self._state.infected_day[people]
        return np.asarray((infected != NEVER) & (infected <= taken))

    def _chance(self, people: Column, day: int) -> NDArray[np.float64]:
        """Return with which probability a sample of today is positive."""
        since = np.where(self._infected(people, day), day - self._state.infected_day[people], 0)
        found = self._relative[np.minimum(since, len(self._relative) - 1)]
        return np.maximum(found * self._settings.sensitivity, 1 - self._settings.specificity)
