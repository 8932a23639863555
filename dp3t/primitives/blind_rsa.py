"""Blind RSA signatures: RSABSSA-SHA384-PSS of RFC 9474, which verify as plain RSA-PSS.

Who signs sees a number that fits every message equally well. No library that we know offers the
blind operations, so the few lines of arithmetic are here; keys and verification are the
cryptography library's. Python's integers do not compute in constant time: the private operation
therefore works on a number that is multiplied with one nobody else knows [TOKENS-7].
"""

import hashlib
from dataclasses import dataclass, field
from math import gcd

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from dp3t.errors import MalformedError, VerificationError
from dp3t.primitives.randomness import Rand, random_below

BLIND_RSA_BYTES = 256
"""The length of a modulus, a blinded message and a signature of the keys that are made here."""

BLIND_RSA_SALT_BYTES = 48
_EXPONENT = 65_537
_LEAST_BYTES, _MOST_BYTES = 256, 512
_DIGEST_BYTES = 48
_TRAILER = b"\xbc"
_HASH = hashes.SHA384()
_PSS = padding.PSS(mgf=padding.MGF1(_HASH), salt_length=BLIND_RSA_SALT_BYTES)


@dataclass(frozen=True, slots=True)
class Blinded:
    """A message on its way to who signs it, and what its owner keeps.

    Attributes:
        message: what the signer gets, as long as the modulus.
        inverse: what unblinds the answer, as long as the modulus; whoever has it can link the two.
    """

    message: bytes
    inverse: bytes = field(repr=False)


class BlindRsaPublicKey:
    """A modulus of 2,048 to 4,096 bits, with the exponent 65,537.

    Raises:
        MalformedError: a modulus of another length, or one that is even.
    """

    def __init__(self, modulus: bytes) -> None:
        number = int.from_bytes(modulus, "big")
        if not _LEAST_BYTES <= len(modulus) <= _MOST_BYTES or modulus[0] < 0x80:
            raise MalformedError("a modulus has 2,048 to 4,096 bits, the first of them set")
        if not number & 1:
            raise MalformedError("a modulus is odd")
        self._number = number
        self._length = len(modulus)
        self._key = rsa.RSAPublicNumbers(_EXPONENT, number).public_key()

    def to_bytes(self) -> bytes:
        """Return the modulus, big-endian."""
        return self._number.to_bytes(self._length, "big")

    def blind(self, message: bytes, *, rand: Rand) -> Blinded:
        """Return the message as who signs it sees it (RFC 9474, 4.2).

        The message is signed as it is: who wants the randomised variants puts 32 random bytes
        before it, so that blindness holds against a dishonest key as well.

        Raises:
            MalformedError: the modulus has a factor in common with the encoded message.
        """
        encoded = self._encoded(message, salt=rand(BLIND_RSA_SALT_BYTES))
        if gcd(encoded, self._number) != 1:
            raise MalformedError("the modulus is no product of two large primes")
        factor, inverse = random_unit(self._number, rand=rand)
        blinded = encoded * pow(factor, _EXPONENT, self._number) % self._number
        return Blinded(self._bytes(blinded), self._bytes(inverse))

    def finalize(self, message: bytes, blind_signature: bytes, *, inverse: bytes) -> bytes:
        """Return the signature of a message from the answer to its blinding (RFC 9474, 4.4).

        Raises:
            MalformedError: an answer of another length.
            VerificationError: it is no signature of what was blinded.
        """
        if len(blind_signature) != self._length:
            raise MalformedError(f"a blind signature has {self._length} bytes")
        product = int.from_bytes(blind_signature, "big") * int.from_bytes(inverse, "big")
        signature = self._bytes(product % self._number)
        self.verify(message, signature)
        return signature

    def verify(self, message: bytes, signature: bytes) -> None:
        """Check a signature as RSA-PSS: SHA-384, MGF1 with it, 48 bytes of salt.

        Raises:
            VerificationError: it does not verify.
        """
        try:
            self._key.verify(signature, message, _PSS, _HASH)
        except InvalidSignature as error:
            raise VerificationError("the RSA-PSS signature does not verify") from error

    def require_blinded(self, blinded: bytes) -> int:
        """Return the number that somebody wants signed.

        Raises:
            MalformedError: of another length, not below the modulus, or one that no honest blinding
                gives: 0, 1, the modulus less 1, or with one of its factors.
        """
        if len(blinded) != self._length:
            raise MalformedError(f"a blinded message has {self._length} bytes")
        number = int.from_bytes(blinded, "big")
        if not 1 < number < self._number - 1 or gcd(number, self._number) != 1:
            raise MalformedError("the blinded message is out of range")
        return number

    def is_signature_of(self, signature: int, message: int) -> bool:
        """Return whether one number is the other to the power of the exponent."""
        return pow(signature, _EXPONENT, self._number) == message

    def _bytes(self, number: int) -> bytes:
        return number.to_bytes(self._length, "big")

    def _encoded(self, message: bytes, *, salt: bytes) -> int:
        """Return EMSA-PSS of a message (RFC 8017, 9.1.1) for a modulus whose first bit is set."""
        hashed = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
        data = (b"\x01" + salt).rjust(self._length - _DIGEST_BYTES - len(_TRAILER), b"\0")
        mask = _mgf1(hashed, len(data))
        masked = bytes(one ^ other for one, other in zip(data, mask, strict=True))
        return int.from_bytes(bytes([masked[0] & 0x7F]) + masked[1:] + hashed + _TRAILER, "big")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BlindRsaPublicKey) and self._number == other._number

    def __hash__(self) -> int:
        return hash(self._number)

    def __repr__(self) -> str:
        return f"BlindRsaPublicKey({hashlib.sha256(self.to_bytes()).hexdigest()[:16]})"


