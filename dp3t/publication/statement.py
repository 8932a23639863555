"""Statements: a health authority says which committed keys may be published.

A statement names the hashes of the days since the first contagious one. It is signed by the
authority's own key, which the server does not hold.
"""

from dataclasses import dataclass

from dp3t.codec import Fields, decode, encode
from dp3t.errors import ExpiredError, MalformedError, PolicyError, TooEarlyError
from dp3t.params import (
    CLOCK_TOLERANCE_SECONDS,
    DAY_SECONDS,
    LAST_DAY,
    LAST_INSTANT,
    MAX_NAME_LENGTH,
    RELEASE_SLOT_SECONDS,
)
from dp3t.publication.batch import require_design, require_region
from dp3t.publication.commitment import Commitment, require_hashes, split_hashes
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Day, Instant, checked_release, day_of, slot_of, slot_start

MAX_STATEMENT_BYTES = 4096
MAX_LIFETIME_SECONDS = 14 * DAY_SECONDS
_CONTEXT = "dp3t statement 1"
_PURPOSE = "postest"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An authority's word that some committed keys may be published.

    Attributes:
        design: name of the design.
        region: name of the region whose server may take it.
        first_day: the first contagious day, or the first day committed to if that is later.
        hashes: one for each day since, up to the day of the test; 1 to 64.
        issued: a multiple of 7200 s.
        expires: a later one, at most 14 days later.

    Raises:
        MalformedError: a statement that no authority makes [COMMITMENT-9].
    """

    design: str
    region: str
    first_day: Day
    hashes: tuple[bytes, ...]
    issued: Instant
    expires: Instant

    def __post_init__(self) -> None:
        require_design(self.design)
        require_region(self.region)
        require_hashes(self.first_day, self.hashes)
        checked_release(self.issued)
        checked_release(self.expires)
        if not 0 < self.expires - self.issued <= MAX_LIFETIME_SECONDS:
            raise MalformedError("a statement is good for up to 14 days")
        if self.first_day + len(self.hashes) - 1 > day_of(self.issued):
            raise MalformedError("a statement covers no day after it was issued")

    @classmethod
    def authorize(
        cls,
        commitment: Commitment,
        *,
        region: str,
        first_day: Day,
        now: Instant,
        lifetime_hours: int,
    ) -> "Statement":
        """Return the statement for a patient whose test was positive [COMMITMENT-7].

        Args:
            commitment: what the patient's phone showed at the test.
            region: where the keys may be published.
            first_day: the first contagious day, which the authority alone chooses.
            now: the present.
            lifetime_hours: for how long the patient can upload, rounded up to the next even hour.

        Raises:
            TooEarlyError: `first_day` lies after the test.
            MalformedError: the test lies in the future, the lifetime is too long, or no region has
                such a name.
        """
        if first_day > commitment.last_day:
            raise TooEarlyError("the first contagious day lies after the test")
        issued = slot_start(slot_of(now))
        hours = -(-lifetime_hours * 3600 // RELEASE_SLOT_SECONDS) * RELEASE_SLOT_SECONDS
        return cls(
            design=commitment.design,
            region=region,
            first_day=Day(max(first_day, commitment.first_day)),
            hashes=commitment.since(first_day),
            issued=issued,
            expires=Instant(issued + RELEASE_SLOT_SECONDS * (now > issued) + hours),
        )

    def encode(self) -> bytes:
        """Return the canonical payload, before signing [COMMITMENT-9]."""
        return encode(
            {
                "design": self.design,
                "expires": self.expires,
                "first_day": self.first_day,
                "hashes": b"".join(self.hashes),
                "issued": self.issued,
                "purpose": _PURPOSE,
                "region": self.region,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, payload: bytes) -> "Statement":
        """Return the statement whose canonical payload this is; MalformedError otherwise."""
        fields = Fields(decode(payload, limit_bytes=MAX_STATEMENT_BYTES), what="the statement")
        fields.version(_VERSION)
        if fields.text("purpose", longest=MAX_NAME_LENGTH) != _PURPOSE:
            raise MalformedError("the statement has another purpose")
        statement = cls(
            design=fields.text("design", longest=MAX_NAME_LENGTH),
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            first_day=Day(fields.integer("first_day", 0, LAST_DAY)),
            hashes=split_hashes(fields.octets("hashes")),
            issued=Instant(fields.integer("issued", 0, LAST_INSTANT)),
            expires=Instant(fields.integer("expires", 0, LAST_INSTANT)),
        )
        fields.done()
        return statement

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed statement [COMMITMENT-9].

        Raises:
            UnknownKeyError: the key may not speak for the moment of issue.
        """
        key.public().require_valid_at(self.issued)
        return key.sign(self.encode(), context=_CONTEXT)

    @classmethod
    def open(
        cls, data: bytes, *, authorities: TrustedKeys, region: str, now: Instant
    ) -> "Statement":
        """Verify and return a signed statement that is good here and now [COMMITMENT-10].

        The key has to be valid now as well as when the statement says it was issued: whoever holds
        a key that has ended could give its statements any date.

        Raises:
            MalformedError: the bytes are not a signed statement.
            VerificationError: not signed by an authority whose key is valid.
            PolicyError: it is for another region than `region` [COMMITMENT-17].
            TooEarlyError: it was issued more than two hours after `now`.
            ExpiredError: it has expired.
        """
        payload, key = authorities.open(data, context=_CONTEXT, limit_bytes=MAX_STATEMENT_BYTES)
        statement = cls.decode(payload)
        key.require_valid_at(statement.issued)
        key.require_valid_at(now)
        if statement.region != region:
            raise PolicyError("the statement is for another region")
        if statement.issued > now + CLOCK_TOLERANCE_SECONDS:
            raise TooEarlyError("the statement was issued in the future")
        if statement.expires <= now:
            raise ExpiredError("the statement has expired")
        return statement
