"""Whether a rule can ever decide: a search for a person whom it, and no more urgent one, fits.

The search is exact. It splits each quantity where some rule compares it, and leaves a branch as
soon as what is known rules it out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dp3t.errors import LimitError
from dp3t.symptoms.conditions import (
    QUANTITIES,
    AtLeast,
    Atom,
    Condition,
    Flag,
    Not,
    Range,
    Symptom,
    Truth,
    atoms,
    truth,
)

MOST_STEPS = 2_000
"""How many the searches of one table may take together; the table of the package takes 326."""

_NOT_KNOWN = -1
_AGE = "age_months"


@dataclass(slots=True)
class Steps:
    """How many steps several searches may still take together."""

    left: int = MOST_STEPS

    def take(self) -> None:
        """Take one; LimitError where none is left."""
        if not self.left:
            raise LimitError("the conditions of the rules are too many to check")
        self.left -= 1


@dataclass(frozen=True, slots=True)
class _Person:
    """Some answers: 0 and 1 for symptoms and flags, values for quantities.

    Attributes:
        answers: by what is asked.
        undecided: whether what has no answer may still get one, or is absent and unknown.
    """

    answers: Mapping[str, int]
    undecided: bool

    def asked(self, atom: Atom) -> Truth:
        value = self.answers.get(_variable(atom))
        if isinstance(atom, Range):
            return None if value in (None, _NOT_KNOWN) else atom.start <= (value or 0) < atom.end
        if value is None:
            return None if self.undecided else False
        return bool(value)


def can_be_true(
    condition: Condition, *, without: Sequence[Condition] = (), steps: Steps | None = None
) -> bool:
    """Return whether some person fits a condition and none of some others.

    Args:
        condition: that the person fits.
        without: those that the person does not fit.
        steps: what the search may take; a table's worth where it is not said.

    Raises:
        LimitError: too many combinations to find out.
    """
    every = (condition, *without)
    choices = dict(_choices(atom for each in every for atom in atoms(each)))
    steps = steps or Steps()
    ages = choices.pop(_AGE, None)  # everybody has an age, so no branch is without one
    stack: list[dict[str, int]] = [{}] if ages is None else [{_AGE: age} for age in reversed(ages)]
    while stack:
        answers = stack.pop()
        steps.take()
        if _fits(_Person(answers, undecided=False), condition, without):
            return True
        if _ruled_out(_Person(answers, undecided=True), condition, without):
            continue
        rest = [name for name in choices if name not in answers]
        if rest:
            stack += [{**answers, rest[0]: value} for value in reversed(choices[rest[0]])]
    return False


def _fits(person: _Person, condition: Condition, without: Sequence[Condition]) -> bool:
    if truth(condition, person.asked) is not True:
        return False
    return all(truth(each, person.asked) is not True for each in without)


def _ruled_out(person: _Person, condition: Condition, without: Sequence[Condition]) -> bool:
    if not _could_be(condition, person, wanted=True):
        return True
    return any(truth(each, person.asked) is True for each in without)


def _could_be(condition: Condition, person: _Person, *, wanted: bool) -> bool:
    """Return whether more answers could make a condition true, or false, as is wanted."""
    match condition:
        case Not(part):
            return _could_be(part, person, wanted=not wanted)
        case AtLeast(least, parts):
            could = sum(_could_be(part, person, wanted=wanted) for part in parts)
            return could >= least if wanted else could > len(parts) - least
        case _:
            if _variable(condition) not in person.answers:
                return True
            return person.asked(condition) is wanted


def _variable(atom: Atom) -> str:
    match atom:
        case Symptom(code):
            return f"symptom {code}"
        case Flag(name):
            return f"flag {name}"
        case Range():
            return atom.quantity


def _choices(every: Iterable[Atom]) -> Iterator[tuple[str, list[int]]]:
    """Yield what can be answered to each question, in the order in which they are asked."""
    found = dict[str, set[int]]()
    for atom in every:
        cuts = {atom.start, atom.end} if isinstance(atom, Range) else {0, 1}
        found.setdefault(_variable(atom), set()).update(cuts)
    for name, cuts in found.items():
        if name not in QUANTITIES:
            yield name, sorted(cuts)
            continue
        lowest, highest = QUANTITIES[name]
        values = sorted({lowest, *cuts} - {highest + 1})
        yield name, values if name == _AGE else [_NOT_KNOWN, *values]
