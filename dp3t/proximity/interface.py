"""What every design offers: one shape for phones, servers and simulators to hold.

A design is stateless. A phone's secrets live in a `KeyRing`, a frozen value that each step
replaces; what a patient publishes is a set of `TracingKey`; what a phone keeps of what it hears is
a `Kept`, which the design chooses.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from struct import unpack
from typing import Protocol, Self, cast

from dp3t.codec import Fields, Value, integers
from dp3t.params import EPHID_BYTES, LAST_INSTANT, Parameters
from dp3t.primitives import Rand
from dp3t.proximity.advertisement import EphID, Metadata, ServiceData
from dp3t.proximity.observations import NO_PERIOD, Kept, Observation, ObservationStore
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import (
    ATTRIBUTE_HIGHEST,
    ATTRIBUTE_LOWEST,
    MAX_ATTRIBUTES,
    KeyRecord,
)
from dp3t.timeline import Day, Instant, Stretch, checked_release


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """Identifiers that one published key stands for, evenly spaced in time.

    Attributes:
        identifiers: 16 bytes each, back to back.
        start: first moment at which hearing the first counts.
        step_seconds: by how much the next one's validity is later; 0 where all share one.
        length_seconds: how long each counts.
        period: what `Design.identity` is asked with. Where a design files sightings under it,
            they count exactly if the two are the same, and the times above only tell when that
            is [MATCHING-2]; `NO_PERIOD` where the moment of the sighting decides.
    """

    identifiers: bytes = field(repr=False)
    start: Instant
    step_seconds: int
    length_seconds: int
    period: int = NO_PERIOD

    @classmethod
    def together(cls, identifiers: bytes, *, heard: Stretch, period: int) -> "Expansion":
        """Return identifiers that all count in one stretch, filed under one period."""
        return cls(
            identifiers=identifiers,
            start=heard.start,
            step_seconds=0,
            length_seconds=heard.end - heard.start,
            period=period,
        )

    def split(self) -> tuple[EphID, ...]:
        """Return the identifiers one by one."""
        count = len(self.identifiers) // EPHID_BYTES
        return cast(tuple[EphID, ...], unpack(f"{EPHID_BYTES}s" * count, self.identifiers))

    def validity(self, place: int) -> Stretch:
        """Return when the identifier at `place`, from 0, counts."""
        start = self.start + place * self.step_seconds
        return Stretch(Instant(start), Instant(start + self.length_seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a person holds back from a report.

    A design that publishes stretches of time apart puts a decoy in the place of each one that is
    held back, so that their number tells nothing [HYBRID-7] [UNLINKABLE-8].

    Attributes:
        redacted: every stretch that overlaps one of these is held back.
        close_periods: the periods with somebody close by; a design that can leaves out the
            others. None where nothing is left out for that reason.
    """

    redacted: tuple[Stretch, ...] = ()
    close_periods: Collection[int] | None = None

    def redacts(self, stretch: Stretch) -> bool:
        """Return whether the person holds a stretch of time back."""
        return any(stretch.overlaps(one) for one in self.redacted)


EVERYTHING = Selection()
"""Nothing is held back."""


