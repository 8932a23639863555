"""What compiled loops know of who meets whom: arrays of a population, keys of the days."""

from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.draws import absorbed, stream_key, threshold
from dp3t_simulator.meetings import permutation
from dp3t_simulator.meetings.layers import LAYERS, Layer, templates
from dp3t_simulator.meetings.permutation import KEY_WORDS
from dp3t_simulator.population.population import MeasuredContacts, Population
from dp3t_simulator.streams import Stream

T = TypeVar("T", bound=np.generic)

VISIT = LAYERS
"""Place, among the keys of a day, of the key of visits."""

OCCASIONAL_KEY = VISIT + 1
"""Place of the permutation of half-edges."""

VENUE_KEY = OCCASIONAL_KEY + KEY_WORDS
"""Place of the permutation of visitors."""

KEYS = VENUE_KEY + KEY_WORDS
VISITING_FROM_AGE = 5
MAX_CONTACTS = 1024
"""The most contacts that anybody can have on a day, wherever they are."""


class MeetingsSettings(Protocol):
    """What a scenario says of contacts; `scenario.settings.PopulationSettings` has all of it."""

    @property
    def school_contact(self) -> float:
        """Probability that two of a class meet on a day."""

    @property
    def work_contact(self) -> float:
        """Probability that two of a team meet on a day."""

    @property
    def visits_daily(self) -> float:
        """Probability that somebody visits a place on a day."""

    @property
    def venue_capacity(self) -> int:
        """How many people could be at one place on a day."""


class Meetings(NamedTuple):
    """Everything that says who meets whom; n people, d days.

    Attributes:
        people: n.
        age: in years, of each person.
        household, household_first: of each person; the first person of each household, and n.
        group, group_first, group_member, group_kind: as in `Population`.
        edge_first, edge_owner: half-edges of occasional contacts, as in `Population`.
        edge_bits, venue_bits: of the permutations.
        capacity: visitors that a venue could have on a day.
        keys: a row for each day: keys of the layers, of visits, and the two permutations.
        meets: a row for each day: below which bits a contact of a layer happens.
        visits: below which bits somebody visits a place on a day.
        duration, distance_cm: templates by layer.
        opens, closes: hours of each layer in seconds of the day.
        cycle_days: days of measured contacts, which repeat; 0 without them.
        measured_*: as in `MeasuredContacts`.
    """

    people: int
    age: NDArray[np.uint8]
    household: NDArray[np.int32]
    household_first: NDArray[np.int32]
    group: NDArray[np.int32]
    group_first: NDArray[np.int32]
    group_member: NDArray[np.int32]
    group_kind: NDArray[np.uint8]
    edge_first: NDArray[np.int32]
    edge_owner: NDArray[np.int32]
    edge_bits: int
    venue_bits: int
    capacity: int
    keys: NDArray[np.uint64]
    meets: NDArray[np.uint64]
    visits: NDArray[np.uint64]
    duration: NDArray[np.int32]
    distance_cm: NDArray[np.int16]
    opens: NDArray[np.int32]
    closes: NDArray[np.int32]
    cycle_days: int
    measured_first: NDArray[np.int64]
    measured_partner: NDArray[np.int32]
    measured_start: NDArray[np.int32]
    measured_duration: NDArray[np.int32]
    measured_distance_cm: NDArray[np.int16]


class History(NamedTuple):
    """Where people were on the last 32 days; bit `day & 31` of each person's number.

    Attributes:
        home: stayed at home, and met only the household.
        absent: in hospital or dead, and met nobody.
    """

    home: NDArray[np.uint32]
    absent: NDArray[np.uint32]


def everybody_out(people: int) -> History:
    """Return the history of people all of whom went about."""
    return History(np.zeros(people, dtype=np.uint32), np.zeros(people, dtype=np.uint32))


def meetings_of(
    population: Population,
    settings: MeetingsSettings,
    *,
    days: int,
    seed: int,
    measured: MeasuredContacts | None = None,
) -> Meetings:
    """Return what tells who meets whom [MEETINGS-1].

    Args:
        population: the people.
        settings: how often they meet.
        days: how many are simulated.
        seed: of the simulation.
        measured: contacts that were measured, beside those of the population's layers.

    Raises:
        ValueError: somebody could have more contacts on a day than `MAX_CONTACTS`.
    """
    chances = np.ones(LAYERS)
    chances[Layer.SCHOOL], chances[Layer.WORK] = settings.school_contact, settings.work_contact
    meets = np.array([threshold(float(one)) for one in chances], dtype=np.uint64)
    edges = len(population.edge_owner)
    shapes = templates()
    firsts = (population.household_first, population.group_first, population.edge_first)
    most = [int(np.diff(first).max(initial=0)) for first in firsts]
    if measured is not None:
        most.append(measured.most_in_a_day)
    if sum(most) + settings.venue_capacity > MAX_CONTACTS:
        raise ValueError(f"nobody can have more than {MAX_CONTACTS} contacts on a day")
    return Meetings(
        people=population.people,
        age=population.age,
        household=population.household,
        household_first=population.household_first,
        group=population.group,
        group_first=population.group_first,
        group_member=population.group_member,
        group_kind=population.group_kind,
        edge_first=population.edge_first,
        edge_owner=population.edge_owner,
        edge_bits=permutation.bits_of(edges),
        venue_bits=permutation.bits_of(population.people),
        capacity=settings.venue_capacity,
        keys=_keys(days, seed, edges=edges, people=population.people),
        meets=np.tile(meets, (days, 1)),
        visits=np.full(days, threshold(settings.visits_daily)),
        duration=shapes.duration,
        distance_cm=shapes.distance_cm,
        opens=shapes.opens,
        closes=shapes.closes,
        cycle_days=0 if measured is None else measured.cycle_days,
        measured_first=_column(None if measured is None else measured.first, np.int64),
        measured_partner=_column(None if measured is None else measured.partner, np.int32),
        measured_start=_column(None if measured is None else measured.start, np.int32),
        measured_duration=_column(None if measured is None else measured.duration, np.int32),
        measured_distance_cm=_column(None if measured is None else measured.distance_cm, np.int16),
    )


def _keys(days: int, seed: int, *, edges: int, people: int) -> NDArray[np.uint64]:
    """Return a row of keys for each day."""
    layers = [stream_key(seed, f"meetings: {layer.name.lower()}") for layer in Layer]
    visit = stream_key(seed, "meetings: visit")
    occasional = Stream(seed, "meetings: occasional permutation")
    venue = Stream(seed, "meetings: venue permutation")
    edge_bits, venue_bits = permutation.bits_of(edges), permutation.bits_of(people)
    streams = np.array([*layers, visit], dtype=np.uint64)
    found = np.empty((days, KEYS), dtype=np.uint64)
    for day in range(days):
        found[day, :OCCASIONAL_KEY] = [absorbed(key, day) for key in streams]
        found[day, OCCASIONAL_KEY:VENUE_KEY] = permutation.key_of(occasional, day, bits=edge_bits)
        found[day, VENUE_KEY:] = permutation.key_of(venue, day, bits=venue_bits)
    return found


def _column(measured: NDArray[T] | None, kind: type[T]) -> NDArray[T]:
    """Return what was measured, or nothing of the same type: compiled loops are typed."""
    return np.zeros(0, dtype=kind) if measured is None else measured
