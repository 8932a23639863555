"""Targets of the fuzz loop: surveys, reports of symptoms, budgets and estimates."""

from dp3t.canonical_json import decode_json
from dp3t.codec import Value
from dp3t.symptoms.budget import Budget
from dp3t.symptoms.estimate import Estimates
from dp3t.symptoms.report import SymptomReport, check_symptom_answer, encode_symptom_answer
from dp3t.symptoms.survey import Survey
from fuzz_target import Target, again
from vectors import load


def of_statistics() -> dict[str, Target]:
    """Return the decoders of the statistics of symptoms."""
    return {
        "symptom survey": Target(
            lambda data: Survey.of_value(_json(data)), _good("survey", "payload")
        ),
        "signed symptom survey": Target(Survey.read, _good("survey", "signed")),
        "symptom report": Target(
            again(SymptomReport.decode, SymptomReport.encode), _good("report", "report")
        ),
        "answer to a symptom report": Target(check_symptom_answer, (encode_symptom_answer(),)),
        "symptom budget": Target(again(Budget.decode, Budget.encode), _good("budget", "stored")),
        "symptom estimates": Target(
            lambda data: Estimates.of_value(_json(data)), _good("estimates", "payload")
        ),
    }


def _json(data: bytes) -> Value:
    return decode_json(data, limit_bytes=2**20)


def _good(operation: str, field: str) -> tuple[bytes, ...]:
    """Return what accepted cases of an operation hold."""
    cases = [case for case in load("symptom_statistics")["cases"] if case["result"] == "valid"]
    found = [case[field] for case in cases if case["operation"] == operation]
    if field == "payload":
        return tuple(each.encode() for each in found)
    return tuple(bytes.fromhex(each) for each in found)
