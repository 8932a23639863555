"""Rules of single answers: text, dates, moments, countries and choices.

Each function returns the first fault of an answer, or None; the order is part of the rule.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from unicodedata import normalize

from dp3t.arrivals.definition import TODAY, Bound, Field
from dp3t.arrivals.form import Form
from dp3t.timeline import Instant, day_to_date

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MOMENT = re.compile(r"(.{10})T([01][0-9]|2[0-3]):[0-5][0-9]")
_YEARS = range(1900, 2100)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one answer.

    Attributes:
        code: one of the form's codes.
        limit: the limit that was passed, "" where there is none.
    """

    code: str
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an answer is judged in.

    Attributes:
        form: whose field it answers.
        now: the moment of the check.
        beside: the answers beside it.
        above: the answers of the form.
    """

    form: Form
    now: Instant
    beside: Mapping[str, object]
    above: Mapping[str, object]

    def day(self, bound: Bound) -> date | None:
        """Return the day of a bound, None where the field it counts from has no date [FORM-7]."""
        if bound.origin == TODAY:
            return day_to_date(self.form.local_day(self.now)) + timedelta(bound.days)
        given = self.beside.get(bound.origin, self.above.get(bound.origin))
        origin = _date_of(given[:10]) if isinstance(given, str) else None
        return origin + timedelta(bound.days) if origin is not None else None


def fault_of(field: Field, value: object, scope: Scope) -> Fault | None:
    """Return the fault of an answer to any field but a group [FORM-4] to [FORM-8]."""
    if field.kind == "choices":
        return _fault_of_choices(field, value)
    if not isinstance(value, str):
        return Fault("kind")
    if field.kind == "text":
        return _fault_of_text(field, value, scope.form)
    if field.kind == "date":
        return _fault_of_date(field, value, scope)
    if field.kind == "moment":
        found = _MOMENT.fullmatch(value)
        return _fault_of_date(field, found[1], scope) if found else Fault("date")
    return None if value in _codes(field, scope.form) else Fault("choice")


def tidy(text: str, form: Form) -> str:
    """Return a text in Unicode's form C, with single spaces inside and none around [FORM-5]."""
    spaced = "".join(" " if _in(letter, form.spaces) else letter for letter in text)
    return normalize("NFC", " ".join(word for word in spaced.split(" ") if word))


def _in(letter: str, ranges: tuple[range, ...]) -> bool:
    return any(ord(letter) in each for each in ranges)


def _codes(field: Field, form: Form) -> tuple[str, ...]:
    if field.kind == "choice":
        return field.codes
    return (*form.countries, *(choice.code for choice in form.countries_beyond))


def _fault_of_text(field: Field, value: str, form: Form) -> Fault | None:
    if len(value) > field.longest:
        return Fault("long", str(field.longest))
    if any(_in(letter, form.hidden) for letter in value):
        return Fault("characters")
    if value != tidy(value, form):
        return Fault("untidy")
    if len(value) < field.shortest:
        return Fault("short", str(field.shortest))
    if field.pattern is not None and not form.patterns[field.pattern][0].fullmatch(value):
        return Fault("pattern")
    return None


def _fault_of_choices(field: Field, value: object) -> Fault | None:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return Fault("kind")
    if not value:
        return Fault("few", "1")
    if not set(value) <= set(field.codes):
        return Fault("choice")
    if len(set(value)) < len(value):
        return Fault("twice")
    return Fault("alone") if len(value) > 1 and set(value) & set(field.alone) else None


def _fault_of_date(field: Field, value: str, scope: Scope) -> Fault | None:
    if field.partial and value == "0000-00-00":
        return None
    day = _date_of(_completed(value) if field.partial else value)
    if day is None:
        return Fault("date")
    earliest = scope.day(field.earliest) if field.earliest else None
    if earliest is not None and day < earliest:
        return Fault("early", earliest.isoformat())
    latest = scope.day(field.latest) if field.latest else None
    if latest is not None and day > latest:
        return Fault("late", latest.isoformat())
    return None


def _completed(value: str) -> str:
    """Return a date with the first month and day in the place of those that are not known."""
    if value.endswith("-00-00"):
        return value[:-5] + "01-01"
    return value[:-2] + "01" if value.endswith("-00") else value


def _date_of(value: str) -> date | None:
    found = _DATE.fullmatch(value)
    if found is None or int(found[1]) not in _YEARS:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
