"""spec/publication/dummy.md: the dummies of a phone, whatever else it does."""

from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest

from dp3t.codec import Fields
from dp3t.errors import TooEarlyError
from dp3t.params import DAY_SECONDS, LAST_INSTANT, MINIMAL, STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.primitives import X25519PrivateKey
from dp3t.proximity.disclosure import Standing
from dp3t.publication.authorization import UploadCode
from dp3t.publication.dummy import CATCH_UP_DAYS, DummySchedule
from dp3t.publication.report import Upload
from dp3t.timeline import Day, Instant, day_of, day_start
from phones import STATE_KEY
from street import DAY, MORNING, NOON, Street, every_design, ring_secrets, state

ANY_PARAMETERS = {
    "standard": STANDARD,
    "minimal": MINIMAL,
    "long": Parameters(retention_days=63),
    "shares": Parameters(shares=13, share_threshold=8),
    "short": Parameters(epoch_minutes=1, window_minutes=10, retention_days=1),
}


def next_due(phone: Phone) -> Instant:
    return DummySchedule.from_value(
        Fields(phone.to_value(), what="a phone").value("dummies")
    ).next_due


def alone(name: str, parameters: Parameters = STANDARD) -> tuple[Street, Phone]:
    street = Street(name, parameters, phones=1)
    return street, street.phones[0]


@every_design
@pytest.mark.spec("DUMMY-2", "DUMMY-4")
def test_the_first_dummy_is_due_when_its_delay_is_over(name: str) -> None:
    _, phone = alone(name)
    due = next_due(phone)
    assert due > MORNING
    assert not phone.dummy_due(MORNING)
    assert not phone.dummy_due(Instant(due - 1))
    assert phone.dummy_due(due)
    assert phone.dummy_due(Instant(due + 1))


@every_design
@pytest.mark.spec("DUMMY-3", "DUMMY-4")
def test_a_phone_catches_up_one_after_another_until_none_is_due(name: str) -> None:
    """Valid: after a hundred days, of which the last fourteen count."""
    street, phone = alone(name)
    now, moments = Instant(MORNING + 100 * DAY_SECONDS), []
    while phone.dummy_due(now):
        moments.append(next_due(phone))
        phone.dummy_sent(now, rand=street.rand)
    assert 1 < len(moments) < 20
    assert all(one < other for one, other in pairwise(moments))
    assert moments[1] > now - CATCH_UP_DAYS * DAY_SECONDS
    assert next_due(phone) > now


@every_design
@pytest.mark.spec("DUMMY-5")
def test_a_dummy_that_is_not_due_cannot_have_been_sent(name: str) -> None:
    street, phone = alone(name)
    before = state(phone)
    with pytest.raises(TooEarlyError):
        phone.dummy_sent(MORNING, rand=street.rand)
    assert state(phone) == before


@every_design
@pytest.mark.spec("DUMMY-5", "DUMMY-13")
def test_nothing_that_a_phone_does_moves_its_dummies(name: str) -> None:
    """Valid: the dummy is due when it was, before, during and after a report and its upload."""
    street = Street(name)
    phone, rand = street.phones[0], street.rand
    due, later = next_due(phone), Instant(NOON + 3600)
    street.meet(MORNING)
    street.meet(MORNING, speaker=1, listener=0)
    batch = street.publish(street.report(NOON, patient=1))
    steps: dict[str, Callable[[Phone], object]] = {
        "save": lambda phone: phone,
        "tick": lambda phone: phone.tick(NOON, rand=rand),
        "commit": lambda phone: phone.commit(now=NOON, rand=rand),
        "bound report": lambda phone: phone.report_committed(since=DAY, now=NOON, rand=rand),
        "abandon": Phone.abandon_report,
        "report": lambda phone: phone.report(since=DAY, now=later, rand=rand),
        "accepted": Phone.report_accepted,
        "next slot": lambda phone: phone.tick(batch.release, rand=rand),
        "ingest": lambda phone: phone.ingest(batch),
        "settle": lambda phone: phone.settle(batch.release),
        "disclose": lambda phone: phone.disclose(
            days=[DAY],
            standing=Standing.SUSPECTED,
            reference="7",
            authority=X25519PrivateKey(bytes(range(32))).public(),
            now=batch.release,
            rand=rand,
        ),
    }
    for step, do in steps.items():
        do(phone)
        phone = Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)
        assert next_due(phone) == due, step
        assert not phone.dummy_due(Instant(due - 1)), step
        assert phone.dummy_due(due), step
    assert [one.day for one in phone.exposures] == [DAY], "and it goes on matching"


