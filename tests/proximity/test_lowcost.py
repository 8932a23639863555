"""spec/proximity/lowcost.md."""

import json
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from design_checks import key_of_record, unevenness
from dp3t.errors import ExpiredError, TooEarlyError
from dp3t.params import LAST_INSTANT, MINIMAL, STANDARD, Parameters
from dp3t.primitives import hmac_sha256
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.lowcost import (
    MAX_CHAIN_DAYS,
    LowCost,
    LowCostKey,
    LowCostRing,
    identifiers_of_day,
    next_day_key,
)
from dp3t.proximity.observations import Kept
from dp3t.timeline import Day, Instant, day_of, day_start
from shared_data import shared
from vectors import Case, load, vector_cases

DAY = Day(18_377)
NOON = Instant(day_start(DAY) + 43_200)
KEY = bytes(range(32))
DESIGN = LowCost()


def split(identifiers: bytes) -> list[bytes]:
    return [identifiers[at : at + 16] for at in range(0, len(identifiers), 16)]


@pytest.mark.parametrize("case", vector_cases("lowcost", operation="derive"))
def test_a_day_is_derived_as_published(case: Case) -> None:
    key = bytes.fromhex(case["key"])
    found = split(identifiers_of_day(key, parameters=STANDARD))
    assert [identifier.hex() for identifier in found] == case["identifiers"]
    assert {place: found[int(place)].hex() for place in case["printed"]} == case["printed"]
    assert hmac_sha256(key, b"broadcast key").hex() == case["stream_key"]


@pytest.mark.parametrize("case", vector_cases("lowcost", operation="derive"))
def test_the_second_witness_derives_the_same_day(case: Case) -> None:
    found = oracle.lowcost_identifiers(bytes.fromhex(case["key"]), 96)
    assert [identifier.hex() for identifier in found] == case["identifiers"]


@pytest.mark.spec("LOWCOST-2", "LOWCOST-3")
def test_all_identifiers_computed_elsewhere_from_upstreams_keys_are_ours() -> None:
    theirs = json.loads(shared("vectors/dp3t_lowcost.json").read_text())["days"]
    ours = load("lowcost")["cases"]
    for case, day in zip(ours, theirs, strict=False):
        assert case["identifiers"] == day["ephids"]
        assert case["stream_key"] == day["prf"]
    assert next_day_key(bytes.fromhex(theirs[0]["sk"])).hex() == theirs[1]["sk"]


@pytest.mark.parametrize("case", vector_cases("lowcost", operation="chain"))
def test_a_chain_is_derived_by_both_witnesses(case: Case) -> None:
    for before, after in pairwise(map(bytes.fromhex, case["keys"])):
        assert next_day_key(before) == after == oracle.lowcost_next_key(before)


@pytest.mark.parametrize("case", vector_cases("lowcost", operation="count"))
def test_another_epoch_changes_how_many_identifiers_a_day_has(case: Case) -> None:
    key = bytes.fromhex(case["key"])
    parameters = Parameters(epoch_minutes=case["epoch_minutes"])
    found = split(identifiers_of_day(key, parameters=parameters))
    ends = [found[0].hex(), found[-1].hex()]
    assert [len(found), *ends] == [case["count"], case["first"], case["last"]]
    if case["count"] <= 288:  # the oracle's AES is slow
        assert oracle.lowcost_identifiers(key, case["count"]) == found


@pytest.mark.parametrize("case", vector_cases("lowcost", operation="broadcast"))
def test_the_identifier_of_an_epoch_follows_the_order_of_the_day(case: Case) -> None:
    parameters = Parameters(epoch_minutes=case["epoch_minutes"])
    now = Instant(case["now"])
    ring = LowCostRing(
        first_day=Day(case["first_day"]),
        first_key=bytes.fromhex(case["first_key"]),
        today=day_of(now),
        order=tuple(case["order"]),
    )
    assert ring.identifier(now=now, parameters=parameters).hex() == case["identifier"]


