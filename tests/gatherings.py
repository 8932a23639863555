"""Venues, an authority and times that the tests of presence share."""

from random import Random

from dp3t.presence.pretrace import TraceRequest
from dp3t.presence.venue import VenueCode, set_up
from dp3t.primitives import X25519PrivateKey
from dp3t.timeline import Instant, Stretch

HOUR = 3600
TEN = Instant(18_813 * 86_400 + 10 * HOUR)
"""Ten o'clock on the day on which people gather."""

NOW = Instant(TEN + 86_400)
AUTHORITY = X25519PrivateKey(bytes(range(32)))
REFERENCE = "7K2-4411"
TEXT = "Xin gọi 19003228. Please call 19003228."


def venue(number: int, *, authority: X25519PrivateKey = AUTHORITY) -> VenueCode:
    """Return a venue of its own for each number."""
    return set_up(
        description=f"Chợ số {number}",
        address="Đà Nẵng",
        authority=authority.public(),
        rand=Random(number).randbytes,
    )


MARKET = venue(1)
SCHOOL = venue(2)


def stretch(start: int, end: int) -> Stretch:
    """Return a stretch that begins and ends so many seconds after ten."""
    return Stretch(Instant(TEN + start), Instant(TEN + end))


def asked(start: int = 0, end: int = HOUR, *, reference: str = REFERENCE) -> TraceRequest:
    """Return a request for a stretch that begins and ends so many seconds after ten."""
    return TraceRequest(reference=reference, stretch=stretch(start, end))
