"""The native batch: the published keys of one design in one release slot.

Keys that share their attributes (a start day, a rolling period) form a group; the attributes stand
once per group and the keys back to back, so that a key costs little more than its own bytes. Groups
and keys are sorted, so that their order tells nothing about who uploaded them [BATCH-4].
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from dp3t.codec import Fields, decode, encode
from dp3t.errors import LimitError, MalformedError
from dp3t.params import LAST_INSTANT
from dp3t.publication.columns import decode_runs, differences, encode_runs, sums
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys
from dp3t.timeline import Instant, checked_release

MAX_BATCH_BYTES = 2**26
"""The longest signed file [BATCH-7]."""

MAX_GROUPS = 2**16
MAX_ATTRIBUTES = 8
KEY_SIZES = range(16, 65)
ATTRIBUTE_LOWEST = -(2**31)
ATTRIBUTE_HIGHEST = 2**32 - 1

_MAX_ITEMS = 2**20  # no more than MAX_GROUPS for each of nine columns, and the map
_MAX_NAME_LENGTH = 16
_CONTEXT = "dp3t batch 1"
_VERSION = 1
_DESIGN = re.compile(r"[a-z]{1,16}", re.ASCII)
_REGION = re.compile(r"[A-Z0-9-]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class KeyRecord:
    """One published key as the server sees it. Its repr hides the key, which may not be public yet.

    Attributes:
        attributes: what the design says beside the key, 1 to 8 integers of -2**31 to 2**32 - 1.
        key: 16 to 64 bytes.
    """

    attributes: tuple[int, ...]
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Keys that share their attributes, back to back, ascending and each once [BATCH-4].

    Raises:
        MalformedError: a group that no batch may hold [BATCH-2].
    """

    attributes: tuple[int, ...]
    key_bytes: int
    keys: bytes = field(repr=False)

    def __post_init__(self) -> None:
        require_attributes(self.attributes)
        if self.key_bytes not in KEY_SIZES:
            raise MalformedError(f"a key has 16 to 64 bytes, not {self.key_bytes}")
        if not self.keys or len(self.keys) % self.key_bytes:
            raise MalformedError("a group is empty or ends within a key")
        if any(not before < after for before, after in pairwise(self)):
            raise MalformedError("the keys of a group are not in ascending order")

    def __len__(self) -> int:
        return len(self.keys) // self.key_bytes

    def __iter__(self) -> Iterator[bytes]:
        width = self.key_bytes
        return (self.keys[at : at + width] for at in range(0, len(self.keys), width))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a server publishes for one design at one release time.

    Attributes:
        design: name of the design, 1 to 16 letters a to z.
        region: name of the region, 1 to 16 of A to Z, 0 to 9 and hyphen.
        release: a multiple of 7200 s; only observations before it count.
        groups: ascending by attributes, at most 65,536, all of one shape.

    Raises:
        MalformedError: a batch that nobody may publish [BATCH-2].
    """

    design: str
    region: str
    release: Instant
    groups: tuple[KeyGroup, ...]

    def __post_init__(self) -> None:
        require_design(self.design)
        require_region(self.region)
        checked_release(self.release)
        if len(self.groups) > MAX_GROUPS:
            raise LimitError(f"a batch has at most {MAX_GROUPS} groups")
        if len({(len(group.attributes), group.key_bytes) for group in self.groups}) > 1:
            raise MalformedError("the records of a batch have one shape")
        if any(not before.attributes < after.attributes for before, after in pairwise(self.groups)):
            raise MalformedError("the groups are not in ascending order")

    @classmethod
    def of_records(
        cls, records: Iterable[KeyRecord], *, design: str, region: str, release: Instant
    ) -> "Batch":
        """Group and sort records; a record given twice is published once [BATCH-4].

        Raises:
            MalformedError: records of different shapes or out of range, names outside their
                alphabet, or a moment that is no release time.
        """
        grouped: dict[tuple[tuple[int, ...], int], set[bytes]] = {}
        for record in records:
            grouped.setdefault((record.attributes, len(record.key)), set()).add(record.key)
        groups = (
            KeyGroup(attributes, key_bytes, b"".join(sorted(keys)))
            for (attributes, key_bytes), keys in sorted(grouped.items())
        )
        return cls(design=design, region=region, release=release, groups=tuple(groups))

    def __len__(self) -> int:
        return sum(len(group) for group in self.groups)

    def records(self) -> Iterator[KeyRecord]:
        """Yield every record, in the order of the bytes."""
        for group in self.groups:
            for key in group:
                yield KeyRecord(group.attributes, key)

    def encode(self) -> bytes:
        """Return the canonical payload, before signing [BATCH-1]."""
        columns = zip(*(group.attributes for group in self.groups), strict=True)
        return encode(
            {
                "attributes": [encode_runs(differences(column)) for column in columns],
                "counts": encode_runs(len(group) for group in self.groups),
                "design": self.design,
                "key_bytes": self.groups[0].key_bytes if self.groups else 0,
                "keys": b"".join(group.keys for group in self.groups),
                "region": self.region,
                "release": self.release,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, payload: bytes) -> "Batch":
        """Return the batch whose canonical payload this is [BATCH-1] [BATCH-2].

        Raises:
            MalformedError: any other bytes; LimitError where they are too many [BATCH-7].
        """
        value = decode(payload, limit_bytes=MAX_BATCH_BYTES, limit_items=_MAX_ITEMS)
        fields = Fields(value, what="the batch")
        fields.version(_VERSION)
        columns = [
            sums(decode_runs(column, most=MAX_GROUPS))
            for column in fields.items("attributes", most=MAX_ATTRIBUTES)
        ]
        counts = decode_runs(fields.value("counts"), most=MAX_GROUPS)
        key_bytes = fields.integer("key_bytes", 0, KEY_SIZES.stop - 1)
        groups = _groups(columns, counts, key_bytes, fields.octets("keys"))
        batch = cls(
            design=fields.text("design", longest=_MAX_NAME_LENGTH),
            region=fields.text("region", longest=_MAX_NAME_LENGTH),
            release=Instant(fields.integer("release", 0, LAST_INSTANT)),
            groups=groups,
        )
        fields.done()
        return batch

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file.

        Raises:
            UnknownKeyError: the key may not speak for the release time.
            LimitError: more bytes than a batch may have.
        """
        key.public().require_valid_at(self.release)
        payload = self.encode()
        if HEADER_BYTES + len(payload) > MAX_BATCH_BYTES:
            raise LimitError("too many keys for one batch")
        return key.sign(payload, context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys) -> "Batch":
        """Verify and return a signed batch; nothing is parsed before the signature [BATCH-3].

        Raises:
            MalformedError: the bytes are not a signed batch.
            VerificationError: not signed by a trusted key that was valid at the release time.
        """
        payload, key = trusted.open(data, context=_CONTEXT, limit_bytes=MAX_BATCH_BYTES)
        batch = cls.decode(payload)
        key.require_valid_at(batch.release)
        return batch


