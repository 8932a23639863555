"""What a phone keeps of visits: those that last in the clear, the others as records.

The records of a day cannot be told apart, not even by the phone. So a person can erase a day and
not a visit.
"""

from collections.abc import Iterable

from dp3t.codec import Fields, Value
from dp3t.errors import LimitError, MalformedError, PolicyError
from dp3t.params import LAST_DAY, LAST_INSTANT
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import VISIT_RETENTION_DAYS
from dp3t.presence.visit import RECORD_BYTES, CheckIn, VisitRecord, check_in
from dp3t.primitives import Rand
from dp3t.timeline import Day, Instant, day_of

MAX_OPEN = 8
"""How many visits can last at one time [VISIT-10]."""

MAX_RECORDS = 1_024
"""How many records are kept; a visit of a day leaves 25 of them [VISIT-13]."""


class Diary:
    """The visits of one phone: at most 8 open, at most 1,024 records."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._open: dict[bytes, CheckIn] = {}
        self._records: list[VisitRecord] = []

    @property
    def open(self) -> tuple[CheckIn, ...]:
        """The visits that last, by arrival."""
        return tuple(sorted(self._open.values(), key=_place_of))

    @property
    def records(self) -> tuple[VisitRecord, ...]:
        """What is left of the others, by day and bytes [VISIT-11]."""
        return tuple(self._records)

    def check_in(
        self, entry: EntryCode, *, now: Instant, rand: Rand, stay_seconds: int | None = None
    ) -> CheckIn:
        """Begin a visit, after `settle`; arguments and errors are those of `visit.check_in`.

        Raises:
            PolicyError: a visit with this code lasts, or eight do [VISIT-10].
        """
        self.settle(now, rand=rand)
        begun = check_in(entry, now=now, stay_seconds=stay_seconds)
        if entry.payload in self._open:
            raise PolicyError("a visit with this entry code has not ended")
        if len(self._open) == MAX_OPEN:
            raise PolicyError(f"{MAX_OPEN} visits have not ended")
        self._open[entry.payload] = begun
        return begun

    def check_out(
        self, payload: bytes, *, now: Instant, rand: Rand, departure: Instant | None = None
    ) -> None:
        """End a visit: erase what is in the clear and keep its records [VISIT-9].

        What is overdue is settled first, so a visit that has ended by itself is not open here.

        Args:
            payload: of the entry code.
            now: the present.
            rand: source of randomness.
            departure: when the person left; None for the present.

        Raises:
            PolicyError: no visit with this code lasts, or as `CheckIn.check_out` says.
        """
        self.settle(now, rand=rand)
        visit = self._opened(payload)
        self._close(visit, departure=now if departure is None else departure, now=now, rand=rand)

    def withdraw(self, payload: bytes) -> None:
        """Erase a visit that lasts, without a record: the code was scanned by mistake [VISIT-15].

        Raises:
            PolicyError: no visit with this code lasts.
        """
        del self._open[self._opened(payload).entry.payload]

    def settle(self, now: Instant, *, rand: Rand) -> None:
        """End what is overdue [VISIT-16] and forget what is past its retention [VISIT-12]."""
        for visit in self.open:
            if visit.leaves_by <= now:
                self._close(visit, departure=visit.leaves_by, now=now, rand=rand)
        oldest = day_of(now) - VISIT_RETENTION_DAYS
        if self._records and self._records[0].day < oldest:
            self._keep(record for record in self._records if record.day >= oldest)

    def forget_day(self, day: Day) -> None:
        """Erase all records of a UTC day [VISIT-14]."""
        self._keep(record for record in self._records if record.day != day)

    def forget_after(self, now: Instant) -> None:
        """Erase what a wrong clock has dated later than `now`."""
        self._open = {key: visit for key, visit in self._open.items() if visit.arrival <= now}
        self._keep(record for record in self._records if record.day <= day_of(now))

    def forget_everything(self) -> None:
        """Erase all visits [VISIT-14]."""
        self._open, self._records = {}, []

    def to_value(self) -> Value:
        """Return the diary for sealing: the records of a day are one string of bytes."""
        days: dict[Day, list[bytes]] = {}
        for record in self._records:
            days.setdefault(record.day, []).append(record.ciphertext)
        return {
            "open": [
                {
                    "arrival": visit.arrival,
                    "leaves_by": visit.leaves_by,
                    "payload": visit.entry.payload,
                }
                for visit in self.open
            ],
            "records": [{"day": day, "joined": b"".join(each)} for day, each in days.items()],
        }

    @classmethod
    def restore(cls, value: Value) -> "Diary":
        """Return the diary that `to_value` described.

        Raises:
            MalformedError: anything that `to_value` does not give.
        """
        fields = Fields(value, what="the diary")
        diary = cls()
        visits = [_visit_of(item) for item in fields.items("open", most=MAX_OPEN)]
        diary._open = {visit.entry.payload: visit for visit in visits}
        days = fields.items("records", most=MAX_RECORDS)
        diary._records = sorted(record for item in days for record in _records_of(item))
        fields.done()
        if len(diary._records) > MAX_RECORDS:
            raise LimitError(f"a diary has at most {MAX_RECORDS} records")
        if len(set(diary._records)) < len(diary._records) or diary.to_value() != value:
            raise MalformedError("the diary is not in canonical form")
        return diary

    def _opened(self, payload: bytes) -> CheckIn:
        if payload not in self._open:
            raise PolicyError("no visit with this entry code lasts")
        return self._open[payload]

    def _close(self, visit: CheckIn, *, departure: Instant, now: Instant, rand: Rand) -> None:
        left = visit.check_out(departure=departure, now=now, rand=rand)
        del self._open[visit.entry.payload]
        self._keep([*self._records, *left])

    def _keep(self, records: Iterable[VisitRecord]) -> None:
        """Keep these in an order that tells nothing, the earliest days only if there is room."""
        self._records = sorted(records)[-MAX_RECORDS:]


def _place_of(visit: CheckIn) -> tuple[Instant, bytes]:
    return visit.arrival, visit.entry.payload


def _visit_of(item: Value) -> CheckIn:
    fields = Fields(item, what="a visit that lasts")
    arrival = Instant(fields.integer("arrival", 0, LAST_INSTANT))
    leaves_by = Instant(fields.integer("leaves_by", arrival, LAST_INSTANT))
    payload = fields.octets("payload")
    fields.done()
    return CheckIn(entry=EntryCode.parse(payload), arrival=arrival, leaves_by=leaves_by)


def _records_of(item: Value) -> list[VisitRecord]:
    fields = Fields(item, what="the records of a day")
    day, joined = Day(fields.integer("day", 0, LAST_DAY)), fields.octets("joined")
    fields.done()
    if not joined or len(joined) % RECORD_BYTES:
        raise MalformedError(f"the records of a day have {RECORD_BYTES} bytes each")
    ends = range(RECORD_BYTES, len(joined) + 1, RECORD_BYTES)
    return [VisitRecord(day, joined[end - RECORD_BYTES : end]) for end in ends]
