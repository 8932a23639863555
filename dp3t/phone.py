"""A phone as a value: it ticks, hears, reports and ingests, and does no I/O.

Its owner gives it the time, the advertisements its radio receives and the batches its network
fetches, and saves it sealed under a key of the operating system's key store.
"""

from collections.abc import Iterable
from dataclasses import replace

from dp3t import phone_state
from dp3t.codec import Fields, Value
from dp3t.errors import ClockError, MalformedError, PolicyError, TooEarlyError
from dp3t.params import (
    DAY_SECONDS,
    EPHID_BYTES,
    LAST_INSTANT,
    RELEASE_SLOT_SECONDS,
    STANDARD,
    Parameters,
)
from dp3t.primitives import Rand
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import EphID, Metadata
from dp3t.proximity.designs import design as design_named
from dp3t.proximity.exposure import Exposure, is_close, summarize
from dp3t.proximity.interface import Design, KeyRing, Match, Selection, TracingKey, Validity
from dp3t.proximity.matching import clear_metadata
from dp3t.proximity.observations import UNLABELLED, Kept, Observation, ObservationStore
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
    require_instant,
    slot_of,
    slot_start,
)

MAX_INGESTED = 2**14
MAX_LATE_SECONDS = 600
"""How long after a sighting the radio may take to hand it over."""

