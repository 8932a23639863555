"""What a phone publishes, under every design: coverage, redaction, padding, uploads.

The second of the generic files; see `test_interface.py`.
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import PolicyError, TooEarlyError
from dp3t.params import MINIMAL, STANDARD, Parameters
from dp3t.proximity.advertisement import EphID
from dp3t.publication.authorization import UploadCode
from dp3t.publication.report import Report, Upload
from dp3t.timeline import Day, Instant, day_start
from street import (
    DAY,
    EPOCH_SECONDS,
    KEY_BYTES,
    MORNING,
    NOON,
    PARAMETERS,
    Street,
    current_secrets,
    every_design,
    every_size,
    identifier,
    key_seconds,
    ring_secrets,
    state,
)

TWO_DAYS = 2 * 86_400


@every_design
@every_size
@pytest.mark.spec(
    "PHONE-5", "LOWCOST-7", "UNLINKABLE-8", "UNLINKABLE-11", "HYBRID-7", "HYBRID-13", "GAEN-8"
)
def test_a_report_erases_what_it_releases(name: str, size: str) -> None:
    street = Street(name, PARAMETERS[size], phones=1)
    (phone,) = street.phones
    old: set[bytes] = set()
    for day in range(3):
        street.tick(MORNING + day * 86_400)
        old |= ring_secrets(phone)
    now = MORNING + TWO_DAYS + 3600
    street.tick(now)
    old |= ring_secrets(phone)
    stays = current_secrets(phone)
    report = street.report(now)
    phone.report_accepted()
    assert {secret for secret in old if secret in state(phone)} == stays
    assert not {record.key for record in report.records} & stays
    public = street.expanded(report, before=now + 10 * 86_400)
    for later in range(now, now + TWO_DAYS, EPOCH_SECONDS[name, size]):
        assert identifier(street.say(phone, later)) not in public
    second = street.report(now + TWO_DAYS)
    assert not {record.key for record in second.records} & {record.key for record in report.records}
    assert not street.expanded(second, before=now + 3 * 86_400) & public


@every_design
@every_size
@pytest.mark.spec("MATCHING-2", "UNLINKABLE-8", "HYBRID-7")
def test_a_report_covers_exactly_what_was_broadcast_since_its_day(name: str, size: str) -> None:
    """All of it but the present epoch of the unlinkable design, whose seed goes on."""
    parameters = PARAMETERS[size]
    street = Street(name, parameters, phones=1)
    (phone,) = street.phones
    spoken: dict[int, EphID] = {}
    report_at = MORNING + TWO_DAYS
    for now in range(MORNING, report_at + 1, EPOCH_SECONDS[name, size]):
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
        told = now < report_at or name != "unlinkable"
        assert (one in validities) is (told and now >= day_start(Day(since)))
        if one in validities:
            start, end = validities[one]
            assert start <= now < end


@every_design
@given(times=st.lists(st.integers(0, 9 * 86_400), min_size=1, max_size=12))
def test_however_seldom_a_phone_ticks_its_report_covers_what_it_said(
    name: str, times: list[int]
) -> None:
    street = Street(name, phones=1)
    spoken = {
        MORNING + at: identifier(street.say(street.phones[0], MORNING + at)) for at in sorted(times)
    }
    end = MORNING + max(times) + 900
    report = street.report(end)
    validities = {
        one: expansion.validity(place)
        for key in street.keys(report)
        for expansion in key.expand(before=Instant(end + 600), parameters=STANDARD)
        for place, one in enumerate(expansion.split())
    }
    assert all(validities[one].start <= at < validities[one].end for at, one in spoken.items())


@pytest.mark.spec("UNLINKABLE-8", "UNLINKABLE-14")
@pytest.mark.parametrize("second", [0, 1, 450, 899])
def test_the_present_epoch_is_never_in_an_unlinkable_report(second: int) -> None:
    street = Street("unlinkable", phones=1)
    (phone,) = street.phones
    begins = NOON - 120
    for now in range(MORNING, begins + second + 1, 300):
        street.tick(now)
    words = street.say(phone, begins + second)
    report = street.report(begins + second)
    assert max(record.attributes for record in report.records) == (begins // 900 - 1,)
    assert identifier(words) not in street.expanded(report, before=begins + 7200)
    assert street.say(phone, begins + 899) == words
    phone.report_accepted()
    late = street.report(begins + 900)
    assert identifier(words) in street.expanded(late, before=begins + 7200)


def meetings(street: Street) -> dict[int, bytes]:
    """Let two phones meet three times on each of three days; return what was kept each time."""
    times = [MORNING + day * 86_400 + hour * 3600 for day in range(3) for hour in (0, 1, 6)]
    return {now: street.identity(street.meet(now), now) for now in times}


@every_design
@every_size
@pytest.mark.spec("PHONE-20", "UNLINKABLE-8", "HYBRID-7", "GAEN-16")
def test_what_is_held_back_is_not_matched_and_everything_else_is(name: str, size: str) -> None:
    """One second of the second day: held back is the whole epoch, window or day of it."""
    parameters = PARAMETERS[size]
    street = Street(name, parameters)
    met = meetings(street)
    second = MORNING + 86_400 + 3600 + 300
    end = MORNING + TWO_DAYS + 8 * 3600
    street.tick(end)
    before = state(street.phones[0])
    if name == "lowcost":
        with pytest.raises(PolicyError, match="leave nothing out"):
            street.report(end, redacted=[(second, second + 1)])
        assert state(street.phones[0]) == before
        met_and_told = set(met.values())
        batch = street.publish(street.report(end))
    else:
        length = key_seconds(name, parameters)
        met_and_told = {one for now, one in met.items() if now // length != second // length}
        assert len(met_and_told) < len(met)
        batch = street.publish(street.report(end, redacted=[(second, second + 1)]))
    assert {one.observation.identity for one in street.found(batch)} == met_and_told


@pytest.mark.parametrize("name", ["unlinkable", "hybrid", "gaen"])
@pytest.mark.parametrize(
    ("start", "end", "matched"),
    [
        ("-1", "+0", True),
        ("-1", "+1", False),
        ("+0", "+1", False),
        ("end-1", "end+0", False),
        ("end-1", "end+9", False),
        ("end+0", "end+1", True),
    ],
)
@pytest.mark.spec("PHONE-20", "UNLINKABLE-8", "HYBRID-7", "GAEN-16")
def test_a_redaction_holds_back_what_it_overlaps_by_a_second(
    name: str, start: str, end: str, matched: bool
) -> None:
    """The stretch is given from the first or the last second of the key of the meeting."""
    street = Street(name)
    now = MORNING + 86_400
    street.meet(now)
    length = key_seconds(name, STANDARD)
    begins = now // length * length

    def moment(text: str) -> int:
        offset = text.removeprefix("end")
        return begins + length * (offset != text) + int(offset)

    report = street.report(now + 86_400, redacted=[(moment(start), moment(end))])
    assert len(street.found(street.publish(report))) == matched


@pytest.mark.spec("PHONE-20")
def test_low_cost_refuses_only_what_lies_in_the_chain() -> None:
    day = day_start(Day(DAY + 1))
    for stretch, refused in (
        ((day - 86_400, day), False),
        ((day - 1, day + 1), True),
        ((MORNING + 86_400, MORNING + 86_401), True),
        ((MORNING + 86_401, MORNING + 90_000), False),
    ):
        street = Street("lowcost")
        street.tick(MORNING + 86_400)
        before = state(street.phones[0])
        if refused:
            with pytest.raises(PolicyError):
                street.report(MORNING + 86_400, since=DAY + 1, redacted=[stretch])
            assert state(street.phones[0]) == before
        else:
            assert street.report(MORNING + 86_400, since=DAY + 1, redacted=[stretch]).records


@pytest.mark.parametrize("name", ["unlinkable", "hybrid", "gaen"])
@pytest.mark.spec("PHONE-20")
def test_several_redactions_hold_back_each_and_all_of_them_everything(name: str) -> None:
    street = Street(name)
    met = meetings(street)
    end = MORNING + TWO_DAYS + 8 * 3600
    report = street.report(end, redacted=[(now, now + 1) for now in met])
    assert report.records
    assert street.found(street.publish(report)) == ()


History = Callable[[Street], Report]
REPORT_AT = NOON + TWO_DAYS


def all_along(street: Street) -> None:
    for now in range(MORNING, REPORT_AT, street.design.epoch_seconds(street.parameters)):
        street.tick(now)


def ordinary(street: Street) -> Report:
    all_along(street)
    return street.report(REPORT_AT, since=DAY + 1)


def off_for_hours(street: Street) -> Report:
    for now in (MORNING, MORNING + 86_400, REPORT_AT):
        street.tick(now)
    return street.report(REPORT_AT, since=DAY + 1)


def with_contacts(street: Street) -> Report:
    for hour in (0, 30, 31, 50):
        street.meet(MORNING + hour * 3600, speaker=1, listener=0)
    return street.report(REPORT_AT, since=DAY + 1)


def redacting(street: Street) -> Report:
    all_along(street)
    if street.design.name == "lowcost":
        return street.report(REPORT_AT, since=DAY + 1)
    return street.report(REPORT_AT, since=DAY + 1, redacted=[(MORNING + 86_400, REPORT_AT)])


def redacting_with_contacts(street: Street) -> Report:
    if street.design.name == "lowcost":
        return with_contacts(street)
    for hour in (0, 30, 31, 50):
        street.meet(MORNING + hour * 3600, speaker=1, listener=0)
    night = day_start(Day(DAY + 2))
    return street.report(REPORT_AT, since=DAY + 1, redacted=[(night - 7200, night + 1)])


def younger(street: Street) -> Report:
    """A phone that was bought yesterday evening."""
    bought = Instant(NOON + 86_400 + 6 * 3600)
    street.phones[0].restart_keys(bought, rand=street.rand)
    return street.report(REPORT_AT, since=DAY + 1)


def bought_today(street: Street) -> Report:
    night = day_start(Day(DAY + 2))
    street.phones[0].restart_keys(Instant(night + 3600), rand=street.rand)
    return street.report(REPORT_AT, since=DAY + 1)


def earlier_report(street: Street) -> Report:
    all_along(street)
    street.report(REPORT_AT)
    street.phones[0].report_accepted()
    return street.report(REPORT_AT, since=DAY + 1)


def body(street: Street, report: Report) -> bytes:
    upload = Upload(UploadCode.generate(rand=street.rand), report)
    return upload.encode(to_bytes=street.design.upload_bytes(street.parameters))


def shape(report: Report) -> list[tuple[tuple[int, ...], int]]:
    return [(record.attributes, len(record.key)) for record in report.records]


HISTORIES: tuple[History, ...] = (
    off_for_hours,
    with_contacts,
    redacting,
    redacting_with_contacts,
    younger,
    bought_today,
    earlier_report,
)


@every_design
@every_size
@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.spec("UNLINKABLE-8", "HYBRID-7", "GAEN-16", "REPORT-2")
def test_a_report_shows_nothing_of_what_a_phone_did(name: str, size: str, history: History) -> None:
    """Beside since when and now: neither the number of keys, nor their periods, nor the length.

    Low-cost and GAEN publish the days whose keys the phone has, and no decoys for days without.
    """
    expected = ordinary(Street(name, PARAMETERS[size]))
    street = Street(name, PARAMETERS[size])
    report = history(street)
    assert len(body(street, report)) == len(body(street, expected))
    if name in ("lowcost", "gaen") and history in (bought_today, earlier_report):
        assert len(report.records) == 1
    else:
        assert shape(report) == shape(expected)
        assert len({record.key for record in report.records}) == len(report.records)


FULLEST = {
    ("lowcost", "standard"): (1, 4096),
    ("lowcost", "minimal"): (1, 4096),
    ("unlinkable", "standard"): (14 * 96 + 48, 65_536),
    ("unlinkable", "minimal"): (2 * 12 + 6, 4096),
    ("hybrid", "standard"): (14 * 6 + 4, 4096),
    ("hybrid", "minimal"): (2 * 6 + 4, 4096),
    ("gaen", "standard"): (15, 4096),
    ("gaen", "minimal"): (3, 4096),
}


@every_design
@every_size
@pytest.mark.parametrize("lived_days", [0, 40])
@pytest.mark.spec("REPORT-1", "REPORT-2")
def test_every_upload_of_a_design_has_its_one_size_and_comes_back_whole(
    name: str, size: str, lived_days: int
) -> None:
    parameters = PARAMETERS[size]
    street = Street(name, parameters)
    for day in range(1, lived_days + 1):
        street.tick(MORNING + day * 86_400)
    report = street.report(NOON + lived_days * 86_400)
    count, length = FULLEST[name, size]
    assert len(report.records) == count if name != "gaen" or lived_days else 1
    upload = Upload(UploadCode.generate(rand=street.rand), report)
    encoded = upload.encode(to_bytes=street.design.upload_bytes(parameters))
    assert len(encoded) == length
    assert Upload.decode(encoded) == upload
    now = Instant(NOON + lived_days * 86_400)
    for key in street.keys(report):
        key.require_publishable(now=now, parameters=parameters)
        assert street.design.tracing_key(key.record()) == key
        assert len(key.record().key) == KEY_BYTES[name]


@every_design
@pytest.mark.parametrize("parameters", [STANDARD, MINIMAL, Parameters(clock_skew_seconds=900)])
@pytest.mark.spec("LOWCOST-10", "UNLINKABLE-10", "HYBRID-9", "GAEN-10")
def test_a_server_accepts_a_phone_whose_clock_is_ahead_by_the_skew_and_no_more(
    name: str, parameters: Parameters
) -> None:
    """Just after the phone's midnight, when a day, a window and an epoch begin or end."""
    street = Street(name, parameters, phones=1)
    midnight = day_start(Day(DAY + 1))
    street.tick(midnight - 3600)
    skew = parameters.clock_skew_seconds
    since = DAY if name == "unlinkable" else DAY + 1
    keys = street.keys(street.report(midnight, since=since))
    for key in keys:
        key.require_publishable(now=Instant(midnight - skew), parameters=parameters)
    latest = max(keys, key=lambda key: key.record().attributes)
    with pytest.raises(TooEarlyError):
        latest.require_publishable(now=Instant(midnight - skew - 1), parameters=parameters)


@every_design
@every_size
@pytest.mark.spec("LOWCOST-11", "UNLINKABLE-15", "HYBRID-10", "GAEN-11")
def test_no_key_is_released_while_its_phone_broadcasts_from_it(name: str, size: str) -> None:
    """A phone that reports has left the keys it gave away, or waits until they are over."""
    street = Street(name, PARAMETERS[size], phones=1)
    (phone,) = street.phones
    report = street.report(NOON)
    ready = max(key.releasable_from(PARAMETERS[size]) for key in street.keys(report))
    assert ready <= NOON + 600
    public = street.expanded(report, before=NOON + 86_400)
    for now in range(NOON, ready + 86_400, 300):
        assert identifier(street.say(phone, now)) not in public
