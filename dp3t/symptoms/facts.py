"""The facts of one person on one day that rules ask for, drawn from the diary."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dp3t.errors import PolicyError
from dp3t.symptoms.conditions import Atom, Flag, Range, Symptom, Truth
from dp3t.symptoms.diary import Diary, Member
from dp3t.symptoms.entry import MEASURES, Entry, TestResult
from dp3t.timeline import Day

UNNOTED_DAYS = 2
"""For how many days in a row nothing may be noted within one stretch of illness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """How far back rules look.

    Attributes:
        fever_tenths: from which temperature on, in tenths of a degree, somebody has a fever.
        exposure_days: for how many days a contact counts.
        positive_days: for how many days a positive test counts.
    """

    fever_tenths: int
    exposure_days: int
    positive_days: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Facts:
    """What is known of a person on a day.

    Attributes:
        symptoms: of the day, a measured fever among them.
        flags: that are so.
        quantities: that are known.
    """

    symptoms: frozenset[str]
    flags: frozenset[str]
    quantities: Mapping[str, int]

    def __repr__(self) -> str:
        return "Facts(hidden)"

    def asked(self, atom: Atom) -> Truth:
        """Return whether a comparison is true; None where the quantity is not known."""
        match atom:
            case Symptom(code):
                return code in self.symptoms
            case Flag(name):
                return name in self.flags
            case Range(_, start, end):
                value = self.quantities.get(atom.quantity)
                return None if value is None else start <= value < end

    def value(self, atom: Range) -> int:
        """Return what a comparison compared, in its own unit."""
        value = self.quantities[atom.quantity]
        return value // 12 if atom.shown != atom.quantity else value


def facts_of(diary: Diary, number: int, day: Day, windows: Windows) -> tuple[Facts, ...]:
    """Return the facts for the youngest and for the oldest that the person can be [RULES-4].

    Raises:
        PolicyError: the diary has no such member, or nothing was noted of the day.
    """
    member = diary.member(number)
    days = {of: entry for of, entry in diary.days_of(number).items() if of <= day}
    if day not in days:
        raise PolicyError("nothing was noted of that day")
    symptoms = {of: _symptoms(entry, windows) for of, entry in days.items()}
    flags = frozenset(_flags(member, days, day, windows))
    known = dict(_known(days[day], symptoms, day))
    return tuple(
        Facts(symptoms=symptoms[day], flags=flags, quantities={**known, "age_months": age})
        for age in sorted(set(member.age_months(day)))
    )


def _symptoms(entry: Entry, windows: Windows) -> frozenset[str]:
    feverish = (entry.temperature_tenths or 0) >= windows.fever_tenths
    return entry.symptoms | {"fever"} if feverish else entry.symptoms


def _flags(member: Member, days: Mapping[Day, Entry], day: Day, windows: Windows) -> Iterator[str]:
    if member.chronic:
        yield "chronic"
    if member.pregnant:
        yield "pregnant"
    if any(entry.exposed for of, entry in days.items() if of >= day - windows.exposure_days):
        yield "exposed"
    tests = [(of, entry.test) for of, entry in sorted(days.items()) if entry.test is not None]
    if (
        tests
        and tests[-1][1] is TestResult.POSITIVE
        and tests[-1][0] >= day - windows.positive_days
    ):
        yield "positive"


def _known(
    entry: Entry, symptoms: Mapping[Day, frozenset[str]], day: Day
) -> Iterator[tuple[str, int]]:
    for name in MEASURES:
        value = entry.measured(name)
        if value is not None:
            yield name, value
    for name, noted in (
        ("days_feverish", {of: "fever" in each for of, each in symptoms.items()}),
        ("days_ill", {of: bool(each) for of, each in symptoms.items()}),
    ):
        if noted[day]:
            yield name, _stretch(noted, day)


def _stretch(noted: Mapping[Day, bool], day: Day) -> int:
    """Return for how many days it has been so, the first and the last counted [RULES-5]."""
    first = day
    for of in sorted(noted, reverse=True):
        if of > first or first - of > UNNOTED_DAYS + 1 or not noted[of]:
            break
        first = of
    return day - first + 1
