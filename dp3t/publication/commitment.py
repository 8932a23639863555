"""Commitments: what a phone says of its keys at a test, so that only they can be published.

For each day there is one hash over the keys of the day and 32 random bytes. The hashes go to the
health authority; the keys and the random bytes stay on the phone until they are published.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from dp3t.codec import Fields, Value, encode, integers
from dp3t.errors import MalformedError, UnsupportedVersionError
from dp3t.params import LAST_DAY
from dp3t.primitives import hmac_sha256, sha256
from dp3t.publication.batch import require_design
from dp3t.timeline import Day

HASH_BYTES = 32
RANDOM_BYTES = 32
MAX_DAYS = 64
"""The longest retention, 63 days, and today."""

DESIGN_BYTES = 16
HEADER_BYTES = 1 + DESIGN_BYTES + 2 + 1
"""What a commitment has before its hashes: version, design, first day, number of days."""

FORM = "bound"
_LABEL = "dp3t commitment 1"
_PURPOSE = "test"
_VERSION = 1


def day_hash(*, design: str, day: Day, random: bytes, keys: Iterable[bytes]) -> bytes:
    """Return the 32 bytes that commit to the keys of one day [COMMITMENT-1].

    Args:
        design: name of the design.
        day: the UTC day.
        random: 32 bytes of the day's own, which nobody else can know.
        keys: what the design commits to for each key, in any order; none is a day without keys.

    Raises:
        MalformedError: a key stands twice, or `random` has another length.
    """
    if len(random) != RANDOM_BYTES:
        raise MalformedError(f"the random bytes of a commitment are {RANDOM_BYTES}")
    ordered = sorted(keys)
    if any(one == other for one, other in pairwise(ordered)):
        raise MalformedError("a key of a commitment stands twice")
    return sha256(encode([_LABEL, _PURPOSE, design, day, random, ordered]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """What the health authority gets at a test: one hash for each of some days in a row.

    Attributes:
        design: name of the design.
        first_day: the day of the first hash.
        hashes: 1 to 64 of 32 bytes, the last of them that of the day of the test.

    Raises:
        MalformedError: values that no phone commits to [COMMITMENT-5].
    """

    design: str
    first_day: Day
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        require_design(self.design)
        require_hashes(self.first_day, self.hashes)

    @property
    def last_day(self) -> Day:
        """The day of the test."""
        return Day(self.first_day + len(self.hashes) - 1)

    def since(self, day: Day) -> tuple[bytes, ...]:
        """Return the hashes of a day and of those after it; all of them where it is earlier."""
        return self.hashes[max(0, day - self.first_day) :]

    def encode(self) -> bytes:
        """Return the 20 bytes of head and 32 for each day, for a QR code [COMMITMENT-4]."""
        head = bytes([_VERSION]) + self.design.encode().ljust(DESIGN_BYTES, b"\0")
        days = self.first_day.to_bytes(2, "big") + bytes([len(self.hashes)])
        return head + days + b"".join(self.hashes)

    @classmethod
    def decode(cls, data: bytes) -> "Commitment":
        """Return the commitment that `encode` wrote [COMMITMENT-5].

        Raises:
            MalformedError: any other bytes.
            UnsupportedVersionError: a commitment of a later version.
        """
        if len(data) < HEADER_BYTES:
            raise MalformedError("the commitment is truncated")
        if data[0] != _VERSION:
            raise UnsupportedVersionError(f"the commitment has version {data[0]}")
        name, count = data[1 : 1 + DESIGN_BYTES].rstrip(b"\0"), data[HEADER_BYTES - 1]
        if not name.isascii() or len(data) != HEADER_BYTES + HASH_BYTES * count:
            raise MalformedError("the commitment has another length than it says, or no design")
        return cls(
            design=name.decode("ascii"),
            first_day=Day(int.from_bytes(data[1 + DESIGN_BYTES : HEADER_BYTES - 1], "big")),
            hashes=split_hashes(data[HEADER_BYTES:]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """What opens commitments: for each day that is published, its random bytes.

    Attributes:
        days: 1 to 64 days, ascending.
        randoms: 32 bytes for each; hidden in the repr.

    Raises:
        MalformedError: values that no upload holds [COMMITMENT-8].
    """

    days: tuple[Day, ...]
    randoms: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.days) <= MAX_DAYS or len(self.randoms) != len(self.days):
            raise MalformedError(f"openings are of 1 to {MAX_DAYS} days")
        if any(not one < other for one, other in pairwise(self.days)):
            raise MalformedError("the days of the openings are not in ascending order")
        if any(len(random) != RANDOM_BYTES for random in self.randoms):
            raise MalformedError(f"the random bytes of an opening are {RANDOM_BYTES}")

    def items(self) -> Iterable[tuple[Day, bytes]]:
        """Return day and random bytes of each opening."""
        return zip(self.days, self.randoms, strict=True)

    def bindings(self, body: bytes) -> dict[Day, bytes]:
        """Return for each day 32 bytes that tie its commitment to an upload [COMMITMENT-13].

        Args:
            body: the whole request body.
        """
        return {day: hmac_sha256(random, b"dp3t upload 1" + body) for day, random in self.items()}

    def to_value(self) -> Value:
        """Return the openings as an upload holds them [COMMITMENT-8]."""
        return {"days": list(self.days), "form": FORM, "randoms": b"".join(self.randoms)}

    @classmethod
    def from_fields(cls, fields: Fields) -> "Openings":
        """Return the openings in a map whose `form` was taken; MalformedError otherwise."""
        raw = fields.items("days", most=MAX_DAYS)
        days = integers(raw, lowest=0, highest=LAST_DAY, what="the days of the openings")
        randoms = split_hashes(fields.octets("randoms"))
        fields.done()
        return cls(days=tuple(map(Day, days)), randoms=randoms)


def require_hashes(first_day: Day, hashes: tuple[bytes, ...]) -> None:
    """Raise MalformedError unless there are 1 to 64 hashes whose days exist [COMMITMENT-5]."""
    if not 1 <= len(hashes) <= MAX_DAYS:
        raise MalformedError(f"a commitment covers 1 to {MAX_DAYS} days")
    if any(len(each) != HASH_BYTES for each in hashes):
        raise MalformedError(f"a hash of a commitment has {HASH_BYTES} bytes")
    if len(set(hashes)) < len(hashes):
        raise MalformedError("a hash of a commitment stands twice")
    if not 0 <= first_day <= LAST_DAY + 1 - len(hashes):
        raise MalformedError("the days of a commitment are out of range")


def split_hashes(data: bytes) -> tuple[bytes, ...]:
    """Return strings of 32 bytes that lie back to back; MalformedError for a remainder."""
    if len(data) % HASH_BYTES:
        raise MalformedError(f"the bytes are no multiple of {HASH_BYTES}")
    return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))


def commitment_digest(value: bytes, *, key: bytes) -> bytes:
    """Return the 32 bytes under which a server stores the hash of a day [COMMITMENT-12].

    Args:
        value: the hash.
        key: 32 bytes that the server keeps outside its database.
    """
    return hmac_sha256(key, b"dp3t commitment 1" + value)
