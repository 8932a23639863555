"""A short, repeatable stretch of the fuzz loop."""

import pytest

import fuzz
from fuzz_targets import Target, targets

TARGETS = targets()


@pytest.mark.parametrize("name", TARGETS)
def test_a_decoder_keeps_its_promises(name: str) -> None:
    """Valid: any damage ends in a value or a Dp3tError, in bounded time and memory."""
    fuzz.run(name, TARGETS[name], rounds=400, seed=1)


@pytest.mark.parametrize(
    "broken",
    [lambda data: 1 // 0, lambda data: bytearray(2**27), lambda data: data.decode("ascii")],
)
def test_the_loop_notices_a_decoder_that_does_not(broken: object) -> None:
    target = Target(broken, (b"\xff good",))  # type: ignore[arg-type]  # broken on purpose
    with pytest.raises(fuzz.FuzzError):
        fuzz.run("broken", target, rounds=50, seed=1)


def test_the_loop_notices_a_good_input_that_is_refused() -> None:
    with pytest.raises(fuzz.FuzzError, match="good input"):
        fuzz.run("codec", Target(TARGETS["codec"].decode, (b"\xc1",)), rounds=0, seed=1)
