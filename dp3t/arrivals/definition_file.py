"""Reading the definition of a form: from JSON to the values of `definition`."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from dp3t.arrivals.definition import (
    KINDS,
    TODAY,
    Bound,
    Choice,
    Condition,
    Field,
    Section,
    Text,
)
from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError

_COUNTRY = re.compile(r"[A-Z]{2}")
_NAME = re.compile(r"[a-z][a-z_]{0,31}")
_CODE = re.compile(r"[A-Za-z0-9-]{1,16}")
_LONGEST_TEXT = 400
_COMMON = {"name", "kind", "required", "for", "label", "hint", "when", "autocomplete"}
_FEATURES: Mapping[str, frozenset[str]] = {
    "text": frozenset({"shortest", "longest", "pattern", "keyboard"}),
    "date": frozenset({"partial", "earliest", "latest"}),
    "moment": frozenset({"earliest", "latest"}),
    "country": frozenset(),
    "choice": frozenset({"choices"}),
    "choices": frozenset({"choices", "alone"}),
    "group": frozenset({"least", "most", "fields"}),
}
"""What a field of each kind has beside what all can have."""

_NEEDED: Mapping[str, frozenset[str]] = {
    "text": frozenset({"longest"}),
    "choice": frozenset({"choices"}),
    "choices": frozenset({"choices"}),
    "group": frozenset({"most", "fields"}),
}
"""What of it a definition has to say."""

_KEYBOARDS = ("text", "tel", "email")


def text_of(value: Value) -> Text:
    """Return a text of a definition; MalformedError unless it is there in both languages."""
    fields = Fields(value, what="a text")
    text = Text(
        vi=fields.text("vi", longest=_LONGEST_TEXT), en=fields.text("en", longest=_LONGEST_TEXT)
    )
    fields.done()
    if not text.vi or not text.en:
        raise MalformedError("a text is missing in one language")
    return text


def texts_of(value: Value) -> Mapping[str, Text]:
    """Return texts by name; MalformedError where there are none."""
    if not isinstance(value, dict):
        raise MalformedError("texts are a map")
    return MappingProxyType({name: text_of(each) for name, each in value.items()})


def choice_of(value: Value) -> Choice:
    """Return a choice of a definition; MalformedError where there is none."""
    fields = Fields(value, what="a choice")
    code, label = fields.text("code", longest=16), text_of(fields.value("label"))
    fields.done()
    if not _CODE.fullmatch(code):
        raise MalformedError("the code of a choice is letters, digits and hyphens")
    return Choice(code, label)


def ranges_of(value: Value) -> tuple[range, ...]:
    """Return ranges of characters, both ends included in their pairs; MalformedError otherwise."""
    if not isinstance(value, list):
        raise MalformedError("ranges of characters are a list")
    found = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise MalformedError("a range of characters is a pair")
        first, last = pair
        if type(first) is not int or type(last) is not int or not 0 <= first <= last < 0x110000:
            raise MalformedError("a range of characters is two numbers in order")
        found.append(range(first, last + 1))
    return tuple(found)


def countries_of(value: Value) -> tuple[str, ...]:
    """Return codes of countries; MalformedError where there are none."""
    if not isinstance(value, list) or not value:
        raise MalformedError("countries are a list")
    codes = [each for each in value if isinstance(each, str) and _COUNTRY.fullmatch(each)]
    if len(codes) < len(value) or sorted(set(codes)) != codes:
        raise MalformedError("countries are codes of two capital letters in order, each once")
    return tuple(codes)


def patterns_of(value: Value) -> Mapping[str, tuple[re.Pattern[str], Text]]:
    """Return compiled patterns and their messages by name; MalformedError where there are none."""
    if not isinstance(value, dict):
        raise MalformedError("patterns are a map")
    found = {}
    for name, each in value.items():
        fields = Fields(each, what="a pattern")
        message = text_of(fields.value("message"))
        try:
            found[name] = re.compile(fields.text("pattern", longest=200)), message
        except re.error:
            raise MalformedError("a pattern is no regular expression") from None
        fields.done()
    return MappingProxyType(found)


def section_of(value: Value) -> Section:
    """Return a section of a definition; MalformedError where there is none."""
    fields = Fields(value, what="a section")
    section = Section(
        fields.text("name", longest=32),
        text_of(fields.value("label")),
        tuple(_field_of(each) for each in fields.items("fields", most=60)),
    )
    fields.done()
    return section


def _field_of(value: Value, *, kinds: Sequence[str] = KINDS) -> Field:
    fields = _defined(value, kinds)
    name, keyboard = fields.text("name", longest=32), fields.text("keyboard", longest=8)
    if not _NAME.fullmatch(name) or name == TODAY or keyboard not in _KEYBOARDS:
        raise MalformedError("a field has an impossible name or an unknown input")
    return Field(
        name=name,
        kind=fields.text("kind", longest=16),
        required=fields.boolean("required"),
        readers=tuple(_words(fields.value("for"))),
        label=text_of(fields.value("label")),
        hint=_optional_text(fields.value("hint")),
        when=_condition_of(fields.value("when")),
        autocomplete=fields.text("autocomplete", longest=32),
        shortest=fields.integer("shortest", 1, 1000),
        longest=fields.integer("longest", 1, 1000),
        pattern=fields.text("pattern", longest=16) or None,
        keyboard=keyboard,
        partial=fields.boolean("partial"),
        earliest=_bound_of(fields.value("earliest")),
        latest=_bound_of(fields.value("latest")),
        choices=tuple(choice_of(each) for each in fields.items("choices", most=100)),
        alone=tuple(_words(fields.value("alone"))),
        least=fields.integer("least", 0, 100),
        most=fields.integer("most", 0, 100),
        fields=tuple(_field_of(each, kinds=KINDS[:-1]) for each in fields.items("fields", most=20)),
    )


def _defined(value: Value, kinds: Sequence[str]) -> Fields:
    """Return what a field's definition says, filled up with what it does not say."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or kind not in kinds:
        raise MalformedError("a field has an unknown kind")
    if not value.keys() <= _COMMON | _FEATURES[kind] or not value.keys() >= _NEEDED.get(
        kind, set()
    ):
        raise MalformedError(
            f"a field of the kind {kind} lacks what it needs or has what it cannot"
        )
    return Fields({**_DEFAULTS, **value}, what="a field")


_DEFAULTS: Mapping[str, Value] = {
    "required": False,
    "hint": {},
    "when": {},
    "autocomplete": "",
    "shortest": 1,
    "longest": 1,
    "pattern": "",
    "keyboard": "text",
    "partial": False,
    "earliest": {},
    "latest": {},
    "choices": [],
    "alone": [],
    "least": 0,
    "most": 0,
    "fields": [],
}
"""What a field has where its definition does not say."""


def _optional_text(value: Value) -> Text | None:
    return text_of(value) if value != {} else None


def _condition_of(value: Value) -> Condition | None:
    if value == {}:
        return None
    fields = Fields(value, what="a condition")
    condition = Condition(fields.text("field", longest=32), frozenset(_words(fields.value("is"))))
    fields.done()
    return condition


def _bound_of(value: Value) -> Bound | None:
    if value == {}:
        return None
    fields = Fields(value, what="a bound")
    bound = Bound(fields.text("from", longest=32), fields.integer("days", -36_500, 36_500))
    fields.done()
    return bound


def _words(value: Value) -> list[str]:
    if not isinstance(value, list):
        raise MalformedError("words are a list")
    words = [each for each in value if isinstance(each, str)]
    if len(words) < len(value) or len(set(words)) < len(words):
        raise MalformedError("words are texts, each once")
    return words
