"""Which visits overlap a published trace: a pairing for each record and trace of one day.

The work is divided into tasks that do not depend on each other, so that it can be done on several
cores: `run` may be the `map` of a process pool.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from dp3t.codec import Fields, Value
from dp3t.errors import Dp3tError, MalformedError
from dp3t.params import LAST_INSTANT
from dp3t.presence.encryption import Ciphertext, IdentityKey
from dp3t.presence.pairing import G2Point
from dp3t.presence.trace import MAX_TEXT_BYTES, Trace, require_text
from dp3t.presence.visit import VisitMessage, VisitRecord
from dp3t.timeline import Day, Instant, Stretch, checked_release, day_of

TRACES_PER_TASK = 32
"""For so many traces the points of their day's records are read once, a sixth of a pairing each."""

Overlap = tuple[Instant, Instant, str]
"""Start, end and message: in what matches differ, and their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceMatch:
    """A stretch of time in which this person was at a venue while it was exposed.

    Two that differ in nothing but the release are equal [OVERLAP-6].

    Attributes:
        start: when both had begun.
        end: when one of them ended, later than `start`.
        message: what the authority tells those who were there.
        release: of the batch that said so.

    Raises:
        MalformedError: a stretch or a text that no match has.
    """

    start: Instant
    end: Instant
    message: str
    release: Instant = field(compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= LAST_INSTANT:
            raise MalformedError("an overlap ends after it begins")
        require_text(self.message)
        checked_release(self.release)

    @property
    def day(self) -> Day:
        """The UTC day on which it began."""
        return day_of(self.start)

    @property
    def overlap(self) -> Overlap:
        """What tells it from another match [OVERLAP-6]."""
        return self.start, self.end, self.message

    def to_value(self) -> Value:
        """Return the match for sealing."""
        return {
            "end": self.end,
            "message": self.message,
            "release": self.release,
            "start": self.start,
        }

    @classmethod
    def from_value(cls, value: Value) -> "PresenceMatch":
        """Return the match that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="a match of a visit")
        match = cls(
            start=Instant(fields.integer("start", 0, LAST_INSTANT)),
            end=Instant(fields.integer("end", 0, LAST_INSTANT)),
            message=fields.text("message", longest=MAX_TEXT_BYTES),
            release=Instant(fields.integer("release", 0, LAST_INSTANT)),
        )
        fields.done()
        return match


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Records and traces of one day; it can be sent to another process.

    Attributes:
        records: all of the day.
        traces: at most `TRACES_PER_TASK`.
        release: of the batch of the traces.
    """

    records: tuple[VisitRecord, ...]
    traces: tuple[Trace, ...]
    release: Instant


Run = Callable[
    [Callable[[Task], list[PresenceMatch]], Iterable[Task]], Iterable[list[PresenceMatch]]
]
"""What does the tasks: `map`, or one that does them elsewhere and returns the same."""


def match(
    records: Iterable[VisitRecord],
    traces: Iterable[Trace],
    *,
    release: Instant,
    run: Run = map,
) -> tuple[PresenceMatch, ...]:
    """Return each overlap of a visit with a trace once, ascending by time and message [OVERLAP-7].

    Args:
        records: of this phone.
        traces: of one batch. One that is faulty is left out [OVERLAP-5].
        release: the batch's release time.
        run: has the form of `map`; that of a `ProcessPoolExecutor` uses several cores.
    """
    tasks = _tasks(records, traces, release=release)
    found = {one for each in run(overlaps_in, tasks) for one in each}
    return tuple(sorted(found, key=attrgetter("overlap")))


def joined(matches: Iterable[PresenceMatch]) -> tuple[PresenceMatch, ...]:
    """Return the matches with those put together that touch and carry one message [OVERLAP-8].

    A visit leaves a record for each hour, so a long overlap comes in parts. Of the releases the
    earliest stands.
    """
    parts = dict[str, list[PresenceMatch]]()
    for one in sorted(matches, key=attrgetter("overlap")):
        of_message = parts.setdefault(one.message, [])
        last = of_message[-1] if of_message else None
        if last is not None and one.start <= last.end:
            of_message[-1] = _together(last, one)
        else:
            of_message.append(one)
    every = (one for each in parts.values() for one in each)
    return tuple(sorted(every, key=attrgetter("overlap")))


def overlaps_in(task: Task) -> list[PresenceMatch]:
    """Try every trace of a task on every record of it."""
    found = list[PresenceMatch]()
    records = [opened for record in task.records if (opened := _opened(record))]
    for trace in task.traces:
        with suppress(MalformedError):  # a key that is no point costs only its own trace
            key = trace.identity_key()
            overlaps = (
                _overlap(record, trace, key=key, release=task.release) for record in records
            )
            found += (one for one in overlaps if one)
    return found


class _OpenedRecord(NamedTuple):
    """A record whose point has been read and checked, once for many keys."""

    day: Day
    ciphertext: Ciphertext
    point: G2Point

    def decrypt(self, key: IdentityKey) -> VisitMessage:
        """Return what the record says [OVERLAP-2]; a Dp3tError where that is not for this key."""
        message = VisitMessage.decode(key.decrypt_at(self.point, self.ciphertext))
        if day_of(message.hour) != self.day:
            raise MalformedError("the record is filed under another day than its hour's")
        return message


def _opened(record: VisitRecord) -> _OpenedRecord | None:
    ciphertext = Ciphertext.decode(record.ciphertext)
    with suppress(MalformedError):
        return _OpenedRecord(record.day, ciphertext, G2Point.from_bytes(ciphertext.c1))
    return None


def _overlap(
    record: _OpenedRecord, trace: Trace, *, key: IdentityKey, release: Instant
) -> PresenceMatch | None:
    """Return in which part of the hour the visit and the trace's stretch overlap [OVERLAP-4]."""
    try:
        visit = record.decrypt(key)
        message = trace.open(visit.notification_key)
    except Dp3tError:
        return None
    start, end = Stretch(visit.arrival, visit.departure).within(message.stretch)
    if start >= end:
        return None
    return PresenceMatch(start=start, end=end, message=message.text, release=release)


def _tasks(
    records: Iterable[VisitRecord], traces: Iterable[Trace], *, release: Instant
) -> Iterator[Task]:
    """Yield the work, only of days that have both records and traces [OVERLAP-1]."""
    days: dict[Day, list[VisitRecord]] = {}
    for record in records:
        days.setdefault(record.day, []).append(record)
    tried: dict[Day, list[Trace]] = {}
    for trace in traces:
        tried.setdefault(trace.day, []).append(trace)
    for day in sorted(days.keys() & tried.keys()):
        for at in range(0, len(tried[day]), TRACES_PER_TASK):
            part = tuple(tried[day][at : at + TRACES_PER_TASK])
            yield Task(records=tuple(days[day]), traces=part, release=release)


def _together(one: PresenceMatch, later: PresenceMatch) -> PresenceMatch:
    return PresenceMatch(
        start=one.start,
        end=max(one.end, later.end),
        message=one.message,
        release=min(one.release, later.release),
    )
