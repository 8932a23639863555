"""Streams of random numbers: what they depend on, their published bits, and their quality."""

import re
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t_simulator.streams import Stream
from oracle_stream import draw as oracle
from project import ROOT

CHAPTER = (ROOT / "spec" / "simulator" / "simulator.md").read_text(encoding="utf-8")
VECTORS = re.findall(r"^\| (\d+) \| `(.+)` \| ([\d, ]*) ?\| `([0-9a-f]{16})` \|$", CHAPTER, re.M)
WORD = 2**64
numbers = st.lists(st.integers(0, WORD - 1), max_size=4)


@pytest.mark.spec("SIMULATOR-4")
@pytest.mark.parametrize(("seed", "name", "draw", "bits"), VECTORS)
def test_bits_are_those_of_the_table(seed: str, name: str, draw: str, bits: str) -> None:
    found = Stream(int(seed), name).bits(*(int(each) for each in draw.split(",") if each.strip()))
    assert f"{int(found):016x}" == bits


def test_the_table_has_its_rows() -> None:
    assert len(VECTORS) == 3


@pytest.mark.spec("SIMULATOR-4")
@given(seed=st.integers(0, WORD - 1), name=st.text("abc :_", min_size=1), draw=numbers)
def test_bits_are_those_of_the_oracle(seed: int, name: str, draw: list[int]) -> None:
    stream = Stream(seed, name)
    arrays = [np.array([number], dtype=np.uint64) for number in draw]
    expected = oracle(seed, name, draw)
    assert int(stream.bits(*arrays).item()) == expected
    assert int(stream.at(*draw).bits().item()) == expected
    assert stream.at(*draw).uniform().item() == (expected >> 11) / 2**53


@pytest.mark.spec("SIMULATOR-4")
def test_a_draw_is_the_same_alone_and_among_others() -> None:
    stream = Stream(1, "days")
    person = np.arange(1000)
    together = stream.uniform(np.arange(20)[:, np.newaxis], person)
    assert together.shape == (20, 1000)
    assert together[7, 123] == stream.uniform(7, 123) == stream.at(7).uniform(person)[123]


def test_a_seed_a_name_and_an_order_make_other_draws() -> None:
    drawn = [Stream(s, n).bits(*d).item() for s in (0, 1) for n in "ab" for d in ((1, 2), (2, 1))]
    assert len(set(drawn)) == 8


@pytest.mark.parametrize("seed", [-1, WORD, 1.5, "1", True])
def test_what_is_no_whole_number_of_64_bits_is_refused_as_a_seed(seed: int) -> None:
    with pytest.raises(ValueError, match="seed"):
        Stream(seed, "a")


@pytest.mark.parametrize("name", ["", "Bệnh"])
def test_names_that_are_no_ascii_text_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Stream(0, name)


DRAWS = 2**18
Drawn: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]


NEIGHBOURS: dict[str, Callable[[], Drawn]] = {
    "persons": lambda: Stream(0, "person").bits(np.arange(DRAWS)),
    "days": lambda: Stream(0, "day").bits(np.arange(DRAWS) // 512, np.arange(DRAWS) % 512),
    "strides of 2^32": lambda: Stream(0, "stride").bits(np.arange(DRAWS) << 32),
    "names": lambda: np.concatenate(
        [Stream(7, f"stream {n}").bits(np.arange(256)) for n in range(DRAWS // 256)]
    ),
    "seeds": lambda: np.array(
        [Stream(n, "a").bits().item() for n in range(2**14)], dtype=np.uint64
    ),
}
"""Draws that differ by little in what they are drawn for."""


@cache
def neighbours(kind: str) -> Drawn:
    """Return such draws, which nobody changes."""
    drawn = NEIGHBOURS[kind]()
    drawn.flags.writeable = False
    return drawn


@pytest.mark.parametrize("kind", NEIGHBOURS)
def test_bits_are_as_often_one_as_zero_and_do_not_go_together(kind: str) -> None:
    """Each bit, and each two of them, within five and a half standard deviations."""
    drawn = neighbours(kind)
    bits = (drawn[:, np.newaxis] >> np.arange(64, dtype=np.uint64) & np.uint64(1)) * 2.0 - 1
    limit = 5.5 * len(drawn) ** -0.5
    assert np.abs(bits.mean(axis=0)).max() < limit
    together = np.abs(bits.T @ bits / len(drawn) - np.eye(64))
    assert together.max() < limit


@pytest.mark.parametrize("kind", NEIGHBOURS)
@pytest.mark.parametrize("shift", [0, 20, 40, 56])
def test_bytes_are_equally_frequent(kind: str, shift: int) -> None:
    drawn = neighbours(kind) >> np.uint64(shift) & np.uint64(255)
    expected = len(drawn) / 256
    squares = (
        (np.bincount(drawn.astype(np.int64), minlength=256) - expected) ** 2 / expected
    ).sum()
    assert 150 < squares < 380  # 255 degrees of freedom: beyond is one in a hundred thousand


@pytest.mark.parametrize("kind", NEIGHBOURS)
@pytest.mark.parametrize("lag", [1, 2, 512])
def test_draws_do_not_go_with_those_some_places_on(kind: str, lag: int) -> None:
    drawn = neighbours(kind) * 2.0**-64 - 0.5
    correlation = 12 * (drawn[:-lag] * drawn[lag:]).mean()
    assert abs(correlation) < 5 * (len(drawn) - lag) ** -0.5


@pytest.mark.parametrize("kind", NEIGHBOURS)
def test_no_draw_of_many_comes_twice(kind: str) -> None:
    assert len(np.unique(neighbours(kind))) == len(neighbours(kind))


def test_a_change_of_one_bit_changes_half_of_the_bits() -> None:
    base = np.arange(4096)
    stream = Stream(3, "avalanche")
    for bit in range(62):
        changed = stream.bits(base) ^ stream.bits(base ^ (1 << bit))
        flipped = (changed[:, np.newaxis] >> np.arange(64, dtype=np.uint64) & np.uint64(1)).mean(0)
        assert np.abs(flipped - 0.5).max() < 0.05
