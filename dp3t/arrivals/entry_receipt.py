"""Receipts of entry declarations: small, signed, and checked without a network.

The server signs what it knows anyway: under which id it keeps a declaration, to which document the
traveller bound it, and for which entry it is.
"""

import re
from dataclasses import dataclass, field

from dp3t.arrivals.binding import Binding
from dp3t.codec import from_base32, to_base32
from dp3t.errors import MalformedError, PolicyError, UnsupportedVersionError
from dp3t.params import LAST_DAY
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Day, Instant, day_of, day_start

RECEIPT_ID_BYTES = 16
"""A receipt is called by the first 16 bytes of the declaration's id."""

PAYLOAD_BYTES = 57
"""The length of what is signed [ENTRY-RECEIPT-6]."""

RECEIPT_BYTES = HEADER_BYTES + PAYLOAD_BYTES
TEXT_SCHEME = "DP3T-ENTRY:"
MAX_HOURS = 255
_TEXT_VERSION = "1:"
_POINT = re.compile("[A-Z0-9]{4}", re.ASCII)
_VERSION = 1
_CONTEXT = "dp3t entry receipt 1"
_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryReceipt:
    """What a receipt says [ENTRY-RECEIPT-6].

    Attributes:
        receipt_id: 16 bytes.
        binding: to the traveller's document.
        entry_day: the day of entry that was declared, by the clock at the arrival point.
        arrival_point: its code, four capital letters or digits.
        opens_hours: how long before 00:00 UTC of the entry day it is good already; 0 to 255.
        closes_hours: how long after that moment it is good no longer; 1 to 255.

    Raises:
        MalformedError: values that no receipt has.
    """

    receipt_id: bytes = field(repr=False)
    binding: Binding
    entry_day: Day
    arrival_point: str
    opens_hours: int
    closes_hours: int

    def __post_init__(self) -> None:
        if len(self.receipt_id) != RECEIPT_ID_BYTES:
            raise MalformedError(f"a receipt's id has {RECEIPT_ID_BYTES} bytes")
        require_arrival_point(self.arrival_point)
        hours_fit = 0 <= self.opens_hours <= MAX_HOURS and 1 <= self.closes_hours <= MAX_HOURS
        if not hours_fit or not MAX_HOURS // 24 < self.entry_day < LAST_DAY - MAX_HOURS // 24:
            raise MalformedError("the days of a receipt are out of range")

    @property
    def valid_from(self) -> Instant:
        """The first moment at which it is good."""
        return Instant(day_start(self.entry_day) - self.opens_hours * _HOUR)

    @property
    def valid_until(self) -> Instant:
        """The first moment at which it is good no longer."""
        return Instant(day_start(self.entry_day) + self.closes_hours * _HOUR)

    @property
    def expiry_day(self) -> Day:
        """The first UTC day on which it is good at no time; what belongs to it is erased then."""
        return Day(day_of(Instant(self.valid_until - 1)) + 1)

    def encode(self) -> bytes:
        """Return the 57 bytes that are signed."""
        return b"".join(
            (
                bytes([_VERSION]),
                self.receipt_id,
                self.binding.encode(),
                self.entry_day.to_bytes(2, "big"),
                self.arrival_point.encode("ascii"),
                bytes([self.opens_hours, self.closes_hours]),
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> "EntryReceipt":
        """Return what 57 bytes say.

        Raises:
            UnsupportedVersionError: another version.
            MalformedError: anything else that no receipt has.
        """
        if len(data) != PAYLOAD_BYTES:
            raise MalformedError(f"what a receipt says has {PAYLOAD_BYTES} bytes")
        if data[0] != _VERSION:
            raise UnsupportedVersionError(f"the receipt has version {data[0]}")
        return cls(
            receipt_id=data[1:17],
            binding=Binding.decode(data[17:49]),
            entry_day=Day(int.from_bytes(data[49:51], "big")),
            arrival_point=data[51:55].decode("ascii", errors="replace"),
            opens_hours=data[55],
            closes_hours=data[56],
        )

    def sign(self, key: SigningKey) -> str:
        """Return the text of the receipt's QR code [ENTRY-RECEIPT-8].

        Raises:
            PolicyError: the key ends before the receipt does [ENTRY-RECEIPT-9].
        """
        if key.valid_until < self.valid_until:
            raise PolicyError("the key that signs a receipt lives at least as long")
        signed = key.sign(self.encode(), context=_CONTEXT)
        return TEXT_SCHEME + _TEXT_VERSION + to_base32(signed)


def open_receipt(text: str, keys: TrustedKeys) -> tuple[EntryReceipt, VerificationKey]:
    """Return what a receipt says and who signed it; whether it is good now is another question.

    Args:
        text: as scanned or typed.
        keys: the receipt keys that the authority announced.

    Raises:
        MalformedError: no receipt [ENTRY-RECEIPT-10].
        UnknownKeyError: signed with a key that is not among them.
        VerificationError: altered.
    """
    payload, key = keys.open(_signed(text), context=_CONTEXT, limit_bytes=RECEIPT_BYTES)
    return EntryReceipt.decode(payload), key


def is_receipt(text: str) -> bool:
    """Return whether a code says of itself that it is a receipt, good or not."""
    return text.strip().upper().startswith(TEXT_SCHEME)


def require_arrival_point(code: str) -> None:
    """Raise MalformedError unless this is the code of an arrival point."""
    if _POINT.fullmatch(code) is None:
        raise MalformedError("an arrival point is four capital letters or digits")


def _signed(text: str) -> bytes:
    text = text.strip()
    text = text.upper() if text.isascii() else ""  # some other letters have ASCII capitals
    if not text.startswith(TEXT_SCHEME):
        raise MalformedError(f"the text of a receipt begins with {TEXT_SCHEME}")
    if not text.startswith(_TEXT_VERSION, len(TEXT_SCHEME)):
        raise UnsupportedVersionError("the receipt has another version than 1")
    letters = text[len(TEXT_SCHEME) + len(_TEXT_VERSION) :]
    return from_base32(letters, length=RECEIPT_BYTES, what="a receipt")
