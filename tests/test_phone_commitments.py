"""spec/phone.md: a phone that commits to its keys at a test and publishes them after the result."""

import pytest

from dp3t.codec import encode
from dp3t.errors import MalformedError, PolicyError
from dp3t.params import DAY_SECONDS, Parameters
from dp3t.phone import Phone
from dp3t.publication.authorization import UploadCode
from dp3t.publication.commitment import Commitment
from dp3t.publication.report import Upload
from dp3t.timeline import Day, Instant, day_of, day_start
from street import DAY, METADATA, MORNING, Street, every_design, ring_secrets, state
from tested_phones import (
    RESULT,
    SINCE,
    again,
    commit,
    keeps_days_apart,
    live,
    opened,
    patient,
    report,
    secret_of,
    secrets_of,
    shown,
)


@every_design
@pytest.mark.spec("PHONE-24", "COMMITMENT-2", "COMMITMENT-3", "COMMITMENT-14")
@pytest.mark.parametrize("later_days", [0, 2, 9])
def test_what_is_published_after_the_result_is_what_the_test_committed_to(
    name: str, later_days: int
) -> None:
    """Valid: through a saved state, on the day of the test, after two days, after nine."""
    street = patient(name)
    commitment = commit(street)
    assert (commitment.first_day, commitment.last_day) == (DAY - 14, DAY)
    street.phones[0] = again(street.phones[0], street)
    result = MORNING + later_days * DAY_SECONDS + 3600
    live(street, MORNING, until=result)
    report(street, result)
    hashes = opened(street)
    first = max(SINCE, day_of(Instant(result)) - 14)
    assert list(hashes) == ([first] if name == "lowcost" else list(range(first, DAY + 1)))
    assert hashes == shown(commitment, hashes)


@every_design
@pytest.mark.spec("PHONE-24", "PHONE-5")
def test_openings_are_saved_with_the_report_and_leave_with_it(name: str) -> None:
    street = patient(name)
    commit(street)
    made = report(street)
    openings = street.phones[0].openings
    loaded = again(street.phones[0], street)
    assert (loaded.pending, loaded.openings) == (made, openings)
    for leave in (Phone.report_accepted, Phone.abandon_report):
        phone = again(loaded, street)
        leave(phone)
        assert (phone.pending, phone.openings) == (None, None)


@every_design
@pytest.mark.spec("PHONE-5", "PHONE-24", "PHONE-25")
def test_after_a_committed_report_the_ring_is_fresh_and_no_secret_of_the_commitment_is_left(
    name: str,
) -> None:
    """Invalid: a key or random string, of days that were published or that were not."""
    street = patient(name)
    phone = street.phones[0]
    commit(street)
    secrets = secrets_of(phone)
    before = ring_secrets(phone)
    made = report(street, MORNING, since=DAY)
    published = {record.key for record in made.records}
    assert phone.openings is not None
    left = {one for one in secrets if one in state(phone)}
    assert left == published | set(phone.openings.randoms)
    kept = ring_secrets(phone) & before
    assert len(kept) == (name == "unlinkable"), "its present epoch goes on, unpublished"
    phone.report_accepted()
    assert not any(one in state(phone) for one in secrets)
    assert len(phone.advertisement(MORNING, metadata=METADATA)) == 31


@every_design
@pytest.mark.spec("PHONE-4")
def test_echoes_of_what_a_committed_report_publishes_are_erased(name: str) -> None:
    street = patient(name)
    phone = street.phones[0]
    echo = street.say(phone, MORNING)
    for now in (MORNING + 1800, MORNING + 3600):
        street.say(phone, now)
    street.hear(echo, MORNING + 3600, listener=0)
    assert len(phone.observations) == 1
    commit(street, MORNING + 4 * 3600)
    report(street, MORNING + 5 * 3600)
    assert len(phone.observations) == (name == "unlinkable"), "heard when its epoch was over"


@every_design
@pytest.mark.spec("PHONE-24", "COMMITMENT-14")
def test_a_meeting_before_the_test_is_matched_and_one_on_a_later_day_is_not(name: str) -> None:
    """Only the chain of the low-cost design reaches beyond the test."""
    street = patient(name)
    street.meet(MORNING)
    live(street, MORNING, until=MORNING + 5 * 3600)
    commit(street, MORNING + 5 * 3600)
    street.meet(MORNING + DAY_SECONDS)
    live(street, MORNING + DAY_SECONDS, until=RESULT)
    batch = street.publish(report(street))
    days = {match.day for match in street.found(batch)}
    assert days == ({DAY, DAY + 1} if name == "lowcost" else {DAY})


