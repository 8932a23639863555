"""A phone as a value: it ticks, hears, reports and ingests, and does no I/O.

Its owner gives it the time, the advertisements its radio receives and the batches its network
fetches, and saves it sealed under a key of the operating system's key store.
"""

from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import ClockError, MalformedError, PolicyError, UnsupportedVersionError
from dp3t.params import LAST_INSTANT, METADATA_BYTES, STANDARD, Parameters
from dp3t.primitives import Rand, seal, unseal
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import EphID, Metadata
from dp3t.proximity.designs import design as design_named
from dp3t.proximity.exposure import Exposure, summarise
from dp3t.proximity.interface import Design, KeyRing
from dp3t.proximity.matching import Match, match
from dp3t.proximity.observations import Observation, ObservationStore
from dp3t.publication.batch import Batch
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, Slot, checked_release, day_of, day_start, slot_of, slot_start

STATE_VERSION = 2
MAX_STATE_BYTES = 2**27
MAX_INGESTED = 2**14
_MAGIC = b"dp3t phone"
_HEADER_BYTES = len(_MAGIC) + 2
_MAX_ENTRIES = 2**22


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
        self._identifier: tuple[int, EphID] | None = None

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
        self.observations.forget(before=oldest)
        first = slot_of(day_start(Day(max(0, oldest))))
        self._matches = {key: value for key, value in self._matches.items() if key[0] >= first}
        self._ingested = {key for key in self._ingested if slot_of(key[0]) >= first}

    def restart_keys(self, now: Instant, *, rand: Rand) -> None:
        """Draw fresh secrets and accept the clock as it is now, after it was wrong [PHONE-2]."""
        self._ring = self.design.generate(now=now, parameters=self.parameters, rand=rand)
        self._clock = now
        self._identifier = None

    def advertisement(self, now: Instant, *, metadata: Metadata) -> bytes:
        """Return the 31 bytes to broadcast from `now` until the identifier changes [PHONE-3].

        Raises:
            ClockError: `tick` has not been called for this period.
        """
        if self._period(now) != self._period(self._clock):
            raise ClockError("tick the phone before it advertises")
        service_data = self._ring.service_data(metadata, now=now, parameters=self.parameters)
        return advertisement.encode(service_data, service_uuid=self.design.service_uuid)

    def hear(self, received: bytes, *, now: Instant, rssi_dbm: int) -> None:
        """Keep a sighting of an advertisement that the radio received.

        An echo of the phone's own current identifier is not kept [PHONE-4].

        Raises:
            MalformedError: the bytes are not an advertisement of this design.
            LimitError: more was heard in two hours than a phone keeps.
        """
        service_data = advertisement.decode(received, service_uuid=self.design.service_uuid)
        if advertisement.identifier_of(service_data) != self._own_identifier(now):
            self.observations.add(service_data, at=now, rssi_dbm=rssi_dbm)

    def report(self, *, since: Day, now: Instant, rand: Rand, onset: Day | None = None) -> Report:
        """Take out the keys to publish, erase them here and go on with fresh ones [PHONE-5].

        The report stays in `pending` until `report_accepted`, so that no crash loses it.

        Args:
            since: the first contagious day; earlier than the keys kept means all of them.
            now: the present; the phone must have ticked in this period.
            rand: source of the fresh keys.
            onset: day of first symptoms, where the design says something about it.

        Raises:
            PolicyError: an earlier report is still pending, or `since` lies in the future.
        """
        if self.pending is not None:
            raise PolicyError("an earlier report is still waiting to be uploaded")
        keys, self._ring = self._ring.released(
            since=since, onset=onset, now=now, parameters=self.parameters, rand=rand
        )
        self._identifier = None
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

        A batch that comes twice adds nothing, and the order of batches does not matter.

        Raises:
            MalformedError: a batch of another design, or a key that cannot be; nothing changes.
        """
        if batch.design != self.design.name:
            raise MalformedError("the batch belongs to another design")
        keys = [self.design.tracing_key(record) for record in batch.records()]
        found = {
            (one.observation.slot, bytes(one.observation.service_data)): one
            for one in match(
                self.observations, keys, release=batch.release, parameters=self.parameters
            )
        }
        fresh = {key: value for key, value in found.items() if key not in self._matches}
        self._matches |= fresh
        self._ingested.add((batch.release, batch.region))
        return tuple(fresh.values())

    def settle(self, now: Instant) -> None:
        """Say that every batch released until `now` has been ingested.

        Receive times that are no longer needed are dropped where the design allows it [PHONE-7].
        """
        if self.design.coarsens:
            self.observations.coarsen(before=slot_start(slot_of(now)))

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
        if len(data) <= _HEADER_BYTES:
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
            "matches": [
                {
                    "metadata": b"" if one.metadata is None else one.metadata.encode(),
                    "observation": one.observation.to_value(),
                }
                for _, one in sorted(self._matches.items())
            ],
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
            one = _match(item)
            phone._matches[one.observation.slot, bytes(one.observation.service_data)] = one
        for item in fields.items("ingested", most=MAX_INGESTED):
            entry = Fields(item, what="an ingested batch")
            release = checked_release(entry.integer("release", 0, LAST_INSTANT))
            phone._ingested.add((release, entry.text("region", longest=16)))
            entry.done()
        for item in fields.items("pending", most=1):
            phone.pending = Report.from_value(item)
        fields.done()
        return phone

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Phone) and self.to_value() == other.to_value()

    __hash__ = None  # type: ignore[assignment]  # a phone changes; it is no key

    def __repr__(self) -> str:
        return f"Phone(design={self.design.name!r}, observations={len(self.observations)})"

    def _period(self, now: Instant) -> int:
        return self._ring.period(now, self.parameters)

    def _own_identifier(self, now: Instant) -> EphID | None:
        period = self._period(now)
        if self._identifier is None or self._identifier[0] != period:
            if period != self._period(self._clock):
                return None
            identifier = self._ring.identifier(now=now, parameters=self.parameters)
            self._identifier = (period, identifier)
        return self._identifier[1]


def _header(version: int) -> bytes:
    return _MAGIC + version.to_bytes(2, "big")


def _from_version_1(value: Value) -> Value:
    """Version 1 knew neither matches nor ingested batches nor pending reports [PHONE-9]."""
    if not isinstance(value, dict):
        raise MalformedError("the saved phone is not a map")
    return {"ingested": [], "matches": [], "pending": [], **value}


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


def _match(value: Value) -> Match:
    fields = Fields(value, what="a match")
    metadata = fields.octets("metadata")
    observation = Observation.from_value(fields.value("observation"))
    fields.done()
    if len(metadata) not in (0, METADATA_BYTES):
        raise MalformedError("a match has metadata of a wrong length")
    return Match(observation=observation, metadata=Metadata.decode(metadata) if metadata else None)
