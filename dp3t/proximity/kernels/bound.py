"""What the instructions alone take: the same hashes and blocks as in matching, and nothing else.

The bound that `benchmarks/matching` compares the kernels with.
"""

import numpy as np

from dp3t.proximity.kernels.compiling import native
from dp3t.proximity.kernels.features import LANES
from dp3t.proximity.kernels.probe import GROUP
from dp3t.proximity.kernels.programs import (
    compressed,
    plain_counter_group,
    plain_rpi_group,
)


@native
def only_sha256(compressions: int) -> int:
    """Do nothing but SHA-256 compressions, in whole vectors: what the instructions alone take."""
    words = np.zeros(24 * LANES, np.uint32)
    for _ in range(0, compressions, LANES):
        compressed(words, words)
    return int(words[0])


@native
def only_rpis(blocks: int) -> int:
    """Do nothing but encrypt GAEN's blocks, in whole groups, under one key."""
    expanded, total = np.zeros(22, np.uint64), np.uint64(0)
    for at in range(0, blocks, GROUP):
        total ^= plain_rpi_group(expanded, np.uint64(at))
    return int(total)


@native
def only_counters(blocks: int) -> int:
    """Do nothing but encrypt counters under one key of 32 bytes, in whole groups."""
    expanded, total = np.zeros(30, np.uint64), np.uint64(0)
    for at in range(0, blocks, GROUP):
        total ^= plain_counter_group(expanded, np.uint64(at))
    return int(total)
