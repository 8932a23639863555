"""States: what a facility is on a day, as a function of what the record says and of the time.

Pure: the same history, day and moment give the same state to everybody, and nothing that was
received after the moment plays a part [STATE-1].
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dp3t.facilities.authority_acts import UNTIL_OPENED, Closure, Enrolment, Opening, Verdict
from dp3t.facilities.checklist import Checklist, Task
from dp3t.facilities.history import History, Objected
from dp3t.facilities.local_time import LocalDay, local_day_start
from dp3t.facilities.settings import Settings
from dp3t.timeline import Instant

_NEVER = 2**32
"""A day that never comes."""


class State(StrEnum):
    """What a facility is on a day; which of several that hold, says [STATE-3]."""

    CLOSED = "closed"
    UNSAFE = "unsafe"
    CONTESTED = "contested"
    OVERDUE = "overdue"
    DUE = "due"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class InForce:
    """A checklist that holds on a day.

    Attributes:
        checklist: the list.
        since: for each task, the first day on which any list of the kind had it.
    """

    checklist: Checklist
    since: Mapping[str, LocalDay]


@dataclass(frozen=True, slots=True)
class DayState:
    """A day of a facility's calendar.

    Attributes:
        day: the local day.
        state: what it was.
        late: whether everything was done, but not by the deadline [STATE-12].
        missing: whether nothing was attested and nothing can be any more [STATE-13].
        by_itself: whether it is closed by the facility's own word alone [STATE-14].
    """

    day: LocalDay
    state: State
    late: bool
    missing: bool
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task on a day.

    Attributes:
        task: of the list in force.
        last_done: the last day, up to this one, on which it was done; None where it never was.
        due: whether it falls to this day, done meanwhile or not.
    """

    task: Task
    last_done: LocalDay | None
    due: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A facility on a day, seen at a moment.

    Attributes:
        history: what the record says of it.
        settings: that hold on the day.
        in_force: the checklist of the day; None where there is none.
        day: a local day.
        now: what was received later is not known yet.
    """

    history: History
    settings: Settings
    in_force: InForce | None
    day: LocalDay
    now: Instant

    @property
    def is_closed(self) -> bool:
        """Whether nothing is asked of it that day [STATE-5]."""
        enrolment = self.history.enrolments.on_day(self._start(self.day), self.now)
        return (
            enrolment is None
            or self.in_force is None
            or self.day < self._first_day(enrolment)
            or not enrolment.facility.attests_on(self.day)
            or self._is_closed_by_authority()
        )

    @property
    def is_closed_by_itself(self) -> bool:
        """Whether the facility says that it is closed, and said so in time [STATE-14]."""
        attested = self.history.counting(self.day, self.now)
        return attested is not None and attested.closed

    @property
    def is_unsafe(self) -> bool:
        """Whether an objection is upheld or a critical task was not done [STATE-6] [STATE-7]."""
        objections = self.history.weighed.values()
        return any(self._is_upheld(each) for each in objections) or self._lacks_critical()

    @property
    def is_contested(self) -> bool:
        """Whether nobody has decided on an objection yet [STATE-8]."""
        return self.open_objections() > 0

    @property
    def is_past_deadline(self) -> bool:
        """Whether the deadline of the day is past [CHECKLIST-3]."""
        return self.now >= self.settings.deadline_of(self.day)

    def is_complete(self, moment: Instant) -> bool:
        """Return whether by a moment the day was attested and no task outstanding [STATE-9]."""
        return self.history.counting(self.day, moment) is not None and not self.outstanding(moment)

    def outstanding(self, moment: Instant) -> tuple[Task, ...]:
        """Return the tasks that were not done within their periods by a moment [STATE-10]."""
        if self.in_force is None:
            return ()
        attested = self.history.counting(self.day, moment)
        done = frozenset[str]() if attested is None else attested.done
        left = (task for task in self.in_force.checklist.tasks if task.task not in done)
        return tuple(task for task in left if self._is_outstanding(task, self.day, moment))

    def open_objections(self) -> int:
        """Return how many objections contest the day [STATE-8]."""
        return sum(self._contests(each) for each in self.history.weighed.values())

    def tasks(self) -> tuple[TaskState, ...]:
        """Return the tasks of the list in force."""
        if self.in_force is None:
            return ()
        return tuple(self._task(task) for task in self.in_force.checklist.tasks)

    def _task(self, task: Task) -> TaskState:
        last = self.history.done_on(task.task, self.day, most_days=self.day + 1, now=self.now)
        before = LocalDay(self.day - 1)
        due = task.period_days == 1 or self._is_outstanding(
            task, self.day, self.now, done_by=before
        )
        return TaskState(task, last, due)

    def _is_outstanding(
        self, task: Task, day: LocalDay, moment: Instant, *, done_by: LocalDay | None = None
    ) -> bool:
        """Return whether a task is to be done on a day and was not, up to a day."""
        last_day = day if done_by is None else done_by
        days = task.period_days - (day - last_day)
        done = self.history.done_on(task.task, last_day, most_days=days, now=moment)
        if done is not None:
            return False
        return day >= self._first_asked(task) or self._was_ever_done(task, last_day, moment)

    def _was_ever_done(self, task: Task, day: LocalDay, moment: Instant) -> bool:
        return self.history.done_on(task.task, day, most_days=day + 1, now=moment) is not None

    def _first_asked(self, task: Task) -> int:
        """Return the first day on which a task that was never done is outstanding [STATE-11]."""
        enrolment = self.history.enrolments.on_day(self._start(self.day), self.now)
        if enrolment is None or self.in_force is None:
            return self.day
        since = max(self._first_day(enrolment), self.in_force.since.get(task.task, self.day))
        return since + task.period_days - 1

    def _first_day(self, enrolment: Enrolment) -> LocalDay:
        """Return from which day it attests: never one before it was first enrolled [STATE-5]."""
        enrolled, _ = next(iter(self.history.enrolments))
        return max(enrolment.first_day, self._day_of(enrolled))

    def _lacks_critical(self) -> bool:
        attested = self.history.counting(self.day, self.now)
        return (
            attested is not None
            and not attested.closed
            and any(
                task.critical and (self.is_past_deadline or task.task in attested.absent)
                for task in self.outstanding(self.now)
            )
        )

    def _is_upheld(self, objection: Objected) -> bool:
        about = objection.day
        return any(
            first <= self.day < end or self.day == about < end
            for first, end in self._upheld_days(objection)
        )

    def _upheld_days(self, objection: Objected) -> list[tuple[int, int]]:
        """Return the days from a verdict that upholds to the day of the one that settles it."""
        since: int | None = None
        found = list[tuple[int, int]]()
        for received, verdict in objection.verdicts:
            if received > self.now:
                break
            decided = self._day_of(received)
            if verdict is Verdict.UPHELD:
                since = decided if since is None else since
            elif since is not None:
                found += [(since, decided)] if verdict is Verdict.SETTLED else []
                since = None
        return found if since is None else [*found, (since, _NEVER)]

    def _contests(self, objection: Objected) -> bool:
        if objection.received > self.now or objection.verdict(self.now) is not None:
            return False
        first = self._day_of(objection.received)
        is_recent = first <= self.day < first + self.settings.objection_days
        return is_recent or self.day == objection.day

    def _is_closed_by_authority(self) -> bool:
        closed = False
        for received, act in self.history.closures:
            if received <= self.now and self._holds(received, act):
                closed = isinstance(act, Closure)
        return closed

    def _holds(self, received: Instant, act: Closure | Opening) -> bool:
        """Return whether an act says something of the day; never of days before its receipt."""
        until = act.until_day if isinstance(act, Closure) else UNTIL_OPENED
        begins = max(act.from_day, self._day_of(received))
        return begins <= self.day and (until == UNTIL_OPENED or self.day <= until)

    def _day_of(self, moment: Instant) -> LocalDay:
        return self.settings.day_of_place(moment)

    def _start(self, day: LocalDay) -> int:
        return local_day_start(day, utc_offset_minutes=self.settings.utc_offset_minutes)


def state_of(situation: Situation) -> State:
    """Return what a facility is on a day [STATE-3]."""
    if situation.is_closed:
        return State.CLOSED
    if situation.is_unsafe:
        return State.UNSAFE
    if situation.is_contested:
        return State.CONTESTED
    if situation.is_closed_by_itself:
        return State.CLOSED
    if situation.is_complete(situation.now):
        return State.SAFE
    return State.OVERDUE if situation.is_past_deadline else State.DUE


def day_state(situation: Situation) -> DayState:
    """Return what a facility's calendar says of a day."""
    state = state_of(situation)
    late = state is not State.CLOSED and _is_late(situation)
    missing = state is not State.CLOSED and _is_missing(situation)
    by_itself = state is State.CLOSED and not situation.is_closed
    return DayState(situation.day, state, late, missing, by_itself)


def _is_late(situation: Situation) -> bool:
    last_in_time = Instant(situation.settings.deadline_of(situation.day) - 1)
    return (
        situation.is_past_deadline
        and situation.is_complete(situation.now)
        and not situation.is_complete(last_in_time)
    )


def _is_missing(situation: Situation) -> bool:
    settings, day = situation.settings, situation.day
    is_over = settings.day_of_place(situation.now) > day + settings.late_days
    return is_over and situation.history.newest(day, situation.now) is None
