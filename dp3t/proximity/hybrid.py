"""The hybrid design of the DP-3T white paper (section 2.3): a random seed for each window.

The identifiers of a window come from its seed and are broadcast in a random order; a patient
publishes the seeds of the windows that matter, and a random decoy for each of the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dp3t.codec import Fields, Value, encode
from dp3t.errors import ClockError, ExpiredError, MalformedError, TooEarlyError
from dp3t.params import DAY_SECONDS, EPHID_BYTES, LAST_INSTANT, Parameters
from dp3t.primitives import Rand, aes_ctr_keystream, hmac_sha256
from dp3t.proximity.advertisement import EphID, Metadata, ServiceData
from dp3t.proximity.broadcast_order import draw_order, identifier_at, order_from
from dp3t.proximity.interface import EVERYTHING, Expansion, Selection, TracingKey
from dp3t.proximity.key_batches import PublishesKeys
from dp3t.proximity.matching import clear_metadata, kept_by_period, remembered
from dp3t.proximity.observations import Kept
from dp3t.proximity.periods import Periods
from dp3t.proximity.report_type import ReportType
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import upload_bytes
from dp3t.timeline import Day, Instant, Stretch, day_of

SEED_BYTES = 16
HYBRID_LABEL = b"DP3T-HYBRID"

_SHORTEST_WINDOW_SECONDS = 600
_LAST_WINDOW = LAST_INSTANT // _SHORTEST_WINDOW_SECONDS


def identifiers_of_window(seed: bytes, *, count: int) -> bytes:
    """Return the first identifiers of a seed, 16 bytes each, in the order derived [HYBRID-3]."""
    return aes_ctr_keystream(hmac_sha256(seed, HYBRID_LABEL), EPHID_BYTES * count)


def window_of(moment: Instant, *, parameters: Parameters) -> int:
    """Return the number of the window that holds a moment [HYBRID-2]."""
    return _windows(parameters).of(moment)


def _windows(parameters: Parameters) -> Periods:
    return Periods(parameters.window_seconds)


@dataclass(frozen=True, slots=True)
class HybridKey:
    """The published seed of one window, or a decoy in its place.

    Attributes:
        window: number of the window.
        seed: 16 bytes.
    """

    window: int
    seed: bytes = field(repr=False)

    # The design says neither.
    report_type = ReportType.UNKNOWN
    days_since_onset = None

    def record(self) -> KeyRecord:
        """Return the seed with its window as the only attribute [HYBRID-8]."""
        return KeyRecord((self.window,), self.seed)

    def committed(self) -> bytes:
        """Return what a commitment to the key covers: window and seed [COMMITMENT-2]."""
        return encode([self.window, self.seed])

    def day(self, parameters: Parameters) -> Day:
        """Return the day on which its window ends."""
        return day_of(Instant(self.stretch(parameters).end - 1))

    def require_publishable(self, *, now: Instant, parameters: Parameters) -> None:
        """Raise PolicyError for a window that begins later or ended too long ago [HYBRID-9]."""
        start, end = self.stretch(parameters)
        if start > now + parameters.clock_skew_seconds:
            raise TooEarlyError("the key's window lies in the future")
        if day_of(now) - day_of(Instant(end - 1)) > parameters.upload_days:
            raise ExpiredError("the key's window lies too far back")

    def releasable_from(self, parameters: Parameters) -> Instant:
        """Return the start of its window: a phone that reports drops the seed [HYBRID-10]."""
        return self.stretch(parameters).start

    def expand(self, *, before: Instant, parameters: Parameters) -> list[Expansion]:
        """Return the identifiers of the window, valid in it [HYBRID-11] [HYBRID-12]."""
        heard = self.stretch(parameters).widened(parameters.clock_skew_seconds)
        if not remembered(heard, before=before, parameters=parameters):
            return []
        identifiers = identifiers_of_window(self.seed, count=parameters.epochs_per_window)
        return [Expansion.together(identifiers, heard=heard, period=self.window)]

    def open_metadata(self, kept: Kept) -> Metadata | None:
        """Return the metadata, which the hybrid design sends in the clear [HYBRID-5]."""
        return clear_metadata(kept)

    def stretch(self, parameters: Parameters) -> Stretch:
        """Return from when to when its window lasts."""
        return _windows(parameters).stretch(self.window)


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridRing:
    """A phone's seeds by window, oldest first; the last one is in use.

    Attributes:
        keys: at least one, each window once.
        order: which identifier of the last window each of its epochs broadcasts.
    """

    keys: tuple[HybridKey, ...] = field(repr=False)
    order: tuple[int, ...] = field(repr=False)
    _identifiers: list[bytes] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def fresh(
        cls, window: int, *, older: tuple[HybridKey, ...] = (), parameters: Parameters, rand: Rand
    ) -> "HybridRing":
        """Draw a seed and an order for a window [HYBRID-1] [HYBRID-4]."""
        key = HybridKey(window, rand(SEED_BYTES))
        order = draw_order(parameters.epochs_per_window, rand=rand)
        return cls(keys=(*older, key), order=order)

    def rotated(self, *, now: Instant, parameters: Parameters, rand: Rand) -> "HybridRing":
        """Return the ring at `now`: a new window's seed drawn, old ones erased [HYBRID-6]."""
        window = window_of(now, parameters=parameters)
        if window < self.keys[-1].window:
            raise ClockError("the clock went back to a window before the ring's")
        if window == self.keys[-1].window:
            return self
        oldest = _first_kept(now, parameters)
        kept = tuple(key for key in self.keys if key.window >= oldest)
        return HybridRing.fresh(window, older=kept, parameters=parameters, rand=rand)

    def identifier(self, *, now: Instant, parameters: Parameters) -> EphID:
        """Return the identifier of the epoch, in the order of the window [HYBRID-4]."""
        key = self._current(now, parameters)
        epoch = now % parameters.window_seconds // parameters.epoch_seconds
        if not self._identifiers:  # derived once a window, not once an epoch
            self._identifiers.append(identifiers_of_window(key.seed, count=len(self.order)))
        return identifier_at(epoch, order=self.order, identifiers=self._identifiers[0])

    def service_data(
        self, metadata: Metadata, *, now: Instant, parameters: Parameters
    ) -> ServiceData:
        """Return identifier and clear metadata [HYBRID-5]."""
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
    ) -> tuple[list[TracingKey], "HybridRing"]:
        """Return a seed or a decoy for every window since a day, and a fresh ring [HYBRID-7]."""
        current = self._current(now, parameters)
        if since > day_of(now):
            raise TooEarlyError("a report cannot begin in the future")
        unredacted = {key.window: key for key in self._unredacted(selection, parameters)}
        first = max(_first_kept(now, parameters), _windows(parameters).first_on(since))
        released: list[TracingKey] = [
            unredacted.get(window) or HybridKey(window, rand(SEED_BYTES))
            for window in range(first, current.window + 1)
        ]
        return released, HybridRing.fresh(current.window, parameters=parameters, rand=rand)

    def to_value(self) -> Value:
        """Return the ring for sealing."""
        return {
            "order": list(self.order),
            "seeds": b"".join(key.seed for key in self.keys),
            "windows": [key.window for key in self.keys],
        }

    def _unredacted(self, selection: Selection, parameters: Parameters) -> Iterator[HybridKey]:
        """Yield the keys that are neither redacted nor without a contact close by."""
        close = selection.close_periods
        for key in self.keys:
            if close is not None and key.window not in close:
                continue
            if not selection.redacts(key.stretch(parameters)):
                yield key

    def _current(self, now: Instant, parameters: Parameters) -> HybridKey:
        if window_of(now, parameters=parameters) != self.keys[-1].window:
            raise ClockError("the ring was not rotated to this window")
        return self.keys[-1]


