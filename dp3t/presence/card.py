"""Cards: the contact details of a person without a phone, which only the health authority reads.

A card is printed once, as a QR code on paper, and shown at every venue.
"""

from dataclasses import dataclass, field

from dp3t.codec import Fields, decode, encode, from_base32, pad, to_base32, unpad
from dp3t.errors import MalformedError, UnsupportedVersionError
from dp3t.primitives import (
    SEALED_BOX_OVERHEAD_BYTES,
    Rand,
    X25519PrivateKey,
    X25519PublicKey,
    open_box,
    seal_box,
)

CARD_BYTES = 192
"""The length of every sealed card [SLIP-2]."""

MAX_CONTACT_BYTES = 120
CARD_SCHEME = "DP3T-CARD:"
_CONTENT_BYTES = CARD_BYTES - SEALED_BOX_OVERHEAD_BYTES
_TEXT_VERSION = "1:"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Card:
    """How a person can be reached, sealed to the authority; the same bytes at every venue.

    Attributes:
        sealed: 192 bytes; hidden in the repr, because they recognise the person.

    Raises:
        MalformedError: another length.
    """

    sealed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.sealed) != CARD_BYTES:
            raise MalformedError(f"a card has {CARD_BYTES} bytes, not {len(self.sealed)}")

    @classmethod
    def of(cls, contact: str, *, authority: X25519PublicKey, rand: Rand) -> "Card":
        """Seal how a person can be reached [SLIP-2]; every call gives a card like no other.

        Args:
            contact: a telephone number, a name and a street, as the person likes [SLIP-1].
            authority: the health authority's key.
            rand: one draw of 32 bytes.

        Raises:
            MalformedError: not 1 to 120 bytes of UTF-8 that shows.
        """
        _require_contact(contact)
        content = encode({"contact": contact, "version": _VERSION})
        return cls(seal_box(authority, pad(content, to_bytes=_CONTENT_BYTES), rand=rand))

    def open(self, private: X25519PrivateKey) -> str:
        """Return how the person can be reached.

        Raises:
            VerificationError: sealed to another authority, or altered.
            MalformedError: a content that `of` cannot have made.
        """
        content = unpad(open_box(private, self.sealed), of_bytes=_CONTENT_BYTES)
        fields = Fields(decode(content, limit_bytes=_CONTENT_BYTES), what="the card")
        fields.version(_VERSION)
        contact = fields.text("contact", longest=MAX_CONTACT_BYTES)
        fields.done()
        _require_contact(contact)
        return contact

    def text(self) -> str:
        """Return the text of the card's QR code: letters that a QR code packs tightly [SLIP-3]."""
        return CARD_SCHEME + _TEXT_VERSION + to_base32(self.sealed)

    @classmethod
    def from_text(cls, text: str) -> "Card":
        """Return the card that a scanned or typed text holds [SLIP-4].

        Raises:
            UnsupportedVersionError: a card of a later version.
            MalformedError: anything else that is no card.
        """
        text = text.strip()
        text = text.upper() if text.isascii() else ""  # some other letters have ASCII capitals
        if not text.startswith(CARD_SCHEME):
            raise MalformedError(f"the text of a card begins with {CARD_SCHEME}")
        if not text.startswith(_TEXT_VERSION, len(CARD_SCHEME)):
            raise UnsupportedVersionError("the card has another version than 1")
        letters = text[len(CARD_SCHEME) + len(_TEXT_VERSION) :]
        return cls(from_base32(letters, length=CARD_BYTES, what="a card"))


def _require_contact(contact: str) -> None:
    if not 1 <= len(contact.encode(errors="replace")) <= MAX_CONTACT_BYTES:
        raise MalformedError(f"contact details have 1 to {MAX_CONTACT_BYTES} bytes")
    if not contact.isprintable() or contact != contact.strip():
        raise MalformedError("contact details are one line of characters that show")
