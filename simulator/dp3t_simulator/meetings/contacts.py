"""Compiled: the contacts of one person on one day, all of them.

What `kernels.slot` does for one slot is done here for all slots of a layer, step by step, and
contacts with people who stayed at home or were absent are left out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled, inlined, uncounted
from dp3t_simulator.draws import happens, pair
from dp3t_simulator.meetings.kernels import (
    HOUSEHOLD,
    MEASURED,
    NOBODY,
    OCCASIONAL,
    VENUE,
    all_across,
    all_visitors,
    describe,
    measured,
    overlap,
    planned_visit,
    slots,
)
from dp3t_simulator.meetings.table import MAX_CONTACTS, History, Meetings


class Contacts(NamedTuple):
    """Room for the contacts of one person on one day; a row is one contact.

    Attributes:
        partner: whom.
        layer: where, a `Layer`.
        start: second of the day.
        duration: seconds.
        distance_cm: how near.
        bits: what each is described from, while they are looked for.
    """

    partner: NDArray[np.int32]
    layer: NDArray[np.uint8]
    start: NDArray[np.int32]
    duration: NDArray[np.int32]
    distance_cm: NDArray[np.int16]
    bits: NDArray[np.uint64]


@compiled
def no_contacts() -> Contacts:
    """Return room for the contacts of one person on one day."""
    return Contacts(
        np.zeros(MAX_CONTACTS, dtype=np.int32),
        np.zeros(MAX_CONTACTS, dtype=np.uint8),
        np.zeros(MAX_CONTACTS, dtype=np.int32),
        np.zeros(MAX_CONTACTS, dtype=np.int32),
        np.zeros(MAX_CONTACTS, dtype=np.int16),
        np.zeros(MAX_CONTACTS, dtype=np.uint64),
    )


@uncounted
def contacts_of(m: Meetings, history: History, person: int, day: int, out: Contacts) -> int:
    """Fill in the contacts that a person had on a day, by layer; return how many [MEETINGS-4].

    Args:
        m: who meets whom.
        history: who stayed at home on that day, one of the last 32 written.
        person: 0 to n - 1.
        day: from 0.
        out: `no_contacts()`.
    """
    bit, count = np.uint32(1) << np.uint32(day & 31), 0
    if history.absent[person] & bit:
        return 0
    layers = HOUSEHOLD + 1 if history.home[person] & bit else MEASURED + 1
    for layer in range(layers):
        count = _possible(m, person, layer, day, out, count)
    kept = 0
    for each in range(count):  # nothing but looks at partners, who are far away in memory
        partner, layer = out.partner[each], out.layer[each]
        away = (history.absent[partner] | history.home[partner] * (layer != HOUSEHOLD)) & bit
        if away or partner == person:
            continue
        if kept != each:
            out.partner[kept], out.layer[kept] = partner, layer
            out.start[kept], out.duration[kept] = out.start[each], out.duration[each]
            out.distance_cm[kept] = out.distance_cm[each]
        kept += 1
    return kept


@uncounted
def _possible(m: Meetings, person: int, layer: int, day: int, out: Contacts, count: int) -> int:
    """Add the contacts in a layer if everybody goes about; return how many there are then.

    Somebody's own half-edges may be joined to one another: those are left in. What `slot` does for
    one slot is done here for all of them, step by step, since a processor takes several at a time.
    """
    if layer == VENUE:
        return _others_there(m, person, day, out, count)
    size = slots(m, person, layer, day)
    if layer == MEASURED:
        for place in range(size):
            partner, bits = measured(m, person, day, place)
            out.partner[count], out.bits[count] = partner, bits
            count = _described(m, layer, out, count, partner != NOBODY)
        return count
    partners, drawn = out.partner[count : count + size], out.bits[count : count + size]
    if layer == OCCASIONAL:
        for place in range(size):
            drawn[place] = np.uint64(m.edge_first[person] + place)
        all_across(m, day, partners, drawn)
    else:
        _together(m, person, layer, partners)
        key = m.keys[day, layer]
        for place in range(size):
            drawn[place] = pair(key, person, partners[place])
    below, first = m.meets[day, layer], count
    for place in range(size):
        partner, bits = partners[place], drawn[place]
        out.partner[count], out.bits[count] = partner, bits
        count += happens(bits, below) & ((partner != person) | (layer == OCCASIONAL))
    for each in range(first, count):
        _described(m, layer, out, each, True)
    if layer == OCCASIONAL:
        for each in range(first, count):
            out.partner[each] = m.edge_owner[out.partner[each]]
    return count


@inlined
def _described(m: Meetings, layer: int, out: Contacts, each: int, happened: bool) -> int:
    """Describe a contact from its bits; return its place, or the next one if it happened."""
    out.layer[each] = layer
    found = describe(m, layer, out.bits[each])
    out.start[each], out.duration[each], out.distance_cm[each] = found
    return each + happened


@uncounted
def _together(m: Meetings, person: int, layer: int, partners: NDArray[np.int32]) -> None:
    """Fill in who belongs to somebody's household, class or team, themselves too."""
    if layer == HOUSEHOLD:
        first = m.household_first[m.household[person]]
        for place in range(len(partners)):
            partners[place] = first + place
    elif len(partners):
        first = m.group_first[m.group[person]]
        members = m.group_member[first : first + len(partners)]
        for place in range(len(partners)):
            partners[place] = members[place]


@uncounted
def _others_there(m: Meetings, person: int, day: int, out: Contacts, count: int) -> int:
    """Add whom somebody meets at the venue of the day; return how many contacts there are then."""
    venue, arrival, departure = planned_visit(m, person, day)
    if venue == NOBODY:
        return count
    first = venue * m.capacity
    size = min(m.capacity, m.people - first)
    partners, drawn = out.partner[count : count + size], out.bits[count : count + size]
    for place in range(size):
        drawn[place] = np.uint64(first + place)
    all_visitors(m, day, partners, drawn)
    below, there = m.visits[day], 0
    for place in range(size):
        partner, bits = partners[place], drawn[place]
        partners[there], drawn[there] = partner, bits
        there += happens(bits, below) & (partner != person)
    for place in range(there):
        partner = partners[place]
        found = overlap(m, person, day, arrival, departure, partner, drawn[place])
        out.partner[count], out.layer[count] = partner, VENUE
        out.start[count], out.duration[count], out.distance_cm[count] = found
        count += found[1] > 0
    return count
