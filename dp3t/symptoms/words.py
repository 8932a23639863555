"""Words that several parts of a voluntary declaration share: outcomes, ages, communes, texts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dp3t.canonical_json import has_one_form
from dp3t.codec import Fields
from dp3t.errors import MalformedError

COMMUNE_DIGITS = 5
_COMMUNE = re.compile(r"[0-9]{5}")
_TELEPHONE = re.compile(r"\+?[0-9]{3,15}")


class Outcome(StrEnum):
    """What a person should do, the least urgent first."""

    STAY = "stay"
    TEST = "test"
    CALL = "call"
    EMERGENCY = "emergency"

    @property
    def urgency(self) -> int:
        """0 for the least urgent."""
        return list(Outcome).index(self)


class AgeBand(StrEnum):
    """As much of an age as a station needs to know before it calls."""

    UNKNOWN = "unknown"
    INFANT = "0"
    TODDLER = "1-4"
    CHILD = "5-11"
    ADOLESCENT = "12-17"
    ADULT = "18-49"
    OLDER = "50-64"
    OLD = "65+"

    @classmethod
    def of(cls, years: int) -> "AgeBand":
        """Return the band of an age in completed years, 0 or more."""
        starts = {0: cls.INFANT, 1: cls.TODDLER, 5: cls.CHILD, 12: cls.ADOLESCENT, 18: cls.ADULT}
        starts |= {50: cls.OLDER, 65: cls.OLD}
        return starts[max(start for start in starts if start <= years)]


@dataclass(frozen=True, slots=True)
class Texts:
    """One text for people in both languages.

    Attributes:
        vi: Vietnamese.
        en: English.
    """

    vi: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in "vi" or "en"; ValueError for another language."""
        return {"vi": self.vi, "en": self.en}[require_language(language)]

    def to_value(self) -> Mapping[str, str]:
        """Return the texts for encoding."""
        return {"en": self.en, "vi": self.vi}

    @classmethod
    def of(cls, fields: Fields, *, longest_bytes: int, what: str) -> "Texts":
        """Return the texts in a decoded map.

        Raises:
            MalformedError: one is missing, empty, too long, or has a character nobody sees.
        """
        texts = cls(*(fields.text(language, longest=longest_bytes) for language in ("vi", "en")))
        fields.done()
        for text in (texts.vi, texts.en):
            require_text(text, longest_bytes=longest_bytes, what=what, lines=True)
        return texts


def require_language(language: str) -> str:
    """Return a language that texts have; ValueError for another."""
    if language not in ("vi", "en"):
        raise ValueError("texts are in vi and en")
    return language


def require_text(text: str, *, longest_bytes: int, what: str, lines: bool = False) -> None:
    """Check a text that people read; the message names the field and holds nothing of it.

    Args:
        text: of 1 to `longest_bytes` bytes of UTF-8.
        longest_bytes: the limit.
        what: the field's name.
        lines: whether it may have line feeds.

    Raises:
        MalformedError: empty, only spaces, too long, with a character that nobody sees, or not in
            form C.
    """
    if not text.strip():
        raise MalformedError(f"{what} is empty")
    if len(text.encode(errors="replace")) > longest_bytes:
        raise MalformedError(f"{what} has more than {longest_bytes} bytes")
    if not all(letter.isprintable() or (lines and letter == "\n") for letter in text):
        raise MalformedError(f"{what} has a character that nobody sees")
    if not has_one_form(text):
        raise MalformedError(f"{what} is not in Unicode normalization form C")


def require_commune(code: str) -> None:
    """Raise MalformedError unless a code is five digits, as the statistics office gives them."""
    if not _COMMUNE.fullmatch(code):
        raise MalformedError(f"the code of a commune is {COMMUNE_DIGITS} digits")


def require_telephone(number: str, *, what: str) -> None:
    """Raise MalformedError unless a number is 3 to 15 digits, perhaps after a plus sign."""
    if not _TELEPHONE.fullmatch(number):
        raise MalformedError(f"{what} is 3 to 15 digits, perhaps after a plus sign")
