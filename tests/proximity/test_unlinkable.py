"""spec/proximity/unlinkable.md."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
import oracle_cuckoo
from dp3t.codec import decode, encode
from dp3t.errors import (
    ClockError,
    Dp3tError,
    ExpiredError,
    MalformedError,
    PolicyError,
    TooEarlyError,
)
from dp3t.params import LAST_INSTANT, MINIMAL, STANDARD, Parameters
from dp3t.proximity.advertisement import EphID, Metadata, ServiceData
from dp3t.proximity.interface import Selection, Validity
from dp3t.proximity.observations import UNLABELLED, Kept, ObservationStore
from dp3t.proximity.unlinkable import (
    EpochSeed,
    Unlinkable,
    UnlinkableRing,
    epoch_of,
    hashed_observation,
    identifier_of_seed,
)
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import upload_bytes
from dp3t.timeline import Day, Instant, day_start
from shared_data import shared
from vectors import Case, load, vector_cases

DAY = Day(18_377)
NOON = Instant(day_start(DAY) + 43_200)
EPOCH = NOON // 900
SEED = bytes(range(32))
DESIGN = Unlinkable()
METADATA = Metadata(tx_power_dbm=-12)
NAME = BatchName(design="unlinkable", region="VN", release=Instant(NOON + 7200))


def seed_of(epoch: int) -> bytes:
    return epoch.to_bytes(32, "big")


def ring_of(*epochs: int) -> UnlinkableRing:
    return UnlinkableRing(tuple(EpochSeed(epoch, seed_of(epoch)) for epoch in epochs))


def said(seed: bytes) -> ServiceData:
    return ServiceData(identifier_of_seed(seed) + METADATA.encode())


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
    assert {(one.period, one.metadata) for one in kept} == {(UNLABELLED, b"\1\2\3\4")}


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
    batch = published(EpochSeed(EPOCH, SEED))
    assert bool(list(DESIGN.match(store, batch, parameters=STANDARD))) is counts


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="record"))
def test_a_record_is_a_key_or_malformed(case: Case) -> None:
    record = KeyRecord(tuple(case["attributes"]), bytes.fromhex(case["key"]))
    if case["result"] == "valid":
        assert DESIGN.tracing_key(record).record() == record
    else:
        with pytest.raises(MalformedError):
            DESIGN.tracing_key(record)


@given(
    attributes=st.lists(st.integers(-(2**31), 2**32 - 1), max_size=3),
    key=st.binary(max_size=64) | st.binary(min_size=32, max_size=32),
)
@pytest.mark.spec("UNLINKABLE-9")
def test_any_record_is_a_key_or_malformed(attributes: list[int], key: bytes) -> None:
    record = KeyRecord(tuple(attributes), key)
    try:
        found = DESIGN.tracing_key(record)
    except Dp3tError:
        return
    assert found.record() == record


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="accept"))
def test_a_server_accepts_the_epochs_that_the_vector_says(case: Case) -> None:
    key, now = EpochSeed(case["epoch"], SEED), Instant(case["now"])
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
    assert EpochSeed(epoch, SEED).releasable_from(parameters) == end
    assert epoch_of(Instant(end - 1), parameters=parameters) == epoch


@pytest.mark.spec("UNLINKABLE-1")
def test_each_epoch_has_32_random_bytes_as_they_come() -> None:
    asked = []

    def rand(length: int) -> bytes:
        asked.append(length)
        return Random(len(asked)).randbytes(length)

    ring = DESIGN.generate(now=NOON, parameters=STANDARD, rand=rand)
    for later in (NOON, NOON + 899, NOON + 900, NOON + 1799, NOON + 9_000):
        ring = ring.rotated(now=Instant(later), parameters=STANDARD, rand=rand)
    assert asked == [32, 32, 32]
    assert ring.keys == (
        EpochSeed(EPOCH, Random(1).randbytes(32)),
        EpochSeed(EPOCH + 1, Random(2).randbytes(32)),
        EpochSeed(EPOCH + 10, Random(3).randbytes(32)),
    )


@pytest.mark.spec("UNLINKABLE-3", "UNLINKABLE-4")
def test_identifier_and_clear_metadata_go_over_the_air() -> None:
    ring = UnlinkableRing((EpochSeed(EPOCH, SEED),))
    words = ring.service_data(METADATA, now=NOON, parameters=STANDARD)
    assert words == oracle.unlinkable_identifier(SEED) + METADATA.encode()
    assert EpochSeed(EPOCH, SEED).open_metadata(Kept(bytes(32), -1, words[16:])) == METADATA


@pytest.mark.spec("UNLINKABLE-4")
def test_a_match_stands_without_metadata_that_cannot_be_read() -> None:
    store = ObservationStore()
    words = ServiceData(identifier_of_seed(SEED) + b"\xff" * 4)
    for kept in DESIGN.kept(words, at=NOON, parameters=STANDARD):
        store.add(kept, at=NOON, rssi_dbm=-60)
    (found,) = DESIGN.match(store, published(EpochSeed(EPOCH, SEED)), parameters=STANDARD)
    assert found.metadata is None
    assert EpochSeed(EPOCH, SEED).open_metadata(Kept(bytes(32), -1, b"\xff" * 4)) is None


@pytest.mark.parametrize("back", [1, 899, 900, 86_400])
def test_a_clock_that_goes_back_behind_the_epoch_is_refused(back: int) -> None:
    ring = UnlinkableRing((EpochSeed(EPOCH, SEED),))
    with pytest.raises(ClockError):
        ring.rotated(now=Instant(NOON - back), parameters=STANDARD, rand=Random(1).randbytes)
    with pytest.raises(ClockError):
        ring.identifier(now=Instant(NOON + 900), parameters=STANDARD)


@pytest.mark.spec("UNLINKABLE-7")
@pytest.mark.parametrize("retention", [1, 14])
@pytest.mark.parametrize("now", [NOON, day_start(DAY), day_start(Day(DAY + 1)) - 1])
def test_seeds_of_the_oldest_day_are_kept_and_older_ones_erased(retention: int, now: int) -> None:
    parameters = Parameters(retention_days=retention)
    oldest = (DAY - retention) * 96
    current = now // 900
    ring = ring_of(oldest - 100, oldest - 1, oldest, oldest + 50, current - 1)
    rotated = ring.rotated(now=Instant(now), parameters=parameters, rand=Random(1).randbytes)
    kept = [oldest, *sorted({oldest + 50, current - 1} - {oldest}), current]
    assert [key.epoch for key in rotated.keys] == kept
    saved = encode(rotated.to_value())
    assert not any(seed_of(epoch) in saved for epoch in (oldest - 100, oldest - 1))


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="report", result="valid"))
def test_a_report_releases_the_seeds_and_decoys_that_the_vector_says(case: Case) -> None:
    released, _ = report(case)
    epochs = list(range(case["first"], case["first"] + case["count"]))
    assert [key.attributes for key in released] == [(epoch,) for epoch in epochs]
    for record, epoch in zip(released, epochs, strict=True):
        assert (record.key != seed_of(epoch)) is (epoch in case["decoys"])


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="report"))
def test_the_second_witness_reads_the_bounds_of_a_report_the_same_way(case: Case) -> None:
    today, seeds = case["now"] // 86_400, case["seeds"]
    expected, decoys = [], []
    for epoch in range(case["now"] // 900 - 64 * 96, case["now"] // 900 + 3):
        day, end = epoch * 900 // 86_400, epoch * 900 + 900
        if day < case["since"] or today - day > case["retention_days"] or end > case["now"]:
            continue
        expected.append(epoch)
        known = seeds["first"] <= epoch <= seeds["last"] and epoch not in seeds["missing"]
        held = any(a < end and epoch * 900 < b for a, b in case["redacted"])
        decoys += [epoch] if held or not known else []
    assert case["result"] == ("valid" if expected else "policy")
    if expected:
        assert (expected[0], len(expected), decoys) == (
            case["first"], case["count"], case["decoys"],
        )  # fmt: skip


@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="report", result="policy"))
def test_a_report_without_an_epoch_that_is_over_is_refused(case: Case) -> None:
    with pytest.raises(TooEarlyError):
        report(case)


def test_a_report_by_a_ring_that_was_not_rotated_is_refused() -> None:
    with pytest.raises(ClockError):
        ring_of(EPOCH - 1).released(
            since=DAY, onset=None, now=NOON, parameters=STANDARD, rand=Random(1).randbytes
        )


@pytest.mark.spec("UNLINKABLE-8", "UNLINKABLE-11")
@given(
    seconds=st.integers(0, 86_399),
    back=st.integers(0, 20),
    epochs=st.sets(st.integers(0, 15 * 12), max_size=40),
    redacted=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), max_size=4),
)
def test_the_present_epoch_is_never_released_and_its_seed_goes_on(
    seconds: int, back: int, epochs: set[int], redacted: list[tuple[int, int]]
) -> None:
    now = Instant(day_start(DAY) + seconds)
    parameters = Parameters(epoch_minutes=120)
    current = epoch_of(now, parameters=parameters)
    ring = ring_of(*sorted(current - ago for ago in epochs | {0}))
    held = tuple(
        Validity(Instant(now - 3600 * hours), Instant(now - 3600 * hours + 1800 * halves))
        for hours, halves in redacted
    )
    rand = Random(seconds).randbytes
    try:
        released, left = ring.released(
            since=Day(DAY - back), onset=None, now=now, parameters=parameters, rand=rand,
            selection=Selection(redacted=held),
        )  # fmt: skip
    except TooEarlyError:
        assert (back, seconds // 7200) == (0, 0)
        return
    epochs_out = [key.record().attributes[0] for key in released]
    assert epochs_out == list(range(max(DAY - back, DAY - 14) * 12, current))
    assert left == ring_of(current)
    assert seed_of(current) not in {key.record().key for key in released}
    assert left.identifier(now=now, parameters=parameters) == ring.identifier(
        now=now, parameters=parameters
    )
    for key in released:
        key.require_publishable(now=now, parameters=parameters)


@pytest.mark.spec("UNLINKABLE-8")
def test_a_decoy_has_the_form_of_a_seed_and_is_never_drawn_twice() -> None:
    """What is held back from one report is drawn afresh in the next, as what was published is."""
    everything = Selection(redacted=(Validity(Instant(0), Instant(LAST_INSTANT)),))
    ring, rand, seen = ring_of(*range(EPOCH - 40, EPOCH + 1)), Random(3).randbytes, list[bytes]()
    for selection in (Selection(), everything, Selection()):
        released, ring = ring.released(
            since=DAY, onset=None, now=NOON, parameters=STANDARD, rand=rand, selection=selection
        )
        records = [key.record() for key in released]
        assert [record.attributes for record in records] == [(n,) for n in range(DAY * 96, EPOCH)]
        assert {(type(record), len(record.key)) for record in records} == {(KeyRecord, 32)}
        seen += [record.key for record in records]
    assert len(set(seen)) == 3 * 48


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
    keys = [EpochSeed(EPOCH - n, Random(f"seed {n}").randbytes(32)) for n in range(50)]
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
    batch = published(EpochSeed(EPOCH, seed_of(EPOCH)))
    assert len(list(DESIGN.match(store, batch, parameters=STANDARD))) == 1
    renamed = Batch(
        BatchName(design="unlinkable", region="LA", release=NAME.release), batch.content
    )
    assert list(DESIGN.match(store, renamed, parameters=STANDARD)) == []


@pytest.mark.spec("UNLINKABLE-13")
def test_what_was_heard_from_the_release_on_does_not_count() -> None:
    store = heard(EPOCH, EPOCH + 8)
    keys = [EpochSeed(epoch, seed_of(epoch)) for epoch in (EPOCH, EPOCH + 8)]
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
    batch = published(*(EpochSeed(epoch, seed_of(epoch)) for epoch in spoken))
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
@pytest.mark.parametrize(
    ("before", "reached"),
    [
        (NOON - 7200, False),
        (NOON - 60, False),
        (NOON, True),
        ((DAY + 15) * 86_400 - 7200, True),
        ((DAY + 15) * 86_400, False),
    ],
)
def test_an_uploaded_seed_stands_for_one_identifier_in_its_epoch_and_the_skew(
    before: int, reached: bool
) -> None:
    expansions = EpochSeed(EPOCH, SEED).expand(before=Instant(before), parameters=STANDARD)
    assert bool(expansions) is reached
    for one in expansions:
        assert one.split() == (identifier_of_seed(SEED),)
        assert one.validity(0) == (NOON - 60, NOON + 960)
        assert one.period == EPOCH


@given(epoch=st.integers(0, 71_582_788), slot=st.integers(0, LAST_INSTANT // 7200))
def test_every_epoch_there_is_can_be_asked_for_anything(epoch: int, slot: int) -> None:
    key, now = EpochSeed(epoch, SEED), Instant(slot * 7200)
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


@given(back=st.lists(st.integers(0, 14 * 96 + 48), min_size=1, max_size=20, unique=True))
def test_a_ring_is_restored_as_it_was(back: list[int]) -> None:
    ring = ring_of(*(EPOCH - ago for ago in sorted(back, reverse=True)))
    saved = decode(encode(ring.to_value()), limit_bytes=2**16)
    assert DESIGN.ring(saved, parameters=STANDARD) == ring


@pytest.mark.parametrize(
    ("epochs", "seeds"),
    [
        ([], b""),
        ([2, 1], bytes(64)),
        ([1, 1], bytes(64)),
        ([-1], bytes(32)),
        ([LAST_INSTANT // 900 + 1], bytes(32)),
        ([1], bytes(31)),
        ([1], bytes(64)),
        ([True], bytes(32)),
        (list(range(15 * 96 + 1)), bytes(32 * (15 * 96 + 1))),
    ],
    ids=[
        "no-epoch", "descending", "twice", "before-1970", "after-2106", "seed-short",
        "seed-too-many", "no-integer", "more-than-is-kept",
    ],
)  # fmt: skip
def test_another_ring_is_malformed(epochs: list[int], seeds: bytes) -> None:
    with pytest.raises(MalformedError):
        DESIGN.ring({"epochs": epochs, "seeds": seeds}, parameters=STANDARD)


@given(data=st.binary(max_size=64))
def test_any_bytes_are_a_ring_or_malformed(data: bytes) -> None:
    good = encode(ring_of(EPOCH, EPOCH + 1).to_value())
    for at in range(len(good)):
        attempt = good[:at] + data[:2] + good[at + 2 :]
        try:
            ring = DESIGN.ring(decode(attempt, limit_bytes=2**16), parameters=STANDARD)
        except MalformedError:
            continue
        assert encode(ring.to_value()) == attempt


def test_a_ring_works_from_the_first_second_to_the_last() -> None:
    rand = Random(1).randbytes
    ring = DESIGN.generate(now=Instant(0), parameters=MINIMAL, rand=rand)
    with pytest.raises(TooEarlyError):
        ring.released(since=Day(0), onset=None, now=Instant(0), parameters=MINIMAL, rand=rand)
    ring = ring.rotated(now=Instant(86_400), parameters=MINIMAL, rand=rand)
    released, ring = ring.released(
        since=Day(-5), onset=None, now=Instant(86_400), parameters=MINIMAL, rand=rand
    )
    assert len(released) == 12
    last = Instant(LAST_INSTANT)
    ring = ring.rotated(now=last, parameters=MINIMAL, rand=rand)
    assert len(ring.identifier(now=last, parameters=MINIMAL)) == 16
    minutes = Parameters(epoch_minutes=1, window_minutes=60)
    assert len(DESIGN.kept(said(SEED), at=last, parameters=minutes)) == 3
    assert DESIGN.ring(ring.to_value(), parameters=MINIMAL) == ring


def test_one_minute_epochs_over_44_days_are_kept_reported_and_restored() -> None:
    """64,800 seeds, the most that a report holds; a day more and no phone can be made."""
    parameters = Parameters(epoch_minutes=1, window_minutes=60, retention_days=44)
    current = epoch_of(NOON, parameters=parameters)
    ring = ring_of(*range((DAY - 44) * 1440, current + 1))
    assert DESIGN.ring(ring.to_value(), parameters=parameters) == ring
    now = Instant(NOON + 60)
    ring = ring.rotated(now=now, parameters=parameters, rand=Random(1).randbytes)
    released, _ = ring.released(
        since=Day(0), onset=None, now=now, parameters=parameters, rand=Random(1).randbytes
    )
    assert len(released) == 44 * 1440 + 721
    assert DESIGN.upload_bytes(parameters) == upload_bytes(keys=45 * 1440, key_bytes=32)
    with pytest.raises(ValueError, match="keys"):
        DESIGN.upload_bytes(Parameters(epoch_minutes=1, window_minutes=60, retention_days=45))


def test_no_secret_shows_in_a_repr() -> None:
    ring = UnlinkableRing((EpochSeed(EPOCH, SEED),))
    assert repr(SEED) not in repr(ring)
    assert repr(SEED) not in repr(ring.keys[0])


def report(case: Case) -> tuple[list[KeyRecord], UnlinkableRing]:
    """Return what the phone of a case releases; a decoy is 32 bytes of 0xff."""
    seeds = case["seeds"]
    known = set(range(seeds["first"], seeds["last"] + 1)) - set(seeds["missing"])
    released, left = ring_of(*sorted(known)).released(
        since=Day(case["since"]),
        onset=None,
        now=Instant(case["now"]),
        parameters=Parameters(retention_days=case["retention_days"]),
        rand=lambda length: b"\xff" * length,
        selection=Selection(
            redacted=tuple(
                Validity(Instant(start), Instant(end)) for start, end in case["redacted"]
            )
        ),
    )
    return [key.record() for key in released], left


def published(*keys: EpochSeed, name: BatchName = NAME) -> Batch:
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
