"""The unlinkable design of the DP-3T white paper (section 2.2): a random seed for each epoch.

Nothing ties two epochs of a phone together, not even after publication: what is published is a
filter of hashes, in which everybody finds the hash of what they heard, and nothing else.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from dp3t.codec import Fields, Value, encode
from dp3t.errors import ClockError, ExpiredError, MalformedError, TooEarlyError
from dp3t.params import EPHID_BYTES, LAST_INSTANT, Parameters
from dp3t.primitives import Rand, sha256
from dp3t.proximity.advertisement import EphID, Metadata, ServiceData, identifier_of, metadata_of
from dp3t.proximity.cuckoo.filter import CuckooFilter
from dp3t.proximity.interface import EVERYTHING, Expansion, Match, Selection, TracingKey
from dp3t.proximity.matching import clear_metadata, heard_before, remembered
from dp3t.proximity.observations import NO_PERIOD, Kept, ObservationStore
from dp3t.proximity.periods import Periods
from dp3t.proximity.report_type import ReportType
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import upload_bytes
from dp3t.timeline import Day, Instant, Stretch, day_of

SEED_BYTES = 32
_SHORTEST_EPOCH_SECONDS = 60
_LAST_EPOCH = LAST_INSTANT // _SHORTEST_EPOCH_SECONDS


def identifier_of_seed(seed: bytes) -> EphID:
    """Return the identifier of an epoch's seed [UNLINKABLE-3]."""
    return EphID(sha256(seed)[:EPHID_BYTES])


def hashed_observation(identifier: EphID, *, epoch: int) -> bytes:
    """Return the 32 bytes that bind an identifier to the epoch it was heard in [UNLINKABLE-5].

    Args:
        identifier: 16 bytes.
        epoch: its number, 0 to 2**32 - 1.
    """
    return sha256(identifier + epoch.to_bytes(4, "big"))


def epoch_of(moment: Instant, *, parameters: Parameters) -> int:
    """Return the number of the epoch that holds a moment, from 1970 on [UNLINKABLE-2]."""
    return _epochs(parameters).of(moment)


def _epochs(parameters: Parameters) -> Periods:
    return Periods(parameters.epoch_seconds)


@dataclass(frozen=True, slots=True)
class UnlinkableKey:
    """The seed of one epoch as a patient uploads it, or a decoy in its place.

    Attributes:
        epoch: number of the epoch.
        seed: 32 bytes.
    """

    epoch: int
    seed: bytes = field(repr=False)

    # The design says neither.
    report_type = ReportType.UNKNOWN
    days_since_onset = None

    def record(self) -> KeyRecord:
        """Return the seed with its epoch as the only attribute [UNLINKABLE-9]."""
        return KeyRecord((self.epoch,), self.seed)

    def committed(self) -> bytes:
        """Return what a commitment to the key covers: epoch and seed [COMMITMENT-2]."""
        return encode([self.epoch, self.seed])

    def day(self, parameters: Parameters) -> Day:
        """Return the day of its epoch."""
        return day_of(self.stretch(parameters).start)

    def require_publishable(self, *, now: Instant, parameters: Parameters) -> None:
        """Raise PolicyError for an epoch not over yet or ended too long ago [UNLINKABLE-10]."""
        end = self.stretch(parameters).end
        if end > now + parameters.clock_skew_seconds:
            raise TooEarlyError("the key's epoch is not over yet")
        if day_of(now) - day_of(Instant(end - 1)) > parameters.upload_days:
            raise ExpiredError("the key's epoch lies too far back")

    def releasable_from(self, parameters: Parameters) -> Instant:
        """Return the end of its epoch [UNLINKABLE-8]."""
        return self.stretch(parameters).end

    def expand(self, *, before: Instant, parameters: Parameters) -> list[Expansion]:
        """Return its one identifier, valid in its epoch [UNLINKABLE-6]."""
        heard = self.stretch(parameters).widened(parameters.clock_skew_seconds)
        if not remembered(heard, before=before, parameters=parameters):
            return []
        return [Expansion.together(identifier_of_seed(self.seed), heard=heard, period=self.epoch)]

    def open_metadata(self, kept: Kept) -> Metadata | None:
        """Return the metadata, which the unlinkable design sends in the clear [UNLINKABLE-4]."""
        return clear_metadata(kept)

    def stretch(self, parameters: Parameters) -> Stretch:
        """Return from when to when its epoch lasts."""
        return _epochs(parameters).stretch(self.epoch)


