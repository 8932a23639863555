"""Anonymous tokens: the right to do one thing once on one day, which nobody can tie to a person.

Who asks for a token blinds it, and the issuer signs what it cannot read [TOKENS-4]. So the issuer
knows who got tokens and sees later which tokens are spent, and the two share nothing [TOKENS-8].
A token holds for one scope and one UTC day, each with a key of its own [TOKENS-1].
"""

import re
from dataclasses import dataclass, field

from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import (
    ExpiredError,
    MalformedError,
    TooEarlyError,
    UnauthorizedError,
    UnknownKeyError,
    UnsupportedVersionError,
)
from dp3t.params import LAST_DAY
from dp3t.primitives import (
    BLIND_RSA_BYTES,
    BlindRsaPublicKey,
    Rand,
    sha256,
)
from dp3t.timeline import Day

TOKEN_BYTES = 341
"""The length of every token [TOKENS-3]."""

TOKEN_DAYS = 7
"""For how many days, today among them, there are keys [TOKENS-2]."""

MAX_SCOPE_LENGTH = 16
_NONCE_BYTES = _PREFIX_BYTES = 32
_DAY_BYTES = 4
_MAX_PENDING_BYTES = 1_024
_VERSION = 1
_SIGNED = b"dp3t token 1"
_SPENT = b"dp3t token spent 1"
_SCOPE = re.compile(r"[a-z][a-z-]{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The public key of one scope and one day.

    Attributes:
        day: on which its tokens are good, a UTC day.
        scope: for what they are good: 1 to 16 of a to z and hyphen, beginning with a letter.
        modulus: 256 bytes, big-endian; the exponent is 65,537.

    Raises:
        MalformedError: anything else [TOKENS-1].
    """

    day: Day
    scope: str
    modulus: bytes

    def __post_init__(self) -> None:
        require_scope(self.scope)
        if not 0 <= self.day <= LAST_DAY:
            raise MalformedError("the day of a token lies between 1970 and 2106")
        if len(self.modulus) != BLIND_RSA_BYTES:
            raise MalformedError(f"the modulus of a token key has {BLIND_RSA_BYTES} bytes")
        self.public()

    def public(self) -> BlindRsaPublicKey:
        """Return the key that blinds and verifies."""
        return BlindRsaPublicKey(self.modulus)

    def to_value(self) -> Value:
        """Return the key for encoding."""
        return {"day": self.day, "modulus": self.modulus, "scope": self.scope}

    @classmethod
    def from_value(cls, value: Value) -> "TokenKey":
        """Return a key that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="a token key")
        key = cls(
            day=Day(fields.integer("day", 0, LAST_DAY)),
            scope=fields.text("scope", longest=MAX_SCOPE_LENGTH),
            modulus=fields.octets("modulus", length=BLIND_RSA_BYTES),
        )
        fields.done()
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token. Whoever has it can spend it, so its repr hides what matters.

    Attributes:
        scope: for what it is good.
        day: when it is good.
        nonce: 32 bytes; what is spent.
        prefix: 32 random bytes that make blindness hold against a dishonest key too.
        signature: 256 bytes.

    Raises:
        MalformedError: a part of another form [TOKENS-3].
    """

    scope: str
    day: Day
    nonce: bytes = field(repr=False)
    prefix: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def __post_init__(self) -> None:
        require_scope(self.scope)
        if not 0 <= self.day <= LAST_DAY:
            raise MalformedError("the day of a token lies between 1970 and 2106")
        if (len(self.nonce), len(self.prefix)) != (_NONCE_BYTES, _PREFIX_BYTES):
            raise MalformedError("nonce and prefix of a token have 32 bytes each")
        if len(self.signature) != BLIND_RSA_BYTES:
            raise MalformedError(f"the signature of a token has {BLIND_RSA_BYTES} bytes")

    @property
    def nullifier(self) -> bytes:
        """The 32 bytes by which a server remembers that the token is spent [TOKENS-11]."""
        return sha256(_SPENT + _place(self.scope, self.day) + self.nonce)

    def verify(self, key: TokenKey) -> None:
        """Check that the key of its scope and day has signed the token [TOKENS-5].

        Raises:
            UnknownKeyError: the key is of another scope or day.
            VerificationError: the signature does not verify.
        """
        if (key.scope, key.day) != (self.scope, self.day):
            raise UnknownKeyError("the key is of another scope or day than the token")
        signed = _signed(self.scope, self.day, nonce=self.nonce, prefix=self.prefix)
        key.public().verify(signed, self.signature)

    def require_good(self, *, scope: str, today: Day) -> None:
        """Check that the token is for this and for today [TOKENS-10].

        Raises:
            UnauthorizedError: it is for something else.
            ExpiredError: its day is over.
            TooEarlyError: its day is to come.
        """
        if self.scope != scope:
            raise UnauthorizedError("the token is for something else")
        if self.day < today:
            raise ExpiredError("the day of the token is over")
        if self.day > today:
            raise TooEarlyError("the day of the token is to come")

    def encode(self) -> bytes:
        """Return the 341 bytes of the token [TOKENS-3]."""
        place = _place(self.scope, self.day)
        return bytes([_VERSION]) + place + self.nonce + self.prefix + self.signature

    @classmethod
    def decode(cls, data: bytes) -> "Token":
        """Return the token in 341 bytes.

        Raises:
            UnsupportedVersionError: of a version that is not known.
            MalformedError: any other bytes [TOKENS-3].
        """
        if len(data) != TOKEN_BYTES:
            raise MalformedError(f"a token has {TOKEN_BYTES} bytes")
        if data[0] != _VERSION:
            raise UnsupportedVersionError(f"the token has version {data[0]}")
        nonce_at = 1 + MAX_SCOPE_LENGTH + _DAY_BYTES
        prefix_at = nonce_at + _NONCE_BYTES
        signature_at = prefix_at + _PREFIX_BYTES
        return cls(
            scope=_scope_in(data[1 : 1 + MAX_SCOPE_LENGTH]),
            day=Day(int.from_bytes(data[1 + MAX_SCOPE_LENGTH : nonce_at], "big")),
            nonce=data[nonce_at:prefix_at],
            prefix=data[prefix_at:signature_at],
            signature=data[signature_at:],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingToken:
    """A token that is asked for: what the issuer gets, and what its owner keeps meanwhile.

    Keep it until the answer is there: asking again with another one is refused [TOKENS-9].

    Attributes:
        key: of the scope and day.
        nonce: 32 bytes.
        prefix: 32 bytes.
        blinded: 256 bytes, for the issuer.
        inverse: 256 bytes that unblind the answer; with them the issuer could link the two.
    """

    key: TokenKey
    nonce: bytes = field(repr=False)
    prefix: bytes = field(repr=False)
    blinded: bytes = field(repr=False)
    inverse: bytes = field(repr=False)

    @classmethod
    def begin(cls, key: TokenKey, *, rand: Rand, nonce: bytes | None = None) -> "PendingToken":
        """Draw a token and blind it [TOKENS-4].

        Args:
            key: of the scope and day.
            rand: draws everything else.
            nonce: 32 bytes that are used once: the public half of a key drawn for this token, of
                the scopes that say so; drawn where nothing is given.

        Raises:
            MalformedError: the key is no product of two large primes.
            ValueError: a nonce of another length.
        """
        if nonce is None:
            nonce = rand(_NONCE_BYTES)
        elif len(nonce) != _NONCE_BYTES:
            raise ValueError(f"the nonce of a token has {_NONCE_BYTES} bytes")
        prefix = rand(_PREFIX_BYTES)
        signed = _signed(key.scope, key.day, nonce=nonce, prefix=prefix)
        made = key.public().blind(signed, rand=rand)
        return cls(key=key, nonce=nonce, prefix=prefix, blinded=made.message, inverse=made.inverse)

    def finish(self, blind_signature: bytes) -> Token:
        """Return the token from the issuer's answer [TOKENS-5].

        Raises:
            MalformedError: an answer of another length.
            VerificationError: the issuer has not signed what it was sent with the key.
        """
        scope, day = self.key.scope, self.key.day
        signed = _signed(scope, day, nonce=self.nonce, prefix=self.prefix)
        signature = self.key.public().finalize(signed, blind_signature, inverse=self.inverse)
        return Token(
            scope=scope, day=day, nonce=self.nonce, prefix=self.prefix, signature=signature
        )

    def encode(self) -> bytes:
        """Return what its owner stores; it is secret, and of use to nobody else."""
        return encode(
            {
                "blinded": self.blinded,
                "inverse": self.inverse,
                "key": self.key.to_value(),
                "nonce": self.nonce,
                "prefix": self.prefix,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "PendingToken":
        """Return what `encode` stored; MalformedError otherwise."""
        fields = Fields(decode(data, limit_bytes=_MAX_PENDING_BYTES), what="a pending token")
        fields.version(_VERSION)
        pending = cls(
            key=TokenKey.from_value(fields.value("key")),
            nonce=fields.octets("nonce", length=_NONCE_BYTES),
            prefix=fields.octets("prefix", length=_PREFIX_BYTES),
            blinded=fields.octets("blinded", length=BLIND_RSA_BYTES),
            inverse=fields.octets("inverse", length=BLIND_RSA_BYTES),
        )
        fields.done()
        return pending


def require_scope(scope: str) -> None:
    """Raise MalformedError unless this names a scope [TOKENS-1]."""
    if not _SCOPE.fullmatch(scope):
        raise MalformedError("a scope is named by 1 to 16 of a to z and hyphen")


def _signed(scope: str, day: Day, *, nonce: bytes, prefix: bytes) -> bytes:
    """Return what the signature is of [TOKENS-4]."""
    return prefix + _SIGNED + _place(scope, day) + nonce


def _place(scope: str, day: Day) -> bytes:
    padded = scope.encode("ascii").ljust(MAX_SCOPE_LENGTH, b"\0")
    return padded + day.to_bytes(_DAY_BYTES, "big")


def _scope_in(padded: bytes) -> str:
    try:
        return padded.rstrip(b"\0").decode("ascii")
    except UnicodeDecodeError:
        raise MalformedError("the scope of a token is not ASCII") from None
