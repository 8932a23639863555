"""One share as it goes over the air, and what a region agrees on about them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dp3t.errors import MalformedError, TooEarlyError, VerificationError
from dp3t.params import EPHID_BYTES, SERVICE_DATA_BYTES
from dp3t.proximity.advertisement import EphID, ServiceData
from dp3t.proximity.sharing.correction import decode
from dp3t.proximity.sharing.polynomial import Polynomial

TAG_BYTES = SERVICE_DATA_BYTES - EPHID_BYTES - 1
MAX_SHARES = 255
"""The places other than zero, where the identifier is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """How a region spreads identifiers; the same for all its phones [SHARING-1].

    Attributes:
        threshold: k, how many shares of a group recover the identifier; 2 to `shares`. One would
            put the identifier itself into every advertisement.
        shares: n, how many shares a group has; at most 255.

    Raises:
        ValueError: a value outside its range.
    """

    threshold: int
    shares: int

    def __post_init__(self) -> None:
        if not 2 <= self.threshold <= self.shares <= MAX_SHARES:
            raise ValueError("2 <= threshold <= shares <= 255")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One share [SHARING-4].

    Attributes:
        place: where the polynomial was evaluated, 1 to 255.
        tag: 3 random bytes, the same for all shares of a group.
        value: 16 bytes.

    Raises:
        ValueError: a value outside its range.
    """

    place: int
    tag: bytes
    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.place <= MAX_SHARES:
            raise ValueError("a share has a place from 1 to 255")
        if len(self.tag) != TAG_BYTES or len(self.value) != EPHID_BYTES:
            raise ValueError("a share has a tag of 3 bytes and a value of 16")

    def encode(self) -> ServiceData:
        """Return the 20 bytes of service data [SHARING-4]."""
        return ServiceData(bytes([self.place]) + self.tag + self.value)

    @classmethod
    def decode(cls, service_data: bytes) -> "Share":
        """Return the share in 20 bytes of service data [SHARING-4].

        Raises:
            MalformedError: another length, or place 0.
        """
        if len(service_data) != SERVICE_DATA_BYTES:
            raise MalformedError(f"a share has {SERVICE_DATA_BYTES} bytes, not {len(service_data)}")
        if not service_data[0]:
            raise MalformedError("no share has place 0")
        tag, value = service_data[1 : 1 + TAG_BYTES], service_data[1 + TAG_BYTES :]
        return cls(place=service_data[0], tag=tag, value=value)

    @property
    def point(self) -> tuple[int, int]:
        """Place and vector."""
        return self.place, int.from_bytes(self.value, "big")


def share_of(polynomial: Polynomial, *, place: int, tag: bytes) -> Share:
    """Return the share of a polynomial at a place [SHARING-2]."""
    value = polynomial.at(place).to_bytes(EPHID_BYTES, "big")
    return Share(place=place, tag=tag, value=value)


def secret_of(polynomial: Polynomial) -> EphID:
    """Return the identifier that a polynomial hides: its value at zero."""
    return EphID(polynomial.at(0).to_bytes(EPHID_BYTES, "big"))


def unambiguous(points: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return the value at each place for which only one was heard [SHARING-9]."""
    values: dict[int, set[int]] = {}
    for place, value in points:
        values.setdefault(place, set()).add(value)
    return {place: min(several) for place, several in values.items() if len(several) == 1}


def recover(shares: Iterable[Share], *, threshold: int) -> EphID:
    """Return the identifier of a group, whose tags are not looked at [SHARING-8] [SHARING-9].

    Raises:
        TooEarlyError: fewer places than the threshold have one undisputed share [SHARING-19].
        VerificationError: more shares are wrong than can be corrected [SHARING-19].
    """
    points = unambiguous(share.point for share in shares)
    if len(points) < threshold:
        raise TooEarlyError(f"{len(points)} shares where {threshold} are needed")
    polynomial = decode(points, threshold=threshold)
    if polynomial is None:
        raise VerificationError("too many shares contradict one another")
    return secret_of(polynomial)
