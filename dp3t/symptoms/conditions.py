"""Conditions of rules: comparisons of facts, put together with all, any, not and at least.

A fact that nobody measured makes a comparison neither true nor false, and a rule fires only where
its condition is true [RULES-3].
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from dp3t.codec import Fields, Value
from dp3t.errors import LimitError, MalformedError
from dp3t.symptoms.entry import MEASURES, SYMPTOMS

FLAGS = ("chronic", "exposed", "positive", "pregnant")
"""What is so or not: of the person, of the last days."""

QUANTITIES: Mapping[str, tuple[int, int]] = {
    **MEASURES,
    "age_months": (0, 2_711),
    "days_feverish": (1, 29),
    "days_ill": (1, 29),
}
"""What has a value, if it is known, with the lowest and the highest."""

YEARS = "age_years"
"""The age in months, compared in years."""

MOST_PARTS = 64
_MOST_DEPTH = 6

Truth = bool | None


@dataclass(frozen=True, slots=True)
class Symptom:
    """Somebody has a symptom."""

    code: str


@dataclass(frozen=True, slots=True)
class Flag:
    """Something is so."""

    name: str


@dataclass(frozen=True, slots=True)
class Range:
    """Something lies in a range.

    Attributes:
        shown: what is compared: of `QUANTITIES`, or the age in years.
        start: the least value, in the unit of `quantity`.
        end: the least value beyond.
    """

    shown: str
    start: int
    end: int

    @property
    def quantity(self) -> str:
        """Of `QUANTITIES`."""
        return "age_months" if self.shown == YEARS else self.shown


Atom = Symptom | Flag | Range
Asked = Callable[[Atom], Truth]
"""Says of a comparison whether it is true; None where that is not known."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least so many of some conditions are true; all of them and one of them among such."""

    least: int
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """A condition is false."""

    part: "Condition"


Condition = Atom | AtLeast | Not
ALWAYS = AtLeast(0, ())


def truth(condition: Condition, asked: Asked) -> Truth:
    """Return whether a condition is true; None where that depends on what is not known."""
    match condition:
        case Not(part):
            found = truth(part, asked)
            return None if found is None else not found
        case AtLeast(least, parts):
            found_of_parts = [truth(part, asked) for part in parts]
            if found_of_parts.count(True) >= least:
                return True
            return None if len(parts) - found_of_parts.count(False) >= least else False
        case _:
            return asked(condition)


def reasons(condition: Condition, asked: Asked) -> Iterator[tuple[Atom, bool]]:
    """Yield the comparisons that make a condition what it is, each with its own truth."""
    match condition:
        case Not(part):
            yield from reasons(part, asked)
        case AtLeast(_, parts):
            whole = truth(condition, asked)
            for part in parts:
                if truth(part, asked) is whole:
                    yield from reasons(part, asked)
        case _:
            found = asked(condition)
            if found is not None:
                yield condition, found


def atoms(condition: Condition) -> Iterator[Atom]:
    """Yield every comparison in a condition."""
    match condition:
        case Not(part):
            yield from atoms(part)
        case AtLeast(_, parts):
            for part in parts:
                yield from atoms(part)
        case _:
            yield condition


def condition_of(value: Value) -> Condition:
    """Return the condition that a document describes [RULES-2].

    Raises:
        MalformedError: a symptom, a flag or a quantity that is unknown, or another form.
        LimitError: more than 64 comparisons, or more than six levels.
    """
    condition = _condition(value, _MOST_DEPTH)
    if sum(1 for _ in atoms(condition)) > MOST_PARTS:
        raise LimitError(f"a condition has more than {MOST_PARTS} comparisons")
    return condition


def _condition(value: Value, depth: int) -> Condition:
    if depth == 0:
        raise LimitError(f"a condition has more than {_MOST_DEPTH} levels")
    if not isinstance(value, dict) or not value:
        raise MalformedError("a condition is an object of one kind")
    kinds = [kind for kind in _KINDS if kind in value]
    if len(kinds) != 1:
        raise MalformedError("a condition is of no known kind")
    fields = Fields(_bounded(value) if kinds == ["quantity"] else value, what="a condition")
    condition = _KINDS[kinds[0]](fields, depth - 1)
    fields.done()
    return condition


def _parts(fields: Fields, name: str, depth: int) -> tuple[Condition, ...]:
    parts = fields.items(name, most=MOST_PARTS)
    if not parts:
        raise MalformedError("a condition has no parts")
    return tuple(_condition(part, depth) for part in parts)


def _all(fields: Fields, depth: int) -> Condition:
    parts = _parts(fields, "all", depth)
    return AtLeast(len(parts), parts)


def _any(fields: Fields, depth: int) -> Condition:
    return AtLeast(1, _parts(fields, "any", depth))


def _at_least(fields: Fields, depth: int) -> Condition:
    least = fields.integer("at_least", 1, MOST_PARTS)
    parts = _parts(fields, "of", depth)
    if least > len(parts):
        raise MalformedError("a condition asks for more parts than it has")
    return AtLeast(least, parts)


def _not(fields: Fields, depth: int) -> Condition:
    return Not(_condition(fields.value("not"), depth))


def _always(fields: Fields, depth: int) -> Condition:
    if not fields.boolean("always"):
        raise MalformedError("a condition that is never true")
    return ALWAYS


def _symptom(fields: Fields, depth: int) -> Condition:
    code = fields.text("symptom", longest=32)
    if code not in SYMPTOMS:
        raise MalformedError("a condition asks for an unknown symptom")
    return Symptom(code)


def _flag(fields: Fields, depth: int) -> Condition:
    name = fields.text("flag", longest=32)
    if name not in FLAGS:
        raise MalformedError("a condition asks for an unknown flag")
    return Flag(name)


def _range(fields: Fields, depth: int) -> Condition:
    shown = fields.text("quantity", longest=32)
    if shown not in _LIMITS:
        raise MalformedError("a condition asks for an unknown quantity")
    lowest, end = _LIMITS[shown]
    below = fields.integer("below", lowest + 1, end)
    start = fields.integer("from", lowest, below - 1)
    unit = 12 if shown == YEARS else 1
    return Range(shown, unit * start, unit * below)


def _bounded(value: dict[str, Value]) -> dict[str, Value]:
    """Return a comparison with both its bounds, one of which may be left out."""
    lowest, end = _LIMITS.get(str(value["quantity"]), (0, 0))
    if value.keys().isdisjoint(("from", "below")):
        raise MalformedError("a comparison has no bound")
    return {"from": lowest, "below": end, **value}


_LIMITS = {name: (lowest, highest + 1) for name, (lowest, highest) in QUANTITIES.items()}
_LIMITS[YEARS] = (0, _LIMITS["age_months"][1] // 12)

_KINDS: Mapping[str, Callable[[Fields, int], Condition]] = {
    "all": _all,
    "always": _always,
    "any": _any,
    "at_least": _at_least,
    "flag": _flag,
    "not": _not,
    "quantity": _range,
    "symptom": _symptom,
}
