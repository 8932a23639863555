"""What every design offers: one shape for phones, servers and simulators to hold.

A design is stateless. A phone's secrets live in a `KeyRing`, a frozen value that each step
replaces; what a patient publishes is a set of `TracingKey`.
"""

from dataclasses import dataclass, field
from struct import unpack
from typing import NamedTuple, Protocol, Self, cast

from dp3t.codec import Value
from dp3t.params import EPHID_BYTES, Parameters
from dp3t.primitives import Rand
from dp3t.proximity.advertisement import EphID, Metadata, ServiceData
from dp3t.publication.batch import KeyRecord
from dp3t.timeline import Day, Instant


class Validity(NamedTuple):
    """The moments at which hearing an identifier counts: start <= moment < end.

    They can lie before 1970 or after 2106, where no observation does.
    """

    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """Identifiers that one published key stands for, evenly spaced in time.

    Attributes:
        identifiers: 16 bytes each, back to back.
        start: first moment at which the first counts.
        step_seconds: by how much the next one's validity is later; 0 where all share one.
        length_seconds: how long each counts.
    """

    identifiers: bytes = field(repr=False)
    start: Instant
    step_seconds: int
    length_seconds: int

    def split(self) -> tuple[EphID, ...]:
        """Return the identifiers one by one."""
        count = len(self.identifiers) // EPHID_BYTES
        return cast(tuple[EphID, ...], unpack(f"{EPHID_BYTES}s" * count, self.identifiers))

    def validity(self, place: int) -> Validity:
        """Return when the identifier at `place`, from 0, counts."""
        start = self.start + place * self.step_seconds
        return Validity(Instant(start), Instant(start + self.length_seconds))


class TracingKey(Protocol):
    """One published key."""

    def record(self) -> KeyRecord:
        """Return the key as the publication storey carries it."""

    def require_publishable(self, *, now: Instant, parameters: Parameters) -> None:
        """Raise PolicyError unless a phone may upload the key now."""

    @property
    def releasable_from(self) -> Instant:
        """The first moment at which no phone broadcasts identifiers of the key any more."""

    def expand(self, *, before: Instant, parameters: Parameters) -> list[Expansion]:
        """Return the identifiers of the key that a phone can have heard and still remember.

        The work is bounded whatever the key says; a key without such identifiers has none.

        Args:
            before: the moment before which they were heard; the release time.
            parameters: the region's; identifiers only heard earlier than `retention_days` before
                that moment's day are left out.
        """

    def open_metadata(self, service_data: ServiceData) -> Metadata | None:
        """Return the sender's metadata, or None where they are not understood."""


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
    ) -> tuple[list[TracingKey], Self]:
        """Return the keys that cover `since` until `now`, and a ring that has erased them.

        Raises:
            TooEarlyError: `since` lies in the future.
            ClockError: the ring was not rotated to `now`.
        """

    def to_value(self) -> Value:
        """Return the ring for sealing."""


class Design(Protocol):
    """One way of deriving identifiers."""

    @property
    def name(self) -> str:
        """The design's name, everywhere."""

    @property
    def service_uuid(self) -> int:
        """The 16-bit Bluetooth service UUID of its advertisements."""

    @property
    def coarsens(self) -> bool:
        """Whether a phone drops receive times inside a slot once its batches are in."""

    def epoch_seconds(self, parameters: Parameters) -> int:
        """Return for how long an identifier is broadcast; epochs begin at multiples of it."""

    def generate(self, *, now: Instant, parameters: Parameters, rand: Rand) -> KeyRing:
        """Draw the secrets of a new phone."""

    def ring(self, value: Value, *, parameters: Parameters) -> KeyRing:
        """Return a ring that `to_value` described; MalformedError otherwise."""

    def tracing_key(self, record: KeyRecord) -> TracingKey:
        """Return the published key in a record; MalformedError where it has none."""
