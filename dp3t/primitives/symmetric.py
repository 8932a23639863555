"""Hashes, tags, derived keys, AES, and comparison in constant time."""

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC


def equal(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)


def sha256(data: bytes) -> bytes:
    """Return the 32-byte SHA-256 digest."""
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the 32-byte HMAC-SHA256 tag."""
    return hmac.digest(key, message, "sha256")


def hkdf_sha256(key: bytes, info: bytes, length: int) -> bytes:
    """Return `length` bytes of HKDF-SHA256 (RFC 5869) with an empty salt."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(key)


def pbkdf2_sha256(password: bytes, salt: bytes, *, iterations: int, length: int) -> bytes:
    """Return `length` bytes of PBKDF2-HMAC-SHA256 (RFC 8018), slow on purpose."""
    return PBKDF2HMAC(hashes.SHA256(), length=length, salt=salt, iterations=iterations).derive(
        password
    )


def aes_ctr_keystream(key: bytes, length: int) -> bytes:
    """Return AES-CTR keystream from counter 0 (128-bit, big-endian); key of 16 or 32 bytes."""
    return aes_ctr(key, bytes(16), bytes(length))


def aes_ctr(key: bytes, initial_counter: bytes, data: bytes) -> bytes:
    """Encrypt or decrypt with AES-CTR from a 16-byte initial counter; key of 16 or 32 bytes."""
    encryptor = Cipher(algorithms.AES(key), modes.CTR(initial_counter)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def aes128_ecb(key: bytes, blocks: bytes) -> bytes:
    """Encrypt whole 16-byte blocks, each on its own: a PRF over distinct blocks."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - GAEN's RPI
    return encryptor.update(blocks) + encryptor.finalize()
