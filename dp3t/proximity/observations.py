"""What a phone has heard: identifiers, signal strengths, and no more about time than it needs.

Sightings are kept by release slot. Publication happens only at slot boundaries, so the slot alone
decides whether something was heard before a batch was public, for as long as it is kept
[OBSERVATIONS-4]; the seconds inside the slot can be dropped once its batches are in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
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
from dp3t.timeline import Day, Instant, Slot, day_of, slot_of, slot_start

MAX_IDENTIFIERS_PER_SLOT = 2**16
MAX_SIGHTINGS_PER_IDENTIFIER = 2**13
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
    """What was heard of one identifier in one release slot.

    Attributes:
        service_data: identifier and metadata as received.
        slot: the release slot.
        coarse: whether the times have been reduced to the slot [OBSERVATIONS-3].
        sightings: in order of time.
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
        most = MAX_SIGHTINGS_PER_IDENTIFIER
        offsets = integers(
            fields.items("offsets", most=most), lowest=0, highest=7199, what="the offsets"
        )
        rssi = integers(fields.items("rssi", most=most), lowest=-128, highest=127, what="the rssi")
        fields.done()
        if not offsets or len(offsets) != len(rssi) or offsets != sorted(offsets):
            raise MalformedError("an observation's sightings are not a sorted column pair")
        return cls(
            service_data=ServiceData(service_data),
            slot=Slot(slot),
            coarse=coarse,
            sightings=tuple(map(Sighting, offsets, rssi)),
        )


class ObservationStore:
    """Everything one phone has heard and not yet forgotten."""

    def __init__(self) -> None:
        self._slots: dict[Slot, dict[ServiceData, list[Sighting]]] = {}
        self._coarse: set[Slot] = set()
        self._index: dict[EphID, list[tuple[Slot, ServiceData]]] | None = None

    def add(self, service_data: ServiceData, *, at: Instant, rssi_dbm: int) -> None:
        """Keep one sighting [OBSERVATIONS-1].

        Raises:
            LimitError: the slot already holds as many identifiers or sightings as it may.
            ValueError: an impossible signal strength or length.
        """
        if not -128 <= rssi_dbm <= 127 or len(service_data) != SERVICE_DATA_BYTES:
            raise ValueError("a sighting has 20 bytes and a strength from -128 to 127 dBm")
        slot = slot_of(at)
        heard = self._slots.setdefault(slot, {})
        sightings = heard.get(service_data)
        if sightings is None:
            if len(heard) >= MAX_IDENTIFIERS_PER_SLOT:
                raise LimitError("too many identifiers were heard in two hours")
            sightings = heard[service_data] = []
            self._index = None
        if len(sightings) >= MAX_SIGHTINGS_PER_IDENTIFIER:
            raise LimitError("one identifier was heard too often in two hours")
        # A slot that is coarse has lost its clock; what comes late joins it without one.
        offset = 0 if slot in self._coarse else at - slot_start(slot)
        sightings.append(Sighting(offset, rssi_dbm))

    def coarsen(self, *, before: Instant) -> None:
        """Drop the times inside every slot that ends at or before a moment [OBSERVATIONS-3]."""
        for slot, heard in self._slots.items():
            if slot in self._coarse or slot_start(Slot(slot + 1)) > before:
                continue
            for sightings in heard.values():
                first = min(sighting.offset_seconds for sighting in sightings)
                sightings[:] = [
                    Sighting(offset - first, rssi) for offset, rssi in sorted(sightings)
                ]
            self._coarse.add(slot)

    def forget(self, *, before: Day) -> None:
        """Erase everything heard before a day [OBSERVATIONS-2]."""
        kept = {
            slot: heard for slot, heard in self._slots.items() if slot >= before * SLOTS_PER_DAY
        }
        if len(kept) < len(self._slots):
            self._slots, self._index = kept, None
            self._coarse &= kept.keys()

    def lookup(self, identifier: EphID) -> list[Observation]:
        """Return every observation of an identifier; usually there is none."""
        if self._index is None:
            self._index = self._built_index()
        return [self._observation(*place) for place in self._index.get(identifier, ())]

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
        """
        heard = self._slots.setdefault(observation.slot, {})
        mixed = bool(heard) and (observation.slot in self._coarse) is not observation.coarse
        if mixed or observation.service_data in heard:
            raise MalformedError("the observations contradict one another")
        heard[observation.service_data] = list(observation.sightings)
        if observation.coarse:
            self._coarse.add(observation.slot)
        self._index = None

    def _built_index(self) -> dict[EphID, list[tuple[Slot, ServiceData]]]:
        index: dict[EphID, list[tuple[Slot, ServiceData]]] = {}
        for slot in sorted(self._slots):
            for service_data in self._slots[slot]:
                index.setdefault(identifier_of(service_data), []).append((slot, service_data))
        return index

    def _observation(self, slot: Slot, service_data: ServiceData) -> Observation:
        return Observation(
            service_data=service_data,
            slot=slot,
            coarse=slot in self._coarse,
            sightings=tuple(sorted(self._slots[slot][service_data])),
        )
