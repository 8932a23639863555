"""Who infects whom on a day: from the infectious on, passing over what does not transmit.

The slots of an infectious person, in which contacts may happen, lie one after another on a line,
each as long as the largest hazard a contact of its layer can have. Points fall on the line as in a
Poisson process of rate 1, so most slots are jumped over; a point in a slot transmits with the
contact's hazard divided by the largest. Each contact then transmits with probability 1 - exp(-its
hazard), which is what drawing for each contact would give [EPIDEMIC-6].

Sources are taken some at a time, and each step is done for all of them, since a processor waits for
far memory once for many looks at it and once for each that the next one depends on. Half of all
sources have no point on their line at all, which is seen before the line is laid out.
"""

from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import inlined, uncounted
from dp3t_simulator.draws import absorb, happens, pair, unit
from dp3t_simulator.epidemic.disease import Shares
from dp3t_simulator.epidemic.transmission import (
    Events,
    Rates,
    force_of,
    susceptibility_of,
    weight_of,
)
from dp3t_simulator.meetings.kernels import (
    MEASURED,
    NOBODY,
    OCCASIONAL,
    VENUE,
    all_across,
    all_visitors,
    describe,
    overlap,
    planned_visit,
    slot,
    slots,
    visits,
)
from dp3t_simulator.meetings.layers import LAYERS, Layer
from dp3t_simulator.meetings.table import Meetings
from dp3t_simulator.state import People, Stage, State

_SUSCEPTIBLE = int(Stage.SUSCEPTIBLE)
_HOUSEHOLD, _SCHOOL, _WORK = int(Layer.HOUSEHOLD), int(Layer.SCHOOL), int(Layer.WORK)
_SOURCES, _POINTS = 256, 2048
"""How many are gone through at a time: they stay in the nearest memory."""


class Lines(NamedTuple):
    """Room for some sources and the points on their lines.

    Attributes:
        source: who has a point on the line, maybe.
        at: where the first point is.
        force: how infectious each is.
        key: state of the stream of each.
        layers: in how many layers each meets anybody.
        visit: venue, arrival and departure of each.
        length, slots, most: of one source's line by layer: its parts, their slots, the largest
            hazards.
        points: by layer, how many there are.
        of: by layer and point, whose: a place in `source`.
        place: by layer and point, the slot.
        needed: by layer and point, which hazard transmits.
    """

    source: People
    at: Shares
    force: Shares
    key: NDArray[np.uint64]
    layers: People
    visit: People
    length: Shares
    slots: NDArray[np.int64]
    most: Shares
    points: NDArray[np.int64]
    of: People
    place: People
    needed: Shares


class Hits(NamedTuple):
    """Room for points of one layer, at last those hazardous enough for the most susceptible.

    Attributes:
        partner: who is met; first the half-edge where it is an occasional contact.
        source: by whom; first a place in `Lines.source`.
        start: when, in seconds of the day.
        needed: which hazard transmits.
        hazard: of the contact with the most susceptible.
        bits: draws of the slots.
    """

    partner: People
    source: People
    start: People
    needed: Shares
    hazard: Shares
    bits: NDArray[np.uint64]


class Room(NamedTuple):
    """What one thread needs to spread."""

    lines: Lines
    hits: Hits


def no_room() -> Room:
    """Return room in which nothing is yet."""

    def whole(*shape: int) -> People:
        return np.zeros(shape, dtype=np.int32)

    lines = Lines(
        source=whole(_SOURCES),
        at=np.zeros(_SOURCES),
        force=np.zeros(_SOURCES),
        key=np.zeros(_SOURCES, dtype=np.uint64),
        layers=whole(_SOURCES),
        visit=whole(_SOURCES, 3),
        length=np.zeros(LAYERS),
        slots=np.zeros(LAYERS, dtype=np.int64),
        most=np.zeros(LAYERS),
        points=np.zeros(LAYERS, dtype=np.int64),
        of=whole(LAYERS, _POINTS),
        place=whole(LAYERS, _POINTS),
        needed=np.zeros((LAYERS, _POINTS)),
    )
    (partner, source, start), (needed, hazard) = whole(3, _POINTS), np.zeros((2, _POINTS))
    bits = np.zeros(_POINTS, dtype=np.uint64)
    return Room(lines, Hits(partner, source, start, needed, hazard, bits))


