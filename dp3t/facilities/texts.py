"""Texts that people read: in both languages, or one line as somebody wrote it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dp3t.canonical_json import has_one_form
from dp3t.codec import Fields
from dp3t.errors import MalformedError

LANGUAGES = ("vi", "en")

_UNSEEN = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""Control characters and those that nobody sees or that turn text round [ACT-6]."""

_SPACES = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BLANK = re.compile(f"[{_SPACES}]*")


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in both languages.

    Attributes:
        vi: Vietnamese.
        en: English.
    """

    vi: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in "vi" or "en"; ValueError for another language."""
        if language not in LANGUAGES:
            raise ValueError("texts are in vi and en")
        return self.vi if language == "vi" else self.en

    def to_json(self) -> Mapping[str, str]:
        """Return the texts for encoding."""
        return {"en": self.en, "vi": self.vi}

    @classmethod
    def take(cls, fields: Fields, name: str) -> "Texts":
        """Take a field that has both texts; MalformedError otherwise."""
        both = fields.nested(name)
        texts = cls(*(both.text(language, longest=2**16) for language in LANGUAGES))
        both.done()
        return texts

    def require(self, *, longest: int, what: str) -> None:
        """Raise MalformedError unless both are lines of 1 to `longest` characters."""
        require_line(self.vi, longest=longest, what=what)
        require_line(self.en, longest=longest, what=what)


def require_line(text: str, *, longest: int, what: str) -> None:
    """Check a line that people read; the message says nothing of it [ACT-6].

    Args:
        text: the line.
        longest: how many characters (Unicode code points) it may have.
        what: how to call it.

    Raises:
        MalformedError: empty or only spaces, too long, not in form C, no Unicode, or with a
            character that nobody sees.
    """
    if _BLANK.fullmatch(text):
        raise MalformedError(f"{what} is empty")
    if len(text) > longest:
        raise MalformedError(f"{what} has more than {longest} characters")
    if _UNSEEN.search(text) or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise MalformedError(f"{what} has a character that nobody sees")
    if not has_one_form(text):
        raise MalformedError(f"{what} is not in Unicode normalization form C")