@every_design
@pytest.mark.spec("PHONE-13", "DUMMY-2")
def test_restarted_keys_schedule_dummies_anew(name: str) -> None:
    """Valid: a clock that was a year ahead does not silence the phone for a year."""
    street, phone = alone(name)
    ahead = Instant(MORNING + 365 * DAY_SECONDS)
    phone.tick(ahead, rand=street.rand)
    while phone.dummy_due(ahead):
        phone.dummy_sent(ahead, rand=street.rand)
    phone.restart_keys(MORNING, rand=street.rand)
    assert MORNING < next_due(phone) < MORNING + 120 * DAY_SECONDS


@every_design
@pytest.mark.spec("DUMMY-7")
@pytest.mark.parametrize("size", ANY_PARAMETERS)
def test_a_dummy_holds_random_keys_that_a_patient_could_publish_at_that_moment(
    name: str, size: str
) -> None:
    """Valid: at any time of day, also while no epoch of the day is over."""
    parameters = ANY_PARAMETERS[size]
    for day in (1, DAY, day_of(Instant(LAST_INSTANT)) - 1):
        for second in (0, 59, 60, 599, 899, 900, 43_200, 86_399):
            publishable(name, parameters, Instant(day_start(Day(day)) + second))


def publishable(name: str, parameters: Parameters, now: Instant) -> None:
    rand = Random(now).randbytes
    phone = Phone.create(name, now=now, rand=rand, parameters=parameters)
    before = state(phone)
    one, other = (phone.dummy_report(now=now, rand=rand) for _ in range(2))
    assert state(phone) == before
    for record in one.records:
        key = phone.design.tracing_key(record)
        key.require_publishable(now=now, parameters=parameters)
    keys = [{record.key for record in report.records} for report in (one, other)]
    assert keys[0].isdisjoint(keys[1] | ring_secrets(phone))
    assert len(keys[0]) == len(one.records)
    bytes_of = phone.design.upload_bytes(parameters)
    body = Upload(UploadCode.generate(rand=rand), one).encode(to_bytes=bytes_of)
    assert len(body) == bytes_of
    assert Upload.decode(body).report == one


@every_design
@pytest.mark.spec("DUMMY-7")
@pytest.mark.parametrize("second", [0, 899, 900, 86_399])
def test_a_dummy_can_be_made_on_the_first_day_of_all(name: str, second: int) -> None:
    """Valid: a phone whose clock says 1970 has no epoch that is over, and sends dummies."""
    _, phone = alone(name)
    report = phone.dummy_report(now=Instant(second), rand=Random(second).randbytes)
    size = phone.design.upload_bytes(STANDARD)
    body = Upload(UploadCode.generate(rand=Random(1).randbytes), report).encode(to_bytes=size)
    assert Upload.decode(body).report == report


@every_design
@pytest.mark.spec("DUMMY-5", "DUMMY-7")
def test_a_dummy_takes_nothing_from_a_report_that_is_pending(name: str) -> None:
    street, phone = alone(name)
    made = street.report(NOON)
    due = next_due(phone)
    before = phone.pending
    dummy = phone.dummy_report(now=due, rand=street.rand)
    phone.dummy_sent(due, rand=street.rand)
    assert phone.pending == before == made
    taken = {record.key for record in dummy.records}
    assert taken.isdisjoint(record.key for record in made.records)
    assert taken.isdisjoint(ring_secrets(phone))
