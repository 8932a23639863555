"""Who declarations are sealed to: a numbered document of public keys that the authority signs.

A declaration names the number of the document, so that one sealed to keys that have been replaced
is refused by that name, and not as something that does not open.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dp3t.canonical_json import JsonValue, decode_json, encode_json
from dp3t.codec import Fields, from_hex
from dp3t.errors import (
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnknownKeyError,
)
from dp3t.params import LAST_INSTANT
from dp3t.primitives import X25519_KEY_BYTES, X25519PublicKey
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant

KEYS_CONTEXT = "dp3t arrivals keys 1"
"""What the authority's signature says it is for [RECIPIENTS-1]."""

MAX_PROVINCES = 99
MAX_RECEIPT_KEYS = 8
MAX_DOCUMENT_BYTES = 2**14
"""The longest signed document."""

LAST_NUMBER = 2**32 - 1
_VERSION = 1
_PROVINCE = re.compile(r"[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientKeys:
    """The public keys of one term: of the border, of the provinces, and of who signs receipts.

    Attributes:
        number: 1 for the first document, higher for each that replaces another.
        valid_from: first moment at which something may be sealed to its keys.
        valid_until: first moment at which nothing may any more.
        border: the key of the border authority.
        provinces: the keys of the provinces, by their two digits.
        receipt_keys: the keys that sign receipts, one to eight, each with its own lifetime.

    Raises:
        MalformedError: a value outside what the chapter allows [RECIPIENTS-2].
        LimitError: more keys than it allows.
    """

    number: int
    valid_from: Instant
    valid_until: Instant
    border: X25519PublicKey
    provinces: Mapping[str, X25519PublicKey]
    receipt_keys: tuple[VerificationKey, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.number <= LAST_NUMBER:
            raise MalformedError("the number of a keys document is out of range")
        if not 0 <= self.valid_from < self.valid_until <= LAST_INSTANT:
            raise MalformedError("a keys document is valid from a moment until a later one")
        if len(self.provinces) > MAX_PROVINCES or len(self.receipt_keys) > MAX_RECEIPT_KEYS:
            raise LimitError("a keys document has too many keys")
        if not self.provinces or not self.receipt_keys:
            raise MalformedError("a keys document lacks keys of provinces or of receipts")
        if not all(_PROVINCE.fullmatch(code) for code in self.provinces):
            raise MalformedError("the code of a province is two digits")
        every = [self.border, *self.provinces.values()]
        if len(set(every)) < len(every):
            raise MalformedError("two recipients have one key")
        if len({key.public for key in self.receipt_keys}) < len(self.receipt_keys):
            raise MalformedError("a key of receipts stands twice")
        object.__setattr__(self, "provinces", MappingProxyType(dict(self.provinces)))

    def sign(self, key: SigningKey) -> bytes:
        """Return the document, signed by the authority [RECIPIENTS-1].

        Raises:
            UnknownKeyError: the key may not speak for the moment at which the document begins.
        """
        key.public().require_valid_at(self.valid_from)
        return key.sign(encode_json(self._to_value()), context=KEYS_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, authority: TrustedKeys, at_least: int = 1) -> "RecipientKeys":
        """Return the keys of a signed document [RECIPIENTS-1] [RECIPIENTS-2] [RECIPIENTS-4].

        Args:
            data: the signed document.
            authority: the keys of the authority that the reader trusts.
            at_least: the highest number that this reader has seen; 1 for none.

        Raises:
            LimitError: too long, or too many keys.
            MalformedError: not a document of keys.
            VerificationError: not signed by the authority; UnknownKeyError where by an unknown key.
            ExpiredError: a document that has been replaced, as the reader knows.
        """
        payload, signer = authority.open(data, context=KEYS_CONTEXT, limit_bytes=MAX_DOCUMENT_BYTES)
        value = decode_json(payload, limit_bytes=MAX_DOCUMENT_BYTES - HEADER_BYTES)
        keys = cls._from_fields(Fields(value, what="the keys document"))
        signer.require_valid_at(keys.valid_from)
        if keys.number < at_least:
            raise ExpiredError(f"keys document {keys.number} is replaced by {at_least}")
        return keys

    def require_current(self, now: Instant) -> None:
        """Raise TooEarlyError or ExpiredError unless something may be sealed now [RECIPIENTS-3]."""
        if now < self.valid_from:
            raise TooEarlyError(f"keys document {self.number} is not valid yet")
        if now >= self.valid_until:
            raise ExpiredError(f"keys document {self.number} is past its time")

    def require_number(self, number: int) -> None:
        """Check that a declaration is sealed to these keys [RECIPIENTS-5].

        Raises:
            ExpiredError: it is sealed to keys that these replace.
            PolicyError: it names a document that there is not.
        """
        if number < self.number:
            raise ExpiredError(f"keys document {number} is replaced by {self.number}")
        if number > self.number:
            raise PolicyError(f"there is no keys document {number} yet")

    def province(self, code: str) -> X25519PublicKey:
        """Return the key of a province; UnknownKeyError where the document has none."""
        key = self.provinces.get(code)
        if key is None:
            raise UnknownKeyError(f"keys document {self.number} has no key of that province")
        return key

    def receipts(self) -> TrustedKeys:
        """Return the keys that receipts are verified with."""
        return TrustedKeys(self.receipt_keys)

    def _to_value(self) -> JsonValue:
        return {
            "border": self.border.to_bytes().hex(),
            "number": self.number,
            "provinces": {code: key.to_bytes().hex() for code, key in self.provinces.items()},
            "receipts": [
                {
                    "public": key.public.hex(),
                    "valid_from": key.valid_from,
                    "valid_until": key.valid_until,
                }
                for key in self.receipt_keys
            ],
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "version": _VERSION,
        }

    @classmethod
    def _from_fields(cls, fields: Fields) -> "RecipientKeys":
        fields.version(_VERSION)
        number = fields.integer("number", 1, LAST_NUMBER)
        valid_from, valid_until = _lifetime(fields)
        border = _recipient(fields)
        provinces = fields.value("provinces")
        if not isinstance(provinces, dict):
            raise MalformedError("the keys document: provinces is not a map")
        each = Fields(provinces, what="the keys document: provinces")
        keys = {code: _recipient(each, code) for code in provinces}
        receipts = fields.items("receipts", most=MAX_RECEIPT_KEYS)
        fields.done()
        return cls(
            number=number,
            valid_from=valid_from,
            valid_until=valid_until,
            border=border,
            provinces=keys,
            receipt_keys=tuple(
                _receipt_key(Fields(item, what="a key of receipts")) for item in receipts
            ),
        )


def _recipient(fields: Fields, name: str = "border") -> X25519PublicKey:
    text = fields.text(name, longest=2 * X25519_KEY_BYTES)
    return X25519PublicKey(_octets(text, what="the key of a recipient"))


def _receipt_key(fields: Fields) -> VerificationKey:
    public = _octets(fields.text("public", longest=64), what="the key of receipts")
    valid_from, valid_until = _lifetime(fields)
    fields.done()
    return VerificationKey(public=public, valid_from=valid_from, valid_until=valid_until)


def _octets(text: str, *, what: str) -> bytes:
    """Return 32 bytes of lower-case hexadecimal, of which there is one spelling."""
    if text != text.lower():
        raise MalformedError(f"{what} is not in lower case")
    return from_hex(text, length=32, what=what)


def _lifetime(fields: Fields) -> tuple[Instant, Instant]:
    return (
        Instant(fields.integer("valid_from", 0, LAST_INSTANT)),
        Instant(fields.integer("valid_until", 0, LAST_INSTANT)),
    )