class BlindRsaPrivateKey:
    """An RSA key that signs what it cannot read. Its repr hides it."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        numbers = key.private_numbers()
        self._key = key
        self._p, self._q = numbers.p, numbers.q
        self._dp, self._dq, self._q_inverse = numbers.dmp1, numbers.dmq1, numbers.iqmp
        modulus = numbers.public_numbers.n
        self._modulus = modulus
        self._public = BlindRsaPublicKey(modulus.to_bytes((modulus.bit_length() + 7) // 8, "big"))

    @classmethod
    def generate_from_os(cls) -> "BlindRsaPrivateKey":
        """Draw a new key of 2,048 bits; it takes about a tenth of a second."""
        return cls(rsa.generate_private_key(_EXPONENT, 8 * BLIND_RSA_BYTES))

    @classmethod
    def from_bytes(cls, data: bytes) -> "BlindRsaPrivateKey":
        """Load what `to_bytes` returned: PKCS#8 in DER, not encrypted.

        Raises:
            MalformedError: no such RSA key with the exponent 65,537.
        """
        try:
            key = serialization.load_der_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise MalformedError("no unencrypted private key in PKCS#8") from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise MalformedError("the private key is not of RSA")
        if key.private_numbers().public_numbers.e != _EXPONENT:
            raise MalformedError(f"the exponent of the private key is not {_EXPONENT}")
        return cls(key)

    def to_bytes(self) -> bytes:
        """Return the key as unencrypted PKCS#8 in DER."""
        return self._key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def public(self) -> BlindRsaPublicKey:
        """Return the public half."""
        return self._public

    def sign(self, blinded: bytes, *, rand: Rand) -> bytes:
        """Return the blind signature (RFC 9474, 4.3), the same each time [TOKENS-6] [TOKENS-7].

        Args:
            blinded: what `blind` returned to somebody.
            rand: the time this takes depends on it and not on the key with the message.

        Raises:
            MalformedError: see `require_blinded`.
            VerificationError: the computation failed; its result would give the key away.
        """
        message = self._public.require_blinded(blinded)
        factor, inverse = random_unit(self._modulus, rand=rand)
        hidden = message * pow(factor, _EXPONENT, self._modulus) % self._modulus
        signature = self._root(hidden) * inverse % self._modulus
        if not self._public.is_signature_of(signature, message):
            raise VerificationError("a blind signature came out wrong and is kept back")
        return signature.to_bytes(len(blinded), "big")

    def _root(self, number: int) -> int:
        """Return the number to the power of the private exponent, by both primes."""
        of_p, of_q = pow(number, self._dp, self._p), pow(number, self._dq, self._q)
        return of_q + (of_p - of_q) * self._q_inverse % self._p * self._q

    def __repr__(self) -> str:
        return "BlindRsaPrivateKey(hidden)"


def random_unit(modulus: int, *, rand: Rand) -> tuple[int, int]:
    """Return a uniformly random number in [1, modulus) that has an inverse, and the inverse."""
    while True:
        candidate = 1 + random_below(modulus - 1, rand=rand)
        if gcd(candidate, modulus) == 1:
            return candidate, pow(candidate, -1, modulus)


def _mgf1(seed: bytes, length: int) -> bytes:
    """Return the mask of RFC 8017, B.2.1, with SHA-384."""
    blocks = range(-(-length // _DIGEST_BYTES))
    return b"".join(
        hashlib.sha384(seed + counter.to_bytes(4, "big")).digest() for counter in blocks
    )[:length]