RSSI_UNKNOWN = 127
"""What Bluetooth says where it has no signal strength."""

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
        self._matches: dict[tuple[Slot, Kept], Match] = {}
        self._ingested: set[tuple[Instant, str]] = set()
        self._broadcast: tuple[EphID, ...] = ()
        self._reported = Instant(0)

    @classmethod
    def create(
        cls, design: str, *, now: Instant, rand: Rand, parameters: Parameters = STANDARD
    ) -> "Phone":
        """Return a new phone with fresh secrets.

        Raises:
            MalformedError: no design has that name.
            TypeError: a moment that is not whole seconds.
            ValueError: with these parameters a report fits into no upload.
        """
        require_instant(now)
        chosen = design_named(design)
        chosen.upload_bytes(parameters)
        ring = chosen.generate(now=now, parameters=parameters, rand=rand)
        return cls(design=chosen, parameters=parameters, ring=ring, clock=now)

    def tick(self, now: Instant, *, rand: Rand) -> None:
        """Let time pass: rotate keys and forget what is past its retention [PHONE-1].

        Call it at least once per epoch, before `advertisement`.

        Raises:
            ClockError: the clock went back to an earlier identifier's time [PHONE-2].
        """
        require_instant(now)
        if now < self._clock and self._period(now) != self._period(self._clock):
            raise ClockError("the clock went back; wait for it to catch up or restart the keys")
        self._ring = self._ring.rotated(now=now, parameters=self.parameters, rand=rand)
        self._clock = max(now, self._clock)
        oldest = Day(day_of(now) - self.parameters.retention_days)
        first = slot_of(day_start(Day(max(0, oldest))))
        self.observations.forget(before=oldest)
        self._keep(range(first, _LAST_SLOT + 1))
        self._coarsen(Instant(max(0, now - MAX_LATE_SECONDS)))
        if day_of(self._reported) < oldest:
            self.pending = None

    def restart_keys(self, now: Instant, *, rand: Rand) -> None:
        """Draw fresh secrets and accept the clock as it is now, after it was wrong [PHONE-2].

        What the wrong clock dated later than `now` is erased: it would outlive its retention. A
        report made later than `now` is erased too: no server would accept it.
        """
        require_instant(now)
        self._ring = self.design.generate(now=now, parameters=self.parameters, rand=rand)
        self._clock = now
        self.observations.forget_after(now)
        self._keep(range(slot_of(now) + 1))
        if self._reported > now:
            self.pending = None

    def next_change(self, now: Instant) -> Instant:
        """Return when the identifier of `now` ends: tick and advertise anew then."""
        return Instant((self._period(now) + 1) * self.design.epoch_seconds(self.parameters))

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
        require_instant(now)
        service_data = advertisement.decode(received, service_uuid=self.design.service_uuid)
        if not -MAX_LATE_SECONDS <= now - self._clock <= DAY_SECONDS:
            raise ClockError("the sighting is too old, or the phone has not ticked for a day")
        own = advertisement.identifier_of(service_data) in self._broadcast
        if own or rssi_dbm == RSSI_UNKNOWN:
            return
        for kept in self.design.kept(service_data, at=now, parameters=self.parameters):
            self.observations.add(kept, at=now, rssi_dbm=rssi_dbm)

    def report(
        self,
        *,
        since: Day,
        now: Instant,
        rand: Rand,
        onset: Day | None = None,
        redacted: Iterable[tuple[Instant, Instant]] = (),
    ) -> Report:
        """Take out the keys to publish, erase them here and go on with fresh ones [PHONE-5].

        The report stays in `pending` until `report_accepted`, so that no crash loses it, or until
        its retention is over [PHONE-19]. Whatever
        echo of their identifiers was heard is erased too [PHONE-4]. This ticks.

        Args:
            since: the first contagious day; earlier than the keys kept means all of them.
            now: the present.
            rand: source of the fresh keys.
            onset: day of first symptoms, where the design says something about it.
            redacted: stretches of time, from a moment to before another, that the person holds
                back; what they meet in part is held back as a whole [PHONE-20].

        Raises:
            PolicyError: an earlier report is still pending, `since` lies in the future, or the
                design cannot hold back what is redacted.
            ClockError: the clock went back.
        """
        if self.pending is not None:
            raise PolicyError("an earlier report is still waiting to be uploaded")
        self.tick(now, rand=rand)
        selection = Selection(
            redacted=tuple(Validity(*stretch) for stretch in redacted),
            close_periods=self._close_periods() or None,  # a deaf phone skips nothing
        )
        keys, self._ring = self._ring.released(
            since=since,
            onset=onset,
            now=now,
            parameters=self.parameters,
            rand=rand,
            selection=selection,
        )
        self._discard_echo(keys, before=release_after(max(now, self._clock)))
        records = tuple(sorted(key.record() for key in keys))
        self.pending = Report(design=self.design.name, records=records)
        self._reported = now
        return self.pending

    def report_accepted(self) -> None:
        """Erase the pending report: a server has it."""
        self.pending = None

    def abandon_report(self) -> None:
        """Erase the pending report unpublished: the person has changed their mind [PHONE-19]."""
        self.pending = None

    def has_ingested(self, *, release: Instant, region: str) -> bool:
        """Return whether the batch of a region's release time is already in."""
        return (release, region) in self._ingested

    def ingest(self, batch: Batch) -> tuple[Match, ...]:
        """Match a verified batch against what was heard; return the new matches [PHONE-6].

        A batch that comes twice adds nothing, and the order of batches does not matter. A key that
        is not valid is left out, so that one does not cost the warnings of all others [PHONE-11].

        Raises:
            MalformedError: a batch of another design, or one whose every key is left out; nothing
                changes.
            TooEarlyError: the batch is dated more than a day after the last tick [PHONE-12].
        """
        if batch.release > self._clock + DAY_SECONDS:
            raise TooEarlyError("the batch comes from the future, or the phone has not ticked")
        if batch.design != self.design.name:
            raise MalformedError("the batch belongs to another design")
        matches = self.design.match(self.observations, batch, parameters=self.parameters)
        found = {(one.observation.slot, one.observation.kept): one for one in matches}
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
        return summarize(self._matches.values())

    def save(self, *, key: bytes, rand: Rand) -> bytes:
        """Return the whole state sealed under a 32-byte key [PHONE-8].

        Raises:
            ValueError: a key of another length.
        """
        return phone_state.seal_state(self.to_value(), key=key, rand=rand)

    @classmethod
    def load(cls, data: bytes, *, key: bytes) -> "Phone":
        """Return the phone that `save` sealed, of this version or an older one [PHONE-8] [PHONE-9].

        Raises:
            MalformedError: truncated, or not a saved phone at all.
            UnsupportedVersionError: saved by a later release.
            VerificationError: the wrong key, or altered bytes.
        """
        return cls.from_value(phone_state.open_state(data, key=key))

    def to_value(self) -> Value:
        """Return the state for sealing."""
        return {
            "broadcast": list(self._broadcast),
            "clock": self._clock,
            "design": self.design.name,
            "ingested": [
                {"region": region, "release": release} for release, region in sorted(self._ingested)
            ],
            "matches": [self._matches[key].to_value() for key in sorted(self._matches)],
            "observations": [observation.to_value() for observation in self.observations],
            "parameters": phone_state.parameters_to_value(self.parameters),
            "pending": []
            if self.pending is None
            else [{"made": self._reported, "report": self.pending.to_value()}],
            "ring": self._ring.to_value(),
        }

    @classmethod
    def from_value(cls, value: Value) -> "Phone":
        """Return a phone that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the saved phone")
        design = design_named(fields.text("design", longest=16))
        parameters = phone_state.parameters_of(fields.nested("parameters"))
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
            phone._matches[one.observation.slot, one.observation.kept] = one
        for item in fields.items("ingested", most=MAX_INGESTED):
            entry = Fields(item, what="an ingested batch")
            release = checked_release(entry.integer("release", 0, LAST_INSTANT))
            phone._ingested.add((release, entry.text("region", longest=16)))
            entry.done()
        for item in fields.items("pending", most=1):
            entry = Fields(item, what="the pending report")
            phone._reported = Instant(entry.integer("made", 0, LAST_INSTANT))
            phone.pending = Report.from_value(entry.value("report"))
            entry.done()
        for item in fields.items("broadcast", most=2):
            if not isinstance(item, bytes) or len(item) != EPHID_BYTES:
                raise MalformedError("the saved phone's broadcast is no identifier")
            phone._broadcast = (*phone._broadcast, EphID(item))
        fields.done()
        phone._require_consistent(value)
        return phone

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Phone) and self.to_value() == other.to_value()

    __hash__ = None  # type: ignore[assignment]  # a phone changes; it is no key

    def __repr__(self) -> str:
        return f"Phone(design={self.design.name!r}, observations={len(self.observations)})"

    def _period(self, now: Instant) -> int:
        return now // self.design.epoch_seconds(self.parameters)

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

    def _close_periods(self) -> set[int]:
        """Return the labels of the periods in which somebody was close by [PHONE-21]."""
        return {
            observation.kept.period
            for observation in self.observations
            if observation.kept.period != UNLABELLED
            and is_close(observation, clear_metadata(observation.kept))
        }

    def _discard_echo(self, keys: Iterable[TracingKey], *, before: Instant) -> None:
        for key in keys:
            for expansion in key.expand(before=before, parameters=self.parameters):
                self.observations.discard(
                    self.design.identity(identifier, period=expansion.period)
                    for identifier in expansion.split()
                )

    def _require_consistent(self, value: Value) -> None:
        """Raise MalformedError for a state that no phone is in [PHONE-17]."""
        try:
            self._ring.identifier(now=self._clock, parameters=self.parameters)
        except ClockError:
            raise MalformedError("the saved phone's keys are of another time") from None
        if self.pending is not None and self.pending.design != self.design.name:
            raise MalformedError("the saved phone's report is of another design")
        if self.to_value() != value:
            raise MalformedError("the saved phone says something twice or out of order")
