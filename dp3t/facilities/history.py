"""What a state is made from: all that the record says of one facility, with when it was received.

Nothing here is ever changed by what comes later; it is added to. So the state of any day at any
moment can be found from what had been received by then.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from dp3t.facilities.authority_acts import Closure, Enrolment, Opening, Verdict
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.settings import MAX_OBJECTION_DAYS
from dp3t.timeline import Instant

KEPT_DAYS = 56
"""For how many days attestations are kept one by one; of older days only what was done last."""

_DAY_SECONDS = 86_400
_CONTESTING_SECONDS = (KEPT_DAYS + MAX_OBJECTION_DAYS + 1) * _DAY_SECONDS
_DECIDED_SECONDS = (KEPT_DAYS + 1) * _DAY_SECONDS

PRESENCE_KEYS = 8
"""Of how many attestations of a day the keys of presence are tried, the last ones."""

T = TypeVar("T")


class Versions(Generic[T]):
    """What replaces one another, each with the moment at which it was received."""

    def __init__(self) -> None:
        self._received: list[Instant] = []
        self._values: list[T] = []

    def __iter__(self) -> Iterator[tuple[Instant, T]]:
        return iter(zip(self._received, self._values, strict=True))

    def __len__(self) -> int:
        return len(self._values)

    def add(self, received: Instant, value: T) -> None:
        """Add what was received, no earlier than the one before."""
        self._received.append(received)
        self._values.append(value)

    def newest(self, now: Instant) -> T | None:
        """Return the last that was received by a moment."""
        place = bisect_right(self._received, now)
        return self._values[place - 1] if place else None

    def on_day(self, start: int, now: Instant) -> T | None:
        """Return what holds on a day: the last before it began, or else the first [STATE-2].

        Args:
            start: the first second of the day.
            now: what was received later is not known yet.
        """
        found = self.newest(Instant(min(start, now)))
        if found is None and self._received and self._received[0] <= now:
            return self._values[0]
        return found


class Attested(NamedTuple):
    """What a state needs of one attestation.

    Attributes:
        received: when.
        digest: of the signed act.
        done: the tasks that were done.
        absent: the tasks that were not, by the facility's own word.
        closed: whether it is closed that day.
        counts: whether states follow from it; not where it says too late that it is closed.
        presence: the key of the day's proofs of presence, or empty.
    """

    received: Instant
    digest: bytes
    done: frozenset[str]
    absent: frozenset[str]
    closed: bool
    counts: bool
    presence: bytes


@dataclass(slots=True)
class Objected:
    """An objection, and what became of it.

    Attributes:
        received: when.
        day: the local day that it is about.
        task: which task, or empty.
        verdicts: of the authority, in the order of receipt.
        answers: when the facility answered, in the order of receipt.
    """

    received: Instant
    day: LocalDay
    task: str
    verdicts: list[tuple[Instant, Verdict]] = field(default_factory=list)
    answers: list[Instant] = field(default_factory=list)

    def verdict(self, now: Instant) -> Verdict | None:
        """Return what is decided by a moment, None where nothing is."""
        decided = [verdict for received, verdict in self.verdicts if received <= now]
        return decided[-1] if decided else None

    def matters(self, now: Instant) -> bool:
        """Return whether a day that is kept at a moment, or one to come, can depend on it.

        Not if nobody decided on it while it contested days, or it was settled or dismissed before
        those that are kept; a later verdict makes it matter again.
        """
        if now - self.received <= _CONTESTING_SECONDS:
            return True
        decided, last = self.verdicts[-1] if self.verdicts else (self.received, None)
        return last is Verdict.UPHELD or now - decided <= _DECIDED_SECONDS


@dataclass(slots=True)
class History:
    """All that counts of one facility, in the order of receipt.

    Attributes:
        enrolments: by the authority.
        attested: by day, all of a day.
        last_done: for sets of tasks, the last day, of those forgotten, on which they were done.
        closures: and openings.
        objections: by digest, all of them.
        weighed: those of them that states can depend on.
    """

    enrolments: Versions[Enrolment] = field(default_factory=Versions)
    attested: dict[LocalDay, tuple[Attested, ...]] = field(default_factory=dict)
    last_done: dict[frozenset[str], LocalDay] = field(default_factory=dict)
    closures: list[tuple[Instant, Closure | Opening]] = field(default_factory=list)
    objections: dict[bytes, Objected] = field(default_factory=dict)
    weighed: dict[bytes, Objected] = field(default_factory=dict)

    def object(self, digest: bytes, objected: Objected) -> None:
        """Add an objection."""
        self.objections[digest] = objected
        self.weighed[digest] = objected
        self._weigh(objected.received)

    def decide(self, objection: bytes, received: Instant, verdict: Verdict) -> None:
        """Add a verdict on an objection, by digest."""
        objected = self.objections[objection]
        objected.verdicts.append((received, verdict))
        self.weighed[objection] = objected

    def attest(self, day: LocalDay, attested: Attested) -> None:
        """Add an attestation, and forget days that are too old to be told one by one."""
        former = self.attested.get(day)
        self.attested[day] = (attested,) if former is None else (*former, attested)
        if self._forget_before(LocalDay(day - KEPT_DAYS)) and self.weighed:
            self._weigh(attested.received)

    def counting(self, day: LocalDay, now: Instant) -> Attested | None:
        """Return the attestation of a day that counts at a moment [STATE-4]."""
        return self._last(day, now, all_of_them=False)

    def newest(self, day: LocalDay, now: Instant) -> Attested | None:
        """Return the last attestation of a day by a moment, whether or not it counts."""
        return self._last(day, now, all_of_them=True)

    def _last(self, day: LocalDay, now: Instant, *, all_of_them: bool) -> Attested | None:
        for attested in reversed(self.attested.get(day, ())):
            if attested.received <= now and (attested.counts or all_of_them):
                return attested
        return None

    def done_on(self, task: str, day: LocalDay, *, most_days: int, now: Instant) -> LocalDay | None:
        """Return on which day, up to one, a task was done last; None where it was not.

        Args:
            task: its name.
            day: the last that counts.
            most_days: how many days back to look.
            now: what was received later is not known yet.
        """
        for past in range(day, day - min(most_days, KEPT_DAYS), -1):
            attested = self.counting(LocalDay(past), now)
            if attested is not None and task in attested.done:
                return LocalDay(past)
        days = (last for tasks, last in self.last_done.items() if task in tasks)
        found = max(days, default=None)
        return found if found is not None and day - most_days < found <= day else None

    def presence_keys(self, day: LocalDay) -> tuple[bytes, ...]:
        """Return the keys under which presence on a day can be proved [OBJECTION-8]."""
        published = [each.presence for each in self.attested.get(day, ()) if each.presence]
        return tuple(published[-PRESENCE_KEYS:])

    def _weigh(self, now: Instant) -> None:
        weighed = self.weighed.items()
        self.weighed = {digest: each for digest, each in weighed if each.matters(now)}

    def _forget_before(self, first: LocalDay) -> bool:
        """Forget days before one; return whether there were any."""
        before = len(self.attested)
        while (oldest := next(iter(self.attested))) < first:
            counting = [each for each in self.attested.pop(oldest) if each.counts]
            for done in (each.done for each in counting[-1:]):
                self.last_done[done] = max(oldest, self.last_done.get(done, oldest))
        return len(self.attested) < before