UNKNOWN_RELEASE = Instant(0)
"""When a match was published that a phone of an older version has saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An observation of an identifier that a patient has published.

    Attributes:
        observation: what was heard, only the sightings that count.
        metadata: what the sender said of its radio; None where it is missing or not understood.
        key: the published key from which the identifier follows; None where a batch holds no keys,
            or where a phone of an older version saved the match.
        release: when the key or the identifier was published, or `UNKNOWN_RELEASE`.
    """

    observation: Observation
    metadata: Metadata | None
    key: KeyRecord | None = None
    release: Instant = UNKNOWN_RELEASE

    @property
    def day(self) -> Day:
        """The UTC day of the contact."""
        return self.observation.day

    def to_value(self) -> Value:
        """Return the match for encoding."""
        metadata = b"" if self.metadata is None else self.metadata.encode()
        key = self.key
        keys = [] if key is None else [{"attributes": list(key.attributes), "key": key.key}]
        return {
            "key": keys,
            "metadata": metadata,
            "observation": self.observation.to_value(),
            "release": self.release,
        }

    @classmethod
    def from_value(cls, value: Value) -> "Match":
        """Return a match that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="a match")
        metadata = fields.octets("metadata")
        observation = Observation.from_value(fields.value("observation"))
        keys = [_record_of(item) for item in fields.items("key", most=1)]
        release = checked_release(fields.integer("release", 0, LAST_INSTANT))
        fields.done()
        return cls(
            observation=observation,
            metadata=Metadata.decode(metadata) if metadata else None,
            key=keys[0] if keys else None,
            release=release,
        )


def _record_of(value: Value) -> KeyRecord:
    fields = Fields(value, what="the key of a match")
    attributes = integers(
        fields.items("attributes", most=MAX_ATTRIBUTES),
        lowest=ATTRIBUTE_LOWEST,
        highest=ATTRIBUTE_HIGHEST,
        what="the attributes",
    )
    key = fields.octets("key")
    fields.done()
    return KeyRecord(tuple(attributes), key)


class TracingKey(Protocol):
    """One published key."""

    @property
    def report_type(self) -> int:
        """Why it was published, a `ReportType`; 0 where the design does not say."""

    @property
    def days_since_onset(self) -> int | None:
        """From the onset of symptoms to the key's day; None where it is not told."""

    def record(self) -> KeyRecord:
        """Return the key as the publication storey carries it."""

    def committed(self) -> bytes:
        """Return what a commitment to the key covers, an injective encoding [COMMITMENT-2]."""

    def day(self, parameters: Parameters) -> Day:
        """Return the UTC day on which it ends, or from which a chain begins.

        No key of a report ends before the first contagious day.
        """

    def require_publishable(self, *, now: Instant, parameters: Parameters) -> None:
        """Raise PolicyError unless a phone may upload the key now."""

    def releasable_from(self, parameters: Parameters) -> Instant:
        """Return the first moment at which no phone broadcasts identifiers of the key any more."""

    def expand(self, *, before: Instant, parameters: Parameters) -> list[Expansion]:
        """Return the identifiers of the key that a phone can have heard and still remember.

        The work is bounded whatever the key says; a key without such identifiers has none.

        Args:
            before: the moment before which they were heard; the release time.
            parameters: the region's; identifiers only heard earlier than `retention_days` before
                that moment's day are left out.
        """

    def open_metadata(self, kept: Kept) -> Metadata | None:
        """Return the sender's metadata, or None where they are not understood."""


class PreparedBatch(Protocol):
    """A verified batch in the form in which many phones of one process match it.

    What one phone would derive of it is derived once. The matches are those of the batch itself.
    """

    @property
    def batch(self) -> Batch:
        """The batch."""

    @property
    def parameters(self) -> Parameters:
        """The region's."""

    def match(self, observations: ObservationStore) -> Iterator[Match]:
        """Yield every match with what a phone heard, as `Design.match` does [MATCHING-1]."""


