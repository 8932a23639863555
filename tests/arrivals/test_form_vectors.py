"""spec/vectors/form.json, case by case."""

import pytest

from dp3t.arrivals.checks import check, tidied
from dp3t.arrivals.form import entry_form
from dp3t.arrivals.parts import part_values
from dp3t.timeline import Instant
from vectors import Case, load, vector_cases

FORM = entry_form()
ANSWERS = load("form")["answers"]


@pytest.mark.parametrize("case", vector_cases("form", operation="check"))
def test_the_problems_are_those_of_the_case(case: Case) -> None:
    changed = {**ANSWERS, **case["change"]}
    values = {name: value for name, value in changed.items() if name not in case["without"]}
    found = check(FORM, values, now=Instant(case["now"]))
    assert [[each.path, each.code, each.limit] for each in found] == case["problems"]


@pytest.mark.parametrize("case", vector_cases("form", operation="tidy"))
def test_answers_become_tidy(case: Case) -> None:
    assert tidied(FORM, case["values"]) == case["tidied"]
    assert tidied(FORM, case["tidied"]) == case["tidied"]


@pytest.mark.parametrize("case", vector_cases("form", operation="part"))
def test_a_part_has_what_its_role_reads(case: Case) -> None:
    assert part_values(FORM, case["values"], role=case["role"]) == case["part"]
