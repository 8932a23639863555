"""spec/proximity/unlinkable.md."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
import oracle_cuckoo
from design_checks import key_of_record
from dp3t.codec import encode
from dp3t.errors import ExpiredError, MalformedError, PolicyError, TooEarlyError
from dp3t.params import LAST_INSTANT, STANDARD, Parameters
from dp3t.proximity.advertisement import EphID, ServiceData
from dp3t.proximity.observations import NO_PERIOD, Kept, ObservationStore
from dp3t.proximity.unlinkable import (
    UnlinkableKey,
    UnlinkableRing,
    epoch_of,
    hashed_observation,
    identifier_of_seed,
)
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Instant, day_start
from dp3t_server.publisher import release_of
from shared_data import shared
from unlinkable_rings import DAY, DESIGN, EPOCH, METADATA, NOON, SEED, said, seed_of
from vectors import Case, load, vector_cases

MIDNIGHT = day_start(DAY)
NAME = BatchName(design="unlinkable", region="VN", release=Instant(NOON + 7200))


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="derive"))
def test_an_identifier_is_derived_as_published_by_both_witnesses(case: Case) -> None:
    seed = bytes.fromhex(case["seed"])
    assert identifier_of_seed(seed).hex() == case["identifier"]
    assert oracle.unlinkable_identifier(seed).hex() == case["identifier"]


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="hash"))
def test_a_hash_binds_to_the_epoch_as_published_for_both_witnesses(case: Case) -> None:
    identifier = EphID(bytes.fromhex(case["identifier"]))
    parameters = Parameters(epoch_minutes=case["epoch_minutes"])
    epoch = epoch_of(Instant(case["moment"]), parameters=parameters)
    assert epoch == case["epoch"] == case["moment"] // 60 // case["epoch_minutes"]
    hashed = case["hashed_observation"]
    assert hashed_observation(identifier, epoch=epoch).hex() == hashed
    assert DESIGN.identity(identifier, period=epoch).hex() == hashed
    assert oracle.unlinkable_hash(identifier, epoch).hex() == hashed


@pytest.mark.spec("UNLINKABLE-3", "UNLINKABLE-5")
def test_the_values_kept_beside_the_project_are_in_the_vectors() -> None:
    theirs = json.loads(shared("vectors/dp3t_unlinkable.json").read_text())
    ours = load("unlinkable")["cases"]
    seeds = {(case["seed"], case["identifier"]) for case in ours if case["operation"] == "derive"}
    hashes = {
        (case["identifier"], case["epoch"], case["hashed_observation"])
        for case in ours
        if case["operation"] == "hash"
    }
    assert {(one["seed"], one["ephid"]) for one in theirs["seeds"]} <= seeds
    assert {(one["ephid"], one["epoch"], one["hashed"]) for one in theirs["observations"]} <= hashes


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="epoch"))
def test_epochs_are_numbered_from_1970(case: Case) -> None:
    parameters = Parameters(epoch_minutes=case["epoch_minutes"])
    assert epoch_of(Instant(case["moment"]), parameters=parameters) == case["epoch"]
    length = 60 * case["epoch_minutes"]
    assert 0 <= case["moment"] - case["epoch"] * length < length


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="hear"))
def test_a_phone_keeps_the_hashes_that_the_vector_says(case: Case) -> None:
    identifier = bytes.fromhex(case["identifier"])
    parameters = Parameters(
        epoch_minutes=case["epoch_minutes"],
        window_minutes=120,
        clock_skew_seconds=case["clock_skew_seconds"],
    )
    kept = DESIGN.kept(
        ServiceData(identifier + b"\1\2\3\4"), at=Instant(case["moment"]), parameters=parameters
    )
    assert [one.identity.hex() for one in kept] == case["hashed_observations"]
    assert {(one.period, one.metadata) for one in kept} == {(NO_PERIOD, b"\1\2\3\4")}


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="hear"))
def test_the_second_witness_reads_the_skew_the_same_way(case: Case) -> None:
    """Every epoch that a sender's clock, wrong by up to the skew, shows at a whole second."""
    skew, length = case["clock_skew_seconds"], 60 * case["epoch_minutes"]
    clocks = range(max(0, case["moment"] - skew), case["moment"] + skew + 1)
    identifier = bytes.fromhex(case["identifier"])
    expected = [
        oracle.unlinkable_hash(identifier, epoch).hex()
        for epoch in sorted({clock // length for clock in clocks})
    ]
    assert expected == case["hashed_observations"]


@pytest.mark.spec("UNLINKABLE-5")
def test_neither_identifier_nor_epoch_is_kept() -> None:
    words = said(SEED)
    (kept,) = DESIGN.kept(words, at=Instant(NOON + 300), parameters=STANDARD)
    store = ObservationStore()
    store.add(kept, at=Instant(NOON + 300), rssi_dbm=-60)
    (saved,) = [encode(observation.to_value()) for observation in store]
    assert bytes(identifier_of_seed(SEED)) not in saved
    assert encode(EPOCH) not in saved


@pytest.mark.spec("UNLINKABLE-6")
@pytest.mark.parametrize("skew", [0, 1, 60, 900])
@pytest.mark.parametrize("sign", [-1, 1])
def test_clocks_that_differ_by_the_skew_never_miss_one_another(skew: int, sign: int) -> None:
    parameters = Parameters(clock_skew_seconds=skew)
    published = hashed_observation(identifier_of_seed(SEED), epoch=EPOCH)
    for senders_clock in (NOON, NOON + 450, NOON + 899):
        at = Instant(senders_clock + sign * skew)
        kept = DESIGN.kept(said(SEED), at=at, parameters=parameters)
        assert published in {one.identity for one in kept}


@pytest.mark.spec("UNLINKABLE-5", "UNLINKABLE-6", "UNLINKABLE-13")
@pytest.mark.parametrize(
    ("at", "counts"),
    [(NOON - 61, False), (NOON - 60, True), (NOON + 959, True), (NOON + 960, False)],
)
def test_a_replay_counts_for_17_minutes_and_no_longer(at: int, counts: bool) -> None:
    store = ObservationStore()
    for kept in DESIGN.kept(said(SEED), at=Instant(at), parameters=STANDARD):
        store.add(kept, at=Instant(at), rssi_dbm=-60)
    batch = published(UnlinkableKey(EPOCH, SEED))
    assert bool(list(DESIGN.match(store, batch, parameters=STANDARD))) is counts


@given(
    attributes=st.lists(st.integers(-(2**31), 2**32 - 1), max_size=3),
    key=st.binary(max_size=64) | st.binary(min_size=32, max_size=32),
)
@pytest.mark.spec("UNLINKABLE-9")
def test_any_record_is_a_key_or_malformed(attributes: list[int], key: bytes) -> None:
    key_of_record(DESIGN, attributes, key)


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="accept"))
def test_a_server_accepts_the_epochs_that_the_vector_says(case: Case) -> None:
    key, now = UnlinkableKey(case["epoch"], SEED), Instant(case["now"])
    end = (case["epoch"] + 1) * 60 * case["epoch_minutes"]
    early = end > now + case["clock_skew_seconds"]
    late = now // 86_400 - (end - 1) // 86_400 > 2 * case["retention_days"]
    assert case["result"] == ("policy" if early or late else "valid")
    if case["result"] == "valid":
        key.require_publishable(now=now, parameters=STANDARD)
    else:
        with pytest.raises(TooEarlyError if early else ExpiredError):
            key.require_publishable(now=now, parameters=STANDARD)


