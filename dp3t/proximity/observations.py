"""What a phone has heard: identifiers, signal strengths, and no more about time than it needs.

Sightings are kept by release slot. Publication happens only at slot boundaries, so the slot alone
decides whether something was heard before a batch was public, for as long as it is kept
[OBSERVATIONS-4]; the seconds inside a slot can be dropped as soon as it is over.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar, cast

from dp3t.codec import Fields, Value, integers
from dp3t.errors import LimitError, MalformedError
from dp3t.params import (
    DAY_SECONDS,
    EPHID_BYTES,
    LAST_INSTANT,
    METADATA_BYTES,
    RELEASE_SLOT_SECONDS,
)
from dp3t.timeline import Day, Instant, Slot, day_of, require_instant, slot_of, slot_start

T = TypeVar("T")

MAX_IDENTIFIERS_PER_SLOT = 2**13
"""Seven times what a hundred people around the phone for two hours broadcast."""

MAX_SIGHTINGS_PER_IDENTIFIER = 2**13
MAX_SIGHTINGS_PER_SLOT = 2**17
SLOTS_PER_DAY = DAY_SECONDS // RELEASE_SLOT_SECONDS


NO_PERIOD = -1
"""The period of what is not filed under one: the bytes or the moment of a sighting decide."""

HASH_BYTES = 32
_IDENTITY_SIZES = (EPHID_BYTES, HASH_BYTES)
_METADATA_SIZES = (0, METADATA_BYTES)


class Kept(NamedTuple):
    """What a phone keeps of an advertisement, beside when and how strongly it was heard.

    Attributes:
        identity: the identifier, 16 bytes, or a hash that stands for it, 32 bytes.
        period: number of the day or window to which the sighting is assigned, or `NO_PERIOD`.
        metadata: 4 bytes, as they went over the air; none where an identifier came in shares.
    """

    identity: bytes
    period: int
    metadata: bytes


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
    """All sightings in one release slot of which the same is kept.

    Attributes:
        kept: identity, period and metadata.
        slot: the release slot.
        coarse: whether the times have been reduced to the slot [OBSERVATIONS-3].
        sightings: at least one, in order of time.
    """

    kept: Kept
    slot: Slot
    coarse: bool
    sightings: tuple[Sighting, ...]

    @property
    def identity(self) -> bytes:
        """The identifier heard, or what stands for it."""
        return self.kept.identity

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
            "identity": self.kept.identity,
            "metadata": self.kept.metadata,
            "offsets": [sighting.offset_seconds for sighting in self.sightings],
            "period": self.kept.period,
            "rssi": [sighting.rssi_dbm for sighting in self.sightings],
            "slot": self.slot,
        }

    @classmethod
    def from_value(cls, value: Value) -> "Observation":
        """Return an observation that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="an observation")
        coarse = fields.boolean("coarse")
        kept = Kept(
            identity=fields.octets("identity"),
            period=fields.integer("period", NO_PERIOD, LAST_INSTANT),
            metadata=fields.octets("metadata"),
        )
        slot = fields.integer("slot", 0, LAST_INSTANT // RELEASE_SLOT_SECONDS)
        sightings = _sightings(fields)
        fields.done()
        if len(kept.identity) not in _IDENTITY_SIZES or len(kept.metadata) not in _METADATA_SIZES:
            raise MalformedError("an observation has an identity or metadata of another length")
        if not sightings or sightings != sorted(sightings):
            raise MalformedError("an observation has no sightings, or not in order")
        if coarse and sightings[0].offset_seconds:
            raise MalformedError("a coarse observation does not begin at its first sighting")
        return cls(
            kept=kept,
            slot=Slot(slot),
            coarse=coarse,
            sightings=tuple(sightings),
        )


class ObservationStore:
    """Everything one phone has heard and not yet forgotten."""

    def __init__(self) -> None:
        self._slots: dict[Slot, dict[Kept, list[Sighting]]] = {}
        self._coarse: set[Slot] = set()
        self._sightings: dict[Slot, int] = {}
        self._index: dict[bytes, list[tuple[Slot, Kept]]] | None = {}
        self._derived: tuple[object, object] | None = None

    def add(self, kept: Kept, *, at: Instant, rssi_dbm: int) -> None:
        """Keep one sighting [OBSERVATIONS-1].

        Raises:
            LimitError: the slot already holds as much as it may [OBSERVATIONS-5].
            TypeError: a moment or a strength that is no whole number.
            ValueError: an impossible moment, signal strength or length.
        """
        require_instant(at)
        if type(rssi_dbm) is not int:
            raise TypeError("a signal strength is a whole number of dBm")
        if not -128 <= rssi_dbm <= 127:
            raise ValueError("a signal strength lies between -128 and 127 dBm")
        if len(kept.identity) not in _IDENTITY_SIZES or len(kept.metadata) not in _METADATA_SIZES:
            raise ValueError("an identity has 16 or 32 bytes, metadata have 4 or none")
        slot = slot_of(at)
        # A slot that is coarse has lost its clock; what comes late joins it without one.
        offset = 0 if slot in self._coarse else at - slot_start(slot)
        self._extend(slot, kept, [Sighting(offset, rssi_dbm)])

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

    def discard(self, identities: Iterable[bytes]) -> None:
        """Erase every observation of some identities."""
        index = self._built_index()
        self._derived = None
        places = [place for identity in identities for place in index.pop(identity, ())]
        for slot, kept in places:
            self._sightings[slot] -= len(self._slots[slot].pop(kept))
        self._erase([slot for slot, heard in self._slots.items() if not heard])

    def lookup(self, identity: bytes) -> list[Observation]:
        """Return every observation of an identity, by slot; usually there is none."""
        places = self._built_index().get(identity, ())
        return [self._observation(*place) for place in sorted(places)]

    def heard_none_of(self, identities: Iterable[bytes]) -> bool:
        """Return whether none of the identities was observed; much faster than `lookup`."""
        return self._built_index().keys().isdisjoint(identities)

    def identities(self) -> Collection[bytes]:
        """Return every identity observed, each once."""
        return self._built_index().keys()

    def derived(self, make: Callable[[Collection[bytes]], T]) -> T:
        """Return what a function makes of the identities; made once until they change.

        Only the last function's result is kept.
        """
        if self._derived is None or self._derived[0] is not make:
            self._derived = make, make(self.identities())
        return cast(T, self._derived[1])

    def __iter__(self) -> Iterator[Observation]:
        """Yield the observations by slot and bytes, an order that tells nothing more."""
        for slot in sorted(self._slots):
            for kept in sorted(self._slots[slot]):
                yield self._observation(slot, kept)

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
        if mixed or observation.kept in heard:
            raise MalformedError("the observations contradict one another")
        self._extend(slot, observation.kept, observation.sightings)
        if observation.coarse:
            self._coarse.add(slot)

    def _extend(self, slot: Slot, kept: Kept, more: Iterable[Sighting]) -> None:
        """Add sightings to an observation, or begin it; refuse before anything changes."""
        more = list(more)
        heard = self._slots.get(slot, {})
        sightings = heard.get(kept, [])
        if not sightings and len(heard) >= MAX_IDENTIFIERS_PER_SLOT:
            raise LimitError("too many identifiers were heard in two hours")
        if len(sightings) + len(more) > MAX_SIGHTINGS_PER_IDENTIFIER:
            raise LimitError("one identifier was heard too often in two hours")
        total = self._sightings.get(slot, 0) + len(more)
        if total > MAX_SIGHTINGS_PER_SLOT:
            raise LimitError("too much was heard in two hours")
        self._sightings[slot] = total
        if not sightings:
            self._slots.setdefault(slot, {})[kept] = sightings
            if self._index is not None:
                self._index.setdefault(kept.identity, []).append((slot, kept))
            self._derived = None
        sightings += more

    def _erase(self, slots: list[Slot]) -> None:
        for slot in slots:
            del self._slots[slot], self._sightings[slot]
            self._coarse.discard(slot)
            self._index = self._derived = None

    def _built_index(self) -> dict[bytes, list[tuple[Slot, Kept]]]:
        if self._index is None:
            self._index = {}
            for slot, heard in self._slots.items():
                for kept in heard:
                    self._index.setdefault(kept.identity, []).append((slot, kept))
        return self._index

    def _observation(self, slot: Slot, kept: Kept) -> Observation:
        return Observation(
            kept=kept,
            slot=slot,
            coarse=slot in self._coarse,
            sightings=tuple(sorted(self._slots[slot][kept])),
        )


def each_once(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Of the observations that one advertisement made under several periods, yield the longest.

    Where a hash stands for the identifier they cannot be told to be one [DISCLOSURE-18].
    """
    longest: dict[tuple[Slot, bytes, bytes], Observation] = {}
    for one in observations:
        key = one.slot, one.kept.identity, one.kept.metadata
        known = longest.setdefault(key, one)
        if len(one.sightings) > len(known.sightings):
            longest[key] = one
    yield from longest.values()


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