@pytest.mark.parametrize("case", vector_cases("lowcost", operation="broadcast"))
def test_the_second_witness_finds_the_same_identifier(case: Case) -> None:
    key = bytes.fromhex(case["first_key"])
    for _ in range(case["now"] // 86_400 - case["first_day"]):
        key = oracle.lowcost_next_key(key)
    hour = case["now"] % 86_400 // 3600
    place = case["order"][hour // 2]
    assert oracle.lowcost_identifiers(key, 12)[place].hex() == case["identifier"]


@pytest.mark.parametrize("case", vector_cases("lowcost", operation="expand"))
def test_a_key_reaches_as_far_as_the_vector_says(case: Case) -> None:
    key = LowCostKey(Day(case["day"]), bytes.fromhex(case["key"]))
    expansions = key.expand(before=Instant(case["release"]), parameters=STANDARD)
    assert [
        {
            "start": expansion.start,
            "end": expansion.validity(95).end,
            "first": expansion.split()[0].hex(),
        }
        for expansion in expansions
    ] == case["days"]


@pytest.mark.parametrize("case", vector_cases("lowcost", operation="expand"))
def test_the_second_witness_reads_the_bounds_of_the_chapter_the_same_way(case: Case) -> None:
    key, expected = bytes.fromhex(case["key"]), []
    release = case["release"]
    for number in range(case["day"], case["day"] + 200):
        begun = number * 86_400 < release
        kept = release // 86_400 - number <= case["retention_days"]
        near = (release - 1) // 86_400 - case["day"] < 128
        if begun and kept and near:
            first = oracle.lowcost_identifiers(key, 1)[0].hex()
            start = number * 86_400 - case["clock_skew_seconds"]
            end = (number + 1) * 86_400 + case["clock_skew_seconds"]
            expected.append({"start": start, "end": end, "first": first})
        key = oracle.lowcost_next_key(key)
    assert expected == case["days"]


@pytest.mark.parametrize("case", vector_cases("lowcost", operation="accept"))
def test_a_server_accepts_the_days_that_the_vector_says(case: Case) -> None:
    key = LowCostKey(Day(case["day"]), KEY)
    age_days = case["now"] // 86_400 - case["day"]
    assert case["result"] == ("valid" if 0 <= age_days <= 28 else "policy")
    error = TooEarlyError if age_days < 0 else ExpiredError
    if case["result"] == "valid":
        key.require_publishable(now=Instant(case["now"]), parameters=STANDARD)
    else:
        with pytest.raises(error):
            key.require_publishable(now=Instant(case["now"]), parameters=STANDARD)


@pytest.mark.spec("LOWCOST-11")
def test_a_key_may_be_released_on_its_own_day() -> None:
    assert LowCostKey(DAY, KEY).releasable_from(STANDARD) == day_start(DAY)


@pytest.mark.spec("LOWCOST-1")
def test_the_first_key_is_32_random_bytes_as_they_come() -> None:
    asked = []

    def rand(length: int) -> bytes:
        asked.append(length)
        return Random(len(asked)).randbytes(length)

    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=rand)
    assert asked[0] == 32
    assert ring.first_key == Random(1).randbytes(32)
    assert ring.first_day == ring.today == DAY


@pytest.mark.spec("LOWCOST-5")
def test_the_broadcast_order_is_uniform() -> None:
    """Chi-square over place and value: 121 of 144 are free, 1 in 10,000 lies above 188."""
    rand = Random(5).randbytes
    rings = (DESIGN.generate(now=NOON, parameters=MINIMAL, rand=rand) for _ in range(6000))
    assert unevenness(ring.order for ring in rings) < 188


@pytest.mark.spec("LOWCOST-5")
def test_each_day_and_each_chain_has_an_order_of_its_own() -> None:
    random = Random(6)
    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=random.randbytes)
    orders = {ring.order}
    for day in range(1, 20):
        now = Instant(NOON + day * 86_400)
        ring = ring.rotated(now=now, parameters=STANDARD, rand=random.randbytes)
        orders.add(ring.order)
        assert sorted(ring.order) == list(range(96))
    _, fresh = ring.released(
        since=DAY, onset=None, now=now, parameters=STANDARD, rand=random.randbytes
    )
    assert len(orders | {fresh.order}) == 21


@pytest.mark.spec("LOWCOST-5")
def test_the_order_stays_within_its_day_and_over_a_restart() -> None:
    random = Random(7)
    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=random.randbytes)
    later = Instant(NOON + 40_000)
    again = DESIGN.ring(ring.to_value(), parameters=STANDARD)
    rotated = again.rotated(now=later, parameters=STANDARD, rand=random.randbytes)
    assert rotated == ring


