"""Signed files: an Ed25519 signature over exact bytes, by a key with a name and a lifetime.

A signed file is 8 bytes of key id, 64 bytes of signature and the payload. The signature also covers
what kind of file it is, so that an index never passes for a batch [SIGNING-2].
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import LimitError, MalformedError, UnknownKeyError
from dp3t.params import LAST_INSTANT
from dp3t.primitives import (
    ED25519_PUBLIC_BYTES,
    ED25519_SEED_BYTES,
    ED25519_SIGNATURE_BYTES,
    Rand,
    ed25519_public,
    ed25519_sign,
    ed25519_verify,
    ed25519_verify_parts,
    sha256,
)
from dp3t.publication.sources import BLOCK_BYTES, Section, Source
from dp3t.timeline import Instant

KEY_ID_BYTES = 8
MAX_TRUSTED_KEYS = 64
_MAX_ENCODED_BYTES = 2**14
HEADER_BYTES = KEY_ID_BYTES + ED25519_SIGNATURE_BYTES
"""What a signed file has before its payload [SIGNING-2]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationKey:
    """A public key and the moments it may speak for.

    Attributes:
        public: 32 bytes, Ed25519.
        valid_from: first moment it may sign for.
        valid_until: first moment it may no longer sign for.
    """

    public: bytes
    valid_from: Instant
    valid_until: Instant

    def __post_init__(self) -> None:
        if len(self.public) != ED25519_PUBLIC_BYTES:
            raise MalformedError("an Ed25519 public key has 32 bytes")
        _require_lifetime(self.valid_from, self.valid_until)

    @classmethod
    def pinned(cls, public: bytes) -> "VerificationKey":
        """Return a key of unknown lifetime, trusted for as long as the app that carries it.

        Whoever knows the lifetime builds the key with it: only then does a reader notice that an
        old key, perhaps stolen since, is past its time [SIGNING-8].
        """
        return cls(public=public, valid_from=Instant(0), valid_until=Instant(LAST_INSTANT))

    @property
    def key_id(self) -> bytes:
        """The first 8 bytes of SHA-256 of the public key [SIGNING-1]."""
        return sha256(self.public)[:KEY_ID_BYTES]

    def require_valid_at(self, moment: Instant) -> None:
        """Raise UnknownKeyError unless the key may speak for `moment` [SIGNING-4]."""
        if not self.valid_from <= moment < self.valid_until:
            raise UnknownKeyError(f"key {self.key_id.hex()} is not valid at {moment}")

    def to_value(self) -> Value:
        """Return the key for encoding."""
        return {
            "public": self.public,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
        }

    @classmethod
    def from_value(cls, value: Value) -> "VerificationKey":
        """Return a key that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="a verification key")
        key = cls(
            public=fields.octets("public", length=ED25519_PUBLIC_BYTES),
            valid_from=Instant(fields.integer("valid_from", 0, LAST_INSTANT)),
            valid_until=Instant(fields.integer("valid_until", 0, LAST_INSTANT)),
        )
        fields.done()
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key with the lifetime of its public half. Its repr hides the seed."""

    seed: bytes = field(repr=False)
    valid_from: Instant
    valid_until: Instant

    def __post_init__(self) -> None:
        if len(self.seed) != ED25519_SEED_BYTES:
            raise MalformedError("an Ed25519 seed has 32 bytes")
        _require_lifetime(self.valid_from, self.valid_until)

    @classmethod
    def generate(cls, *, valid_from: Instant, valid_until: Instant, rand: Rand) -> "SigningKey":
        """Draw a new key."""
        return cls(seed=rand(ED25519_SEED_BYTES), valid_from=valid_from, valid_until=valid_until)

    def public(self) -> VerificationKey:
        """Return what readers need."""
        return VerificationKey(
            public=ed25519_public(self.seed),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )

    def sign(self, payload: bytes, *, context: str) -> bytes:
        """Return the signed file [SIGNING-2]. `context` names the kind of file."""
        key_id = self.public().key_id
        signature = ed25519_sign(self.seed, _signed_bytes(context, key_id) + payload)
        return key_id + signature + payload


