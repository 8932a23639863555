"""spec/phone.md: what a person holds back at a test, and after it."""

import pytest

from dp3t.errors import PolicyError
from dp3t.params import DAY_SECONDS, Parameters
from dp3t.timeline import Instant
from street import DAY, MORNING, every_design, state
from tested_phones import (
    RESULT,
    SINCE,
    commit,
    keeps_days_apart,
    live,
    opened,
    patient,
    report,
    secret_of,
    shown,
)


@keeps_days_apart
@pytest.mark.spec("PHONE-24", "COMMITMENT-14")
def test_a_withheld_day_is_not_published(name: str) -> None:
    street = patient(name)
    commitment = commit(street)
    secret = secret_of(street.phones[0])
    assert secret is not None
    redacted_days = (DAY - 2, DAY, DAY + 1)
    made = report(street, redacted_days=redacted_days)
    hashes = opened(street)
    assert list(hashes) == [DAY - 4, DAY - 3, DAY - 1]
    assert hashes == shown(commitment, hashes)
    published = {record.key for record in made.records}
    for day in redacted_days[:2]:
        assert published.isdisjoint(
            record.key for record in secret.days[day - secret.first_day].records
        )


@pytest.mark.spec("PHONE-27", "PHONE-20")
@pytest.mark.parametrize("day", range(SINCE, DAY + 3))
def test_a_chain_cannot_hold_back_a_day_that_it_reaches(day: int) -> None:
    """Invalid: every phone would derive the day from the key of the first."""
    street = patient("lowcost")
    commit(street)
    live(street, MORNING, until=RESULT)
    before = state(street.phones[0])
    with pytest.raises(PolicyError, match="chain"):
        report(street, redacted_days=(day,))
    assert state(street.phones[0]) == before


@pytest.mark.spec("PHONE-24")
def test_a_chain_that_begins_after_a_withheld_day_is_published() -> None:
    street = patient("lowcost")
    commitment = commit(street)
    report(street, redacted_days=(SINCE - 1,))
    assert opened(street) == {SINCE: commitment.hashes[SINCE - commitment.first_day]}


@keeps_days_apart
@pytest.mark.spec("PHONE-20", "PHONE-24", "COMMITMENT-2")
def test_what_is_redacted_at_the_test_is_never_published(name: str) -> None:
    """Valid: the other meeting of the same person is, unless GAEN's key is of the same day."""
    street = patient(name)
    street.meet(MORNING)
    street.meet(MORNING + 5 * 3600)
    live(street, MORNING + 5 * 3600, until=MORNING + 10 * 3600)
    commitment = commit(street, MORNING + 10 * 3600, redacted=[(MORNING - 60, MORNING + 60)])
    live(street, MORNING + 10 * 3600, until=RESULT)
    batch = street.publish(report(street))
    assert list(opened(street)) == list(range(SINCE, DAY + 1)), "a decoy takes its place"
    assert opened(street) == shown(commitment, opened(street))
    assert len(street.found(batch)) == (name != "gaen")


@pytest.mark.spec("PHONE-20")
def test_a_chain_with_a_redacted_stretch_is_not_committed_to() -> None:
    street = patient("lowcost")
    commit(street)
    before = state(street.phones[0])
    with pytest.raises(PolicyError, match="chain"):
        commit(street, redacted=[(MORNING - DAY_SECONDS, MORNING - DAY_SECONDS + 60)])
    assert state(street.phones[0]) == before


@pytest.mark.spec("PHONE-24", "COMMITMENT-2", "COMMITMENT-14")
def test_a_window_over_midnight_is_of_the_day_on_which_it_ends() -> None:
    """Valid: windows of seven hours; the first contagious day is told from its first second."""
    parameters = Parameters(window_minutes=420)
    for since in range(DAY - 8, DAY + 1):
        street = patient("hybrid", parameters=parameters)
        commitment = commit(street)
        made = report(street, since=since)
        assert list(opened(street)) == list(range(since, DAY + 1))
        assert opened(street) == shown(commitment, opened(street))
        first = min(record.attributes[0] for record in made.records)
        assert first == since * DAY_SECONDS // parameters.window_seconds


@pytest.mark.spec("PHONE-27")
def test_where_windows_run_over_midnight_no_day_can_be_held_back_alone() -> None:
    """Invalid: a window of the day after would tell of the day held back."""
    street = patient("hybrid", parameters=Parameters(window_minutes=420))
    commit(street)
    live(street, MORNING, until=RESULT)
    before = state(street.phones[0])
    with pytest.raises(PolicyError, match="over midnight"):
        report(street, redacted_days=(DAY - 2,))
    assert state(street.phones[0]) == before


@every_design
@pytest.mark.spec("PHONE-25", "LOWCOST-12", "UNLINKABLE-7", "HYBRID-6", "GAEN-12")
@pytest.mark.parametrize("later_days", [1, 7, 14, 15])
def test_what_was_committed_to_is_kept_no_longer_than_any_key(name: str, later_days: int) -> None:
    street = patient(name)
    commit(street)
    old = secret_of(street.phones[0])
    assert old is not None
    now = MORNING + later_days * DAY_SECONDS
    live(street, MORNING, until=now)
    left = secret_of(street.phones[0])
    assert (left is None) is (later_days > 14)
    gone = old.days[:later_days]
    kept = state(street.phones[0])
    assert not any(day.random in kept for day in gone)
    assert not any(record.key in kept for day in gone for record in day.records)
    if left is not None:
        assert left.days == old.days[later_days:]
        report(street, now, since=0)
        assert min(opened(street)) == DAY - 14 + later_days


@every_design
@pytest.mark.spec("PHONE-24", "COMMITMENT-14", "PHONE-4")
def test_a_commitment_stands_after_the_keys_were_started_anew(name: str) -> None:
    """Valid: the clock was wrong between the test and the result."""
    street = patient(name)
    commitment = commit(street)
    live(street, MORNING, until=RESULT)
    words = street.say(street.phones[1], RESULT)
    street.phones[0].restart_keys(Instant(RESULT), rand=street.rand)
    street.phones[0].hear(words, now=Instant(RESULT), rssi_dbm=-60)
    report(street)
    hashes = opened(street)
    assert list(hashes) == ([SINCE] if name == "lowcost" else list(range(SINCE, DAY + 1)))
    assert hashes == shown(commitment, hashes)
    assert len(street.phones[0].observations) >= 1, "what others said stays"


@every_design
@pytest.mark.spec("PHONE-4")
def test_an_echo_of_keys_that_only_the_commitment_still_holds_is_erased(name: str) -> None:
    street = patient(name)
    phone = street.phones[0]
    own = street.say(phone, MORNING)
    commit(street)
    for _ in range(2):  # so that the phone no longer knows the words as its latest
        phone.restart_keys(Instant(MORNING), rand=street.rand)
        street.say(phone, MORNING)
    phone.hear(own, now=Instant(MORNING + 30), rssi_dbm=-60)
    assert len(phone.observations) == 1
    live(street, MORNING, until=RESULT)
    batch = street.publish(report(street))
    street.tick(batch.release)
    assert phone.ingest(batch) == ()
