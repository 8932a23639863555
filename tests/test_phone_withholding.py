"""spec/phone.md: what a person holds back at a test, and after it."""

import pytest

from dp3t.errors import PolicyError
from dp3t.params import DAY_SECONDS, Parameters
from street import DAY, MORNING, state
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
    withheld = (DAY - 2, DAY, DAY + 1)
    made = report(street, withheld=withheld)
    hashes = opened(street)
    assert list(hashes) == [DAY - 4, DAY - 3, DAY - 1]
    assert hashes == shown(commitment, hashes)
    published = {record.key for record in made.records}
    for day in withheld[:2]:
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
        report(street, withheld=(day,))
    assert state(street.phones[0]) == before


@pytest.mark.spec("PHONE-24")
def test_a_chain_that_begins_after_a_withheld_day_is_published() -> None:
    street = patient("lowcost")
    commitment = commit(street)
    report(street, withheld=(SINCE - 1,))
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


@pytest.mark.spec("PHONE-24", "COMMITMENT-7")
def test_a_window_that_began_on_the_day_before_the_first_is_not_published() -> None:
    """Invalid: windows of seven hours; its hash is of a day that nobody authorises."""
    for since in range(DAY - 8, DAY + 1):
        street = patient("hybrid", parameters=Parameters(window_minutes=420))
        commitment = commit(street)
        report(street, since=since)
        assert list(opened(street)) == list(range(since, DAY + 1))
        assert opened(street) == shown(commitment, opened(street))
