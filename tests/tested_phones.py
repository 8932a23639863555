"""Phones that are tested: what they commit to and what they publish of it.

First rings alone, as the server's tests need them, then whole phones in a street.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from dp3t.codec import Fields
from dp3t.params import DAY_SECONDS, STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.proximity import CommitmentSecret, KeyRing, committable, design, opened_hashes
from dp3t.proximity import commit as commit_keys
from dp3t.publication import Authorization, Commitment, Openings, Report, Upload
from dp3t.timeline import Day, Instant, Stretch, day_of
from phones import STATE_KEY
from street import DAY, MORNING, Street

SINCE = Day(DAY - 4)
RESULT = Instant(MORNING + 2 * DAY_SECONDS)
STEP = 4 * 3600
keeps_days_apart = pytest.mark.parametrize("name", ["unlinkable", "hybrid", "gaen"])


@cache
def _ring(name: str, seed: int, now: Instant, age_days: int) -> KeyRing:
    rand, chosen = Random(f"{name} {seed}").randbytes, design(name)
    moment = Instant(now - age_days * DAY_SECONDS)
    ring = chosen.generate(now=moment, parameters=STANDARD, rand=rand)
    while moment < now:
        moment = Instant(min(moment + chosen.epoch_seconds(STANDARD), now))
        ring = ring.rotated(now=moment, parameters=STANDARD, rand=rand)
    return ring


@dataclass(frozen=True, slots=True)
class TestedPhone:
    """A phone at one moment.

    Attributes:
        name: of its design.
        ring: its keys.
        now: the moment.
        rand: its dice.
    """

    __test__ = False

    name: str
    ring: KeyRing
    now: Instant
    rand: Callable[[int], bytes]

    @classmethod
    def of(cls, name: str, *, now: Instant, seed: int = 1, age_days: int = 16) -> "TestedPhone":
        """Return a phone whose app was installed some days ago."""
        return cls(name, _ring(name, seed, now, age_days), now, Random(seed).randbytes)

    def committed(self) -> CommitmentSecret:
        """Be tested: commit to every key."""
        keys = committable(self.ring, now=self.now, parameters=STANDARD, rand=self.rand)
        return commit_keys(
            self.name, keys, today=day_of(self.now), parameters=STANDARD, rand=self.rand
        )

    def later(self, days: int) -> "TestedPhone":
        """Live on for some days."""
        ring, now, step = self.ring, self.now, design(self.name).epoch_seconds(STANDARD)
        for moment in range(now + step, now + days * DAY_SECONDS + 1, step):
            ring = ring.rotated(now=Instant(moment), parameters=STANDARD, rand=self.rand)
            now = Instant(moment)
        return TestedPhone(self.name, ring, now, self.rand)

    def report(self, *, since: Day) -> Report:
        """Report as with a code: whatever the ring releases."""
        keys, _ = self.ring.released(
            since=since, onset=None, now=self.now, parameters=STANDARD, rand=self.rand
        )
        return Report(design=self.name, records=tuple(sorted(key.record() for key in keys)))

    def bound(
        self, secret: CommitmentSecret, *, since: Day, redacted_days: tuple[Day, ...] = ()
    ) -> tuple[Report, Openings]:
        """Report what was committed to."""
        keys, _ = self.ring.released(
            since=since, onset=None, now=self.now, parameters=STANDARD, rand=self.rand
        )
        return secret.bound(keys, since=since, parameters=STANDARD, redacted_days=redacted_days)


def body_of(authorization: Authorization, report: Report) -> bytes:
    """Return the bytes of an upload."""
    size = design(report.design).upload_bytes(STANDARD)
    return Upload(authorization, report).encode(to_bytes=size)


def live(street: Street, now: int, *, until: int) -> None:
    """Tick now and then, as a phone that is often asleep does."""
    for moment in (*range(now, until, STEP), until):
        street.tick(moment)


@cache
def _lived(name: str, age_days: int, parameters: Parameters) -> bytes:
    street = Street(name, parameters, phones=1)
    born = Instant(MORNING - age_days * DAY_SECONDS)
    phone = Phone.create(name, now=born, rand=street.rand, parameters=parameters)
    street.phones = [phone]
    live(street, born, until=MORNING)
    return phone.save(key=STATE_KEY, rand=street.rand)


def patient(name: str, *, age_days: int = 16, parameters: Parameters = STANDARD) -> Street:
    """Return a street with one phone on the morning of its test, and a younger one."""
    street = Street(name, parameters)
    street.phones[0] = Phone.load(_lived(name, age_days, parameters), key=STATE_KEY)
    return street


def again(phone: Phone, street: Street) -> Phone:
    return Phone.load(phone.save(key=STATE_KEY, rand=street.rand), key=STATE_KEY)


def commit(street: Street, now: int = MORNING, **options: list[tuple[int, int]]) -> Commitment:
    redacted = [Stretch(Instant(one), Instant(other)) for one, other in options.get("redacted", [])]
    return street.phones[0].commit(now=Instant(now), rand=street.rand, redacted=redacted)


def report(
    street: Street, now: int = RESULT, *, since: int = SINCE, redacted_days: tuple[int, ...] = ()
) -> Report:
    street.reported_at = now
    return street.phones[0].report_committed(
        since=Day(since),
        now=Instant(now),
        rand=street.rand,
        redacted_days=tuple(map(Day, redacted_days)),
    )


def opened(street: Street) -> dict[Day, bytes]:
    phone = street.phones[0]
    assert phone.pending is not None
    assert phone.openings is not None
    return opened_hashes(phone.pending, phone.openings, parameters=street.parameters)


def shown(commitment: Commitment, days: dict[Day, bytes]) -> dict[Day, bytes]:
    """Return the hashes of some days as the authority has them."""
    return {day: commitment.hashes[day - commitment.first_day] for day in days}


def secret_of(phone: Phone) -> CommitmentSecret | None:
    fields = Fields(phone.to_value(), what="a phone")
    found = [CommitmentSecret.from_value(item) for item in fields.items("commitment", most=1)]
    return found[0] if found else None


def secrets_of(phone: Phone) -> set[bytes]:
    """Return every random string and key that the phone has committed to."""
    secret = secret_of(phone)
    assert secret is not None
    keys = {record.key for day in secret.days for record in day.records}
    return keys | {day.random for day in secret.days}
