"""What is compiled once for whole numbers of every width."""

from typing import Any

import numpy as np
from numba import njit

from dp3t_simulator.compiled import compiled
from dp3t_simulator.widened import widen


def widened(function: Any) -> Any:
    """Return a function as it is compiled here, and not as somebody left it on the disk."""
    made = njit(function)
    widen(made)
    return made


@compiled
def doubled(number: Any) -> Any:
    return number << np.int64(1)


def compiled_for(function: Any) -> list[str]:
    """Return the types of the arguments that a function was compiled for."""
    return [str(each) for each in function.signatures]


def test_a_constant_and_every_width_take_what_is_compiled_once() -> None:
    @widened
    def shifted(number: Any, twice: Any, up: bool) -> Any:
        return number + twice[0] + twice[1] if up else number - twice[0]

    @widened
    def all_ways(number: Any) -> Any:
        count = 0
        for each in np.arange(3).astype(np.int16):  # what count is shows at the end of the loop
            count = shifted(count, (each, each), True)
            count = shifted(np.int32(count), (number, number), up=False)
        return count

    assert all_ways(5) == 2 * (0 + 1 + 2) - 3 * 5
    assert compiled_for(shifted) == ["(int64, UniTuple(int64, 2), bool)"]


def test_who_calls_with_a_narrow_number_gets_what_a_wide_one_gives() -> None:
    assert doubled(np.int16(2**14)) == 2**15  # as python does: nothing is lost
    assert doubled(np.int32(-3)) == doubled(-3) == -6
    assert compiled_for(doubled) == ["(int64,)"]


def test_what_has_no_sign_keeps_its_width() -> None:
    @widened
    def plain(number: Any) -> Any:
        return number

    @widened
    def narrow() -> Any:
        return plain(np.uint8(260)), plain(np.uint64(2**64 - 1))

    assert narrow() == (4, 2**64 - 1)  # 260 in eight bits
    assert compiled_for(plain) == ["(uint8,)", "(uint64,)"]
