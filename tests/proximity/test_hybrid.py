"""spec/proximity/hybrid.md."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from design_checks import key_of_record
from dp3t.errors import ExpiredError, PolicyError, TooEarlyError
from dp3t.params import LAST_INSTANT, STANDARD, Parameters
from dp3t.primitives import hmac_sha256
from dp3t.proximity.advertisement import EphID, ServiceData
from dp3t.proximity.hybrid import (
    HybridKey,
    HybridRing,
    identifiers_of_window,
    window_of,
)
from dp3t.proximity.observations import Kept, ObservationStore
from dp3t.publication.batch import BatchName
from dp3t.timeline import Instant, day_of
from hybrid_rings import (
    DESIGN,
    LENGTHS,
    METADATA,
    MIDNIGHT,
    NOON,
    SEED,
    WINDOW,
    every_length,
    minutes,
    ring_of,
)
from shared_data import shared
from vectors import Case, load, vector_cases


def split(identifiers: bytes) -> list[bytes]:
    return [identifiers[at : at + 16] for at in range(0, len(identifiers), 16)]


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="derive"))
def test_a_window_is_derived_as_the_vector_says(case: Case) -> None:
    seed = bytes.fromhex(case["seed"])
    found = split(identifiers_of_window(seed, count=len(case["identifiers"])))
    assert [identifier.hex() for identifier in found] == case["identifiers"]
    assert hmac_sha256(seed, b"DP3T-HYBRID").hex() == case["stream_key"]


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="derive"))
def test_the_second_witness_derives_the_same_window(case: Case) -> None:
    found = oracle.hybrid_identifiers(bytes.fromhex(case["seed"]), 16)
    assert [identifier.hex() for identifier in found] == case["identifiers"]


@pytest.mark.spec("HYBRID-3")
def test_what_was_computed_beside_the_project_is_ours() -> None:
    (theirs,) = json.loads(shared("vectors/dp3t_hybrid_derived.json").read_text())["vectors"]
    ours = {case["id"]: case for case in load("hybrid")["cases"]}["derive-seed-of-zeros"]
    assert ours["seed"] == theirs["seed"]
    assert ours["stream_key"] == theirs["prf"]
    assert ours["identifiers"] == theirs["ephids_first16"]


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="count"))
def test_another_length_changes_how_many_identifiers_a_window_has(case: Case) -> None:
    count = minutes(case).epochs_per_window
    assert count * case["epoch_minutes"] == case["window_minutes"]
    found = split(identifiers_of_window(bytes.fromhex(case["seed"]), count=count))
    assert [len(found), found[0].hex(), found[-1].hex()] == [
        case["count"], case["first"], case["last"],
    ]  # fmt: skip
    if count <= 144:  # the oracle's AES is slow
        assert oracle.hybrid_identifiers(bytes.fromhex(case["seed"]), count) == found


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="window"))
def test_windows_are_numbered_from_1970(case: Case) -> None:
    length = 60 * case["window_minutes"]
    parameters = Parameters(epoch_minutes=5, window_minutes=case["window_minutes"])
    assert window_of(Instant(case["moment"]), parameters=parameters) == case["window"]
    assert 0 <= case["moment"] - case["window"] * length < length


@pytest.mark.spec("HYBRID-2")
@pytest.mark.parametrize(("minutes", "starts"), [(120, 12), (240, 6), (1440, 1)])
def test_windows_that_divide_a_day_begin_at_midnight(minutes: int, starts: int) -> None:
    parameters = Parameters(window_minutes=minutes)
    first, end = (
        window_of(moment, parameters=parameters)
        for moment in (MIDNIGHT, Instant(MIDNIGHT + 86_400))
    )
    assert end - first == starts
    assert window_of(Instant(MIDNIGHT - 1), parameters=parameters) == first - 1


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="broadcast"))
def test_the_identifier_of_an_epoch_follows_the_order_of_the_window(case: Case) -> None:
    key = HybridKey(case["window"], bytes.fromhex(case["seed"]))
    ring = HybridRing(keys=(key,), order=tuple(case["order"]))
    found = ring.identifier(now=Instant(case["now"]), parameters=minutes(case))
    assert found.hex() == case["identifier"]


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="broadcast"))
def test_the_second_witness_finds_the_same_identifier(case: Case) -> None:
    window, second = divmod(case["now"], 60 * case["window_minutes"])
    assert window == case["window"]
    place = case["order"][second // (60 * case["epoch_minutes"])]
    found = oracle.hybrid_identifiers(bytes.fromhex(case["seed"]), place + 1)[place]
    assert found.hex() == case["identifier"]


@every_length
@pytest.mark.spec("HYBRID-2", "HYBRID-3", "HYBRID-4")
def test_each_identifier_of_a_window_is_broadcast_for_one_epoch(parameters: Parameters) -> None:
    """From before midnight until two windows later; windows of 100 minutes cross it."""
    first = window_of(Instant(MIDNIGHT - 1), parameters=parameters)
    ring = ring_of(first - 1, parameters=parameters)
    rand, step = Random(4).randbytes, parameters.epoch_seconds
    for window in range(first, first + 2):
        start = window * parameters.window_seconds
        spoken = []
        for now in range(start, start + parameters.window_seconds, step):
            for moment in (Instant(now), Instant(now + step - 1)):
                ring = ring.rotated(now=moment, parameters=parameters, rand=rand)
                spoken.append(ring.identifier(now=moment, parameters=parameters))
        assert spoken[::2] == spoken[1::2]
        derived = split(identifiers_of_window(ring.keys[-1].seed, count=len(ring.order)))
        assert len(set(derived)) == len(derived) == parameters.window_seconds // step
        assert sorted(spoken[::2]) == sorted(derived)


@given(
    attributes=st.lists(st.integers(-(2**31), 2**32 - 1), max_size=3),
    key=st.binary(max_size=64) | st.binary(min_size=16, max_size=16),
)
@pytest.mark.spec("HYBRID-8")
def test_any_record_is_a_key_or_malformed(attributes: list[int], key: bytes) -> None:
    key_of_record(DESIGN, attributes, key)


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="accept"))
def test_a_server_accepts_the_windows_that_the_vector_says(case: Case) -> None:
    now, length = case["now"], 60 * case["window_minutes"]
    early = case["window"] * length > now + case["clock_skew_seconds"]
    last_second = (case["window"] + 1) * length - 1
    late = now // 86_400 - last_second // 86_400 > 2 * case["retention_days"]
    assert case["result"] == ("policy" if early or late else "valid")
    key = HybridKey(case["window"], SEED)
    if case["result"] == "valid":
        key.require_publishable(now=Instant(now), parameters=minutes(case))
    else:
        with pytest.raises(TooEarlyError if early else ExpiredError):
            key.require_publishable(now=Instant(now), parameters=minutes(case))


@every_length
@pytest.mark.spec("HYBRID-10")
def test_a_key_may_be_released_from_the_start_of_its_window_on(parameters: Parameters) -> None:
    window = window_of(NOON, parameters=parameters)
    start = HybridKey(window, SEED).releasable_from(parameters)
    assert window_of(start, parameters=parameters) == window
    assert window_of(Instant(start - 1), parameters=parameters) == window - 1


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="expand"))
def test_a_key_reaches_as_far_as_the_vector_says(case: Case) -> None:
    key = HybridKey(case["window"], bytes.fromhex(case["seed"]))
    found = key.expand(before=Instant(case["release"]), parameters=minutes(case))
    assert [
        {
            "window": one.period,
            "start": one.validity(len(one.split()) - 1).start,
            "end": one.validity(len(one.split()) - 1).end,
            "identifiers": [identifier.hex() for identifier in one.split()],
        }
        for one in found
    ] == case["expansions"]


@pytest.mark.parametrize("case", vector_cases("hybrid", operation="expand"))
def test_the_second_witness_reads_the_bounds_of_reach_the_same_way(case: Case) -> None:
    length, skew = 60 * case["window_minutes"], case["clock_skew_seconds"]
    widened = range(case["window"] * length - skew, (case["window"] + 1) * length + skew)
    oldest_day = case["release"] // 86_400 - case["retention_days"]
    reached = widened[0] < case["release"] and widened[-1] // 86_400 >= oldest_day
    assert bool(case["expansions"]) is reached
    for one in case["expansions"]:
        assert (one["window"], one["start"], one["end"]) == (
            case["window"], widened[0], widened[-1] + 1,
        )  # fmt: skip
        count = case["window_minutes"] // case["epoch_minutes"]
        derived = oracle.hybrid_identifiers(bytes.fromhex(case["seed"]), count)
        assert [identifier.hex() for identifier in derived] == one["identifiers"]


@given(window=st.integers(0, 7_158_278), slot=st.integers(0, LAST_INSTANT // 7200))
@pytest.mark.spec("HYBRID-12")
def test_every_window_there_is_can_be_asked_for_anything(window: int, slot: int) -> None:
    key, now = HybridKey(window, SEED), Instant(slot * 7200)
    for parameters in LENGTHS.values():
        start = window * parameters.window_seconds
        expansions = key.expand(before=now, parameters=parameters)
        assert len(expansions) <= 1
        oldest = now // 86_400 * 86_400 - 86_400 * parameters.retention_days
        begun, kept = start - 60 < now, start + parameters.window_seconds + 60 > oldest
        assert bool(expansions) is (begun and kept)
        assert key.day(parameters) == day_of(Instant(start + parameters.window_seconds - 1))
        assert key.releasable_from(parameters) == start
        try:
            key.require_publishable(now=now, parameters=parameters)
        except PolicyError:
            continue
        assert start <= now + 60


@pytest.mark.spec("HYBRID-11")
@pytest.mark.parametrize("parameters", [STANDARD, LENGTHS["100-minutes"]], ids=str)
@pytest.mark.parametrize(("off", "counts"), [(-61, 0), (-60, 1), (0, 1), (59, 1), (60, 0)])
def test_an_identifier_counts_in_its_window_and_the_skew_and_nowhere_else(
    parameters: Parameters, off: int, counts: int
) -> None:
    """Before the window's start where `off` is negative, else after its end; also at midnight."""
    key = HybridKey(window_of(MIDNIGHT, parameters=parameters), SEED)
    start = key.window * parameters.window_seconds
    at = Instant(start + off if off < 0 else start + parameters.window_seconds + off)
    store = ObservationStore()
    words = ServiceData(EphID(oracle.hybrid_identifiers(SEED, 3)[2]) + METADATA.encode())
    for kept in DESIGN.kept(words, at=at, parameters=parameters):
        store.add(kept, at=at, rssi_dbm=-60)
    name = BatchName(design="hybrid", region="VN", release=Instant(NOON))
    batch = DESIGN.publish(
        [key.record()], name=name, parameters=parameters, rand=Random(1).randbytes
    )
    found = list(DESIGN.match(store, batch, parameters=parameters))
    assert len(found) == counts
    assert all(one.metadata == METADATA for one in found)


@pytest.mark.spec("HYBRID-5")
def test_metadata_are_broadcast_in_the_clear() -> None:
    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=Random(8).randbytes)
    words = ring.service_data(METADATA, now=NOON, parameters=STANDARD)
    assert words[:16] == ring.identifier(now=NOON, parameters=STANDARD)
    assert words[16:] == METADATA.encode()
    assert HybridKey(WINDOW, SEED).open_metadata(Kept(words[:16], 0, words[16:])) == METADATA


@pytest.mark.spec("HYBRID-5")
def test_a_match_stands_without_metadata_that_cannot_be_read() -> None:
    assert HybridKey(WINDOW, SEED).open_metadata(Kept(bytes(16), 0, b"\xff" * 4)) is None
