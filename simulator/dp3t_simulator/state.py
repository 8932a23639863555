"""What is known of each person: one array a fact, so that compiled loops take them as they are.

Days are days of the simulation. Whoever owns an array writes it: the epidemic the course of the
disease and `absent`, the response what people do about it and `home`, the warnings nothing.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NEVER = -1
"""A day that has not come and is not foreseen."""

NOBODY = -1
"""Who infected those infected at the start or from outside, and those never infected."""

NO_LAYER = 255
"""Where those were infected."""

NOT_VACCINATED = 32_767
"""The day of vaccination of who is never vaccinated: later than any day."""

MOST_DAYS = 32_000
"""The longest simulation, so that whatever is foreseen on its last day still has a number."""

Bytes = NDArray[np.uint8]
Days = NDArray[np.int16]
People = NDArray[np.int32]
Words = NDArray[np.uint32]


class Stage(IntEnum):
    """Where a person stands in the disease; the number is what `State.stage` holds."""

    SUSCEPTIBLE = 0
    INCUBATING = 1
    SYMPTOMATIC = 2
    ASYMPTOMATIC = 3
    """From the infection on, where symptoms never come."""
    HOSPITAL = 4
    RECOVERED = 5
    DEAD = 6


NEVER_ILL, SEVERE, FATAL = 1, 2, 4
"""Bits of `State.course`: has no symptoms, will be in hospital, will die."""


class State(NamedTuple):
    """Facts about each person [EPIDEMIC-4].

    Attributes:
        infected_day: when infected; -1 never.
        infector: by whom; -1 at the start, from outside, or never.
        infection_layer: in which layer of contacts; 255 where nobody infected them.
        generation: how many transmissions lie before; at most 255. 0 at the start and from outside.
        stage: a `Stage`.
        course: bits `NEVER_ILL`, `SEVERE`, `FATAL`, decided at the infection.
        onset_day: when symptoms begin, foreseen from the infection on; -1 where they never do.
        hospital_day: the first day in hospital, foreseen likewise; -1 where there is none.
        end_day: of recovery or death, foreseen likewise; -1 never infected.
        home: bit (day & 31) says whether somebody stays at home on that day of the last 32, and so
            meets only the household.
        absent: whether somebody is in hospital or dead, likewise, and meets nobody.
        isolated_until: the first day out of isolation again; 0 none so far.
        quarantined_until: the first day out of quarantine again; 0 none so far.
        quarantine_from: the first day of the latest quarantine; -1 none so far.
        vaccinated_day: when vaccinated; 32767 never.
        app: 1 where a phone runs the app.
        tested_day: when the latest sample was taken; -1 never.
        uploaded_day: when the keys were uploaded; -1 never.
        notified_day: when the app warned for the first time; -1 never.
    """

    infected_day: Days
    infector: People
    infection_layer: Bytes
    generation: Bytes
    stage: Bytes
    course: Bytes
    onset_day: Days
    hospital_day: Days
    end_day: Days
    home: Words
    absent: Words
    isolated_until: Days
    quarantined_until: Days
    quarantine_from: Days
    vaccinated_day: Days
    app: Bytes
    tested_day: Days
    uploaded_day: Days
    notified_day: Days

    @property
    def people(self) -> int:
        """Return how many people there are."""
        return len(self.stage)


def healthy(people: int) -> State:
    """Return the state before anything happened: nobody infected, vaccinated or with the app.

    Raises:
        ValueError: nobody.
    """
    if people < 1:
        raise ValueError("there is at least one person")

    def days(value: int) -> Days:
        return np.full(people, value, dtype=np.int16)

    def zeros() -> Bytes:
        return np.zeros(people, dtype=np.uint8)

    return State(
        infected_day=days(NEVER),
        infector=np.full(people, NOBODY, dtype=np.int32),
        infection_layer=np.full(people, NO_LAYER, dtype=np.uint8),
        generation=zeros(),
        stage=zeros(),
        course=zeros(),
        onset_day=days(NEVER),
        hospital_day=days(NEVER),
        end_day=days(NEVER),
        home=np.zeros(people, dtype=np.uint32),
        absent=np.zeros(people, dtype=np.uint32),
        isolated_until=days(0),
        quarantined_until=days(0),
        quarantine_from=days(NEVER),
        vaccinated_day=days(NOT_VACCINATED),
        app=zeros(),
        tested_day=days(NEVER),
        uploaded_day=days(NEVER),
        notified_day=days(NEVER),
    )
