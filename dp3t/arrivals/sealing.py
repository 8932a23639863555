"""The sealed declaration: a header that the server reads, and a part for each of two recipients.

All envelopes have one length. Neither part names its recipient, and neither opens under another
header or in the other's place, so that parts cannot be moved between envelopes [SEALING-4].
"""

from dataclasses import dataclass, field

from dp3t.arrivals.binding import BINDING_BYTES
from dp3t.arrivals.entry_receipt import require_arrival_point
from dp3t.codec import pad, unpad
from dp3t.errors import (
    ExpiredError,
    LimitError,
    MalformedError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.params import LAST_DAY
from dp3t.primitives import (
    HPKE_OVERHEAD_BYTES,
    X25519PrivateKey,
    X25519PublicKey,
    equal,
    hpke_open,
    hpke_seal_with_os_randomness,
    sha256,
)
from dp3t.timeline import Day

VERSION = 1
WITHDRAWAL_SECRET_BYTES = 32
HEADER_BYTES = 81
"""The length of what a server reads [SEALING-1]."""

ROLES = ("border", "province")
"""Who opens a part, in the order of the parts."""

CONTENT_BYTES = {"border": 16_384, "province": 8_192}
"""The length of each part's content, filled up [SEALING-3]."""

SEALED_BYTES = {role: length + HPKE_OVERHEAD_BYTES for role, length in CONTENT_BYTES.items()}
ENVELOPE_BYTES = HEADER_BYTES + sum(SEALED_BYTES.values())
"""The length of every envelope: 24,753 bytes [SEALING-1]."""

MAX_KEPT_DAYS = 28
"""How many days after entry a declaration can ask to be kept, at most [SEALING-2]."""

_CONTEXT = b"dp3t declaration 1\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the server reads of a declaration, and every recipient authenticates.

    Attributes:
        keys_number: number of the document of keys to which the parts are sealed.
        entry_day: day of entry at the place of arrival, as days since 1970-01-01.
        expiry_day: first UTC day on which the declaration is no longer kept.
        arrival_point: four capital letters or digits, a choice of the form.
        withdrawal_digest: SHA-256 of the withdrawal secret, 32 bytes.
        binding: what binds the receipt to the travel document, 32 bytes; see the receipt's chapter.

    Raises:
        MalformedError: a value outside its range [SEALING-2].
    """

    keys_number: int
    entry_day: Day
    expiry_day: Day
    arrival_point: str
    withdrawal_digest: bytes = field(repr=False)
    binding: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.keys_number < 2**32:
            raise MalformedError("the number of the keys document is out of range")
        if not 0 <= self.entry_day < self.expiry_day <= LAST_DAY:
            raise MalformedError("a declaration expires on a day after the entry")
        if self.expiry_day - self.entry_day > MAX_KEPT_DAYS:
            raise MalformedError(f"a declaration is kept for at most {MAX_KEPT_DAYS} days")
        require_arrival_point(self.arrival_point)
        if len(self.withdrawal_digest) != 32 or len(self.binding) != BINDING_BYTES:
            raise MalformedError("a field of the header has another length")

    def encode(self) -> bytes:
        """Return the 81 bytes [SEALING-1]."""
        numbers = (self.keys_number, self.expiry_day, self.entry_day)
        return b"".join(
            (
                bytes([VERSION]),
                *(number.to_bytes(4, "big") for number in numbers),
                self.arrival_point.encode("ascii"),
                self.withdrawal_digest,
                self.binding,
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> "Header":
        """Return the header in 81 bytes.

        Raises:
            UnsupportedVersionError: another version.
            MalformedError: no header.
        """
        if len(data) != HEADER_BYTES:
            raise MalformedError(f"a header has {HEADER_BYTES} bytes, not {len(data)}")
        if data[0] != VERSION:
            raise UnsupportedVersionError(f"the declaration has version {data[0]}")
        keys_number, expiry, entry = (int.from_bytes(data[at : at + 4], "big") for at in (1, 5, 9))
        return cls(
            keys_number=keys_number,
            entry_day=Day(entry),
            expiry_day=Day(expiry),
            arrival_point=data[13:17].decode("ascii", errors="replace"),
            withdrawal_digest=data[17:49],
            binding=data[49:],
        )


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed declaration.

    Attributes:
        header: what the server reads.
        border: the part of the border authority, 16,432 bytes.
        province: the part of the province of destination, 8,240 bytes.

    Raises:
        MalformedError: a part of another length.
    """

    header: Header
    border: bytes = field(repr=False)
    province: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if any(len(self.part(role)) != SEALED_BYTES[role] for role in ROLES):
            raise MalformedError("a part of the declaration has another length")

    @classmethod
    def seal(
        cls,
        header: Header,
        *,
        border: tuple[X25519PublicKey, bytes],
        province: tuple[X25519PublicKey, bytes],
    ) -> "Envelope":
        """Seal two contents to their recipients [SEALING-3] [SEALING-4].

        Args:
            header: of the declaration.
            border: the border authority's key and its content.
            province: the key of the province of destination and its content.

        Raises:
            LimitError: a content that does not fit into its part.
        """
        return cls(
            header,
            _sealed(header, "border", *border),
            _sealed(header, "province", *province),
        )

    @property
    def declaration_id(self) -> bytes:
        """The SHA-256 of the envelope, 32 bytes, by which the server knows it [SEALING-5]."""
        return sha256(self.encode())

    def part(self, role: str) -> bytes:
        """Return the sealed part of a role, one of `ROLES`."""
        if role not in ROLES:
            raise ValueError(f"no role of a recipient: {role}")
        return self.border if role == "border" else self.province

    def open(self, private: X25519PrivateKey, *, role: str) -> bytes:
        """Return the content of a recipient's part [SEALING-4].

        Args:
            private: the recipient's key, of the document that the header names.
            role: the recipient's, one of `ROLES`.

        Raises:
            VerificationError: sealed to somebody else, for another envelope or place, or altered.
            MalformedError: opened, and its padding is damaged.
        """
        context = seal_context(self.header, role)
        try:
            content = hpke_open(private, self.part(role), context=context)
        except VerificationError:
            raise VerificationError(
                f"the {role}'s part does not open: another recipient, envelope or altered bytes"
            ) from None
        return unpad(content, of_bytes=CONTENT_BYTES[role])

    def encode(self) -> bytes:
        """Return the 24,753 bytes [SEALING-1]."""
        return self.header.encode() + self.border + self.province

    @classmethod
    def decode(cls, data: bytes) -> "Envelope":
        """Return the envelope in some bytes.

        Raises:
            LimitError: too long.
            UnsupportedVersionError: another version.
            MalformedError: no envelope.
        """
        if len(data) > ENVELOPE_BYTES:
            raise LimitError(f"a declaration has {ENVELOPE_BYTES} bytes, not {len(data)}")
        if len(data) < ENVELOPE_BYTES:
            raise MalformedError(f"a declaration has {ENVELOPE_BYTES} bytes, not {len(data)}")
        behind_border = HEADER_BYTES + SEALED_BYTES["border"]
        header = Header.decode(data[:HEADER_BYTES])
        return cls(header, data[HEADER_BYTES:behind_border], data[behind_border:])


def withdrawal_digest(secret: bytes) -> bytes:
    """Return what the header holds of a withdrawal secret of 32 bytes [SEALING-6].

    Raises:
        MalformedError: a secret of another length.
    """
    if len(secret) != WITHDRAWAL_SECRET_BYTES:
        raise MalformedError(f"a withdrawal secret has {WITHDRAWAL_SECRET_BYTES} bytes")
    return sha256(secret)


def require_withdrawable(header: Header, secret: bytes) -> None:
    """Raise VerificationError unless a secret is the one of a declaration [SEALING-6]."""
    if not equal(withdrawal_digest(secret), header.withdrawal_digest):
        raise VerificationError("the secret is not that of the declaration")


def require_kept(header: Header, *, today: Day) -> None:
    """Raise ExpiredError if a declaration is no longer to be kept on a UTC day [SEALING-7]."""
    if today >= header.expiry_day:
        raise ExpiredError("the declaration has expired")


def seal_context(header: Header, role: str) -> bytes:
    """Return to what a part is bound: a fixed word, the role and the whole header [SEALING-4]."""
    return _CONTEXT + role.encode("ascii") + b"\0" + header.encode()


def _sealed(header: Header, role: str, recipient: X25519PublicKey, content: bytes) -> bytes:
    most = CONTENT_BYTES[role] - 1
    if len(content) > most:
        raise LimitError(f"the {role}'s part has {len(content)} bytes, not at most {most}")
    padded = pad(content, to_bytes=CONTENT_BYTES[role])
    return hpke_seal_with_os_randomness(recipient, padded, context=seal_context(header, role))