class KeyRing(Protocol):
    """The secrets of one phone under one design; frozen, hidden in its repr."""

    def rotated(self, *, now: Instant, parameters: Parameters, rand: Rand) -> Self:
        """Return the ring at `now`: new keys drawn or derived, old ones erased.

        Raises:
            ClockError: `now` is earlier than the ring's newest key.
        """

    def identifier(self, *, now: Instant, parameters: Parameters) -> EphID:
        """Return the identifier to broadcast at `now`.

        Raises:
            ClockError: the ring was not rotated to `now`.
        """

    def service_data(
        self, metadata: Metadata, *, now: Instant, parameters: Parameters
    ) -> ServiceData:
        """Return identifier and metadata as they go over the air at `now`.

        Raises:
            ClockError: the ring was not rotated to `now`.
        """

    def released(
        self,
        *,
        since: Day,
        onset: Day | None,
        now: Instant,
        parameters: Parameters,
        rand: Rand,
        selection: Selection = EVERYTHING,
    ) -> tuple[list[TracingKey], Self]:
        """Return the keys that cover `since` until `now`, and a ring that has erased them.

        Args:
            since: the first contagious day.
            onset: day of first symptoms, where the design says something about it.
            now: the present.
            parameters: the region's.
            rand: source of fresh keys and of decoys.
            selection: what the person holds back.

        Raises:
            TooEarlyError: `since` lies in the future.
            PolicyError: the design cannot hold back what the person redacts.
            ClockError: the ring was not rotated to `now`.
        """

    def to_value(self) -> Value:
        """Return the ring for sealing."""


class Design(Protocol):
    """One way of deriving, keeping and publishing identifiers."""

    @property
    def name(self) -> str:
        """The design's name, everywhere."""

    @property
    def service_uuid(self) -> int:
        """The 16-bit Bluetooth service UUID of its advertisements."""

    @property
    def coarsens(self) -> bool:
        """Whether a phone drops receive times inside a slot once its batches are in."""

    @property
    def asks_who_was_close(self) -> bool:
        """Whether a report asks in which periods somebody was close by."""

    @property
    def chains(self) -> bool:
        """Whether the key of a day gives those of all later ones, so that a report holds one."""

    def keeps_days_apart(self, parameters: Parameters) -> bool:
        """Return whether no key tells of more than one UTC day."""

    def epoch_seconds(self, parameters: Parameters) -> int:
        """Return for how long an identifier is broadcast; epochs begin at multiples of it."""

    def upload_bytes(self, parameters: Parameters) -> int:
        """Return the length of every upload [REPORT-2].

        Raises:
            ValueError: the longest report under these parameters fits into no upload.
        """

    def generate(self, *, now: Instant, parameters: Parameters, rand: Rand) -> KeyRing:
        """Draw the secrets of a new phone."""

    def ring(self, value: Value, *, parameters: Parameters) -> KeyRing:
        """Return a ring that `to_value` described; MalformedError otherwise."""

    def identity(self, identifier: EphID, *, period: int) -> bytes:
        """Return under what a phone keeps an identifier heard in a period; 16 or 32 bytes."""

    def kept(
        self, service_data: ServiceData, *, at: Instant, parameters: Parameters
    ) -> tuple[Kept, ...]:
        """Return what a phone keeps of an advertisement heard at a moment.

        More than one where the clocks of two honest phones can disagree about the period
        [MATCHING-6]; a published key answers at most one of them.
        """

    def tracing_key(self, record: KeyRecord) -> TracingKey:
        """Return the key in a record; MalformedError where it has none."""

    def publish(
        self, records: Iterable[KeyRecord], *, name: BatchName, parameters: Parameters, rand: Rand
    ) -> Batch:
        """Return the batch that publishes some records.

        Raises:
            MalformedError: a record is not the design's.
            LimitError: more than one batch holds.
        """

    def match(
        self,
        observations: ObservationStore,
        batch: Batch,
        *,
        parameters: Parameters,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[Match]:
        """Yield every match of a verified batch with what a phone heard.

        Args:
            observations: what the phone heard.
            batch: a batch whose signature has been checked.
            parameters: the region's.
            progress: is called with how many keys have been looked at since the last call; never
                where the batch publishes no keys.

        Raises:
            MalformedError: the content of the batch is not the design's. Nothing was yielded then.
        """

    def prepared(self, batch: Batch, *, parameters: Parameters) -> PreparedBatch:
        """Return a verified batch as many phones match it.

        It holds every identifier that follows from the keys, some hundred bytes for each.

        Raises:
            MalformedError: as `match`.
        """
