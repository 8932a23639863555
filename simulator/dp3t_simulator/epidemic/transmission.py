"""Who infects whom on a day: from the infectious on, passing over what does not transmit.

The slots of an infectious person, in which contacts may happen, lie one after another on a line,
each as long as the largest hazard a contact of its layer can have. Points fall on the line as in a
Poisson process of rate 1, so most slots are jumped over; a point in a slot transmits with the
contact's hazard divided by the largest. Each contact then transmits with probability 1 - exp(-its
hazard), which is what drawing for each contact would give [EPIDEMIC-6].
"""

from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled, inlined, uncounted
from dp3t_simulator.draws import absorb, unit
from dp3t_simulator.epidemic.disease import Disease, Shares
from dp3t_simulator.meetings.kernels import (
    NOBODY,
    VENUE,
    at_venue,
    describe,
    planned_visit,
    slot,
    slots,
)
from dp3t_simulator.meetings.layers import LAYERS, Layer
from dp3t_simulator.meetings.table import Meetings
from dp3t_simulator.state import Bytes, People, Stage, State

_SUSCEPTIBLE, _ASYMPTOMATIC = int(Stage.SUSCEPTIBLE), int(Stage.ASYMPTOMATIC)
_HOUSEHOLD, _WORK = int(Layer.HOUSEHOLD), int(Layer.WORK)
_NEAR_CM = 4096
_UNTOUCHED = -1


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


class Line(NamedTuple):
    """Room for the line of one source, by layer: its parts, their slots, the largest hazards."""

    length: Shares
    slots: NDArray[np.int64]
    most: Shares


def no_line() -> Line:
    """Return room for a line."""
    return Line(np.zeros(LAYERS), np.zeros(LAYERS, dtype=np.int64), np.zeros(LAYERS))


@uncounted
def spread(
    meetings: Meetings,
    rates: Rates,
    state: State,
    sources: People,
    day: int,
    line: Line,
    events: Events,
) -> int:
    """Write the transmissions of a day by some sources; return how many there are.

    More than there is room for are counted and not written. Several threads may do this at once,
    each for sources and with room of its own.

    Args:
        meetings: who meets whom.
        rates: of transmission.
        state: of everybody, as it is on the day.
        sources: who is infected, since at most as many days as there are infectious ones.
        day: which.
        line: room for the line of one source.
        events: the room for what is found.
    """
    bit = np.uint32(1) << np.uint32(day & 31)
    day_key = absorb(rates.key, day)
    found = 0
    for source in sources:
        if state.absent[source] & bit:
            continue
        layers = 1 if state.home[source] & bit else LAYERS
        force = force_of(rates, state, source, day)
        visit = planned_visit(meetings, source, day) if layers > VENUE else (NOBODY, 0, 0)
        total = 0.0
        for layer in range(layers):
            line.most[layer] = rates.most[layer]
            if layer == VENUE:  # nobody is met for longer than one stays
                line.slots[layer] = meetings.capacity if visit[0] != NOBODY else 0
                line.most[layer] *= min(1.0, (visit[2] - visit[1]) / rates.venue_seconds)
            else:
                line.slots[layer] = slots(meetings, source, layer, day)
            if layer == _HOUSEHOLD:
                line.most[layer] *= rates.at_home[meetings.household[source]]
            elif layer <= _WORK and line.slots[layer]:
                line.most[layer] *= rates.in_group[meetings.group[source]]
            line.length[layer] = force * line.most[layer] * line.slots[layer]
            total += line.length[layer]
        source_key = absorb(day_key, source)
        at, draw = 0.0, 0
        while True:
            at -= log(1.0 - unit(absorb(source_key, draw)))
            if at >= total:
                break
            draw += 2
            layer, within = 0, at
            while layer < layers - 1 and within >= line.length[layer]:
                within -= line.length[layer]
                layer += 1
            if within >= line.length[layer]:
                continue  # rounding, at the very end of the line
            place = int(within / line.length[layer] * line.slots[layer])
            place = min(place, line.slots[layer] - 1)
            if layer == VENUE:
                partner, bits = at_venue(meetings, source, day, visit, place)
            else:
                partner, bits = slot(meetings, source, layer, place, day)
            if partner == NOBODY:
                continue
            start, duration, distance_cm = describe(meetings, layer, bits)
            hazard = weight_of(rates, layer, duration, distance_cm)
            needed = unit(absorb(source_key, draw - 1)) * line.most[layer]
            if needed >= hazard or state.stage[partner] != _SUSCEPTIBLE:
                continue  # most end here, without a look at the partner
            if state.absent[partner] & bit or (layer != _HOUSEHOLD and state.home[partner] & bit):
                continue
            if needed < hazard * susceptibility_of(rates, state, partner, day):
                if found < len(events.target):
                    events.target[found] = partner
                    events.source[found] = source
                    events.start[found] = start
                    events.layer[found] = layer
                found += 1
    return found


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
