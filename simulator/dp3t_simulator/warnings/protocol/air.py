"""Who hears whom on a day: the contacts of all app users and what the radio makes of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled
from dp3t_simulator.interfaces import World
from dp3t_simulator.meetings.contacts import Contacts, contacts_of, no_contacts
from dp3t_simulator.meetings.kernels import visit_of
from dp3t_simulator.meetings.table import History, Meetings
from dp3t_simulator.radio import RadioModel, model, room, sightings
from dp3t_simulator.radio.kernel import SHORTEST_GAP_SECONDS
from dp3t_simulator.state import Bytes, People
from dp3t_simulator.warnings.habits import Habits, checks_in, online
from dp3t_simulator.warnings.protocol.crowd import Visit

EPOCHS = 256
"""More identifiers than a phone says in a day."""

_RECEIVERS_AT_ONCE = 512
_ROOM_BESIDE = room(0)


class Day(NamedTuple):
    """All sightings of a day in order of time, then of receiver and sender.

    Attributes:
        second: of the day, true time.
        receiver: who hears.
        rssi_dbm: how strongly.
        words: the number of what is said.
        senders: who says each word.
        first: when it is heard first.
    """

    second: People
    receiver: People
    rssi_dbm: NDArray[np.int16]
    words: NDArray[np.int64]
    senders: NDArray[np.int64]
    first: People


class Air:
    """The air between the phones of a world.

    Args:
        world: whose people meet.
        habits: their clocks, and when they are online and check in.
        epoch_seconds: for how long an identifier is broadcast.
    """

    def __init__(self, world: World, habits: Habits, *, epoch_seconds: int) -> None:
        self._world = world  # its meetings may be replaced before the first day
        self._history = History(world.state.home, world.state.absent)
        self._radio = model(world.scenario.radio, world.seed)
        self._habits = habits
        self._app = world.state.app
        self._people = np.flatnonzero(world.state.app).astype(np.int32)
        self._epoch_seconds = epoch_seconds

    def day(self, day: int) -> Day:
        """Return what is heard on a day."""
        met = no_contacts()
        parts = [
            self._heard(self._people[at : at + _RECEIVERS_AT_ONCE], day, met)
            for at in range(0, len(self._people), _RECEIVERS_AT_ONCE)
        ]
        second, sender, receiver, rssi = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        order = np.lexsort((sender, receiver, second))
        second, sender, receiver, rssi = (each[order] for each in (second, sender, receiver, rssi))
        epoch = (second + self._habits.skew[sender].astype(np.int64)) // self._epoch_seconds
        said, first, words = np.unique(
            sender.astype(np.int64) * EPOCHS + epoch, return_index=True, return_inverse=True
        )
        return Day(second, receiver, rssi, words, said // EPOCHS, second[first])

    def online(self, day: int) -> list[int]:
        """Return whose phones are online on a day, in ascending order."""
        found: list[int] = _online(self._habits, self._people, day).tolist()
        return found

    def visits(self, day: int) -> list[Visit]:
        """Return who checks in at venues on a day, by arrival."""
        rows = _visits(self._world.meetings, self._history, self._habits, self._people, day)
        return [Visit(*row) for row in sorted(rows.tolist())]

    def _heard(
        self, receivers: People, day: int, met: Contacts
    ) -> tuple[People, People, People, NDArray[np.int16]]:
        world = self._world.meetings, self._history, self._app
        most = _most(*world, receivers, day, met)
        second, sender, receiver = (np.zeros(most, dtype=np.int32) for _ in range(3))
        rssi = np.zeros(most, dtype=np.int16)
        count = _hear(*world, self._radio, receivers, day, met, second, sender, receiver, rssi)
        return second[:count], sender[:count], receiver[:count], rssi[:count]


@compiled
def _most(
    meetings: Meetings,
    history: History,
    app: Bytes,
    receivers: People,
    day: int,
    met: Contacts,
) -> int:
    """Return how many sightings some receivers have at most."""
    most = _ROOM_BESIDE
    for receiver in receivers:
        for place in range(contacts_of(meetings, history, receiver, day, met)):
            if app[met.partner[place]]:
                most += met.duration[place] // SHORTEST_GAP_SECONDS + _ROOM_BESIDE
    return most


@compiled
def _hear(
    meetings: Meetings,
    history: History,
    app: Bytes,
    radio: RadioModel,
    receivers: People,
    day: int,
    met: Contacts,
    second: People,
    sender: People,
    heard_by: People,
    rssi: NDArray[np.int16],
) -> int:
    """Write the sightings of some receivers, and return how many there are."""
    count = 0
    for receiver in receivers:
        for place in range(contacts_of(meetings, history, receiver, day, met)):
            partner = met.partner[place]
            if not app[partner]:
                continue
            first = count
            count = sightings(
                radio,
                partner,
                receiver,
                day,
                met.start[place],
                met.duration[place],
                met.distance_cm[place],
                met.layer[place],
                second,
                rssi,
                first,
            )
            sender[first:count] = partner
            heard_by[first:count] = receiver
    return count


@compiled
def _online(habits: Habits, people: People, day: int) -> People:
    found = np.zeros(len(people), dtype=np.int32)
    count = 0
    for person in people:
        if online(habits, person, day):
            found[count] = person
            count += 1
    return found[:count]


@compiled
def _visits(
    meetings: Meetings, history: History, habits: Habits, people: People, day: int
) -> NDArray[np.int64]:
    found = np.zeros((len(people), 4), dtype=np.int64)
    count = 0
    for person in people:
        venue, arrival, departure = visit_of(meetings, history, person, day)
        if venue >= 0 and checks_in(habits, person, day):
            found[count, 0], found[count, 1] = arrival, departure
            found[count, 2], found[count, 3] = person, venue
            count += 1
    return found[:count]
