"""Compiled: whom a person may meet on one day, today's or those of any day before.

A layer has *slots*: places at which a person may meet somebody, numbered from 0. `slot` says whom
and `describe` what the contact was like, so that a loop can jump from slot to slot; they say what
happens where everybody goes about. `all_across` and `all_visitors` do so for many slots in steps,
of which a processor takes several at a time.
"""

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import inlined, uncounted
from dp3t_simulator.draws import absorb, happens, pair
from dp3t_simulator.meetings.layers import TEMPLATES, Layer
from dp3t_simulator.meetings.permutation import all_back, all_forth, back, forth
from dp3t_simulator.meetings.table import (
    OCCASIONAL_KEY,
    VENUE_KEY,
    VISIT,
    VISITING_FROM_AGE,
    History,
    Meetings,
)

HOUSEHOLD, SCHOOL, WORK = int(Layer.HOUSEHOLD), int(Layer.SCHOOL), int(Layer.WORK)
OCCASIONAL, VENUE, MEASURED = int(Layer.OCCASIONAL), int(Layer.VENUE), int(Layer.MEASURED)
NOBODY = -1
_TEMPLATE_MASK = np.uint64(TEMPLATES - 1)
_TEMPLATE_BITS = np.uint64(6)
_START_BITS = 20
_START_MASK = np.uint64(2**_START_BITS - 1)
_FIELD_BITS, _TWO_FIELDS_BITS = np.uint64(20), np.uint64(40)


@inlined
def _bit(history: NDArray[np.uint32], person: int, day: int) -> bool:
    return bool((history[person] >> np.uint32(day & 31)) & np.uint32(1))


@inlined
def is_out(history: History, person: int, day: int) -> bool:
    """Return whether somebody went about: neither stayed at home nor was absent."""
    return not _bit(history.home, person, day) and not _bit(history.absent, person, day)


@inlined
def _drawn(m: Meetings, layer: int, bits: np.uint64) -> tuple[int, int, int]:
    """Return start, duration and distance that a draw makes."""
    template = int(np.int64(bits & _TEMPLATE_MASK))
    duration = int(m.duration[layer, template])
    room = int(m.closes[layer]) - int(m.opens[layer]) - duration
    share = int(np.int64((bits >> _TEMPLATE_BITS) & _START_MASK))
    start = int(m.opens[layer]) + ((share * (room + 1)) >> _START_BITS)
    return start, duration, int(m.distance_cm[layer, template])


@inlined
def _packed(start: int, duration: int, distance_cm: int) -> np.uint64:
    """Return a contact that is not drawn, as the bits that `describe` takes."""
    fields = np.uint64(duration) << _FIELD_BITS | np.uint64(distance_cm) << _TWO_FIELDS_BITS
    return np.uint64(start) | fields


@inlined
def describe(m: Meetings, layer: int, bits: np.uint64) -> tuple[int, int, int]:
    """Return start, duration and distance of the contact of a slot [MEETINGS-3].

    Args:
        m: who meets whom.
        layer: of the slot.
        bits: what `slot` said.
    """
    if layer >= VENUE:
        start, duration = (
            int(np.int64(bits & _START_MASK)),
            int(np.int64(bits >> _FIELD_BITS & _START_MASK)),
        )
        return start, duration, int(np.int64(bits >> _TWO_FIELDS_BITS))
    return _drawn(m, layer, absorb(bits, 0))  # the bits themselves lie below a threshold


@inlined
def visits(m: Meetings, person: int, day: int) -> bool:
    """Return whether somebody who goes about, and is old enough, visits a venue."""
    return happens(absorb(m.keys[day, VISIT], person), m.visits[day])


@inlined
def _stay(m: Meetings, person: int, day: int) -> tuple[int, int]:
    """Return when somebody who goes about comes to a venue and leaves it; 0 and 0: to none."""
    bits = absorb(m.keys[day, VISIT], person)
    return _drawn_stay(m, person, bits) if happens(bits, m.visits[day]) else (0, 0)


@inlined
def _drawn_stay(m: Meetings, person: int, bits: np.uint64) -> tuple[int, int]:
    """Return when somebody comes and leaves whose draw says that they visit, if old enough."""
    if m.age[person] < VISITING_FROM_AGE:
        return 0, 0
    arrival, stay, _ = _drawn(m, VENUE, absorb(bits, 0))
    return arrival, arrival + stay


