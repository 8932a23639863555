"""What it costs to refuse every encoding but one: decoding with the check against without it.

    python -m benchmarks.codec

Compared on what phones download most, a table of GAEN keys, and on a message of many small values,
which is the worst case. The check decodes, encodes again and compares; see the decision
`spec/decisions/canonical-encoding.md`.
"""

import statistics
import sys
from random import Random  # noqa: TID251 - a seed makes the data repeatable
from time import perf_counter

import msgpack

from dp3t.codec import Value, decode, encode
from dp3t.publication import KeyRecord, KeyTable

SEED = 1
ROUNDS = 9
LIMIT_BYTES = 2**26


def table(keys: int, dice: Random) -> bytes:
    """Return a table of GAEN keys of fourteen days, the content of a batch."""
    starts = [2_642_976 + 144 * day for day in range(14)]
    records = [
        KeyRecord((dice.choice(starts), 144, 1, 127), dice.randbytes(16)) for _ in range(keys)
    ]
    return KeyTable.of(records).encode()


def small_values(count: int, dice: Random) -> bytes:
    """Return a list of maps with three small fields each."""
    values: Value = [
        {"a": dice.randrange(256), "b": True, "c": dice.randbytes(4)} for _ in range(count)
    ]
    return encode(values)


def seconds_of_checked(data: bytes) -> float:
    """Return how long our decoder takes."""
    start = perf_counter()
    decode(data, limit_bytes=LIMIT_BYTES)
    return perf_counter() - start


def seconds_of_unchecked(data: bytes) -> float:
    """Return how long the MessagePack library alone takes."""
    start = perf_counter()
    msgpack.unpackb(data, raw=False, strict_map_key=True)
    return perf_counter() - start


def main() -> None:
    """Measure both ways alternately and print the ratio."""
    dice = Random(SEED)  # noqa: S311 - not a secret
    sys.stdout.write(f"seed {SEED}, {ROUNDS} rounds; ratio = checked / unchecked\n")
    for name, data in {
        "table of 100,000 GAEN keys": table(100_000, dice),
        "100,000 small maps": small_values(100_000, dice),
    }.items():
        if decode(data, limit_bytes=LIMIT_BYTES) != msgpack.unpackb(data, raw=False):
            raise SystemExit("the two ways disagree")
        pairs = [(seconds_of_checked(data), seconds_of_unchecked(data)) for _ in range(ROUNDS)]
        ratios = sorted(checked / unchecked for checked, unchecked in pairs)
        checked_ms = 1000 * statistics.median(checked for checked, _ in pairs)
        sys.stdout.write(
            f"{name}: ratio {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}), "
            f"checked {checked_ms:.2f} ms for {len(data):,} bytes\n"
        )


if __name__ == "__main__":
    main()
