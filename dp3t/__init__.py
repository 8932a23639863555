"""Privacy-preserving, decentralized exposure notification.

A `Phone` hears other phones, reports and matches; `dp3t.client` connects it to a server. What a
server needs is in `dp3t.publication`, what a radio needs in `dp3t.proximity`. Nothing here reads a
clock, a file or a socket, and randomness comes from whom you name: `random_from_os`.
"""

from dp3t.errors import (
    ClockError,
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    ReplayError,
    SplitViewError,
    TooEarlyError,
    TransportError,
    UnauthorizedError,
    UnknownKeyError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.params import MINIMAL, STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.primitives import Rand, random_from_os
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.exposure import Exposure
from dp3t.proximity.interface import Match
from dp3t.publication.authorization import UploadCode
from dp3t.publication.batch import Batch
from dp3t.publication.report import Report
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.timeline import (
    Day,
    Instant,
    Interval,
    Slot,
    Stretch,
    date_to_day,
    day_of,
    day_start,
    day_to_date,
    instant,
    interval_of,
    interval_start,
    release_after,
    slot_of,
    slot_start,
    to_datetime,
)

__all__ = [
    "MINIMAL",
    "STANDARD",
    "Batch",
    "ClockError",
    "Day",
    "Dp3tError",
    "ExpiredError",
    "Exposure",
    "Instant",
    "Interval",
    "LimitError",
    "MalformedError",
    "Match",
    "Metadata",
    "Parameters",
    "Phone",
    "PolicyError",
    "Rand",
    "ReplayError",
    "Report",
    "Slot",
    "SplitViewError",
    "Stretch",
    "TooEarlyError",
    "TransportError",
    "TrustedKeys",
    "UnauthorizedError",
    "UnknownKeyError",
    "UnsupportedVersionError",
    "UploadCode",
    "VerificationError",
    "VerificationKey",
    "__version__",
    "date_to_day",
    "day_of",
    "day_start",
    "day_to_date",
    "instant",
    "interval_of",
    "interval_start",
    "random_from_os",
    "release_after",
    "slot_of",
    "slot_start",
    "to_datetime",
]

__version__ = "0.1.0"