@uncounted
def planned_visit(m: Meetings, person: int, day: int) -> tuple[int, int, int]:
    """Return the venue that somebody visits who goes about, arrival and departure; -1: none."""
    arrival, departure = _stay(m, person, day)
    if not departure:
        return NOBODY, 0, 0
    place = forth(m.keys[day], VENUE_KEY, m.venue_bits, m.people, person)
    return place // m.capacity, arrival, departure


@uncounted
def visit_of(m: Meetings, history: History, person: int, day: int) -> tuple[int, int, int]:
    """Return the venue that a person visited, arrival and departure; -1 for none [MEETINGS-6]."""
    if not is_out(history, person, day):
        return NOBODY, 0, 0
    return planned_visit(m, person, day)


@inlined
def _visitor(m: Meetings, day: int, venue: int, place: int) -> int:
    """Return who could be at one of the places of a venue; -1 where the last one has fewer."""
    at = venue * m.capacity + place
    if at >= m.people:
        return NOBODY
    return back(m.keys[day], VENUE_KEY, m.venue_bits, m.people, at)


@uncounted
def slots(m: Meetings, person: int, layer: int, day: int) -> int:
    """Return how many slots of a layer a person has on a day."""
    if layer == HOUSEHOLD:
        home = m.household[person]
        return int(m.household_first[home + 1]) - int(m.household_first[home])
    if layer == OCCASIONAL:
        return int(m.edge_first[person + 1]) - int(m.edge_first[person])
    if layer == VENUE:
        return m.capacity if _stay(m, person, day)[1] else 0
    if layer == MEASURED:
        if m.cycle_days == 0:
            return 0
        row = (day % m.cycle_days) * m.people + person
        return int(m.measured_first[row + 1] - m.measured_first[row])
    group = m.group[person]
    if group < 0 or SCHOOL + m.group_kind[group] != layer:
        return 0
    return int(m.group_first[group + 1]) - int(m.group_first[group])


@uncounted
def slot(m: Meetings, person: int, layer: int, place: int, day: int) -> tuple[int, np.uint64]:
    """Return whom somebody meets at a slot if both go about, and bits to describe it with.

    -1 stands for nobody.

    Args:
        m: who meets whom.
        person: 0 to n - 1.
        layer: a `Layer`.
        place: 0 to `slots` - 1.
        day: from 0.
    """
    if layer == VENUE:
        return at_venue(m, person, day, planned_visit(m, person, day), place)
    if layer == MEASURED:
        return measured(m, person, day, place)
    partner, bits = int(NOBODY), np.uint64(0)
    if layer == OCCASIONAL:
        other, bits = across(m, int(m.edge_first[person]) + place, day)
        partner = int(m.edge_owner[other])
    else:
        if layer == HOUSEHOLD:
            partner = int(m.household_first[m.household[person]]) + place
        else:
            partner = int(m.group_member[m.group_first[m.group[person]] + place])
        bits = pair(m.keys[day, layer], person, partner)
    if partner == person or not happens(bits, m.meets[day, layer]):
        return NOBODY, bits
    return partner, bits


@uncounted
def across(m: Meetings, edge: int, day: int) -> tuple[int, np.uint64]:
    """Return the half-edge that one is joined to on a day, and bits to describe the contact with.

    Whose it is stands in `Meetings.edge_owner`: far away, and not looked up here.
    """
    edges = len(m.edge_owner)
    there = forth(m.keys[day], OCCASIONAL_KEY, m.edge_bits, edges, edge)
    other = back(m.keys[day], OCCASIONAL_KEY, m.edge_bits, edges, there ^ 1)
    return other, pair(m.keys[day, OCCASIONAL], edge, other)


