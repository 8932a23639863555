"""Bindings: what ties a receipt to a travel document without telling whose it is."""

from dataclasses import dataclass, field

from dp3t.arrivals.travel_document import TravelDocument
from dp3t.errors import MalformedError
from dp3t.primitives import Rand, equal, pbkdf2_sha256

SALT_BYTES = 16
VALUE_BYTES = 16
BINDING_BYTES = SALT_BYTES + VALUE_BYTES
ITERATIONS = 2**17
"""A guess costs so many rounds; a computer needs some 20 ms for them [ENTRY-RECEIPT-4]."""

_CONTEXT = b"dp3t entry binding 1\0"


@dataclass(frozen=True, slots=True)
class Binding:
    """A salt and what it makes of a document.

    Attributes:
        salt: 16 random bytes, drawn for each declaration.
        value: 16 bytes that only the document's fields give with it.

    Raises:
        MalformedError: other lengths.
    """

    salt: bytes = field(repr=False)
    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES or len(self.value) != VALUE_BYTES:
            raise MalformedError(f"a binding has {BINDING_BYTES} bytes")

    @classmethod
    def of(cls, document: TravelDocument, *, rand: Rand) -> "Binding":
        """Bind to a document: one draw of 16 bytes; no two bindings are alike."""
        salt = rand(SALT_BYTES)
        return cls(salt, _value(document, salt))

    def fits(self, document: TravelDocument) -> bool:
        """Return whether it was made for this document, in constant time [ENTRY-RECEIPT-5]."""
        return equal(_value(document, self.salt), self.value)

    def encode(self) -> bytes:
        """Return the 32 bytes: salt and value."""
        return self.salt + self.value

    @classmethod
    def decode(cls, data: bytes) -> "Binding":
        """Return the binding in 32 bytes.

        Raises:
            MalformedError: another length.
        """
        return cls(data[:SALT_BYTES], data[SALT_BYTES:])


def _value(document: TravelDocument, salt: bytes) -> bytes:
    password = "<".join((document.number, document.birth, document.expiry)).encode()
    return pbkdf2_sha256(password, _CONTEXT + salt, iterations=ITERATIONS, length=VALUE_BYTES)