@pytest.mark.spec("UNLINKABLE-15")
@pytest.mark.parametrize("minutes", [1, 15, 120])
def test_a_key_is_releasable_when_its_epoch_is_over_and_not_before(minutes: int) -> None:
    parameters = Parameters(epoch_minutes=minutes, window_minutes=120)
    epoch = epoch_of(NOON, parameters=parameters)
    end = (epoch + 1) * 60 * minutes
    assert UnlinkableKey(epoch, SEED).releasable_from(parameters) == end
    assert epoch_of(Instant(end - 1), parameters=parameters) == epoch


@pytest.mark.spec("UNLINKABLE-15")
@pytest.mark.parametrize("minutes", [1, 15, 120])
@given(now=st.integers(0, LAST_INSTANT - 86_400))
def test_no_key_that_a_server_accepts_is_published_before_its_epoch_is_over(
    minutes: int, now: int
) -> None:
    """Nor one of a phone whose clock is ahead by as much as the server allows."""
    parameters = Parameters(epoch_minutes=minutes, window_minutes=120)
    newest = UnlinkableKey((now + 60) // (60 * minutes), SEED)
    with pytest.raises(TooEarlyError):
        newest.require_publishable(now=Instant(now), parameters=parameters)
    accepted = UnlinkableKey(max(0, newest.epoch - 1), SEED)
    end = accepted.releasable_from(parameters)
    assert release_of(Instant(now), releasable_from=end) >= max(end, now + 1)


@pytest.mark.spec("UNLINKABLE-3", "UNLINKABLE-4")
def test_identifier_and_clear_metadata_go_over_the_air() -> None:
    ring = UnlinkableRing((UnlinkableKey(EPOCH, SEED),))
    words = ring.service_data(METADATA, now=NOON, parameters=STANDARD)
    assert words == oracle.unlinkable_identifier(SEED) + METADATA.encode()
    assert UnlinkableKey(EPOCH, SEED).open_metadata(Kept(bytes(32), -1, words[16:])) == METADATA


@pytest.mark.spec("UNLINKABLE-4")
def test_a_match_stands_without_metadata_that_cannot_be_read() -> None:
    store = ObservationStore()
    words = ServiceData(identifier_of_seed(SEED) + b"\xff" * 4)
    for kept in DESIGN.kept(words, at=NOON, parameters=STANDARD):
        store.add(kept, at=NOON, rssi_dbm=-60)
    (found,) = DESIGN.match(store, published(UnlinkableKey(EPOCH, SEED)), parameters=STANDARD)
    assert found.metadata is None
    assert UnlinkableKey(EPOCH, SEED).open_metadata(Kept(bytes(32), -1, b"\xff" * 4)) is None


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="publish"))
def test_a_batch_is_the_filter_that_the_vector_says(case: Case) -> None:
    epochs = range(case["first"], case["first"] + case["count"])
    name = BatchName(design="unlinkable", region=case["region"], release=Instant(case["release"]))
    batch = DESIGN.publish(
        (KeyRecord((epoch,), seed_of(epoch)) for epoch in epochs),
        name=name,
        parameters=STANDARD,
        rand=lambda length: bytes.fromhex(case["salt"])[:length],
    )
    assert batch.content.hex() == case["content"]
    read = oracle_cuckoo.read(batch.content)
    assert read["count"] == case["count"]
    assert read["salt"] == bytes.fromhex(case["salt"])


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="publish"))
def test_the_second_witness_finds_each_hash_in_the_filter_and_no_other(case: Case) -> None:
    name = {"design": "unlinkable", "region": case["region"], "release": case["release"]}
    batch_id, content = oracle.msgpack_encode(name), bytes.fromhex(case["content"])
    fields = oracle_cuckoo.read(content)
    for epoch in range(case["first"] - 5, case["first"] + case["count"] + 5):
        identifier = oracle.unlinkable_identifier(seed_of(epoch))
        inside = case["first"] <= epoch < case["first"] + case["count"]
        for shown in (epoch - 1, epoch, epoch + 1):
            hashed = oracle.unlinkable_hash(identifier, shown)
            assert oracle_cuckoo.holds(fields, batch_id, hashed) is (inside and shown == epoch)


