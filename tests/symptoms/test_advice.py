"""spec/symptoms/rules.md: advice, and the table that comes with the library."""

import re
from typing import Any

import pytest

from diaries import TODAY
from dp3t.errors import PolicyError
from dp3t.symptoms.advice import Advice, advise
from dp3t.symptoms.diary import Diary, Member
from dp3t.symptoms.entry import Entry, TestResult
from dp3t.symptoms.facts import Facts, facts_of
from dp3t.symptoms.words import AgeBand, Outcome
from dp3t.timeline import Day
from rule_tables import TABLE, document

POSITIVE: dict[str, Any] = {"test": TestResult.POSITIVE}
ADULT, OLD = 40, 70
OF_ADULTS = {
    "adult-breathing-fast",
    "adult-breathing-very-fast",
    "adult-breathing-with-effort",
    "adult-oxygen-doubtful",
    "case-with-fever",
    "pulse-out-of-range",
}
"""Rules of which the authors chose from which age they hold."""


def diary_of(*days: tuple[int, Entry], years: int = ADULT, **member: Any) -> Diary:
    """Return a diary of a person born in January, noted some days ago."""
    fields = {"birth_year": 2022 - years, "birth_month": 1, **member}
    diary = Diary().with_member(Member(number=1, name="Lan", **fields))
    for ago, entry in days:
        diary = diary.noted(1, Day(TODAY - ago), entry, today=TODAY)
    return diary


def advice(*symptoms: str, years: int = ADULT, person: Any = None, **entry: Any) -> Advice:
    noted = Entry(symptoms=frozenset(symptoms), **entry)
    return advise(diary_of((0, noted), years=years, **(person or {})), 1, TODAY, TABLE)


def facts(*days: tuple[int, Entry], **member: Any) -> Facts:
    return facts_of(diary_of(*days, **member), 1, TODAY, TABLE.windows)[0]


def ill(*symptoms: str, **entry: Any) -> Entry:
    return Entry(symptoms=frozenset(symptoms), **entry)


@pytest.mark.spec("RULES-11")
def test_the_table_says_that_no_physician_has_looked_at_it_and_what_its_authors_chose() -> None:
    assert "No physician has looked at these rules." in TABLE.notice.en
    assert "Chưa có bác sĩ nào xem xét các quy tắc này." in TABLE.notice.vi
    own = {rule.name for rule in TABLE.rules if any("authors" in s.document for s in rule.sources)}
    of_days = {
        rule["id"]
        for rule in document()["rules"]
        if re.search("'flag': '(exposed|positive)'", str(rule["when"]))
    }
    assert len(of_days) == 7
    assert own == {"measure-again"} | of_days | OF_ADULTS
    (found,) = advice(pulse_per_minute=230).fired[:1]
    (source,) = found.rule.sources
    assert source.note.startswith("All thresholds of the rule measure-again are theirs")
    assert "the 14 days of contacts and positive tests" in source.note
    assert "No physician" in source.note


@pytest.mark.spec("RULES-10")
@pytest.mark.parametrize(
    ("born", "outcomes"),
    [
        ((2022, 1), {354: "emergency", 355: "stay", 374: "stay", 375: "emergency"}),
        ((2021, 11), {354: "stay", 375: "stay", 390: "stay", 391: "call"}),
    ],
)
def test_a_newborn_with_a_fever_or_cold_is_in_danger(
    born: tuple[int, int], outcomes: dict[int, str]
) -> None:
    person = {"birth_year": born[0], "birth_month": born[1]}
    found = {
        value: advice(person=person, temperature_tenths=value).outcome.value for value in outcomes
    }
    assert found == outcomes


