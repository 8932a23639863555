"""A phone's state: its parts, its clock, and what becomes of them as time passes."""

from typing import Self

from dp3t.codec import Fields, Value
from dp3t.errors import ClockError, MalformedError
from dp3t.params import LAST_INSTANT, RELEASE_SLOT_SECONDS, STANDARD, Parameters
from dp3t.phone import saved
from dp3t.phone.matches import MAX_INGESTED, Matches
from dp3t.phone.outbox import Outbox
from dp3t.phone.radio import Radio
from dp3t.phone.receipts import MAX_RECEIPTS, Receipts, ReceiptStatus
from dp3t.phone.visits import Visits
from dp3t.primitives import Rand
from dp3t.proximity.designs import design_named
from dp3t.proximity.interface import Design, KeyRing
from dp3t.proximity.observations import Observation, ObservationStore
from dp3t.publication.dummy import DummySchedule
from dp3t.timeline import (
    Day,
    Instant,
    Stretch,
    day_of,
    day_start,
    require_instant,
    slot_of,
    slot_start,
)

MAX_LATE_SECONDS = 600
"""How long after a sighting the radio may take to hand it over."""

_LAST_SLOT = LAST_INSTANT // RELEASE_SLOT_SECONDS
_MAX_NAME_LENGTH = 16
_MAX_BROADCAST = 2
_MAX_ENTRIES = 2**23
"""More than 65 days of full slots hold, so that what was saved can be loaded."""


