"""The second witness for sealed states: XChaCha20-Poly1305 from the standard library alone.

Written from RFC 8439 and draft-irtf-cfrg-xchacha-03; `tests/test_phone.py` holds it to the draft's
own example. Slow, and not for secrets.
"""

from collections.abc import Iterator

_CONSTANTS = b"expand 32-byte k"
_QUARTERS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip
_MASK = 2**32 - 1
_PRIME = 2**130 - 5


class OracleError(Exception):
    """The tag does not fit."""


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]


def _bytes(words: list[int]) -> bytes:
    return b"".join((word & _MASK).to_bytes(4, "little") for word in words)


def _rotate(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _MASK


def _rounds(state: list[int]) -> list[int]:
    s = list(state)
    for _ in range(10):
        for a, b, c, d in _QUARTERS:
            for target, source, other, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8)):
                s[target] = (s[target] + s[source]) & _MASK
                s[other] = _rotate(s[other] ^ s[target], by)
            s[c] = (s[c] + s[d]) & _MASK
            s[b] = _rotate(s[b] ^ s[c], 7)
    return s


def _block(key: bytes, counter: int, nonce: bytes) -> bytes:
    state = _words(_CONSTANTS + key + counter.to_bytes(4, "little") + nonce)
    return _bytes([one + other for one, other in zip(state, _rounds(state), strict=True)])


def _hchacha20(key: bytes, nonce: bytes) -> bytes:
    mixed = _rounds(_words(_CONSTANTS + key + nonce))
    return _bytes(mixed[:4] + mixed[12:])


def poly1305(key: bytes, message: bytes) -> bytes:
    """Return the 16-byte tag of a message under a one-time key of 32 bytes."""
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at : at + 16] + b"\1", "little")) * r % _PRIME
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def _keystream(key: bytes, nonce: bytes, length: int) -> Iterator[int]:
    for counter in range(length // 64 + 1):
        yield from _block(key, counter + 1, nonce)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def xchacha20_poly1305_open(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Return what is sealed in nonce, ciphertext and tag.

    Raises:
        OracleError: the tag does not fit.
    """
    nonce, encrypted, tag = sealed[:24], sealed[24:-16], sealed[-16:]
    subkey, short = _hchacha20(key, nonce[:16]), bytes(4) + nonce[16:]
    lengths = len(associated).to_bytes(8, "little") + len(encrypted).to_bytes(8, "little")
    authenticated = _padded(associated) + _padded(encrypted) + lengths
    if poly1305(_block(subkey, 0, short)[:32], authenticated) != tag:
        raise OracleError
    stream = _keystream(subkey, short, len(encrypted))
    return bytes(one ^ other for one, other in zip(encrypted, stream, strict=False))
