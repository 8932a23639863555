"""spec/proximity/gaen.md."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dp3t.codec import Value
from dp3t.errors import Dp3tError, ExpiredError, MalformedError, TooEarlyError
from dp3t.params import LAST_INSTANT, MINIMAL, STANDARD
from dp3t.proximity.advertisement import EphID, Metadata, ServiceData
from dp3t.proximity.gaen import (
    Gaen,
    GaenRing,
    TemporaryExposureKey,
    aem_key,
    crypt_metadata,
    identifiers,
    rpi_key,
)
from dp3t.proximity.observations import NO_PERIOD, Kept
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Instant, Interval, day_of, day_start, interval_of, interval_start
from oracle_crypto import aes_ctr
from shared_data import shared
from vectors import Case, load, vector_cases

DAY = Day(18_377)
NOON = Instant(day_start(DAY) + 43_200)
TEK = bytes(range(16))
DESIGN = Gaen()


def key_of(start: int, period: int = 144) -> TemporaryExposureKey:
    return TemporaryExposureKey(key=TEK, rolling_start=Interval(start), rolling_period=period)


def aged_ring(days: int, random: Random) -> GaenRing:
    """Return the ring at NOON of a phone that is so many days old."""
    start = Instant(NOON - days * 86_400)
    ring = DESIGN.generate(now=start, parameters=STANDARD, rand=random.randbytes)
    for day in range(1, days + 1):
        now = Instant(start + day * 86_400)
        ring = ring.rotated(now=now, parameters=STANDARD, rand=random.randbytes)
    return ring


@pytest.mark.parametrize("case", vector_cases("gaen", operation="derive"))
def test_a_day_is_derived_as_published(case: Case) -> None:
    tek = bytes.fromhex(case["key"])
    assert rpi_key(tek).hex() == case["rpik"]
    assert aem_key(tek).hex() == case["aemk"]
    for row in case["advertised"]:
        identifier = EphID(identifiers(tek, [row["interval"]]))
        clear = bytes.fromhex(case["metadata"])
        assert identifier.hex() == row["identifier"]
        assert crypt_metadata(tek, identifier, clear).hex() == row["metadata"]


@pytest.mark.parametrize("case", vector_cases("gaen", operation="derive"))
def test_the_second_witness_derives_the_same_day(case: Case) -> None:
    tek, clear = bytes.fromhex(case["key"]), bytes.fromhex(case["metadata"])
    assert oracle.gaen_rpik(tek).hex() == case["rpik"]
    assert oracle.gaen_aemk(tek).hex() == case["aemk"]
    for row in case["advertised"][::11]:
        assert oracle.gaen_rpi(tek, row["interval"]).hex() == row["identifier"]
        assert oracle.gaen_aem(tek, row["interval"], clear).hex() == row["metadata"]


def test_the_published_values_are_those_that_others_copied_too() -> None:
    theirs = json.loads(shared("vectors/gaen_crypto.json").read_text())["crypto_spec_v1_2"]
    ours = load("gaen")["cases"][0]
    assert [(row["identifier"], row["metadata"]) for row in ours["advertised"]] == [
        (row["rpi"], row["aem"]) for row in theirs["advertised"]
    ]
    assert len(ours["advertised"]) == 144


@pytest.mark.parametrize("case", vector_cases("gaen", operation="metadata"))
def test_metadata_are_encrypted_and_decrypted_as_the_vector_says(case: Case) -> None:
    tek, identifier = bytes.fromhex(case["key"]), EphID(bytes.fromhex(case["identifier"]))
    clear, encrypted = bytes.fromhex(case["clear"]), bytes.fromhex(case["encrypted"])
    assert aem_key(tek).hex() == oracle.gaen_aemk(tek).hex() == case["aemk"]
    assert crypt_metadata(tek, identifier, clear) == encrypted
    assert crypt_metadata(tek, identifier, encrypted) == clear
    assert aes_ctr(oracle.gaen_aemk(tek), identifier, clear) == encrypted


@pytest.mark.parametrize("case", vector_cases("gaen", operation="open"))
def test_metadata_that_cannot_be_read_leave_a_match_without_them(case: Case) -> None:
    service_data = ServiceData(bytes.fromhex(case["service_data"]))
    tek = bytes.fromhex(case["key"])
    clear = crypt_metadata(tek, EphID(service_data[:16]), service_data[16:])
    assert clear.hex() == case["clear"]
    assert key_of(0).open_metadata(Kept(service_data[:16], NO_PERIOD, service_data[16:])) is None


@pytest.mark.spec("GAEN-4", "GAEN-5")
@pytest.mark.parametrize("minor_version", [0, 1])
def test_a_phone_reads_what_another_broadcast(minor_version: int) -> None:
    metadata = Metadata(tx_power_dbm=-24, minor_version=minor_version)
    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=Random(1).randbytes)
    service_data = ring.service_data(metadata, now=NOON, parameters=STANDARD)
    assert service_data[16:] != metadata.encode()
    (kept,) = DESIGN.kept(service_data, at=NOON, parameters=STANDARD)
    assert ring.keys[0].open_metadata(kept) == metadata


@pytest.mark.parametrize("case", vector_cases("gaen", operation="expand"))
def test_a_key_expands_as_the_vector_says(case: Case) -> None:
    key = key_of(case["rolling_start"], case["rolling_period"])
    assert key.releasable_from(STANDARD) == case["releasable_from"]
    (expansion,) = key.expand(before=key.releasable_from(STANDARD), parameters=STANDARD)
    found = expansion.split()
    assert len(found) == case["count"] == case["rolling_period"]
    for place, name in ((0, "first"), (len(found) - 1, "last")):
        start, end = expansion.validity(place)
        assert {"identifier": found[place].hex(), "valid_from": start, "valid_until": end} == case[
            name
        ]


@pytest.mark.parametrize("case", vector_cases("gaen", operation="expand"))
def test_the_second_witness_expands_the_same(case: Case) -> None:
    tek = bytes.fromhex(case["key"])
    last = case["rolling_start"] + case["rolling_period"] - 1
    for name, interval in (("first", case["rolling_start"]), ("last", last)):
        assert oracle.gaen_rpi(tek, interval).hex() == case[name]["identifier"]
        assert case[name]["valid_from"] == 600 * (interval - 12)
        assert case[name]["valid_until"] == 600 * (interval + 13)
    assert case["releasable_from"] == 600 * (last + 1)


@pytest.mark.parametrize("case", vector_cases("gaen", operation="accept"))
def test_a_server_accepts_the_keys_that_the_vector_says(case: Case) -> None:
    key = key_of(case["rolling_start"], case["rolling_period"])
    now = Instant(case["now"])
    error = TooEarlyError if case["rolling_start"] * 600 > now else ExpiredError
    if case["result"] == "valid":
        key.require_publishable(now=now, parameters=STANDARD)
    else:
        with pytest.raises(error):
            key.require_publishable(now=now, parameters=STANDARD)


@pytest.mark.parametrize("case", vector_cases("gaen", operation="accept"))
def test_the_second_witness_judges_the_same(case: Case) -> None:
    begun = case["rolling_start"] <= case["now"] // 600
    last_day = (case["rolling_start"] + case["rolling_period"] - 1) // 144
    kept = case["now"] // 86_400 - last_day <= 2 * case["retention_days"]
    assert case["result"] == ("valid" if begun and kept else "policy")


@pytest.mark.spec("GAEN-1")
def test_a_key_is_drawn_at_the_first_start_and_at_midnight() -> None:
    random = Random(2)
    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=random.randbytes)
    midnight = day_start(Day(DAY + 1))
    last = Instant(midnight - 1)
    assert ring.rotated(now=last, parameters=STANDARD, rand=random.randbytes) == ring
    after = ring.rotated(now=midnight, parameters=STANDARD, rand=random.randbytes)
    assert [(key.rolling_start, key.rolling_period) for key in after.keys] == [
        (DAY * 144, 144),
        ((DAY + 1) * 144, 144),
    ]
    assert len({key.key for key in after.keys}) == 2


@pytest.mark.spec("GAEN-12")
@pytest.mark.parametrize("days", [1, 14, 15, 40])
def test_keys_older_than_retention_are_erased(days: int) -> None:
    ring = aged_ring(days, Random(3))
    oldest = DAY - min(days, 14)
    assert [key.rolling_start // 144 for key in ring.keys] == list(range(oldest, DAY + 1))


@pytest.mark.spec("GAEN-12")
def test_a_phone_that_was_off_erases_what_became_too_old() -> None:
    random = Random(4)
    ring = aged_ring(14, random)
    now = Instant(NOON + 10 * 86_400)
    ring = ring.rotated(now=now, parameters=STANDARD, rand=random.randbytes)
    days = [key.rolling_start // 144 for key in ring.keys]
    assert days == [*range(DAY - 4, DAY + 1), DAY + 10]


@pytest.mark.spec("GAEN-8")
def test_a_report_cuts_the_key_in_use_and_erases_all() -> None:
    random = Random(5)
    ring = aged_ring(4, random)
    old = {key.key for key in ring.keys}
    keys, fresh = ring.released(
        since=Day(DAY - 2), onset=None, now=NOON, parameters=STANDARD, rand=random.randbytes
    )
    found = [DESIGN.tracing_key(key.record()) for key in keys]
    assert [(key.rolling_start - (DAY - 2) * 144, key.rolling_period) for key in found] == [
        (0, 144),
        (144, 144),
        (288, 73),
    ]
    assert [key.key for key in found] == [key.key for key in ring.keys[-3:]]
    (rest,) = fresh.keys
    assert (rest.rolling_start, rest.rolling_period) == (interval_of(NOON), 72)
    assert rest.key not in old


@pytest.mark.spec("GAEN-8")
@pytest.mark.parametrize("second", [0, 599, 600, 86_399])
def test_a_report_covers_the_interval_in_which_it_is_made(second: int) -> None:
    now = Instant(day_start(DAY) + second)
    random = Random(6)
    ring = DESIGN.generate(now=now, parameters=STANDARD, rand=random.randbytes)
    before = ring.identifier(now=now, parameters=STANDARD)
    keys, fresh = ring.released(
        since=Day(0), onset=None, now=now, parameters=STANDARD, rand=random.randbytes
    )
    (expansion,) = keys[-1].expand(before=keys[-1].releasable_from(STANDARD), parameters=STANDARD)
    assert expansion.split()[-1] == before
    assert fresh.identifier(now=now, parameters=STANDARD) not in expansion.split()


@pytest.mark.spec("GAEN-13")
def test_a_report_of_tomorrow_is_refused() -> None:
    ring = aged_ring(1, Random(7))
    with pytest.raises(TooEarlyError):
        ring.released(
            since=Day(DAY + 1), onset=None, now=NOON, parameters=STANDARD, rand=Random(7).randbytes
        )


@pytest.mark.spec("GAEN-14")
@pytest.mark.parametrize(
    ("onset", "expected"),
    [
        (None, [127, 127, 127]),
        (DAY, [-2, -1, 0]),
        (DAY - 1, [-1, 0, 1]),
        (DAY - 13, [11, 12, 13]),
        (DAY - 14, [12, 13, 14]),
        (DAY - 15, [13, 14, 127]),
        (DAY + 13, [127, -14, -13]),
    ],
)
def test_each_key_of_a_report_says_its_days_since_onset(
    onset: int | None, expected: list[int]
) -> None:
    random = Random(8)
    day = None if onset is None else Day(onset)
    keys, _ = aged_ring(2, random).released(
        since=Day(0), onset=day, now=NOON, parameters=STANDARD, rand=random.randbytes
    )
    assert [key.record().attributes[3] for key in keys] == expected


@pytest.mark.spec("GAEN-11")
def test_a_cut_key_may_be_released_only_when_its_last_interval_is_over() -> None:
    random = Random(9)
    keys, _ = aged_ring(0, random).released(
        since=DAY, onset=None, now=NOON, parameters=STANDARD, rand=random.randbytes
    )
    assert (
        keys[-1].releasable_from(STANDARD) == interval_start(Interval(interval_of(NOON) + 1)) > NOON
    )


@pytest.mark.spec("GAEN-15")
@given(
    start=st.integers(0, 7_158_000),
    period=st.integers(1, 144),
    release=st.integers(0, LAST_INSTANT // 7200),
)
def test_a_key_is_expanded_only_if_something_can_have_been_heard(
    start: int, period: int, release: int
) -> None:
    before = Instant(release * 7200)
    expansions = key_of(start, period).expand(before=before, parameters=STANDARD)
    oldest = (day_of(before) - 14) * 86_400
    remembered = 600 * (start + period + 12) > oldest
    begun = 600 * (start - 12) < before
    assert bool(expansions) == (remembered and begun)


@pytest.mark.spec("GAEN-15")
@pytest.mark.parametrize(
    ("start", "expanded"),
    [
        ((DAY - 14) * 144 - 144 - 12, False),
        ((DAY - 14) * 144 - 144 - 11, True),
        (DAY * 144 + 72 + 11, True),
        (DAY * 144 + 72 + 12, False),
    ],
)
def test_the_bounds_of_expansion_are_exact(start: int, expanded: bool) -> None:
    assert bool(key_of(start).expand(before=NOON, parameters=STANDARD)) is expanded


@pytest.mark.spec("GAEN-9")
@given(
    attributes=st.tuples(*[st.integers(-(2**31), 2**32 - 1)] * 4)
    | st.tuples(
        st.integers(0, 2**23), st.integers(0, 150), st.integers(-1, 7), st.integers(-16, 127)
    )
    | st.lists(st.integers(0, 10), max_size=6).map(tuple),
    key=st.binary(min_size=16, max_size=16) | st.binary(max_size=64),
)
def test_any_record_is_a_key_or_malformed(attributes: tuple[int, ...], key: bytes) -> None:
    record = KeyRecord(attributes, key)
    try:
        found = DESIGN.tracing_key(record)
    except Dp3tError:
        return
    assert found.record() == record
    for release in (0, found.releasable_from(STANDARD), LAST_INSTANT // 7200 * 7200):
        for expansion in found.expand(before=Instant(release), parameters=STANDARD):
            assert len(expansion.split()) == found.rolling_period


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [(DAY * 144, 144), (DAY * 144 - 144, 144)],
        [(DAY * 144, 144), (DAY * 144, 144)],
        [(DAY * 144, 144), (DAY * 144 + 72, 72)],
        [(DAY * 144, 143)],
        [(DAY * 144 - 288, 144), (DAY * 144 - 144, 144), (DAY * 144, 144), (DAY * 144 + 144, 144)],
    ],
    ids=["none", "out of order", "twice", "overlapping", "not until midnight", "too many"],
)
def test_a_saved_ring_that_no_phone_holds_is_refused(keys: list[tuple[int, int]]) -> None:
    value: Value = {
        "keys": [
            {"key": TEK, "rolling_period": period, "rolling_start": start} for start, period in keys
        ]
    }
    with pytest.raises(MalformedError):
        DESIGN.ring(value, parameters=MINIMAL)


def test_no_secret_shows_in_a_repr() -> None:
    assert repr(TEK) not in repr(key_of(0))
    assert "key" not in repr(aged_ring(0, Random(1))).replace("keys", "")