class PhoneState:
    """What a phone consists of, and what happens to it as time passes.

    Two are equal when their whole state is.

    Attributes:
        design: the design it follows.
        parameters: its region's parameters.
        observations: what it has heard.
    """

    def __init__(
        self,
        *,
        design: Design,
        parameters: Parameters,
        ring: KeyRing,
        clock: Instant,
        outbox: Outbox,
    ) -> None:
        """Hold an existing ring; `create` and `load` are the usual doors."""
        self.design = design
        self.parameters = parameters
        self.observations = ObservationStore()
        self._ring = ring
        self._clock = clock
        self._radio = Radio(design, parameters)
        self._matches = Matches(design)
        self._outbox = outbox
        self._receipts = Receipts()
        self._visits = Visits()

    @classmethod
    def create(
        cls, design: str, *, now: Instant, rand: Rand, parameters: Parameters = STANDARD
    ) -> Self:
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
        outbox = Outbox(DummySchedule.first(now=now, rand=rand))
        phone = cls(design=chosen, parameters=parameters, ring=ring, clock=now, outbox=outbox)
        phone._spread(now, rand=rand)
        return phone

    def tick(self, now: Instant, *, rand: Rand) -> None:
        """Let time pass: rotate keys and forget what is past its retention [PHONE-1].

        Call it at least once per epoch, before `advertisement`. A visit can end by itself here, and
        traces that came while it lasted fit: look at `venue_exposures` [PHONE-40].

        Raises:
            ClockError: the clock went back to an earlier identifier's time [PHONE-2].
        """
        require_instant(now)
        if now < self._clock and self._epoch(now) != self._epoch(self._clock):
            raise ClockError("the clock went back; wait for it to catch up or restart the keys")
        self._ring = self._ring.rotated(now=now, parameters=self.parameters, rand=rand)
        self._clock = max(now, self._clock)
        self._radio.pass_time(now)
        self._spread(now, rand=rand)
        oldest = Day(day_of(now) - self.parameters.retention_days)
        first = slot_of(day_start(Day(max(0, oldest))))
        self.observations.forget(before=oldest)
        self._matches.keep(range(first, _LAST_SLOT + 1))
        self._coarsen(Instant(max(0, now - MAX_LATE_SECONDS)))
        self._outbox.forget(before=oldest)
        self._receipts.forget(before=day_start(Day(max(0, oldest))))
        self._visits.settle(now, oldest=oldest, rand=rand)

    def restart_keys(self, now: Instant, *, rand: Rand) -> None:
        """Draw fresh secrets and accept the clock as it is now, after it was wrong [PHONE-2].

        What the wrong clock dated later than `now` is erased: it would outlive its retention. A
        report made later than `now` is erased too: no server would accept it. Dummies are
        scheduled anew.
        """
        require_instant(now)
        self._ring = self.design.generate(now=now, parameters=self.parameters, rand=rand)
        self._clock = now
        self._radio = self._radio.restarted()
        self._spread(now, rand=rand)
        self.observations.forget_after(now)
        self._matches.keep(range(slot_of(now) + 1))
        self._outbox.forget_after(now)
        self._visits.forget_after(now)
        self._outbox.dummies = DummySchedule.first(now=now, rand=rand)

    @property
    def receipts(self) -> tuple[ReceiptStatus, ...]:
        """How each promise of a server stands, those due first first [PHONE-31].

        One that was kept is gone after the next tick; one that was broken stays for as long as
        batches do, as evidence.
        """
        return self._receipts.told()

    def forget_receipts(self) -> None:
        """Erase every promise, and with them what was reported [PHONE-32]."""
        self._receipts.clear()

    @property
    def regions(self) -> frozenset[str]:
        """The regions of which batches are in."""
        return frozenset(self._matches.regions())

    def caught_up(self, region: str, *, listed: Stretch) -> None:
        """Take note that all batches are in that a region's index lists for a time [PHONE-31].

        Args:
            region: the region.
            listed: from the first release that the index would list until its `issued`.
        """
        self._receipts.caught_up(region, listed=listed)

    def next_change(self, now: Instant) -> Instant:
        """Return when the identifier of `now` ends: tick and advertise anew then."""
        return Instant((self._epoch(now) + 1) * self.design.epoch_seconds(self.parameters))

    def settle(self, now: Instant) -> None:
        """Drop the receive times of every slot that has ended, where the design allows it.

        `tick` does so too, ten minutes after the slot; nothing that is still to come needs them
        [PHONE-7].
        """
        self._coarsen(slot_start(slot_of(now)))

    def save(self, *, key: bytes, rand: Rand) -> bytes:
        """Return the whole state sealed under a 32-byte key [PHONE-8].

        Raises:
            ValueError: a key of another length.
        """
        return saved.seal_state(self.to_value(), key=key, rand=rand)

    @classmethod
    def load(cls, data: bytes, *, key: bytes) -> Self:
        """Return the phone that `save` sealed, of this version or an older one [PHONE-8] [PHONE-9].

        Raises:
            MalformedError: truncated, or not a saved phone at all.
            UnsupportedVersionError: saved by a later release.
            VerificationError: the wrong key, or altered bytes.
        """
        return cls.from_value(saved.open_state(data, key=key))

    def to_value(self) -> Value:
        """Return the state for sealing."""
        return {
            "broadcast": self._radio.recent_to_value(),
            "clock": self._clock,
            "design": self.design.name,
            "ingested": self._matches.ingested_to_value(),
            "matches": self._matches.matches_to_value(),
            "observations": [observation.to_value() for observation in self.observations],
            "parameters": saved.parameters_to_value(self.parameters),
            "receipts": self._receipts.to_value(),
            "ring": self._ring.to_value(),
            "visits": self._visits.to_value(),
            **self._outbox.to_fields(),
        }

    @classmethod
    def from_value(cls, value: Value) -> Self:
        """Return a phone that `to_value` described; MalformedError otherwise [PHONE-17]."""
        fields = Fields(value, what="the saved phone")
        design = design_named(fields.text("design", longest=_MAX_NAME_LENGTH))
        parameters = saved.parameters_of(fields.nested("parameters"))
        phone = cls(
            design=design,
            parameters=parameters,
            ring=design.ring(fields.value("ring"), parameters=parameters),
            clock=Instant(fields.integer("clock", 0, LAST_INSTANT)),
            outbox=Outbox.from_fields(fields, design=design.name),
        )
        for item in fields.items("observations", most=_MAX_ENTRIES):
            phone.observations.restore(Observation.from_value(item))
        phone._matches.restore(
            matches=fields.items("matches", most=_MAX_ENTRIES),
            ingested=fields.items("ingested", most=MAX_INGESTED),
        )
        receipts = fields.items("receipts", most=MAX_RECEIPTS)
        phone._receipts.restore(receipts, design=design.name)
        phone._visits = Visits.restore(fields.nested("visits"))
        phone._radio.restore_recent(fields.items("broadcast", most=_MAX_BROADCAST))
        fields.done()
        phone._require_consistent(value)
        return phone

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PhoneState) and self.to_value() == other.to_value()

    __hash__ = None  # type: ignore[assignment]  # a phone changes; it is no key

    def __repr__(self) -> str:
        return f"Phone(design={self.design.name!r}, observations={len(self.observations)})"

    def _epoch(self, now: Instant) -> int:
        """Return the number of the epoch, or of the interval in GAEN."""
        return now // self.design.epoch_seconds(self.parameters)

    def _spread(self, now: Instant, *, rand: Rand) -> None:
        """Prepare shares of the present identifier, where the region asks for them."""
        if self._radio.shares:
            identifier = self._ring.identifier(now=now, parameters=self.parameters)
            self._radio.spread(identifier, rand=rand)

    def _coarsen(self, before: Instant) -> None:
        if self.design.coarsens:
            self.observations.coarsen(before=before)
            self._matches.coarsen(before=before)

    def _require_consistent(self, value: Value) -> None:
        """Raise MalformedError for a state that no phone is in [PHONE-17]."""
        try:
            self._ring.identifier(now=self._clock, parameters=self.parameters)
        except ClockError:
            raise MalformedError("the saved phone's keys are of another time") from None
        if self.to_value() != value:
            raise MalformedError("the saved phone says something twice or out of order")
