"""The visits of a phone, and what it has found of them in the traces it has read."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Self

from dp3t.codec import Fields, Value
from dp3t.params import LAST_INSTANT
from dp3t.presence.diary import Diary
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import VISIT_RETENTION_DAYS
from dp3t.presence.matching import Overlap, PresenceMatch, Run, joined, match
from dp3t.presence.trace import TRACE_BYTES, Trace, traces_of
from dp3t.presence.visit import CheckIn, VisitRecord
from dp3t.primitives import Rand
from dp3t.publication.batch import Batch, require_region
from dp3t.timeline import Day, Instant, checked_release, day_of

MAX_INGESTED = 2**14
MAX_MATCHES = 2**12
"""More hours than there are in the memory of a phone, each with several messages."""

MAX_WAITING = 2**13
"""How many traces wait for the end of a visit, 4 MB; the latest releases count [PHONE-40]."""

_MAX_REGION_LENGTH = 16


class Visits:
    """A diary, each overlap with a trace once, which batches have been read, and what waits.

    An hour can be traced when it is over, and a longer visit has no records before it ends. So as
    long as a visit lasts, the traces that come are kept, of its days, and tried when it has ended.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.diary = Diary()
        self._found: dict[Overlap, PresenceMatch] = {}
        self._ingested: set[tuple[Instant, str]] = set()
        self._waiting: set[tuple[Instant, Trace]] = set()

    @property
    def exposures(self) -> tuple[PresenceMatch, ...]:
        """The overlaps, those of one stay put together, oldest first [OVERLAP-8]."""
        return joined(self._found.values())

    def has_ingested(self, *, release: Instant, region: str) -> bool:
        """Return whether the traces of a region's release time have been read."""
        return (release, region) in self._ingested

    def check_in(
        self, entry: EntryCode, *, now: Instant, rand: Rand, stay_seconds: int | None = None
    ) -> CheckIn:
        """Begin a visit; arguments and errors are those of `Diary.check_in`."""
        with self._trying_waiting():
            return self.diary.check_in(entry, now=now, rand=rand, stay_seconds=stay_seconds)

    def check_out(
        self, payload: bytes, *, now: Instant, rand: Rand, departure: Instant | None = None
    ) -> None:
        """End a visit; arguments and errors are those of `Diary.check_out`."""
        with self._trying_waiting():
            self.diary.check_out(payload, now=now, rand=rand, departure=departure)

    def ingest(self, batch: Batch, *, run: Run = map) -> tuple[PresenceMatch, ...]:
        """Match the traces of a batch and return what is new [PHONE-35].

        Args:
            batch: a verified batch of traces.
            run: see `dp3t.presence.match`.

        Raises:
            MalformedError: the batch holds something else; nothing changes.
        """
        traces = traces_of(batch)
        fresh = self._add(match(self.diary.records, traces, release=batch.release, run=run))
        self._waiting |= {(batch.release, trace) for trace in traces}
        self._trim()
        self._ingested.add((batch.release, batch.region))
        if len(self._ingested) > MAX_INGESTED:  # to fetch an old one again does no harm
            self._ingested.remove(min(self._ingested))
        return fresh

    def settle(self, now: Instant, *, oldest: Day, rand: Rand) -> None:
        """End what is overdue, and forget what is past its retention [PHONE-36].

        Args:
            now: the present.
            oldest: the first day of what the region keeps; visits may be kept longer.
            rand: source of randomness.
        """
        with self._trying_waiting():
            self.diary.settle(now, rand=rand)
        oldest = min(oldest, Day(day_of(now) - VISIT_RETENTION_DAYS))
        if any(one.day < oldest for one in self._found.values()):
            self._keep_found(one for one in self._found.values() if one.day >= oldest)
        if any(day_of(release) < oldest for release, _ in self._ingested):
            self._ingested = {each for each in self._ingested if day_of(each[0]) >= oldest}

    def withdraw(self, payload: bytes) -> None:
        """Erase a visit that lasts; see `Diary.withdraw`."""
        self.diary.withdraw(payload)
        self._trim()

    def forget_after(self, now: Instant) -> None:
        """Erase what a wrong clock has dated later than `now` [PHONE-13]."""
        self.diary.forget_after(now)
        self._keep_found(one for one in self._found.values() if one.start <= now)
        self._ingested = {each for each in self._ingested if each[0] <= now}
        self._waiting = {each for each in self._waiting if each[0] <= now}
        self._trim()

    def forget_everything(self) -> None:
        """Erase all visits and what was found of them [PHONE-37]."""
        self.diary.forget_everything()
        self._found = {}
        self._trim()

    def forget_day(self, day: Day) -> None:
        """Erase what there is of a UTC day [PHONE-37]."""
        self.diary.forget_day(day)
        self._keep_found(one for one in self._found.values() if one.day != day)

    @contextmanager
    def _trying_waiting(self) -> Iterator[None]:
        """Try what waits on each visit that ends within, and drop what none waits for [PHONE-40].

        Whatever is refused within: visits that were overdue have ended before.
        """
        if not self._waiting:
            yield
            return
        known = set(self.diary.records)
        try:
            yield
        finally:
            self._try_waiting(known)

    def _try_waiting(self, known: Collection[VisitRecord]) -> None:
        fresh = [record for record in self.diary.records if record not in known]
        for release in sorted({release for release, _ in self._waiting} if fresh else ()):
            traces = [trace for at, trace in self._waiting if at == release]
            self._add(match(fresh, traces, release=release))
        self._trim()

    def _add(self, matches: Collection[PresenceMatch]) -> tuple[PresenceMatch, ...]:
        """Keep matches, each with the earliest release that said so, and return what is new."""
        fresh = tuple(one for one in matches if one.overlap not in self._found)
        self._keep_found([*matches, *self._found.values()])
        return fresh

    def _keep_found(self, matches: Iterable[PresenceMatch]) -> None:
        """Keep these, not too many: those that began last."""
        latest_first = sorted(matches, key=lambda one: one.release, reverse=True)
        by_overlap = {one.overlap: one for one in latest_first}
        self._found = dict(sorted(by_overlap.items())[-MAX_MATCHES:])

    def _trim(self) -> None:
        """Keep of what waits only what can fit a visit that lasts, and not too much [PHONE-40]."""
        first = min((day_of(visit.arrival) for visit in self.diary.open), default=None)
        wanted = {each for each in self._waiting if first is not None and each[1].day >= first}
        self._waiting = set(sorted(wanted)[-MAX_WAITING:])

    def to_value(self) -> Value:
        """Return the visits for sealing."""
        return {
            "diary": self.diary.to_value(),
            "ingested": [
                {"region": region, "release": release} for release, region in sorted(self._ingested)
            ],
            "matches": [self._found[overlap].to_value() for overlap in sorted(self._found)],
            "waiting": [
                {"release": release, "trace": trace.encode()}
                for release, trace in sorted(self._waiting)
            ],
        }

    @classmethod
    def restore(cls, fields: Fields) -> Self:
        """Return the visits that `to_value` described; MalformedError otherwise [PHONE-17]."""
        visits = cls()
        visits.diary = Diary.restore(fields.value("diary"))
        for item in fields.items("matches", most=MAX_MATCHES):
            one = PresenceMatch.from_value(item)
            visits._found[one.overlap] = one
        for item in fields.items("ingested", most=MAX_INGESTED):
            entry = Fields(item, what="a batch of traces")
            release = checked_release(entry.integer("release", 0, LAST_INSTANT))
            region = entry.text("region", longest=_MAX_REGION_LENGTH)
            entry.done()
            require_region(region)
            visits._ingested.add((release, region))
        for item in fields.items("waiting", most=MAX_WAITING):
            entry = Fields(item, what="a trace that waits")
            release = checked_release(entry.integer("release", 0, LAST_INSTANT))
            trace = Trace.decode(entry.octets("trace", length=TRACE_BYTES))
            entry.done()
            visits._waiting.add((release, trace))
        fields.done()
        visits._trim()
        return visits
