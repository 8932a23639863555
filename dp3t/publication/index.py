"""The index: which batches exist, and which keys sign them from now on.

It is signed like a batch. A new signing key is announced in an index that an older, trusted key
signs, so that a reader that holds one key follows every rotation [INDEX-3]. Whoever can sign an
index a reader accepts can therefore introduce keys, and a key must lose that power when it ends:
unlike a batch, an index is measured against the reader's own clock [INDEX-5].
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import LimitError, MalformedError, TooEarlyError
from dp3t.params import CLOCK_TOLERANCE_SECONDS, LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.primitives import equal, sha256
from dp3t.publication.batch import MAX_BATCH_BYTES, require_design, require_region
from dp3t.publication.signing import (
    HEADER_BYTES,
    MAX_TRUSTED_KEYS,
    SigningKey,
    TrustedKeys,
    VerificationKey,
)
from dp3t.timeline import Instant, checked_release

MAX_INDEX_BYTES = 2**20
"""The longest signed file [INDEX-2]."""

MAX_ENTRIES = 2**12
_MAX_ITEMS = 2**16
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

    Raises:
        MalformedError: an entry that no index may hold [INDEX-2].
    """

    release: Instant
    design: str
    size_bytes: int
    digest: bytes

    def __post_init__(self) -> None:
        checked_release(self.release)
        require_design(self.design)
        if not 1 <= self.size_bytes <= MAX_BATCH_BYTES:
            raise MalformedError("an index entry describes a file of impossible length")
        if len(self.digest) != _DIGEST_BYTES:
            raise MalformedError("an index entry has a digest of 32 bytes")

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
            release=Instant(fields.integer("release", 0, LAST_INSTANT)),
            design=fields.text("design", longest=MAX_NAME_LENGTH),
            size_bytes=fields.integer("size_bytes", 1, MAX_BATCH_BYTES),
            digest=fields.octets("digest"),
        )
        fields.done()
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The list of a region's batches, oldest first.

    Attributes:
        region: name of the region.
        issued: the release time of the newest slot that the index covers.
        entries: ascending by release time and design, each name once, none later than `issued`.
        keys: every key that signs now, will, or signed a batch listed; ascending by the beginning
            of their lifetime and by public key.

    Raises:
        MalformedError: an index that nobody may publish [INDEX-2].
    """

    region: str
    issued: Instant
    entries: tuple[IndexEntry, ...]
    keys: tuple[VerificationKey, ...]

    def __post_init__(self) -> None:
        require_region(self.region)
        checked_release(self.issued)
        if len(self.entries) > MAX_ENTRIES or len(self.keys) > MAX_TRUSTED_KEYS:
            raise LimitError(f"an index has at most {MAX_ENTRIES} entries, {MAX_TRUSTED_KEYS} keys")
        places = [(entry.release, entry.design) for entry in self.entries]
        if any(not before < after for before, after in pairwise(places)):
            raise MalformedError("the index entries are not in ascending order")
        if places and places[-1][0] > self.issued:
            raise MalformedError("the index lists a batch released after it was issued")
        if tuple(TrustedKeys(self.keys)) != self.keys:
            raise MalformedError("the index keys are not in ascending order")

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
        value = decode(payload, limit_bytes=MAX_INDEX_BYTES, limit_items=_MAX_ITEMS)
        fields = Fields(value, what="the index")
        fields.version(_VERSION)
        entries = fields.items("entries", most=MAX_ENTRIES)
        keys = fields.items("keys", most=MAX_TRUSTED_KEYS)
        index = cls(
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            issued=Instant(fields.integer("issued", 0, LAST_INSTANT)),
            entries=tuple(IndexEntry.from_value(item) for item in entries),
            keys=tuple(VerificationKey.from_value(item) for item in keys),
        )
        fields.done()
        return index

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file.

        Raises:
            UnknownKeyError: the key may not speak for `issued`.
            LimitError: more bytes than an index may have.
        """
        key.public().require_valid_at(self.issued)
        payload = self.encode()
        if HEADER_BYTES + len(payload) > MAX_INDEX_BYTES:
            raise LimitError("too many entries for one index")
        return key.sign(payload, context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys, now: Instant) -> "Index":
        """Verify and return a signed index [INDEX-2] [INDEX-5] [INDEX-6].

        Args:
            data: the signed file.
            trusted: the keys of this region that the reader trusts.
            now: the reader's own time.

        Raises:
            MalformedError: the bytes are not a signed index.
            VerificationError: not signed by a trusted key that was valid when the index was issued
                and is still valid for the reader.
            TooEarlyError: issued more than two hours after `now`.
        """
        payload, key = trusted.open(data, context=_CONTEXT, limit_bytes=MAX_INDEX_BYTES)
        index = cls.decode(payload)
        key.require_valid_at(index.issued)
        key.require_valid_at(Instant(max(index.issued, now - CLOCK_TOLERANCE_SECONDS)))
        if index.issued > now + CLOCK_TOLERANCE_SECONDS:
            raise TooEarlyError("the index was issued in the future")
        return index
