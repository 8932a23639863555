"""spec/proximity/README.md: every design keeps the same promises behind the same interface."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.codec import Value, decode, encode
from dp3t.errors import ClockError, Dp3tError, MalformedError
from dp3t.params import MINIMAL, STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import EphID, Metadata, identifier_of
from dp3t.proximity.designs import DESIGN_NAMES, design
from dp3t.proximity.interface import Design, TracingKey
from dp3t.publication.batch import Batch, KeyRecord
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, checked_release, day_start, release_after

DAY = Day(18_377)
MORNING = Instant(day_start(DAY) + 8 * 3600)
METADATA = Metadata(tx_power_dbm=-24)
PARAMETERS = {"standard": STANDARD, "minimal": MINIMAL}
PERIOD_SECONDS = {
    ("lowcost", "standard"): 900,
    ("lowcost", "minimal"): 7200,
    ("gaen", "standard"): 600,
    ("gaen", "minimal"): 600,
}

every_design = pytest.mark.parametrize("name", DESIGN_NAMES)
every_size = pytest.mark.parametrize("size", PARAMETERS)


class Street:
    """Some phones of one design, their dice, and a server that signs nothing."""

    def __init__(self, name: str, parameters: Parameters = STANDARD, *, phones: int = 2) -> None:
        self.design: Design = design(name)
        self.parameters = parameters
        self.rand = Random(f"{name} {phones}").randbytes
        self.reported_at = 0
        self.phones = [
            Phone.create(name, now=MORNING, rand=self.rand, parameters=parameters)
            for _ in range(phones)
        ]

    def tick(self, now: int) -> None:
        for phone in self.phones:
            phone.tick(Instant(now), rand=self.rand)

    def say(self, phone: Phone, now: int) -> bytes:
        phone.tick(Instant(now), rand=self.rand)
        return phone.advertisement(Instant(now), metadata=METADATA)

    def meet(self, now: int, *, speaker: int = 0, listener: int = 1) -> bytes:
        self.tick(now)
        words = self.say(self.phones[speaker], now)
        self.phones[listener].hear(words, now=Instant(now), rssi_dbm=-60)
        return words

    def report(self, now: int, *, since: int = 0, patient: int = 0) -> Report:
        self.reported_at = now
        return self.phones[patient].report(since=Day(since), now=Instant(now), rand=self.rand)

    def keys(self, report: Report) -> list[TracingKey]:
        return [self.design.tracing_key(record) for record in report.records]

    def publish(self, report: Report, *, release: int | None = None, region: str = "VN") -> Batch:
        """Return the batch of a report, by default of the first release that may hold it."""
        if release is None:
            ready = max(key.releasable_from for key in self.keys(report)) - 1
            release = release_after(Instant(max(self.reported_at, ready)))
        return Batch.of_records(
            report.records, design=self.design.name, region=region, release=Instant(release)
        )

    def expanded(self, report: Report, *, before: int) -> set[EphID]:
        return {
            identifier
            for key in self.keys(report)
            for expansion in key.expand(before=Instant(before), parameters=self.parameters)
            for identifier in expansion.split()
        }


def identifier(words: bytes) -> EphID:
    return identifier_of(advertisement.ServiceData(words[11:]))


def secrets(value: Value) -> Iterator[bytes]:
    """Yield every byte string of 16 or more bytes in a value."""
    if isinstance(value, bytes):
        if len(value) >= 16:
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secrets(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from secrets(item)


def ring_secrets(phone: Phone) -> set[bytes]:
    value = phone.to_value()
    assert isinstance(value, dict)
    return set(secrets(value["ring"]))


def state(phone: Phone) -> bytes:
    return encode(phone.to_value())


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
@pytest.mark.spec("MATCHING-1", "PHONE-6")
def test_a_meeting_across_midnight_is_found_on_both_days(name: str) -> None:
    street = Street(name)
    midnight = day_start(Day(DAY + 1))
    for now in range(midnight - 1200, midnight + 1200, 240):
        street.meet(now)
    batch = street.publish(street.report(midnight + 1200, since=DAY))
    street.tick(batch.release)
    found = street.phones[1].ingest(batch)
    assert {one.day for one in found} == {DAY, DAY + 1}
    assert sum(len(one.observation.sightings) for one in found) == 10
    exposures = street.phones[1].exposures
    assert [(one.day, one.sightings, one.least_attenuation_db) for one in exposures] == [
        (DAY, 5, 36),
        (DAY + 1, 5, 36),
    ]
    assert street.phones[0].ingest(batch) == ()


@every_design
def test_days_before_the_first_contagious_one_do_not_warn(name: str) -> None:
    street = Street(name)
    street.meet(MORNING)
    street.meet(MORNING + 86_400)
    batch = street.publish(street.report(MORNING + 90_000, since=DAY + 1))
    street.tick(batch.release)
    street.phones[1].ingest(batch)
    assert [one.day for one in street.phones[1].exposures] == [DAY + 1]


@every_design
@pytest.mark.spec("MATCHING-1", "OBSERVATIONS-4")
@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("late", [0, 1, 13], ids=lambda days: f"{days} days late")
def test_a_replay_after_publication_never_counts(name: str, settled: bool, late: int) -> None:
    """The victim downloads the old batch much later, its receive times long coarse."""
    street = Street(name, phones=3)
    _, witness, victim = street.phones
    words = street.meet(MORNING)
    report = street.report(MORNING + 60)
    batch = street.publish(report)
    public = street.expanded(report, before=batch.release + 7200)
    street.tick(batch.release)
    for replayed in (words, *(words[:11] + one + words[27:] for one in public)):
        victim.hear(replayed, now=batch.release, rssi_dbm=-40)
        victim.hear(replayed, now=Instant(batch.release + 3600), rssi_dbm=-40)
    for day in range(late + 1):
        street.tick(batch.release + 14_400 + day * 86_400)
    if settled:
        victim.settle(Instant(batch.release + 14_400 + late * 86_400))
    assert victim.ingest(batch) == ()
    assert len(witness.ingest(batch)) == 1


@every_design
@pytest.mark.spec("PHONE-6")
def test_batches_twice_and_out_of_order_add_each_match_once(name: str) -> None:
    street = Street(name, phones=3)
    contact = street.phones[2]
    for speaker in (0, 1):
        street.meet(MORNING + speaker, speaker=speaker, listener=2)
    first = street.publish(street.report(MORNING + 60))
    street.meet(MORNING + 7200, speaker=1, listener=2)
    second = street.publish(
        street.report(MORNING + 9000, patient=1), release=first.release + 2 * 7200
    )
    street.tick(second.release)
    contact.settle(second.release)
    saved = decode(state(contact), limit_bytes=2**20)
    outcomes = set()
    for order in ((first, second), (second, first), (second, first, second, first)):
        phone = Phone.from_value(saved)
        assert sum(len(phone.ingest(batch)) for batch in order) == 3
        outcomes.add(state(phone))
    assert len(outcomes) == 1


@every_design
def test_a_batch_before_a_meeting_does_not_warn_of_it_and_a_later_one_does(name: str) -> None:
    street = Street(name)
    contact = street.phones[1]
    street.meet(MORNING + 7200)
    report = street.report(MORNING + 7260)
    later = street.publish(report)
    early = street.publish(report, release=MORNING - MORNING % 7200)
    street.tick(later.release)
    assert contact.ingest(early) == ()
    assert len(contact.ingest(later)) == 1


@every_design
@pytest.mark.spec("PHONE-6")
def test_two_regions_are_remembered_apart_and_a_region_added_later_still_counts(name: str) -> None:
    street = Street(name, phones=3)
    contact = street.phones[2]
    street.meet(MORNING, speaker=0, listener=2)
    street.meet(MORNING + 60, speaker=1, listener=2)
    home = street.publish(street.report(MORNING + 120), region="VN")
    abroad = street.publish(
        street.report(MORNING + 120, patient=1), region="LA", release=home.release
    )
    street.tick(home.release)
    assert len(contact.ingest(home)) == 1
    contact.settle(home.release)
    assert contact.has_ingested(release=home.release, region="VN")
    assert not contact.has_ingested(release=home.release, region="LA")
    for day in range(1, 14):
        street.tick(home.release + day * 86_400)
    assert len(contact.ingest(abroad)) == 1
    assert [one.identifiers for one in contact.exposures] == [2]


@every_design
@pytest.mark.spec("PHONE-11")
def test_a_batch_of_another_design_is_refused_and_changes_nothing(name: str) -> None:
    street = Street(name)
    (other,) = set(DESIGN_NAMES) - {name}
    foreign = Street(other)
    batch = foreign.publish(foreign.report(MORNING))
    street.tick(batch.release)
    before = state(street.phones[1])
    with pytest.raises(MalformedError, match="another design"):
        street.phones[1].ingest(batch)
    assert state(street.phones[1]) == before


@every_design
@every_size
@pytest.mark.spec("PHONE-18")
def test_a_phone_equals_what_was_saved_of_it_at_every_step(name: str, size: str) -> None:
    street = Street(name, PARAMETERS[size])
    key = bytes(32)

    def check() -> None:
        for place, phone in enumerate(street.phones):
            again = Phone.load(phone.save(key=key, rand=street.rand), key=key)
            assert again == phone
            assert state(again) == state(phone)
            street.phones[place] = again  # go on with the copy

    for hour in (0, 2, 20, 26):
        street.meet(MORNING + hour * 3600)
        check()
        street.meet(MORNING + hour * 3600 + 200, speaker=1, listener=0)
        check()
    report = street.report(MORNING + 27 * 3600, since=DAY)
    check()
    batch = street.publish(report)
    street.tick(batch.release)
    check()
    assert len(street.phones[1].ingest(batch)) == 4
    check()
    street.phones[0].report_accepted()
    street.phones[1].settle(batch.release)
    check()
    street.tick(batch.release + 20 * 86_400)
    check()
    street.phones[0].restart_keys(MORNING, rand=street.rand)
    check()


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
