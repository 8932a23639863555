"""The table of rules that comes with the library, and small changes of it."""

from copy import deepcopy
from typing import Any

from dp3t.symptoms.built_in import built_in_rules, built_in_rules_value
from dp3t.symptoms.rules import RuleTable

TABLE = built_in_rules()


def document() -> Any:
    """Return the document, which the caller may change."""
    return deepcopy(built_in_rules_value())


def changed(*, rules: list[Any] | None = None, **fields: Any) -> RuleTable:
    """Return the table with other fields, or with other rules of one source."""
    value = {**document(), **fields}
    if rules is not None:
        value["rules"] = rules
        value["sources"] = {"s": next(iter(value["sources"].values()))}
    return RuleTable.of_value(value)


def rule(name: str, when: Any, outcome: str = "call", **fields: Any) -> Any:
    text = {"vi": "Gọi", "en": "Call"}
    return {"id": name, "when": when, "outcome": outcome, "sources": ["s"], "text": text, **fields}


def rules(*more: Any) -> list[Any]:
    """Return a rule of each outcome and more."""
    return [
        rule("danger", {"symptom": "convulsion"}, "emergency"),
        rule("call", {"quantity": "spo2_percent", "below": 90}, "call"),
        rule("test", {"symptom": "cough"}, "test"),
        rule("stay", {"always": True}, "stay"),
        *more,
    ]
