"""The second witness's cryptography, from the standards: AES, HMAC, HKDF, Ed25519, ECDSA on P-256.

Nothing here imports the project or a cryptographic library; only SHA-2 comes from hashlib. It is
written for reading and comparing, not for speed, and it is not constant-time: it never sees a
secret that matters. Published values hold it in `tests/house/test_oracle.py`.
"""

import hashlib

# --- AES (FIPS 197), CTR mode (SP 800-38A) ------------------------------------------------------


def _xtime(a: int) -> int:
    return (a << 1) ^ (0x11B if a & 0x80 else 0)


def _gf_multiply(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = _xtime(a), b >> 1
    return product


def _sbox_entry(value: int) -> int:
    inverse = next((x for x in range(256) if _gf_multiply(value, x) == 1), 0)
    turned = [inverse << n | inverse >> (8 - n) for n in range(5)]
    return (turned[0] ^ turned[1] ^ turned[2] ^ turned[3] ^ turned[4] ^ 0x63) & 0xFF


_SBOX = bytes(_sbox_entry(value) for value in range(256))


def _round_keys(key: bytes) -> list[bytes]:
    """Expand a key of 16, 24 or 32 bytes (FIPS 197, 5.2)."""
    nk = len(key) // 4
    words = [key[4 * i : 4 * i + 4] for i in range(nk)]
    rcon = 1
    for i in range(nk, 4 * (nk + 7)):
        word = words[-1]
        if i % nk == 0:
            word = bytes(_SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ rcon]) + word[1:]
            rcon = _xtime(rcon)
        elif nk > 6 and i % nk == 4:
            word = bytes(_SBOX[b] for b in word)
        words.append(_xor(words[i - nk], word))
    return [b"".join(words[i : i + 4]) for i in range(0, len(words), 4)]


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _mix_columns(state: bytes) -> bytes:
    mixed = bytearray()
    for i in range(0, 16, 4):
        column = state[i : i + 4]
        for j in range(4):
            a, b, c, d = (column[(j + k) % 4] for k in range(4))
            mixed.append(_xtime(a) ^ _xtime(b) ^ b ^ c ^ d)
    return bytes(mixed)


def aes_encrypt_block(key: bytes, block: bytes) -> bytes:
    """Encrypt one 16-byte block with AES-128, 192 or 256."""
    first, *middle, last = _round_keys(key)
    state = _xor(block, first)
    for round_key in middle:
        state = _xor(_mix_columns(_sub_and_shift(state)), round_key)
    return _xor(_sub_and_shift(state), last)


def _sub_and_shift(state: bytes) -> bytes:
    return bytes(_SBOX[state[(5 * i) % 16]] for i in range(16))


