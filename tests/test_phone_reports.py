"""spec/phone.md: reports and batches."""

import pytest

from batches import batch_of_keys
from dp3t.codec import encode
from dp3t.errors import (
    MalformedError,
    PolicyError,
    TooEarlyError,
)
from dp3t.params import STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.phone.matches import MAX_INGESTED
from dp3t.proximity.designs import design_named
from dp3t.publication.authorization import UploadCode
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import Upload
from dp3t.timeline import Instant, Stretch
from phones import (
    DAY,
    LATER,
    METADATA,
    MORNING,
    RELEASE,
    STATE_KEY,
    batch_of,
    batch_with,
    every_design,
    hear,
    items,
    new,
    rand,
    report,
    say,
    state,
)


@every_design
@pytest.mark.spec("PHONE-15")
def test_a_second_report_waits_for_the_first_and_changes_nothing(name: str) -> None:
    phone = new(name)
    first = report(phone, MORNING)
    before = state(phone)
    with pytest.raises(PolicyError, match="waiting"):
        report(phone, MORNING + 5000)
    assert state(phone) == before
    phone.report_accepted()
    second = report(phone, MORNING + 5000)
    assert not {record.key for record in first.records} & {record.key for record in second.records}


@every_design
@pytest.mark.spec("PHONE-5")
def test_a_pending_report_survives_a_crash_and_leaves_with_its_acceptance(name: str) -> None:
    phone = new(name)
    made = report(phone, MORNING)
    again = Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)
    assert again.pending == made
    again.report_accepted()
    assert items(again, "pending") == []
    assert not any(record.key in encode(state(again)) for record in made.records)


def saved_and_loaded(phone: Phone) -> Phone:
    return Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)


def old_phone(name: str) -> Phone:
    """Return a phone that holds keys as old as its retention, on the evening of its last day."""
    phone = new(name, now=MORNING - 14 * 86_400)
    for days in range(14, -1, -1):
        phone.tick(Instant(MORNING - days * 86_400), rand=rand)
    return phone


@every_design
@pytest.mark.spec("PHONE-19", "LOWCOST-10", "UNLINKABLE-10", "HYBRID-9", "GAEN-10")
@pytest.mark.parametrize("waits_days", [1, 14])
def test_a_report_that_waits_over_midnight_is_still_accepted(name: str, waits_days: int) -> None:
    """Valid: made with the oldest keys there are, uploaded as late as it is pending."""
    phone = old_phone(name)
    made = report(phone, MORNING)
    later = Instant(MORNING + waits_days * 86_400)
    phone.tick(later, rand=rand)
    assert phone.pending == made
    for record in made.records:
        key = design_named(name).tracing_key(record)
        key.require_publishable(now=later, parameters=STANDARD)


@every_design
@pytest.mark.spec("PHONE-19")
def test_a_pending_report_is_erased_after_its_retention(name: str) -> None:
    phone = new(name)
    made = report(phone, MORNING)
    later = Instant(MORNING + 15 * 86_400)
    phone = saved_and_loaded(phone)
    phone.tick(later, rand=rand)
    assert phone.pending is None
    assert not any(record.key in encode(state(phone)) for record in made.records)


@every_design
@pytest.mark.spec("PHONE-19")
def test_an_abandoned_report_leaves_nothing_and_makes_room(name: str) -> None:
    phone = new(name)
    made = report(phone, MORNING)
    phone.abandon_report()
    assert not any(record.key in encode(state(phone)) for record in made.records)
    assert report(phone, MORNING) != made


@every_design
@pytest.mark.spec("PHONE-13")
def test_restarted_keys_erase_a_report_of_the_future_and_keep_one_of_the_past(name: str) -> None:
    phone = new(name)
    report(phone, MORNING)
    phone.restart_keys(Instant(MORNING + 60), rand=rand)
    assert phone.pending is not None
    phone.restart_keys(Instant(MORNING - 86_400), rand=rand)
    assert phone.pending is None


@every_design
@pytest.mark.spec("PHONE-4")
def test_an_echo_of_a_released_identifier_is_not_kept_after_a_restart_of_the_app(name: str) -> None:
    phone = new(name)
    echo = say(phone)
    report(phone, MORNING + 60)
    say(phone, MORNING + 60)
    phone = saved_and_loaded(phone)
    hear(phone, echo, MORNING + 120)
    assert len(phone.observations) == 0


@every_design
@pytest.mark.spec("PHONE-5")
def test_a_report_ticks_first(name: str) -> None:
    phone = new(name)
    now = MORNING + 3 * 86_400
    made = report(phone, now)
    last = design_named(name).tracing_key(made.records[-1])
    last.require_publishable(now=Instant(now), parameters=STANDARD)
    assert len(phone.advertisement(Instant(now), metadata=METADATA)) == 31


@every_design
@pytest.mark.spec("LOWCOST-7", "UNLINKABLE-8", "HYBRID-7", "GAEN-8")
def test_a_report_since_before_everything_fits_an_upload(name: str) -> None:
    parameters = Parameters(retention_days=63)
    phone = new(name, parameters=parameters)
    for day in range(1, 70):
        phone.tick(Instant(MORNING + day * 86_400), rand=rand)
    now = Instant(MORNING + 69 * 86_400)
    made = report(phone, now)
    epochs, windows = 63 * 96 + 32, 63 * 6 + 3
    counts = {"lowcost": 1, "unlinkable": epochs, "hybrid": windows, "gaen": 64}
    assert len(made.records) == counts[name]
    size = phone.design.upload_bytes(parameters)
    body = Upload(UploadCode.generate(rand=rand), made).encode(to_bytes=size)
    assert len(body) == size
    assert Upload.decode(body).report.records == made.records
    for record in made.records:
        key = design_named(name).tracing_key(record)
        key.require_publishable(now=now, parameters=parameters)


