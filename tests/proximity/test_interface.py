"""spec/proximity/README.md: every design keeps the same promises behind the same interface."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.codec import decode, encode
from dp3t.errors import ClockError, Dp3tError, MalformedError
from dp3t.params import MINIMAL, STANDARD
from dp3t.proximity.advertisement import EphID
from dp3t.proximity.designs import DESIGN_NAMES, design
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Instant, checked_release, day_start
from street import (
    DAY,
    MORNING,
    PARAMETERS,
    PERIOD_SECONDS,
    Street,
    every_design,
    every_size,
    identifier,
    ring_secrets,
    state,
)


@every_design
def test_a_design_is_found_by_its_name(name: str) -> None:
    assert design(name).name == name


def test_a_design_that_does_not_exist_is_refused() -> None:
    with pytest.raises(MalformedError, match="lowcost, gaen"):
        design("centralised")


def test_designs_do_not_share_a_name_or_a_service() -> None:
    assert len({design(name).service_uuid for name in DESIGN_NAMES}) == len(DESIGN_NAMES)
    assert [design(name).service_uuid for name in ("lowcost", "gaen")] == [0xFD68, 0xFD6F]


@every_design
@every_size
@pytest.mark.spec("PHONE-3")
def test_an_identifier_lives_for_its_period_and_no_longer(name: str, size: str) -> None:
    street = Street(name, PARAMETERS[size], phones=1)
    (phone,) = street.phones
    period = PERIOD_SECONDS[name, size]
    start = day_start(Day(DAY + 1))
    seen = []
    for begins in range(start, start + 86_400, period):
        lives = {
            street.say(phone, at) for at in (begins, begins + period // 2, begins + period - 1)
        }
        assert len(lives) == 1
        seen.append(lives.pop())
    assert len(set(map(identifier, seen))) == 86_400 // period


@every_design
@every_size
@pytest.mark.spec("LOWCOST-5", "GAEN-1")
def test_no_identifier_is_broadcast_twice_by_any_phone(name: str, size: str) -> None:
    """Three phones over four days, with a report and keys started anew on the way."""
    street = Street(name, PARAMETERS[size], phones=3)
    period = PERIOD_SECONDS[name, size]
    reporter, restarter, _ = street.phones
    spoken: list[EphID] = []
    for now in range(MORNING, MORNING + 4 * 86_400, period):
        spoken += (identifier(street.say(phone, now)) for phone in street.phones)
        if now == MORNING + 26 * 7200:
            street.report(now + 1)
            spoken.append(identifier(street.say(reporter, now + 1)))
        if now == MORNING + 30 * 7200:
            restarter.restart_keys(Instant(now + 1), rand=street.rand)
            spoken.append(identifier(street.say(restarter, now + 1)))
    assert len(set(spoken)) == len(spoken) == 3 * 4 * 86_400 // period + 2


@every_design
@pytest.mark.spec("PHONE-2")
@pytest.mark.parametrize("back", [1, 86_400, 40 * 86_400])
def test_a_clock_that_goes_back_is_refused_and_changes_nothing(name: str, back: int) -> None:
    street = Street(name, phones=1)
    (phone,) = street.phones
    before = state(phone)
    with pytest.raises(ClockError):
        phone.tick(Instant(MORNING - back), rand=street.rand)
    assert state(phone) == before
    with pytest.raises(ClockError):
        phone.report(since=DAY, now=Instant(MORNING - back), rand=street.rand)
    assert state(phone) == before


@every_design
@pytest.mark.spec("PHONE-2")
def test_a_clock_that_steps_back_within_a_period_is_followed(name: str) -> None:
    street = Street(name, phones=1)
    (phone,) = street.phones
    words = street.say(phone, MORNING + 599)
    assert street.say(phone, MORNING) == words


@every_design
def test_a_ring_that_was_not_rotated_speaks_for_no_other_day(name: str) -> None:
    ring = design(name).generate(now=MORNING, parameters=STANDARD, rand=Random(1).randbytes)
    for now in (Instant(MORNING - 86_400), Instant(MORNING + 86_400)):
        with pytest.raises(ClockError):
            ring.identifier(now=now, parameters=STANDARD)
        with pytest.raises(ClockError):
            ring.released(
                since=DAY, onset=None, now=now, parameters=STANDARD, rand=Random(1).randbytes
            )
    with pytest.raises(ClockError):
        ring.rotated(now=Instant(MORNING - 86_400), parameters=STANDARD, rand=Random(1).randbytes)


@every_design
@every_size
@pytest.mark.spec("PHONE-1", "OBSERVATIONS-2", "LOWCOST-12", "GAEN-12")
def test_nothing_outlives_its_retention(name: str, size: str) -> None:
    """Keys, observations, matches and memories of day 0 are kept on the last day, then gone."""
    parameters = PARAMETERS[size]
    street = Street(name, parameters)
    _, contact = street.phones
    words = street.meet(MORNING)
    old_secrets = ring_secrets(contact)
    street.meet(MORNING + 300)
    batch = street.publish(street.report(MORNING + 600))
    street.tick(batch.release)
    contact.ingest(batch)
    assert contact.exposures
    last_day = day_start(Day(DAY + parameters.retention_days))
    for day in range(DAY + 1, DAY + parameters.retention_days + 1):
        street.tick(day_start(Day(day)))
    contact.tick(Instant(last_day + 86_399), rand=street.rand)
    kept = state(contact)
    assert all(secret in kept for secret in (*old_secrets, words[11:]))
    assert contact.exposures
    assert contact.has_ingested(release=batch.release, region="VN")
    contact.tick(Instant(last_day + 86_400), rand=street.rand)
    gone = state(contact)
    assert not any(secret in gone for secret in (*old_secrets, words[11:]))
    assert contact.exposures == ()
    assert not contact.has_ingested(release=batch.release, region="VN")


@every_design
@every_size
@pytest.mark.spec("PHONE-5", "LOWCOST-7", "GAEN-8")
def test_a_report_erases_what_it_releases(name: str, size: str) -> None:
    street = Street(name, PARAMETERS[size], phones=1)
    (phone,) = street.phones
    old: set[bytes] = set()
    for day in range(3):
        street.tick(MORNING + day * 86_400)
        old |= ring_secrets(phone)
    now = MORNING + 2 * 86_400 + 3600
    report = street.report(now)
    phone.report_accepted()
    after = state(phone)
    assert not any(secret in after for secret in old)
    public = street.expanded(report, before=now + 10 * 86_400)
    for later in range(now, now + 2 * 86_400, PERIOD_SECONDS[name, size]):
        assert identifier(street.say(phone, later)) not in public
    second = street.report(now + 2 * 86_400)
    assert not {record.key for record in second.records} & old
    assert not street.expanded(second, before=now + 3 * 86_400) & public


@every_design
@every_size
@pytest.mark.spec("MATCHING-2")
def test_a_report_covers_exactly_what_was_broadcast_since_its_day(name: str, size: str) -> None:
    parameters = PARAMETERS[size]
    street = Street(name, parameters, phones=1)
    (phone,) = street.phones
    spoken: dict[int, EphID] = {}
    report_at = MORNING + 2 * 86_400
    for now in range(MORNING, report_at + 1, PERIOD_SECONDS[name, size]):
        spoken[now] = identifier(street.say(phone, now))
    since = DAY + 1
    report = street.report(report_at, since=since)
    validities = {
        one: expansion.validity(place)
        for key in street.keys(report)
        for expansion in key.expand(before=Instant(report_at + 600), parameters=parameters)
        for place, one in enumerate(expansion.split())
    }
    for now, one in spoken.items():
        assert (one in validities) is (now >= day_start(Day(since)))
        if one in validities:
            start, end = validities[one]
            assert start <= now < end


@every_design
def test_a_design_gives_each_phone_secrets_of_its_own(name: str) -> None:
    street = Street(name, phones=20)
    rings = [ring_secrets(phone) for phone in street.phones]
    assert len(set.union(*rings)) == sum(map(len, rings))


@every_design
@given(times=st.lists(st.integers(0, 9 * 86_400), min_size=1, max_size=12))
def test_however_seldom_a_phone_ticks_its_report_covers_what_it_said(
    name: str, times: list[int]
) -> None:
    street = Street(name, phones=1)
    spoken = {
        MORNING + at: identifier(street.say(street.phones[0], MORNING + at)) for at in sorted(times)
    }
    end = MORNING + max(times)
    report = street.report(end)
    validities = {
        one: expansion.validity(place)
        for key in street.keys(report)
        for expansion in key.expand(before=Instant(end + 600), parameters=STANDARD)
        for place, one in enumerate(expansion.split())
    }
    assert all(validities[one].start <= at < validities[one].end for at, one in spoken.items())


@every_design
@given(
    attributes=st.lists(
        st.integers(-(2**31), 2**32 - 1) | st.integers(0, 150) | st.just(int(DAY)), max_size=5
    ),
    key=st.sampled_from([bytes(16), bytes(32)]) | st.binary(max_size=64),
    release=st.integers(0, 596_523),
)
def test_any_record_is_refused_or_expands_within_bounds(
    name: str, attributes: list[int], key: bytes, release: int
) -> None:
    record = KeyRecord(tuple(attributes), key)
    try:
        found = design(name).tracing_key(record)
    except Dp3tError:
        return
    before = checked_release(release * 7200)
    expansions = found.expand(before=before, parameters=STANDARD)
    assert sum(len(expansion.split()) for expansion in expansions) <= 15 * 144


@every_design
@given(data=st.binary(max_size=64))
def test_any_bytes_are_a_ring_or_malformed(name: str, data: bytes) -> None:
    good = Street(name, MINIMAL, phones=1).phones[0].to_value()
    assert isinstance(good, dict)
    encoded = encode(good["ring"])
    for attempt in (data, encoded[: len(data)] + data + encoded[len(data) + 1 :]):
        try:
            value = decode(attempt, limit_bytes=2**16)
            ring = design(name).ring(value, parameters=MINIMAL)
        except Dp3tError:
            continue
        assert encode(ring.to_value()) == attempt
