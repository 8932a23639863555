"""What somebody says beside an act: kept apart from it, so that it can be struck out.

The act commits to the words. The authority can have words erased that name somebody, and the act,
its signature and the record stay whole.
"""

from dataclasses import dataclass

from dp3t.canonical_json import JsonValue
from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError, VerificationError
from dp3t.facilities.json_fields import take_octets, take_text
from dp3t.facilities.texts import require_line
from dp3t.primitives import Rand, equal, sha256

SALT_BYTES = 16
MAX_WORDS = 500
"""How many characters words may have."""

NO_WORDS = b""
"""What an act commits to that has no words."""

_PREFIX = b"dp3t words 1"


@dataclass(frozen=True, slots=True)
class Words:
    """Free text and the salt of its commitment.

    Attributes:
        salt: 16 bytes, drawn afresh: nobody guesses erased words from the commitment.
        text: 1 to 500 characters in form C, none of them a control character.

    Raises:
        MalformedError: another salt or text.
    """

    salt: bytes
    text: str

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES:
            raise MalformedError(f"the salt of words has {SALT_BYTES} bytes")
        require_line(self.text, longest=MAX_WORDS, what="the text of words")

    @classmethod
    def write(cls, text: str, *, rand: Rand) -> "Words":
        """Return words with a salt of their own [ACT-8]; MalformedError for another text."""
        return cls(rand(SALT_BYTES), text)

    def commitment(self) -> bytes:
        """Return the 32 bytes that an act has for these words [ACT-7]."""
        return sha256(_PREFIX + self.salt + self.text.encode())

    def require_of(self, commitment: bytes) -> None:
        """Raise VerificationError unless an act committed to these words [ACT-9]."""
        if not equal(self.commitment(), commitment):
            raise VerificationError("the words are not those that the act commits to")

    def to_json(self) -> JsonValue:
        """Return the words for encoding."""
        return {"salt": self.salt.hex(), "text": self.text}

    @classmethod
    def of_value(cls, value: Value) -> "Words":
        """Return words that `to_json` described; MalformedError otherwise."""
        fields = Fields(value, what="words")
        words = cls(take_octets(fields, "salt", length=SALT_BYTES), take_text(fields, "text"))
        fields.done()
        return words
