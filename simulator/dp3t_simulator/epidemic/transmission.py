"""What makes a contact transmit, and which of several transmissions to one person counts."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled, inlined
from dp3t_simulator.epidemic.disease import Disease, Shares
from dp3t_simulator.meetings.layers import Layer
from dp3t_simulator.meetings.table import Meetings
from dp3t_simulator.state import Bytes, People, Stage, State

_ASYMPTOMATIC = int(Stage.ASYMPTOMATIC)
_HOUSEHOLD, _SCHOOL = int(Layer.HOUSEHOLD), int(Layer.SCHOOL)
_OCCASIONAL = int(Layer.OCCASIONAL)
_NEAR_CM = 4096
_UNTOUCHED = -1
_MORE = 1.0001
"""No sum is rounded by as much."""


class Rates(NamedTuple):
    """What the hazard of a contact is made of [EPIDEMIC-5].

    Attributes:
        key: of the draws of transmission.
        infectiousness: of each day since the infection, times what brings about the reproduction
            number.
        asymptomatic: infectiousness of those who never have symptoms, relative.
        age: of each person.
        susceptibility: by age, relative to the largest.
        vaccinated: susceptibility of the vaccinated, relative.
        vaccine_days: how long a vaccine takes to work.
        layer: multiplier of each layer, with what an hour at home counts for.
        most: the largest hazard of a contact of each layer, where infectiousness is 1.
        at_home: the largest susceptibility within each household.
        in_group: the largest within each class and team.
        reach: of each person, the largest hazards of all slots of a day but for venues added up, or
            more.
        venue_seconds: how long a contact at a venue is that has the largest hazard there.
        most_seconds: from which on a longer contact weighs no more.
        near: weight by distance in centimetres; the last holds beyond.
        scale: hours in a second times the largest susceptibility.
    """

    key: np.uint64
    infectiousness: Shares
    asymptomatic: float
    age: Bytes
    susceptibility: Shares
    vaccinated: float
    vaccine_days: int
    layer: Shares
    most: Shares
    at_home: Shares
    in_group: Shares
    reach: NDArray[np.float32]
    venue_seconds: float
    most_seconds: int
    near: Shares
    scale: float


class Events(NamedTuple):
    """Transmissions, of which the earliest counts; columns of one length.

    Attributes:
        target: whom.
        source: by whom.
        start: when the contact began, in seconds of the day.
        layer: of the contact.
    """

    target: People
    source: People
    start: People
    layer: Bytes

    def chosen(self, which: slice | NDArray[np.bool_]) -> "Events":
        """Return some of the rows."""
        return Events(self.target[which], self.source[which], self.start[which], self.layer[which])


def events_of(size: int) -> Events:
    """Return room for transmissions."""
    return Events(
        np.empty(size, dtype=np.int32),
        np.empty(size, dtype=np.int32),
        np.empty(size, dtype=np.int32),
        np.empty(size, dtype=np.uint8),
    )


def near_of(disease: Disease) -> Shares:
    """Return the weight of each distance in centimetres."""
    beyond = np.maximum(0, np.arange(_NEAR_CM) - disease.weight.near_cm) / 100
    weight: Shares = disease.weight.per_metre**-beyond
    return weight


@inlined
def weight_of(rates: Rates, layer: int, duration: int, distance_cm: int) -> float:
    """Return how hazardous a contact is for the most susceptible, next to an hour nearby."""
    near = rates.near[min(distance_cm, len(rates.near) - 1)]
    return float(rates.layer[layer] * rates.scale * min(duration, rates.most_seconds) * near)


@inlined
def susceptibility_of(rates: Rates, state: State, person: int, day: int) -> float:
    """Return how easily somebody is infected on a day, relative to the most susceptible."""
    susceptibility = rates.susceptibility[rates.age[person]]
    if state.vaccinated_day[person] + rates.vaccine_days <= day:
        return float(susceptibility * rates.vaccinated)
    return float(susceptibility)


@inlined
def force_of(rates: Rates, state: State, source: int, day: int) -> float:
    """Return how infectious somebody infected is on a day."""
    force = rates.infectiousness[day - state.infected_day[source]]
    return float(force * rates.asymptomatic if state.stage[source] == _ASYMPTOMATIC else force)


@compiled
def settle(state: State, events: Events, earliest: People) -> People:
    """Let the earliest transmission to each target count; return the targets, in no order.

    Of two that begin at once that of the lower source counts, and of two of these that of the
    lower layer. `infector`, `infection_layer` and `generation` of the targets are written.

    Args:
        state: of everybody.
        events: transmissions.
        earliest: room for a number for each person, all of them -1; so they are left.
    """
    targets = np.empty(len(events.target), dtype=np.int32)
    found = 0
    for event in range(len(events.target)):
        target = events.target[event]
        other = earliest[target]
        if other == _UNTOUCHED:
            targets[found] = target
            found += 1
        if other == _UNTOUCHED or _precedes(events, event, other):
            earliest[target] = event
    for target in targets[:found]:
        event = earliest[target]
        source = events.source[event]
        state.infector[target] = source
        state.infection_layer[target] = events.layer[event]
        state.generation[target] = min(255, state.generation[source] + 1)
        earliest[target] = _UNTOUCHED
    return targets[:found]


@inlined
def _precedes(events: Events, one: int, other: int) -> bool:
    if events.start[one] != events.start[other]:
        return bool(events.start[one] < events.start[other])
    if events.source[one] != events.source[other]:
        return bool(events.source[one] < events.source[other])
    return bool(events.layer[one] < events.layer[other])


@compiled
def still_infectious(
    state: State, infected: People, fresh: People, day: int, infectious_days: int
) -> People:
    """Return who of two ascending lists may infect on a day, in ascending order."""
    active = np.empty(len(infected) + len(fresh), dtype=np.int32)
    found = at = 0
    for person in infected:
        while at < len(fresh) and fresh[at] < person:
            active[found] = fresh[at]
            found, at = found + 1, at + 1
        if day - state.infected_day[person] <= infectious_days:
            active[found] = person
            found += 1
    for person in fresh[at:]:
        active[found] = person
        found += 1
    return active[:found]


def largest_hazards(meetings: Meetings, rates: Rates) -> Shares:
    """Return the largest hazard that a contact of each layer can have with the most susceptible.

    Infectiousness is taken for 1.
    """
    weight = _weights(rates, meetings.duration, meetings.distance_cm).max(axis=1)
    measured = _weights(rates, meetings.measured_duration, meetings.measured_distance_cm)
    weight[Layer.MEASURED] = measured.max(initial=0.0)
    hazards: Shares = rates.layer * rates.scale * weight
    return hazards


@compiled
def reaches(meetings: Meetings, rates: Rates) -> NDArray[np.float32]:
    """Return the largest hazards of all slots that each person can have on a day, added up.

    Infectiousness is taken for 1, and venues are left out. It may be more, but never less.
    """
    found = np.empty(meetings.people, dtype=np.float32)
    for person in range(meetings.people):
        home, group = meetings.household[person], meetings.group[person]
        size = meetings.household_first[home + 1] - meetings.household_first[home]
        edges = meetings.edge_first[person + 1] - meetings.edge_first[person]
        reach = rates.most[_HOUSEHOLD] * rates.at_home[home] * size
        reach += rates.most[_OCCASIONAL] * edges
        if group >= 0:
            size = meetings.group_first[group + 1] - meetings.group_first[group]
            layer = _SCHOOL + meetings.group_kind[group]
            reach += rates.most[layer] * rates.in_group[group] * size
        found[person] = np.inf if meetings.cycle_days else reach * _MORE
    return found


def largest_within(susceptibility: Shares, unit_of: People, units: int) -> Shares:
    """Return the largest susceptibility within each household, or each class and team.

    Args:
        susceptibility: of each person.
        unit_of: where each person belongs; -1 nowhere.
        units: how many there are.
    """
    most = np.zeros(units)
    inside = unit_of >= 0
    np.maximum.at(most, unit_of[inside], susceptibility[inside])
    return most


def _weights(rates: Rates, duration: NDArray[np.int32], distance_cm: NDArray[np.int16]) -> Shares:
    near = rates.near[np.minimum(distance_cm, len(rates.near) - 1)]
    weights: Shares = near * np.minimum(duration, rates.most_seconds)
    return weights
