"""The second witness for HPKE: RFC 9180 in base mode, X25519, HKDF-SHA256 and AES in GCM.

Written from RFC 9180 and SP 800-38D. AES, HMAC and X25519 are those of `oracle_crypto` and
`oracle_seal`; `tests/test_hpke.py` holds this to the values that were published with the RFC.
"""

from dataclasses import dataclass

from oracle_crypto import aes_ctr, aes_encrypt_block, hmac_sha256
from oracle_seal import BASE, OracleError, x25519

_KEM_SUITE = b"KEM" + (0x0020).to_bytes(2, "big")
_AES_KEY_BYTES = {1: 16, 2: 32}
"""Lengths of keys by the number of the AEAD: AES-128-GCM and AES-256-GCM."""

_REDUCTION = 0xE1 << 120


def _times(one: int, other: int) -> int:
    """Multiply in GF(2^128) as SP 800-38D, 6.3 has it: the first bit is that of x^0."""
    product = 0
    for place in range(127, -1, -1):
        if one >> place & 1:
            product ^= other
        other = other >> 1 ^ (_REDUCTION if other & 1 else 0)
    return product


def _ghash(key: int, data: bytes) -> int:
    found = 0
    for at in range(0, len(data), 16):
        found = _times(found ^ int.from_bytes(data[at : at + 16], "big"), key)
    return found


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def _tag(key: bytes, nonce: bytes, ciphertext: bytes, associated: bytes) -> bytes:
    lengths = b"".join((8 * len(each)).to_bytes(8, "big") for each in (associated, ciphertext))
    hash_key = int.from_bytes(aes_encrypt_block(key, bytes(16)), "big")
    hashed = _ghash(hash_key, _filled(associated) + _filled(ciphertext) + lengths)
    return aes_ctr(key, nonce + b"\0\0\0\1", hashed.to_bytes(16, "big"))


def gcm_seal(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes = b"") -> bytes:
    """Return ciphertext and tag."""
    ciphertext = aes_ctr(key, nonce + b"\0\0\0\2", plaintext)
    return ciphertext + _tag(key, nonce, ciphertext, associated)


def gcm_open(key: bytes, nonce: bytes, sealed: bytes, associated: bytes = b"") -> bytes:
    """Return the plaintext, or raise OracleError."""
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if len(sealed) < 16 or _tag(key, nonce, ciphertext, associated) != tag:
        raise OracleError("the tag does not fit")
    return aes_ctr(key, nonce + b"\0\0\0\2", ciphertext)


def _extract(suite: bytes, salt: bytes, label: bytes, key: bytes) -> bytes:
    return hmac_sha256(salt, b"HPKE-v1" + suite + label + key)


def _expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    block, output = b"", b""
    while len(output) < length:
        block = hmac_sha256(key, block + labelled + bytes([len(output) // 32 + 1]))
        output += block
    return output[:length]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What RFC 9180 derives for one message, under the names it has there."""

    shared_secret: bytes
    key_schedule_context: bytes
    secret: bytes
    key: bytes
    base_nonce: bytes


def _schedule(shared: bytes, info: bytes, aead: int) -> Schedule:
    suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x20, 1, aead))
    psk_id_hash = _extract(suite, b"", b"psk_id_hash", b"")
    context = b"\0" + psk_id_hash + _extract(suite, b"", b"info_hash", info)
    secret = _extract(suite, shared, b"secret", b"")
    key = _expand(suite, secret, b"key", context, _AES_KEY_BYTES[aead])
    nonce = _expand(suite, secret, b"base_nonce", context, 12)
    return Schedule(shared, context, secret, key, nonce)


def _shared(exchanged: bytes, enc: bytes, public: bytes) -> bytes:
    if not any(exchanged):
        raise OracleError("the exchange gives zeros")
    pseudorandom = _extract(_KEM_SUITE, b"", b"eae_prk", exchanged)
    return _expand(_KEM_SUITE, pseudorandom, b"shared_secret", enc + public, 32)


def public_of(private: bytes) -> bytes:
    """Return the public key of a private one."""
    return x25519(private, BASE)


def sending(ephemeral: bytes, public: bytes, info: bytes, *, aead: int = 2) -> Schedule:
    """Return what a sender with this ephemeral private key derives."""
    shared = _shared(x25519(ephemeral, public), public_of(ephemeral), public)
    return _schedule(shared, info, aead)


def receiving(private: bytes, enc: bytes, info: bytes, *, aead: int = 2) -> Schedule:
    """Return what a recipient derives, or raise OracleError."""
    return _schedule(_shared(x25519(private, enc), enc, public_of(private)), info, aead)


def seal(ephemeral: bytes, public: bytes, context: bytes, content: bytes) -> bytes:
    """Return what is sealed with this ephemeral key."""
    used = sending(ephemeral, public, context)
    return public_of(ephemeral) + gcm_seal(used.key, used.base_nonce, content)


def unseal(private: bytes, sealed: bytes, context: bytes) -> bytes:
    """Return the content of what was sealed, or raise OracleError."""
    if len(sealed) < 48:
        raise OracleError("too short")
    used = receiving(private, sealed[:32], context)
    return gcm_open(used.key, used.base_nonce, sealed[32:])
