"""Venues whose secret a test holds in one piece, and traces of them."""

from dataclasses import dataclass, field
from random import Random

from dp3t.presence.encryption import IdentityKey, partial_key
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import identity_of, interval_starts, secrets_of
from dp3t.presence.pairing import G2Point, Scalar
from dp3t.presence.trace import PRESENCE, Message, Trace, publish
from dp3t.publication.batch import Batch, BatchName
from dp3t.timeline import Instant, Stretch, day_of

MESSAGE = "Hãy ở nhà và gọi 1900 9095."


@dataclass(frozen=True, slots=True)
class Place:
    """A venue and both shares of its secret together."""

    entry: EntryCode
    secret: Scalar = field(repr=False)

    @classmethod
    def named(cls, name: str) -> "Place":
        rand = Random(name).randbytes
        secret = Scalar.generate(rand=rand)
        entry = EntryCode.create(
            description=name, address="Hà Nội", public_key=G2Point.of(secret), seed=rand(16)
        )
        return cls(entry, secret)

    def traces(self, start: int, end: int, *, text: str = MESSAGE) -> list[Trace]:
        """Return a trace for each hour of a stretch of time."""
        stretch = Stretch(Instant(start), Instant(end))
        return [
            self.trace(Instant(hour), Message(text, stretch))
            for hour in interval_starts(stretch.start, Instant(end - 1))
        ]

    def trace(self, hour: Instant, message: Message) -> Trace:
        identity = identity_of(self.entry.payload, start=hour)
        return Trace.of(
            IdentityKey(identity=identity, key=partial_key(self.secret, identity=identity)),
            day=day_of(hour),
            message=message,
            notification_key=secrets_of(self.entry.payload).notification_key,
            rand=Random(hour).randbytes,
        )


def batch_of_traces(traces: list[Trace], *, release: int, region: str = "VN") -> Batch:
    name = BatchName(design=PRESENCE, region=region, release=Instant(release))
    return publish(traces, name=name)