class TrustedKeys:
    """The verification keys a reader trusts, by key id; immutable.

    Where two keys have one id, the later in the order given stands.

    Raises:
        LimitError: more than 64 keys [SIGNING-6].
    """

    def __init__(self, keys: Iterable[VerificationKey] = ()) -> None:
        self._by_id = {key.key_id: key for key in keys}
        if len(self._by_id) > MAX_TRUSTED_KEYS:
            raise LimitError(f"more than {MAX_TRUSTED_KEYS} trusted keys")

    def __iter__(self) -> Iterator[VerificationKey]:
        return iter(sorted(self._by_id.values(), key=lambda key: (key.valid_from, key.public)))

    def __len__(self) -> int:
        return len(self._by_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrustedKeys) and self._by_id == other._by_id

    __hash__ = None  # type: ignore[assignment]  # equal by content, and content is not hashed

    def with_keys(self, more: Iterable[VerificationKey]) -> "TrustedKeys":
        """Return these keys and `more`; a known key keeps the lifetime it had [SIGNING-5]."""
        return TrustedKeys([*more, *self])

    def without_ended(self, *, before: Instant) -> "TrustedKeys":
        """Return these keys without those whose lifetime ended at a moment or earlier [SIGNING-7].

        A reader that keeps keys for years would else reach their limit.
        """
        return TrustedKeys(key for key in self if key.valid_until > before)

    def encode(self) -> bytes:
        """Return the keys for an app to keep [SIGNING-11]."""
        return encode([key.to_value() for key in self])

    @classmethod
    def decode(cls, data: bytes) -> "TrustedKeys":
        """Return the keys that `encode` was given [SIGNING-11].

        Raises:
            MalformedError: any other bytes.
        """
        value = decode(data, limit_bytes=_MAX_ENCODED_BYTES)
        if not isinstance(value, list):
            raise MalformedError("trusted keys are a list")
        keys = [VerificationKey.from_value(item) for item in value]
        trusted = cls(keys)
        if list(trusted) != keys:
            raise MalformedError("trusted keys stand twice or out of order")
        return trusted

    def open(self, data: bytes, *, context: str, limit_bytes: int) -> tuple[bytes, VerificationKey]:
        """Return the payload of a signed file and the key that signed it [SIGNING-3].

        The caller asks the key whether it may speak for the moment the payload names [SIGNING-4].

        Raises:
            LimitError: longer than `limit_bytes`.
            MalformedError: shorter than a header.
            UnknownKeyError: signed with a key outside this set.
            VerificationError: the signature does not verify.
        """
        signed = self._signed(data[:HEADER_BYTES], len(data), limit_bytes)
        payload = data[HEADER_BYTES:]
        message = _signed_bytes(context, signed.key_id) + payload
        ed25519_verify(signed.key.public, message, signed.signature)
        return payload, signed.key

    def open_source(
        self, source: Source, *, context: str, limit_bytes: int
    ) -> tuple[Source, VerificationKey]:
        """Do what `open` does, a part at a time, for a source that does not change."""
        signed = self._signed(source.read(0, HEADER_BYTES), source.size_bytes, limit_bytes)
        places = range(HEADER_BYTES, source.size_bytes, BLOCK_BYTES)
        blocks = (source.read(at, BLOCK_BYTES) for at in places)
        message = chain([_signed_bytes(context, signed.key_id)], blocks)
        ed25519_verify_parts(signed.key.public, message, signed.signature)
        return Section(source, HEADER_BYTES, source.size_bytes - HEADER_BYTES), signed.key

    def _signed(self, header: bytes, size_bytes: int, limit_bytes: int) -> "_Signed":
        """Return who says to have signed a file of so many bytes, or refuse it."""
        if size_bytes > limit_bytes:
            raise LimitError(f"the signed file has more than {limit_bytes} bytes")
        if len(header) < HEADER_BYTES:
            raise MalformedError("the signed file is truncated")
        key_id = header[:KEY_ID_BYTES]
        key = self._by_id.get(key_id)
        if key is None:
            raise UnknownKeyError(f"signed with the untrusted key {key_id.hex()}")
        return _Signed(key_id, header[KEY_ID_BYTES:], key)


class _Signed(NamedTuple):
    key_id: bytes
    signature: bytes
    key: VerificationKey


def _require_lifetime(valid_from: Instant, valid_until: Instant) -> None:
    if not 0 <= valid_from < valid_until <= LAST_INSTANT:
        raise MalformedError("a key is valid from a moment until a later one")


def _signed_bytes(context: str, key_id: bytes) -> bytes:
    """Return what is signed before the payload [SIGNING-2]."""
    name = context.encode("ascii")
    return bytes([len(name)]) + name + key_id
