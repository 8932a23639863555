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
from dp3t_simulator.draws import absorb, happens, unit
from dp3t_simulator.epidemic.disease import Shares
from dp3t_simulator.epidemic.transmission import (
    Events,
    Rates,
    force_of,
    susceptibility_of,
    weight_of,
)
from dp3t_simulator.meetings.kernels import (
    NOBODY,
    OCCASIONAL,
    VENUE,
    across,
    at_venue,
    describe,
    planned_visit,
    slot,
    slots,
    visits,
)
from dp3t_simulator.meetings.layers import LAYERS, Layer
from dp3t_simulator.meetings.table import Meetings
from dp3t_simulator.state import People, Stage, State

_SUSCEPTIBLE = int(Stage.SUSCEPTIBLE)
_HOUSEHOLD, _WORK = int(Layer.HOUSEHOLD), int(Layer.WORK)
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
    """Room for points of one layer whose contact is hazardous enough for the most susceptible.

    Attributes:
        partner: who is met; before `_owners` the half-edge where it is an occasional contact.
        source: by whom.
        start: when, in seconds of the day.
        share: which susceptibility is needed at least, less than 1.
    """

    partner: People
    source: People
    start: People
    needed: Shares
    hazard: Shares


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
    points = whole(3, _POINTS)
    return Room(lines, Hits(points[0], points[1], points[2], *np.zeros((2, _POINTS))))


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
    source, total = lines.source[at], 0.0
    visit = planned_visit(meetings, source, day) if lines.layers[at] > VENUE else (NOBODY, 0, 0)
    lines.visit[at, 0], lines.visit[at, 1], lines.visit[at, 2] = visit
    for layer in range(lines.layers[at]):
        most = rates.most[layer]
        if layer == VENUE:  # nobody is met for longer than one stays
            count = meetings.capacity if visit[0] != NOBODY else 0
            most *= min(1.0, (visit[2] - visit[1]) / rates.venue_seconds)
        else:
            count = slots(meetings, source, layer, day)
        if layer == _HOUSEHOLD:
            most *= rates.at_home[meetings.household[source]]
        elif layer <= _WORK and count:
            most *= rates.in_group[meetings.group[source]]
        lines.most[layer], lines.slots[layer] = most, count
        lines.length[layer] = lines.force[at] * most * count
        total += lines.length[layer]
    return total


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

    Most end here, without a look at the partner.
    """
    count, below = 0, meetings.meets[day, OCCASIONAL]
    for point in range(lines.points[layer]):
        at, place = lines.of[layer, point], lines.place[layer, point]
        source = lines.source[at]
        if layer == VENUE:
            visit = lines.visit[at, 0], lines.visit[at, 1], lines.visit[at, 2]
            partner, bits = at_venue(meetings, source, day, visit, place)
        elif layer == OCCASIONAL:
            partner, bits = across(meetings, meetings.edge_first[source] + place, day)
            partner = partner if happens(bits, below) else NOBODY
        else:
            partner, bits = slot(meetings, source, layer, place, day)
        if partner == NOBODY:
            continue
        start, duration, distance_cm = describe(meetings, layer, bits)
        hazard, needed = weight_of(rates, layer, duration, distance_cm), lines.needed[layer, point]
        hits.partner[count], hits.source[count], hits.start[count] = partner, source, start
        hits.needed[count], hits.hazard[count] = needed, hazard
        count += needed < hazard
    lines.points[layer] = 0
    if layer == OCCASIONAL:  # who meets himself is not susceptible
        for hit in range(count):
            hits.partner[hit] = meetings.edge_owner[hits.partner[hit]]
    return count
