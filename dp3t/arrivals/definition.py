"""What a form is made of: sections of fields, their texts, choices, bounds and conditions."""

from collections.abc import Mapping
from dataclasses import dataclass

KINDS = ("text", "date", "moment", "country", "choice", "choices", "group")
"""What a field can be [FORM-2]."""

TODAY = "today"
"""What a bound is counted from where it is no field."""

CODES = (
    "unknown",
    "missing",
    "unasked",
    "kind",
    "characters",
    "untidy",
    "short",
    "long",
    "pattern",
    "date",
    "early",
    "late",
    "choice",
    "twice",
    "alone",
    "few",
    "many",
    "header",
)
"""What can be wrong with an answer [FORM-3]."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text for people, in both languages.

    Attributes:
        vi: in Vietnamese.
        en: in English.
    """

    vi: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in "vi" or "en"."""
        return self.vi if language == "vi" else self.en


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that can be chosen.

    Attributes:
        code: what a declaration says.
        label: what a person reads.
    """

    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Bound:
    """A day before or after which a date may not be [FORM-7].

    Attributes:
        origin: `today`, or the name of a field of a date or moment.
        days: how many days after it; negative for before.
    """

    origin: str
    days: int


@dataclass(frozen=True, slots=True)
class Condition:
    """When a field is asked: if another one beside it has one of some answers [FORM-9].

    Attributes:
        field: the name of the other field.
        answers: codes of its choices.
    """

    field: str
    answers: frozenset[str]

    def holds(self, values: Mapping[str, object]) -> bool:
        """Return whether it does for the answers beside the field."""
        given = values.get(self.field)
        said = given if isinstance(given, list) else [given]
        return any(isinstance(each, str) and each in self.answers for each in said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A question of the form.

    Attributes:
        name: under which its answer stands.
        kind: one of `KINDS`.
        required: whether an answer is needed where it is asked; of a group, see `least`.
        readers: the roles that read the answer.
        label: the question.
        hint: what is said beside it, or None.
        when: when it is asked; None for always.
        autocomplete: what HTML calls the answer, or "".
        shortest: fewest characters of a text.
        longest: most characters of a text.
        pattern: the name of a pattern of the form, or None.
        keyboard: `text`, `tel` or `email`: the one that suits.
        partial: whether a date may lack its day, its month or all.
        earliest: bound of a date or moment, or None.
        latest: likewise.
        choices: answers of which one or some are chosen.
        alone: codes of those that are not chosen together with others.
        least: fewest items of a group.
        most: most items of a group.
        fields: what each item of a group has.
    """

    name: str
    kind: str
    required: bool
    readers: tuple[str, ...]
    label: Text
    hint: Text | None
    when: Condition | None
    autocomplete: str
    shortest: int
    longest: int
    pattern: str | None
    keyboard: str
    partial: bool
    earliest: Bound | None
    latest: Bound | None
    choices: tuple[Choice, ...]
    alone: tuple[str, ...]
    least: int
    most: int
    fields: tuple["Field", ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the choices."""
        return tuple(choice.code for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading.

    Attributes:
        name: of the section.
        label: the heading.
        fields: in the order in which they are asked.
    """

    name: str
    label: Text
    fields: tuple[Field, ...]