@pytest.mark.spec("UNLINKABLE-12")
def test_a_batch_shows_no_seed_identifier_or_hash() -> None:
    keys = [UnlinkableKey(EPOCH - n, Random(f"seed {n}").randbytes(32)) for n in range(50)]
    content = published(*keys).content
    for key in keys:
        identifier = identifier_of_seed(key.seed)
        hashed = hashed_observation(identifier, epoch=key.epoch)
        for secret in (key.seed, identifier, hashed):
            assert secret[:8] not in content


@pytest.mark.spec("UNLINKABLE-12")
def test_a_batch_of_records_of_another_design_is_malformed() -> None:
    with pytest.raises(MalformedError):
        DESIGN.publish(
            [KeyRecord((EPOCH,), bytes(16))],
            name=NAME,
            parameters=STANDARD,
            rand=Random(1).randbytes,
        )


@pytest.mark.spec("UNLINKABLE-12", "UNLINKABLE-13")
def test_a_filter_under_another_name_holds_nothing_of_it() -> None:
    store = heard(EPOCH)
    batch = published(UnlinkableKey(EPOCH, seed_of(EPOCH)))
    assert len(list(DESIGN.match(store, batch, parameters=STANDARD))) == 1
    renamed = Batch(
        BatchName(design="unlinkable", region="LA", release=NAME.release), batch.content
    )
    assert list(DESIGN.match(store, renamed, parameters=STANDARD)) == []


