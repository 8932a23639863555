"""The signed list of token keys, which is one for everybody.

A server that gave a person a key of their own could later tell their tokens from all others. So the
list of a day stands in the transparency log, which holds one for each day [TOKENS-14], and a reader
that has seen a key takes no other for its scope and day [TOKENS-15].
"""

from dataclasses import dataclass

from dp3t.codec import Fields, decode, encode
from dp3t.errors import (
    ExpiredError,
    LimitError,
    MalformedError,
    TooEarlyError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.params import CLOCK_TOLERANCE_SECONDS, LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.publication.batch import require_region
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.publication.tokens import TOKEN_DAYS, TokenKey
from dp3t.publication.transparency import Entry
from dp3t.timeline import Day, Instant, day_of, day_start

MAX_SCOPES = 8
MAX_TOKEN_KEYS_BYTES = 2**15
"""The longest signed list."""

TOKEN_KEYS_KIND = "token-keys"  # noqa: S105 - what the log calls the list
MAX_LOGGED_BYTES = MAX_TOKEN_KEYS_BYTES + 64
_CONTEXT = "dp3t token keys 1"
_MAX_LEAF = 2**48 - 1
_MAX_ITEMS = 512
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKeys:
    """The keys of a region for the day on which the list was issued and the six after it.

    Attributes:
        region: name of the region.
        issued: when; there is one list for each UTC day.
        keys: for each scope one for each of the seven days; ascending by day and scope.

    Raises:
        MalformedError: a list that nobody may publish [TOKENS-2]; LimitError for too many scopes.
    """

    region: str
    issued: Instant
    keys: tuple[TokenKey, ...]

    def __post_init__(self) -> None:
        require_region(self.region)
        if not 0 <= self.issued <= LAST_INSTANT:
            raise MalformedError("a list of token keys is issued between 1970 and 2106")
        scopes = sorted({key.scope for key in self.keys})
        if len(scopes) > MAX_SCOPES:
            raise LimitError(f"token keys are of at most {MAX_SCOPES} scopes")
        places = [(day, scope) for day in self.days for scope in scopes]
        if not scopes or [(key.day, key.scope) for key in self.keys] != places:
            raise MalformedError("token keys are not one for each scope and day, in order")
        if len({key.modulus for key in self.keys}) < len(self.keys):
            raise MalformedError("a token key stands twice")

    @property
    def day(self) -> Day:
        """The day of the list."""
        return day_of(self.issued)

    @property
    def days(self) -> tuple[Day, ...]:
        """The days for which there are keys."""
        return tuple(Day(self.day + ahead) for ahead in range(TOKEN_DAYS))

    def of(self, scope: str) -> tuple[TokenKey, ...]:
        """Return the keys of a scope by day; UnknownKeyError where there are none."""
        found = tuple(key for key in self.keys if key.scope == scope)
        if not found:
            raise UnknownKeyError("the list has no keys of this scope")
        return found

    def key(self, scope: str, day: Day) -> TokenKey:
        """Return the key of a scope and day; UnknownKeyError where there is none."""
        for key in self.keys:
            if (key.scope, key.day) == (scope, day):
                return key
        raise UnknownKeyError("the list has no key of this scope and day")

    def require_continues(self, former: "TokenKeys") -> None:
        """Check that no scope and day of both lists has another key here [TOKENS-15].

        Raises:
            VerificationError: one has, the region is another, or this list is the older.
        """
        if self.region != former.region or self.issued < former.issued:
            raise VerificationError("the list of token keys went back, or is of another region")
        known = {(key.scope, key.day): key for key in former.keys}
        if any(known.get((key.scope, key.day), key) != key for key in self.keys):
            raise VerificationError("a token key is another than it was")

    def encode(self) -> bytes:
        """Return the canonical payload, before signing [TOKENS-2]."""
        return encode(
            {
                "issued": self.issued,
                "keys": [key.to_value() for key in self.keys],
                "region": self.region,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, payload: bytes) -> "TokenKeys":
        """Return the list whose canonical payload this is [TOKENS-2].

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        value = decode(payload, limit_bytes=MAX_TOKEN_KEYS_BYTES, limit_items=_MAX_ITEMS)
        fields = Fields(value, what="the list of token keys")
        fields.version(_VERSION)
        keys = fields.items("keys", most=MAX_SCOPES * TOKEN_DAYS)
        found = cls(
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            issued=Instant(fields.integer("issued", 0, LAST_INSTANT)),
            keys=tuple(TokenKey.from_value(key) for key in keys),
        )
        fields.done()
        return found

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file; UnknownKeyError if the key may not speak for `issued`."""
        key.public().require_valid_at(self.issued)
        return key.sign(self.encode(), context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys, region: str, now: Instant) -> "TokenKeys":
        """Verify and return a signed list [TOKENS-13].

        Args:
            data: the signed file.
            trusted: the keys of the region that the reader trusts.
            region: its name.
            now: the reader's own time.

        Raises:
            MalformedError: the bytes are not a signed list.
            VerificationError: not signed by a trusted key that was valid then and still is, or of
                another region.
            TooEarlyError: issued more than two hours after `now`.
            ExpiredError: two hours and more after its day has ended.
        """
        payload, key = trusted.open(data, context=_CONTEXT, limit_bytes=MAX_TOKEN_KEYS_BYTES)
        found = cls.decode(payload)
        if found.region != region:
            raise VerificationError("the token keys are of another region")
        key.require_valid_at(found.issued)
        key.require_valid_at(Instant(max(found.issued, now - CLOCK_TOLERANCE_SECONDS)))
        if found.issued > now + CLOCK_TOLERANCE_SECONDS:
            raise TooEarlyError("the list of token keys was issued in the future")
        if now >= day_start(Day(found.day + 1)) + CLOCK_TOLERANCE_SECONDS:
            raise ExpiredError("the list of token keys is of a day that is over")
        return found

    def logged(self, signed: bytes) -> Entry:
        """Return the entry by which the log holds the signed file [TOKENS-14]."""
        return Entry.of_file(
            signed,
            kind=TOKEN_KEYS_KIND,
            region=self.region,
            name=TOKEN_KEYS_KIND,
            moment=day_start(self.day),
        )


@dataclass(frozen=True, slots=True)
class LoggedTokenKeys:
    """A signed list as a server hands it out: with its place in the log.

    Attributes:
        signed: the signed file.
        leaf: which entry of the log is the list's, from 0 on.
    """

    signed: bytes
    leaf: int

    def encode(self) -> bytes:
        """Return the canonical encoding [TOKENS-14]."""
        return encode({"keys": self.signed, "leaf": self.leaf, "version": _VERSION})

    @classmethod
    def decode(cls, data: bytes) -> "LoggedTokenKeys":
        """Return what `encode` was given; MalformedError for any other bytes."""
        fields = Fields(decode(data, limit_bytes=MAX_LOGGED_BYTES), what="logged token keys")
        fields.version(_VERSION)
        found = cls(fields.octets("keys"), fields.integer("leaf", 0, _MAX_LEAF))
        fields.done()
        return found
