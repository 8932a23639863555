"""Places with visits, for tests of what a phone keeps and finds."""

from random import Random

from dp3t.presence.encryption import Ciphertext, IdentityKey, partial_key
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import identity_of, secrets_of
from dp3t.presence.pairing import G2Point, Scalar
from dp3t.presence.trace import Message, Trace
from dp3t.presence.visit import CheckIn, VisitMessage, VisitRecord
from dp3t.timeline import Instant, Stretch
from venues import Place

HOUR = 3600
DAY = 86_400
NOON = Instant(1_606_132_800)
"""2020-11-23 12:00 UTC, the start of an hour."""

TEXT = "Please take a test. / Mời bạn đi xét nghiệm."
RAND = Random(6).randbytes


class Venue(Place):
    """A place, and visits to it."""

    __slots__ = ()

    @property
    def notification_key(self) -> bytes:
        return secrets_of(self.entry.payload).notification_key

    def key(self, start: int) -> IdentityKey:
        """Return the key of the hour that begins at `start`."""
        identity = identity_of(self.entry.payload, start=Instant(start))
        return IdentityKey(identity=identity, key=partial_key(self.secret, identity=identity))

    def traced(self, start: int, stretch: tuple[int, int]) -> Trace:
        """Return the trace of the hour that begins at `start`, for an exposed stretch."""
        moments = Stretch(Instant(stretch[0]), Instant(stretch[1]))
        return self.trace(Instant(start), Message(TEXT, moments))

    def visit(self, arrival: int, departure: int) -> tuple[VisitRecord, ...]:
        """Return the records of a visit that ended as it began."""
        begun = CheckIn(
            entry=self.entry, arrival=Instant(arrival), leaves_by=Instant(arrival + DAY)
        )
        return begun.check_out(departure=Instant(departure), now=Instant(departure), rand=RAND)

    def read(self, record: VisitRecord, start: int) -> VisitMessage:
        """Return what a record of the hour that begins at `start` says."""
        return VisitMessage.decode(self.key(start).decrypt(Ciphertext.decode(record.ciphertext)))


def venue(
    number: int = 0,
    *,
    start: int | None = None,
    end: int | None = None,
    stay_seconds: int | None = None,
) -> Venue:
    """Return a venue; another number is another one."""
    secret = Scalar.of_hash(b"secret %d" % number)
    entry = EntryCode.create(
        description=f"Chợ số {number}",
        address="Thái Nguyên",
        public_key=G2Point.of(secret),
        seed=bytes([number]) * 32,
        start=None if start is None else Instant(start),
        end=None if end is None else Instant(end),
        default_stay_seconds=stay_seconds,
    )
    return Venue(entry, secret)
