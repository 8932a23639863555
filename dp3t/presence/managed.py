"""One organisation with many rooms, and one passphrase for all of them.

What a database keeps is public. The passphrase is nowhere but with a person, and without it no
trace of any room can be made.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace

from dp3t.codec import Fields, decode, encode
from dp3t.errors import LimitError, MalformedError, UnauthorizedError
from dp3t.presence.entry import MAX_PAYLOAD_BYTES, EntryCode, LocationType
from dp3t.presence.pairing import G2_BYTES, G2Point, Scalar
from dp3t.presence.venue import SEALED_SHARE_BYTES, WRITTEN_SEED_BYTES, VenueCode, share_with
from dp3t.primitives import Rand, X25519PublicKey, equal, sha256
from dp3t.timeline import Instant

MIN_PASSPHRASE_CHARACTERS = 43
"""256 bits of base64."""
MAX_PASSPHRASE_CHARACTERS = 1024
MAX_ROOMS = 4096

_PREFIX = "dp3t-"
_DRAWN_BYTES, _CHECK_BYTES = 32, 4
_MAX_RECORD_BYTES = MAX_ROOMS * (MAX_PAYLOAD_BYTES + 3) + 256
_MAX_RECORD_ITEMS = MAX_ROOMS + 9
"""The rooms, the list, three more values, their names and the map."""
_VERSION = 1


class Passphrase:
    """The secret from which an organisation's share follows. Its repr hides it.

    One that `generate` drew holds a check, so a slip of the pen is found; one of another program
    is taken as it is, byte for byte.

    Raises:
        MalformedError: fewer than 43 characters, which cannot hold 256 bits, more than 1024, white
            space at an end, no Unicode, or one of ours that is mistyped [MANAGED-2] [MANAGED-3].
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not MIN_PASSPHRASE_CHARACTERS <= len(text) <= MAX_PASSPHRASE_CHARACTERS:
            raise MalformedError("a passphrase has 43 to 1024 characters")
        if text.strip() != text:
            raise MalformedError("a passphrase neither begins nor ends with white space")
        try:
            self._text = text.encode()
        except UnicodeEncodeError:
            raise MalformedError("the passphrase is not Unicode") from None
        if text[: len(_PREFIX)].lower() == _PREFIX:
            _require_check(text)

    @classmethod
    def generate(cls, *, rand: Rand) -> "Passphrase":
        """Draw one: 32 bytes of `rand` [MANAGED-1]."""
        return cls(_spelt(rand(_DRAWN_BYTES)))

    def share(self) -> Scalar:
        """Return the share of the private key that follows from it [MANAGED-4]."""
        return Scalar.of_hash(self._text)

    def text(self) -> str:
        """Return what a person keeps, a secret."""
        return self._text.decode()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Passphrase) and equal(self._text, other._text)

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Passphrase(hidden)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """The record of an organisation: what stands on its posters, and a box for the authority.

    Attributes:
        public_key: under which visits to every room are encrypted.
        sealed_share: 80 bytes that only the authority opens.
        payloads: of the entry codes of the rooms.
    """

    public_key: G2Point
    sealed_share: bytes = field(repr=False)
    payloads: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def found(
        cls, passphrase: Passphrase, *, authority: X25519PublicKey, rand: Rand
    ) -> "Organisation":
        """Set up an organisation without rooms [MANAGED-5].

        Args:
            passphrase: forgotten afterwards; nothing returned holds it.
            authority: to whom the other share is sealed.
            rand: 32 bytes at a time for that share, then 32 for the box.
        """
        shared = share_with(authority, share=passphrase.share(), rand=rand)
        return cls(public_key=shared.public_key, sealed_share=shared.sealed_share)

    def with_room(
        self,
        *,
        description: str,
        address: str,
        rand: Rand,
        start: Instant | None = None,
        end: Instant | None = None,
        location_type: LocationType = LocationType.PERMANENT_OTHER,
        default_stay_seconds: int | None = None,
    ) -> tuple["Organisation", EntryCode]:
        """Return the record with one more room, and the code at its door [MANAGED-6].

        It takes no passphrase: whoever may add rooms need not be able to trace them.

        Args:
            description: what the room is called, 1 to 100 characters.
            address: where it is, 1 to 100 characters.
            rand: 16 bytes for the seed.
            start: from when the code is valid.
            end: until when, no earlier than `start`.
            location_type: what kind of place it is.
            default_stay_seconds: how long a visit lasts if nobody says.

        Raises:
            LimitError: 4096 rooms already.
            MalformedError: as `EntryCode.create`.
            ValueError: as `EntryCode.create`.
        """
        _require_room_count(len(self.payloads) + 1)
        entry = EntryCode.create(
            description=description,
            address=address,
            public_key=self.public_key,
            seed=rand(WRITTEN_SEED_BYTES),
            start=start,
            end=end,
            location_type=location_type,
            default_stay_seconds=default_stay_seconds,
        )
        return replace(self, payloads=(*self.payloads, entry.payload)), entry

    def trace_code(self, payload: bytes, *, passphrase: Passphrase) -> VenueCode:
        """Return the private trace code of a room [MANAGED-7].

        That the passphrase is the organisation's cannot be told from the record, or the record
        would help whoever guesses: under another one, the authority refuses the traces.

        Raises:
            UnauthorizedError: the organisation has no such room.
        """
        if payload not in self.payloads:
            raise UnauthorizedError("the organisation has no room with this entry code")
        return VenueCode(
            entry=EntryCode.parse(payload), share=passphrase.share(), sealed_share=self.sealed_share
        )

    def encode(self) -> bytes:
        """Return the record as bytes [MANAGED-8]."""
        return encode(
            {
                "payloads": self.payloads,
                "public_key": self.public_key.to_bytes(),
                "sealed_share": self.sealed_share,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "Organisation":
        """Return what `encode` was given.

        Raises:
            LimitError: more than 4096 rooms.
            UnsupportedVersionError: a record of another version.
            MalformedError: anything else but a record, or a room under another public key.
        """
        value = decode(data, limit_bytes=_MAX_RECORD_BYTES, limit_items=_MAX_RECORD_ITEMS)
        fields = Fields(value, what="the organisation")
        fields.version(_VERSION)
        public_key = G2Point.from_bytes(fields.octets("public_key", length=G2_BYTES))
        sealed_share = fields.octets("sealed_share", length=SEALED_SHARE_BYTES)
        listed = fields.items("payloads", most=MAX_ROOMS)
        fields.done()
        payloads = tuple(each for each in listed if isinstance(each, bytes))
        if len(payloads) < len(listed):
            raise MalformedError("the organisation: a room is not bytes")
        for payload in payloads:
            if EntryCode.parse(payload).public_key != public_key:
                raise MalformedError("the organisation: a room has another public key")
        return cls(public_key=public_key, sealed_share=sealed_share, payloads=payloads)


def _require_room_count(count: int) -> None:
    if count > MAX_ROOMS:
        raise LimitError(f"an organisation has at most {MAX_ROOMS} rooms")


def _spelt(drawn: bytes) -> str:
    check = sha256(b"dp3t passphrase 1" + drawn)[:_CHECK_BYTES]
    return _PREFIX + urlsafe_b64encode(drawn + check).decode()


def _require_check(text: str) -> None:
    try:
        drawn = urlsafe_b64decode(text[len(_PREFIX) :])[:_DRAWN_BYTES]
    except ValueError:
        drawn = b""
    if not equal(text.encode(), _spelt(drawn).encode()):
        raise MalformedError("the passphrase is mistyped: its check does not fit")
