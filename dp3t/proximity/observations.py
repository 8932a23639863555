"""What a phone has heard: identifiers, signal strengths, and no more about time than it needs.

Sightings are kept by release slot. Publication happens only at slot boundaries, so the slot alone
decides whether something was heard before a batch was public, for as long as it is kept
[OBSERVATIONS-4]; the seconds inside a slot can be dropped as soon as it is over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from dp3t.codec import Fields, Value, integers
from dp3t.errors import LimitError, MalformedError
from dp3t.params import (
    DAY_SECONDS,
    LAST_INSTANT,
    RELEASE_SLOT_SECONDS,
    SERVICE_DATA_BYTES,
)
from dp3t.proximity.advertisement import EphID, ServiceData, identifier_of
from dp3t.timeline import Day, Instant, Slot, day_of, require_instant, slot_of, slot_start

MAX_IDENTIFIERS_PER_SLOT = 2**13
"""Seven times what a hundred people around the phone for two hours broadcast."""

MAX_SIGHTINGS_PER_IDENTIFIER = 2**13
MAX_SIGHTINGS_PER_SLOT = 2**17
SLOTS_PER_DAY = DAY_SECONDS // RELEASE_SLOT_SECONDS


class Sighting(NamedTuple):
    """One advertisement received.

    Attributes:
        offset_seconds: 0 to 7199; since the start of the slot, or since the first sighting of the
            same observation where it has been coarsened.
        rssi_dbm: received signal strength, -128 to 127.
    """

    offset_seconds: int
    rssi_dbm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What was heard of one identifier, with the same metadata, in one release slot.

    Attributes:
        service_data: identifier and metadata as received.
        slot: the release slot.
        coarse: whether the times have been reduced to the slot [OBSERVATIONS-3].
        sightings: at least one, in order of time.
    """

    service_data: ServiceData
    slot: Slot
    coarse: bool
    sightings: tuple[Sighting, ...]

    @property
    def identifier(self) -> EphID:
        """The identifier heard."""
        return identifier_of(self.service_data)

    @property
    def day(self) -> Day:
        """The UTC day on which it was heard."""
        return day_of(slot_start(self.slot))

    def times(self) -> list[Instant]:
        """Return when each sighting happened; the start of the slot for all where coarse."""
        start = slot_start(self.slot)
        if self.coarse:
            return [start] * len(self.sightings)
        return [Instant(start + sighting.offset_seconds) for sighting in self.sightings]

    def coarsened(self) -> "Observation":
        """Return the observation without the times inside its slot [OBSERVATIONS-3]."""
        if self.coarse:
            return self
        return replace(self, coarse=True, sightings=tuple(_since_first(self.sightings)))

    def to_value(self) -> Value:
        """Return the observation for encoding."""
        return {
            "coarse": self.coarse,
            "offsets": [sighting.offset_seconds for sighting in self.sightings],
            "rssi": [sighting.rssi_dbm for sighting in self.sightings],
            "service_data": self.service_data,
            "slot": self.slot,
        }

    @classmethod
    def from_value(cls, value: Value) -> "Observation":
        """Return an observation that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="an observation")
        coarse = fields.boolean("coarse")
        service_data = fields.octets("service_data", length=SERVICE_DATA_BYTES)
        slot = fields.integer("slot", 0, LAST_INSTANT // RELEASE_SLOT_SECONDS)
        sightings = _sightings(fields)
        fields.done()
        if not sightings or sightings != sorted(sightings):
            raise MalformedError("an observation has no sightings, or not in order")
        if coarse and sightings[0].offset_seconds:
            raise MalformedError("a coarse observation does not begin at its first sighting")
        return cls(
            service_data=ServiceData(service_data),
            slot=Slot(slot),
            coarse=coarse,
            sightings=tuple(sightings),
        )


class ObservationStore:
    """Everything one phone has heard and not yet forgotten."""

    def __init__(self) -> None:
        self._slots: dict[Slot, dict[ServiceData, list[Sighting]]] = {}
        self._coarse: set[Slot] = set()
        self._sightings: dict[Slot, int] = {}
        self._index: dict[EphID, list[tuple[Slot, ServiceData]]] | None = {}

    def add(self, service_data: ServiceData, *, at: Instant, rssi_dbm: int) -> None:
        """Keep one sighting [OBSERVATIONS-1].

        Raises:
            LimitError: the slot already holds as much as it may [OBSERVATIONS-5].
            TypeError: a moment or a strength that is no whole number.
            ValueError: an impossible moment, signal strength or length.
        """
        require_instant(at)
        if type(rssi_dbm) is not int:
            raise TypeError("a signal strength is a whole number of dBm")
        if not -128 <= rssi_dbm <= 127 or len(service_data) != SERVICE_DATA_BYTES:
            raise ValueError("a sighting has 20 bytes and a strength from -128 to 127 dBm")
        slot = slot_of(at)
        # A slot that is coarse has lost its clock; what comes late joins it without one.
        offset = 0 if slot in self._coarse else at - slot_start(slot)
        self._extend(slot, service_data, [Sighting(offset, rssi_dbm)])

    def coarsen(self, *, before: Instant) -> None:
        """Drop the times inside every slot that ends at or before a moment [OBSERVATIONS-3]."""
        for slot, heard in self._slots.items():
            if slot in self._coarse or slot_start(Slot(slot + 1)) > before:
                continue
            for sightings in heard.values():
                sightings[:] = _since_first(sightings)
            self._coarse.add(slot)

    def forget(self, *, before: Day) -> None:
        """Erase everything heard before a day [OBSERVATIONS-2]."""
        self._erase([slot for slot in self._slots if slot < before * SLOTS_PER_DAY])

    def forget_after(self, moment: Instant) -> None:
        """Erase everything in slots that begin after a moment."""
        self._erase([slot for slot in self._slots if slot > slot_of(moment)])

    def discard(self, identifiers: Iterable[EphID]) -> None:
        """Erase every observation of some identifiers."""
        index = self._built_index()
        places = [place for identifier in identifiers for place in index.pop(identifier, ())]
        for slot, service_data in places:
            self._sightings[slot] -= len(self._slots[slot].pop(service_data))
        self._erase([slot for slot, heard in self._slots.items() if not heard])

    def lookup(self, identifier: EphID) -> list[Observation]:
        """Return every observation of an identifier, by slot; usually there is none."""
        places = self._built_index().get(identifier, ())
        return [self._observation(*place) for place in sorted(places)]

    def heard_none_of(self, identifiers: Iterable[EphID]) -> bool:
        """Return whether none of the identifiers was observed; much faster than `lookup`."""
        return self._built_index().keys().isdisjoint(identifiers)

    def __iter__(self) -> Iterator[Observation]:
        """Yield the observations by slot and bytes, an order that tells nothing more."""
        for slot in sorted(self._slots):
            for service_data in sorted(self._slots[slot]):
                yield self._observation(slot, service_data)

    def __len__(self) -> int:
        return sum(map(len, self._slots.values()))

    def restore(self, observation: Observation) -> None:
        """Put back an observation that iteration gave.

        Raises:
            MalformedError: it is there already, or its slot mixes coarse and fine.
            LimitError: its slot already holds as much as it may.
        """
        slot = observation.slot
        heard = self._slots.get(slot, {})
        mixed = bool(heard) and (slot in self._coarse) is not observation.coarse
        if mixed or observation.service_data in heard:
            raise MalformedError("the observations contradict one another")
        self._extend(slot, observation.service_data, observation.sightings)
        if observation.coarse:
            self._coarse.add(slot)

    def _extend(self, slot: Slot, service_data: ServiceData, more: Iterable[Sighting]) -> None:
        """Add sightings to an observation, or begin it; refuse before anything changes."""
        more = list(more)
        heard = self._slots.get(slot, {})
        sightings = heard.get(service_data, [])
        if not sightings and len(heard) >= MAX_IDENTIFIERS_PER_SLOT:
            raise LimitError("too many identifiers were heard in two hours")
        if len(sightings) + len(more) > MAX_SIGHTINGS_PER_IDENTIFIER:
            raise LimitError("one identifier was heard too often in two hours")
        total = self._sightings.get(slot, 0) + len(more)
        if total > MAX_SIGHTINGS_PER_SLOT:
            raise LimitError("too much was heard in two hours")
        self._sightings[slot] = total
        if not sightings:
            self._slots.setdefault(slot, {})[service_data] = sightings
            if self._index is not None:
                place = slot, service_data
                self._index.setdefault(identifier_of(service_data), []).append(place)
        sightings += more

    def _erase(self, slots: list[Slot]) -> None:
        for slot in slots:
            del self._slots[slot], self._sightings[slot]
            self._coarse.discard(slot)
            self._index = None

    def _built_index(self) -> dict[EphID, list[tuple[Slot, ServiceData]]]:
        if self._index is None:
            self._index = {}
            for slot, heard in self._slots.items():
                for service_data in heard:
                    identifier = identifier_of(service_data)
                    self._index.setdefault(identifier, []).append((slot, service_data))
        return self._index

    def _observation(self, slot: Slot, service_data: ServiceData) -> Observation:
        return Observation(
            service_data=service_data,
            slot=slot,
            coarse=slot in self._coarse,
            sightings=tuple(sorted(self._slots[slot][service_data])),
        )


def _since_first(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return the sightings in order, with offsets that count from the first of them."""
    ordered = sorted(sightings)
    first = ordered[0].offset_seconds
    return [Sighting(offset - first, rssi) for offset, rssi in ordered]


def _sightings(fields: Fields) -> list[Sighting]:
    most = MAX_SIGHTINGS_PER_IDENTIFIER
    offsets = fields.items("offsets", most=most)
    rssi = fields.items("rssi", most=most)
    if len(offsets) != len(rssi):
        raise MalformedError("an observation's columns differ in length")
    last = RELEASE_SLOT_SECONDS - 1
    return list(
        map(
            Sighting,
            integers(offsets, lowest=0, highest=last, what="the offsets"),
            integers(rssi, lowest=-128, highest=127, what="the rssi"),
        )
    )