@pytest.mark.spec("COMMITMENT-14", "GAEN-8")
def test_a_gaen_key_of_the_test_day_is_cut_on_that_day_and_whole_on_the_next() -> None:
    for now, period in ((MORNING, 8 * 6 + 1), (MORNING + 7200, 10 * 6 + 1), (RESULT, 144)):
        street = patient("gaen")
        commitment = commit(street)
        live(street, MORNING, until=now)
        made = report(street, now)
        starts = [record.attributes[0] // 144 for record in made.records]
        assert starts == list(range(SINCE, DAY + 1))
        assert [record.attributes[1] for record in made.records] == [144] * 4 + [period]
        assert opened(street) == shown(commitment, opened(street))


class TestRefusals:
    """What is refused changes nothing."""

    @every_design
    @pytest.mark.spec("PHONE-27")
    def test_without_a_commitment_nothing_is_published_and_nothing_changes(self, name: str) -> None:
        street = patient(name)
        before = state(street.phones[0])
        with pytest.raises(PolicyError, match="no test"):
            report(street)
        assert state(street.phones[0]) == before

    @every_design
    @pytest.mark.spec("PHONE-27")
    def test_keys_from_after_the_test_alone_are_no_report(self, name: str) -> None:
        """Invalid: the first contagious day lies after the test; only the clock goes on."""
        street = patient(name)
        commit(street)
        live(street, MORNING, until=RESULT - 900)
        witness = again(street.phones[0], street)
        held = ring_secrets(witness)
        with pytest.raises(PolicyError, match="committed"):
            report(street, since=DAY + 1)
        phone = street.phones[0]
        assert (phone.pending, phone.openings) == (None, None)
        assert ring_secrets(phone) >= held
        assert secret_of(phone) == secret_of(witness)
        before = state(phone)
        with pytest.raises(PolicyError, match="committed"):
            report(street, since=DAY + 1)
        assert state(phone) == before
        assert report(street).records

    @keeps_days_apart
    @pytest.mark.spec("PHONE-27")
    def test_to_withhold_every_day_is_no_report(self, name: str) -> None:
        street = patient(name)
        commit(street)
        before = state(street.phones[0])
        with pytest.raises(PolicyError, match="committed"):
            report(street, MORNING, redacted_days=tuple(range(SINCE, DAY + 1)))
        assert state(street.phones[0]) == before

    @every_design
    @pytest.mark.spec("PHONE-15")
    def test_while_a_report_is_pending_a_committed_one_waits(self, name: str) -> None:
        street = patient(name)
        street.report(MORNING)
        commit(street)
        before = state(street.phones[0])
        with pytest.raises(PolicyError, match="waiting"):
            report(street)
        assert state(street.phones[0]) == before


class TestLifetime:
    """When the secret of a commitment goes."""

    @every_design
    @pytest.mark.spec("PHONE-25")
    def test_a_second_test_replaces_the_first(self, name: str) -> None:
        street = patient(name)
        first = commit(street)
        old = {day.random for day in getattr(secret_of(street.phones[0]), "days", ())}
        live(street, MORNING, until=MORNING + DAY_SECONDS)
        second = commit(street, MORNING + DAY_SECONDS)
        assert len(old) == 15
        assert not any(random in state(street.phones[0]) for random in old)
        report(street)
        hashes = opened(street)
        assert hashes == shown(second, hashes)
        assert set(hashes.values()).isdisjoint(first.hashes)

    @every_design
    @pytest.mark.spec("PHONE-25")
    def test_a_commitment_is_erased_when_its_last_day_is_forgotten(self, name: str) -> None:
        street = patient(name)
        phone = street.phones[0]
        commit(street)
        secrets = secrets_of(phone)
        live(street, MORNING, until=day_start(Day(DAY + 15)) - 1)
        assert secret_of(phone) is not None
        with pytest.raises(PolicyError, match="no test"):
            report(street, day_start(Day(DAY + 15)))
        assert secret_of(phone) is None
        assert not any(one in state(phone) for one in secrets)

    @every_design
    @pytest.mark.spec("PHONE-25")
    def test_a_report_with_a_code_uses_up_the_commitment_too(self, name: str) -> None:
        street = patient(name)
        commit(street)
        street.report(MORNING)
        street.phones[0].report_accepted()
        assert secret_of(street.phones[0]) is None
        with pytest.raises(PolicyError, match="no test"):
            report(street, MORNING)

    @every_design
    @pytest.mark.spec("PHONE-25")
    @pytest.mark.parametrize(("back_days", "stays"), [(0, True), (1, False)])
    def test_a_commitment_dated_ahead_goes_when_the_keys_start_anew(
        self, name: str, back_days: int, stays: bool
    ) -> None:
        street = patient(name)
        commit(street)
        now = Instant(MORNING - back_days * DAY_SECONDS)
        street.phones[0].restart_keys(now, rand=street.rand)
        assert (secret_of(street.phones[0]) is not None) is stays

    @every_design
    @pytest.mark.spec("PHONE-17")
    def test_a_saved_commitment_of_another_design_is_malformed(self, name: str) -> None:
        street, other = patient(name), patient("gaen" if name != "gaen" else "hybrid")
        commit(street)
        commit(other)
        value, strange = (one.phones[0].to_value() for one in (street, other))
        assert isinstance(value, dict)
        assert isinstance(strange, dict)
        with pytest.raises(MalformedError, match="another design"):
            Phone.from_value({**value, "commitment": strange["commitment"]})


@every_design
@pytest.mark.spec("COMMITMENT-3")
@pytest.mark.parametrize("second", [0, 60, 899])
def test_a_test_right_after_midnight_commits_to_today_as_well(name: str, second: int) -> None:
    """Valid: in the unlinkable design no epoch of today is over, so today is an empty day."""
    street = patient(name)
    midnight = day_start(Day(DAY + 1)) + second
    live(street, MORNING, until=midnight)
    commitment = commit(street, midnight)
    assert (len(commitment.hashes), commitment.last_day) == (15, DAY + 1)
    secret = secret_of(street.phones[0])
    assert secret is not None
    assert bool(secret.days[-1].records) is (name != "unlinkable")
    report(street, midnight + 3600)
    assert opened(street) == shown(commitment, opened(street))


@every_design
@pytest.mark.spec("COMMITMENT-3", "COMMITMENT-4")
def test_a_phone_of_1970_commits_to_the_days_there_are(name: str) -> None:
    street = Street(name)
    now = Instant(DAY_SECONDS + 60)
    phone = Phone.create(name, now=Instant(7200), rand=street.rand)
    commitment = phone.commit(now=now, rand=street.rand)
    assert (commitment.first_day, len(commitment.hashes)) == (0, 2)
    assert Commitment.decode(commitment.encode()) == commitment


@every_design
@pytest.mark.spec("COMMITMENT-6")
def test_what_the_authority_gets_holds_no_secret_of_the_phone(name: str) -> None:
    street = patient(name)
    encoded = commit(street).encode()
    assert len(encoded) == 500
    for secret in secrets_of(street.phones[0]):
        assert secret not in encoded


@every_design
@pytest.mark.spec("REPORT-2")
@pytest.mark.parametrize("retention_days", [14, 63])
def test_an_upload_with_openings_is_as_long_as_one_with_a_code(
    name: str, retention_days: int
) -> None:
    """Valid: every day of the longest memory, through a saved state."""
    parameters = Parameters(retention_days=retention_days)
    street = patient(name, age_days=retention_days + 2, parameters=parameters)
    commitment = commit(street)
    street.phones[0] = again(street.phones[0], street)
    made = report(street, MORNING, since=0)
    phone = street.phones[0]
    assert phone.openings is not None
    hashes = opened(street)
    assert hashes == shown(commitment, hashes)
    assert len(hashes) == (1 if name == "lowcost" else retention_days + 1)
    size = phone.design.upload_bytes(parameters)
    for authorization in (phone.openings, UploadCode.generate(rand=street.rand)):
        body = Upload(authorization, made).encode(to_bytes=size)
        assert len(body) == size
        assert Upload.decode(body) == Upload(authorization, made)
    assert len(encode(phone.openings.to_value())) < 2560
