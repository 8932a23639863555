"""Privacy-preserving, decentralized exposure notification.

A `Phone` hears other phones, reports and matches; `dp3t.client` connects it to a server. What a
server needs is in `dp3t.publication`, what a radio needs in `dp3t.proximity`. Nothing here reads a
clock, a file or a socket, and randomness comes from whom you name: `random_from_os`. The modules
behind these names are imported when one of them is used.
"""

from typing import TYPE_CHECKING

from dp3t.faces import face

if TYPE_CHECKING:
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

_HOMES = {
    "dp3t.errors": (
        "ClockError",
        "Dp3tError",
        "ExpiredError",
        "LimitError",
        "MalformedError",
        "PolicyError",
        "ReplayError",
        "SplitViewError",
        "TooEarlyError",
        "TransportError",
        "UnauthorizedError",
        "UnknownKeyError",
        "UnsupportedVersionError",
        "VerificationError",
    ),
    "dp3t.params": (
        "MINIMAL",
        "STANDARD",
        "Parameters",
    ),
    "dp3t.phone": ("Phone",),
    "dp3t.primitives": (
        "Rand",
        "random_from_os",
    ),
    "dp3t.proximity.advertisement": ("Metadata",),
    "dp3t.proximity.exposure": ("Exposure",),
    "dp3t.proximity.interface": ("Match",),
    "dp3t.publication.authorization": ("UploadCode",),
    "dp3t.publication.batch": ("Batch",),
    "dp3t.publication.report": ("Report",),
    "dp3t.publication.signing": (
        "TrustedKeys",
        "VerificationKey",
    ),
    "dp3t.timeline": (
        "Day",
        "Instant",
        "Interval",
        "Slot",
        "Stretch",
        "date_to_day",
        "day_of",
        "day_start",
        "day_to_date",
        "instant",
        "interval_of",
        "interval_start",
        "release_after",
        "slot_of",
        "slot_start",
        "to_datetime",
    ),
}
"""The modules in which the names are."""


def __getattr__(name: str) -> object:
    """Return a public name, whose module is imported when somebody asks for it."""
    return face(__name__, name, homes=_HOMES)


def __dir__() -> list[str]:
    """Return the public names, also those that nobody has asked for."""
    return __all__
