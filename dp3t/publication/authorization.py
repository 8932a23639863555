"""What permits an upload: a code that a health official gives or activates, or commitments.

A code is twenty random decimal digits (66 bits) and two check digits by ISO/IEC 7064 MOD 97-10,
which catch every single wrong digit and every swap of neighbours [AUTHORIZATION-1]
[AUTHORIZATION-2]. Whether it is good by itself or has to be activated first, the server knows.
"""

from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError
from dp3t.primitives import Rand, equal, hmac_sha256, random_below
from dp3t.publication import commitment
from dp3t.publication.commitment import Openings

RANDOM_DIGITS = 20
CODE_DIGITS = RANDOM_DIGITS + 2
DIGEST_KEY_BYTES = 32
FORM = "code"
_DIGITS_SHOWN_TOGETHER = 4
_MAX_FORM_LENGTH = 16
_SEPARATORS = str.maketrans("", "", " -")


class UploadCode:
    """A single-use permission to publish. Its repr and str hide it; `display` shows it.

    Raises:
        MalformedError: not 22 digits, or the last two are not those that belong to the first
            twenty. The message tells nothing of the code [AUTHORIZATION-4].
    """

    __slots__ = ("_digits",)

    def __init__(self, digits: str) -> None:
        if len(digits) != CODE_DIGITS or not (digits.isascii() and digits.isdigit()):
            raise MalformedError(f"an upload code has {CODE_DIGITS} digits")
        if digits[RANDOM_DIGITS:] != _check_digits(int(digits[:RANDOM_DIGITS])):
            raise MalformedError("the check digits of the upload code do not match")
        self._digits = digits

    @classmethod
    def generate(cls, *, rand: Rand) -> "UploadCode":
        """Draw a new code [AUTHORIZATION-1]."""
        number = random_below(10**RANDOM_DIGITS, rand=rand)
        return cls(f"{number:0{RANDOM_DIGITS}d}{_check_digits(number)}")

    @classmethod
    def parse(cls, text: str) -> "UploadCode":
        """Read what a person typed; spaces and hyphens do not count [AUTHORIZATION-2].

        Raises:
            MalformedError: not 22 digits, or the check digits do not match.
        """
        return cls(text.translate(_SEPARATORS))

    def display(self) -> str:
        """Return the code in groups of four, for a person to copy [AUTHORIZATION-5]."""
        starts = range(0, CODE_DIGITS, _DIGITS_SHOWN_TOGETHER)
        return " ".join(self._digits[start : start + _DIGITS_SHOWN_TOGETHER] for start in starts)

    def digits(self) -> str:
        """Return the 22 digits, for the upload body only."""
        return self._digits

    def digest(self, key: bytes) -> bytes:
        """Return the 32 bytes under which a server stores the code [AUTHORIZATION-3].

        Args:
            key: 32 bytes that the server keeps outside its database.

        Raises:
            ValueError: a key of another length.
        """
        if len(key) != DIGEST_KEY_BYTES:
            raise ValueError(f"the key for digests has {DIGEST_KEY_BYTES} bytes")
        return hmac_sha256(key, b"dp3t code 1" + self._digits.encode())

    def binding(self, body: bytes) -> bytes:
        """Return 32 bytes that tie an upload to the code without revealing it [AUTHORIZATION-6].

        A server that keeps them with a spent code can tell a repeated upload from a second one, and
        whoever steals its database cannot tell which keys the code published.

        Args:
            body: the whole request body.
        """
        return hmac_sha256(self._digits.encode(), b"dp3t upload 1" + body)

    def to_value(self) -> Value:
        """Return the code as an upload holds it [AUTHORIZATION-7]."""
        return {"code": self._digits, "form": FORM}

    @classmethod
    def from_fields(cls, fields: Fields) -> "UploadCode":
        """Return the code in a map whose `form` was taken; MalformedError otherwise."""
        code = cls(fields.text("code", longest=CODE_DIGITS))
        fields.done()
        return code

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UploadCode) and equal(
            self._digits.encode(), other._digits.encode()
        )

    def __hash__(self) -> int:
        return hash(self._digits)

    def __repr__(self) -> str:
        return "UploadCode(hidden)"


Authorization = UploadCode | Openings
"""What an upload carries: a code, simple or activated, or what opens commitments."""


def authorization_of(value: Value) -> Authorization:
    """Return the authorisation that `to_value` described [AUTHORIZATION-7].

    Raises:
        MalformedError: any other value.
    """
    fields = Fields(value, what="the authorisation")
    form = fields.text("form", longest=_MAX_FORM_LENGTH)
    if form == FORM:
        return UploadCode.from_fields(fields)
    if form == commitment.FORM:
        return Openings.from_fields(fields)
    raise MalformedError("the authorisation has no form that is known")


def _check_digits(number: int) -> str:
    """Return ISO/IEC 7064 MOD 97-10, from 02 to 98: 00, 01 and 99 would be second spellings."""
    return f"{98 - number * 100 % 97:02d}"
