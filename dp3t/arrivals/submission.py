"""Handing in a declaration, correcting and withdrawing it: requests and answers of one length each.

A correction looks on the wire as a first declaration does.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, field

from dp3t.arrivals.binding import Binding
from dp3t.arrivals.entry_receipt import RECEIPT_ID_BYTES, EntryReceipt, open_receipt
from dp3t.arrivals.sealing import ENVELOPE_BYTES, WITHDRAWAL_SECRET_BYTES, Envelope
from dp3t.errors import (
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    TransportError,
    UnauthorizedError,
    VerificationError,
)
from dp3t.publication.answer import padded_answer
from dp3t.publication.signing import TrustedKeys

DECLARATION_ID_BYTES = 32
WITHDRAWAL_BYTES = DECLARATION_ID_BYTES + WITHDRAWAL_SECRET_BYTES
SUBMISSION_BYTES = WITHDRAWAL_BYTES + ENVELOPE_BYTES
"""The length of every declaration on its way to the server [SUBMISSION-1]."""

SUBMISSION_ANSWER_BYTES = 512
"""The length of every answer to one [SUBMISSION-3]."""

SUBMISSION_REFUSALS: dict[str, type[PolicyError]] = {
    "replaced-keys": ExpiredError,
    "unknown-keys": PolicyError,
    "days": PolicyError,
    "unknown-declaration": UnauthorizedError,
    "full": PolicyError,
}
"""Why a well-formed declaration can be refused, and the error the traveller's app raises for it."""