@uncounted
def spread(
    meetings: Meetings,
    rates: Rates,
    state: State,
    sources: People,
    day: int,
    room: Room,
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
        room: what is in it does not matter.
        events: the room for what is found, in no order.
    """
    found, lines = 0, room.lines
    for first in range(0, len(sources), _SOURCES):
        chosen = _with_points(meetings, rates, state, sources, first, day, lines)
        for at in range(chosen):
            total = _lay_out(meetings, rates, day, lines, at)
            where, draw = lines.at[at], 0
            while where < total:
                layer, within = 0, where
                while layer < lines.layers[at] - 1 and within >= lines.length[layer]:
                    within -= lines.length[layer]
                    layer += 1
                if within < lines.length[layer]:  # but for rounding, at the very end of the line
                    if lines.points[layer] == _POINTS:
                        found = _transmit(meetings, rates, state, day, room, layer, events, found)
                    _mark(lines, layer, at, within, unit(absorb(lines.key[at], draw + 1)))
                draw += 2
                where -= log(1.0 - unit(absorb(lines.key[at], draw)))
        for layer in range(LAYERS):
            found = _transmit(meetings, rates, state, day, room, layer, events, found)
    return found


@inlined
def _with_points(
    meetings: Meetings,
    rates: Rates,
    state: State,
    sources: People,
    first: int,
    day: int,
    lines: Lines,
) -> int:
    """Write down which of the next sources may have a point on the line; return how many."""
    bit = np.uint32(1) << np.uint32(day & 31)
    day_key, at_venue_at_most = absorb(rates.key, day), rates.most[VENUE] * meetings.capacity
    chosen = 0
    for each in range(first, min(first + _SOURCES, len(sources))):
        source = sources[each]
        key, force = absorb(day_key, source), force_of(rates, state, source, day)
        at = -log(1.0 - unit(absorb(key, 0)))
        lines.source[chosen], lines.key[chosen] = source, key
        lines.force[chosen], lines.at[chosen] = force, at
        lines.layers[chosen] = 1 if state.home[source] & bit else LAYERS
        reach = rates.reach[source] + at_venue_at_most * visits(meetings, source, day)
        chosen += (at < force * reach) & ((state.absent[source] & bit) == 0)
    return chosen


@inlined
def _lay_out(meetings: Meetings, rates: Rates, day: int, lines: Lines, at: int) -> float:
    """Lay out the line of a source; return how long it is."""
    source = lines.source[at]
    home, group = meetings.household[source], meetings.group[source]
    count = meetings.household_first[home + 1] - meetings.household_first[home]
    total = _laid(lines, at, _HOUSEHOLD, rates.most[_HOUSEHOLD] * rates.at_home[home], count)
    if lines.layers[at] == 1:
        return total
    _laid(lines, at, _SCHOOL, 0.0, 0)
    _laid(lines, at, _WORK, 0.0, 0)
    if group >= 0:
        layer = _SCHOOL + meetings.group_kind[group]
        count = meetings.group_first[group + 1] - meetings.group_first[group]
        total += _laid(lines, at, layer, rates.most[layer] * rates.in_group[group], count)
    count = meetings.edge_first[source + 1] - meetings.edge_first[source]
    total += _laid(lines, at, OCCASIONAL, rates.most[OCCASIONAL], count)
    visit = planned_visit(meetings, source, day)
    lines.visit[at, 0], lines.visit[at, 1], lines.visit[at, 2] = visit
    if visit[0] != NOBODY:  # nobody is met for longer than one stays
        share = min(1.0, (visit[2] - visit[1]) / rates.venue_seconds)
        total += _laid(lines, at, VENUE, rates.most[VENUE] * share, meetings.capacity)
    else:
        _laid(lines, at, VENUE, 0.0, 0)
    count = slots(meetings, source, MEASURED, day)
    return total + _laid(lines, at, MEASURED, rates.most[MEASURED], count)


@inlined
def _laid(lines: Lines, at: int, layer: int, most: float, count: int) -> float:
    """Write down a layer's part of a source's line; return how long it is."""
    length = float(lines.force[at] * most * count)
    lines.most[layer], lines.slots[layer], lines.length[layer] = most, count, length
    return length


@inlined
def _mark(lines: Lines, layer: int, at: int, within: float, drawn: float) -> None:
    """Write down a point of a layer."""
    point = lines.points[layer]
    place = int(within / lines.length[layer] * lines.slots[layer])
    lines.of[layer, point] = at
    lines.place[layer, point] = min(place, lines.slots[layer] - 1)
    lines.needed[layer, point] = drawn * lines.most[layer]
    lines.points[layer] = point + 1


@uncounted
def _transmit(
    meetings: Meetings,
    rates: Rates,
    state: State,
    day: int,
    room: Room,
    layer: int,
    events: Events,
    found: int,
) -> int:
    """Let the points of a layer transmit, and strike them off; return how many events there are."""
    bit = np.uint32(1) << np.uint32(day & 31)
    hits = room.hits
    count = _hit(meetings, rates, day, room.lines, layer, hits)
    for hit in range(count):
        partner = hits.partner[hit]
        if state.stage[partner] != _SUSCEPTIBLE or state.absent[partner] & bit:
            continue
        if layer != _HOUSEHOLD and state.home[partner] & bit:
            continue
        if hits.needed[hit] < hits.hazard[hit] * susceptibility_of(rates, state, partner, day):
            if found < len(events.target):
                events.target[found], events.source[found] = partner, hits.source[hit]
                events.start[found], events.layer[found] = hits.start[hit], layer
            found += 1
    return found


@uncounted
def _hit(meetings: Meetings, rates: Rates, day: int, lines: Lines, layer: int, hits: Hits) -> int:
    """Write down whom points of a layer could infect, and strike them off; return how many.

    Most end here, without a look at the partner. Each step is done for all points.
    """
    points = _met(meetings, lines, layer, day, hits)
    lines.points[layer] = 0
    below = meetings.visits[day] if layer == VENUE else meetings.meets[day, layer]
    count = 0
    for point in range(points):
        at, partner, bits = hits.source[point], hits.partner[point], hits.bits[point]
        source, needed = lines.source[at], hits.needed[point]
        if layer == MEASURED:
            partner, bits = slot(meetings, source, layer, partner, day)
            if partner == NOBODY:
                continue
        elif not happens(bits, below) or (partner == source and layer != OCCASIONAL):
            continue
        if layer == VENUE:
            arrival, departure = lines.visit[at, 1], lines.visit[at, 2]
            found = overlap(meetings, source, day, arrival, departure, partner, bits)
        else:
            found = describe(meetings, layer, bits)
        hazard = weight_of(rates, layer, found[1], found[2])
        hits.partner[count], hits.source[count], hits.start[count] = partner, source, found[0]
        hits.needed[count], hits.hazard[count] = needed, hazard
        count += needed < hazard
    if layer == OCCASIONAL:  # who meets himself is not susceptible
        for hit in range(count):
            hits.partner[hit] = meetings.edge_owner[hits.partner[hit]]
    return count


@inlined
def _met(meetings: Meetings, lines: Lines, layer: int, day: int, hits: Hits) -> int:
    """Write down who is at the slots of a layer's points, and the draws; return how many points.

    Of measured contacts it is the slots themselves.
    """
    points = 0
    for point in range(lines.points[layer]):
        at, place = lines.of[layer, point], lines.place[layer, point]
        source = lines.source[at]
        hits.source[points], hits.needed[points] = at, lines.needed[layer, point]
        if layer == VENUE:
            place += lines.visit[at, 0] * meetings.capacity
            hits.bits[points] = np.uint64(place)
            points += place < meetings.people
            continue
        if layer == OCCASIONAL:
            hits.bits[points] = np.uint64(meetings.edge_first[source] + place)
        elif layer == _HOUSEHOLD:
            place += meetings.household_first[meetings.household[source]]
        elif layer <= _WORK:
            place = meetings.group_member[meetings.group_first[meetings.group[source]] + place]
        hits.partner[points] = place
        points += 1
    partners, bits = hits.partner[:points], hits.bits[:points]
    if layer == VENUE:
        all_visitors(meetings, day, partners, bits)
    elif layer == OCCASIONAL:
        all_across(meetings, day, partners, bits)
    elif layer <= _WORK:
        key = meetings.keys[day, layer]
        for point in range(points):
            bits[point] = pair(key, lines.source[hits.source[point]], partners[point])
    return points
