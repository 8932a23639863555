"""A phone as a value: it ticks, hears, reports and ingests, and does no I/O.

Its owner gives it the time, the advertisements its radio receives and the batches its network
fetches, and saves it sealed under a key of the operating system's key store.
"""

from contextlib import suppress
from dataclasses import replace

from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import (
    ClockError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnsupportedVersionError,
)
from dp3t.params import DAY_SECONDS, LAST_INSTANT, RELEASE_SLOT_SECONDS, STANDARD, Parameters
from dp3t.primitives import SEAL_NONCE_BYTES, Rand, seal, unseal
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import EphID, Metadata
from dp3t.proximity.designs import design as design_named
from dp3t.proximity.exposure import Exposure, summarise
from dp3t.proximity.interface import Design, KeyRing, TracingKey
from dp3t.proximity.matching import Match, match
from dp3t.proximity.observations import Observation, ObservationStore
from dp3t.publication.batch import Batch
from dp3t.publication.report import Report
from dp3t.timeline import (
    Day,
    Instant,
    Slot,
    checked_release,
    day_of,
    day_start,
    release_after,
    slot_of,
    slot_start,
)

STATE_VERSION = 2
MAX_STATE_BYTES = 2**32
MAX_INGESTED = 2**14
MAX_LATE_SECONDS = 600
"""How long after a sighting the radio may take to hand it over."""

RSSI_UNKNOWN = 127
"""What Bluetooth says where it has no signal strength."""

_MAGIC = b"dp3t phone"
_HEADER_BYTES = len(_MAGIC) + 2
_SEAL_TAG_BYTES = 16
_LAST_SLOT = LAST_INSTANT // RELEASE_SLOT_SECONDS
_MAX_ENTRIES = 2**23
"""More than 65 days of full slots hold, so that what was saved can be loaded."""


