"""Venues: the private code of an owner, from which traces are made.

The key under which visits are encrypted is the sum of two. The owner keeps a share of the private
one, and the other is sealed to the authority before anybody has seen it, so neither can read a
visit alone.
"""

from dataclasses import dataclass, field

from dp3t.errors import LimitError, MalformedError, UnsupportedVersionError
from dp3t.presence import presence_pb2 as pb
from dp3t.presence.entry import EntryCode, LocationType
from dp3t.presence.entry_link import TRACE_SCHEME, private_code_of, private_text_of
from dp3t.presence.messages import encoded, parsed
from dp3t.presence.pairing import SCALAR_BYTES, G2Point, Scalar
from dp3t.primitives import SEALED_BOX_OVERHEAD_BYTES, Rand, X25519PublicKey, equal, seal_box
from dp3t.timeline import Instant

SEALED_SHARE_BYTES = SCALAR_BYTES + SEALED_BOX_OVERHEAD_BYTES
MAX_TRACE_CODE_BYTES = 2048
WRITTEN_SEED_BYTES = 16
"""What Corona-Warn-App takes; 128 bits keep two venues apart and the code beyond guessing."""

_VERSION = 1
_VERSIONS = (1, 3, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueCode:
    """The private trace code of a venue. Its repr and its comparison hide what it holds.

    Attributes:
        entry: the public code at the door.
        share: the owner's share of the private key.
        sealed_share: the other share, 80 bytes that only the authority opens.

    Raises:
        MalformedError: a sealed share of another length.
    """

    entry: EntryCode
    share: Scalar = field(repr=False)
    sealed_share: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.sealed_share) != SEALED_SHARE_BYTES:
            length = len(self.sealed_share)
            raise MalformedError(f"a sealed share has {SEALED_SHARE_BYTES} bytes, not {length}")

    @property
    def payload(self) -> bytes:
        """The bytes of the entry code."""
        return self.entry.payload

    def encode(self) -> bytes:
        """Return the trace code: a protocol buffer, and a secret [VENUE-6]."""
        return encoded(
            pb.QRCodeTrace(
                version=_VERSION,
                qr_code_payload=self.payload,
                master_secret_key_location=self.share.to_bytes(),
                cipher_text_health_authority=self.sealed_share,
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> "VenueCode":
        """Return what `encode`, or the reference library, was given [VENUE-7].

        Raises:
            LimitError: more than 2048 bytes, or a payload of more than 1024.
            UnsupportedVersionError: a version other than 1, 3 and 4, of the code or its payload.
            MalformedError: not a trace code, or a share or a payload that is no good.
        """
        if len(data) > MAX_TRACE_CODE_BYTES:
            raise LimitError(f"a trace code has at most {MAX_TRACE_CODE_BYTES} bytes")
        message = parsed(pb.QRCodeTrace, data, what="the trace code")
        if message.version not in _VERSIONS:
            raise UnsupportedVersionError(f"the trace code has version {message.version}")
        if not message.qr_code_payload:
            raise MalformedError("the trace code lacks the payload of its entry code")
        return cls(
            entry=EntryCode.parse(message.qr_code_payload),
            share=Scalar.from_bytes(message.master_secret_key_location),
            sealed_share=message.cipher_text_health_authority,
        )

    def text(self) -> str:
        """Return the text of the private QR code, a secret [ENTRY-21]."""
        return private_text_of(self.encode(), scheme=TRACE_SCHEME)

    @classmethod
    def from_text(cls, text: str) -> "VenueCode":
        """Return the code that a scanned or typed text holds.

        Raises:
            MalformedError: anything else, an entry code among others, which is named [ENTRY-22].
        """
        return cls.decode(private_code_of(text, scheme=TRACE_SCHEME))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VenueCode) and equal(self.encode(), other.encode())

    def __hash__(self) -> int:
        return hash(self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedKey:
    """A public key of which nobody has the whole private one, and the authority's sealed share.

    Attributes:
        public_key: under which visits are encrypted.
        sealed_share: 80 bytes that only the authority opens.
    """

    public_key: G2Point
    sealed_share: bytes = field(repr=False)


def share_with(authority: X25519PublicKey, *, share: Scalar, rand: Rand) -> SharedKey:
    """Draw the authority's share, seal it, and forget it [VENUE-2] [VENUE-3].

    Args:
        authority: to whom it is sealed.
        share: the owner's.
        rand: 32 bytes at a time for the share, then 32 for the box.

    Raises:
        MalformedError: the two shares cancel each other, which takes a broken `rand`.
    """
    theirs = Scalar.generate(rand=rand)
    return SharedKey(
        public_key=G2Point.of(share).plus(G2Point.of(theirs)),
        sealed_share=seal_box(authority, theirs.to_bytes(), rand=rand),
    )


def set_up(
    *,
    description: str,
    address: str,
    authority: X25519PublicKey,
    rand: Rand,
    start: Instant | None = None,
    end: Instant | None = None,
    location_type: LocationType = LocationType.PERMANENT_OTHER,
    default_stay_seconds: int | None = None,
) -> VenueCode:
    """Set up a venue: draw its keys, and write its entry code [VENUE-1].

    Args:
        description: what the place is called, 1 to 100 characters.
        address: where it is, 1 to 100 characters.
        authority: the health authority's key, to which one share is sealed.
        rand: 32 bytes at a time for the owner's share, the same for the authority's, 32 for the
            box, 16 for the seed.
        start: from when the code is valid.
        end: until when, no earlier than `start`.
        location_type: what kind of place it is.
        default_stay_seconds: how long a visit lasts if nobody says.

    Raises:
        MalformedError: as `EntryCode.create`.
        ValueError: as `EntryCode.create`.
    """
    share = Scalar.generate(rand=rand)
    shared = share_with(authority, share=share, rand=rand)
    entry = EntryCode.create(
        description=description,
        address=address,
        public_key=shared.public_key,
        seed=rand(WRITTEN_SEED_BYTES),
        start=start,
        end=end,
        location_type=location_type,
        default_stay_seconds=default_stay_seconds,
    )
    return VenueCode(entry=entry, share=share, sealed_share=shared.sealed_share)
