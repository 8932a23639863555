import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t_simulator.compiled import compiled
from dp3t_simulator.draws import Lots, absorb, happens, pair, stream_key, threshold, unit
from dp3t_simulator.streams import Stream

SEEDS = st.integers(0, 2**64 - 1)
NUMBERS = st.integers(0, 2**63 - 1)


@compiled
def drawn(key: np.uint64, one: int, other: int) -> tuple[np.uint64, np.uint64, np.uint64]:
    bits = absorb(absorb(key, one), other)
    return bits, pair(key, one, other), pair(key, other, one)


@compiled
def unit_of(bits: np.uint64) -> float:
    return unit(bits)


@compiled
def happens_of(bits: np.uint64, below: np.uint64) -> bool:
    return happens(bits, below)


@pytest.mark.spec("SIMULATOR-4")
@given(seed=SEEDS, one=NUMBERS, other=NUMBERS)
def test_a_compiled_draw_has_the_bits_of_its_stream(seed: int, one: int, other: int) -> None:
    stream = Stream(seed, "test: draws")
    bits, symmetric, turned = drawn(stream_key(seed, "test: draws"), one, other)
    assert bits == int(stream.bits(one, other))
    assert symmetric == turned == int(stream.bits(min(one, other), max(one, other)))


@given(seed=SEEDS)
def test_a_compiled_uniform_number_is_that_of_its_stream(seed: int) -> None:
    stream = Stream(seed, "test: draws")
    assert unit_of(np.uint64(stream.bits(3))) == float(stream.uniform(3))


@pytest.mark.spec("SIMULATOR-4")
@given(seed=SEEDS)
def test_lots_for_people_on_a_day_are_those_of_their_stream(seed: int) -> None:
    people = np.array([7, 0, 2**31 - 1], dtype=np.int32)
    lots, stream = Lots(seed, "test: draws"), Stream(seed, "test: draws")
    assert lots.uniform(people, 3).tolist() == stream.uniform(people, 3).tolist()
    assert lots.uniform(people[:2].astype(np.int64)[::-1], 3).tolist() == [
        float(stream.uniform(person, 3)) for person in (0, 7)
    ]
    assert not len(lots.uniform(people[:0], 3))


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.5, 0.999, 1.0])
def test_a_threshold_is_passed_as_often_as_its_probability_says(probability: float) -> None:
    below = threshold(probability)
    bits = Stream(1, "test: thresholds").bits(np.arange(20_000))
    share = np.mean([happens_of(each, below) for each in bits])
    assert share == pytest.approx(probability, abs=0.01)
    assert not probability or happens_of(np.uint64(0), below)
    assert happens_of(np.uint64(2**64 - 1), below) is (probability == 1)


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_threshold_of_no_probability_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        threshold(probability)