class Phone:
    """One phone under one design. Two phones are equal when their whole state is.

    Attributes:
        design: the design it follows.
        parameters: its region's parameters.
        observations: what it has heard.
        pending: a report whose keys are erased here and not yet accepted by a server.
    """

    def __init__(
        self,
        *,
        design: Design,
        parameters: Parameters,
        ring: KeyRing,
        clock: Instant,
    ) -> None:
        """Hold an existing ring; `create` and `load` are the usual doors."""
        self.design = design
        self.parameters = parameters
        self.observations = ObservationStore()
        self.pending: Report | None = None
        self._ring = ring
        self._clock = clock
        self._matches: dict[tuple[Slot, bytes], Match] = {}
        self._ingested: set[tuple[Instant, str]] = set()
        self._broadcast: tuple[EphID, ...] = ()

    @classmethod
    def create(
        cls, design: str, *, now: Instant, rand: Rand, parameters: Parameters = STANDARD
    ) -> "Phone":
        """Return a new phone with fresh secrets.

        Raises:
            MalformedError: no design has that name.
        """
        chosen = design_named(design)
        ring = chosen.generate(now=now, parameters=parameters, rand=rand)
        return cls(design=chosen, parameters=parameters, ring=ring, clock=now)

    def tick(self, now: Instant, *, rand: Rand) -> None:
        """Let time pass: rotate keys and forget what is past its retention [PHONE-1].

        Call it at least once per epoch, before `advertisement`.

        Raises:
            ClockError: the clock went back to an earlier identifier's time [PHONE-2].
        """
        if now < self._clock and self._period(now) != self._period(self._clock):
            raise ClockError("the clock went back; wait for it to catch up or restart the keys")
        self._ring = self._ring.rotated(now=now, parameters=self.parameters, rand=rand)
        self._clock = max(now, self._clock)
        oldest = Day(day_of(now) - self.parameters.retention_days)
        first = slot_of(day_start(Day(max(0, oldest))))
        self.observations.forget(before=oldest)
        self._keep(range(first, _LAST_SLOT + 1))
        self._coarsen(Instant(max(0, now - MAX_LATE_SECONDS)))

    def restart_keys(self, now: Instant, *, rand: Rand) -> None:
        """Draw fresh secrets and accept the clock as it is now, after it was wrong [PHONE-2].

        What the wrong clock dated later than `now` is erased: it would outlive its retention.
        """
        self._ring = self.design.generate(now=now, parameters=self.parameters, rand=rand)
        self._clock = now
        self.observations.forget_after(now)
        self._keep(range(slot_of(now) + 1))

    def advertisement(self, now: Instant, *, metadata: Metadata) -> bytes:
        """Return the 31 bytes to broadcast from `now` until the identifier changes [PHONE-3].

        Raises:
            ClockError: `tick` has not been called for this period.
        """
        if self._period(now) != self._period(self._clock):
            raise ClockError("tick the phone before it advertises")
        service_data = self._ring.service_data(metadata, now=now, parameters=self.parameters)
        own = advertisement.identifier_of(service_data)
        if own not in self._broadcast:
            self._broadcast = (*self._broadcast[-1:], own)
        return advertisement.encode(service_data, service_uuid=self.design.service_uuid)

    def hear(self, received: bytes, *, now: Instant, rssi_dbm: int) -> None:
        """Keep a sighting of an advertisement that the radio received.

        An echo of what the phone itself broadcasts, or did just before, is not kept [PHONE-4], nor
        is a sighting of unknown strength (127 dBm), which says nothing about nearness.

        Args:
            received: the advertising data.
            now: when it was received: at most ten minutes before the last tick, so that no clock
                can be set back behind a publication, and at most a day after it [PHONE-10].
            rssi_dbm: the signal strength, -128 to 127.

        Raises:
            MalformedError: the bytes are not an advertisement of this design.
            ClockError: `now` is too far from the last tick.
            LimitError: more was heard in two hours than a phone keeps.
        """
        service_data = advertisement.decode(received, service_uuid=self.design.service_uuid)
        if not -MAX_LATE_SECONDS <= now - self._clock <= DAY_SECONDS:
            raise ClockError("the sighting is too old, or the phone has not ticked for a day")
        own = advertisement.identifier_of(service_data) in self._broadcast
        if not own and rssi_dbm != RSSI_UNKNOWN:
            self.observations.add(service_data, at=now, rssi_dbm=rssi_dbm)

    def report(self, *, since: Day, now: Instant, rand: Rand, onset: Day | None = None) -> Report:
        """Take out the keys to publish, erase them here and go on with fresh ones [PHONE-5].

        The report stays in `pending` until `report_accepted`, so that no crash loses it. Whatever
        echo of their identifiers was heard is erased too [PHONE-4]. This ticks.

        Args:
            since: the first contagious day; earlier than the keys kept means all of them.
            now: the present.
            rand: source of the fresh keys.
            onset: day of first symptoms, where the design says something about it.

        Raises:
            PolicyError: an earlier report is still pending, or `since` lies in the future.
            ClockError: the clock went back.
        """
        if self.pending is not None:
            raise PolicyError("an earlier report is still waiting to be uploaded")
        self.tick(now, rand=rand)
        keys, self._ring = self._ring.released(
            since=since, onset=onset, now=now, parameters=self.parameters, rand=rand
        )
        end = release_after(max(now, self._clock))
        for key in keys:
            for expansion in key.expand(before=end, parameters=self.parameters):
                self.observations.discard(expansion.split())
        records = tuple(sorted(key.record() for key in keys))
        self.pending = Report(design=self.design.name, records=records)
        return self.pending

    def report_accepted(self) -> None:
        """Erase the pending report: a server has it."""
        self.pending = None

    def has_ingested(self, *, release: Instant, region: str) -> bool:
        """Return whether the batch of a region's release time is already in."""
        return (release, region) in self._ingested

    def ingest(self, batch: Batch) -> tuple[Match, ...]:
        """Match a verified batch against what was heard; return the new matches [PHONE-6].

        A batch that comes twice adds nothing, and the order of batches does not matter. A key that
        cannot be is left out, so that one does not cost the warnings of all others [PHONE-11].

        Raises:
            MalformedError: a batch of another design, or one whose every key is left out; nothing
                changes.
            TooEarlyError: the batch is dated more than a day after the last tick [PHONE-12].
        """
        if batch.release > self._clock + DAY_SECONDS:
            raise TooEarlyError("the batch comes from the future, or the phone has not ticked")
        keys = self._keys(batch)
        found = {
            (one.observation.slot, bytes(one.observation.service_data)): one
            for one in match(
                self.observations, keys, release=batch.release, parameters=self.parameters
            )
        }
        fresh = {key: value for key, value in found.items() if key not in self._matches}
        self._matches |= fresh
        self._ingested.add((batch.release, batch.region))
        if len(self._ingested) > MAX_INGESTED:  # to fetch an old one again does no harm
            self._ingested.remove(min(self._ingested))
        return tuple(fresh.values())

    def settle(self, now: Instant) -> None:
        """Drop the receive times of every slot that has ended, where the design allows it.

        `tick` does so too, ten minutes after the slot; nothing that is still to come needs them
        [PHONE-7].
        """
        self._coarsen(slot_start(slot_of(now)))

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """One exposure for each day with a match, oldest first."""
        return summarise(self._matches.values())

    def save(self, *, key: bytes, rand: Rand) -> bytes:
        """Return the whole state sealed under a 32-byte key [PHONE-8].

        Raises:
            ValueError: a key of another length.
        """
        header = _header(STATE_VERSION)
        return header + seal(key, encode(self.to_value()), header=header, rand=rand)

    @classmethod
    def load(cls, data: bytes, *, key: bytes) -> "Phone":
        """Return the phone that `save` sealed, of this version or an older one [PHONE-8] [PHONE-9].

        Raises:
            MalformedError: truncated, or not a saved phone at all.
            UnsupportedVersionError: saved by a later release.
            VerificationError: the wrong key, or altered bytes.
        """
        if len(data) < _HEADER_BYTES + SEAL_NONCE_BYTES + _SEAL_TAG_BYTES:
            raise MalformedError("the saved phone is truncated")
        header, sealed = data[:_HEADER_BYTES], data[_HEADER_BYTES:]
        if not header.startswith(_MAGIC):
            raise MalformedError("these bytes are not a saved phone")
        version = int.from_bytes(header[len(_MAGIC) :], "big")
        if not 1 <= version <= STATE_VERSION:
            raise UnsupportedVersionError(f"the saved phone has version {version}")
        payload = unseal(key, sealed, header=header)
        value = decode(payload, limit_bytes=MAX_STATE_BYTES)
        return cls.from_value(_from_version_1(value) if version == 1 else value)

    def to_value(self) -> Value:
        """Return the state for sealing."""
        return {
            "clock": self._clock,
            "design": self.design.name,
            "ingested": [
                {"region": region, "release": release} for release, region in sorted(self._ingested)
            ],
            "matches": [self._matches[key].to_value() for key in sorted(self._matches)],
            "observations": [observation.to_value() for observation in self.observations],
            "parameters": {
                "clock_drift_intervals": self.parameters.clock_drift_intervals,
                "epoch_minutes": self.parameters.epoch_minutes,
                "retention_days": self.parameters.retention_days,
            },
            "pending": [] if self.pending is None else [self.pending.to_value()],
            "ring": self._ring.to_value(),
        }

    @classmethod
    def from_value(cls, value: Value) -> "Phone":
        """Return a phone that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the saved phone")
        design = design_named(fields.text("design", longest=16))
        parameters = _parameters(fields.nested("parameters"))
        phone = cls(
            design=design,
            parameters=parameters,
            ring=design.ring(fields.value("ring"), parameters=parameters),
            clock=Instant(fields.integer("clock", 0, LAST_INSTANT)),
        )
        for item in fields.items("observations", most=_MAX_ENTRIES):
            phone.observations.restore(Observation.from_value(item))
        for item in fields.items("matches", most=_MAX_ENTRIES):
            one = Match.from_value(item)
            phone._matches[one.observation.slot, bytes(one.observation.service_data)] = one
        for item in fields.items("ingested", most=MAX_INGESTED):
            entry = Fields(item, what="an ingested batch")
            release = checked_release(entry.integer("release", 0, LAST_INSTANT))
            phone._ingested.add((release, entry.text("region", longest=16)))
            entry.done()
        for item in fields.items("pending", most=1):
            phone.pending = Report.from_value(item)
        fields.done()
        phone._settle_in(value)
        return phone

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Phone) and self.to_value() == other.to_value()

    __hash__ = None  # type: ignore[assignment]  # a phone changes; it is no key

    def __repr__(self) -> str:
        return f"Phone(design={self.design.name!r}, observations={len(self.observations)})"

    def _period(self, now: Instant) -> int:
        return self._ring.period(now, self.parameters)

    def _keep(self, slots: range) -> None:
        """Forget the matches and ingested batches of all other slots."""
        self._matches = {key: one for key, one in self._matches.items() if key[0] in slots}
        self._ingested = {key for key in self._ingested if slot_of(key[0]) in slots}

    def _coarsen(self, before: Instant) -> None:
        if not self.design.coarsens:
            return
        self.observations.coarsen(before=before)
        self._matches = {
            key: replace(one, observation=one.observation.coarsened())
            if slot_start(Slot(key[0] + 1)) <= before
            else one
            for key, one in self._matches.items()
        }

    def _keys(self, batch: Batch) -> list[TracingKey]:
        """Return the keys of a batch that can be."""
        if batch.design != self.design.name:
            raise MalformedError("the batch belongs to another design")
        keys = []
        for record in batch.records():
            with suppress(MalformedError):
                keys.append(self.design.tracing_key(record))
        if len(batch) and not keys:
            raise MalformedError("no key of the batch can be")
        return keys

    def _settle_in(self, value: Value) -> None:
        """Raise MalformedError for a state that no phone is in; know one's own echo otherwise."""
        try:
            own = self._ring.identifier(now=self._clock, parameters=self.parameters)
        except ClockError:
            raise MalformedError("the saved phone's keys are of another time") from None
        if self.pending is not None and self.pending.design != self.design.name:
            raise MalformedError("the saved phone's report is of another design")
        if self.to_value() != value:
            raise MalformedError("the saved phone says something twice or out of order")
        self._broadcast = (own,)


def _header(version: int) -> bytes:
    return _MAGIC + version.to_bytes(2, "big")


def _from_version_1(value: Value) -> Value:
    """Version 1 knew neither matches nor ingested batches nor pending reports [PHONE-9]."""
    if not isinstance(value, dict):
        raise MalformedError("the saved phone is not a map")
    added: dict[str, Value] = {"ingested": [], "matches": [], "pending": []}
    if not added.keys().isdisjoint(value):
        raise MalformedError("the saved phone is newer than its version")
    return {**value, **added}


def _parameters(fields: Fields) -> Parameters:
    values = {
        name: fields.integer(name, 0, 1440)
        for name in ("clock_drift_intervals", "epoch_minutes", "retention_days")
    }
    fields.done()
    try:
        return Parameters(**values)
    except ValueError as error:
        raise MalformedError(f"the saved phone's parameters: {error}") from None
