"""The voluntary declaration: a diary on the device, sealed help, private statistics.

The modules behind these names are imported when one of them is used.
"""

from typing import TYPE_CHECKING

from dp3t.faces import face

if TYPE_CHECKING:
    from dp3t.symptoms.advice import Advice, Fired, advise
    from dp3t.symptoms.built_in import built_in_rules, built_in_rules_value
    from dp3t.symptoms.callback import CallMe, ICallYou, VisitMe
    from dp3t.symptoms.diary import DIARY_KEY_BYTES, DIARY_RETENTION_DAYS, Diary, Member
    from dp3t.symptoms.entry import SYMPTOMS, Entry, TestResult
    from dp3t.symptoms.help import (
        HELP_BYTES,
        HELP_DAYS,
        HELP_REFUSALS,
        HelpRequest,
        SealedHelp,
        check_help_answer,
        encode_help_answer,
    )
    from dp3t.symptoms.rules import MAX_RULES_BYTES, Rule, RuleTable, Source, sign_rules
    from dp3t.symptoms.stations import MAX_STATION_KEYS_BYTES, Station, StationKeys
    from dp3t.symptoms.words import AgeBand, Outcome, Texts

__all__ = [
    "DIARY_KEY_BYTES",
    "DIARY_RETENTION_DAYS",
    "HELP_BYTES",
    "HELP_DAYS",
    "HELP_REFUSALS",
    "MAX_RULES_BYTES",
    "MAX_STATION_KEYS_BYTES",
    "SYMPTOMS",
    "Advice",
    "AgeBand",
    "CallMe",
    "Diary",
    "Entry",
    "Fired",
    "HelpRequest",
    "ICallYou",
    "Member",
    "Outcome",
    "Rule",
    "RuleTable",
    "SealedHelp",
    "Source",
    "Station",
    "StationKeys",
    "TestResult",
    "Texts",
    "VisitMe",
    "advise",
    "built_in_rules",
    "built_in_rules_value",
    "check_help_answer",
    "encode_help_answer",
    "sign_rules",
]

_HOMES = {
    "dp3t.symptoms.advice": (
        "Advice",
        "Fired",
        "advise",
    ),
    "dp3t.symptoms.built_in": (
        "built_in_rules",
        "built_in_rules_value",
    ),
    "dp3t.symptoms.callback": (
        "CallMe",
        "ICallYou",
        "VisitMe",
    ),
    "dp3t.symptoms.diary": (
        "DIARY_KEY_BYTES",
        "DIARY_RETENTION_DAYS",
        "Diary",
        "Member",
    ),
    "dp3t.symptoms.entry": (
        "SYMPTOMS",
        "Entry",
        "TestResult",
    ),
    "dp3t.symptoms.help": (
        "HELP_BYTES",
        "HELP_DAYS",
        "HELP_REFUSALS",
        "HelpRequest",
        "SealedHelp",
        "check_help_answer",
        "encode_help_answer",
    ),
    "dp3t.symptoms.rules": (
        "MAX_RULES_BYTES",
        "Rule",
        "RuleTable",
        "Source",
        "sign_rules",
    ),
    "dp3t.symptoms.stations": (
        "MAX_STATION_KEYS_BYTES",
        "Station",
        "StationKeys",
    ),
    "dp3t.symptoms.words": (
        "AgeBand",
        "Outcome",
        "Texts",
    ),
}
"""The modules in which the names are."""


def __getattr__(name: str) -> object:
    """Return a public name, whose module is imported when somebody asks for it."""
    return face(__name__, name, homes=_HOMES)


def __dir__() -> list[str]:
    """Return the public names, also those that nobody has asked for."""
    return __all__