class Hybrid(PublishesKeys):
    """The design."""

    name = "hybrid"
    service_uuid = 0xFD68
    coarsens = True
    asks_who_was_close = True
    chains = False

    def keeps_days_apart(self, parameters: Parameters) -> bool:
        """Return whether no key tells of more than one UTC day."""
        return DAY_SECONDS % parameters.window_seconds == 0

    def epoch_seconds(self, parameters: Parameters) -> int:
        """Return for how long an identifier is broadcast."""
        return parameters.epoch_seconds

    def upload_bytes(self, parameters: Parameters) -> int:
        """Return the length of every upload [REPORT-2]."""
        return upload_bytes(keys=_most_windows(parameters), key_bytes=SEED_BYTES)

    def kept(
        self, service_data: ServiceData, *, at: Instant, parameters: Parameters
    ) -> tuple[Kept, ...]:
        """File an identifier under its window, near a boundary under both [HYBRID-11]."""
        return kept_by_period(
            service_data,
            at=at,
            periods=_windows(parameters),
            skew_seconds=parameters.clock_skew_seconds,
        )

    def generate(self, *, now: Instant, parameters: Parameters, rand: Rand) -> HybridRing:
        """Draw the secrets of a new phone [HYBRID-1]."""
        window = window_of(now, parameters=parameters)
        return HybridRing.fresh(window, parameters=parameters, rand=rand)

    def ring(self, value: Value, *, parameters: Parameters) -> HybridRing:
        """Return a ring that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the hybrid ring")
        keys = _windows(parameters).seeds_from(
            fields, "windows", most=_most_windows(parameters), seed_bytes=SEED_BYTES
        )
        order = order_from(fields, epochs=parameters.epochs_per_window)
        fields.done()
        return HybridRing(keys=tuple(HybridKey(*key) for key in keys), order=order)

    def tracing_key(self, record: KeyRecord) -> HybridKey:
        """Return the published key in a record [HYBRID-8]."""
        if len(record.attributes) != 1 or len(record.key) != SEED_BYTES:
            raise MalformedError("a hybrid record is a window and 16 bytes")
        (window,) = record.attributes
        if not 0 <= window <= _LAST_WINDOW:
            raise MalformedError("a hybrid record's window is out of range")
        return HybridKey(window, record.key)


def _first_kept(now: Instant, parameters: Parameters) -> int:
    """Return the oldest window whose seed a phone keeps [HYBRID-6]."""
    return _windows(parameters).first_kept(day_of(now), retention_days=parameters.retention_days)


def _most_windows(parameters: Parameters) -> int:
    """Return how many windows a phone's retention can touch [REPORT-2]."""
    return _windows(parameters).most_kept(retention_days=parameters.retention_days) + 1
