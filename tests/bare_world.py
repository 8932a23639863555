"""A simulated world whose phones are bare: every sighting of a day is kept when it happens."""

import numpy as np

from dp3t.proximity.exposure.presets import PRESETS
from dp3t_simulator import radio
from dp3t_simulator.interfaces import Uploads, World
from dp3t_simulator.meetings.contacts import contacts_of, no_contacts
from dp3t_simulator.meetings.table import History
from dp3t_simulator.warnings import habits
from library_phones import bare, server

Row = tuple[int, int, int, float]
"""Person, day of contact, seconds, score."""


class BareWorld:
    """Phones for everybody with the app, a server, and what each phone has read and told."""

    def __init__(self, world: World) -> None:
        """Give everybody a phone; the world's contacts, radio and state are asked every day."""
        scenario, self.world = world.scenario, world
        self.habits = habits.of(scenario, world.seed)
        self.radio = radio.model(scenario.radio, world.seed)
        self.configuration = PRESETS[scenario.app.configuration]
        memory = scenario.app.retention_days
        self.phones = bare(scenario.app.design, self.habits.skew.tolist(), retention_days=memory)
        self.server = server(scenario.app.design, retention_days=memory)
        self.owners = np.flatnonzero(world.state.app).tolist()
        self.read: dict[int, int] = {}
        self.warned: set[tuple[int, int]] = set()

    def evening(self, day: int) -> None:
        """Let every phone hear what is near it, in order of time."""
        for second, rssi, sender, receiver in sorted(self.sightings(day)):
            self.phones[receiver].hear(
                self.phones[sender],
                day=day,
                second=second,
                rssi=rssi,
                power=radio.TX_POWER_DBM,
            )

    def sightings(self, day: int) -> list[tuple[int, int, int, int]]:
        """Return second, RSSI, sender and receiver of all sightings of a day."""
        out, found = no_contacts(), []
        times, strengths = np.zeros(1000, dtype=np.int32), np.zeros(1000, dtype=np.int16)
        history = History(self.world.state.home, self.world.state.absent)
        for sender in self.owners:
            for each in range(contacts_of(self.world.meetings, history, sender, day, out)):
                receiver = int(out.partner[each])
                if receiver not in self.owners:
                    continue
                count = radio.sightings(
                    self.radio,
                    sender,
                    receiver,
                    day,
                    out.start[each],
                    out.duration[each],
                    out.distance_cm[each],
                    out.layer[each],
                    times,
                    strengths,
                    0,
                )
                heard = zip(times[:count].tolist(), strengths[:count].tolist(), strict=True)
                found += [(second, rssi, sender, receiver) for second, rssi in heard]
        return found

    def morning(self, day: int, uploads: Uploads) -> tuple[list[Row], list[tuple[int, int]]]:
        """Publish, let the phones online read, and return exposures and notices."""
        records = []
        for person, since, onset, redacted in zip(
            *(column.tolist() for column in uploads), strict=True
        ):
            records += self.phones[person].report(
                day=day, since=since, onset=onset, redacted=redacted
            )
        if records:
            self.server.publish(day, records)
        rows, warned = list[Row](), list[tuple[int, int]]()
        for person in self.owners:
            if not habits.online(self.habits, person, day):
                continue
            since = self.read.get(person, -1)
            batches = [batch for at, batch in self.server.batches.items() if at > since]
            self.read[person] = day
            changed = self.phones[person].ingest(day, batches)
            totals = self.phones[person].totals(self.configuration, day=day) if changed else {}
            for met in sorted(changed):
                seconds, score, warns = totals[met]
                rows.append((person, met, seconds, score))
                if warns and (person, met) not in self.warned:
                    self.warned.add((person, met))
                    warned.append((person, met))
        return rows, warned