@pytest.mark.spec("UNLINKABLE-13")
def test_what_was_heard_from_the_release_on_does_not_count() -> None:
    store = heard(EPOCH, EPOCH + 8)
    keys = [UnlinkableKey(epoch, seed_of(epoch)) for epoch in (EPOCH, EPOCH + 8)]
    (found,) = DESIGN.match(store, published(*keys), parameters=STANDARD)
    assert found.observation.identity == hashed_observation(
        identifier_of_seed(seed_of(EPOCH)), epoch=EPOCH
    )
    assert found.metadata == METADATA
    later = BatchName(design="unlinkable", region="VN", release=Instant(NAME.release + 7200))
    assert len(list(DESIGN.match(store, published(*keys, name=later), parameters=STANDARD))) == 2


@pytest.mark.spec("UNLINKABLE-13")
def test_no_hash_that_was_published_is_ever_missed_and_no_other_found() -> None:
    spoken, silent = range(EPOCH - 96, EPOCH, 2), range(EPOCH - 95, EPOCH, 2)
    store = heard(*spoken, *silent)
    batch = published(*(UnlinkableKey(epoch, seed_of(epoch)) for epoch in spoken))
    found = {one.observation.identity for one in DESIGN.match(store, batch, parameters=STANDARD)}
    assert found == {
        hashed_observation(identifier_of_seed(seed_of(epoch)), epoch=epoch) for epoch in spoken
    }


@given(content=st.binary(max_size=80))
def test_any_content_is_matched_or_malformed(content: bytes) -> None:
    store = heard(EPOCH)
    try:
        found = list(DESIGN.match(store, Batch(NAME, content), parameters=STANDARD))
    except MalformedError:
        return
    assert len(found) <= 1


@pytest.mark.spec("UNLINKABLE-6")
@pytest.mark.parametrize("skew", [0, 60])
@pytest.mark.parametrize("epoch", [EPOCH, DAY * 96, DAY * 96 + 95])
def test_an_uploaded_seed_stands_for_one_identifier_in_its_epoch_and_the_skew(
    skew: int, epoch: int
) -> None:
    """Asked at each release from before the epoch until nobody remembers it."""
    parameters = Parameters(clock_skew_seconds=skew)
    start, end = epoch * 900 - skew, epoch * 900 + 900 + skew
    for release in range(MIDNIGHT - 86_400, MIDNIGHT + 18 * 86_400, 7200):
        expansions = UnlinkableKey(epoch, SEED).expand(
            before=Instant(release), parameters=parameters
        )
        kept = release // 86_400 - (end - 1) // 86_400 <= 14
        assert bool(expansions) is (start < release and kept)
        for one in expansions:
            assert one.split() == (identifier_of_seed(SEED),)
            assert one.validity(0) == (start, end)
            assert one.period == epoch


@given(epoch=st.integers(0, 71_582_788), slot=st.integers(0, LAST_INSTANT // 7200))
def test_every_epoch_there_is_can_be_asked_for_anything(epoch: int, slot: int) -> None:
    key, now = UnlinkableKey(epoch, SEED), Instant(slot * 7200)
    for minutes in (1, 15, 120):
        parameters = Parameters(epoch_minutes=minutes, window_minutes=120)
        assert len(key.expand(before=now, parameters=parameters)) <= 1
        assert key.day(parameters) == epoch * minutes // 1440
        assert key.releasable_from(parameters) == (epoch + 1) * minutes * 60
        try:
            key.require_publishable(now=now, parameters=parameters)
        except PolicyError:
            continue
        assert key.releasable_from(parameters) <= now + 60


def published(*keys: UnlinkableKey, name: BatchName = NAME) -> Batch:
    return DESIGN.publish(
        (key.record() for key in keys), name=name, parameters=STANDARD, rand=Random(1).randbytes
    )


def heard(*epochs: int) -> ObservationStore:
    """Return what a phone kept that heard, in the middle of some epochs, their identifiers."""
    store = ObservationStore()
    for epoch in epochs:
        at = Instant(epoch * 900 + 450)
        for kept in DESIGN.kept(said(seed_of(epoch)), at=at, parameters=STANDARD):
            store.add(kept, at=at, rssi_dbm=-60)
    return store
