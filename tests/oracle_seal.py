"""The second witness for sealed boxes: X25519, XSalsa20-Poly1305 and their `crypto_box_seal`.

Written from RFC 7748 and "Cryptography in NaCl"; `tests/house/test_oracle.py` holds it to their
printed values. BLAKE2b is the standard library's. Slow, and not for secrets.
"""

from hashlib import blake2b

from oracle_aead import OracleError as OracleError
from oracle_aead import poly1305

_PRIME = 2**255 - 19
_A24 = 121_665
_CONSTANTS = b"expand 32-byte k"
_MASK = 2**32 - 1
_COLUMNS = ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11))
_ROWS = ((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14))
BASE = (9).to_bytes(32, "little")


def x25519(scalar: bytes, point: bytes) -> bytes:
    """Return scalar times point: the Montgomery ladder of RFC 7748, section 5."""
    k = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    u = (int.from_bytes(point, "little") & (2**255 - 1)) % _PRIME
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for place in range(254, -1, -1):
        bit = k >> place & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb = d * a, c * b
        x3, z3 = (da + cb) ** 2 % _PRIME, u * (da - cb) ** 2 % _PRIME
        aa, bb = a * a % _PRIME, b * b % _PRIME
        e = aa - bb
        x2, z2 = aa * bb % _PRIME, e * (aa + _A24 * e) % _PRIME
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, _PRIME - 2, _PRIME) % _PRIME).to_bytes(32, "little")


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]


def _bytes(words: list[int]) -> bytes:
    return b"".join((word & _MASK).to_bytes(4, "little") for word in words)


def _state(key: bytes, middle: bytes) -> list[int]:
    k, n, c = _words(key), _words(middle), _words(_CONSTANTS)
    return [c[0], *k[:4], c[1], *n, c[2], *k[4:], c[3]]


def _rounds(state: list[int]) -> list[int]:
    s = list(state)
    for quarters in (_COLUMNS, _ROWS) * 10:
        for a, b, c, d in quarters:
            for target, one, other, by in (
                (b, a, d, 7),
                (c, b, a, 9),
                (d, c, b, 13),
                (a, d, c, 18),
            ):
                total = s[one] + s[other] & _MASK
                s[target] ^= (total << by | total >> 32 - by) & _MASK
    return s


def hsalsa20(key: bytes, block: bytes) -> bytes:
    """Return the 32 bytes that HSalsa20 makes of a key and 16 bytes."""
    mixed = _rounds(_state(key, block))
    return _bytes([mixed[at] for at in (0, 5, 10, 15, 6, 7, 8, 9)])


def _stream(key: bytes, nonce: bytes, length: int) -> bytes:
    """Return XSalsa20's key stream for a nonce of 24 bytes."""
    subkey, out = hsalsa20(key, nonce[:16]), b""
    for counter in range((length + 63) // 64):
        state = _state(subkey, nonce[16:] + counter.to_bytes(8, "little"))
        out += _bytes([one + other for one, other in zip(state, _rounds(state), strict=True)])
    return out[:length]


def secretbox(key: bytes, nonce: bytes, message: bytes) -> bytes:
    """Return tag and ciphertext of `crypto_secretbox`."""
    stream = _stream(key, nonce, 32 + len(message))
    encrypted = bytes(one ^ other for one, other in zip(message, stream[32:], strict=True))
    return poly1305(stream[:32], encrypted) + encrypted


def secretbox_open(key: bytes, nonce: bytes, box: bytes) -> bytes:
    """Return what is in the box.

    Raises:
        OracleError: the tag does not fit.
    """
    tag, encrypted = box[:16], box[16:]
    stream = _stream(key, nonce, 32 + len(encrypted))
    if poly1305(stream[:32], encrypted) != tag:
        raise OracleError
    return bytes(one ^ other for one, other in zip(encrypted, stream[32:], strict=True))


def box_key(private: bytes, public: bytes) -> bytes:
    """Return the key that two parties of `crypto_box` share."""
    return hsalsa20(x25519(private, public), bytes(16))


def box_nonce(ephemeral: bytes, public: bytes) -> bytes:
    """Return the nonce of a sealed box: BLAKE2b with 24 bytes of output over both public keys."""
    return blake2b(ephemeral + public, digest_size=24).digest()


def seal(public: bytes, message: bytes, ephemeral: bytes) -> bytes:
    """Return a sealed box made with this ephemeral private key."""
    own = x25519(ephemeral, BASE)
    nonce = box_nonce(own, public)
    return own + secretbox(box_key(ephemeral, public), nonce, message)


def seal_open(private: bytes, sealed: bytes) -> bytes:
    """Return what is in a sealed box.

    Raises:
        OracleError: the tag does not fit, or there is none.
    """
    if len(sealed) < 48:
        raise OracleError
    theirs, public = sealed[:32], x25519(private, BASE)
    nonce = box_nonce(theirs, public)
    return secretbox_open(box_key(private, theirs), nonce, sealed[32:])
