"""spec/presence/identity.md: what a venue is called in an hour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_presence
from dp3t.params import LAST_INSTANT
from dp3t.presence.identity import (
    INTERVAL_SECONDS,
    identity_of,
    interval_starts,
    preid_of,
    secrets_of,
    timekey_of,
)
from dp3t.timeline import Instant
from vectors import Case, load, vector_cases
from visits import NOON, venue

MOMENTS = st.integers(0, LAST_INSTANT)


@pytest.mark.parametrize("case", vector_cases("identity", operation="derive"))
def test_everything_follows_from_the_payload_and_the_interval(case: Case) -> None:
    payload, start, length = bytes.fromhex(case["payload"]), Instant(case["start"]), case["length"]
    secrets = secrets_of(payload)
    found = {
        "nonce_preid": secrets.nonce_preid,
        "nonce_timekey": secrets.nonce_timekey,
        "notification_key": secrets.notification_key,
        "preid": preid_of(payload),
        "timekey": timekey_of(payload, start=start, length_seconds=length),
        "identity": identity_of(payload, start=start, length_seconds=length),
    }
    assert {name: value.hex() for name, value in found.items()} == {
        name: case[name] for name in found
    }


@pytest.mark.parametrize("case", vector_cases("identity", operation="derive"))
def test_the_second_witness_derives_the_same(case: Case) -> None:
    payload, when = bytes.fromhex(case["payload"]), (case["start"], case["length"])
    names = ("nonce_preid", "nonce_timekey", "notification_key")
    assert [part.hex() for part in oracle_presence.entry_secrets(payload)] == [
        case[name] for name in names
    ]
    assert oracle_presence.preid(payload).hex() == case["preid"]
    assert oracle_presence.timekey(payload, *when).hex() == case["timekey"]
    assert oracle_presence.identity(payload, *when).hex() == case["identity"]


@pytest.mark.spec("IDENTITY-1", "IDENTITY-2", "IDENTITY-3")
def test_the_published_values_are_those_of_the_reference() -> None:
    """Written out, so that no builder stands between them and us; the hour is the default."""
    cases = {case["id"]: case for case in load("identity")["cases"]}
    one, other, secrets = (cases[f"derive-published-{name}"] for name in (1, 2, "secrets"))
    assert one["preid"] == "c74376a98ffc85c4085410bf00d84331f90a7710f1504c57c66d20fda17e5578"
    assert one["identity"] == "166c3a8cf1f168f0664f17dec7ca1af5377188762568582014a40764768539e0"
    assert other["preid"] == "f751fbb6b6f17a9172b49d7db89e12f50420d5f3751d2b64742542cdd8a0329e"
    assert other["identity"] == "334c02682989c3489978dffffe9f377d67000f93e384c88ead006eb12ca2cce8"
    key = "887f3323598ca3fb812c77b694adf33c52e4545473a9fe697775ea66e9fffaf6"
    assert secrets["notification_key"] == key
    payload = bytes.fromhex(one["payload"])
    assert identity_of(payload, start=Instant(12)).hex() == one["identity"]


@pytest.mark.parametrize("case", vector_cases("identity", operation="intervals"))
def test_the_hours_of_a_stretch_are_those_that_it_touches(case: Case) -> None:
    starts = interval_starts(Instant(case["first"]), Instant(case["last"]))
    assert list(starts) == case["starts"]
    around = range(case["first"] // 3600 - 1, case["last"] // 3600 + 2)
    assert case["starts"] == [
        hour * 3600
        for hour in around
        if hour * 3600 <= case["last"] and case["first"] < (hour + 1) * 3600
    ]


@pytest.mark.spec("IDENTITY-4")
@given(first=MOMENTS, seconds=st.integers(0, 10 * 86_400))
def test_hours_are_whole_and_hold_every_moment_once(first: int, seconds: int) -> None:
    last = min(first + seconds, LAST_INSTANT)
    starts = interval_starts(Instant(first), Instant(last))
    assert all(start % INTERVAL_SECONDS == 0 for start in starts)
    for moment in (first, (first + last) // 2, last):
        assert moment // 3600 * 3600 in starts
    assert (starts[0], starts[-1]) == (first // 3600 * 3600, last // 3600 * 3600)


@pytest.mark.spec("IDENTITY-4")
def test_a_phone_encrypts_to_the_hours_of_its_visit_and_no_others() -> None:
    market = venue(0)
    records = market.visit(NOON + 3000, NOON + 4000)
    starts = interval_starts(Instant(NOON + 3000), Instant(NOON + 4000))
    assert len(records) == len(starts) == 2
    for record, start in zip(records, starts, strict=True):
        assert start <= market.read(record, start).arrival < start + INTERVAL_SECONDS


@pytest.mark.spec("IDENTITY-3")
@given(payload=st.binary(max_size=64), start=MOMENTS, length=st.integers(1, 86_400), other=MOMENTS)
def test_another_interval_or_payload_has_another_identity(
    payload: bytes, start: int, length: int, other: int
) -> None:
    found = identity_of(payload, start=Instant(start), length_seconds=length)
    assert found == oracle_presence.identity(payload, start, length)
    again = identity_of(payload, start=Instant(other), length_seconds=length)
    assert (again == found) is (start == other)
    assert identity_of(payload + b"x", start=Instant(start), length_seconds=length) != found
    longer = identity_of(payload, start=Instant(start), length_seconds=length % 86_400 + 1)
    assert longer != found


@pytest.mark.spec("IDENTITY-5")
@pytest.mark.parametrize(
    ("start", "length"), [(-1, 3600), (LAST_INSTANT + 1, 3600), (0, 0), (0, -1), (0, 86_401)]
)
def test_an_interval_out_of_range_is_a_mistake_of_the_program(start: int, length: int) -> None:
    for derive in (identity_of, timekey_of):
        with pytest.raises(ValueError, match="an interval"):
            derive(b"payload", start=Instant(start), length_seconds=length)


def test_a_stretch_that_ends_before_it_begins_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        interval_starts(NOON, Instant(NOON - 1))


def test_no_secret_shows_in_a_repr() -> None:
    secrets = secrets_of(b"payload")
    for value in (secrets.nonce_preid, secrets.nonce_timekey, secrets.notification_key):
        assert repr(value) not in repr(secrets)
        assert value.hex() not in repr(secrets)
