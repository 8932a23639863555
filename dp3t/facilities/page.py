"""Pages of the record: runs of acts that the server signs and logs, each chained to the last.

A page is a file that never changes. The transparency log holds its digest, so a record of which
somebody has seen a page cannot be rewritten.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from dp3t.canonical_json import JsonValue, decode_json, encode_json
from dp3t.codec import Fields, Value
from dp3t.errors import LimitError, MalformedError
from dp3t.facilities.json_fields import (
    DIGEST_BYTES,
    HIGHEST_NUMBER,
    require_octets,
    require_range,
    take_instant,
    take_octets,
)
from dp3t.params import LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.primitives import sha256
from dp3t.publication.batch import require_region
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys
from dp3t.publication.transparency import Entry
from dp3t.timeline import Instant

FACILITIES_KIND = "facilities"
"""What the log calls a page."""

MAX_PAGE_ACTS = 4_096
MAX_PAGE_BYTES = 4 * 2**20
"""The longest payload of a page; a signed file has 72 bytes more."""

NO_PAGE = bytes(DIGEST_BYTES)
"""What the first page names as the digest of the page before it."""

_CONTEXT = "record page 1"
_MAX_ACT_TEXT = 2**17
_ACT_FRAME_BYTES = 64
_HEAD_BYTES = 1_024
_VERSION = 1

ReceivedAct = tuple[Instant, bytes]
"""When the server received an act, and the signed act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """A page of the record [RECORD-10].

    Attributes:
        number: from 0.
        region: name of the region.
        made: when the server signed it, no earlier than it received the last act.
        previous: 32 bytes, SHA-256 of the signed page before it; zeros in the first.
        first: the number of its first act, from 0.
        acts: 1 to 4,096, in the order of receipt.

    Raises:
        MalformedError: a page that no record has.
        LimitError: too many acts.
    """

    number: int
    region: str
    made: Instant
    previous: bytes
    first: int
    acts: tuple[ReceivedAct, ...] = field(repr=False)

    def __post_init__(self) -> None:
        require_range(self.number, 0, HIGHEST_NUMBER, what="the number of a page")
        require_region(self.region)
        require_range(self.made, 0, LAST_INSTANT, what="made")
        require_octets(self.previous, what="previous")
        require_range(self.first, 0, HIGHEST_NUMBER, what="first")
        if not self.acts:
            raise MalformedError("a page has no act")
        if len(self.acts) > MAX_PAGE_ACTS:
            raise LimitError(f"a page has at most {MAX_PAGE_ACTS} acts")
        moments = [0, *(received for received, _ in self.acts), self.made]
        if any(one > other for one, other in pairwise(moments)):
            raise MalformedError("acts of a page are out of the order of receipt")

    @property
    def name(self) -> str:
        """What the log calls the page."""
        return f"page-{self.number}"

    def encode(self) -> bytes:
        """Return the canonical payload, before signing; LimitError where it is too long."""
        acts: list[JsonValue] = [
            {"act": b64encode(signed).decode(), "received": received}
            for received, signed in self.acts
        ]
        payload = encode_json(
            {
                "acts": acts,
                "first": self.first,
                "made": self.made,
                "number": self.number,
                "previous": self.previous.hex(),
                "region": self.region,
                "version": _VERSION,
            }
        )
        if len(payload) > MAX_PAGE_BYTES:
            raise LimitError(f"a page has at most {MAX_PAGE_BYTES} bytes")
        return payload

    @classmethod
    def decode(cls, payload: bytes) -> "RecordPage":
        """Return the page whose canonical payload this is.

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        fields = Fields(decode_json(payload, limit_bytes=MAX_PAGE_BYTES), what="a page")
        fields.version(_VERSION)
        page = cls(
            number=fields.integer("number", 0, HIGHEST_NUMBER),
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            made=take_instant(fields, "made"),
            previous=take_octets(fields, "previous"),
            first=fields.integer("first", 0, HIGHEST_NUMBER),
            acts=tuple(_act(each) for each in fields.items("acts", most=MAX_PAGE_ACTS)),
        )
        fields.done()
        return page

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file.

        Raises:
            UnknownKeyError: the key may not speak for the moment.
            LimitError: the page is too long.
        """
        key.public().require_valid_at(self.made)
        return key.sign(self.encode(), context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys) -> "RecordPage":
        """Return the page that a server signed; whose acts they are, the board says [RECORD-12].

        Raises:
            MalformedError: no page; LimitError: too long.
            VerificationError: altered, or signed with a key that is not, or was not then, trusted.
        """
        limit = HEADER_BYTES + MAX_PAGE_BYTES
        payload, key = trusted.open(data, context=_CONTEXT, limit_bytes=limit)
        page = cls.decode(payload)
        key.require_valid_at(page.made)
        return page

    def logged(self, signed: bytes) -> Entry:
        """Return the entry by which the log holds the signed page [RECORD-9]."""
        return Entry.of_file(
            signed, kind=FACILITIES_KIND, region=self.region, name=self.name, moment=self.made
        )


def page_digest(signed: bytes) -> bytes:
    """Return how the next page names a signed page: its SHA-256 [RECORD-11]."""
    return sha256(signed)


def fitting(acts: Sequence[ReceivedAct] | Iterable[ReceivedAct]) -> tuple[ReceivedAct, ...]:
    """Return as many acts, from the first on, as one page holds."""
    found = list[ReceivedAct]()
    left = MAX_PAGE_BYTES - _HEAD_BYTES
    for received, signed in acts:
        left -= 4 * -(-len(signed) // 3) + _ACT_FRAME_BYTES
        if left < 0 or len(found) == MAX_PAGE_ACTS:
            break
        found.append((received, signed))
    return tuple(found)


def _act(value: Value) -> ReceivedAct:
    fields = Fields(value, what="an act of a page")
    text = fields.text("act", longest=_MAX_ACT_TEXT)
    received = take_instant(fields, "received")
    fields.done()
    try:
        signed = b64decode(text, validate=True)
    except ValueError:
        raise MalformedError("an act of a page is not Base 64") from None
    if b64encode(signed).decode() != text:
        raise MalformedError("an act of a page is not Base 64 in its one form")
    return received, signed
