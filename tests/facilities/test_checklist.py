"""spec/facilities/checklist.md: settings, local days, lists, and those of the library."""

from dataclasses import replace
from typing import Any

import pytest

import oracle_facilities
from dp3t.canonical_json import read_json
from dp3t.errors import MalformedError
from dp3t.facilities.built_in import (
    BUILT_IN_KINDS,
    built_in_checklist,
    checklist_of_document,
    public_words,
)
from dp3t.facilities.checklist import Checklist, Task, current_checklist
from dp3t.facilities.local_time import LocalDay, weekday_of
from dp3t.facilities.settings import Settings
from dp3t.facilities.texts import Texts
from dp3t.timeline import Instant
from project import ROOT
from vectors import Case, vector_cases

SETTINGS = Settings(
    utc_offset_minutes=420,
    deadline_minutes=600,
    late_days=1,
    objection_days=7,
    name=Texts(vi="Sở Y tế", en="Department of Health"),
)
TASK = Task(
    task="air", text=Texts(vi="Mở cửa", en="Air"), role="teacher", period_days=1, critical=True
)


def checklist(**changes: Any) -> Checklist:
    fields: dict[str, Any] = {
        "facility_kind": "school",
        "number": 1,
        "valid_from": LocalDay(0),
        "title": Texts(vi="Trường học", en="School"),
        "source": "An example",
        "tasks": (TASK,),
    }
    return Checklist(**{**fields, **changes})


@pytest.mark.parametrize("case", vector_cases("facilities", operation="day"))
def test_a_local_day_has_its_moments_its_deadline_and_its_weekday(case: Case) -> None:
    offset, minutes = case["utc_offset_minutes"], case["deadline_minutes"]
    settings = replace(SETTINGS, utc_offset_minutes=offset, deadline_minutes=minutes)
    day = settings.day_of_place(Instant(case["moment"]))
    assert day == case["day"] == oracle_facilities.day(case["moment"], offset)
    assert settings.deadline_of(day) == case["deadline"]
    assert oracle_facilities.deadline(day, offset, minutes) == case["deadline"]
    assert weekday_of(day) == case["weekday"]


@pytest.mark.spec("CHECKLIST-3")
def test_a_deadline_is_a_moment_at_both_ends_of_time() -> None:
    assert replace(SETTINGS, deadline_minutes=1).deadline_of(LocalDay(0)) == 0
    assert SETTINGS.deadline_of(LocalDay(49_711)) == 2**32 - 1


@pytest.mark.spec("CHECKLIST-1")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("utc_offset_minutes", 841),
        ("deadline_minutes", 0),
        ("late_days", 15),
        ("objection_days", 0),
        ("name", Texts(vi="", en="x")),
        ("name", Texts(vi="x", en="x" * 121)),
    ],
)
def test_nobody_builds_settings_that_no_reader_takes(field: str, value: object) -> None:
    changes: dict[str, Any] = {field: value}
    with pytest.raises(MalformedError):
        replace(SETTINGS, **changes)


@pytest.mark.spec("CHECKLIST-4", "CHECKLIST-5")
@pytest.mark.parametrize(
    "changes",
    [
        {"number": 0},
        {"number": 2**32},
        {"valid_from": LocalDay(-1)},
        {"source": " "},
        {"title": Texts(vi="x", en="\n")},
        {"tasks": ()},
        {"tasks": (TASK, TASK)},
        {"tasks": tuple(replace(TASK, task=f"t{n}") for n in range(41))},
    ],
)
def test_nobody_builds_a_checklist_that_no_reader_takes(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        checklist(**changes)


@pytest.mark.spec("CHECKLIST-5")
@pytest.mark.parametrize(
    "changes",
    [
        {"task": "Air"},
        {"role": ""},
        {"role": "r" * 25},
        {"period_days": 0},
        {"period_days": 367},
        {"text": Texts(vi="x" * 301, en="x")},
    ],
)
def test_nobody_builds_a_task_that_no_reader_takes(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        replace(TASK, **changes)


@pytest.mark.spec("CHECKLIST-4", "CHECKLIST-5")
def test_a_list_has_forty_tasks_of_the_longest_names() -> None:
    tasks = tuple(
        replace(TASK, task=f"{n:02}" + "t" * 30, role="r" * 24, period_days=366) for n in range(40)
    )
    whole = checklist(tasks=tasks, number=2**32 - 1)
    assert whole.task("00" + "t" * 30) == tasks[0]
    assert whole.task("air") is None


@pytest.mark.parametrize("case", vector_cases("facilities", operation="list"))
def test_the_list_of_a_day_is_the_highest_that_has_begun(case: Case) -> None:
    lists = [
        checklist(
            facility_kind=each["facility_kind"],
            number=each["checklist"],
            valid_from=LocalDay(each["valid_from"]),
        )
        for each in case["lists"]
    ]
    kind, day = case["facility_kind"], case["day"]
    found = current_checklist(lists, facility_kind=kind, day=LocalDay(day))
    assert (found.number if found is not None else 0) == case["in_force"]
    assert found is None or found.facility_kind == kind
    assert oracle_facilities.in_force(case["lists"], kind, day) == case["in_force"]


@pytest.mark.spec("CHECKLIST-7")
@pytest.mark.parametrize("kind", BUILT_IN_KINDS)
def test_a_list_of_the_library_says_whence_it_is_and_names_what_it_uses(kind: str) -> None:
    built_in = built_in_checklist(kind)
    words = public_words()
    assert (built_in.facility_kind, built_in.number, built_in.valid_from) == (kind, 1, 0)
    assert any(task.critical and task.period_days == 1 for task in built_in.tasks)
    assert "from memory" in built_in.source
    assert "not at hand" in built_in.source or "Neither was at hand" in built_in.source
    assert kind in words.kinds
    assert {task.role for task in built_in.tasks} <= words.roles.keys()
    for texts in (*words.kinds.values(), *words.roles.values()):
        texts.require(longest=40, what="a word")


@pytest.mark.spec("CHECKLIST-7")
def test_every_list_in_the_folder_is_one_of_the_library() -> None:
    folder = ROOT / "dp3t" / "facilities" / "checklists"
    assert sorted(path.name for path in folder.iterdir()) == [f"{k}-1.json" for k in BUILT_IN_KINDS]
    with pytest.raises(ValueError, match="market"):
        built_in_checklist("market")


@pytest.mark.spec("CHECKLIST-4")
def test_an_authority_reads_its_own_list_from_a_document() -> None:
    document = built_in_checklist("school").to_json()
    assert checklist_of_document(document) == built_in_checklist("school")
    with pytest.raises(MalformedError, match="unknown field"):
        checklist_of_document({**document, "number": 1})
    with pytest.raises(MalformedError):
        checklist_of_document(read_json(b"[]", limit_bytes=10))
