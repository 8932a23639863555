"""Randomness as an argument: a source, what is drawn from it, and sources that can be repeated."""

import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from dp3t.primitives.symmetric import hmac_sha256

Rand = Callable[[int], bytes]
"""A source of randomness: `rand(n)` returns n bytes that nobody can predict."""

T = TypeVar("T")

RANDOM_SEED_BYTES = 32
_SEEDED_RANDOM = b"dp3t seeded random 1"


def random_from_os(length: int) -> bytes:
    """Return `length` bytes from the operating system."""
    return secrets.token_bytes(length)


def seeded_random(seed: bytes, *, label: bytes) -> Rand:
    """Return a source whose bytes follow from a seed, for what others shall be able to repeat.

    The stream is that of AES-256-CTR from counter 0 under HMAC-SHA256 of the seed over
    `dp3t seeded random 1` and the label; each call takes its next bytes [SEED-2].

    Args:
        seed: 32 bytes; whoever knows them knows the stream.
        label: what the stream is for; another label gives an unrelated stream.

    Raises:
        ValueError: a seed of another length.
    """
    if len(seed) != RANDOM_SEED_BYTES:
        raise ValueError(f"a seed has {RANDOM_SEED_BYTES} bytes")
    key = hmac_sha256(seed, _SEEDED_RANDOM + label)
    stream = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    return lambda length: stream.update(bytes(length))


def random_below(bound: int, *, rand: Rand) -> int:
    """Return a uniformly random integer in [0, bound), by rejection.

    Raises:
        ValueError: the bound is not positive.
    """
    if bound < 1:
        raise ValueError("a bound is positive")
    length = (bound.bit_length() + 7) // 8
    mask = (1 << bound.bit_length()) - 1
    while True:
        candidate = int.from_bytes(rand(length), "big") & mask
        if candidate < bound:
            return candidate


def shuffled(items: Sequence[T], *, rand: Rand) -> list[T]:
    """Return the items in a uniformly random order (Fisher and Yates)."""
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        chosen = random_below(last + 1, rand=rand)
        order[last], order[chosen] = order[chosen], order[last]
    return order
