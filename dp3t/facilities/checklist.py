"""Checklists: what a kind of facilities does every day, every week and so on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dp3t.canonical_json import JsonValue
from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError
from dp3t.facilities.facility import require_facility_kind
from dp3t.facilities.json_fields import (
    HIGHEST_NUMBER,
    require_day,
    require_range,
    require_word,
    take_day,
    take_text,
)
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.texts import Texts, require_line

MAX_TASKS = 40
MAX_TITLE = 120
MAX_TASK_TEXT = 300
MAX_SOURCE = 2_000
_PERIODS = (1, 366)
_TASK = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_ROLE = re.compile(r"[a-z][a-z-]{0,23}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do [CHECKLIST-5].

    Attributes:
        task: its name in the list, 1 to 32 of a to z, 0 to 9 and hyphen, no hyphen first.
        text: what to do, 1 to 300 characters.
        role: who does it, 1 to 24 of a to z and hyphen.
        period_days: within how many days it is done again: 1 is daily; at most 366.
        critical: whether a facility is unsafe without it.

    Raises:
        MalformedError: a value that the chapter does not allow.
    """

    task: str
    text: Texts
    role: str
    period_days: int
    critical: bool

    def __post_init__(self) -> None:
        require_task(self.task)
        self.text.require(longest=MAX_TASK_TEXT, what="the text of a task")
        require_role(self.role)
        require_range(self.period_days, *_PERIODS, what="period_days")

    def to_json(self) -> dict[str, JsonValue]:
        """Return the task for encoding."""
        return {
            "critical": self.critical,
            "id": self.task,
            "period_days": self.period_days,
            "role": self.role,
            "text": self.text.to_json(),
        }

    @classmethod
    def of_value(cls, value: Value) -> "Task":
        """Return a task that `to_json` described; MalformedError otherwise."""
        fields = Fields(value, what="a task")
        task = cls(
            task=take_text(fields, "id"),
            text=Texts.take(fields, "text"),
            role=take_text(fields, "role"),
            period_days=fields.integer("period_days", *_PERIODS),
            critical=fields.boolean("critical"),
        )
        fields.done()
        return task


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The tasks of a kind of facilities, from a day on [CHECKLIST-4].

    Attributes:
        facility_kind: whose list it is.
        number: 1 for the first of its kind, higher for each that replaces another.
        valid_from: first local day on which it holds.
        title: how it is called, 1 to 120 characters.
        source: where it comes from, 1 to 2,000 characters.
        tasks: 1 to 40 in the order in which they are shown; no name stands twice.

    Raises:
        MalformedError: a value that the chapter does not allow.
    """

    facility_kind: str
    number: int
    valid_from: LocalDay
    title: Texts
    source: str
    tasks: tuple[Task, ...]

    def __post_init__(self) -> None:
        require_facility_kind(self.facility_kind)
        require_range(self.number, 1, HIGHEST_NUMBER, what="the number of a checklist")
        require_day(self.valid_from, what="valid_from")
        self.title.require(longest=MAX_TITLE, what="the title of a checklist")
        require_line(self.source, longest=MAX_SOURCE, what="the source of a checklist")
        require_range(len(self.tasks), 1, MAX_TASKS, what="the number of tasks")
        if len({each.task for each in self.tasks}) < len(self.tasks):
            raise MalformedError("two tasks have one id")

    def task(self, name: str) -> Task | None:
        """Return the task of a name, None where the list has none."""
        return next((each for each in self.tasks if each.task == name), None)

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields for encoding."""
        return {
            "checklist": self.number,
            "facility_kind": self.facility_kind,
            "source": self.source,
            "tasks": [each.to_json() for each in self.tasks],
            "title": self.title.to_json(),
            "valid_from": self.valid_from,
        }

    @classmethod
    def take(cls, fields: Fields) -> "Checklist":
        """Take the fields; MalformedError unless they describe a checklist."""
        return cls(
            facility_kind=take_text(fields, "facility_kind"),
            number=fields.integer("checklist", 1, HIGHEST_NUMBER),
            valid_from=take_day(fields, "valid_from"),
            title=Texts.take(fields, "title"),
            source=take_text(fields, "source"),
            tasks=tuple(Task.of_value(each) for each in fields.items("tasks", most=MAX_TASKS)),
        )


def current_checklist(
    lists: Iterable[Checklist], *, facility_kind: str, day: LocalDay
) -> Checklist | None:
    """Return the list by which a kind of facilities goes on a day [CHECKLIST-6]; None without."""
    begun = (each for each in lists if each.valid_from <= day)
    of_kind = (each for each in begun if each.facility_kind == facility_kind)
    return max(of_kind, key=lambda each: each.number, default=None)


def require_task(name: str) -> None:
    """Raise MalformedError unless a task can have that name."""
    require_word(name, _TASK, what="task")


def require_role(role: str) -> None:
    """Raise MalformedError unless somebody who does tasks can have that role."""
    require_word(role, _ROLE, what="role")
