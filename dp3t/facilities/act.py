"""What every signed act of a chain says first, and the place of an act in its chain.

The authority's acts are one chain, the acts of each facility another. An act names its number in
the chain and the digest of the act before it, so none can be left out or put in between unseen.
"""

from dataclasses import dataclass

from dp3t.canonical_json import JsonValue
from dp3t.codec import Fields
from dp3t.errors import MalformedError
from dp3t.facilities.json_fields import (
    DIGEST_BYTES,
    HIGHEST_NUMBER,
    require_octets,
    require_range,
    take_instant,
    take_octets,
)
from dp3t.params import LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.primitives import sha256
from dp3t.publication.batch import require_region
from dp3t.timeline import Instant

ACT_VERSION = 1
NO_ACT = bytes(DIGEST_BYTES)
"""What stands for the digest of the act before the first."""


def act_digest(signed: bytes) -> bytes:
    """Return the SHA-256 of a signed act: how other acts name it [ACT-2]."""
    return sha256(signed)


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a chain ends, so where its next act goes [ACT-3].

    Attributes:
        number: of the next act; 0 in an empty chain.
        previous: 32 bytes, the digest of the last act; zeros in an empty chain.

    Raises:
        MalformedError: a number or a digest that no chain has.
    """

    number: int
    previous: bytes

    def __post_init__(self) -> None:
        require_range(self.number, 0, HIGHEST_NUMBER, what="the number of an act")
        require_octets(self.previous, what="previous")
        if (self.number == 0) != (self.previous == NO_ACT):
            raise MalformedError("the first act of a chain, and no other, has none before it")

    def after(self, signed: bytes) -> "ChainEnd":
        """Return where the chain ends once its next act, given as signed, is in it."""
        return ChainEnd(self.number + 1, act_digest(signed))


START = ChainEnd(0, NO_ACT)
"""Where an empty chain ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActHead:
    """What every act of a chain says first [ACT-2].

    Attributes:
        region: of the record, 1 to 16 of A to Z, 0 to 9 and hyphen.
        made: when it was signed, by the signer's clock.
        number: in its chain, from 0.
        previous: 32 bytes, the digest of the act before it; zeros in the first.

    Raises:
        MalformedError: a value that the chapter does not allow.
    """

    region: str
    made: Instant
    number: int
    previous: bytes

    def __post_init__(self) -> None:
        require_region(self.region)
        require_range(self.made, 0, LAST_INSTANT, what="made")
        ChainEnd(self.number, self.previous)  # refuses a place that no chain has

    @classmethod
    def at(cls, end: ChainEnd, *, region: str, made: Instant) -> "ActHead":
        """Return the head of the next act of a chain."""
        return cls(region=region, made=made, number=end.number, previous=end.previous)

    @property
    def place(self) -> ChainEnd:
        """Where the chain ended when this act was put to it."""
        return ChainEnd(self.number, self.previous)

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields for encoding, without the kind of the act."""
        return {
            "made": self.made,
            "number": self.number,
            "previous": self.previous.hex(),
            "region": self.region,
            "version": ACT_VERSION,
        }

    @classmethod
    def take(cls, fields: Fields) -> "ActHead":
        """Take the fields; MalformedError unless they are those of an act in a chain."""
        fields.version(ACT_VERSION)
        return cls(
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            made=take_instant(fields, "made"),
            number=fields.integer("number", 0, HIGHEST_NUMBER),
            previous=take_octets(fields, "previous"),
        )
