"""The low-cost design of the DP-3T white paper (section 2.1): one day key, a hash chain.

The identifiers of a day come from its key and are broadcast in a random order; a patient publishes
the key of the first contagious day, and everybody derives the rest.
"""

from dataclasses import dataclass, field

from dp3t.codec import Fields, Value, encode
from dp3t.errors import ClockError, ExpiredError, MalformedError, PolicyError, TooEarlyError
from dp3t.params import DAY_SECONDS, EPHID_BYTES, LAST_INSTANT, Parameters
from dp3t.primitives import Rand, aes_ctr_keystream, hmac_sha256, sha256
from dp3t.proximity.advertisement import EphID, Metadata, ServiceData
from dp3t.proximity.broadcast_order import draw_order, identifier_at, order_from
from dp3t.proximity.interface import EVERYTHING, Expansion, Selection, TracingKey
from dp3t.proximity.key_batches import PublishesKeys
from dp3t.proximity.matching import clear_metadata, kept_by_period
from dp3t.proximity.observations import Kept
from dp3t.proximity.periods import Periods
from dp3t.proximity.report_type import ReportType
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import upload_bytes
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start, epoch_in_day

DAY_KEY_BYTES = 32
BROADCAST_LABEL = b"broadcast key"
MAX_CHAIN_DAYS = 128
"""A key whose day lies further before the release is left out: no honest phone keeps one half as
long, and the rest is what a server that was down may take to publish it."""

_DAYS = Periods(DAY_SECONDS)
_LAST_DAY = LAST_INSTANT // DAY_SECONDS


def next_day_key(day_key: bytes) -> bytes:
    """Return the key of the day after [LOWCOST-2]."""
    return sha256(day_key)


def identifiers_of_day(day_key: bytes, *, parameters: Parameters) -> bytes:
    """Return the identifiers of a day, 16 bytes each, in the order they are derived [LOWCOST-3]."""
    stream_key = hmac_sha256(day_key, BROADCAST_LABEL)
    return aes_ctr_keystream(stream_key, EPHID_BYTES * parameters.epochs_per_day)


