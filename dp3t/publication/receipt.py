"""The receipt: a server's signed word that it will publish some keys, unaltered, once and soon.

It says nothing that the phone does not know, so an answer holds only the signature and the time.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dp3t.codec import Fields, Value, encode
from dp3t.errors import MalformedError
from dp3t.params import DAY_SECONDS, LAST_INSTANT
from dp3t.primitives import ED25519_SIGNATURE_BYTES, Rand, sha256
from dp3t.publication.batch import require_design, require_region
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.publication.signing import HEADER_BYTES, KEY_ID_BYTES, SigningKey, TrustedKeys
from dp3t.timeline import Instant, checked_release

GRACE_SECONDS = DAY_SECONDS
"""So long after the last release of its keys a promise is due [RECEIPT-2]."""

_CONTEXT = "dp3t receipt 1"
_MAX_SIGNED_BYTES = 512
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a receipt is signed over [RECEIPT-1].

    Attributes:
        design: name of the design.
        region: name of the region.
        records: SHA-256 of the table of the report's records.
        published_by: by when all of them are to be published; a release time.

    Raises:
        MalformedError: values that no server promises.
    """

    design: str
    region: str
    records: bytes
    published_by: Instant

    def __post_init__(self) -> None:
        require_design(self.design)
        require_region(self.region)
        checked_release(self.published_by)
        if len(self.records) != _DIGEST_BYTES:
            raise MalformedError("a promise has a digest of 32 bytes")

    @classmethod
    def of(
        cls, records: Iterable[KeyRecord], *, design: str, region: str, published_by: Instant
    ) -> "Promise":
        """Return the promise to publish some records, whatever their order."""
        digest = sha256(KeyTable.of(records).encode())
        return cls(design=design, region=region, records=digest, published_by=published_by)

    def encode(self) -> bytes:
        """Return the bytes that are signed [RECEIPT-1]."""
        return encode(
            {
                "design": self.design,
                "published_by": self.published_by,
                "records": self.records,
                "region": self.region,
            }
        )


def due_after(last_release: Instant) -> Instant:
    """Return by when keys are promised of which the last has this release [RECEIPT-2]."""
    latest = LAST_INSTANT - LAST_INSTANT % GRACE_SECONDS
    return Instant(min(last_release + GRACE_SECONDS, latest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A signature over a `Promise`, as the answer to an upload holds it.

    Attributes:
        published_by: by when all keys of the report are to be published; a release time.
        key_id: 8 bytes, names the key that signed.
        signature: 64 bytes, Ed25519.

    Raises:
        MalformedError: a value outside its range.
    """

    published_by: Instant
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        checked_release(self.published_by)
        if len(self.key_id) != KEY_ID_BYTES or len(self.signature) != ED25519_SIGNATURE_BYTES:
            raise MalformedError("a receipt has a key id of 8 bytes and a signature of 64")

    @classmethod
    def sign(cls, promise: Promise, *, key: SigningKey) -> "Receipt":
        """Return the receipt of an accepted report [RECEIPT-3].

        Args:
            promise: what the server will do.
            key: the one that signs the index of the last release.

        Raises:
            UnknownKeyError: the key may not speak for that release.
        """
        key.public().require_valid_at(_last_release(promise.published_by))
        header = key.sign(promise.encode(), context=_CONTEXT)[:HEADER_BYTES]
        return cls(
            published_by=promise.published_by,
            key_id=header[:KEY_ID_BYTES],
            signature=header[KEY_ID_BYTES:],
        )

    @classmethod
    def decoy(cls, promise: Promise, *, key: SigningKey, rand: Rand) -> "Receipt":
        """Return what a refused report gets: as long, as much work, and no promise [RECEIPT-5].

        Args:
            promise: what would have been promised.
            key: the one that would have signed.
            rand: is asked for 32 bytes, in the place of the digest of the records.

        Raises:
            UnknownKeyError: the key may not speak for the release.
        """
        nothing = Promise(
            design=promise.design,
            region=promise.region,
            records=rand(_DIGEST_BYTES),
            published_by=promise.published_by,
        )
        return cls.sign(nothing, key=key)

    def verify(
        self, records: Iterable[KeyRecord], *, design: str, region: str, trusted: TrustedKeys
    ) -> None:
        """Check that a trusted key promises to publish just these records [RECEIPT-4].

        Raises:
            UnknownKeyError: signed with another key, or one that may not speak for the release.
            VerificationError: the signature is not over this promise.
        """
        promise = Promise.of(records, design=design, region=region, published_by=self.published_by)
        signed = self.key_id + self.signature + promise.encode()
        _, key = trusted.open(signed, context=_CONTEXT, limit_bytes=_MAX_SIGNED_BYTES)
        key.require_valid_at(_last_release(self.published_by))

    def to_value(self) -> Value:
        """Return the receipt for encoding."""
        return {
            "key_id": self.key_id,
            "published_by": self.published_by,
            "signature": self.signature,
        }

    @classmethod
    def from_value(cls, value: Value) -> "Receipt":
        """Return a receipt that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the receipt")
        receipt = cls(
            published_by=Instant(fields.integer("published_by", 0, LAST_INSTANT)),
            key_id=fields.octets("key_id"),
            signature=fields.octets("signature"),
        )
        fields.done()
        return receipt


def _last_release(published_by: Instant) -> Instant:
    """Return the release that a receipt counts from; a receipt's key speaks for it."""
    return Instant(max(0, published_by - GRACE_SECONDS))
