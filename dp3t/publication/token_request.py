"""Asking for tokens: the request and its answer, each of one length whatever is in it.

A request carries a code that was given out in person and asks for tokens of one scope for up to
seven days at once, so that asking tells nothing of the day on which a token is spent [TOKENS-16].
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from dp3t.codec import Fields, Value, decode, encode, pad, unpad
from dp3t.errors import (
    ExpiredError,
    MalformedError,
    PolicyError,
    ReplayError,
    TooEarlyError,
    TransportError,
    UnauthorizedError,
)
from dp3t.params import LAST_DAY
from dp3t.primitives import BLIND_RSA_BYTES
from dp3t.publication.authorization import UploadCode, authorization_of
from dp3t.publication.tokens import MAX_SCOPE_LENGTH, TOKEN_DAYS, require_scope
from dp3t.timeline import Day

TOKEN_REQUEST_BYTES = 2_304
"""The length of every request for tokens: seven blinded messages and half a KiB."""

TOKEN_ANSWER_BYTES = 2_048
"""The length of every answer to one."""

_LONGEST_WORD = 16
_VERSION = 1


class IssueRefusal(StrEnum):
    """Why there is no signature: for the whole request, or for one of its days."""

    UNKNOWN_CODE = "unknown-code"
    EXPIRED_CODE = "expired-code"
    NO_KEY = "no-key"
    ISSUED = "issued"


ISSUE_ERRORS: dict[IssueRefusal, type[PolicyError]] = {
    IssueRefusal.UNKNOWN_CODE: UnauthorizedError,
    IssueRefusal.EXPIRED_CODE: ExpiredError,
}
"""The errors that an app raises where a whole request is refused; the others are of single days."""


class SpendRefusal(StrEnum):
    """Why a token is not taken; for the answers of whoever takes tokens [TOKENS-12]."""

    OTHER_SCOPE = "other-scope"
    EXPIRED = "expired-token"
    EARLY = "early-token"
    UNKNOWN = "unknown-token"
    SPENT = "spent-token"


SPEND_ERRORS: dict[SpendRefusal, type[PolicyError]] = {
    SpendRefusal.OTHER_SCOPE: UnauthorizedError,
    SpendRefusal.EXPIRED: ExpiredError,
    SpendRefusal.EARLY: TooEarlyError,
    SpendRefusal.UNKNOWN: UnauthorizedError,
    SpendRefusal.SPENT: ReplayError,
}
"""The errors that an app raises for them."""


@dataclass(frozen=True, slots=True)
class BlindedDay:
    """A day for which a token is wanted, and its blinded message of 256 bytes."""

    day: Day
    blinded: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """What asks for tokens.

    Attributes:
        code: what the official gave; it is good for one token of each scope and day.
        scope: of all tokens asked for.
        wanted: 1 to 7 days, ascending, each once.

    Raises:
        MalformedError: a request of another form [TOKENS-16].
    """

    code: UploadCode
    scope: str
    wanted: tuple[BlindedDay, ...]

    def __post_init__(self) -> None:
        require_scope(self.scope)
        if not 1 <= len(self.wanted) <= TOKEN_DAYS:
            raise MalformedError(f"a request for tokens has 1 to {TOKEN_DAYS} days")
        if any(one.day >= other.day for one, other in pairwise(self.wanted)):
            raise MalformedError("the days of a request for tokens do not ascend")
        if any(len(each.blinded) != BLIND_RSA_BYTES for each in self.wanted):
            raise MalformedError(f"a blinded message has {BLIND_RSA_BYTES} bytes")

    def encode(self) -> bytes:
        """Return the 2,304 bytes of the request's body [TOKENS-16]."""
        wanted: list[Value] = [{"blinded": each.blinded, "day": each.day} for each in self.wanted]
        value = {
            "authorization": self.code.to_value(),
            "scope": self.scope,
            "version": _VERSION,
            "wanted": wanted,
        }
        return pad(encode(value), to_bytes=TOKEN_REQUEST_BYTES)

    @classmethod
    def decode(cls, body: bytes) -> "TokenRequest":
        """Return the request in a body.

        Raises:
            MalformedError: any bytes that `encode` cannot have made [TOKENS-16].
        """
        payload = unpad(body, of_bytes=TOKEN_REQUEST_BYTES)
        fields = Fields(decode(payload, limit_bytes=len(body)), what="the request for tokens")
        fields.version(_VERSION)
        code = authorization_of(fields.value("authorization"))
        scope = fields.text("scope", longest=MAX_SCOPE_LENGTH)
        wanted = fields.items("wanted", most=TOKEN_DAYS)
        fields.done()
        if not isinstance(code, UploadCode):
            raise MalformedError("tokens are given for a code and for nothing else")
        return cls(code=code, scope=scope, wanted=tuple(_blinded_day(each) for each in wanted))


Issued = bytes | IssueRefusal
"""What an answer says of one day: the blind signature, or why there is none."""


def encode_token_answer(answer: IssueRefusal | Sequence[Issued]) -> bytes:
    """Return the 2,048 bytes that answer a request [TOKENS-17].

    Args:
        answer: why the whole request is refused, or what becomes of each day, in their order.
    """
    value: dict[str, Value] = {"version": _VERSION}
    if isinstance(answer, IssueRefusal):
        value |= {"issued": [], "refusal": answer.value}
    else:
        issued = [str(each) if isinstance(each, IssueRefusal) else each for each in answer]
        value |= {"issued": issued, "refusal": ""}
    return pad(encode(value), to_bytes=TOKEN_ANSWER_BYTES)


def check_token_answer(body: bytes, *, days: int) -> tuple[Issued, ...]:
    """Return what became of each day of a request.

    Args:
        body: the answer.
        days: for how many days the request asked.

    Raises:
        PolicyError: the whole request was refused (UnauthorizedError, ExpiredError).
        TransportError: the bytes are none of the answers.
    """
    try:
        payload = unpad(body, of_bytes=TOKEN_ANSWER_BYTES)
        fields = Fields(decode(payload, limit_bytes=len(body)), what="the answer")
        fields.version(_VERSION)
        word = fields.text("refusal", longest=_LONGEST_WORD)
        refusal = _refusal(word, of_request=True) if word else None
        issued = tuple(_issued(each) for each in fields.items("issued", most=TOKEN_DAYS))
        fields.done()
    except MalformedError as error:
        raise TransportError("the server's answer about tokens is not understood") from error
    if len(issued) != (0 if refusal else days):
        raise TransportError("the server's answer about tokens is not of these days")
    if refusal is not None:
        raise ISSUE_ERRORS[refusal](f"the server gave no tokens: {refusal}")
    return issued


def _blinded_day(value: Value) -> BlindedDay:
    fields = Fields(value, what="a wanted token")
    day = Day(fields.integer("day", 0, LAST_DAY))
    blinded = fields.octets("blinded", length=BLIND_RSA_BYTES)
    fields.done()
    return BlindedDay(day, blinded)


def _issued(value: Value) -> Issued:
    if isinstance(value, str):
        return _refusal(value, of_request=False)
    if not isinstance(value, bytes) or len(value) != BLIND_RSA_BYTES:
        raise MalformedError(f"a blind signature has {BLIND_RSA_BYTES} bytes")
    return value


def _refusal(word: str, *, of_request: bool) -> IssueRefusal:
    known = [each for each in IssueRefusal if (each in ISSUE_ERRORS) == of_request]
    if word not in known:
        raise MalformedError("there is no refusal of that name")
    return IssueRefusal(word)
