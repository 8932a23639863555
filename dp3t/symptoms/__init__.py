"""The voluntary declaration: a diary on the device, sealed help, private statistics.

The modules behind these names are imported when one of them is used.
"""

from typing import TYPE_CHECKING

from dp3t.faces import face

if TYPE_CHECKING:
    from dp3t.symptoms.advice import Advice, Fired, advise
    from dp3t.symptoms.alarm import Reading, readings
    from dp3t.symptoms.budget import MAX_BUDGET_BYTES, Agreed, Budget, Declined, Drawn, Spent, told
    from dp3t.symptoms.built_in import built_in_rules, built_in_rules_value
    from dp3t.symptoms.callback import CallMe, ICallYou, VisitMe
    from dp3t.symptoms.diary import DIARY_KEY_BYTES, DIARY_RETENTION_DAYS, Diary, Member
    from dp3t.symptoms.entry import SYMPTOMS, Entry, TestResult
    from dp3t.symptoms.estimate import (
        ESTIMATES_AFTER_SECONDS,
        MAX_ESTIMATES_BYTES,
        Count,
        Estimates,
        Share,
        published_from,
        share,
    )
    from dp3t.symptoms.help import (
        HELP_BYTES,
        HELP_DAYS,
        HELP_REFUSALS,
        HelpRequest,
        SealedHelp,
        check_help_answer,
        encode_help_answer,
    )
    from dp3t.symptoms.randomization import randomize_with_os_randomness
    from dp3t.symptoms.report import (
        SYMPTOM_REPORT_BYTES,
        SYMPTOM_REPORT_REFUSALS,
        SYMPTOMS_SCOPE,
        SymptomReport,
        check_symptom_answer,
        encode_symptom_answer,
    )
    from dp3t.symptoms.rules import MAX_RULES_BYTES, Rule, RuleTable, Source, sign_rules
    from dp3t.symptoms.stations import MAX_STATION_KEYS_BYTES, Station, StationKeys
    from dp3t.symptoms.survey import MAX_SURVEY_BYTES, WINDOW_DAYS, Survey
    from dp3t.symptoms.words import AgeBand, Outcome, Texts

__all__ = [
    "DIARY_KEY_BYTES",
    "DIARY_RETENTION_DAYS",
    "ESTIMATES_AFTER_SECONDS",
    "HELP_BYTES",
    "HELP_DAYS",
    "HELP_REFUSALS",
    "MAX_BUDGET_BYTES",
    "MAX_ESTIMATES_BYTES",
    "MAX_RULES_BYTES",
    "MAX_STATION_KEYS_BYTES",
    "MAX_SURVEY_BYTES",
    "SYMPTOMS",
    "SYMPTOMS_SCOPE",
    "SYMPTOM_REPORT_BYTES",
    "SYMPTOM_REPORT_REFUSALS",
    "WINDOW_DAYS",
    "Advice",
    "AgeBand",
    "Agreed",
    "Budget",
    "CallMe",
    "Count",
    "Declined",
    "Diary",
    "Drawn",
    "Entry",
    "Estimates",
    "Fired",
    "HelpRequest",
    "ICallYou",
    "Member",
    "Outcome",
    "Reading",
    "Rule",
    "RuleTable",
    "SealedHelp",
    "Share",
    "Source",
    "Spent",
    "Station",
    "StationKeys",
    "Survey",
    "SymptomReport",
    "TestResult",
    "Texts",
    "VisitMe",
    "advise",
    "built_in_rules",
    "built_in_rules_value",
    "check_help_answer",
    "check_symptom_answer",
    "encode_help_answer",
    "encode_symptom_answer",
    "published_from",
    "randomize_with_os_randomness",
    "readings",
    "share",
    "sign_rules",
    "told",
]

_HOMES = {
    "dp3t.symptoms.advice": (
        "Advice",
        "Fired",
        "advise",
    ),
    "dp3t.symptoms.alarm": (
        "Reading",
        "readings",
    ),
    "dp3t.symptoms.budget": (
        "MAX_BUDGET_BYTES",
        "Agreed",
        "Budget",
        "Declined",
        "Drawn",
        "Spent",
        "told",
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
    "dp3t.symptoms.estimate": (
        "ESTIMATES_AFTER_SECONDS",
        "MAX_ESTIMATES_BYTES",
        "Count",
        "Estimates",
        "Share",
        "published_from",
        "share",
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
    "dp3t.symptoms.randomization": ("randomize_with_os_randomness",),
    "dp3t.symptoms.report": (
        "SYMPTOMS_SCOPE",
        "SYMPTOM_REPORT_BYTES",
        "SYMPTOM_REPORT_REFUSALS",
        "SymptomReport",
        "check_symptom_answer",
        "encode_symptom_answer",
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
    "dp3t.symptoms.survey": (
        "MAX_SURVEY_BYTES",
        "WINDOW_DAYS",
        "Survey",
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