def require_design(name: str) -> None:
    """Raise MalformedError unless the name of a design keeps to its alphabet [BATCH-5]."""
    if not _DESIGN.fullmatch(name):
        raise MalformedError("a design is named by 1 to 16 letters a to z")


def require_region(name: str) -> None:
    """Raise MalformedError unless the name of a region keeps to its alphabet [BATCH-5]."""
    if not _REGION.fullmatch(name):
        raise MalformedError("a region is named by 1 to 16 of A to Z, 0 to 9 and hyphen")


def require_attributes(attributes: tuple[int, ...]) -> None:
    """Raise MalformedError unless a record may have these attributes [BATCH-2]."""
    if not 1 <= len(attributes) <= MAX_ATTRIBUTES:
        raise MalformedError(f"a key has 1 to {MAX_ATTRIBUTES} attributes")
    if any(
        type(number) is not int or not ATTRIBUTE_LOWEST <= number <= ATTRIBUTE_HIGHEST
        for number in attributes
    ):
        raise MalformedError("an attribute is not an integer in range")


def _groups(
    columns: list[list[int]], counts: list[int], key_bytes: int, keys: bytes
) -> tuple[KeyGroup, ...]:
    if any(len(column) != len(counts) for column in columns):
        raise MalformedError("the batch has columns of different lengths")
    if any(count < 1 for count in counts) or sum(counts) * key_bytes != len(keys):
        raise MalformedError("the counts do not add up to the keys")
    if not counts and (columns or key_bytes):
        raise MalformedError("an empty batch has neither columns nor a length of keys")
    attributes = zip(*columns, strict=True) if columns else [()] * len(counts)
    ends = [count * key_bytes for count in accumulate(counts)]
    return tuple(
        KeyGroup(values, key_bytes, keys[start:end])
        for values, start, end in zip(attributes, [0, *ends], ends, strict=False)
    )
