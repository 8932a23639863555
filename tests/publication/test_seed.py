"""spec/publication/seed.md: all that is random in the files of a slot follows from one seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_seed
from dp3t.primitives import random_below, seeded_random, shuffled
from dp3t.publication.batch import BatchName
from dp3t.publication.seed import slot_random
from dp3t.timeline import Instant
from vectors import Case, vector_cases

SEED = bytes(range(32))
NAME = BatchName(design="gaen", region="VN", release=Instant(18_500 * 86_400))


@pytest.mark.parametrize("case", vector_cases("seed", operation="stream"))
def test_a_seed_and_a_label_give_this_stream(case: Case) -> None:
    seed, label = bytes.fromhex(case["seed"]), bytes.fromhex(case["label"])
    ours, theirs = seeded_random(seed, label=label), oracle_seed.stream(seed, label)
    for length, drawn in zip(case["lengths"], case["draws"], strict=True):
        assert ours(length).hex() == theirs(length).hex() == drawn


@pytest.mark.parametrize("case", vector_cases("seed", operation="batch"))
def test_a_batch_has_this_stream_for_a_purpose(case: Case) -> None:
    seed, release = bytes.fromhex(case["seed"]), Instant(case["release"])
    name = BatchName(design=case["design"], region=case["region"], release=release)
    assert slot_random(seed, purpose=case["purpose"], name=name)(32).hex() == case["first"]
    label = oracle_seed.label_of(case["purpose"], case["design"], case["region"], release)
    assert oracle_seed.stream(seed, label)(32).hex() == case["first"]


@pytest.mark.parametrize("case", vector_cases("seed", operation="below"))
def test_a_stream_gives_these_numbers_below_a_bound(case: Case) -> None:
    seed, label, bound = bytes.fromhex(case["seed"]), bytes.fromhex(case["label"]), case["bound"]
    ours, theirs = seeded_random(seed, label=label), oracle_seed.stream(seed, label)
    for number in case["numbers"]:
        assert random_below(bound, rand=ours) == oracle_seed.below(bound, theirs) == number


@pytest.mark.spec("SEED-2")
@given(seed=st.binary(min_size=32, max_size=32), cuts=st.lists(st.integers(0, 70), max_size=6))
def test_how_a_stream_is_cut_into_draws_changes_none_of_its_bytes(
    seed: bytes, cuts: list[int]
) -> None:
    whole, parts = seeded_random(seed, label=b"x"), seeded_random(seed, label=b"x")
    assert whole(sum(cuts)) == b"".join(map(parts, cuts))


@pytest.mark.spec("SEED-2")
def test_two_streams_of_one_seed_do_not_move_each_other() -> None:
    one, other = seeded_random(SEED, label=b"a"), seeded_random(SEED, label=b"a")
    one(7)
    assert other(16) == seeded_random(SEED, label=b"a")(16)


@pytest.mark.spec("SEED-3")
def test_purposes_and_batches_have_streams_of_their_own() -> None:
    names = [
        NAME,
        BatchName(design="hybrid", region="VN", release=NAME.release),
        BatchName(design="gaen", region="LA", release=NAME.release),
        BatchName(design="gaen", region="VN", release=Instant(NAME.release + 7_200)),
    ]
    batches = {slot_random(SEED, purpose="batch", name=name)(16) for name in names}
    paddings = {slot_random(SEED, purpose="padding", name=name)(16) for name in names}
    assert len(batches | paddings) == 8


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seed_of_another_length_is_a_mistake(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seeded_random(bytes(length), label=b"")


def test_an_order_can_be_drawn_again() -> None:
    orders = [shuffled(range(50), rand=seeded_random(SEED, label=b"o")) for _ in range(2)]
    assert orders[0] == orders[1] != list(range(50))
