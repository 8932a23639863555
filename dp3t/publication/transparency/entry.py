"""Entries: what the log says of one published file.

An entry names a file and holds the length and the SHA-256 of its exact signed bytes. Whoever
has the file can compute the entry and look for it. The log never holds the file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dp3t.codec import Fields, decode, encode
from dp3t.errors import MalformedError, VerificationError
from dp3t.params import LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.primitives import equal, sha256
from dp3t.publication.batch import BatchName, require_region
from dp3t.publication.transparency.merkle import HASH_BYTES, leaf_hash
from dp3t.timeline import Instant

MAX_ENTRY_BYTES = 256
"""The longest entry [TRANSPARENCY-6]."""

MAX_FILE_BYTES = 2**32 - 1
MAX_FILE_NAME_LENGTH = 32
BATCH_KIND = "batch"
_VERSION = 1
_KIND = re.compile(r"[a-z][a-z-]{0,15}", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One published file, as the log has it.

    Attributes:
        kind: what the file is: 1 to 16 of a to z and hyphen, beginning with a letter.
        region: name of the region, 1 to 16 of A to Z, 0 to 9 and hyphen.
        name: what its kind calls it, a batch by its design; 1 to 32 of a to z, 0 to 9 and hyphen.
        moment: from when on it is public; of a batch the release time.
        size_bytes: length of the signed file, 1 to 2**32 - 1.
        digest: SHA-256 of the signed file.

    Raises:
        MalformedError: an entry that no log may hold [TRANSPARENCY-6].
    """

    kind: str
    region: str
    name: str
    moment: Instant
    size_bytes: int
    digest: bytes

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise MalformedError("a kind is named by 1 to 16 of a to z and hyphen")
        require_region(self.region)
        if not _NAME.fullmatch(self.name):
            raise MalformedError("a file is named by 1 to 32 of a to z, 0 to 9 and hyphen")
        if not 0 <= self.moment <= LAST_INSTANT:
            raise MalformedError("the moment of an entry lies between 1970 and 2106")
        if not 1 <= self.size_bytes <= MAX_FILE_BYTES:
            raise MalformedError("an entry describes a file of impossible length")
        if len(self.digest) != HASH_BYTES:
            raise MalformedError(f"an entry has a digest of {HASH_BYTES} bytes")

    @classmethod
    def of_file(cls, data: bytes, *, kind: str, region: str, name: str, moment: Instant) -> "Entry":
        """Describe a signed file."""
        return cls(
            kind=kind,
            region=region,
            name=name,
            moment=moment,
            size_bytes=len(data),
            digest=sha256(data),
        )

    @classmethod
    def of_batch(cls, data: bytes, name: BatchName) -> "Entry":
        """Describe a signed batch file."""
        return cls.of_file(
            data, kind=BATCH_KIND, region=name.region, name=name.design, moment=name.release
        )

    @property
    def slot(self) -> tuple[str, str, str, Instant]:
        """What a log holds at most one file for [TRANSPARENCY-8]."""
        return (self.kind, self.region, self.name, self.moment)

    def leaf(self) -> bytes:
        """Return the hash under which the entry stands in the tree [TRANSPARENCY-1]."""
        return leaf_hash(self.encode())

    def require_describes(self, data: bytes) -> None:
        """Raise VerificationError unless `data` is the file this entry describes."""
        if len(data) != self.size_bytes or not equal(sha256(data), self.digest):
            raise VerificationError(f"the file is not the {self.kind} that the log holds")

    def encode(self) -> bytes:
        """Return the canonical encoding [TRANSPARENCY-6]."""
        return encode(
            {
                "digest": self.digest,
                "kind": self.kind,
                "moment": self.moment,
                "name": self.name,
                "region": self.region,
                "size_bytes": self.size_bytes,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "Entry":
        """Return the entry whose canonical encoding this is [TRANSPARENCY-7].

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        fields = Fields(decode(data, limit_bytes=MAX_ENTRY_BYTES), what="an entry of the log")
        fields.version(_VERSION)
        entry = cls(
            kind=fields.text("kind", longest=MAX_NAME_LENGTH),
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            name=fields.text("name", longest=MAX_FILE_NAME_LENGTH),
            moment=Instant(fields.integer("moment", 0, LAST_INSTANT)),
            size_bytes=fields.integer("size_bytes", 1, MAX_FILE_BYTES),
            digest=fields.octets("digest"),
        )
        fields.done()
        return entry


def require_one_file_each(entries: Iterable[Entry]) -> None:
    """Check what an auditor of a whole log checks: that it names no file twice [TRANSPARENCY-8].

    Raises:
        VerificationError: two entries are of one kind, region, name and moment.
    """
    seen = set[tuple[str, str, str, Instant]]()
    for entry in entries:
        if entry.slot in seen:
            raise VerificationError(
                f"the log holds two files for {entry.kind} {entry.name} of {entry.moment}"
            )
        seen.add(entry.slot)
