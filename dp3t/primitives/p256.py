"""ECDSA on P-256, which GAEN key files are signed with."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dp3t.errors import MalformedError, VerificationError


class P256PrivateKey:
    """An ECDSA key on P-256 that signs deterministically (RFC 6979). Its repr hides it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    @classmethod
    def from_pem(cls, pem: bytes) -> "P256PrivateKey":
        """Load an unencrypted PKCS#8 or SEC 1 key.

        Raises:
            MalformedError: no unencrypted P-256 private key in PEM.
        """
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise MalformedError("no unencrypted private key in PEM") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise MalformedError("the private key is not on P-256")
        return cls(key)

    @classmethod
    def generate_from_os(cls) -> "P256PrivateKey":
        """Draw a new key from the operating system."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    def to_pem(self) -> bytes:
        """Return the key as unencrypted PKCS#8 PEM."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def public(self) -> "P256PublicKey":
        """Return the public half."""
        return P256PublicKey(self._key.public_key())

    def sign(self, message: bytes) -> bytes:
        """Return the DER signature over SHA-256 of the message."""
        return self._key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))

    def __repr__(self) -> str:
        return "P256PrivateKey(hidden)"


class P256PublicKey:
    """The public half of an ECDSA key on P-256."""

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key

    @classmethod
    def from_pem(cls, pem: bytes) -> "P256PublicKey":
        """Load a SubjectPublicKeyInfo in PEM.

        Raises:
            MalformedError: no P-256 public key in PEM.
        """
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise MalformedError("no public key in PEM") from error
        return cls._checked(key)

    @classmethod
    def from_bytes(cls, data: bytes) -> "P256PublicKey":
        """Load an X9.62 point (33 or 65 bytes) or a SubjectPublicKeyInfo in DER.

        Raises:
            MalformedError: neither, or not on P-256.
        """
        try:
            if len(data) in (33, 65):
                return cls(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data))
            return cls._checked(serialization.load_der_public_key(data))
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise MalformedError("not a P-256 public key") from error

    @classmethod
    def _checked(cls, key: object) -> "P256PublicKey":
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise MalformedError("the public key is not on P-256")
        return cls(key)

    def to_pem(self) -> bytes:
        """Return the key as SubjectPublicKeyInfo in PEM."""
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def to_bytes(self) -> bytes:
        """Return the 65-byte uncompressed X9.62 point."""
        return self._key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def verify(self, message: bytes, signature: bytes) -> None:
        """Check a DER signature over SHA-256 of the message.

        Raises:
            VerificationError: it does not verify.
        """
        try:
            self._key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise VerificationError("the ECDSA signature does not verify") from error