def aes_ctr(key: bytes, counter: bytes, data: bytes) -> bytes:
    """Encrypt or decrypt in CTR mode with a 128-bit big-endian counter."""
    start, stream = int.from_bytes(counter, "big"), b""
    for i in range(-(-len(data) // 16)):
        stream += aes_encrypt_block(key, ((start + i) % 2**128).to_bytes(16, "big"))
    return _xor(data, stream[: len(data)])


# --- HMAC (RFC 2104), HKDF (RFC 5869) -----------------------------------------------------------


def sha256(data: bytes) -> bytes:
    """Return the SHA-256 digest; hashlib is the one thing both witnesses may share."""
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return HMAC-SHA256."""
    padded = (sha256(key) if len(key) > 64 else key).ljust(64, b"\0")
    inner = sha256(bytes(b ^ 0x36 for b in padded) + message)
    return sha256(bytes(b ^ 0x5C for b in padded) + inner)


def hkdf_sha256(key: bytes, info: bytes, length: int, *, salt: bytes = b"") -> bytes:
    """Return HKDF-SHA256; an empty salt stands for 32 zero bytes, as HMAC pads it."""
    pseudorandom_key, block, output = hmac_sha256(salt, key), b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac_sha256(pseudorandom_key, block + info + bytes([counter]))
        output += block
    return output[:length]


# --- Ed25519 (RFC 8032, section 5.1) ------------------------------------------------------------

_Q = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _Q) % _Q
Ed25519Point = tuple[int, int]


def ed25519_add(p: Ed25519Point, r: Ed25519Point) -> Ed25519Point:
    (x1, y1), (x2, y2) = p, r
    t = _D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + t, -1, _Q)
    y = (y1 * y2 + x1 * x2) * pow(1 - t, -1, _Q)
    return x % _Q, y % _Q


def ed25519_multiply(scalar: int, point: Ed25519Point) -> Ed25519Point:
    result = (0, 1)
    for bit in bin(scalar)[2:]:
        result = ed25519_add(result, result)
        if bit == "1":
            result = ed25519_add(result, point)
    return result


def ed25519_decode(data: bytes) -> Ed25519Point:
    number = int.from_bytes(data, "little")
    y, sign = number % 2**255, number >> 255
    x2 = (y * y - 1) * pow(_D * y * y + 1, -1, _Q) % _Q
    x = pow(x2, (_Q + 3) // 8, _Q)
    if (x * x - x2) % _Q:
        x = x * pow(2, (_Q - 1) // 4, _Q) % _Q
    if len(data) != 32 or y >= _Q or (x * x - x2) % _Q or (x == 0 and sign):
        raise ValueError("not a point")
    return (_Q - x if x & 1 != sign else x), y


def ed25519_encode(point: Ed25519Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


ED25519_BASE = ed25519_decode(bytes([0x58]) + bytes([0x66]) * 31)


def ed25519_hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def ed25519_sign(seed: bytes, message: bytes) -> tuple[bytes, bytes]:
    """Return public key and signature."""
    digest = hashlib.sha512(seed).digest()
    secret = int.from_bytes(digest[:32], "little") % 2**254 & ~7 | 2**254
    public = ed25519_encode(ed25519_multiply(secret, ED25519_BASE))
    r = ed25519_hash(digest[32:], message) % _L
    commitment = ed25519_encode(ed25519_multiply(r, ED25519_BASE))
    s = (r + ed25519_hash(commitment, public, message) * secret) % _L
    return public, commitment + s.to_bytes(32, "little")


def ed25519_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether it is right: by the equation without cofactor, and no point of small order."""
    s = int.from_bytes(signature[32:], "little")
    try:
        key, commitment = ed25519_decode(public), ed25519_decode(signature[:32])
    except ValueError:
        return False
    if (0, 1) in (ed25519_multiply(8, key), ed25519_multiply(8, commitment)):
        return False
    challenge = ed25519_hash(signature[:32], public, message) % _L
    right = ed25519_add(commitment, ed25519_multiply(challenge, key))
    return len(signature) == 64 and s < _L and ed25519_multiply(s, ED25519_BASE) == right


# --- ECDSA on P-256 (FIPS 186-5), deterministic (RFC 6979), X9.62 DER ---------------------------

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_Point = tuple[int, int] | None


def _add(p: _Point, r: _Point) -> _Point:
    if p is None or r is None:
        return p or r
    (x1, y1), (x2, y2) = p, r
    if x1 == x2 and (y1 + y2) % _P == 0:
        return None
    rise, run = (3 * x1 * x1 - 3, 2 * y1) if p == r else (y2 - y1, x2 - x1)
    slope = rise * pow(run, -1, _P)
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P


def _multiply(scalar: int, point: _Point) -> _Point:
    result: _Point = None
    for bit in bin(scalar)[2:]:
        result = _add(result, result)
        if bit == "1":
            result = _add(result, point)
    return result


def p256_public(private: int) -> bytes:
    """Return the 65-byte uncompressed point."""
    point = _multiply(private, _G)
    assert point is not None, "a private key lies between 1 and n - 1"
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def p256_nonce(private: int, message: bytes) -> int:
    """Return k of RFC 6979, section 3.2, with SHA-256."""
    digest = int.from_bytes(sha256(message), "big") % _N
    seed = private.to_bytes(32, "big") + digest.to_bytes(32, "big")
    key, value = bytes(32), b"\x01" * 32
    for mark in (b"\x00", b"\x01"):
        key = hmac_sha256(key, value + mark + seed)
        value = hmac_sha256(key, value)
    while True:
        value = hmac_sha256(key, value)
        if 1 <= int.from_bytes(value, "big") < _N:
            return int.from_bytes(value, "big")
        key = hmac_sha256(key, value + b"\x00")
        value = hmac_sha256(key, value)


def p256_sign(private: int, message: bytes) -> bytes:
    """Return the DER signature over SHA-256 of the message."""
    nonce = p256_nonce(private, message)
    point = _multiply(nonce, _G)
    assert point is not None, "the nonce lies between 1 and n - 1"
    r = point[0] % _N
    digest = int.from_bytes(sha256(message), "big")
    s = pow(nonce, -1, _N) * (digest + r * private) % _N
    return _der(0x30, _der_integer(r) + _der_integer(s))


def p256_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a strictly encoded DER signature is right for a 65-byte point."""
    if len(signature) < 8:
        return False
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    r_length = signature[3]
    r = int.from_bytes(signature[4 : 4 + r_length], "big")
    s = int.from_bytes(signature[6 + r_length :], "big")
    strict = signature == _der(0x30, _der_integer(r) + _der_integer(s))
    if (y * y - x * x * x + 3 * x - _B) % _P or not (strict and 0 < r < _N and 0 < s < _N):
        return False
    w = pow(s, -1, _N)
    digest = int.from_bytes(sha256(message), "big")
    point = _add(_multiply(digest * w % _N, _G), _multiply(r * w % _N, (x, y)))
    return point is not None and point[0] % _N == r


def _der(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def _der_integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
