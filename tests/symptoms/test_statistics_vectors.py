"""spec/vectors/symptom_statistics.json: every value derived again, every fault refused."""

import json

import pytest

import oracle_statistics
from dp3t.errors import MalformedError, PolicyError
from dp3t.symptoms.alarm import readings
from dp3t.symptoms.budget import Budget
from dp3t.symptoms.estimate import Count, Estimates, share
from dp3t.symptoms.report import SymptomReport
from dp3t.symptoms.survey import Survey
from dp3t.timeline import Day, Instant
from surveys import TRUSTED
from vectors import Case, load, vector_cases

NAME = "symptom_statistics"
SEED = bytes.fromhex(load(NAME)["authority_seed"])


@pytest.mark.parametrize("case", vector_cases(NAME, operation="survey"))
def test_a_survey_is_what_the_second_witness_signs_and_costs_what_it_says(case: Case) -> None:
    signed, said = bytes.fromhex(case["signed"]), json.loads(case["payload"])
    assert oracle_statistics.survey(SEED, case["payload"]) == signed
    survey = Survey.open(signed, trusted=TRUSTED, now=Instant(said["valid_from"]))
    once, ever = survey.epsilon_thousandths, survey.window_epsilon_thousandths
    assert oracle_statistics.cost(said["turned_per_mille"]) == once == case["epsilon_thousandths"]
    assert oracle_statistics.cost_of_window(said) == ever == case["window_epsilon_thousandths"]
    assert oracle_statistics.is_tolerable(said) == (case["result"] == "valid")
    if case["result"] == "valid":
        survey.require_tolerable()
    else:
        with pytest.raises(PolicyError):
            survey.require_tolerable()


@pytest.mark.parametrize("case", vector_cases(NAME, operation="survey-refused"))
def test_a_survey_with_a_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Survey.open(bytes.fromhex(case["signed"]), trusted=TRUSTED, now=Instant(1_625_443_200))


@pytest.mark.parametrize("case", vector_cases(NAME, operation="report"))
def test_a_report_is_what_the_second_witness_makes(case: Case) -> None:
    data = bytes.fromhex(case["report"])
    fields = (case["survey"], case["commune"], case["positive"])
    assert oracle_statistics.report(*fields, bytes.fromhex(case["token"])) == data
    report = SymptomReport.decode(data)
    assert (report.survey, report.commune, report.positive) == fields
    assert report.encode() == data


@pytest.mark.parametrize("case", vector_cases(NAME, operation="report-refused"))
def test_a_report_with_a_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        SymptomReport.decode(bytes.fromhex(case["report"]))


@pytest.mark.parametrize("case", vector_cases(NAME, operation="budget"))
def test_a_budget_becomes_what_the_second_witness_keeps(case: Case) -> None:
    """The library's own draws are in the file, which is built anew in every run."""
    said = case["agreed"], case["declined"]
    results, stored = oracle_statistics.budget(case["surveys"], case["steps"], *said)
    assert results == [step["result"] for step in case["steps"]]
    assert stored == bytes.fromhex(case["stored"]) == Budget.decode(stored).encode()
    assert {"drawn", "not-drawn", "replay", "clock", "policy"} == set(results)


@pytest.mark.parametrize("case", vector_cases(NAME, operation="share"))
def test_a_share_is_what_the_second_witness_calculates(case: Case) -> None:
    asked = (case["reports"], case["positives"])
    turned = case["turned_per_mille"]
    expected = (case["low"], case["share"], case["high"])
    assert oracle_statistics.share(*asked, turned) == expected
    assert share(*asked, turned_per_mille=turned) == expected


@pytest.mark.parametrize("case", vector_cases(NAME, operation="estimates"))
def test_estimates_say_what_the_second_witness_says(case: Case) -> None:
    assert json.loads(case["payload"]) == oracle_statistics.estimates(case)
    signed = oracle_statistics.estimates_file(SEED, case["payload"])
    assert signed == bytes.fromhex(case["signed"])
    found = Estimates.open(signed, trusted=TRUSTED, region=case["region"], day=case["day"])
    assert set(found.counts) == {"19750", "20194"}


@pytest.mark.parametrize("case", vector_cases(NAME, operation="estimates-refused"))
def test_estimates_with_a_fault_are_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Estimates.open(bytes.fromhex(case["signed"]), trusted=TRUSTED, region="VN", day=Day(18_813))


@pytest.mark.parametrize("case", vector_cases(NAME, operation="alarm"))
def test_an_alarm_is_raised_where_the_second_witness_raises_it(case: Case) -> None:
    counts = {day: (reports, positives) for day, reports, positives in case["counts"]}
    averages, alarms = oracle_statistics.alarm(counts)
    assert alarms == case["alarms"]
    for expected, given in zip(averages, case["averages"], strict=True):
        assert (expected is None) == (given is None)
        assert expected is None or abs(1_000_000 * expected - given) <= 1
    found = readings({Day(day): Count(*count) for day, count in counts.items()})
    assert [each.day for each in found if each.alarm] == alarms
