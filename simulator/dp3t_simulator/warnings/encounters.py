"""What phones heard of one another, replayed: the contacts of a person and day, and the radio.

Nothing is stored when it happens. Contacts and radio are functions of the seed, so what was heard
on a day is computed when somebody's keys are published.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled, uncounted
from dp3t_simulator.meetings.contacts import Contacts, contacts_of, no_contacts
from dp3t_simulator.meetings.layers import FIRST_SECOND, LAST_SECOND
from dp3t_simulator.meetings.table import History, Meetings
from dp3t_simulator.radio import RadioModel, sightings
from dp3t_simulator.radio import room as most_sightings
from dp3t_simulator.state import Bytes
from dp3t_simulator.warnings.habits import Habits
from dp3t_simulator.warnings.law import Law
from dp3t_simulator.warnings.pair import (
    Numbers,
    Workspace,
    attenuation_of,
    packed,
    sort,
    windows_near,
    workspace,
)


class Surroundings(NamedTuple):
    """What is the same for all phones, for compiled loops.

    Attributes:
        meetings: who meets whom.
        history: who stayed at home or was absent.
        radio: what phones hear.
        habits: clocks and days online.
        app: 1 for who has the app.
        law: what counts.
    """

    meetings: Meetings
    history: History
    radio: RadioModel
    habits: Habits
    app: Bytes
    law: Law


class Meeting(NamedTuple):
    """Room for the contacts of one person and day.

    Attributes:
        met: the contacts as they come.
        order: places in `met` of the contacts with those who have the app, in order of partner.
        work: for one pair of them.
    """

    met: Contacts
    order: Numbers
    work: Workspace


def meeting() -> Meeting:
    """Return room for any person and day; what is never written takes no memory."""
    met = no_contacts()
    most = len(met.partner)
    order = np.zeros(most, dtype=np.int32)
    return Meeting(met, order, workspace(most * most_sightings(LAST_SECOND - FIRST_SECOND)))


@uncounted
def meet(around: Surroundings, person: int, day: int, room: Meeting) -> int:
    """Find whom a person met who has the app, and return how many contacts that were."""
    count = contacts_of(around.meetings, around.history, person, day, room.met)
    kept = 0
    for place in range(count):
        partner = room.met.partner[place]
        if not around.app[partner]:
            continue
        before = kept - 1
        while before >= 0 and room.met.partner[room.order[before]] > partner:
            room.order[before + 1] = room.order[before]
            before -= 1
        room.order[before + 1] = place
        kept += 1
    return kept


@uncounted
def end_of_pair(partner: Numbers, order: Numbers, first: int, count: int) -> int:
    """Return the place behind the contacts with the partner of the first one, of `count`."""
    end = first + 1
    while end < count and partner[order[end]] == partner[order[first]]:
        end += 1
    return end


@uncounted
def heard(
    radio: RadioModel, room: Meeting, first: int, end: int, sender: int, receiver: int, day: int
) -> int:
    """Put into the workspace what a pair's receiver heard of the sender, and return how much.

    Args:
        radio: what phones hear.
        room: after `meet` for one of the two.
        first: their first contact in `order`.
        end: behind their last.
        sender: whose identifiers.
        receiver: who heard them.
        day: of the contacts.
    """
    met, work, count = room.met, room.work, 0
    for at in range(first, end):
        place = room.order[at]
        count = sightings(
            radio,
            sender,
            receiver,
            day,
            met.start[place],
            met.duration[place],
            met.distance_cm[place],
            met.layer[place],
            work.time,
            work.rssi,
            count,
        )
    for each in range(count):
        work.heard[each] = packed(work.time[each], work.rssi[each])
    sort(work.heard, count)
    return count


@uncounted
def windows_with_somebody_near(around: Surroundings, room: Meeting, person: int, day: int) -> int:
    """Return the bits of the windows in which a person heard somebody near [WARNINGS-5]."""
    bits, first = 0, 0
    count = meet(around, person, day, room)
    while first < count:
        end = end_of_pair(room.met.partner, room.order, first, count)
        sender = room.met.partner[room.order[first]]
        for place in range(heard(around.radio, room, first, end, sender, person, day)):
            sighting = room.work.heard[place]
            if attenuation_of(around.law, sighting) <= around.law.close_db:
                bits |= windows_near(around.law, (sighting >> 8) + around.habits.skew[person])
        first = end
    return bits


@compiled
def published_windows(
    around: Surroundings, room: Meeting, person: int, since: int, day: int
) -> NDArray[np.int64]:
    """Return the bits of the windows that a report publishes, by day from `since` to before `day`.

    Args:
        around: the world.
        room: for the contacts.
        person: who reports.
        since: the first day that the report speaks for.
        day: of the report.
    """
    bits = np.full(day - since, -1, dtype=np.int64)
    if not around.law.windows:
        return bits
    known = 0
    for each in range(since, day):
        bits[each - since] = windows_with_somebody_near(around, room, person, each)
        known |= bits[each - since]
    if known:
        return bits
    for each in range(max(0, day - around.law.retention_days), since):
        if windows_with_somebody_near(around, room, person, each):
            return bits
    bits[:] = -1
    return bits
