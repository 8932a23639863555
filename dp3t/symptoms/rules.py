"""The table of rules: data that anybody can read, signed by the authority, checked when loaded.

A rule is a condition, what to do where it is true, in both languages, and where that comes from.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from dp3t.canonical_json import JsonValue
from dp3t.codec import Fields, Value
from dp3t.errors import LimitError, MalformedError
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.symptoms.conditions import (
    ALWAYS,
    FLAGS,
    QUANTITIES,
    YEARS,
    Condition,
    condition_of,
)
from dp3t.symptoms.documents import (
    HIGHEST_NUMBER,
    current,
    moment,
    open_document,
    require_document,
    sign_document,
)
from dp3t.symptoms.entry import MEASURES, SYMPTOMS
from dp3t.symptoms.facts import Windows
from dp3t.symptoms.reachability import Steps, can_be_true
from dp3t.symptoms.words import Outcome, Texts
from dp3t.timeline import Instant

MAX_RULES_BYTES = 2**18
MAX_RULES = 96
RULES_CONTEXT = "dp3t symptom rules 1"
_VERSION = 1
_MAX_TEXT_BYTES = 1_000
_SEEN = ("document", "report", "memory")
T = TypeVar("T")

_WORDS = {
    "flags": FLAGS,
    "quantities": (*sorted(QUANTITIES), YEARS),
    "symptoms": SYMPTOMS,
    "phrases": ("absent",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a rule comes from.

    Attributes:
        document: who published it, and how it is called.
        section: where in it.
        date: of the document, ISO 8601.
        seen: what the authors of the table had before them: the "document" itself, a "report" of
            it by others, or only their "memory".
        place: where that was read.
        note: what else a reader should know; empty where there is nothing.
    """

    document: str
    section: str
    date: str
    seen: str
    place: str
    note: str

    @classmethod
    def from_value(cls, value: Value) -> "Source":
        """Return a source in a document; MalformedError where something of it is missing."""
        fields = Fields(value, what="a source")
        names = ("document", "section", "date", "seen", "place", "note")
        source = cls(**{name: fields.text(name, longest=_MAX_TEXT_BYTES) for name in names})
        fields.done()
        if source.seen not in _SEEN:
            raise MalformedError("a source was seen in none of the three ways")
        if not (source.document and source.section and source.date and source.place):
            raise MalformedError("a source does not say where it stands")
        return source


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        name: its own in the table, and the same in later tables as long as it means the same.
        when: the condition.
        outcome: what to do.
        text: the same in words.
        sources: where it comes from, at least one.
    """

    name: str
    when: Condition
    outcome: Outcome
    text: Texts
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """A table of rules that has passed every check.

    Attributes:
        number: of the table, higher in each that replaces another.
        valid_from: first moment at which it holds.
        valid_until: first moment at which it no longer holds.
        title: how it is called.
        notice: what is said beside every advice.
        windows: how far back the rules look.
        words: texts for symptoms, flags, quantities and phrases, by kind and code.
        rules: in the order of the document.
    """

    number: int
    valid_from: Instant
    valid_until: Instant
    title: Texts
    notice: Texts
    windows: Windows
    words: Mapping[str, Mapping[str, Texts]]
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        require_document(self, what="rules")
        _require_deciding(self.rules)

    @classmethod
    def open(
        cls, data: bytes, *, trusted: TrustedKeys, now: Instant, newest: int = 0
    ) -> "RuleTable":
        """Return the table in a signed document [RULES-1].

        Args:
            data: the document.
            trusted: the authority's keys.
            now: the present.
            newest: the highest number seen before; a lower one is not taken.

        Raises:
            MalformedError: no table, or one that fails a check; the message names the rule.
            VerificationError: not signed by the authority, or not with a key of that time.
            ExpiredError: it is replaced or no longer holds.
            TooEarlyError: it does not hold yet.
        """
        value, signer = open_document(
            data, context=RULES_CONTEXT, trusted=trusted, limit_bytes=MAX_RULES_BYTES
        )
        return current(cls.of_value(value), signer, now=now, newest=newest, what="rules")

    @classmethod
    def of_value(cls, value: Value) -> "RuleTable":
        """Return the table that a document describes, checked [RULES-2] [RULES-6].

        Raises:
            MalformedError: a field of another form, an unknown symptom, a missing text or source,
                a rule that contradicts itself or can never decide; the message names the rule.
        """
        fields = Fields(value, what="the rules")
        fields.version(_VERSION)
        sources = _map(fields.value("sources"), Source.from_value, what="the sources")
        table = cls(
            number=fields.integer("number", 1, HIGHEST_NUMBER),
            valid_from=moment(fields, "valid_from"),
            valid_until=moment(fields, "valid_until"),
            title=_texts(fields.value("title")),
            notice=_texts(fields.value("notice")),
            windows=_windows(fields.nested("windows")),
            words={kind: _words(fields.value(kind), kind) for kind in _WORDS},
            rules=tuple(_rule(each, sources) for each in fields.items("rules", most=MAX_RULES)),
        )
        fields.done()
        _require_used(sources, table.rules)
        return table


def sign_rules(value: JsonValue, key: SigningKey) -> bytes:
    """Return the signed document of a table, after every check [RULES-1].

    Raises:
        MalformedError: it fails one.
    """
    signed = sign_document(value, key, context=RULES_CONTEXT)
    payload, _ = open_document(
        signed,
        context=RULES_CONTEXT,
        trusted=TrustedKeys([key.public()]),
        limit_bytes=MAX_RULES_BYTES,
    )
    RuleTable.of_value(payload)
    return signed


def _windows(fields: Fields) -> Windows:
    windows = Windows(
        fever_tenths=fields.integer("fever_tenths", *MEASURES["temperature_tenths"]),
        exposure_days=fields.integer("exposure_days", 0, 28),
        positive_days=fields.integer("positive_days", 0, 28),
    )
    fields.done()
    return windows


def _texts(value: Value) -> Texts:
    fields = Fields(value, what="a text")
    return Texts.of(fields, longest_bytes=_MAX_TEXT_BYTES, what="a text")


def _words(value: Value, kind: str) -> Mapping[str, Texts]:
    words = _map(value, _texts, what=f"the {kind}")
    if words.keys() != set(_WORDS[kind]):
        raise MalformedError(f"the {kind} lack a text or have one too many")
    if kind in ("quantities", "phrases"):
        for texts in words.values():
            if texts.vi.count("{}") != 1 or texts.en.count("{}") != 1:
                raise MalformedError(f"a text of the {kind} has no place for what it tells")
    return words


def _map(value: Value, read: Callable[[Value], T], *, what: str) -> dict[str, T]:
    if not isinstance(value, dict):
        raise MalformedError(f"{what} are not an object")
    return {name: read(each) for name, each in value.items()}


def _rule(value: Value, sources: Mapping[str, Source]) -> Rule:
    fields = Fields(value, what="a rule")
    name = fields.text("id", longest=48)
    if not name or not name.replace("-", "").isalnum() or not name.isascii():
        raise MalformedError("the id of a rule is letters, digits and hyphens")
    try:
        rule = Rule(
            name=name,
            when=condition_of(fields.value("when")),
            outcome=_outcome(fields.text("outcome", longest=16)),
            text=_texts(fields.value("text")),
            sources=_named(fields.items("sources", most=8), sources),
        )
        fields.done()
    except MalformedError as error:
        raise type(error)(f"rule {name}: {error}") from None
    return rule


def _outcome(word: str) -> Outcome:
    if word not in list(Outcome):
        raise MalformedError("the outcome is none of the four")
    return Outcome(word)


def _named(names: Iterable[Value], sources: Mapping[str, Source]) -> tuple[Source, ...]:
    every = list(names)
    if not every:
        raise MalformedError("no source is named")
    if not all(isinstance(name, str) and name in sources for name in every):
        raise MalformedError("a source is named that the table does not have")
    return tuple(sources[str(name)] for name in every)


def _require_deciding(rules: tuple[Rule, ...]) -> None:
    """Check that names are unique, that every outcome has a rule, and every rule a case [RULES-6].

    The rules of one outcome share its cases: a rule has one if no more urgent rule is true in it.
    """
    names = [rule.name for rule in rules]
    if len(set(names)) != len(names):
        raise MalformedError("two rules have one id")
    missing = set(Outcome) - {rule.outcome for rule in rules}
    if missing:
        raise MalformedError(f"no rule has the outcome {min(missing)}")
    steps = Steps()
    for rule in rules:
        urgent = [each.when for each in rules if each.outcome.urgency > rule.outcome.urgency]
        try:
            if not can_be_true(rule.when, steps=steps):
                raise MalformedError(f"rule {rule.name}: the condition contradicts itself")
            if not can_be_true(rule.when, without=urgent, steps=steps):
                raise MalformedError(f"rule {rule.name}: a more urgent one is true in each case")
        except LimitError as error:
            raise LimitError(f"rule {rule.name}: {error}") from None
    if can_be_true(ALWAYS, without=[rule.when for rule in rules], steps=steps):
        raise MalformedError("there is somebody for whom no rule is true")


def _require_used(sources: Mapping[str, Source], rules: tuple[Rule, ...]) -> None:
    used = set(chain.from_iterable(rule.sources for rule in rules))
    if used != set(sources.values()):
        raise MalformedError("a source stands there for no rule")
