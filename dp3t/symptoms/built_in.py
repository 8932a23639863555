"""The table of rules that comes with the package, for whom no authority has signed another."""

from importlib.resources import files

from dp3t.canonical_json import JsonValue, read_json
from dp3t.symptoms.rules import MAX_RULES_BYTES, RuleTable

HOME_CARE = "home-care-1.json"


def built_in_rules_value() -> JsonValue:
    """Return the document as an authority signs it, `tables/home-care-1.json` of the package."""
    data = files("dp3t.symptoms").joinpath("tables", HOME_CARE).read_bytes()
    return read_json(data, limit_bytes=MAX_RULES_BYTES)


def built_in_rules() -> RuleTable:
    """Return the table, checked like any other."""
    return RuleTable.of_value(built_in_rules_value())
