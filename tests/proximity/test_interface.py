"""spec/proximity/README.md: every design keeps the same promises behind the same interface.

One family of generic tests, the same for all designs, with real phones in a street (`street.py`).
Here: identifiers, time, retention, and what is no input. `test_interface_reports.py` has redaction,
padding and uploads; `test_interface_matching.py` clocks, replays, batches and regions.
"""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.codec import decode, encode
from dp3t.errors import ClockError, Dp3tError, ExpiredError, MalformedError
from dp3t.params import MINIMAL, STANDARD
from dp3t.proximity.advertisement import EphID
from dp3t.proximity.designs import DESIGN_NAMES, design_named
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, checked_release, day_start
from street import (
    DAY,
    EPOCH_SECONDS,
    KEY_BYTES,
    MORNING,
    NOON,
    PARAMETERS,
    Street,
    every_design,
    every_size,
    identifier,
    ring_secrets,
    state,
)


@every_design
def test_a_design_is_found_by_its_name(name: str) -> None:
    assert design_named(name).name == name


def test_a_design_that_does_not_exist_is_refused() -> None:
    with pytest.raises(MalformedError, match="lowcost, unlinkable, hybrid, gaen"):
        design_named("centralised")


def test_designs_do_not_share_a_name_and_only_ours_a_service() -> None:
    services = {name: design_named(name).service_uuid for name in DESIGN_NAMES}
    assert services == {"lowcost": 0xFD68, "unlinkable": 0xFD68, "hybrid": 0xFD68, "gaen": 0xFD6F}