@dataclass(frozen=True, slots=True)
class UnlinkableRing:
    """A phone's seeds by epoch, oldest first; the last one is in use."""

    keys: tuple[UnlinkableKey, ...] = field(repr=False)

    def rotated(self, *, now: Instant, parameters: Parameters, rand: Rand) -> "UnlinkableRing":
        """Return the ring at `now`: a fresh seed for a new epoch, old ones erased [UNLINKABLE-7].

        An epoch in which the phone was off has no seed.
        """
        epoch = epoch_of(now, parameters=parameters)
        if epoch < self.keys[-1].epoch:
            raise ClockError("the clock went back to an epoch before the ring's")
        if epoch == self.keys[-1].epoch:
            return self
        oldest = _first_kept(now, parameters)
        kept = self.keys
        if kept[0].epoch < oldest:
            kept = tuple(key for key in kept if key.epoch >= oldest)
        return UnlinkableRing((*kept, UnlinkableKey(epoch, rand(SEED_BYTES))))

    def identifier(self, *, now: Instant, parameters: Parameters) -> EphID:
        """Return the identifier of the epoch [UNLINKABLE-3]."""
        return identifier_of_seed(self._current(now, parameters).seed)

    def service_data(
        self, metadata: Metadata, *, now: Instant, parameters: Parameters
    ) -> ServiceData:
        """Return identifier and clear metadata [UNLINKABLE-4]."""
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
    ) -> tuple[list[TracingKey], "UnlinkableRing"]:
        """Return a seed or a decoy for every epoch since a day, and a ring with the current one.

        The current epoch is not among them [UNLINKABLE-8]; its seed goes on [UNLINKABLE-11].
        """
        current = self._current(now, parameters)
        if since > day_of(now):
            raise TooEarlyError("a report cannot begin in the future")
        unredacted = {
            key.epoch: key for key in self.keys if not selection.redacts(key.stretch(parameters))
        }
        first = max(_first_kept(now, parameters), _epochs(parameters).first_on(since))
        released: list[TracingKey] = [
            unredacted.get(epoch) or UnlinkableKey(epoch, rand(SEED_BYTES))
            for epoch in range(first, current.epoch)
        ]
        if not released:
            raise TooEarlyError("no epoch since that day is over yet")
        if selection.redacts(current.stretch(parameters)):
            current = UnlinkableKey(current.epoch, rand(SEED_BYTES))
        return released, UnlinkableRing((current,))

    def to_value(self) -> Value:
        """Return the ring for sealing."""
        return {
            "epochs": [key.epoch for key in self.keys],
            "seeds": b"".join(key.seed for key in self.keys),
        }

    def _current(self, now: Instant, parameters: Parameters) -> UnlinkableKey:
        if epoch_of(now, parameters=parameters) != self.keys[-1].epoch:
            raise ClockError("the ring was not rotated to this epoch")
        return self.keys[-1]


