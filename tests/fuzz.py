"""A fuzz loop over every decoder: mutated good inputs in, a value or a `Dp3tError` out.

`python tests/fuzz.py --seconds 60` runs it for as long as one likes; `tests/house/test_fuzz.py`
runs a short, repeatable stretch. Each call is bounded in time and in memory. `fuzz_targets.py` says
which decoders there are, `fuzz_proximity.py` and its like those of each layer.
"""

import argparse
import sys
import time
import tracemalloc
from collections.abc import Iterator
from random import Random

from dp3t.errors import Dp3tError
from fuzz_target import Target
from fuzz_targets import targets

MAX_CALL_SECONDS = 5.0
MAX_CALL_BYTES = 2**26
"""No input of a few kilobytes may take longer or need more than this."""


class FuzzError(AssertionError):
    """A decoder raised something else, took too long or needed too much."""


def mutated(good: bytes, random: Random) -> bytes:
    """Return a damaged copy: bits, bytes, cuts, repeats, lies about lengths."""
    data = bytearray(good)
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        at = random.randrange(len(data) + 1) if data else 0
        match random.randrange(8):
            case 0 if data:
                data[at % len(data)] ^= 1 << random.randrange(8)
            case 1 if data:
                data[at % len(data)] = random.choice((0, 1, 0x7F, 0x80, 0xDB, 0xDF, 0xC6, 0xFF))
            case 2:
                del data[at:]
            case 3:
                data[at:at] = random.randbytes(random.choice((1, 2, 4, 64)))
            case 4:
                data[at : at + 4] = random.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
            case 5:
                end = at + random.randrange(64)
                data[at:at] = data[at:end]
            case 6:
                del data[at : at + random.randrange(1, 16)]
            case _:
                data[at : at + 8] = random.randbytes(8)
    return bytes(data)


def check(target: Target, data: bytes, *, good: bool = False) -> None:
    """Give a decoder one input.

    Raises:
        FuzzError: it breaks a promise, or refuses a good input.
    """
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    began = time.monotonic()
    try:
        target.decode(data)
    except Dp3tError as error:
        if good:
            raise FuzzError(f"a good input is refused: {error}") from error
    except Exception as error:
        raise FuzzError(f"{type(error).__name__}: {error} from {data.hex()}") from error
    took = time.monotonic() - began
    _, peak = tracemalloc.get_traced_memory()
    if took > MAX_CALL_SECONDS or peak - before > MAX_CALL_BYTES:
        raise FuzzError(f"{took:.1f} s and {peak - before} bytes for {data[:4096].hex()}")


def inputs(target: Target, random: Random) -> Iterator[bytes]:
    """Yield damaged inputs for ever."""
    while True:
        if random.random() < 0.05:
            yield random.randbytes(random.randrange(300))
        else:
            yield mutated(random.choice(target.good), random)


def run(name: str, target: Target, *, rounds: int, seed: int) -> None:
    """Give a decoder its good inputs and `rounds` damaged ones.

    Raises:
        FuzzError: it breaks a promise.
    """
    tracemalloc.start()
    try:
        for good in target.good:
            check(target, good, good=True)
        random = Random(f"{name} {seed}")
        for _, data in zip(range(rounds), inputs(target, random), strict=False):
            check(target, data)
    finally:
        tracemalloc.stop()


def main() -> None:
    """Fuzz every decoder in turn until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="part of the names of the decoders")
    options = parser.parse_args()
    until = time.monotonic() + options.seconds
    every = {name: target for name, target in targets().items() if options.only in name}
    if not every:
        parser.error(f"no decoder has {options.only!r} in its name")
    seed = options.seed
    while time.monotonic() < until:
        for name, target in every.items():
            run(name, target, rounds=500, seed=seed)
        seed += 1
        sys.stderr.write(f"seed {seed}: {len(every)} decoders x 500 inputs\n")


if __name__ == "__main__":
    main()
