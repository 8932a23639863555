"""Who is vaccinated when: a number of people a day, the oldest first."""

from math import floor

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.scenario.settings import VaccinationSettings
from dp3t_simulator.state import NOT_VACCINATED, Days
from dp3t_simulator.streams import Stream


def amount(daily: float, day: int) -> int:
    """Return how many fall on a day when `daily`, maybe a fraction, fall on each.

    After n days it is n times `daily`, rounded down; what a day leaves unused is lost.
    """
    return floor((day + 1) * daily + _ROUNDING) - floor(day * daily + _ROUNDING)


_ROUNDING = 1e-9
"""A product like 0.1 · 30 is not below 3 for the sake of its last bit."""


def vaccination_days(
    settings: VaccinationSettings, age: NDArray[np.uint8], days: int, seed: int
) -> Days:
    """Return on which day each person is vaccinated, `NOT_VACCINATED` for the others [RESPONSE-12].

    The doses of a day go to the oldest who have none, in an order drawn by lot among those of one
    age; whoever is below the minimum age gets none. That a dose works `delay_days` later is the
    epidemic's business.
    """
    found = np.full(len(age), NOT_VACCINATED, dtype=np.int16)
    if not settings.enabled:
        return found
    order = _order(settings, age, seed)
    given = 0
    for day in range(settings.start_day, days):
        doses = amount(settings.daily_share * len(age), day - settings.start_day)
        found[order[given : given + doses]] = day
        given += doses
    return found


def _order(settings: VaccinationSettings, age: NDArray[np.uint8], seed: int) -> NDArray[np.integer]:
    """Return who may be vaccinated, in the order of their turn."""
    lot = Stream(seed, "response: turn of vaccination").bits(np.arange(len(age)))
    drawn = np.argsort((lot >> np.uint64(48)).astype(np.uint16), kind="stable")
    turn = drawn[np.argsort(255 - age[drawn], kind="stable")]
    return turn[age[turn] >= settings.minimum_age]
