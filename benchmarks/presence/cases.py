"""A venue, its visitors and the traces of others, drawn from a seed."""

from dataclasses import dataclass
from random import Random  # noqa: TID251 - a seed makes the data repeatable

from benchmarks.presence.paper import KEYS_PER_LOCATION
from dp3t.presence.completion import complete
from dp3t.presence.encryption import IdentityKey, partial_key
from dp3t.presence.identity import INTERVAL_SECONDS
from dp3t.presence.pairing import Scalar
from dp3t.presence.pretrace import PreTrace, TraceRequest, pre_trace
from dp3t.presence.trace import Message, Trace
from dp3t.presence.venue import VenueCode, set_up
from dp3t.presence.visit import CheckIn, VisitRecord, check_in
from dp3t.primitives import Rand, X25519PrivateKey
from dp3t.timeline import Instant, Stretch, day_of

SEED = 1
DAY_SECONDS = 86_400
ARRIVAL = Instant(1_625_472_600)
"""2021-07-05 08:10 UTC; a visit here stays within the hour."""

DEPARTURE = Instant(ARRIVAL + 2400)
HOUR = Instant(ARRIVAL - ARRIVAL % INTERVAL_SECONDS)
NOW = Instant(HOUR + 2 * DAY_SECONDS)
RELEASE = Instant(NOW - NOW % 7200)
TEXT = "Mời bạn xét nghiệm. Please take a test."
REQUEST = TraceRequest(reference="BENCH-1", stretch=Stretch(HOUR, Instant(HOUR + INTERVAL_SECONDS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A venue and the authority that it trusts.

    Attributes:
        code: the owner's.
        link: what the QR code at the door says.
        authority: the key of the authority.
        rand: of everything that is drawn here.
    """

    code: VenueCode
    link: str
    authority: X25519PrivateKey
    rand: Rand

    @classmethod
    def number(cls, number: int) -> "Place":
        """Return a place; another number is another one."""
        rand = _dice(f"place {number}")
        authority = X25519PrivateKey.generate(rand=rand)
        code = set_up(
            description=f"Chợ {number}",
            address="Thái Nguyên",
            authority=authority.public(),
            rand=rand,
        )
        return cls(code=code, link=code.entry.link(), authority=authority, rand=rand)

    def visit(self, *, day: int = 0) -> CheckIn:
        """Return a visit that lasts, of so many days later."""
        return check_in(self.code.entry, now=Instant(ARRIVAL + DAY_SECONDS * day))

    def record(self, *, day: int = 0) -> VisitRecord:
        """Return what the visit of one hour leaves."""
        left = Instant(DEPARTURE + DAY_SECONDS * day)
        (record,) = self.visit(day=day).check_out(departure=left, now=left, rand=self.rand)
        return record

    def pre_trace(self) -> PreTrace:
        """Return what the owner is asked for: the hour of the visit."""
        return pre_trace(self.code, stretch=REQUEST.stretch, reference=REQUEST.reference, now=NOW)

    def completed(self, opened: PreTrace) -> Trace:
        """Return the trace that the authority makes of it."""
        (trace,) = complete(
            opened, self.authority, request=REQUEST, text=TEXT, now=NOW, rand=self.rand
        )
        return trace

    def trace(self) -> Trace:
        """Return the trace that fits the record of the first day."""
        return self.completed(self.pre_trace())


def strangers(locations: int, *, days: int) -> list[Trace]:
    """Return the traces of places where nobody of these was: three hours of each.

    Args:
        locations: how many places.
        days: over how many days they are spread evenly, the first being that of the visit.
    """
    rand = _dice("strangers")
    traces = list[Trace]()
    for number in range(locations):
        share = Scalar.generate(rand=rand)
        midnight = HOUR - HOUR % DAY_SECONDS + DAY_SECONDS * (number % days)
        for hour in range(KEYS_PER_LOCATION):
            traces.append(_trace(share, Instant(midnight + INTERVAL_SECONDS * hour), rand))
    return traces


def _trace(share: Scalar, start: Instant, rand: Rand) -> Trace:
    identity = rand(32)
    return Trace.of(
        IdentityKey(identity=identity, key=partial_key(share, identity=identity)),
        day=day_of(start),
        message=Message(TEXT, Stretch(start, Instant(start + INTERVAL_SECONDS))),
        notification_key=rand(32),
        rand=rand,
    )


def _dice(name: str) -> Rand:
    return Random(f"{SEED} {name}").randbytes  # noqa: S311 - nobody's secrets
