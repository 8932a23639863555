"""spec/symptoms/rules.md: tables and their checks."""

import contextlib
import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.canonical_json import encode_json
from dp3t.codec import Value
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    TooEarlyError,
    UnknownKeyError,
)
from dp3t.publication.signing import TrustedKeys
from dp3t.symptoms.conditions import Atom, Condition, Range, Truth, condition_of, reasons, truth
from dp3t.symptoms.reachability import Steps, can_be_true
from dp3t.symptoms.rules import MAX_RULES_BYTES, RuleTable, sign_rules
from dp3t.symptoms.words import Outcome, Texts
from dp3t.timeline import Instant
from rule_tables import TABLE, changed, document, rule, rules
from stations import AUTHORITY, DAY, NOW, TRUSTED

COUGH, FEVER = {"symptom": "cough"}, {"symptom": "fever"}
LOW: dict[str, Any] = {"quantity": "spo2_percent", "below": 90}


def opened(data: bytes, *, now: int = NOW, newest: int = 0) -> RuleTable:
    return RuleTable.open(data, trusted=TRUSTED, now=Instant(now), newest=newest)


@pytest.mark.spec("RULES-1")
def test_a_signed_table_is_read_as_it_was_written() -> None:
    assert opened(sign_rules(document(), AUTHORITY)) == TABLE


@pytest.mark.spec("RULES-1")
def test_a_table_that_is_not_the_authoritys_or_not_of_now_is_refused() -> None:
    value = {**document(), "number": 7, "valid_from": NOW, "valid_until": NOW + DAY}
    data = sign_rules(value, AUTHORITY)
    with pytest.raises(UnknownKeyError):
        RuleTable.open(data, trusted=TrustedKeys(), now=NOW)
    with pytest.raises(TooEarlyError, match="rules 7 do not hold yet"):
        opened(data, now=NOW - 1)
    with pytest.raises(ExpiredError, match="rules 7 no longer hold"):
        opened(data, now=NOW + DAY)
    with pytest.raises(ExpiredError, match="rules 7 are replaced by 8"):
        opened(data, newest=8)
    assert opened(data, newest=7).number == 7


@pytest.mark.spec("RULES-1")
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("version", 2), ("number", 0), ("valid_until", 0), ("title", {"vi": "x"}), ("more", 1),
        ("notice", {"vi": "x", "en": ""}), ("windows", {}), ("rules", []), ("rules", [1]),
        ("sources", []), ("sources", {}), ("phrases", {"absent": {"vi": "x", "en": "{}"}}),
        ("phrases", {"absent": {"vi": "{} {}", "en": "{}"}}), ("phrases", {}), ("symptoms", {}),
        ("windows", {"fever_tenths": 200, "exposure_days": 14, "positive_days": 14}),
    ],
)  # fmt: skip
def test_a_table_of_another_form_is_refused(field: str, wrong: Any) -> None:
    value = document()
    with pytest.raises(MalformedError):
        opened(AUTHORITY.sign(encode_json({**value, field: wrong}), context="dp3t symptom rules 1"))


def test_nobody_signs_a_table_that_fails_a_check() -> None:
    with pytest.raises(MalformedError):
        sign_rules({**document(), "rules": []}, AUTHORITY)
    with pytest.raises(LimitError):
        opened(bytes(MAX_RULES_BYTES + 1))


@pytest.mark.spec("RULES-2", "RULES-6")
@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"symptom": "Cough"}, "unknown symptom"), ({"flag": "old"}, "unknown flag"),
        ({"quantity": "weight", "from": 1}, "unknown quantity"), ({}, "one kind"),
        ([], "one kind"), ({"symptom": "cough", "flag": "chronic"}, "no known kind"),
        ({"maybe": 1}, "no known kind"), ({"all": []}, "no parts"), ({"any": []}, "no parts"),
        ({"at_least": 3, "of": [COUGH, FEVER]}, "more parts"), ({"at_least": 0, "of": [COUGH]}, ""),
        ({"always": False}, "never true"), ({"quantity": "spo2_percent"}, "no bound"),
        ({"quantity": "spo2_percent", "below": 50}, "range"), ({**LOW, "from": 90}, "range"),
        ({"quantity": "spo2_percent", "from": 101}, "range"), ({**LOW, "unit": 1}, "unknown field"),
        ({"quantity": [], "from": 1}, "text"),
        ({"not": {"not": {"not": {"not": {"not": {"not": COUGH}}}}}}, "6 levels"),
        ({"any": [{"any": [COUGH] * 40}, {"any": [FEVER] * 25}]}, "64 comparisons"),
    ],
)  # fmt: skip
def test_a_condition_of_another_form_is_refused_by_the_name_of_its_rule(
    when: Any, words: str
) -> None:
    with pytest.raises(MalformedError, match=f"rule odd: .*{words}"):
        changed(rules=rules(rule("odd", when)))


