"""Phones on the morning of a test, what they commit to, and what they publish of it."""

from functools import cache

import pytest

from dp3t.codec import Fields
from dp3t.params import DAY_SECONDS, STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.proximity.commitment import CommitmentSecret, opened_hashes
from dp3t.publication.commitment import Commitment
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant
from phones import STATE_KEY
from street import DAY, MORNING, Street

SINCE = Day(DAY - 4)
RESULT = Instant(MORNING + 2 * DAY_SECONDS)
STEP = 4 * 3600
keeps_days_apart = pytest.mark.parametrize("name", ["unlinkable", "hybrid", "gaen"])


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
    redacted = [(Instant(one), Instant(other)) for one, other in options.get("redacted", [])]
    return street.phones[0].commit(now=Instant(now), rand=street.rand, redacted=redacted)


def report(
    street: Street, now: int = RESULT, *, since: int = SINCE, withheld: tuple[int, ...] = ()
) -> Report:
    street.reported_at = now
    return street.phones[0].report_committed(
        since=Day(since), now=Instant(now), rand=street.rand, withheld=tuple(map(Day, withheld))
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
