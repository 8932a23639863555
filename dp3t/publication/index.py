"""The index: which batches exist, and which keys sign them from now on.

It is signed like a batch. A new signing key is announced in an index that an older, trusted key
signs, so that a reader that holds one key follows every rotation [INDEX-3].
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import LimitError, MalformedError
from dp3t.params import LAST_INSTANT
from dp3t.primitives import equal, sha256
from dp3t.publication.batch import MAX_BATCH_BYTES, check_names
from dp3t.publication.signing import MAX_TRUSTED_KEYS, SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant, checked_release

MAX_INDEX_BYTES = 2**20
MAX_ENTRIES = 2**12
_CONTEXT = "dp3t index 1"
_VERSION = 1
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class IndexEntry:
    """One batch file.

    Attributes:
        release: its release time.
        design: its design.
        size_bytes: length of the signed file.
        digest: SHA-256 of the signed file.
    """

    release: Instant
    design: str
    size_bytes: int
    digest: bytes

    @classmethod
    def of_file(cls, data: bytes, *, design: str, release: Instant) -> "IndexEntry":
        """Describe a signed batch file."""
        return cls(release=release, design=design, size_bytes=len(data), digest=sha256(data))

    @property
    def name(self) -> str:
        """The batch's name in a URL: design, hyphen, release time [INDEX-1]."""
        return f"{self.design}-{self.release}"

    def require_describes(self, data: bytes) -> None:
        """Raise MalformedError unless `data` is the file this entry describes [INDEX-4]."""
        if len(data) != self.size_bytes or not equal(sha256(data), self.digest):
            raise MalformedError(f"batch {self.name} is not the file the index describes")

    def to_value(self) -> Value:
        """Return the entry for encoding."""
        return {
            "design": self.design,
            "digest": self.digest,
            "release": self.release,
            "size_bytes": self.size_bytes,
        }

    @classmethod
    def from_value(cls, value: Value) -> "IndexEntry":
        """Return an entry that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="an index entry")
        entry = cls(
            release=checked_release(fields.integer("release", 0, LAST_INSTANT)),
            design=fields.text("design", longest=16),
            size_bytes=fields.integer("size_bytes", 1, MAX_BATCH_BYTES + 1024),
            digest=fields.octets("digest", length=_DIGEST_BYTES),
        )
        fields.done()
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The list of a region's batches, oldest first.

    Attributes:
        region: name of the region.
        issued: the release time of the newest slot that the index covers.
        entries: ascending by release time and design, without repetition.
        keys: every key that signs now or will.
    """

    region: str
    issued: Instant
    entries: tuple[IndexEntry, ...]
    keys: tuple[VerificationKey, ...]

    @classmethod
    def of(
        cls,
        entries: Iterable[IndexEntry],
        *,
        keys: Iterable[VerificationKey],
        region: str,
        issued: Instant,
    ) -> "Index":
        """Sort entries and keys into an index."""
        return cls(
            region=region,
            issued=issued,
            entries=tuple(sorted(entries)),
            keys=tuple(TrustedKeys(keys)),
        )

    def encode(self) -> bytes:
        """Return the canonical payload, before signing [INDEX-2]."""
        return encode(
            {
                "entries": [entry.to_value() for entry in self.entries],
                "issued": self.issued,
                "keys": [key.to_value() for key in self.keys],
                "region": self.region,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, payload: bytes) -> "Index":
        """Return the index whose canonical payload this is [INDEX-2].

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        fields = Fields(decode(payload, limit_bytes=MAX_INDEX_BYTES), what="the index")
        fields.version(_VERSION)
        region = fields.text("region", longest=16)
        issued = checked_release(fields.integer("issued", 0, LAST_INSTANT))
        entries = [
            IndexEntry.from_value(item) for item in fields.items("entries", most=MAX_ENTRIES)
        ]
        keys = [
            VerificationKey.from_value(item) for item in fields.items("keys", most=MAX_TRUSTED_KEYS)
        ]
        fields.done()
        try:
            for name in {"index", *(entry.design for entry in entries)}:
                check_names(name, region)
        except ValueError as error:
            raise MalformedError(str(error)) from None
        index = cls.of(entries, keys=keys, region=region, issued=issued)
        if list(index.entries) != entries or len({entry.name for entry in entries}) < len(entries):
            raise MalformedError("the index entries are not in ascending order")
        if list(index.keys) != keys:
            raise MalformedError("the index keys are not in ascending order")
        if any(entry.release > issued for entry in entries):
            raise MalformedError("the index lists a batch released after it was issued")
        return index

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file; UnknownKeyError if the key may not speak for `issued`."""
        key.public().require_valid_at(self.issued)
        return key.sign(self.encode(), context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys) -> "Index":
        """Verify and return a signed index [INDEX-2].

        Raises:
            MalformedError: the bytes are not a signed index.
            VerificationError: not signed by a trusted key that was valid when it was issued.
        """
        if len(data) > MAX_INDEX_BYTES + 1024:
            raise LimitError("the index is too large")
        payload, key = trusted.open(data, context=_CONTEXT)
        index = cls.decode(payload)
        key.require_valid_at(index.issued)
        return index