@pytest.mark.spec("RULES-6")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": {"vi": "Gọi"}}, "lacks en"), ({"text": {"vi": "", "en": "x"}}, "empty"),
        ({"sources": []}, "no source"), ({"sources": ["t"]}, "does not have"),
        ({"sources": [1]}, "does not have"), ({"outcome": "wait"}, "none of the four"),
        ({"why": 1}, "unknown field"),
    ],
)  # fmt: skip
def test_a_rule_without_text_source_or_outcome_is_refused(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(MalformedError, match=f"rule odd: .*{words}"):
        changed(rules=rules(rule("odd", FEVER, **fields)))
    with pytest.raises(MalformedError, match="id of a rule"):
        changed(rules=rules(rule("an odd\nid", FEVER)))


@pytest.mark.spec("RULES-6")
@pytest.mark.parametrize(
    "when",
    [
        {"all": [LOW, {"quantity": "spo2_percent", "from": 95}]},
        {"all": [COUGH, {"not": COUGH}]},
        {"not": {"always": True}},
        {"all": [
            {"quantity": "age_years", "from": 5}, {"quantity": "age_months", "below": 60},
        ]},
        {"at_least": 2, "of": [COUGH, {"not": COUGH}]},
    ],
)  # fmt: skip
def test_a_rule_that_contradicts_itself_is_refused(when: Any) -> None:
    with pytest.raises(MalformedError, match="rule odd: the condition contradicts itself"):
        changed(rules=rules(rule("odd", when)))


@pytest.mark.spec("RULES-6")
@pytest.mark.parametrize(
    ("when", "outcome"),
    [
        ({"quantity": "spo2_percent", "below": 85}, "test"),
        ({"all": [COUGH, LOW]}, "test"),
        ({"symptom": "convulsion"}, "call"),
        ({"all": [{"symptom": "convulsion"}, FEVER]}, "stay"),
        ({"any": [{"symptom": "convulsion"}, LOW]}, "test"),
    ],
)
def test_a_rule_that_can_never_decide_is_refused(when: Any, outcome: str) -> None:
    with pytest.raises(MalformedError, match="rule odd: a more urgent one"):
        changed(rules=rules(rule("odd", when, outcome)))


@pytest.mark.spec("RULES-6")
def test_a_table_lacking_something_is_refused() -> None:
    good = rules()
    changed(rules=good)
    for at, word in enumerate(("emergency", "call", "test", "stay")):
        with pytest.raises(MalformedError, match=f"no rule has the outcome {word}"):
            changed(rules=good[:at] + good[at + 1 :])
    with pytest.raises(MalformedError, match="two rules have one id"):
        changed(rules=[*good, good[0]])
    with pytest.raises(MalformedError, match="for whom no rule is true"):
        changed(rules=[*good[:3], rule("stay", {"not": FEVER}, "stay")])
    value = document()
    with pytest.raises(MalformedError, match="for no rule"):
        RuleTable.of_value(
            {**value, "rules": [{**each, "sources": ["byt-261"]} for each in value["rules"]]}
        )
    for kind in ("symptoms", "flags", "quantities"):
        words = {**value[kind]}
        words.popitem()
        for wrong in (words, {**value[kind], "other": {"vi": "x", "en": "x"}}):
            with pytest.raises(MalformedError, match=kind):
                RuleTable.of_value({**value, kind: wrong})


@pytest.mark.spec("RULES-6")
@pytest.mark.parametrize("field", ["document", "section", "date", "seen", "place"])
def test_a_source_that_does_not_say_where_is_refused(field: str) -> None:
    value = document()
    value["sources"]["byt-261"][field] = ""
    with pytest.raises(MalformedError, match="a source"):
        RuleTable.of_value(value)


@pytest.mark.spec("RULES-6")
def test_a_table_that_takes_too_long_to_check_is_refused() -> None:
    codes = list(document()["symptoms"])[:26]
    halves = [codes[:13], codes[13:]]
    odd = {"all": [{"at_least": 7, "of": [{"symptom": code} for code in half]} for half in halves]}
    even = {"any": [{"at_least": 7, "of": [{"symptom": code} for code in half]} for half in halves]}
    with pytest.raises(LimitError, match=r"rule odd: .*too many to check"):
        changed(rules=[*rules()[1:], rule("danger", even, "emergency"), rule("odd", odd, "call")])


@pytest.mark.spec("RULES-6")
def test_the_steps_of_a_table_are_counted_together() -> None:
    condition = condition_of({"any": [COUGH, FEVER]})
    once = Steps()
    assert can_be_true(condition, steps=once)
    twice = Steps(left=2 * (Steps().left - once.left))
    assert all(can_be_true(condition, steps=twice) for _ in range(2))
    assert twice.left == 0
    with pytest.raises(LimitError):
        can_be_true(condition, steps=twice)


SMALL: list[Any] = [COUGH, FEVER, LOW, {"quantity": "spo2_percent", "from": 95, "below": 97}]
conditions: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(SMALL),
    lambda part: (
        st.builds(lambda of: {"all": of}, st.lists(part, min_size=1, max_size=3))
        | st.builds(lambda of: {"any": of}, st.lists(part, min_size=1, max_size=3))
        | st.builds(lambda one, two: {"at_least": 1, "of": [one, two]}, part, part)
        | st.builds(lambda one, two: {"at_least": 2, "of": [one, two, one]}, part, part)
        | st.builds(lambda of: {"not": of}, part)
    ),
    max_leaves=6,
).filter(lambda value: str(value).count("{") < 12)  # fmt: skip


