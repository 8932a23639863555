"""Objections: what somebody says against a facility, once a day, without a name.

The one-time key that signs an objection is what its token holds for a nonce. So anybody can check
that the issuer has signed the token and that nobody has changed what it was spent on.
"""

from dataclasses import dataclass, field, replace

from dp3t.canonical_json import JsonValue, decode_json, encode_json
from dp3t.codec import Fields
from dp3t.errors import MalformedError, UnauthorizedError
from dp3t.facilities.checklist import require_task
from dp3t.facilities.facility import require_facility
from dp3t.facilities.json_fields import (
    require_day,
    require_octets,
    require_range,
    take_day,
    take_instant,
    take_octets,
    take_optional_octets,
    take_text,
)
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.presence_proof import (
    PRESENCE_PROOF_BYTES,
    check_presence,
    prove_presence,
)
from dp3t.params import LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.primitives import ED25519_SEED_BYTES, Rand, sha256
from dp3t.publication.batch import require_region
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys, VerificationKey
from dp3t.publication.tokens import TOKEN_BYTES, Token
from dp3t.timeline import Instant

OBJECTIONS_SCOPE = "objections"
"""For what its tokens are good."""

MAX_OBJECTION_BYTES = 4_096
"""The longest payload; a signed file has 72 bytes more."""

OBJECTION = "objection"
"""Its kind among the acts of the record."""

_CONTEXT = "objection 1"
_SPENT = b"dp3t objection 1"
_VERSION = 1


def objection_key(*, rand: Rand) -> SigningKey:
    """Draw the key of one objection; its public half is its token's nonce [OBJECTION-2]."""
    return objection_key_of(rand(ED25519_SEED_BYTES))


def objection_key_of(seed: bytes) -> SigningKey:
    """Return the key whose seed of 32 bytes was kept until the token is there."""
    return SigningKey(seed=seed, valid_from=Instant(0), valid_until=Instant(LAST_INSTANT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """An objection, before it is signed.

    Attributes:
        region: name of the region.
        made: when, by its maker's clock.
        facility: against which.
        day: the local day that it is about.
        task: which task of that day was not done; empty for something else.
        token: for the scope `objections`; its nonce is the key that signs.
        presence: a proof of presence, 64 bytes, or empty.
        words: what the maker's words commit to, 32 bytes, or empty.

    Raises:
        MalformedError: a value that the chapter does not allow [OBJECTION-1].
        UnauthorizedError: a token for something else [OBJECTION-4].
    """

    region: str
    made: Instant
    facility: str
    day: LocalDay
    task: str
    token: Token = field(repr=False)
    presence: bytes = b""
    words: bytes = b""

    def __post_init__(self) -> None:
        require_region(self.region)
        require_range(self.made, 0, LAST_INSTANT, what="made")
        require_facility(self.facility)
        require_day(self.day, what="day")
        if self.task:
            require_task(self.task)
        if self.token.scope != OBJECTIONS_SCOPE:
            raise UnauthorizedError("the token is for something else than objections")
        if len(self.presence) not in (0, PRESENCE_PROOF_BYTES):
            raise MalformedError(f"a proof of presence has {PRESENCE_PROOF_BYTES} bytes")
        require_octets(self.words, what="words", optional=True)

    @property
    def nullifier(self) -> bytes:
        """The 32 bytes by which a second objection to the same facility shows [OBJECTION-5]."""
        return sha256(_SPENT + self.token.nullifier + self.facility.encode())

    @property
    def digest(self) -> bytes:
        """The 32 bytes that a proof of presence is for [OBJECTION-8]."""
        return sha256(replace(self, presence=b"").encode())

    def with_presence(self, seed: bytes) -> "Objection":
        """Return the objection with a proof of presence.

        Args:
            seed: 32 bytes, of the day and of the place's entry code [PROOF-1].

        Raises:
            MalformedError: a seed of another length.
        """
        return replace(self, presence=prove_presence(seed, self.digest))

    def require_presence(self, public: bytes) -> None:
        """Raise VerificationError unless the proof is under a key of 32 bytes [OBJECTION-8]."""
        check_presence(public, self.digest, self.presence)

    def to_json(self) -> dict[str, JsonValue]:
        """Return the payload for encoding."""
        return {
            "day": self.day,
            "facility": self.facility,
            "kind": OBJECTION,
            "made": self.made,
            "presence": self.presence.hex(),
            "region": self.region,
            "task": self.task,
            "token": self.token.encode().hex(),
            "version": _VERSION,
            "words": self.words.hex(),
        }

    def encode(self) -> bytes:
        """Return the canonical payload, before signing [OBJECTION-1]."""
        return encode_json(self.to_json())

    @classmethod
    def decode(cls, payload: bytes) -> "Objection":
        """Return the objection whose canonical payload this is.

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
            UnauthorizedError: a token for something else.
        """
        fields = Fields(decode_json(payload, limit_bytes=MAX_OBJECTION_BYTES), what="an objection")
        fields.version(_VERSION)
        if take_text(fields, "kind") != OBJECTION:
            raise MalformedError("the act is no objection")
        objection = cls(
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            made=take_instant(fields, "made"),
            facility=take_text(fields, "facility"),
            day=take_day(fields, "day"),
            task=take_text(fields, "task"),
            token=Token.decode(take_octets(fields, "token", length=TOKEN_BYTES)),
            presence=take_optional_octets(fields, "presence", length=PRESENCE_PROOF_BYTES),
            words=take_optional_octets(fields, "words"),
        )
        fields.done()
        return objection

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file [OBJECTION-2].

        Raises:
            ValueError: another key than the one whose public half the token has for a nonce.
        """
        if key.public().public != self.token.nonce:
            raise ValueError("the token was asked for with another key")
        return key.sign(self.encode(), context=_CONTEXT)

    def require_signed(self, signed: bytes) -> None:
        """Check that the key which the token has for a nonce signed the file [OBJECTION-3].

        Raises:
            VerificationError: another key, or the signature does not verify.
        """
        trusted = TrustedKeys([VerificationKey.pinned(self.token.nonce)])
        trusted.open(signed, context=_CONTEXT, limit_bytes=HEADER_BYTES + MAX_OBJECTION_BYTES)

    @classmethod
    def read(cls, signed: bytes) -> "Objection":
        """Return a signed objection; whether its token is good, the board says [OBJECTION-3].

        Raises:
            MalformedError: the bytes are not a signed objection.
            UnauthorizedError: a token for something else.
            VerificationError: not signed with the key that its token has for a nonce.
        """
        objection = cls.decode(signed[HEADER_BYTES:])
        objection.require_signed(signed)
        return objection
