"""What the processor's instructions alone take for the hashes and blocks of some keys."""

from collections.abc import Callable
from time import perf_counter

from dp3t.primitives import sha256

CHUNK_BLOCKS = 2**15
"""How many blocks of SHA-256 the cryptographic library takes at once: 2 MiB."""
_CHUNK = bytes(64 * CHUNK_BLOCKS)


class Bound:
    """The seconds that nothing but hashing and encrypting takes, measured again and again.

    SHA-256 is measured in two ways, and the faster counts: many messages side by side in vectors,
    as kernels do it, and one long message through the cryptographic library, which uses the
    processor's SHA instructions where it has them.

    Attributes:
        rounds: what came out each time, in seconds.
    """

    def __init__(self, *, compressions: int, blocks: int, form: str) -> None:
        """Measure so many SHA-256 and AES blocks; `form` is "gaen" or that of a counter."""
        from dp3t.proximity.kernels import bound, features

        self.rounds: list[float] = []
        self._compressions, self._blocks = compressions, blocks
        self._only_sha256 = bound.only_sha256
        self._only_blocks = bound.only_rpis if form == "gaen" else bound.only_counters
        self._library_name = "sha_ni" if features.SHA_INSTRUCTIONS else "library"
        self._by_way: dict[str, list[float]] = {"vector": [], self._library_name: []}
        self._only_sha256(1)  # compiled before it is timed
        self._only_blocks(1)

    def measure(self) -> float:
        """Measure once more, and return the seconds."""
        ways = {
            "vector": _seconds(lambda: self._only_sha256(self._compressions)),
            self._library_name: _seconds(self._hash_by_library),
        }
        for name, seconds in ways.items():
            self._by_way[name].append(seconds)
        total = min(ways.values()) + _seconds(lambda: self._only_blocks(self._blocks))
        self.rounds.append(total)
        return total

    def sha(self) -> str:
        """Return which way of SHA-256 was the faster: "vector", "sha_ni", or another "library"."""
        return min(self._by_way, key=lambda name: min(self._by_way[name]))

    def sha_nanoseconds(self) -> dict[str, float]:
        """Return the nanoseconds of one block of SHA-256 each way, the best of all rounds."""
        return {
            name: round(1e9 * min(seconds) / self._compressions, 1)
            for name, seconds in self._by_way.items()
        }

    def _hash_by_library(self) -> None:
        for first in range(0, self._compressions, CHUNK_BLOCKS):
            left = self._compressions - first
            sha256(_CHUNK if left >= CHUNK_BLOCKS else _CHUNK[: 64 * left])


def _seconds(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start
