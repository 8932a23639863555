"""What is compiled once for whole numbers of every width."""

from typing import Any

import numpy as np

from dp3t_simulator.compiled import compiled, uncounted


@uncounted
def _shifted(number: Any, twice: Any, up: bool) -> Any:
    return number + twice[0] + twice[1] if up else number - twice[0]


@compiled
def _all_ways(number: Any) -> Any:
    count = 0
    for each in np.arange(3).astype(np.int16):  # what count is shows only at the end of the loop
        count = _shifted(count, (each, each), True)
        count = _shifted(np.int32(count), (number, number), up=False)
    return count


@compiled
def _of(number: Any) -> Any:
    return number << np.int64(1)


@compiled
def _plain(number: Any) -> Any:
    return number


def compiled_for(function: object) -> list[str]:
    """Return the types of the arguments that a function was compiled for."""
    return [str(each) for each in function.signatures]  # type: ignore[attr-defined]  # numba's


def test_a_constant_and_every_width_take_what_is_compiled_once() -> None:
    assert _all_ways(5) == 2 * (0 + 1 + 2) - 3 * 5
    assert compiled_for(_shifted) == ["(int64, UniTuple(int64, 2), bool)"]


def test_who_calls_with_a_narrow_number_gets_what_a_wide_one_gives() -> None:
    assert _of(np.int16(2**14)) == 2**15  # as python does: nothing is lost
    assert _of(np.int32(-3)) == _of(-3) == -6
    assert compiled_for(_of) == ["(int64,)"]


def test_what_has_no_sign_keeps_its_width() -> None:
    assert _plain(np.uint64(2**64 - 1)) == 2**64 - 1
    assert _plain(np.uint8(255)) == 255
    assert compiled_for(_plain) == ["(uint64,)", "(uint8,)"]
