"""What a phone has heard: identifiers, signal strengths, and no more about time than it needs.

Sightings are kept by release slot. Publication happens only at slot boundaries, so the slot alone
decides whether something was heard before a batch was public, for as long as it is kept
[OBSERVATIONS-4]; the seconds inside a slot can be dropped as soon as it is over.
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from operator import attrgetter
from struct import iter_unpack, pack, unpack
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
_PERIOD_BYTES = 8
_SIGHTING_BYTES = 4
"""A packed sighting: three bytes for when, one for how strongly."""


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
    """Everything one phone has heard and not yet forgotten.

    A phone hears some hundred sightings a day, so they are kept packed: a few bytes for each, and
    no object.
    """

    def __init__(self) -> None:
        self._slots: dict[Slot, dict[bytes, bytes]] = {}
        self._fine: set[Slot] = set()
        self._sightings: dict[Slot, int] = {}
        self._index: dict[bytes, list[tuple[Slot, bytes]]] | None = None
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
        coarse = slot in self._slots and slot not in self._fine
        offset = 0 if coarse else at % RELEASE_SLOT_SECONDS
        packed = (offset << 8 | rssi_dbm + 128).to_bytes(_SIGHTING_BYTES, "big")
        self._extend(slot, _packed(kept), packed, coarse=coarse)

    def coarsen(self, *, before: Instant) -> None:
        """Drop the times inside every slot that ends at or before a moment [OBSERVATIONS-3]."""
        for slot in [one for one in self._fine if slot_start(Slot(one + 1)) <= before]:
            heard = self._slots[slot]
            for key, sightings in heard.items():
                heard[key] = _coarsened(sightings)
            self._fine.discard(slot)

    def forget(self, *, before: Day) -> None:
        """Erase everything heard before a day [OBSERVATIONS-2]."""
        first = before * SLOTS_PER_DAY
        if self._slots and min(self._slots) < first:
            self._erase([slot for slot in self._slots if slot < first])

    def forget_after(self, moment: Instant) -> None:
        """Erase everything in slots that begin after a moment."""
        self._erase([slot for slot in self._slots if slot > slot_of(moment)])

    def discard(self, identities: Iterable[bytes]) -> None:
        """Erase every observation of some identities."""
        index = self._built_index()
        self._derived = None
        places = [place for identity in identities for place in index.pop(identity, ())]
        for slot, key in places:
            self._sightings[slot] -= len(self._slots[slot].pop(key)) // _SIGHTING_BYTES
        self._erase([slot for slot, heard in self._slots.items() if not heard])

    def lookup(self, identity: bytes) -> list[Observation]:
        """Return every observation of an identity, by slot; usually there is none."""
        places = self._built_index().get(identity, ())
        return sorted(
            (self._observation(*place) for place in places), key=lambda one: (one.slot, one.kept)
        )

    def heard_none_of(self, identities: Iterable[bytes]) -> bool:
        """Return whether none of the identities was observed; much faster than `lookup`."""
        return self._built_index().keys().isdisjoint(identities)

    def among(self, known: Container[bytes]) -> set[bytes]:
        """Return the identities observed that something else contains.

        It takes a look at each, and unlike `lookup` it keeps no index in memory.
        """
        if self._index is not None:
            return {identity for identity in self._index if identity in known}
        return {identity for identity in self._each_identity() if identity in known}

    def identities(self) -> Collection[bytes]:
        """Return every identity observed, each once."""
        if self._index is not None:
            return self._index.keys()
        return dict.fromkeys(self._each_identity())

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
            of_slot = [self._observation(slot, key) for key in self._slots[slot]]
            yield from sorted(of_slot, key=attrgetter("kept"))

    def __len__(self) -> int:
        return sum(map(len, self._slots.values()))

    def restore(self, observation: Observation) -> None:
        """Put back an observation that iteration gave.

        Raises:
            MalformedError: it is there already, or its slot mixes coarse and fine.
            LimitError: its slot already holds as much as it may.
        """
        slot, key = observation.slot, _packed(observation.kept)
        heard = self._slots.get(slot, {})
        mixed = bool(heard) and (slot in self._fine) is observation.coarse
        if mixed or key in heard:
            raise MalformedError("the observations contradict one another")
        packed = _pack_sightings(observation.sightings)
        self._extend(slot, key, packed, coarse=observation.coarse)

    def _extend(self, slot: Slot, key: bytes, packed: bytes, *, coarse: bool) -> None:
        """Add sightings to an observation, or begin it; refuse before anything changes."""
        heard = self._slots.get(slot)
        sightings = b"" if heard is None else heard.get(key, b"")
        total = self._sightings.get(slot, 0) + len(packed) // _SIGHTING_BYTES
        if not sightings and heard is not None and len(heard) >= MAX_IDENTIFIERS_PER_SLOT:
            raise LimitError("too many identifiers were heard in two hours")
        if len(sightings) + len(packed) > MAX_SIGHTINGS_PER_IDENTIFIER * _SIGHTING_BYTES:
            raise LimitError("one identifier was heard too often in two hours")
        if total > MAX_SIGHTINGS_PER_SLOT:
            raise LimitError("too much was heard in two hours")
        self._sightings[slot] = total
        if heard is None:
            heard = self._slots[slot] = {}
            if not coarse:
                self._fine.add(slot)
        if not sightings:
            if self._index is not None:
                self._index.setdefault(_identity_in(key), []).append((slot, key))
            self._derived = None
        heard[key] = sightings + packed

    def _erase(self, slots: list[Slot]) -> None:
        for slot in slots:
            del self._slots[slot], self._sightings[slot]
            self._fine.discard(slot)
            self._index = self._derived = None

    def _each_identity(self) -> Iterator[bytes]:
        """Yield the identities as often as they stand here, in the order of an index."""
        return (_identity_in(key) for heard in self._slots.values() for key in heard)

    def _built_index(self) -> dict[bytes, list[tuple[Slot, bytes]]]:
        if self._index is None:
            self._index = {}
            for slot, heard in self._slots.items():
                for key in heard:
                    self._index.setdefault(_identity_in(key), []).append((slot, key))
        return self._index

    def _observation(self, slot: Slot, key: bytes) -> Observation:
        return Observation(
            kept=_unpacked(key),
            slot=slot,
            coarse=slot not in self._fine,
            sightings=tuple(sorted(_sightings_in(self._slots[slot][key]))),
        )


def _packed(kept: Kept) -> bytes:
    """Return what is kept as bytes, from which `_unpacked` returns it."""
    identity, period, metadata = kept
    return identity + metadata + period.to_bytes(_PERIOD_BYTES, "big", signed=True)


def _unpacked(key: bytes) -> Kept:
    identity = _identity_in(key)
    period = int.from_bytes(key[-_PERIOD_BYTES:], "big", signed=True)
    return Kept(identity, period, key[len(identity) : -_PERIOD_BYTES])


def _identity_in(key: bytes) -> bytes:
    """Return the identity in packed bytes: their length tells how long it is."""
    return key[: EPHID_BYTES if len(key) < HASH_BYTES else HASH_BYTES]


def _pack_sightings(sightings: Iterable[Sighting]) -> bytes:
    return b"".join(
        (offset << 8 | rssi + 128).to_bytes(_SIGHTING_BYTES, "big") for offset, rssi in sightings
    )


def _coarsened(packed: bytes) -> bytes:
    """Return packed sightings in order, with offsets that count from the first of them."""
    form = f">{len(packed) // _SIGHTING_BYTES}I"
    words = sorted(unpack(form, packed))
    first = words[0] & ~0xFF
    return pack(form, *[word - first for word in words])


def _sightings_in(packed: bytes) -> list[Sighting]:
    return [Sighting(word >> 8, (word & 0xFF) - 128) for (word,) in iter_unpack(">I", packed)]


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
