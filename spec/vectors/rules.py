"""Cases of the rules chapter: advice by the table of the package, and tables that are refused."""

from typing import Any

from dp3t.symptoms.advice import advise
from dp3t.symptoms.built_in import built_in_rules
from dp3t.symptoms.diary import Diary, Member
from dp3t.symptoms.entry import Entry, TestResult
from dp3t.timeline import Day
from spec.vectors.symptom_diary import TODAY

Case = dict[str, object]

_ADULT = {"birth_year": 1980}
_CHILD = {"birth_year": 2018, "birth_month": 6}
_INFANT = {"birth_year": 2021, "birth_month": 11}
_BETWEEN = {"birth_year": 2010}

_PEOPLE: dict[str, tuple[dict[str, Any], dict[int, dict[str, Any]]]] = {
    "nothing": (_ADULT, {0: {}}),
    "cough": (_ADULT, {0: {"symptoms": ["cough"]}}),
    "measured-fever-and-cough": (_ADULT, {0: {"symptoms": ["cough"], "temperature_tenths": 380}}),
    "no-fever-yet": (_ADULT, {0: {"symptoms": ["cough"], "temperature_tenths": 379}}),
    "three-signs": (_ADULT, {0: {"symptoms": ["headache", "sore-throat", "nausea", "diarrhoea"]}}),
    "two-signs": (_ADULT, {0: {"symptoms": ["headache", "loss-of-appetite", "diarrhoea"]}}),
    "contact": (_ADULT, {0: {}, 14: {"exposed": True}}),
    "contact-long-ago": (_ADULT, {0: {}, 15: {"exposed": True}}),
    "case-with-a-cough": (_ADULT, {0: {"symptoms": ["cough", "fever"]}, 3: {"test": "positive"}}),
    "case-recovered": (
        _ADULT,
        {0: {"symptoms": ["cough", "fever"]}, 3: {"test": "positive"}, 1: {"test": "negative"}},
    ),
    "case-at-risk": ({"birth_year": 1948}, {0: {"test": "positive"}}),
    "case-pregnant": ({**_ADULT, "pregnant": True}, {0: {"test": "positive"}}),
    "oxygen-97": (_ADULT, {0: {"spo2_percent": 97}}),
    "oxygen-96": (_ADULT, {0: {"spo2_percent": 96}}),
    "oxygen-90": (_ADULT, {0: {"spo2_percent": 90}}),
    "oxygen-89": (_ADULT, {0: {"spo2_percent": 89, "symptoms": ["cough"]}}),
    "child-oxygen-96": (_CHILD, {0: {"spo2_percent": 96}}),
    "child-39-breaths": (_CHILD, {0: {"breaths_per_minute": 39}}),
    "child-40-breaths": (_CHILD, {0: {"breaths_per_minute": 40}}),
    "infant-49-breaths": (_INFANT, {0: {"breaths_per_minute": 49}}),
    "infant-50-breaths": (_INFANT, {0: {"breaths_per_minute": 50}}),
    "eleven-or-twelve-25-breaths": (_BETWEEN, {0: {"breaths_per_minute": 25}}),
    "eleven-or-twelve-31-breaths": (_BETWEEN, {0: {"breaths_per_minute": 31}}),
    "child-third-day-of-fever": (
        _CHILD,
        {0: {"symptoms": ["fever"]}, 2: {"temperature_tenths": 384}},
    ),
    "child-fever-again": (
        _CHILD,
        {0: {"symptoms": ["fever"]}, 1: {}, 2: {"symptoms": ["fever"]}},
    ),
    "child-fever-after-a-gap-of-three-days": (
        _CHILD,
        {0: {"symptoms": ["fever"]}, 4: {"symptoms": ["fever"]}},
    ),
    "child-cannot-drink": (_CHILD, {0: {"symptoms": ["cannot-drink"]}}),
    "adult-cannot-drink": (_ADULT, {0: {"symptoms": ["cannot-drink"]}}),
    "danger-beside-much-else": (
        _ADULT,
        {0: {"symptoms": ["cough", "fever", "confusion", "worry"], "spo2_percent": 92}},
    ),
}


def _entry(noted: dict[str, Any]) -> Entry:
    test = {"test": TestResult(noted["test"])} if "test" in noted else {}
    return Entry(**{**noted, **test, "symptoms": frozenset(noted.get("symptoms", ()))})


def _case(name: str, person: dict[str, Any], days: dict[int, dict[str, Any]]) -> Case:
    diary = Diary().with_member(Member(number=1, name="x", **person))
    for ago, noted in days.items():
        diary = diary.noted(1, Day(TODAY - ago), _entry(noted), today=TODAY)
    advice = advise(diary, 1, TODAY, built_in_rules())
    return {
        "id": name,
        "flags": [],
        "operation": "advise",
        "person": {"birth_month": 0, "chronic": False, "pregnant": False, **person},
        "days": [{"day": TODAY - ago, **noted} for ago, noted in sorted(days.items())],
        "today": TODAY,
        "outcome": advice.outcome.value,
        "fired": {
            each.rule.name: [[fact.vi, fact.en] for fact in each.facts] for each in advice.fired
        },
        "result": "valid",
    }


_RULE: dict[str, Any] = {
    "id": "more",
    "when": {"symptom": "loss-of-appetite"},
    "outcome": "call",
    "text": {"vi": "Gọi", "en": "Call"},
    "sources": ["byt-261"],
}
_WRONG: dict[str, dict[str, Any]] = {
    "unknown-symptom": {"when": {"symptom": "plague"}},
    "unknown-flag": {"when": {"flag": "old"}},
    "unknown-quantity": {"when": {"quantity": "weight", "from": 1}},
    "unknown-outcome": {"outcome": "wait"},
    "no-english-text": {"text": {"vi": "Gọi"}},
    "no-source": {"sources": []},
    "other-source": {"sources": ["somebody"]},
    "contradiction": {"when": {"all": [
        {"quantity": "spo2_percent", "below": 90}, {"quantity": "spo2_percent", "from": 95},
    ]}},
    "contradiction-of-ages": {"when": {"all": [
        {"quantity": "age_years", "from": 5}, {"quantity": "age_months", "below": 60},
    ]}},
    "never-decides": {"when": {"all": [{"symptom": "fever"}, {"symptom": "confusion"}]}},
    "leaves-another-without-a-case": {"when": {"symptom": "fever"}},
    "id-twice": {"id": "oxygen-low"},
}  # fmt: skip


def build() -> dict[str, object]:
    """Return the vector file."""
    wrong: list[Case] = [
        {
            "id": name,
            "flags": ["table"],
            "operation": "table",
            "rule": {**_RULE, **change},
            "spec": ["RULES-6"],
            "result": "malformed",
        }
        for name, change in _WRONG.items()
    ]
    good: Case = {"id": "one-more-rule", "flags": [], "operation": "table", "rule": _RULE}
    return {
        "spec": ["RULES-3", "RULES-4", "RULES-5", "RULES-7", "RULES-8"],
        "source": "ours; advised again by tests/oracle_symptoms.py from the JSON of the table",
        "cases": [
            *(_case(name, *each) for name, each in _PEOPLE.items()),
            {**good, "spec": ["RULES-6"], "result": "valid"},
            *wrong,
        ],
    }
