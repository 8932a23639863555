"""Marks: what a gate notes when it lets somebody pass, and other gates read.

A mark is 62 bytes that mean nothing to the server they travel through: only gates have the secret
with which a receipt finds its marks, and with which a mark opens.
"""

import re
from dataclasses import dataclass, field

from dp3t.arrivals.entry_receipt import RECEIPT_ID_BYTES, EntryReceipt
from dp3t.errors import MalformedError, VerificationError
from dp3t.params import LAST_INSTANT
from dp3t.primitives import Rand, aes_ctr, equal, hmac_sha256
from dp3t.timeline import Day, Instant

SECRET_BYTES = 32
TAG_BYTES = 16
MARK_BYTES = 62
"""The length of every sealed mark [GATE-2]."""

_CHECK_BYTES = 16
_DRAW_BYTES = 8
_NAME_BYTES = 16
_TAG_AT = 2
_CHECK_AT = _TAG_AT + TAG_BYTES
_BODY_AT = _CHECK_AT + _CHECK_BYTES
_NAME = re.compile(f"[A-Z0-9-]{{1,{_NAME_BYTES}}}", re.ASCII)
_MINUTE = 60


class GateSecret:
    """The secret that the gates of an authority share, and nobody else has [GATE-1].

    Raises:
        MalformedError: not 32 bytes.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise MalformedError(f"the secret of gates has {SECRET_BYTES} bytes")
        self._tagging, self._checking, self._hiding = (
            hmac_sha256(secret, b"dp3t gate 1 " + purpose)
            for purpose in (b"tag", b"check", b"hide")
        )

    def tag(self, receipt_id: bytes) -> bytes:
        """Return by which 16 bytes gates know a receipt [GATE-2]."""
        if len(receipt_id) != RECEIPT_ID_BYTES:
            raise ValueError(f"a receipt's id has {RECEIPT_ID_BYTES} bytes")
        return hmac_sha256(self._tagging, receipt_id)[:TAG_BYTES]

    def check(self, head: bytes, content: bytes) -> bytes:
        """Return the 16 bytes that tie a mark's content to its head."""
        return hmac_sha256(self._checking, head + content)[:_CHECK_BYTES]

    def hide(self, check: bytes, content: bytes) -> bytes:
        """Encrypt or decrypt a mark's content."""
        return aes_ctr(self._hiding, check, content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """That a receipt was used.

    Attributes:
        expiry_day: the first UTC day on which the receipt is good no longer at any time.
        tag: 16 bytes, the receipt's name among gates.
        moment: when it was used, to the minute.
        gate: the name of the gate, 1 to 16 capital letters, digits and hyphens.
        draw: 8 random bytes, so that two uses are never one mark.

    Raises:
        MalformedError: values that no mark has.
    """

    expiry_day: Day
    tag: bytes = field(repr=False)
    moment: Instant
    gate: str
    draw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        require_gate_name(self.gate)
        if len(self.tag) != TAG_BYTES or len(self.draw) != _DRAW_BYTES:
            raise MalformedError("a field of a mark has another length")
        if not 0 <= self.expiry_day < 2**16 or not 0 <= self.moment <= LAST_INSTANT:
            raise MalformedError("the day or the moment of a mark is out of range")
        if self.moment % _MINUTE:
            raise MalformedError("a mark is made to the minute")

    @classmethod
    def of(
        cls, receipt: EntryReceipt, *, gate: str, secret: GateSecret, now: Instant, rand: Rand
    ) -> "Mark":
        """Return the mark of a receipt that is used now; one draw of 8 bytes."""
        return cls(
            expiry_day=receipt.expiry_day,
            tag=secret.tag(receipt.receipt_id),
            moment=Instant(now - now % _MINUTE),
            gate=gate,
            draw=rand(_DRAW_BYTES),
        )

    def seal(self, secret: GateSecret) -> bytes:
        """Return the 62 bytes that travel; the same mark gives the same [GATE-2]."""
        head = self.expiry_day.to_bytes(2, "big") + self.tag
        name = self.gate.encode("ascii").ljust(_NAME_BYTES, b"\0")
        content = self.moment.to_bytes(4, "big") + self.draw + name
        check = secret.check(head, content)
        return head + check + secret.hide(check, content)

    @classmethod
    def open(cls, sealed: bytes, secret: GateSecret) -> "Mark":
        """Return what 62 bytes say.

        Raises:
            VerificationError: they were not made with this secret, or altered [GATE-6].
            MalformedError: another length, or a content that no gate writes.
        """
        if len(sealed) != MARK_BYTES:
            raise MalformedError(f"a mark has {MARK_BYTES} bytes, not {len(sealed)}")
        head, check = sealed[:_CHECK_AT], sealed[_CHECK_AT:_BODY_AT]
        content = secret.hide(check, sealed[_BODY_AT:])
        if not equal(secret.check(head, content), check):
            raise VerificationError("a mark was not made by a gate with this secret")
        return cls(
            expiry_day=expiry_day_in(sealed),
            tag=tag_in(sealed),
            moment=Instant(int.from_bytes(content[:4], "big")),
            gate=content[12:].rstrip(b"\0").decode("ascii", errors="replace"),
            draw=content[4:12],
        )


def tag_in(sealed: bytes) -> bytes:
    """Return the tag of a sealed mark, which stands in the open."""
    return sealed[_TAG_AT:_CHECK_AT]


def expiry_day_in(sealed: bytes) -> Day:
    """Return the first UTC day on which a sealed mark is no longer kept; it stands in the open."""
    return Day(int.from_bytes(sealed[:_TAG_AT], "big"))


def require_gate_name(name: str) -> None:
    """Raise MalformedError unless a gate can have this name."""
    if _NAME.fullmatch(name) is None:
        raise MalformedError(
            f"the name of a gate is 1 to {_NAME_BYTES} letters A to Z, digits and hyphens"
        )