@pytest.mark.spec("RULES-7", "RULES-10")
@pytest.mark.parametrize(
    ("measure", "years", "outcomes"),
    [
        ("spo2_percent", ADULT, {89: "emergency", 90: "call", 95: "call", 96: "call", 97: "stay"}),
        ("spo2_percent", 15, {89: "emergency", 90: "call", 95: "call", 96: "stay"}),
        ("spo2_percent", 16, {96: "call", 97: "stay"}),
        ("breaths_per_minute", ADULT, {19: "stay", 20: "call", 30: "call", 31: "emergency"}),
        ("breaths_per_minute", 12, {19: "stay", 20: "call", 31: "emergency"}),
        ("breaths_per_minute", 11, {29: "stay", 30: "call", 60: "call"}),
        ("breaths_per_minute", 5, {29: "stay", 30: "call"}),
        ("breaths_per_minute", 4, {39: "stay", 40: "call"}),
        ("breaths_per_minute", 2, {39: "stay", 40: "call"}),
        ("pulse_per_minute", ADULT, {49: "call", 50: "stay", 120: "stay", 121: "call"}),
        ("pulse_per_minute", 11, {49: "stay", 121: "stay"}),
        ("temperature_tenths", 15, {379: "stay", 380: "stay", 390: "stay", 391: "call"}),
        ("temperature_tenths", 16, {391: "stay"}),
    ],
)
def test_the_thresholds_are_those_of_the_sources(
    measure: str, years: int, outcomes: dict[int, str]
) -> None:
    found = {value: advice(years=years, **{measure: value}).outcome.value for value in outcomes}
    assert found == outcomes


@pytest.mark.spec("RULES-10")
@pytest.mark.parametrize(
    ("measure", "years", "outcomes"),
    [
        ("temperature_tenths", ADULT, {300: "call", 339: "call", 340: "stay", 419: "stay"}),
        ("temperature_tenths", ADULT, {420: "call", 450: "call"}),
        ("breaths_per_minute", ADULT, {4: "call", 9: "call", 10: "stay", 150: "emergency"}),
        ("breaths_per_minute", 3, {9: "call", 10: "stay", 150: "call"}),
        ("pulse_per_minute", 11, {20: "call", 39: "call", 40: "stay", 219: "stay", 220: "call"}),
    ],
)
def test_values_with_which_hardly_anybody_lives_are_measured_again_by_the_authors_choice(
    measure: str, years: int, outcomes: dict[int, str]
) -> None:
    for value, outcome in outcomes.items():
        found = advice(years=years, **{measure: value})
        assert found.outcome.value == outcome
        again = [each for each in found.fired if each.rule.name == "measure-again"]
        far = value not in (340, 419, 10, 40, 219)
        assert [each.rule.sources[0].document for each in again] == (
            ["The authors of this table"] if far else []
        )


@pytest.mark.spec("RULES-10")
@pytest.mark.parametrize(
    ("born", "outcomes"),
    [
        ((2022, 2), {49: "stay", 59: "stay", 60: "call"}),
        ((2022, 1), {59: "stay", 60: "call"}),
        ((2021, 10), {49: "stay", 50: "call"}),
        ((2021, 4), {49: "stay", 50: "call"}),
    ],
)
def test_infants_are_told_apart_by_months(born: tuple[int, int], outcomes: dict[int, str]) -> None:
    person = {"birth_year": born[0], "birth_month": born[1]}
    found = {
        value: advice(person=person, breaths_per_minute=value).outcome.value for value in outcomes
    }
    assert found == outcomes


@pytest.mark.spec("RULES-7", "RULES-10")
@pytest.mark.parametrize(
    ("symptoms", "years", "outcome"),
    [
        (["unconsciousness"], ADULT, "emergency"), (["convulsion"], 3, "emergency"),
        (["drowsiness"], ADULT, "emergency"), (["confusion"], OLD, "emergency"),
        (["breathlessness"], ADULT, "emergency"), (["chest-pain"], ADULT, "emergency"),
        (["blue-lips"], 3, "emergency"), (["abnormal-breathing"], 11, "emergency"),
        (["abnormal-breathing"], 12, "call"), (["short-of-breath"], ADULT, "call"),
        (["short-of-breath"], 8, "call"), (["cannot-drink"], 4, "emergency"),
        (["cannot-drink"], 5, "call"), (["vomits-everything"], ADULT, "call"),
        (["dehydration"], ADULT, "call"), (["exhaustion"], ADULT, "call"),
        (["cold-hands"], ADULT, "call"), (["other-illness"], ADULT, "call"),
        (["worry"], ADULT, "call"), (["coughs-blood"], ADULT, "call"),
        (["red-eyes-and-rash"], 6, "call"), (["unrelenting-cough"], 6, "call"),
        (["diarrhoea"], 15, "call"), (["diarrhoea"], 16, "stay"), (["diarrhoea"], 4, "stay"),
        (["fever", "cough"], ADULT, "test"), (["fever"], ADULT, "stay"),
        (["headache", "sore-throat", "runny-nose"], ADULT, "test"),
        (["headache", "sore-throat"], ADULT, "stay"),
        (["nausea", "diarrhoea", "loss-of-appetite"], ADULT, "stay"),
        (["loss-of-smell"], ADULT, "test"), (["cough", "convulsion", "worry"], ADULT, "emergency"),
        ([], ADULT, "stay"),
    ],
)  # fmt: skip
def test_signs_lead_to_the_outcome_of_the_sources(
    symptoms: list[str], years: int, outcome: str
) -> None:
    assert advice(*symptoms, years=years).outcome.value == outcome


