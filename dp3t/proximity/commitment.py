"""Commitments to keys, where the designs are known: made on a phone, checked on a server.

A phone that is tested commits to the keys of every day it remembers. After a positive result it
publishes the very records it committed to, each day with the random bytes that open it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError, PolicyError, TooEarlyError
from dp3t.params import DAY_SECONDS, LAST_INSTANT, Parameters
from dp3t.primitives import Rand
from dp3t.proximity.designs import design_named
from dp3t.proximity.interface import EVERYTHING, KeyRing, Selection, TracingKey
from dp3t.publication.commitment import (
    MAX_DAYS,
    RANDOM_BYTES,
    Commitment,
    Openings,
    day_hash,
)
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, day_of

_MAX_NAME_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySecret:
    """What a phone keeps of its commitment to one day; hidden in its repr.

    Attributes:
        random: 32 bytes.
        records: the keys committed to, decoys among them, in ascending order.
    """

    random: bytes = field(repr=False)
    records: tuple[KeyRecord, ...] = field(repr=False)

    def to_value(self) -> Value:
        """Return the secret for sealing."""
        return {"random": self.random, "records": KeyTable.of(self.records).encode()}

    @classmethod
    def from_value(cls, value: Value) -> "DaySecret":
        """Return a secret that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the secret of a day")
        random = fields.octets("random", length=RANDOM_BYTES)
        records = tuple(KeyTable.decode(fields.octets("records")))
        fields.done()
        return cls(random=random, records=records)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentSecret:
    """What a phone keeps of a commitment until its keys are published or forgotten.

    Attributes:
        design: name of the design.
        first_day: the first day committed to.
        days: one secret for each day since, up to the day of the test; hidden in the repr.
    """

    design: str
    first_day: Day
    days: tuple[DaySecret, ...] = field(repr=False)

    @property
    def last_day(self) -> Day:
        """The day of the test."""
        return Day(self.first_day + len(self.days) - 1)

    def commitment(self) -> Commitment:
        """Return what the health authority gets [COMMITMENT-1]."""
        hashes = (
            _hash(self.design, Day(day), secret.random, secret.records)
            for day, secret in enumerate(self.days, start=self.first_day)
        )
        return Commitment(design=self.design, first_day=self.first_day, hashes=tuple(hashes))

    def bound(
        self,
        released: Iterable[TracingKey],
        *,
        since: Day,
        parameters: Parameters,
        redacted_days: Collection[Day] = (),
    ) -> tuple[Report, Openings]:
        """Return the report that the commitment covers, and what opens it [COMMITMENT-14].

        Its keys are those committed to for the days since the first contagious one, whatever the
        phone's ring holds by now. Where a released key is one of them, its attributes are the
        released ones: a rolling period is cut by then.

        Args:
            released: what the phone's ring released.
            since: the first contagious day.
            parameters: the region's.
            redacted_days: days that the person holds back as a whole.

        Raises:
            PolicyError: nothing of it was committed to, or a day cannot be held back alone.
        """
        design = design_named(self.design)
        fresh = {key.committed(): key.record() for key in released}
        opened = [
            (Day(day), secret)
            for day, secret in enumerate(self.days, start=self.first_day)
            if day >= since and secret.records
        ]
        if design.chains:
            opened = opened[:1]
            _require_none_reached(opened, redacted_days=redacted_days)
        elif redacted_days and not design.keeps_days_apart(parameters):
            raise PolicyError("keys reach over midnight, so that no day can be left out alone")
        opened = [(day, secret) for day, secret in opened if day not in redacted_days]
        if not opened:
            raise PolicyError("no key to publish was committed to at the test")
        of = design.tracing_key
        records = [
            fresh.get(of(record).committed(), record)
            for _, secret in opened
            for record in secret.records
        ]
        openings = Openings(
            days=tuple(day for day, _ in opened),
            randoms=tuple(secret.random for _, secret in opened),
        )
        return Report(design=self.design, records=tuple(sorted(records))), openings

    def since(self, day: Day) -> "CommitmentSecret | None":
        """Return the secret without the keys of earlier days; None where nothing is left."""
        gone = max(0, day - self.first_day)
        if gone >= len(self.days):
            return None
        return replace(self, first_day=Day(self.first_day + gone), days=self.days[gone:])

    def to_value(self) -> Value:
        """Return the secret for sealing."""
        return {
            "days": [secret.to_value() for secret in self.days],
            "design": self.design,
            "first_day": self.first_day,
        }

    @classmethod
    def from_value(cls, value: Value) -> "CommitmentSecret":
        """Return a secret that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the secret of a commitment")
        days = tuple(DaySecret.from_value(item) for item in fields.items("days", most=MAX_DAYS))
        secret = cls(
            design=fields.text("design", longest=_MAX_NAME_LENGTH),
            first_day=Day(fields.integer("first_day", 0, LAST_INSTANT // DAY_SECONDS)),
            days=days,
        )
        fields.done()
        secret.commitment()  # raises where the parts are no commitment
        return secret


def committable(
    ring: KeyRing,
    *,
    now: Instant,
    parameters: Parameters,
    rand: Rand,
    selection: Selection = EVERYTHING,
) -> list[TracingKey]:
    """Return what reports made now would publish, for every day of the memory.

    A report since the first day gives most designs the keys of all days. A chain of day keys gives
    one; so each day that has none yet is asked for with a report since then. The ring stays as it
    is.

    Raises:
        PolicyError: the design cannot hold back what the person redacts.
        ClockError: the ring was not rotated to `now`.
    """
    today = day_of(now)
    days = range(max(0, today - parameters.retention_days), today + 1)
    by_day = dict[Day, list[TracingKey]]()
    for day in map(Day, days):
        if day in by_day:
            continue
        released: list[TracingKey] = []
        with suppress(TooEarlyError):  # of today no epoch may be over yet
            released, _ = ring.released(
                since=day,
                onset=None,
                now=now,
                parameters=parameters,
                rand=rand,
                selection=selection,
            )
        for found, keys in grouped(released, parameters).items():
            by_day.setdefault(found, keys)
    return [key for day, keys in by_day.items() if day in days for key in keys]


def grouped(keys: Iterable[TracingKey], parameters: Parameters) -> dict[Day, list[TracingKey]]:
    """Return keys by the day on which a commitment files them."""
    by_day = defaultdict[Day, list[TracingKey]](list)
    for key in keys:
        by_day[key.day(parameters)].append(key)
    return by_day


def commit(
    design: str, keys: Iterable[TracingKey], *, today: Day, parameters: Parameters, rand: Rand
) -> CommitmentSecret:
    """Commit to keys for every day that the region remembers [COMMITMENT-2] [COMMITMENT-3].

    A day without keys is committed to like any other, so that the authority does not learn since
    when the app is in use or which days the person has held back.

    Args:
        design: name of the design.
        keys: the keys of every day, decoys and all; see `committable`.
        today: the UTC day of the test.
        parameters: the region's.
        rand: source of 32 random bytes for each day, oldest first.
    """
    by_day = grouped(keys, parameters)
    first_day = Day(max(0, today - parameters.retention_days))
    days = (
        DaySecret(
            random=rand(RANDOM_BYTES),
            records=tuple(sorted(key.record() for key in by_day.get(day, ()))),
        )
        for day in map(Day, range(first_day, today + 1))
    )
    return CommitmentSecret(design=design, first_day=first_day, days=tuple(days))


def opened_hashes(
    report: Report, openings: Openings, *, parameters: Parameters
) -> dict[Day, bytes]:
    """Return for each day of a report the hash its keys were committed to by [COMMITMENT-11].

    Raises:
        MalformedError: a record is not the design's, the days of the records are not those of the
            openings, or a key stands twice.
    """
    of = design_named(report.design).tracing_key
    by_day = defaultdict[Day, list[KeyRecord]](list)
    for record in report.records:
        by_day[of(record).day(parameters)].append(record)
    if sorted(by_day) != list(openings.days):
        raise MalformedError("the openings are not those of the days of the report")
    return {day: _hash(report.design, day, random, by_day[day]) for day, random in openings.items()}


def _require_none_reached(
    opened: Sequence[tuple[Day, DaySecret]], *, redacted_days: Collection[Day]
) -> None:
    """Raise PolicyError where a chain that begins on a day gives a redacted one [PHONE-27]."""
    if any(day >= first for first, _ in opened for day in redacted_days):
        raise PolicyError("the design publishes a chain and can leave no day of it out")


def _hash(design: str, day: Day, random: bytes, records: Iterable[KeyRecord]) -> bytes:
    of = design_named(design).tracing_key
    keys = (of(record).committed() for record in records)
    return day_hash(design=design, day=day, random=random, keys=keys)
