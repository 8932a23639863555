"""Dates of birth of which a travel document leaves out the day, the month or all."""

from dataclasses import dataclass
from datetime import date

from dp3t.errors import MalformedError


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date, or what is known of one.

    Attributes:
        year: 1900 to 2099, None where it is not known.
        month: 1 to 12, None where it is not known.
        day: 1 to 31, None where it is not known.

    Raises:
        MalformedError: no date, or a part without the one above it [FORM-6].
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        known = [part is not None for part in (self.year, self.month, self.day)]
        if known != sorted(known, reverse=True):
            raise MalformedError("a date has no day without its month, and no month without year")
        try:
            within = self.year is None or 1900 <= self.year < 2100
            date(self.year or 2000, self.month or 1, self.day or 1)
        except ValueError:
            within = False
        if not within or 0 in (self.month, self.day):
            raise MalformedError("no date of the calendar from 1900 to 2099")

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Return what `YYYY-MM-DD` says, with zeros for what is not known."""
        words = text.split("-")
        if [len(word) for word in words] != [4, 2, 2] or not "".join(words).isdecimal():
            raise MalformedError("a date is written YYYY-MM-DD")
        year, month, day = (int(word) or None for word in words)
        return cls(year, month, day)

    def __str__(self) -> str:
        return f"{self.year or 0:04}-{self.month or 0:02}-{self.day or 0:02}"

    @property
    def machine_readable(self) -> str:
        """The six characters of the document's machine-readable zone: YYMMDD, `<<` for unknown."""
        year = None if self.year is None else self.year % 100
        return "".join("<<" if n is None else f"{n:02}" for n in (year, self.month, self.day))