@pytest.mark.spec("RULES-10")
def test_whoever_has_a_positive_test_is_not_sent_to_another() -> None:
    assert advice("fever", "cough", **POSITIVE).outcome is Outcome.STAY
    assert advice(exposed=True).outcome is Outcome.TEST
    assert advice(exposed=True, **POSITIVE).outcome is Outcome.STAY
    assert advice(temperature_tenths=386, **POSITIVE).outcome is Outcome.CALL
    assert advice(temperature_tenths=385, **POSITIVE).outcome is Outcome.STAY
    for person in ({"chronic": True}, {"pregnant": True}, {"birth_year": 1960}):
        assert advice(person=person, **POSITIVE).outcome is Outcome.CALL
        assert advice(person=person).outcome is Outcome.STAY


@pytest.mark.spec("RULES-10", "RULES-5")
def test_a_childs_fever_of_three_days_is_told_to_the_station() -> None:
    for days, outcome in ((2, Outcome.STAY), (3, Outcome.CALL)):
        noted = [(ago, ill("fever")) for ago in range(days)]
        assert advise(diary_of(*noted, years=6), 1, TODAY, TABLE).outcome is outcome


@pytest.mark.spec("RULES-5")
def test_a_measured_fever_is_a_fever() -> None:
    for tenths, feverish in ((379, False), (380, True)):
        assert ("fever" in facts((0, ill(temperature_tenths=tenths))).symptoms) is feverish


@pytest.mark.spec("RULES-5")
@pytest.mark.parametrize(
    ("days", "ill_for", "feverish_for"),
    [
        ({0: ["cough"]}, 1, None),
        ({0: ["fever"], 1: ["cough"]}, 2, 1),
        ({0: ["fever"], 3: ["fever"]}, 4, 4),
        ({0: ["fever"], 4: ["fever"]}, 1, 1),
        ({0: ["fever"], 1: [], 2: ["fever"]}, 1, 1),
        ({0: ["cough"], 1: ["fever"], 2: ["fever"]}, 3, None),
        ({0: [], 1: ["fever"]}, None, None),
        ({0: ["cough"], 2: ["cough"], 5: ["cough"], 6: ["cough"]}, 7, None),
    ],
)
def test_days_of_illness_are_counted_over_gaps_of_two_days(
    days: dict[int, list[str]], ill_for: int | None, feverish_for: int | None
) -> None:
    known = facts(*((ago, ill(*symptoms)) for ago, symptoms in days.items())).quantities
    assert (known.get("days_ill"), known.get("days_feverish")) == (ill_for, feverish_for)


@pytest.mark.spec("RULES-5")
@pytest.mark.parametrize(
    ("days", "flags"),
    [
        ([(14, Entry(exposed=True))], {"exposed"}),
        ([(15, Entry(exposed=True))], set()),
        ([(14, Entry(**POSITIVE))], {"positive"}),
        ([(15, Entry(**POSITIVE))], set()),
        ([(5, Entry(**POSITIVE)), (1, Entry(test=TestResult.NEGATIVE))], set()),
        ([(5, Entry(test=TestResult.NEGATIVE)), (1, Entry(**POSITIVE))], {"positive"}),
        ([(5, Entry(**POSITIVE)), (1, Entry())], {"positive"}),
    ],
)
def test_contacts_and_tests_count_for_fourteen_days(
    days: list[tuple[int, Entry]], flags: set[str]
) -> None:
    assert facts(*days, (0, Entry())).flags == flags


