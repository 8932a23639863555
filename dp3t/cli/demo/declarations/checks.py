"""What the plan of a story knows to be true, beside what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from dp3t.canonical_json import JsonValue
from dp3t.errors import Dp3tError
from dp3t.symptoms.words import Texts

ADMITTED = "accepted"
"""What stands where nothing was refused."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be so.

    Attributes:
        what: in words, for people.
        due: as it ought to be.
        came: as it is.
    """

    what: Texts
    due: JsonValue
    came: JsonValue

    @property
    def right(self) -> bool:
        """Whether it is as it ought to be."""
        return self.due == self.came

    def to_value(self) -> dict[str, object]:
        """Return what `--json` prints of it."""
        return {"what": self.what.en, "due": self.due, "came": self.came, "right": self.right}


def check(en: str, vi: str, *, due: JsonValue, came: JsonValue) -> Check:
    """Return a check, in both languages."""
    return Check(Texts(vi=vi, en=en), due, came)


def refusal(error: Dp3tError) -> str:
    """Return by which name a server refused: its own word, or else the kind of the error."""
    word = str(error).rpartition(": ")[2]
    is_word = word.replace("-", "").isalpha() and word.islower()
    return word if is_word else type(error).__name__


def all_right(checks: Iterable[Check]) -> bool:
    """Return whether everything is as it ought to be."""
    return all(each.right for each in checks)