class Unlinkable:
    """The design."""

    name = "unlinkable"
    service_uuid = 0xFD68
    coarsens = True
    asks_who_was_close = False
    chains = False

    def keeps_days_apart(self, parameters: Parameters) -> bool:
        """Return whether no key tells of more than one UTC day."""
        return True

    def epoch_seconds(self, parameters: Parameters) -> int:
        """Return for how long an identifier is broadcast."""
        return parameters.epoch_seconds

    def upload_bytes(self, parameters: Parameters) -> int:
        """Return the length of every upload [REPORT-2]."""
        return upload_bytes(keys=_most_epochs(parameters), key_bytes=SEED_BYTES)

    def generate(self, *, now: Instant, parameters: Parameters, rand: Rand) -> UnlinkableRing:
        """Draw the secrets of a new phone [UNLINKABLE-1]."""
        epoch = epoch_of(now, parameters=parameters)
        return UnlinkableRing((UnlinkableKey(epoch, rand(SEED_BYTES)),))

    def ring(self, value: Value, *, parameters: Parameters) -> UnlinkableRing:
        """Return a ring that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the unlinkable ring")
        keys = _epochs(parameters).seeds_from(
            fields, "epochs", most=_most_epochs(parameters), seed_bytes=SEED_BYTES
        )
        fields.done()
        return UnlinkableRing(tuple(UnlinkableKey(*key) for key in keys))

    def identity(self, identifier: EphID, *, period: int) -> bytes:
        """Return the hash that binds an identifier to an epoch [UNLINKABLE-5]."""
        return hashed_observation(identifier, epoch=period)

    def kept(
        self, service_data: ServiceData, *, at: Instant, parameters: Parameters
    ) -> tuple[Kept, ...]:
        """Keep a hash for the epoch, near a boundary one for both [UNLINKABLE-5] [UNLINKABLE-6]."""
        identifier, metadata = identifier_of(service_data), metadata_of(service_data)
        epochs = _epochs(parameters).near(at, skew_seconds=parameters.clock_skew_seconds)
        return tuple(
            Kept(hashed_observation(identifier, epoch=epoch), NO_PERIOD, metadata)
            for epoch in epochs
        )

    def tracing_key(self, record: KeyRecord) -> UnlinkableKey:
        """Return the uploaded seed in a record [UNLINKABLE-9]."""
        if len(record.attributes) != 1 or len(record.key) != SEED_BYTES:
            raise MalformedError("an unlinkable record is an epoch and 32 bytes")
        (epoch,) = record.attributes
        if not 0 <= epoch <= _LAST_EPOCH:
            raise MalformedError("an unlinkable record's epoch is out of range")
        return UnlinkableKey(epoch, record.key)

    def publish(
        self, records: Iterable[KeyRecord], *, name: BatchName, parameters: Parameters, rand: Rand
    ) -> Batch:
        """Return a batch with the filter of the hashes of some seeds [UNLINKABLE-12]."""
        keys = map(self.tracing_key, records)
        items = (hashed_observation(identifier_of_seed(key.seed), epoch=key.epoch) for key in keys)
        published = CuckooFilter.build(items, batch_id=name.encode(), rand=rand)
        return Batch(name, published.encode())

    def match(
        self,
        observations: ObservationStore,
        batch: Batch,
        *,
        parameters: Parameters,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[Match]:
        """Return what was heard before the release and is in the filter [UNLINKABLE-13].

        A filter has no keys that `progress` could hear of.
        """
        return self.prepared(batch, parameters=parameters).match(observations)

    def prepared(self, batch: Batch, *, parameters: Parameters) -> "PreparedFilter":
        """Return a batch whose filter is decoded, for many phones."""
        published = CuckooFilter.decode(batch.content, batch_id=batch.name.encode())
        return PreparedFilter(batch, parameters, published)


@dataclass(frozen=True, slots=True)
class PreparedFilter:
    """A batch and its filter.

    Attributes:
        batch: the batch.
        parameters: the region's.
        published: the filter in it.
    """

    batch: Batch
    parameters: Parameters
    published: CuckooFilter = field(repr=False)

    def match(self, observations: ObservationStore) -> Iterator[Match]:
        """Return what was heard before the release and is in the filter [UNLINKABLE-13]."""
        return (
            Match(
                observation=observation,
                metadata=clear_metadata(observation.kept),
                release=self.batch.release,
            )
            for identity in self.published.found(observations.identities())
            for observation in observations.lookup(identity)
            if heard_before(observation, self.batch.release)
        )


def _first_kept(now: Instant, parameters: Parameters) -> int:
    """Return the oldest epoch whose seed a phone keeps [UNLINKABLE-7]."""
    return _epochs(parameters).first_kept(day_of(now), retention_days=parameters.retention_days)


def _most_epochs(parameters: Parameters) -> int:
    """Return how many epochs a phone's retention can touch [REPORT-2]."""
    return _epochs(parameters).most_kept(retention_days=parameters.retention_days)
