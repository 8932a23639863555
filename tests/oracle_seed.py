"""The second witness of seeds: one block of AES after the other, and numbers from its bytes."""

from collections.abc import Callable, Iterator

import oracle
from oracle_crypto import aes_encrypt_block, hmac_sha256

Draw = Callable[[int], bytes]


def _octets(seed: bytes, label: bytes) -> Iterator[int]:
    key = hmac_sha256(seed, b"dp3t seeded random 1" + label)
    for block in range(2**128):
        yield from aes_encrypt_block(key, block.to_bytes(16, "big"))


def stream(seed: bytes, label: bytes) -> Draw:
    """Return what draws the next bytes."""
    octets = _octets(seed, label)
    return lambda length: bytes(next(octets) for _ in range(length))


def label_of(purpose: str, design: str, region: str, release: int) -> bytes:
    """Return the label of a stream of a batch."""
    name = oracle.batch_name(design=design, region=region, release=release)
    return f"{purpose} ".encode() + name


def below(bound: int, draw: Draw) -> int:
    """Return a number below a bound."""
    bits = len(f"{bound:b}")
    while True:
        text = "".join(f"{octet:08b}" for octet in draw(-(-bits // 8)))
        if (number := int(text[-bits:], 2)) < bound:
            return number