@pytest.mark.spec("RULES-5")
def test_advice_of_a_day_knows_nothing_of_later_days() -> None:
    diary = diary_of((3, ill("cough")), (2, ill("convulsion")), (0, Entry(exposed=True)))
    assert advise(diary, 1, Day(TODAY - 3), TABLE).outcome is Outcome.STAY
    assert advise(diary, 1, Day(TODAY - 2), TABLE).outcome is Outcome.EMERGENCY


@pytest.mark.spec("RULES-4")
def test_where_the_month_of_birth_is_not_known_the_more_urgent_advice_counts() -> None:
    unknown = {"birth_year": 2010, "birth_month": 0}  # 11 or 12 years old on 1 February 2022
    assert advice(person=unknown, breaths_per_minute=25).outcome is Outcome.CALL
    assert advice("abnormal-breathing", person=unknown).outcome is Outcome.EMERGENCY
    old = {**unknown, "birth_month": 1}
    assert advice("abnormal-breathing", person=old).outcome is Outcome.CALL
    young = {**unknown, "birth_month": 3}
    assert advice(person=young, breaths_per_minute=25).outcome is Outcome.STAY


@pytest.mark.spec("RULES-8")
def test_the_phone_tells_rules_facts_and_sources() -> None:
    told = advice("cough", years=OLD, spo2_percent=92, temperature_tenths=385, **POSITIVE)
    assert told.outcome is Outcome.CALL
    found = {each.rule.name: [text.vi for text in each.facts] for each in told.fired}
    assert found == {
        "oxygen-low": ["SpO2 92%"],
        "case-at-risk": ["Xét nghiệm dương tính trong 14 ngày qua", "70 tuổi"],
        "case-at-home": ["Xét nghiệm dương tính trong 14 ngày qua"],
        "ill-at-home": ["Có triệu chứng đến ngày thứ 1"],
        "nothing-found": [],
    }
    assert [each.rule.name for each in told.deciding] == ["oxygen-low", "case-at-risk"]
    assert {source.date for each in told.deciding for source in each.rule.sources} >= {
        "2022-01-31",
        "2022-03-03",
    }
    child = advice(years=6, temperature_tenths=391).fired[0]
    assert [text.vi for text in child.facts] == ["6 tuổi", "Nhiệt độ 39,1 °C"]
    assert [text.en for text in child.facts] == ["6 years old", "Temperature 39.1 °C"]


@pytest.mark.spec("RULES-8")
def test_what_is_absent_is_told_where_it_counts() -> None:
    told = advice("loss-of-smell").fired[0]
    assert [text.en for text in told.facts] == [
        "Loss of smell or taste",
        "not so: Positive test within 14 days",
    ]


@pytest.mark.spec("RULES-9")
def test_a_day_without_a_note_gets_no_advice() -> None:
    diary = diary_of((1, ill("cough")))
    with pytest.raises(PolicyError, match="nothing was noted"):
        advise(diary, 1, TODAY, TABLE)
    with pytest.raises(PolicyError, match="no such member"):
        advise(diary, 2, TODAY, TABLE)


def test_reprs_hide_facts_and_advice() -> None:
    told = advice("cough", **POSITIVE)
    assert (repr(told), repr(told.fired[0])) == ("Advice(hidden)", "Fired(hidden)")
    assert repr(facts((0, ill("cough")))) == "Facts(hidden)"


@pytest.mark.parametrize(
    ("years", "band"),
    [(0, "0"), (1, "1-4"), (4, "1-4"), (5, "5-11"), (12, "12-17"), (18, "18-49"), (50, "50-64"),
     (65, "65+"), (120, "65+")],
)  # fmt: skip
def test_an_age_has_a_band(years: int, band: str) -> None:
    assert AgeBand.of(years).value == band
