"""Documents that the authority signs and replaces by others of a higher number."""

from typing import Protocol, TypeVar

from dp3t.canonical_json import JsonValue, decode_json, encode_json
from dp3t.codec import Fields, Value
from dp3t.errors import ExpiredError, MalformedError, TooEarlyError
from dp3t.params import LAST_INSTANT
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant

HIGHEST_NUMBER = 2**32 - 1


class Document(Protocol):
    """What every such document says of itself."""

    @property
    def number(self) -> int:
        """Higher in each that replaces another; 1 to 2^32 - 1."""

    @property
    def valid_from(self) -> Instant:
        """First moment at which it holds."""

    @property
    def valid_until(self) -> Instant:
        """First moment at which it no longer holds."""


D = TypeVar("D", bound=Document)


def sign_document(value: JsonValue, key: SigningKey, *, context: str) -> bytes:
    """Return the signed file of a document."""
    return key.sign(encode_json(value), context=context)


def open_document(
    data: bytes, *, context: str, trusted: TrustedKeys, limit_bytes: int
) -> tuple[Value, VerificationKey]:
    """Return what a signed file says and who signed it.

    Raises:
        MalformedError: no signed file, too long, or no canonical JSON in it.
        VerificationError: not signed by the authority.
    """
    payload, signer = trusted.open(data, context=context, limit_bytes=limit_bytes)
    return decode_json(payload, limit_bytes=limit_bytes), signer


def number_of(data: bytes, *, context: str, trusted: TrustedKeys, limit_bytes: int) -> int:
    """Return the number of a document that was kept, whether or not it still holds.

    Raises:
        MalformedError: no such document.
        VerificationError: not signed by the authority.
    """
    value, _ = open_document(data, context=context, trusted=trusted, limit_bytes=limit_bytes)
    return Fields(value, what="the document").integer("number", 1, HIGHEST_NUMBER)


def current(document: D, signer: VerificationKey, *, now: Instant, newest: int, what: str) -> D:
    """Return a document that holds now and is not older than one seen before.

    Args:
        document: any.
        signer: of its file.
        now: the present.
        newest: the highest number seen before.
        what: what to call it, in the plural.

    Raises:
        UnknownKeyError: the signer may not speak for the moment from which it holds.
        ExpiredError: it is replaced or no longer holds.
        TooEarlyError: it does not hold yet.
    """
    signer.require_valid_at(document.valid_from)
    if document.number < newest:
        raise ExpiredError(f"{what} {document.number} are replaced by {newest}")
    if now >= document.valid_until:
        raise ExpiredError(f"{what} {document.number} no longer hold")
    if now < document.valid_from:
        raise TooEarlyError(f"{what} {document.number} do not hold yet")
    return document


def require_document(document: Document, *, what: str) -> None:
    """Raise MalformedError unless number and lifetime are those that a document can have."""
    if not 1 <= document.number <= HIGHEST_NUMBER:
        raise MalformedError(f"the number of the {what} is out of range")
    require_lifetime(document.valid_from, document.valid_until, what=what)


def require_lifetime(valid_from: Instant, valid_until: Instant, *, what: str) -> None:
    """Raise MalformedError unless a lifetime begins before it ends, between 1970 and 2106."""
    if not 0 <= valid_from < valid_until <= LAST_INSTANT:
        raise MalformedError(f"{what} hold from a moment until a later one")


def moment(fields: Fields, name: str) -> Instant:
    """Take a moment."""
    return Instant(fields.integer(name, 0, LAST_INSTANT))