@every_design
@every_size
@pytest.mark.spec("PHONE-3")
def test_an_identifier_lives_for_its_epoch_and_no_longer(name: str, size: str) -> None:
    street = Street(name, PARAMETERS[size], phones=1)
    (phone,) = street.phones
    epoch = EPOCH_SECONDS[name, size]
    start = day_start(Day(DAY + 1))
    seen = []
    for begins in range(start, start + 86_400, epoch):
        lives = {street.say(phone, at) for at in (begins, begins + epoch // 2, begins + epoch - 1)}
        assert len(lives) == 1
        seen.append(lives.pop())
    assert len(set(map(identifier, seen))) == 86_400 // epoch


@every_design
@every_size
@pytest.mark.spec("LOWCOST-5", "UNLINKABLE-1", "HYBRID-1", "HYBRID-4", "GAEN-1")
def test_no_identifier_is_broadcast_twice_by_any_phone(name: str, size: str) -> None:
    """Three phones over four days, with a report and keys started anew on the way."""
    street = Street(name, PARAMETERS[size], phones=3)
    epoch = EPOCH_SECONDS[name, size]
    reporter, restarter, _ = street.phones
    spoken: list[EphID] = []
    for now in range(MORNING, MORNING + 4 * 86_400, epoch):
        spoken += (identifier(street.say(phone, now)) for phone in street.phones)
        if now == MORNING + 26 * 7200:
            before = identifier(street.say(reporter, now))
            street.report(now + 1)
            after = identifier(street.say(reporter, now + 1))
            assert (after == before) is (name == "unlinkable")  # its epoch was not released
            spoken += () if after == before else (after,)
        if now == MORNING + 30 * 7200:
            restarter.restart_keys(Instant(now + 1), rand=street.rand)
            spoken.append(identifier(street.say(restarter, now + 1)))
    assert len(set(spoken)) == len(spoken)
    assert len(spoken) == 3 * 4 * 86_400 // epoch + (1 if name == "unlinkable" else 2)


@every_design
@pytest.mark.spec("PHONE-2")
@pytest.mark.parametrize("back", [121, 86_400, 40 * 86_400])
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
def test_a_clock_that_steps_back_within_an_epoch_is_followed(name: str) -> None:
    street = Street(name, phones=1)
    (phone,) = street.phones
    words = street.say(phone, MORNING + 479)
    assert street.say(phone, MORNING) == words


@every_design
def test_a_ring_that_was_not_rotated_speaks_for_no_other_day(name: str) -> None:
    ring = design_named(name).generate(now=MORNING, parameters=STANDARD, rand=Random(1).randbytes)
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
@pytest.mark.spec("PHONE-1", "OBSERVATIONS-2", "LOWCOST-12", "UNLINKABLE-7", "HYBRID-6", "GAEN-12")
def test_nothing_outlives_its_retention(name: str, size: str) -> None:
    """Keys, observations, matches and memories of day 0 are kept on the last day, then gone."""
    parameters = PARAMETERS[size]
    street = Street(name, parameters)
    contact = street.phones[1]
    street.meet(MORNING)
    old = ring_secrets(contact) | {one.identity for one in contact.observations}
    batch = street.publish(street.report(NOON))
    street.found(batch)
    assert contact.exposures
    last_day = day_start(Day(DAY + parameters.retention_days))
    for day in range(DAY + 1, DAY + parameters.retention_days + 1):
        street.tick(day_start(Day(day)))
    contact.tick(Instant(last_day + 86_399), rand=street.rand)
    assert len(old) == 2
    assert all(secret in state(contact) for secret in old)
    assert contact.exposures
    assert contact.has_ingested(release=batch.release, region="VN")
    contact.tick(Instant(last_day + 86_400), rand=street.rand)
    assert not any(secret in state(contact) for secret in old)
    assert contact.exposures == ()
    assert not contact.has_ingested(release=batch.release, region="VN")


@every_design
def test_a_design_gives_each_phone_secrets_of_its_own(name: str) -> None:
    street = Street(name, phones=20)
    rings = [ring_secrets(phone) for phone in street.phones]
    assert len(set.union(*rings)) == sum(map(len, rings))


@every_design
@given(
    attributes=st.lists(
        st.integers(-(2**31), 2**32 - 1)
        | st.integers(0, 150)
        | st.sampled_from([DAY, DAY * 6 + 2, DAY * 96 + 32]),
        max_size=5,
    ),
    key=st.sampled_from([bytes(16), bytes(32)]) | st.binary(max_size=64),
    release=st.integers(0, 596_523),
)
def test_any_record_is_refused_or_expands_within_bounds(
    name: str, attributes: list[int], key: bytes, release: int
) -> None:
    record = KeyRecord(tuple(attributes), key)
    try:
        found = design_named(name).tracing_key(record)
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
            ring = design_named(name).ring(value, parameters=MINIMAL)
        except Dp3tError:
            continue
        assert encode(ring.to_value()) == attempt


@every_design
@pytest.mark.spec("LOWCOST-9", "UNLINKABLE-9", "HYBRID-8", "GAEN-9")
def test_a_record_of_another_shape_is_no_key_and_is_not_published(name: str) -> None:
    street = Street(name, phones=1)
    (good, *_) = street.report(NOON).records
    *_, last = good.attributes
    for attributes, key in (
        ((), good.key),
        ((*good.attributes, last), good.key),
        (good.attributes[:-1], good.key),
        ((-1, *good.attributes[1:]), good.key),
        ((2**32 - 1, *good.attributes[1:]), good.key),
        (good.attributes, good.key[:-1]),
        (good.attributes, good.key + b"\0"),
        (good.attributes, bytes(48 - KEY_BYTES[name])),
    ):
        record = KeyRecord(attributes, key)
        with pytest.raises(MalformedError):
            street.design.tracing_key(record)
        with pytest.raises(MalformedError):
            street.publish(Report(design=name, records=(good, record)), release=NOON - 120)


@every_design
@pytest.mark.parametrize("other", DESIGN_NAMES)
def test_records_of_another_design_are_never_published(name: str, other: str) -> None:
    """Two shapes are the same: there the server's look at the time refuses the key."""
    foreign = Street(other, phones=1)
    records = foreign.report(NOON, since=DAY).records
    street = Street(name, phones=1)
    if name == other:
        batch = street.publish(Report(design=name, records=records), release=NOON - 120)
        assert batch.content
    elif (name, other) == ("unlinkable", "lowcost"):
        for record in records:
            with pytest.raises(ExpiredError):
                street.design.tracing_key(record).require_publishable(now=NOON, parameters=STANDARD)
    else:
        with pytest.raises(MalformedError):
            street.publish(Report(design=other, records=records), release=NOON - 120)


@every_design
@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_an_identifier_of_another_length_is_not_heard(name: str, length: int) -> None:
    street = Street(name)
    words = street.say(street.phones[0], MORNING)
    damaged = words[:11] + bytes(length + 4)
    with pytest.raises(MalformedError):
        street.hear(damaged, MORNING)
    assert len(street.phones[1].observations) == 0
