"""A short, repeatable stretch of the fuzz loop."""

import pytest

import fuzz
from fuzz_proximity import of_files, of_scoring
from fuzz_publication import of_commitments
from fuzz_target import Target, again
from fuzz_targets import targets
from fuzz_transparency import of_transparency

TARGETS = targets()
ROUNDS = 400
SLOW = {"JSON of a person": 200, "commitment secret": 100, "table of rules": 100}
"""Decoders of which a round takes some milliseconds, and how many rounds they get."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_decoder_keeps_its_promises(name: str) -> None:
    """Valid: any damage ends in a value or a Dp3tError, in bounded time and memory."""
    fuzz.run(name, TARGETS[name], rounds=SLOW.get(name, ROUNDS), seed=1)


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


def test_the_loop_notices_a_second_form_of_a_value() -> None:
    read_and_write = again(lambda data: data.strip(), lambda value: value)
    with pytest.raises(fuzz.FuzzError, match="a second form"):
        fuzz.run("spaces", Target(read_and_write, (b"a",)), rounds=500, seed=1)


def test_every_decoder_has_a_name_of_its_own() -> None:
    """Each layer names its own: a second of a name would replace the first unseen."""
    layers = (of_transparency(), of_scoring(), of_files(), of_commitments())
    names = [name for layer in layers for name in layer]
    assert set(SLOW) <= set(TARGETS)
    assert len(set(names)) == len(names)
    assert set(names) <= set(TARGETS)
