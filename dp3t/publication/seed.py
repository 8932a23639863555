"""The seed of a release slot: all that is random in its files follows from these 32 bytes.

Whoever has the accepted records and the seed builds the files again, bit for bit.
"""

from typing import Literal

from dp3t.primitives import Rand, seeded_random
from dp3t.publication.batch import BatchName


def slot_random(seed: bytes, *, purpose: Literal["batch", "padding"], name: BatchName) -> Rand:
    """Return the stream of one purpose of one batch [SEED-3].

    Args:
        seed: the 32 bytes of the release slot.
        purpose: "batch" for what a design draws to build the content, "padding" for padding.
        name: the batch, so that no two share a stream even where slots share a seed.

    Raises:
        ValueError: a seed of another length.
    """
    return seeded_random(seed, label=purpose.encode("ascii") + b" " + name.encode())
