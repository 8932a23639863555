"""The native batch: the published keys of one design in one release slot.

Keys that share their attributes (a start day, a rolling period) form a group; the attributes stand
once per group and the keys back to back, so that a key costs little more than its own bytes. Groups
and keys are sorted, so that their order tells nothing about who uploaded them [BATCH-4].
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from dp3t.codec import Fields, decode, encode, integers
from dp3t.errors import LimitError, MalformedError
from dp3t.params import LAST_INSTANT
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Instant, checked_release

MAX_BATCH_BYTES = 2**28
MAX_GROUPS = 2**16
MAX_ATTRIBUTES = 8
KEY_SIZES = range(16, 65)
_ATTRIBUTE_RANGE = (-(2**31), 2**32 - 1)
_CONTEXT = "dp3t batch 1"
_VERSION = 1
_DESIGN = re.compile(r"[a-z]{1,16}", re.ASCII)
_REGION = re.compile(r"[A-Z0-9-]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class KeyRecord:
    """One published key as the server sees it.

    Attributes:
        attributes: what the design says beside the key, as integers.
        key: 16 to 64 bytes.
    """

    attributes: tuple[int, ...]
    key: bytes


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Keys that share their attributes, back to back and ascending."""

    attributes: tuple[int, ...]
    key_bytes: int
    keys: bytes

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
        groups: ascending by attributes.
    """

    design: str
    region: str
    release: Instant
    groups: tuple[KeyGroup, ...]

    @classmethod
    def of_records(
        cls, records: Iterable[KeyRecord], *, design: str, region: str, release: Instant
    ) -> "Batch":
        """Group and sort records; a record given twice is published once.

        Raises:
            ValueError: records of different shapes, or names outside their alphabet.
        """
        check_names(design, region)
        checked_release(release)
        by_attributes: dict[tuple[int, ...], set[bytes]] = {}
        for record in records:
            by_attributes.setdefault(record.attributes, set()).add(record.key)
        shapes = {
            (len(attributes), len(key))
            for attributes, keys in by_attributes.items()
            for key in keys
        }
        if len(shapes) > 1:
            raise ValueError("the records of a batch have one shape")
        groups = (
            KeyGroup(attributes, len(next(iter(keys))), b"".join(sorted(keys)))
            for attributes, keys in sorted(by_attributes.items())
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
        columns = list(zip(*(group.attributes for group in self.groups), strict=True))
        if columns:
            columns[0] = tuple(_differences(columns[0]))
        return encode(
            {
                "attributes": [list(column) for column in columns],
                "counts": [len(group) for group in self.groups],
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
            MalformedError: any other bytes; LimitError where they are too many.
        """
        fields = Fields(decode(payload, limit_bytes=MAX_BATCH_BYTES), what="the batch")
        fields.version(_VERSION)
        design = fields.text("design", longest=16)
        region = fields.text("region", longest=16)
        release = checked_release(fields.integer("release", 0, LAST_INSTANT))
        key_bytes = fields.integer("key_bytes", 0, KEY_SIZES.stop - 1)
        keys = fields.octets("keys")
        raw_columns = fields.items("attributes", most=MAX_ATTRIBUTES)
        counts = integers(
            fields.items("counts", most=MAX_GROUPS), lowest=1, highest=2**32 - 1, what="counts"
        )
        fields.done()
        try:
            check_names(design, region)
        except ValueError as error:
            raise MalformedError(str(error)) from None
        columns = [
            integers(
                column, lowest=_ATTRIBUTE_RANGE[0], highest=_ATTRIBUTE_RANGE[1], what="a column"
            )
            for column in raw_columns
        ]
        groups = _groups(columns, counts, key_bytes, keys)
        return cls(design=design, region=region, release=release, groups=groups)

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file.

        Raises:
            UnknownKeyError: the key may not speak for the release time.
            LimitError: more bytes or groups than a batch may have.
        """
        key.public().require_valid_at(self.release)
        payload = self.encode()
        if len(payload) > MAX_BATCH_BYTES or len(self.groups) > MAX_GROUPS:
            raise LimitError("too many keys for one batch")
        return key.sign(payload, context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys) -> "Batch":
        """Verify and return a signed batch; nothing is parsed before the signature [BATCH-3].

        Raises:
            MalformedError: the bytes are not a signed batch.
            VerificationError: not signed by a trusted key that was valid at the release time.
        """
        if len(data) > MAX_BATCH_BYTES + 1024:
            raise LimitError("the batch is too large")
        payload, key = trusted.open(data, context=_CONTEXT)
        batch = cls.decode(payload)
        key.require_valid_at(batch.release)
        return batch


def check_names(design: str, region: str) -> None:
    """Raise ValueError unless both names keep to their alphabet [BATCH-5]."""
    if not _DESIGN.fullmatch(design):
        raise ValueError("a design is named by 1 to 16 letters a to z")
    if not _REGION.fullmatch(region):
        raise ValueError("a region is named by 1 to 16 of A to Z, 0 to 9 and hyphen")


def _differences(column: tuple[int, ...]) -> Iterator[int]:
    yield column[0]
    for before, after in pairwise(column):
        yield after - before


def _groups(
    columns: list[list[int]], counts: list[int], key_bytes: int, keys: bytes
) -> tuple[KeyGroup, ...]:
    if any(len(column) != len(counts) for column in columns):
        raise MalformedError("the batch has columns of different lengths")
    if not counts:
        if columns or keys or key_bytes:
            raise MalformedError("an empty batch has neither columns nor keys")
        return ()
    if not columns or key_bytes not in KEY_SIZES:
        raise MalformedError("the batch has no columns or keys of a wrong length")
    if sum(counts) * key_bytes != len(keys):
        raise MalformedError("the counts do not add up to the keys")
    columns[0] = list(accumulate(columns[0]))
    attributes = list(zip(*columns, strict=True))
    if any(not before < after for before, after in pairwise(attributes)):
        raise MalformedError("the groups are not in ascending order")
    ends = [count * key_bytes for count in accumulate(counts)]
    groups = tuple(
        KeyGroup(values, key_bytes, keys[start:end])
        for values, start, end in zip(attributes, [0, *ends], ends, strict=False)
    )
    if any(not before < after for group in groups for before, after in pairwise(group)):
        raise MalformedError("the keys of a group are not in ascending order")
    return groups