WITHDRAWAL_REFUSALS: dict[str, type[PolicyError]] = {"unknown-declaration": UnauthorizedError}
"""Why a withdrawal can be."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What permits to withdraw or correct a declaration; whoever made that keeps it.

    Attributes:
        declaration_id: 32 bytes.
        secret: the 32 bytes whose digest the declaration's header has.

    Raises:
        MalformedError: other lengths, or an id of zeros.
    """

    declaration_id: bytes
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        lengths = len(self.declaration_id), len(self.secret)
        if lengths != (DECLARATION_ID_BYTES, WITHDRAWAL_SECRET_BYTES):
            raise MalformedError(f"a withdrawal has {WITHDRAWAL_BYTES} bytes")
        if not any(self.declaration_id):
            raise MalformedError("no declaration has an id of zeros")

    def encode(self) -> bytes:
        """Return the 64 bytes [SUBMISSION-2]."""
        return self.declaration_id + self.secret

    @classmethod
    def decode(cls, data: bytes) -> "Withdrawal":
        """Return the withdrawal in 64 bytes; MalformedError otherwise."""
        return cls(data[:DECLARATION_ID_BYTES], data[DECLARATION_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class Submission:
    """A declaration on its way to the server.

    Attributes:
        envelope: the sealed declaration.
        corrects: the declaration that it replaces; None for a first one.
    """

    envelope: Envelope
    corrects: Withdrawal | None = None

    def encode(self) -> bytes:
        """Return the 24,817 bytes of the request's body [SUBMISSION-1]."""
        head = bytes(WITHDRAWAL_BYTES) if self.corrects is None else self.corrects.encode()
        return head + self.envelope.encode()

    @classmethod
    def decode(cls, body: bytes) -> "Submission":
        """Return the declaration in a request's body.

        Raises:
            LimitError: too long.
            UnsupportedVersionError: an envelope of another version.
            MalformedError: anything else that `encode` does not give.
        """
        if len(body) > SUBMISSION_BYTES:
            raise LimitError(f"a declaration is sent as {SUBMISSION_BYTES} bytes")
        head = body[:WITHDRAWAL_BYTES]
        corrects = Withdrawal.decode(head) if any(head) else None
        return cls(Envelope.decode(body[WITHDRAWAL_BYTES:]), corrects)


def encode_submission_answer(*, receipt: str = "", refusal: str = "") -> bytes:
    """Return the 512 bytes that answer a declaration: JSON and spaces [SUBMISSION-3].

    Args:
        receipt: its text, where the server keeps the declaration.
        refusal: otherwise a key of `SUBMISSION_REFUSALS`.

    Raises:
        ValueError: neither, both, or another refusal.
    """
    if bool(receipt) == bool(refusal) or (refusal and refusal not in SUBMISSION_REFUSALS):
        raise ValueError("an answer has a receipt or a refusal that there is")
    said = {"accepted": True, "receipt": receipt} if receipt else _refused(refusal)
    return json.dumps(said).encode().ljust(SUBMISSION_ANSWER_BYTES)


def check_submission_answer(body: bytes) -> str:
    """Return the text of the receipt in an answer; whether it is a good one, the caller checks.

    Raises:
        PolicyError: the server refuses the declaration (ExpiredError, UnauthorizedError where that
            is the reason).
        TransportError: the bytes are none of the answers.
    """
    for refusal, error in SUBMISSION_REFUSALS.items():
        if body == encode_submission_answer(refusal=refusal):
            raise error(f"the server refused the declaration: {refusal}")
    receipt = _receipt_in(body)
    if receipt and body == encode_submission_answer(receipt=receipt):
        return receipt
    raise TransportError("the server's answer to the declaration is not understood")


def entry_receipt_for(envelope: Envelope, *, opens_hours: int, closes_hours: int) -> EntryReceipt:
    """Return what the receipt of a declaration says, for its server to sign [SUBMISSION-5].

    Args:
        envelope: the declaration.
        opens_hours: how long before 00:00 UTC of the entry day it is good; 0 to 255.
        closes_hours: how long after that moment it is good no longer; 1 to 255.

    Raises:
        MalformedError: an entry day that no receipt has.
    """
    return EntryReceipt(
        receipt_id=envelope.declaration_id[:RECEIPT_ID_BYTES],
        binding=Binding.decode(envelope.header.binding),
        entry_day=envelope.header.entry_day,
        arrival_point=envelope.header.arrival_point,
        opens_hours=opens_hours,
        closes_hours=closes_hours,
    )


def require_receipt_of(envelope: Envelope, text: str, *, keys: TrustedKeys) -> EntryReceipt:
    """Return what a receipt says if it is that of a declaration [SUBMISSION-5].

    Raises:
        MalformedError: no receipt.
        VerificationError: altered, of another declaration, or of another entry than its header
            says; UnknownKeyError where a key signed it that gates do not know.
    """
    receipt, _ = open_receipt(text, keys)
    hours = {"opens_hours": receipt.opens_hours, "closes_hours": receipt.closes_hours}
    if receipt != entry_receipt_for(envelope, **hours):
        raise VerificationError("the server signed the receipt of another declaration")
    return receipt


def encode_withdrawal_answer(refusal: str | None = None) -> bytes:
    """Return the 256 bytes that answer a withdrawal [SUBMISSION-4].

    Raises:
        ValueError: a refusal that there is not.
    """
    if refusal is not None and refusal not in WITHDRAWAL_REFUSALS:
        raise ValueError("there is no refusal of that name")
    return padded_answer(refusal)


def check_withdrawal_answer(body: bytes) -> None:
    """Return if an answer says that the declaration is erased.

    Raises:
        UnauthorizedError: the server has no such declaration, or with another secret.
        TransportError: the bytes are none of the answers.
    """
    if body == encode_withdrawal_answer():
        return
    for refusal, error in WITHDRAWAL_REFUSALS.items():
        if body == encode_withdrawal_answer(refusal):
            raise error(f"the server refused the withdrawal: {refusal}")
    raise TransportError("the server's answer to the withdrawal is not understood")


def _receipt_in(body: bytes) -> str:
    """Return the receipt that an answer may have; empty where there is none."""
    with suppress(ValueError, RecursionError):
        match json.loads(body):
            case {"receipt": str(receipt)}:
                return receipt
    return ""


def _refused(refusal: str) -> dict[str, bool | str]:
    return {"accepted": False, "refusal": refusal}