def person(cough: bool, fever: bool, spo2: int | None) -> Any:
    def asked(atom: Atom) -> Truth:
        if isinstance(atom, Range):
            return None if spo2 is None else atom.start <= spo2 < atom.end
        return {"cough": cough, "fever": fever}[atom.code if hasattr(atom, "code") else ""]

    return asked


PERSONS = [person(*each) for each in product((False, True), (False, True), (None, 80, 92, 96, 99))]


def shallow(value: Value) -> Condition | None:
    with contextlib.suppress(LimitError):
        return condition_of(value)
    return None


@pytest.mark.spec("RULES-6")
@given(conditions, st.lists(conditions, max_size=2))
def test_reachability_is_what_trying_every_person_finds(value: Any, others: list[Any]) -> None:
    found, without = shallow(value), [each for other in others if (each := shallow(other))]
    if found is None:
        return
    tried = any(
        truth(found, asked) is True and all(truth(each, asked) is not True for each in without)
        for asked in PERSONS
    )
    assert can_be_true(found, without=without) == tried


@pytest.mark.spec("RULES-8")
@given(conditions, st.sampled_from(PERSONS))
def test_the_facts_told_make_the_condition_true_by_themselves(value: Any, asked: Any) -> None:
    found = shallow(value)
    if found is None or truth(found, asked) is not True:
        return
    told = dict(reasons(found, asked))
    assert all(asked(atom) is holds for atom, holds in told.items())
    assert truth(found, told.get) is True


@pytest.mark.spec("RULES-3")
@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (LOW, None),
        ({"not": LOW}, None),
        ({"all": [LOW, COUGH]}, None),
        ({"all": [LOW, FEVER]}, False),
        ({"any": [LOW, COUGH]}, True),
        ({"any": [LOW, FEVER]}, None),
        ({"at_least": 2, "of": [LOW, COUGH, FEVER]}, None),
        ({"at_least": 2, "of": [LOW, FEVER, FEVER]}, False),
        ({"at_least": 1, "of": [LOW, COUGH, FEVER]}, True),
    ],
)
def test_what_is_not_known_is_neither_true_nor_false(when: Any, expected: Truth) -> None:
    assert truth(condition_of(when), person(True, False, None)) is expected


def test_texts_are_vietnamese_and_english() -> None:
    every = [TABLE.title, TABLE.notice, *(each.text for each in TABLE.rules)]
    every += [texts for words in TABLE.words.values() for texts in words.values()]
    assert all(texts.vi != texts.en for texts in every if texts.en != "SpO2 {}%")
    spoken = [texts.vi for texts in every if len(texts.vi) > 12]
    assert not [text for text in spoken if text.isascii()]


def test_every_source_says_how_it_was_seen() -> None:
    named = {source for each in TABLE.rules for source in each.sources}
    assert {source.seen for source in named} == {"document", "report"}
    assert all(each.sources for each in TABLE.rules)
    assert {each.outcome for each in TABLE.rules} == set(Outcome)


@settings(max_examples=40)
@given(st.binary(max_size=60), st.integers(0, 30_000))
def test_any_signed_bytes_are_a_table_or_refused(data: bytes, at: int) -> None:
    good = encode_json(document())
    for payload in (data, good[:at] + data + good[at + len(data) :]):
        with contextlib.suppress(Dp3tError):
            opened(AUTHORITY.sign(payload, context="dp3t symptom rules 1"))


def test_a_text_is_asked_for_in_two_languages() -> None:
    assert Texts("a", "b").in_language("vi") == "a"
    assert Texts("a", "b").in_language("en") == "b"
    with pytest.raises(ValueError, match="vi and en"):
        Texts("a", "b").in_language("fr")
    assert json.loads(encode_json(Texts("a", "b").to_value())) == {"en": "b", "vi": "a"}