@every_design
@pytest.mark.spec("LOWCOST-14", "UNLINKABLE-14", "HYBRID-14", "GAEN-13")
def test_a_report_of_the_future_is_refused_and_loses_no_key(name: str) -> None:
    phone = new(name)
    before = state(phone)
    with pytest.raises(TooEarlyError):
        report(phone, MORNING, since=DAY + 1)
    assert state(phone) == before


EPOCH, WINDOW = DAY * 96 + 32, DAY * 6 + 2
BAD_RECORDS: dict[str, list[tuple[int, ...]]] = {
    "lowcost": [(-1,), (0,), (49_710,), (DAY - 128,), (49_711,), (2**32 - 1,)],
    "hybrid": [(-1,), (0,), (WINDOW - 90,), (WINDOW + 1,), (7_158_278,), (7_158_279,)],
    "gaen": [
        (0, 144, 1, 127),
        (0, 1, 1, 127),
        (7_158_134, 144, 1, 127),
        (7_158_277, 1, 1, 127),
        (2**32 - 1, 144, 1, 127),
        (-1, 144, 1, 127),
        (DAY * 144, 0, 1, 127),
        (DAY * 144, 145, 1, 127),
        (DAY * 144, 144, 9, 127),
        (DAY * 144, 144, 1, 99),
    ],
}


@pytest.mark.parametrize("name", BAD_RECORDS)
@pytest.mark.spec("PHONE-11")
def test_bad_keys_do_not_cost_the_good_ones_of_their_batch(name: str) -> None:
    phone, other = new(name), new(name)
    hear(phone, say(other))
    good = report(other, LATER)
    length = len(good.records[0].key)
    bad = [KeyRecord(attributes, rand(length)) for attributes in BAD_RECORDS[name]]
    batch = batch_of_keys((*bad, *good.records), design=name, region="VN", release=RELEASE)
    phone.tick(RELEASE, rand=rand)
    assert len(phone.ingest(batch)) == 1
    assert phone.has_ingested(release=RELEASE, region="VN")


@pytest.mark.parametrize("name", BAD_RECORDS)
@pytest.mark.spec("PHONE-11")
def test_a_batch_without_one_good_key_is_refused_and_changes_nothing(name: str) -> None:
    phone = new(name)
    before = state(phone)
    for attributes in ((1, 2), (1, 2, 3, 4, 5)):
        record = KeyRecord(attributes, bytes(32))
        batch = batch_of_keys([record], design=name, region="VN", release=RELEASE)
        with pytest.raises(MalformedError, match="no key"):
            phone.ingest(batch)
    assert state(phone) == before


@pytest.mark.parametrize("attributes", [(-1,), (71_582_789,), (EPOCH, 0), (2**32 - 1,)])
@pytest.mark.spec("UNLINKABLE-9")
def test_a_server_puts_no_bad_key_into_a_filter(attributes: tuple[int, ...]) -> None:
    """Where nobody sees the keys but the server, the server refuses them."""
    with pytest.raises(MalformedError):
        batch_with([KeyRecord(attributes, bytes(32))], name="unlinkable", release=RELEASE)


@every_design
def test_an_empty_batch_is_ingested(name: str) -> None:
    phone = new(name)
    assert phone.ingest(batch_with([], name=name, release=RELEASE)) == ()
    assert phone.has_ingested(release=RELEASE, region="VN")


@every_design
@pytest.mark.spec("PHONE-12")
def test_a_batch_of_the_future_is_refused(name: str) -> None:
    phone = new(name)
    made = report(new(name), LATER)
    latest = RELEASE - 7200 + 86_400
    phone.ingest(batch_of(made, release=latest))
    with pytest.raises(TooEarlyError):
        phone.ingest(batch_of(made, release=latest + 7200))


@every_design
@pytest.mark.spec("PHONE-6")
def test_the_memory_of_batches_is_bounded(name: str) -> None:
    phone = new(name)
    releases = [RELEASE - 7200 * (number % 12) for number in range(24)]
    phone._matches._ingested = {
        (Instant(release), f"R{number}")
        for release in releases[:12]
        for number in range(MAX_INGESTED // 12)
    }
    for number, release in enumerate(releases):
        phone.ingest(batch_with([], name=name, region=f"X{number}", release=release))
    assert len(items(phone, "ingested")) <= MAX_INGESTED
    assert phone.has_ingested(release=RELEASE, region="X0")
    assert Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY) == phone


@pytest.mark.spec("PHONE-20")
@every_design
@pytest.mark.parametrize("seconds", [0, -1, -7200])
def test_a_time_to_hold_back_that_does_not_begin_before_it_ends_is_a_mistake(
    name: str, seconds: int
) -> None:
    """Taken as it is, it could hold back nothing, and nobody would notice."""
    phone = new(name)
    before = state(phone)
    stretch = Stretch(MORNING, Instant(MORNING + seconds))
    with pytest.raises(ValueError, match="begins before it ends"):
        phone.report(since=DAY, now=MORNING, rand=rand, redacted=[stretch])
    assert state(phone) == before