@pytest.mark.spec("LOWCOST-6")
def test_metadata_are_broadcast_in_the_clear() -> None:
    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=Random(8).randbytes)
    metadata = Metadata(tx_power_dbm=-12)
    service_data = ring.service_data(metadata, now=NOON, parameters=STANDARD)
    assert service_data[16:] == metadata.encode()
    assert (
        LowCostKey(DAY, KEY).open_metadata(Kept(service_data[:16], DAY, service_data[16:]))
        == metadata
    )


@pytest.mark.spec("LOWCOST-6")
def test_a_match_stands_without_metadata_that_cannot_be_read() -> None:
    assert LowCostKey(DAY, KEY).open_metadata(Kept(bytes(16), DAY, b"\xff" * 4)) is None


@pytest.mark.spec("LOWCOST-7")
@pytest.mark.parametrize(
    ("back", "released_back"), [(0, 0), (1, 1), (5, 5), (14, 14), (15, 14), (10_000, 14)]
)
def test_a_report_releases_the_first_contagious_days_key(back: int, released_back: int) -> None:
    random = Random(9)
    start = Instant(NOON - 20 * 86_400)
    ring = DESIGN.generate(now=start, parameters=STANDARD, rand=random.randbytes)
    chain = [ring.first_key]
    for day in range(1, 21):
        now = Instant(start + day * 86_400)
        ring = ring.rotated(now=now, parameters=STANDARD, rand=random.randbytes)
        chain.append(oracle.lowcost_next_key(chain[-1]))
    (key,), fresh = ring.released(
        since=Day(DAY - back), onset=None, now=NOON, parameters=STANDARD, rand=random.randbytes
    )
    assert key == LowCostKey(Day(DAY - released_back), chain[20 - released_back])
    assert fresh.first_day == fresh.today == DAY
    assert fresh.first_key not in chain


@pytest.mark.spec("LOWCOST-14")
def test_a_report_of_tomorrow_is_refused() -> None:
    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=Random(1).randbytes)
    with pytest.raises(TooEarlyError):
        ring.released(
            since=Day(DAY + 1), onset=None, now=NOON, parameters=STANDARD, rand=Random(1).randbytes
        )


@pytest.mark.spec("LOWCOST-12")
@pytest.mark.parametrize("days", [1, 14, 15, 30, 400])
def test_the_oldest_key_kept_is_of_retention_days_ago(days: int) -> None:
    random = Random(10)
    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=random.randbytes)
    key = ring.first_key
    now = Instant(NOON + days * 86_400)
    ring = ring.rotated(now=now, parameters=STANDARD, rand=random.randbytes)
    erased = max(0, days - 14)
    for _ in range(erased):
        key = oracle.lowcost_next_key(key)
    assert (ring.first_day, ring.first_key) == (DAY + erased, key)


@pytest.mark.spec("LOWCOST-13")
@given(day=st.integers(0, 49_710), release=st.integers(0, LAST_INSTANT // 7200))
def test_the_work_for_one_key_is_bounded_whatever_it_says(day: int, release: int) -> None:
    before = Instant(release * 7200)
    expansions = LowCostKey(Day(day), KEY).expand(before=before, parameters=STANDARD)
    assert len(expansions) <= 1 + STANDARD.retention_days
    for expansion in expansions:
        assert day <= expansion.period < day + MAX_CHAIN_DAYS
        assert day_start(Day(expansion.period)) < before
        assert before // 86_400 - expansion.period <= STANDARD.retention_days


def test_a_phone_that_was_off_for_an_age_goes_on() -> None:
    random = Random(11)
    ring = DESIGN.generate(now=Instant(0), parameters=STANDARD, rand=random.randbytes)
    last = Instant(LAST_INSTANT)
    ring = ring.rotated(now=last, parameters=STANDARD, rand=random.randbytes)
    assert len(ring.identifier(now=last, parameters=STANDARD)) == 16


@given(
    attributes=st.lists(st.integers(-(2**31), 2**32 - 1), max_size=4),
    key=st.binary(max_size=64),
)
@pytest.mark.spec("LOWCOST-9")
def test_any_record_is_a_key_or_malformed(attributes: list[int], key: bytes) -> None:
    key_of_record(DESIGN, attributes, key)


def test_no_secret_shows_in_a_repr() -> None:
    ring = DESIGN.generate(now=NOON, parameters=MINIMAL, rand=Random(1).randbytes)
    assert repr(ring.first_key) not in repr(ring)
    assert "order" not in repr(ring)
    assert repr(KEY) not in repr(LowCostKey(DAY, KEY))
