"""Advice: what a table of rules says of one person on one day, and why."""

from dataclasses import dataclass

from dp3t.symptoms.conditions import Atom, Flag, Range, Symptom, reasons, truth
from dp3t.symptoms.diary import Diary
from dp3t.symptoms.facts import Facts, facts_of
from dp3t.symptoms.rules import Rule, RuleTable
from dp3t.symptoms.words import Outcome, Texts
from dp3t.timeline import Day

_TENTHS = "temperature_tenths"


@dataclass(frozen=True, slots=True, repr=False)
class Fired:
    """A rule that is true, and the facts that make it so.

    Attributes:
        rule: with its text and its sources.
        facts: in words, each once.
    """

    rule: Rule
    facts: tuple[Texts, ...]

    def __repr__(self) -> str:
        return "Fired(hidden)"


@dataclass(frozen=True, slots=True, repr=False)
class Advice:
    """What somebody should do.

    Attributes:
        outcome: of the most urgent rule that is true.
        fired: every rule that is true, the most urgent first, then in the table's order.
        table: that says so.
    """

    outcome: Outcome
    fired: tuple[Fired, ...]
    table: RuleTable

    def __repr__(self) -> str:
        return "Advice(hidden)"

    @property
    def deciding(self) -> tuple[Fired, ...]:
        """The rules of that outcome."""
        return tuple(each for each in self.fired if each.rule.outcome is self.outcome)

    @property
    def first_less_urgent(self) -> Fired | None:
        """The rule with which those of other outcomes begin; None where there is none."""
        return next((each for each in self.fired if each.rule.outcome is not self.outcome), None)


def advise(diary: Diary, number: int, day: Day, table: RuleTable) -> Advice:
    """Return what a table says of a member on a day [RULES-7] [RULES-8].

    Args:
        diary: the family's.
        number: of the member.
        day: a day of the diary of which something was noted.
        table: the rules.

    Raises:
        PolicyError: the diary has no such member, or nothing was noted of the day.
    """
    persons = facts_of(diary, number, day, table.windows)
    fired = [each for rule in table.rules if (each := _fired(rule, persons, table)) is not None]
    fired.sort(key=lambda each: -each.rule.outcome.urgency)
    return Advice(fired[0].rule.outcome, tuple(fired), table)


def _fired(rule: Rule, persons: tuple[Facts, ...], table: RuleTable) -> Fired | None:
    """Return the rule as it fires, for the youngest or else for the oldest the person can be."""
    for facts in persons:
        if truth(rule.when, facts.asked):
            found = reasons(rule.when, facts.asked)
            told = [_in_words(atom, holds, facts, table) for atom, holds in found]
            return Fired(rule, tuple(dict.fromkeys(told)))
    return None


def _in_words(atom: Atom, holds: bool, facts: Facts, table: RuleTable) -> Texts:
    match atom:
        case Symptom(code):
            what = table.words["symptoms"][code]
        case Flag(name):
            what = table.words["flags"][name]
        case Range(shown):
            return _measured(table.words["quantities"][shown], facts.value(atom), shown == _TENTHS)
    if holds:
        return what
    absent = table.words["phrases"]["absent"]
    return Texts(vi=absent.vi.replace("{}", what.vi), en=absent.en.replace("{}", what.en))


def _measured(texts: Texts, value: int, tenths: bool) -> Texts:
    whole, part = divmod(value, 10)
    vi, en = (f"{whole},{part}", f"{whole}.{part}") if tenths else (str(value), str(value))
    return Texts(vi=texts.vi.replace("{}", vi), en=texts.en.replace("{}", en))
