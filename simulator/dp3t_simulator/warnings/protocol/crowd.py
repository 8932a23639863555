"""The phones of all app users, each under its own clock."""

from collections.abc import Iterable, Mapping, Sequence
from random import Random  # noqa: TID251 - reproducible on purpose, and nobody's secrets
from typing import NamedTuple

from dp3t import Instant, Metadata, Parameters, Phone, Rand, Stretch
from dp3t.presence import EntryCode
from dp3t_simulator.interfaces import Uploads
from dp3t_simulator.radio import TX_POWER_DBM
from dp3t_simulator.warnings.protocol.moments import (
    READ_SECONDS,
    REPORT_SECONDS,
    calendar_day,
    moment,
)
from dp3t_simulator.warnings.protocol.transport import Reader

METADATA = Metadata(tx_power_dbm=TX_POWER_DBM)
STAY_SECONDS = 86_400
"""Visits end when their owner leaves, never by themselves."""

_LIVED_DAYS = 1
"""How long before the first day phones begin."""


class Heard(NamedTuple):
    """Sightings of a stretch of a day, in order of time.

    Attributes:
        second: of the day, true time.
        receiver: who hears.
        rssi_dbm: how strongly.
        words: the number of what is said: one for each identifier of a sender that anybody hears.
    """

    second: list[int]
    receiver: list[int]
    rssi_dbm: list[int]
    words: list[int]


class Visit(NamedTuple):
    """A stay at a venue whose visitor checks in.

    Attributes:
        arrival: second of the day, true time.
        departure: later.
        person: who.
        venue: where.
    """

    arrival: int
    departure: int
    person: int
    venue: int


class Crowd:
    """Phones by person; who has no app has none.

    Attributes:
        phones: of those who have the app, by person.
    """

    def __init__(
        self,
        people: Iterable[int],
        *,
        design: str,
        parameters: Parameters,
        skew: Sequence[int],
        seed: int,
    ) -> None:
        """Give phones to people.

        Args:
            people: who has the app.
            design: of all phones.
            parameters: the region's.
            skew: by how many seconds each person's clock is ahead; of everybody.
            seed: of the run. What phones draw changes nothing in any result.
        """
        self.phones: dict[int, Phone] = {}
        self._skew = skew
        self._unread: dict[int, int] = {}
        self._rand: dict[int, Rand] = {}
        for person in people:
            rand = Random(f"phone {seed} {person}").randbytes  # noqa: S311 - a simulation's phone
            self._rand[person] = rand
            self._unread[person] = 0
            self.phones[person] = Phone.create(
                design, now=moment(-_LIVED_DAYS, 0), rand=rand, parameters=parameters
            )

    def report(self, day: int, uploads: Uploads) -> list[Phone]:
        """Let the phones here report when their clocks show 00:30; return them."""
        rows = zip(*(column.tolist() for column in uploads), strict=True)
        return [self._report(day, *row) for row in rows if row[0] in self.phones]

    def readers(self, online: Iterable[int], day: int) -> list[Reader]:
        """Return the phones here of those that are online on a day; they read everything now."""
        found = [
            Reader(person, self.phones[person], self._unread[person])
            for person in online
            if person in self.phones
        ]
        self._unread |= {reader.person: day + 1 for reader in found}
        return found

    def wake(self, day: int) -> None:
        """Let every phone tick for the first time on a day, when its clock shows 03:00."""
        now = moment(day, READ_SECONDS)
        for person, phone in self.phones.items():
            phone.tick(now, rand=self._rand[person])

    def say(self, day: int, person: int, second: int) -> bytes:
        """Return what somebody's phone advertises from a second of a day on; it ticks.

        Only when somebody hears an identifier is it said.
        """
        now = Instant(moment(day, second) + self._skew[person])
        phone = self.phones[person]
        phone.tick(now, rand=self._rand[person])
        return phone.advertisement(now, metadata=METADATA)

    def hear(self, day: int, heard: Heard, said: Sequence[bytes]) -> None:
        """Let phones hear what was said.

        Args:
            day: of the simulation.
            heard: at most ten minutes before the receiver's last tick.
            said: the words by number.
        """
        start = moment(day, 0)
        for second, receiver, rssi_dbm, number in zip(*heard, strict=True):
            now = Instant(start + second + self._skew[receiver])
            self.phones[receiver].hear(said[number], now=now, rssi_dbm=rssi_dbm)

    def visit(self, day: int, visits: Iterable[Visit], entries: Mapping[int, EntryCode]) -> None:
        """Let people check in and out by their phones' clocks; nobody is at two places a day.

        Before the phones hear one another on the day, or a visit's moments would be past.

        Args:
            day: of the simulation.
            visits: of people whose phones may be elsewhere.
            entries: the codes at the doors, by venue.
        """
        for visit in visits:
            if visit.person not in self.phones:
                continue
            phone, rand = self.phones[visit.person], self._rand[visit.person]
            skew = self._skew[visit.person]
            begun = phone.check_in(
                entries[visit.venue],
                now=moment(day, visit.arrival + skew),
                rand=rand,
                stay_seconds=STAY_SECONDS,
            )
            phone.check_out(begun, now=moment(day, visit.departure + skew), rand=rand)

    def _report(self, day: int, person: int, since: int, onset: int, redacted: int) -> Phone:
        held_back = []
        if redacted >= 0:
            held_back = [Stretch(moment(redacted, 0), moment(redacted + 1, 0))]
        phone = self.phones[person]
        phone.report(
            since=calendar_day(since),
            now=moment(day, REPORT_SECONDS),
            rand=self._rand[person],
            onset=calendar_day(onset) if onset >= 0 else None,
            redacted=held_back,
        )
        return phone
