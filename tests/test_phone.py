"""spec/phone.md: what a phone keeps, refuses, forgets and survives."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dp3t import phone as phone_module
from dp3t.codec import Value, encode
from dp3t.errors import (
    ClockError,
    Dp3tError,
    LimitError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.params import LAST_INSTANT, MINIMAL, STANDARD, Parameters
from dp3t.phone import MAX_INGESTED, MAX_LATE_SECONDS, Phone
from dp3t.primitives import seal
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import DESIGN_NAMES, design
from dp3t.proximity.observations import (
    MAX_IDENTIFIERS_PER_SLOT,
    MAX_SIGHTINGS_PER_IDENTIFIER,
    MAX_SIGHTINGS_PER_SLOT,
)
from dp3t.publication.authorization import UploadCode
from dp3t.publication.batch import Batch, KeyRecord
from dp3t.publication.report import UPLOAD_BYTES, Report, Upload
from dp3t.timeline import Day, Instant, day_of, day_start, release_after
from oracle_aead import OracleError, xchacha20_poly1305_open
from vectors import Case, vector_cases

DAY = Day(18_377)
MORNING = Instant(day_start(DAY) + 8 * 3600)
RELEASE = Instant(MORNING - MORNING % 7200 + 7200)
METADATA = Metadata(tx_power_dbm=-24)
STATE_KEY = bytes(range(32))

every_design = pytest.mark.parametrize("name", DESIGN_NAMES)


def rand(length: int, *, random: Random = Random(2020)) -> bytes:  # noqa: B008 - shared on purpose
    return random.randbytes(length)


def new(name: str, *, now: int = MORNING, parameters: Parameters = STANDARD) -> Phone:
    return Phone.create(name, now=Instant(now), rand=rand, parameters=parameters)


def say(phone: Phone, now: int = MORNING) -> bytes:
    phone.tick(Instant(now), rand=rand)
    return phone.advertisement(Instant(now), metadata=METADATA)


def hear(phone: Phone, words: bytes, now: int = MORNING, *, rssi_dbm: int = -60) -> None:
    phone.hear(words, now=Instant(now), rssi_dbm=rssi_dbm)


def report(phone: Phone, now: int, *, since: int = 0) -> Report:
    return phone.report(since=Day(since), now=Instant(now), rand=rand)


def batch_of(*reports: Report, release: int, region: str = "VN") -> Batch:
    records = [record for one in reports for record in one.records]
    return Batch.of_records(
        records, design=reports[0].design, region=region, release=Instant(release)
    )


def state(phone: Phone) -> dict[str, Value]:
    value = phone.to_value()
    assert isinstance(value, dict)
    return value


def items(phone: Phone, field: str) -> list[Value]:
    found = state(phone)[field]
    assert isinstance(found, list)
    return found


def sealed(value: Value, *, version: int = 2) -> bytes:
    header = b"dp3t phone" + version.to_bytes(2, "big")
    return header + seal(STATE_KEY, encode(value), header=header, rand=rand)


# --- time --------------------------------------------------------------------------------------


@every_design
@pytest.mark.spec("PHONE-3")
def test_a_phone_that_has_not_ticked_has_nothing_to_broadcast(name: str) -> None:
    phone = new(name)
    for now in (MORNING - 7200, MORNING + 7200, MORNING + 10**8):
        with pytest.raises(ClockError):
            phone.advertisement(Instant(now), metadata=METADATA)


@every_design
@pytest.mark.spec("PHONE-2", "PHONE-13")
@pytest.mark.parametrize("jump", [86_400, 40 * 86_400, 30 * 365 * 86_400])
def test_a_clock_that_jumped_ahead_is_survived_by_starting_anew(name: str, jump: int) -> None:
    phone, other = new(name), new(name)
    hear(phone, say(other))
    before = say(phone)
    wrong = Instant(MORNING + jump)
    phone.tick(wrong, rand=rand)
    hear(phone, say(other, wrong), wrong)
    made = report(other, wrong, since=day_of(wrong))
    assert len(phone.ingest(batch_of(made, release=release_after(wrong)))) == 1
    with pytest.raises(ClockError):
        phone.tick(MORNING, rand=rand)
    phone.restart_keys(MORNING, rand=rand)
    assert not items(phone, "matches")
    assert not items(phone, "ingested")
    assert len(items(phone, "observations")) == (1 if jump < 15 * 86_400 else 0)
    assert say(phone, MORNING) != before
    hear(phone, say(new(name)))


@every_design
@pytest.mark.spec("PHONE-13")
def test_starting_anew_keeps_what_the_right_clock_wrote(name: str) -> None:
    phone, other = new(name), new(name)
    hear(phone, say(other))
    phone.restart_keys(Instant(MORNING + 60), rand=rand)
    assert len(phone.observations) == 1


@every_design
def test_a_phone_lives_until_its_formats_end(name: str) -> None:
    last = Instant(LAST_INSTANT - 86_400)
    phone = new(name, now=last)
    hear(phone, say(new(name, now=last), last), last)
    phone.tick(last, rand=rand)
    assert report(phone, last).records


@every_design
def test_a_phone_can_live_in_1970(name: str) -> None:
    phone, other = new(name, now=0), new(name, now=0)
    hear(phone, say(other, 0), 0)
    batch = batch_of(report(other, 0), release=7200)
    phone.tick(Instant(7200), rand=rand)
    assert len(phone.ingest(batch)) == 1
    assert Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY) == phone


@every_design
@pytest.mark.spec("PHONE-2", "PHONE-10")
def test_a_small_step_back_does_not_move_the_clock(name: str) -> None:
    phone, other = new(name), new(name)
    phone.tick(Instant(MORNING + 599), rand=rand)
    phone.tick(MORNING, rand=rand)
    with pytest.raises(ClockError):
        hear(phone, say(other), MORNING - 2)


# --- hearing -----------------------------------------------------------------------------------


@every_design
@pytest.mark.spec("PHONE-4")
def test_an_echo_is_not_kept(name: str) -> None:
    phone = new(name)
    first = say(phone)
    hear(phone, first)
    again = Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)
    hear(again, first)
    second = say(phone, MORNING + 900)
    hear(phone, first, MORNING + 900)
    hear(phone, second, MORNING + 900)
    fresh = report(phone, MORNING + 901)
    hear(phone, second, MORNING + 902)
    assert fresh.records
    assert len(phone.observations) == len(again.observations) == 0


@every_design
@pytest.mark.spec("PHONE-4")
def test_a_report_erases_older_echoes_of_what_it_releases(name: str) -> None:
    """An attacker plays a phone its own words of this morning; its owner later reports."""
    phone, other = new(name), new(name)
    own = [say(phone, MORNING + 900 * step) for step in range(6)]
    theirs = say(other, MORNING + 4500)
    for words in (*own, theirs):
        hear(phone, words, MORNING + 4500)
    assert len(phone.observations) == 5
    batch = batch_of(report(phone, MORNING + 4600), release=RELEASE)
    (kept,) = phone.observations
    assert kept.service_data == theirs[11:]
    phone.tick(RELEASE, rand=rand)
    assert phone.ingest(batch) == ()


@every_design
@pytest.mark.spec("PHONE-10")
@pytest.mark.parametrize(
    ("offset", "kept"),
    [
        (-(10**6), False),
        (-MAX_LATE_SECONDS - 1, False),
        (-MAX_LATE_SECONDS, True),
        (0, True),
        (86_400, True),
        (86_401, False),
        (10**9, False),
    ],
)
def test_a_sighting_far_from_the_clock_is_refused(name: str, offset: int, kept: bool) -> None:
    phone, other = new(name), new(name)
    if kept:
        hear(phone, say(other), MORNING + offset)
    else:
        with pytest.raises(ClockError):
            hear(phone, say(other), MORNING + offset)
    assert len(phone.observations) == kept


@every_design
@pytest.mark.spec("PHONE-10", "MATCHING-1")
def test_no_clock_set_back_revives_a_replay_of_published_words(name: str) -> None:
    phone, other = new(name), new(name)
    words = say(other)
    batch = batch_of(report(other, MORNING), release=RELEASE)
    after = Instant(RELEASE + MAX_LATE_SECONDS)
    phone.tick(after, rand=rand)
    with pytest.raises(ClockError):
        phone.tick(MORNING, rand=rand)
    with pytest.raises(ClockError):
        hear(phone, words, RELEASE - 1)
    assert phone.ingest(batch) == ()


@every_design
@pytest.mark.spec("PHONE-14")
def test_a_sighting_of_unknown_strength_is_not_kept(name: str) -> None:
    phone, other = new(name), new(name)
    hear(phone, say(other), rssi_dbm=127)
    assert len(phone.observations) == 0
    hear(phone, say(other), rssi_dbm=126)
    assert len(phone.observations) == 1


@every_design
def test_words_of_another_service_or_garbage_are_refused_and_not_kept(name: str) -> None:
    (stranger,) = set(DESIGN_NAMES) - {name}
    phone = new(name)
    for words in (say(new(stranger)), b"", bytes(31)):
        with pytest.raises(MalformedError):
            hear(phone, words)
    assert len(phone.observations) == 0


@every_design
@pytest.mark.parametrize("second", [-1, 0, 1])
def test_what_is_heard_around_midnight_belongs_to_its_own_day(name: str, second: int) -> None:
    midnight = day_start(Day(DAY + 1))
    phone, other = new(name, now=midnight - 5), new(name, now=midnight - 5)
    now = midnight + second
    hear(phone, say(other, now), now)
    (observation,) = phone.observations
    assert observation.day == DAY + (second >= 0)
    batch = batch_of(report(other, now), release=midnight + 14_400)
    phone.tick(Instant(midnight + 14_400), rand=rand)
    assert [one.day for one in phone.ingest(batch)] == [observation.day]


def test_low_cost_words_of_yesterday_do_not_count_today() -> None:
    """The replay across midnight: one second is enough."""
    midnight = day_start(Day(DAY + 1))
    phone, other = new("lowcost"), new("lowcost")
    words = say(other, midnight - 1)
    phone.tick(midnight, rand=rand)
    hear(phone, words, midnight)
    batch = batch_of(report(other, midnight), release=midnight + 7200)
    phone.tick(Instant(midnight + 7200), rand=rand)
    assert phone.ingest(batch) == ()


@pytest.mark.spec("PHONE-7")
def test_low_cost_times_go_ten_minutes_after_their_slot_in_matches_too() -> None:
    phone, other = new("lowcost"), new("lowcost")
    for offset in (0, 200):
        hear(phone, say(other, MORNING + offset), MORNING + offset)
    early = batch_of(report(other, MORNING + 300), release=RELEASE)
    phone.tick(RELEASE, rand=rand)
    phone.ingest(early)
    assert [one["coarse"] for one in coarse_maps(phone)] == [False, False]
    exposures = phone.exposures
    phone.tick(Instant(RELEASE + MAX_LATE_SECONDS - 1), rand=rand)
    assert [one["coarse"] for one in coarse_maps(phone)] == [False, False]
    phone.tick(Instant(RELEASE + MAX_LATE_SECONDS), rand=rand)
    assert [(one["coarse"], one["offsets"]) for one in coarse_maps(phone)] == [(True, [0, 200])] * 2
    assert phone.exposures == exposures


@pytest.mark.spec("PHONE-7")
def test_an_app_may_drop_times_as_soon_as_the_slot_is_over() -> None:
    phone, other = new("lowcost"), new("lowcost")
    hear(phone, say(other))
    phone.settle(Instant(RELEASE - 1))
    assert [one.coarse for one in phone.observations] == [False]
    phone.settle(RELEASE)
    assert [one.coarse for one in phone.observations] == [True]


@pytest.mark.spec("PHONE-7")
def test_gaen_times_stay() -> None:
    phone, other = new("gaen"), new("gaen")
    hear(phone, say(other))
    phone.tick(Instant(RELEASE + 86_400), rand=rand)
    phone.settle(Instant(RELEASE + 86_400))
    assert [one.coarse for one in phone.observations] == [False]


def coarse_maps(phone: Phone) -> list[Mapping[str, Value]]:
    """Return the observation in the store and the one in the match, as they are saved."""
    found: list[Mapping[str, Value]] = []
    for item in (*items(phone, "observations"), *items(phone, "matches")):
        assert isinstance(item, Mapping)
        one = item.get("observation", item)
        assert isinstance(one, Mapping)
        found.append(one)
    return found


@pytest.mark.spec("PHONE-18", "OBSERVATIONS-5")
def test_a_phone_in_a_flood_still_saves_and_loads() -> None:
    phone = new("gaen")
    frame = say(new("gaen"))
    for number in range(MAX_IDENTIFIERS_PER_SLOT + 10):
        with suppress(LimitError):
            hear(phone, frame[:11] + number.to_bytes(20, "big"))
    assert len(phone.observations) == MAX_IDENTIFIERS_PER_SLOT
    with pytest.raises(LimitError):
        hear(phone, frame)
    hear(phone, frame, RELEASE)
    assert Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY) == phone


@pytest.mark.spec("PHONE-18")
def test_the_fullest_state_there_can_be_is_within_the_limits_of_loading() -> None:
    """By arithmetic: every slot of the longest retention full, all of it matched."""
    one: dict[str, Value] = {
        "coarse": True,
        "offsets": [7199],
        "rssi": [-128],
        "service_data": bytes(20),
        "slot": 2**19,
    }
    frame = len(encode({"metadata": bytes(4), "observation": one})) + len(encode(one)) + 16
    slots = (63 + 2) * 12 + 1
    entries = slots * MAX_IDENTIFIERS_PER_SLOT
    sightings = slots * MAX_SIGHTINGS_PER_SLOT
    assert entries <= phone_module._MAX_ENTRIES
    assert entries * frame + 2 * sightings * 5 + 10**6 < phone_module.MAX_STATE_BYTES
    assert MAX_SIGHTINGS_PER_IDENTIFIER <= MAX_SIGHTINGS_PER_SLOT


# --- reporting ---------------------------------------------------------------------------------


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


@every_design
@pytest.mark.spec("PHONE-5")
def test_a_report_ticks_first(name: str) -> None:
    phone = new(name)
    now = MORNING + 3 * 86_400
    made = report(phone, now)
    last = design(name).tracing_key(made.records[-1])
    last.require_publishable(now=Instant(now), parameters=STANDARD)
    assert len(phone.advertisement(Instant(now), metadata=METADATA)) == 31


@every_design
@pytest.mark.spec("LOWCOST-7", "GAEN-8")
def test_a_report_since_before_everything_fits_an_upload(name: str) -> None:
    parameters = Parameters(retention_days=63)
    phone = new(name, parameters=parameters)
    for day in range(1, 70):
        phone.tick(Instant(MORNING + day * 86_400), rand=rand)
    now = Instant(MORNING + 69 * 86_400)
    made = report(phone, now)
    assert len(made.records) == (1 if name == "lowcost" else 64)
    body = Upload(UploadCode.generate(rand=rand), made).encode()
    assert len(body) == UPLOAD_BYTES
    assert Upload.decode(body).report.records == made.records
    for record in made.records:
        key = design(name).tracing_key(record)
        key.require_publishable(now=now, parameters=parameters)


@every_design
@pytest.mark.spec("LOWCOST-14", "GAEN-13")
def test_a_report_of_the_future_is_refused_and_loses_no_key(name: str) -> None:
    phone = new(name)
    before = state(phone)
    with pytest.raises(TooEarlyError):
        report(phone, MORNING, since=DAY + 1)
    assert state(phone) == before


# --- batches -----------------------------------------------------------------------------------


BAD_RECORDS: dict[str, list[tuple[int, ...]]] = {
    "lowcost": [(-1,), (0,), (49_710,), (DAY - 128,), (49_711,), (2**32 - 1,)],
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


@every_design
@pytest.mark.spec("PHONE-11")
def test_bad_keys_do_not_cost_the_good_ones_of_their_batch(name: str) -> None:
    phone, other = new(name), new(name)
    hear(phone, say(other))
    good = report(other, MORNING)
    length = len(good.records[0].key)
    bad = [KeyRecord(attributes, rand(length)) for attributes in BAD_RECORDS[name]]
    batch = batch_of(Report(design=name, records=(*bad, *good.records)), release=RELEASE)
    phone.tick(RELEASE, rand=rand)
    assert len(phone.ingest(batch)) == 1
    assert phone.has_ingested(release=RELEASE, region="VN")


@every_design
@pytest.mark.spec("PHONE-11")
def test_a_batch_without_one_good_key_is_refused_and_changes_nothing(name: str) -> None:
    phone = new(name)
    before = state(phone)
    for attributes in ((1, 2), (1, 2, 3, 4, 5)):
        batch = batch_of(
            Report(design=name, records=(KeyRecord(attributes, bytes(32)),)), release=RELEASE
        )
        with pytest.raises(MalformedError, match="no key"):
            phone.ingest(batch)
    assert state(phone) == before


@every_design
def test_an_empty_batch_is_ingested(name: str) -> None:
    phone = new(name)
    empty = Batch.of_records([], design=name, region="VN", release=RELEASE)
    assert phone.ingest(empty) == ()
    assert phone.has_ingested(release=RELEASE, region="VN")


@every_design
@pytest.mark.spec("PHONE-12")
def test_a_batch_of_the_future_is_refused(name: str) -> None:
    phone = new(name)
    made = report(new(name), MORNING)
    latest = RELEASE - 7200 + 86_400
    phone.ingest(batch_of(made, release=latest))
    with pytest.raises(TooEarlyError):
        phone.ingest(batch_of(made, release=latest + 7200))


@every_design
@pytest.mark.spec("PHONE-6")
def test_the_memory_of_batches_is_bounded(name: str) -> None:
    phone = new(name)
    releases = [RELEASE - 7200 * (number % 12) for number in range(24)]
    phone._ingested = {
        (Instant(release), f"R{number}")
        for release in releases[:12]
        for number in range(MAX_INGESTED // 12)
    }
    for number, release in enumerate(releases):
        empty = Batch.of_records([], design=name, region=f"X{number}", release=Instant(release))
        phone.ingest(empty)
    assert len(items(phone, "ingested")) <= MAX_INGESTED
    assert phone.has_ingested(release=RELEASE, region="X0")
    assert Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY) == phone


# --- saved states ------------------------------------------------------------------------------


ERRORS = {"malformed": MalformedError, "limit": LimitError, "unauthentic": VerificationError}


def tagged(value: Value) -> object:
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, Mapping):
        return {key: tagged(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [tagged(item) for item in value]
    return value


def untagged(value: object) -> object:
    if isinstance(value, dict):
        if "$bytes" in value:
            return bytes.fromhex(value["$bytes"])
        return {key: untagged(item) for key, item in value.items()}
    return [untagged(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", vector_cases("phone", result="valid"))
def test_a_saved_state_is_loaded_as_the_vector_says(case: Case) -> None:
    phone = Phone.load(bytes.fromhex(case["saved"]), key=bytes.fromhex(case["key"]))
    assert tagged(phone.to_value()) == case["state"]
    again = phone.save(key=STATE_KEY, rand=rand)
    assert int.from_bytes(again[10:12], "big") == 2
    assert Phone.load(again, key=STATE_KEY) == phone


@pytest.mark.parametrize("case", vector_cases("phone", result="valid"))
def test_the_second_witness_opens_the_same_state(case: Case) -> None:
    saved = bytes.fromhex(case["saved"])
    opened = xchacha20_poly1305_open(bytes.fromhex(case["key"]), saved[12:], saved[:12])
    expected = untagged(case["state"])
    assert isinstance(expected, dict)
    if saved[11] == 1:
        for added in ("ingested", "matches", "pending"):
            assert expected.pop(added) == []
    assert opened == oracle.msgpack_encode(expected)


def test_the_second_witness_knows_the_example_of_the_draft() -> None:
    """draft-irtf-cfrg-xchacha-03, A.3.1."""
    sealed_text = bytes.fromhex(
        "404142434445464748494a4b4c4d4e4f5051525354555657"
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
        "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
        "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
    )
    key, associated = bytes(range(0x80, 0xA0)), bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    opened = xchacha20_poly1305_open(key, sealed_text, associated)
    assert opened.startswith(b"Ladies and Gentlemen of the class of '99")
    with pytest.raises(OracleError):
        xchacha20_poly1305_open(key, sealed_text, b"")


@pytest.mark.parametrize("result", ERRORS)
def test_every_bad_vector_is_refused_as_it_says(result: str) -> None:
    for param in vector_cases("phone", result=result):
        (case,) = param.values
        assert isinstance(case, dict)
        with pytest.raises(ERRORS[result]):
            Phone.load(bytes.fromhex(case["saved"]), key=bytes.fromhex(case["key"]))


@pytest.mark.parametrize("case", vector_cases("phone", result="unauthentic"))
def test_the_second_witness_does_not_open_it_either(case: Case) -> None:
    saved = bytes.fromhex(case["saved"])
    with pytest.raises(OracleError):
        xchacha20_poly1305_open(bytes.fromhex(case["key"]), saved[12:], saved[:12])


@pytest.mark.parametrize("case", vector_cases("phone", result="malformed"))
def test_a_state_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Phone.load(bytes.fromhex(case["saved"]), key=bytes.fromhex(case["key"]))


@every_design
@pytest.mark.spec("PHONE-16")
def test_refusals_name_the_fault(name: str) -> None:
    saved = new(name).save(key=STATE_KEY, rand=rand)
    for damaged, error, words in (
        (saved[:20], MalformedError, "truncated"),
        (b"x" + saved[1:], MalformedError, "not a saved phone"),
        (saved[:11] + b"\x03" + saved[12:], UnsupportedVersionError, "version 3"),
        (saved[:-1], VerificationError, "altered"),
    ):
        with pytest.raises(error, match=words):
            Phone.load(damaged, key=STATE_KEY)
    with pytest.raises(VerificationError, match="wrong key"):
        Phone.load(saved, key=bytes(32))


@every_design
@pytest.mark.spec("PHONE-8")
def test_two_savings_of_one_state_share_nothing_but_header_and_length(name: str) -> None:
    phone = new(name)
    one, other = (phone.save(key=STATE_KEY, rand=rand) for _ in range(2))
    assert one[:12] == other[:12] == b"dp3t phone\x00\x02"
    assert len(one) == len(other)
    assert one[12:36] != other[12:36]
    assert one[36:] != other[36:]


@every_design
@pytest.mark.spec("PHONE-8")
def test_a_saved_phone_shows_no_secret(name: str) -> None:
    phone = new(name)
    words = say(phone)
    saved = phone.save(key=STATE_KEY, rand=rand)
    assert b"ring" not in saved
    assert words[11:27] not in saved
    assert len(repr(phone)) < 60


def test_a_sealing_key_of_another_length_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="32"):
        new("lowcost").save(key=bytes(16), rand=rand)


@every_design
@pytest.mark.spec("PHONE-17")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("clock", -1),
        ("clock", 2**32),
        ("clock", MORNING - 30 * 86_400),
        ("clock", MORNING + 30 * 86_400),
        ("design", b"gaen"),
        ("ingested", [{"region": "VN", "release": 7201}]),
        ("ingested", [{"region": "VN", "release": 7200}] * 2),
        ("ingested", [{"region": "VN", "release": 7200}, {"region": "LA", "release": 7200}]),
        ("ingested", [{"region": "V" * 17, "release": 7200}]),
        ("matches", [{}]),
        ("observations", [0]),
        ("parameters", {"clock_drift_intervals": 12, "epoch_minutes": 7, "retention_days": 14}),
        ("parameters", {"clock_drift_intervals": 13, "epoch_minutes": 15, "retention_days": 14}),
        ("parameters", {"epoch_minutes": 15, "retention_days": 14}),
        ("pending", [{"design": "lowcost", "records": []}]),
        ("ring", {}),
    ],
    ids=str,
)
def test_a_field_out_of_its_range_is_refused(name: str, field: str, value: Value) -> None:
    with pytest.raises(MalformedError):
        Phone.load(sealed({**state(new(name)), field: value}), key=STATE_KEY)


@every_design
@pytest.mark.spec("PHONE-17")
def test_more_batches_than_a_phone_remembers_are_refused(name: str) -> None:
    many: list[Value] = [
        {"region": f"{number:05}", "release": 7200} for number in range(MAX_INGESTED + 1)
    ]
    with pytest.raises(LimitError):
        Phone.load(sealed({**state(new(name)), "ingested": many}), key=STATE_KEY)


@every_design
@pytest.mark.spec("PHONE-9")
def test_a_phone_of_version_1_goes_on_where_it_was(name: str) -> None:
    phone, other = new(name, parameters=MINIMAL), new(name, parameters=MINIMAL)
    hear(phone, say(other))
    old = {
        field: item
        for field, item in state(phone).items()
        if field not in ("ingested", "matches", "pending")
    }
    migrated = Phone.load(sealed(old, version=1), key=STATE_KEY)
    assert migrated == phone
    assert say(migrated) == say(phone)
    batch = batch_of(report(other, MORNING), release=RELEASE)
    migrated.tick(RELEASE, rand=rand)
    assert len(migrated.ingest(batch)) == 1


@given(data=st.binary(max_size=200), known=st.booleans())
@pytest.mark.spec("PHONE-16", "PHONE-17")
def test_any_bytes_are_a_phone_or_refused(data: bytes, known: bool) -> None:
    saved = b"dp3t phone\x00\x02" + data if known else data
    with pytest.raises(Dp3tError):
        Phone.load(saved, key=STATE_KEY)


@every_design
@given(data=st.data())
@pytest.mark.spec("PHONE-17")
def test_any_field_replaced_is_refused_or_loads_as_itself(name: str, data: st.DataObject) -> None:
    value = dict(state(new(name, parameters=MINIMAL)))
    field = data.draw(st.sampled_from(sorted(value)))
    leaves = st.integers(-5, 2**33) | st.binary(max_size=40) | st.text(max_size=4) | st.booleans()
    value[field] = data.draw(
        st.recursive(
            leaves,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["key", "keys", "order", "slot"]), inner)
            ),
        )
    )
    try:
        phone = Phone.load(sealed(value), key=STATE_KEY)
    except Dp3tError:
        return
    assert phone.to_value() == value


def test_a_phone_is_no_key_of_a_map_and_equals_no_other_thing() -> None:
    phone = new("lowcost")
    with pytest.raises(TypeError):
        hash(phone)
    assert phone != 1
    assert phone != new("lowcost")


def test_a_day_is_what_the_clock_says() -> None:
    assert day_of(MORNING) == DAY
