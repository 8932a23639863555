"""What phones and their owners do by chance: clocks, days online, check-ins; both fidelities ask.

A draw belongs to a person whether or not they have the app [WARNINGS-2].
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import uncounted
from dp3t_simulator.draws import absorb, happens, stream_key, threshold
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.streams import Stream

MOST_SKEW_SECONDS = 7200
"""No clock is further from the true time."""

VISIT_RETENTION_DAYS = 10
"""How long a phone keeps the record of a visit [VISIT-12]; nobody asks for earlier traces."""

_PEOPLE_AT_ONCE = 2**16


class Habits(NamedTuple):
    """The draws of a run, for compiled loops.

    Attributes:
        skew: by how many seconds the clock of each person's phone is ahead.
        online_key: state of a stream.
        online_below: below which a phone is online on a day.
        check_in_key: state of a stream.
        check_in_below: below which a person checks in at a visit.
    """

    skew: NDArray[np.int16]
    online_key: np.uint64
    online_below: np.uint64
    check_in_key: np.uint64
    check_in_below: np.uint64


def of(scenario: Scenario, seed: int) -> Habits:
    """Return the habits of everybody in a scenario."""
    return Habits(
        skew=clocks(scenario.people, spread_seconds=scenario.app.clock_skew_seconds, seed=seed),
        online_key=stream_key(seed, "warnings: online"),
        online_below=threshold(scenario.app.online_daily),
        check_in_key=stream_key(seed, "warnings: check-ins"),
        check_in_below=threshold(scenario.presence.check_in),
    )


def clocks(people: int, *, spread_seconds: float, seed: int) -> NDArray[np.int16]:
    """Return by how much each person's clock is ahead, -7200 to 7200 s.

    Args:
        people: how many.
        spread_seconds: the standard deviation, before it is cut.
        seed: of the run.
    """
    stream = Stream(seed, "warnings: clocks")
    skew = np.zeros(people, dtype=np.int16)
    for first in range(0, people if spread_seconds else 0, _PEOPLE_AT_ONCE):
        some = np.arange(first, min(people, first + _PEOPLE_AT_ONCE))
        size = np.sqrt(-2 * np.log(1 - stream.uniform(some, 0)))
        ahead = spread_seconds * size * np.cos(2 * np.pi * stream.uniform(some, 1))
        whole = np.floor(ahead + 0.5)
        skew[some] = np.clip(whole, -MOST_SKEW_SECONDS, MOST_SKEW_SECONDS)
    return skew


@uncounted
def online(habits: Habits, person: int, day: int) -> bool:
    """Return whether a person's phone has a network on a day."""
    return happens(absorb(absorb(habits.online_key, day), person), habits.online_below)


@uncounted
def checks_in(habits: Habits, person: int, day: int) -> bool:
    """Return whether a person who visits a venue on a day scans the code at its door."""
    return happens(absorb(absorb(habits.check_in_key, day), person), habits.check_in_below)


@uncounted
def reads_on(habits: Habits, person: int, day: int, last: int) -> int:
    """Return the first day online from a day on, or -1 where there is none up to the last."""
    for later in range(day, last + 1):
        if online(habits, person, later):
            return later
    return -1