@uncounted
def at_venue(
    m: Meetings, person: int, day: int, visit: tuple[int, int, int], place: int
) -> tuple[int, np.uint64]:
    """Return whom somebody meets who holds a place of a venue while both are there."""
    partner = _visitor(m, day, visit[0], place)
    if partner == NOBODY or partner == person:  # noqa: SIM109 - `in` wants one width of both
        return NOBODY, np.uint64(0)
    bits = absorb(m.keys[day, VISIT], partner)  # who holds a place goes nowhere else
    if not happens(bits, m.visits[day]):
        return NOBODY, np.uint64(0)
    start, duration, distance_cm = overlap(m, person, day, visit[1], visit[2], partner, bits)
    return (partner if duration else NOBODY), _packed(start, duration, distance_cm)


@inlined
def overlap(
    m: Meetings,
    person: int,
    day: int,
    arrival: int,
    departure: int,
    partner: int,
    bits: np.uint64,
) -> tuple[int, int, int]:
    """Return start, duration and distance of two people's time at a venue; duration 0: none.

    Args:
        m: who meets whom.
        person: who is there.
        day: of the visit.
        arrival: theirs.
        departure: theirs.
        partner: who holds a place there and visits, if old enough.
        bits: the draw that said so.
    """
    start, end = _drawn_stay(m, partner, bits)
    start, end = max(start, arrival), min(end, departure)
    template = int(np.int64(pair(m.keys[day, VENUE], person, partner) & _TEMPLATE_MASK))
    return start, max(end - start, 0), int(m.distance_cm[VENUE, template])


@uncounted
def measured(m: Meetings, person: int, day: int, place: int) -> tuple[int, np.uint64]:
    """Return a contact that was measured, if it was kept."""
    row = m.measured_first[(day % m.cycle_days) * m.people + person] + place
    partner, start = int(m.measured_partner[row]), int(m.measured_start[row])
    drawn = absorb(pair(m.keys[day, MEASURED], person, partner), start)
    if not happens(drawn, m.meets[day, MEASURED]):
        return NOBODY, np.uint64(0)
    return partner, _packed(start, m.measured_duration[row], m.measured_distance_cm[row])


@uncounted
def all_across(m: Meetings, day: int, others: NDArray[np.int32], bits: NDArray[np.uint64]) -> None:
    """Do for many half-edges what `across` does for one.

    Args:
        m: who meets whom.
        day: which.
        others: is given the half-edges that they are joined to.
        bits: the half-edges; is given what to describe the contacts with.
    """
    edges, key = len(m.edge_owner), m.keys[day]
    for place in range(len(bits)):
        others[place] = np.int64(bits[place])
    all_forth(key, OCCASIONAL_KEY, m.edge_bits, edges, bits)
    for place in range(len(bits)):
        bits[place] ^= np.uint64(1)
    all_back(key, OCCASIONAL_KEY, m.edge_bits, edges, bits)
    layer_key = key[OCCASIONAL]
    for place in range(len(bits)):
        edge, other = int(others[place]), int(np.int64(bits[place]))
        others[place], bits[place] = other, pair(layer_key, edge, other)


@uncounted
def all_visitors(
    m: Meetings, day: int, holders: NDArray[np.int32], bits: NDArray[np.uint64]
) -> None:
    """Say of many places of venues who holds them, and whether they visit if old enough.

    Args:
        m: who meets whom.
        day: which.
        holders: is given who holds each place.
        bits: the places, counted over all venues, below the number of people; is given the draws
            of visits.
    """
    all_back(m.keys[day], VENUE_KEY, m.venue_bits, m.people, bits)
    key = m.keys[day, VISIT]
    for place in range(len(bits)):
        holder = int(np.int64(bits[place]))
        holders[place], bits[place] = holder, absorb(key, holder)


@uncounted
def visitors_of(m: Meetings, history: History, venue: int, day: int, out: NDArray[np.int32]) -> int:
    """Fill in who visited a venue on a day, by place; return how many [MEETINGS-7].

    Args:
        m: who meets whom.
        history: as in `contacts_of`.
        venue: 0 to `venues(m)` - 1.
        day: from 0.
        out: room for `m.capacity` people.
    """
    count = 0
    for place in range(m.capacity):
        person = _visitor(m, day, venue, place)
        if person == NOBODY:
            break
        if visit_of(m, history, person, day)[0] != NOBODY:
            out[count] = person
            count += 1
    return count


def venues(meetings: Meetings) -> int:
    """Return how many venues there are."""
    return -(-meetings.people // meetings.capacity)
