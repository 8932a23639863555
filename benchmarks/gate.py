"""What a traveller costs a gate: verification of a receipt beside the slow hash that it is made of.

    python -m benchmarks.gate

The hash is slow on purpose, so that a receipt tells nobody the number of a passport. The rest (the
signature, the used-list, saving the gate) has to stay small beside it, and all of it together far
below a second, on an officer's telephone too, which is five to ten times slower than a computer.
"""

import statistics
import sys
from collections.abc import Callable, Iterator
from functools import partial
from time import process_time

from dp3t import TrustedKeys, day_start
from dp3t.arrivals import Binding, EntryReceipt, Gate, GateSecret, Mark, TravelDocument, verify
from dp3t.primitives import pbkdf2_sha256, seeded_random
from dp3t.publication import SigningKey
from dp3t.timeline import Day, Instant

SEED = 1
ROUNDS = 9
LISTS = (0, 1_000, 100_000)
DAY = Day(20_780)
NOW = Instant(day_start(DAY) + 43_200)
POINT = "VDAD"
RAND = seeded_random(bytes([SEED]) * 32, label=b"benchmark of gates")
SECRET = GateSecret(RAND(32))
SIGNER = SigningKey.generate(valid_from=Instant(0), valid_until=Instant(2**32 - 1), rand=RAND)
KEYS = TrustedKeys([SIGNER.public()])
DOCUMENT = TravelDocument.of(number="B1234567", birth="1984-02-29", expiry="2031-07-01")
RECEIPT = EntryReceipt(
    receipt_id=RAND(16),
    binding=Binding.of(DOCUMENT, rand=RAND),
    entry_day=DAY,
    arrival_point=POINT,
    opens_hours=19,
    closes_hours=41,
)
TEXT = RECEIPT.sign(SIGNER)


def marks(count: int) -> Iterator[bytes]:
    """Yield the marks of other travellers."""
    for _ in range(count):
        other = Mark(
            expiry_day=RECEIPT.expiry_day, tag=RAND(16), moment=NOW, gate="A", draw=RAND(8)
        )
        yield other.seal(SECRET)


def seconds_of(done: Callable[[], object]) -> float:
    """Return how long the processor works for something."""
    start = process_time()
    done()
    return process_time() - start


def bare_hash() -> bytes:
    """Do what checking a binding does at least."""
    return pbkdf2_sha256(b"B1234567<840229<310701", bytes(37), iterations=2**17, length=16)


def checked() -> None:
    """Verify the receipt, as `dp3t arrivals verify` does."""
    found = verify(TEXT, DOCUMENT, keys=KEYS, arrival_point=POINT, now=NOW)
    if found.verdict != "valid":
        raise SystemExit("the receipt is not good")


def admitted(file: bytes) -> bytes:
    """Read a gate, admit the traveller and write it, as `dp3t arrivals gate admit` does."""
    gate, passing = Gate.decode(file).admit(
        TEXT, DOCUMENT, keys=KEYS, secret=SECRET, now=NOW, rand=RAND
    )
    if passing.checked.verdict != "valid":
        raise SystemExit("the receipt is not good")
    return gate.encode()


def main() -> None:
    """Measure in turn and print the ratios."""
    sys.stdout.write(f"seed {SEED}, {ROUNDS} rounds; ratio = this / the bare hash\n")
    ways: dict[str, Callable[[], object]] = {"verify": checked}
    for count in LISTS:
        gate, _ = Gate(name="A", arrival_point=POINT).merged(marks(count), secret=SECRET, now=NOW)
        ways[f"admit, {count:,} receipts used before"] = partial(admitted, gate.encode())
    for name, way in ways.items():
        pairs = [(seconds_of(way), seconds_of(bare_hash)) for _ in range(ROUNDS)]
        ratios = sorted(ours / bare for ours, bare in pairs)
        milliseconds = 1000 * statistics.median(ours for ours, _ in pairs)
        sys.stdout.write(
            f"{name}: ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), "
            f"{milliseconds:.0f} ms\n"
        )


if __name__ == "__main__":
    main()