@dataclass(frozen=True, slots=True)
class LowCostKey:
    """The published key of a patient's first contagious day.

    Attributes:
        first_day: that day.
        key: 32 bytes.
    """

    first_day: Day
    key: bytes = field(repr=False)

    # The design says neither.
    report_type = ReportType.UNKNOWN
    days_since_onset = None

    def record(self) -> KeyRecord:
        """Return the key with its day as the only attribute [LOWCOST-9]."""
        return KeyRecord((self.first_day,), self.key)

    def committed(self) -> bytes:
        """Return what a commitment to the key covers: day and key [COMMITMENT-2]."""
        return encode([self.first_day, self.key])

    def day(self, parameters: Parameters) -> Day:
        """Return its day."""
        return self.first_day

    def require_publishable(self, *, now: Instant, parameters: Parameters) -> None:
        """Raise PolicyError unless the day is today or at most `upload_days` ago [LOWCOST-10]."""
        if self.first_day > day_of(Instant(now + parameters.clock_skew_seconds)):
            raise TooEarlyError("the key's day lies in the future")
        if day_of(now) - self.first_day > parameters.upload_days:
            raise ExpiredError("the key's day lies too far back")

    def releasable_from(self, parameters: Parameters) -> Instant:
        """Return the start of its day: a phone that reports leaves the chain [LOWCOST-11]."""
        return day_start(self.first_day)

    def expand(self, *, before: Instant, parameters: Parameters) -> list[Expansion]:
        """Return the identifiers of each day, valid on that day [LOWCOST-8] [LOWCOST-13]."""
        last = before - 1
        first = self.first_day
        if not first * DAY_SECONDS <= last < (first + MAX_CHAIN_DAYS) * DAY_SECONDS:
            return []
        expansions = []
        key = self.key
        for day in range(first, last // DAY_SECONDS + 1):
            if day >= before // DAY_SECONDS - parameters.retention_days:
                expansions.append(_expansion(Day(day), key, parameters=parameters))
            key = next_day_key(key)
        return expansions

    def open_metadata(self, kept: Kept) -> Metadata | None:
        """Return the metadata, which the low-cost design sends in the clear [LOWCOST-6]."""
        return clear_metadata(kept)


def _expansion(day: Day, day_key: bytes, *, parameters: Parameters) -> Expansion:
    heard = _DAYS.stretch(day).widened(parameters.clock_skew_seconds)
    identifiers = identifiers_of_day(day_key, parameters=parameters)
    return Expansion.together(identifiers, heard=heard, period=day)


@dataclass(frozen=True, slots=True, kw_only=True)
class LowCostRing:
    """A phone's chain: its oldest day key still kept, and today's broadcast order.

    Attributes:
        first_day: day of the oldest key kept.
        first_key: that key, 32 bytes; every later one follows from it.
        today: the day the broadcast order is for.
        order: which identifier of today each epoch broadcasts.
    """

    first_day: Day
    first_key: bytes = field(repr=False)
    today: Day
    order: tuple[int, ...] = field(repr=False)
    _identifiers: list[bytes] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def fresh(cls, day: Day, *, parameters: Parameters, rand: Rand) -> "LowCostRing":
        """Draw a chain that starts on a day, and the day's order [LOWCOST-1] [LOWCOST-5]."""
        key = rand(DAY_KEY_BYTES)
        order = draw_order(parameters.epochs_per_day, rand=rand)
        return cls(first_day=day, first_key=key, today=day, order=order)

    def rotated(self, *, now: Instant, parameters: Parameters, rand: Rand) -> "LowCostRing":
        """Return the ring at `now`: old keys erased [LOWCOST-12], a new day's order drawn."""
        today = day_of(now)
        if today < self.today:
            raise ClockError("the clock went back to a day before the ring's")
        if today == self.today:
            return self
        first_day = Day(max(self.first_day, today - parameters.retention_days))
        return LowCostRing(
            first_day=first_day,
            first_key=self._key(first_day),
            today=today,
            order=draw_order(parameters.epochs_per_day, rand=rand),
        )

    def identifier(self, *, now: Instant, parameters: Parameters) -> EphID:
        """Return the identifier of the epoch, in the order of the day [LOWCOST-4] [LOWCOST-5]."""
        self._require_today(now)
        epoch = epoch_in_day(now, epoch_minutes=parameters.epoch_minutes)
        if not self._identifiers:  # derived once a day, not once an epoch
            key = self._key(self.today)
            self._identifiers.append(identifiers_of_day(key, parameters=parameters))
        return identifier_at(epoch, order=self.order, identifiers=self._identifiers[0])

    def service_data(
        self, metadata: Metadata, *, now: Instant, parameters: Parameters
    ) -> ServiceData:
        """Return identifier and clear metadata [LOWCOST-6]."""
        return ServiceData(self.identifier(now=now, parameters=parameters) + metadata.encode())

    def released(
        self,
        *,
        since: Day,
        onset: Day | None,
        now: Instant,
        parameters: Parameters,
        rand: Rand,
        selection: Selection = EVERYTHING,
    ) -> tuple[list[TracingKey], "LowCostRing"]:
        """Return the first contagious day's key, and a ring with a fresh chain [LOWCOST-7]."""
        self._require_today(now)
        if since > self.today:
            raise TooEarlyError("a report cannot begin in the future")
        day = Day(max(since, self.first_day))
        if selection.redacts(Stretch(day_start(day), Instant(now + 1))):
            raise PolicyError("the low-cost design publishes a chain and can leave nothing out")
        fresh = LowCostRing.fresh(self.today, parameters=parameters, rand=rand)
        return [LowCostKey(day, self._key(day))], fresh

    def to_value(self) -> Value:
        """Return the ring for sealing."""
        return {
            "first_day": self.first_day,
            "first_key": self.first_key,
            "order": list(self.order),
            "today": self.today,
        }

    def _key(self, day: Day) -> bytes:
        key = self.first_key
        for _ in range(day - self.first_day):
            key = next_day_key(key)
        return key

    def _require_today(self, now: Instant) -> None:
        if day_of(now) != self.today:
            raise ClockError("the ring was not rotated to this day")


class LowCost(PublishesKeys):
    """The design."""

    name = "lowcost"
    service_uuid = 0xFD68
    coarsens = True
    asks_who_was_close = False
    chains = True

    def keeps_days_apart(self, parameters: Parameters) -> bool:
        """Return whether no key tells of more than one UTC day."""
        return False

    def epoch_seconds(self, parameters: Parameters) -> int:
        """Return for how long an identifier is broadcast."""
        return parameters.epoch_seconds

    def upload_bytes(self, parameters: Parameters) -> int:
        """Return the length of every upload [REPORT-2]."""
        return upload_bytes(keys=1, key_bytes=DAY_KEY_BYTES)

    def kept(
        self, service_data: ServiceData, *, at: Instant, parameters: Parameters
    ) -> tuple[Kept, ...]:
        """File an identifier under its day, near midnight under both [LOWCOST-8]."""
        return kept_by_period(
            service_data,
            at=at,
            periods=_DAYS,
            skew_seconds=parameters.clock_skew_seconds,
        )

    def generate(self, *, now: Instant, parameters: Parameters, rand: Rand) -> LowCostRing:
        """Draw the secrets of a new phone [LOWCOST-1]."""
        return LowCostRing.fresh(day_of(now), parameters=parameters, rand=rand)

    def ring(self, value: Value, *, parameters: Parameters) -> LowCostRing:
        """Return a ring that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the low-cost ring")
        today = fields.integer("today", 0, _LAST_DAY)
        first_day = fields.integer("first_day", max(0, today - parameters.retention_days), today)
        first_key = fields.octets("first_key", length=DAY_KEY_BYTES)
        order = order_from(fields, epochs=parameters.epochs_per_day)
        fields.done()
        return LowCostRing(
            first_day=Day(first_day), first_key=first_key, today=Day(today), order=order
        )

    def tracing_key(self, record: KeyRecord) -> LowCostKey:
        """Return the published key in a record [LOWCOST-9]."""
        if len(record.attributes) != 1 or len(record.key) != DAY_KEY_BYTES:
            raise MalformedError("a low-cost record is a day and 32 bytes")
        (day,) = record.attributes
        if not 0 <= day <= _LAST_DAY:
            raise MalformedError("a low-cost record's day is out of range")
        return LowCostKey(Day(day), record.key)
