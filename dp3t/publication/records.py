"""Keys as the publication storey carries them: a table in few bytes, for reports and for batches.

Keys that share their attributes (a start day, a rolling period) form a group; the attributes stand
once per group and the keys back to back, so that a key costs little more than its own bytes. Groups
and keys are sorted, so that their order tells nothing about who uploaded them [BATCH-4].
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from operator import lt
from struct import unpack
from typing import NamedTuple

from dp3t.codec import Fields, Value, encode
from dp3t.errors import LimitError, MalformedError
from dp3t.publication.columns import decode_runs, differences, encode_runs, sums
from dp3t.publication.sources import Buffer, Source, cut_out

MAX_GROUPS = 2**16
MAX_ATTRIBUTES = 8
KEY_SIZES = range(16, 65)
ATTRIBUTE_LOWEST = -(2**31)
ATTRIBUTE_HIGHEST = 2**32 - 1

_WHAT = "the table of keys"
_COMPARED_KEYS = 2**12
_MAX_ITEMS = 2**20  # no more than MAX_GROUPS for each of nine columns, and the map


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
        if not ascending(self.keys, self.key_bytes):
            raise MalformedError("the keys of a group are not in ascending order")

    def __len__(self) -> int:
        return len(self.keys) // self.key_bytes

    def __iter__(self) -> Iterator[bytes]:
        width = self.key_bytes
        return (self.keys[at : at + width] for at in range(0, len(self.keys), width))


@dataclass(frozen=True, slots=True)
class KeyTable:
    """Keys in groups.

    Attributes:
        groups: ascending by attributes, at most 65,536, all of one shape.

    Raises:
        MalformedError: a table that nobody may publish [BATCH-2].
    """

    groups: tuple[KeyGroup, ...]

    def __post_init__(self) -> None:
        if len(self.groups) > MAX_GROUPS:
            raise LimitError(f"a table of keys has at most {MAX_GROUPS} groups")
        if len({(len(group.attributes), group.key_bytes) for group in self.groups}) > 1:
            raise MalformedError("the records of a table have one shape")
        if any(not before.attributes < after.attributes for before, after in pairwise(self.groups)):
            raise MalformedError("the groups are not in ascending order")

    @classmethod
    def of(cls, records: Iterable[KeyRecord]) -> "KeyTable":
        """Group and sort records; one given twice stands once [BATCH-4].

        Raises:
            MalformedError: records of different shapes or out of range.
        """
        grouped: dict[tuple[tuple[int, ...], int], set[bytes]] = {}
        for record in records:
            grouped.setdefault((record.attributes, len(record.key)), set()).add(record.key)
        return cls(
            tuple(
                KeyGroup(attributes, key_bytes, b"".join(sorted(keys)))
                for (attributes, key_bytes), keys in sorted(grouped.items())
            )
        )

    def __len__(self) -> int:
        return sum(len(group) for group in self.groups)

    def __iter__(self) -> Iterator[KeyRecord]:
        for group in self.groups:
            for key in group:
                yield KeyRecord(group.attributes, key)

    def to_value(self) -> Value:
        """Return the table for encoding [BATCH-6]."""
        columns = zip(*(group.attributes for group in self.groups), strict=True)
        return {
            "attributes": [encode_runs(differences(column)) for column in columns],
            "counts": encode_runs(len(group) for group in self.groups),
            "key_bytes": self.groups[0].key_bytes if self.groups else 0,
            "keys": b"".join(group.keys for group in self.groups),
        }

    @classmethod
    def from_value(cls, value: Value) -> "KeyTable":
        """Return a table that `to_value` described; MalformedError otherwise [BATCH-2]."""
        fields = Fields(value, what=_WHAT)
        keys = fields.octets("keys")
        return cls._of(take_rows(fields, len(keys)), Buffer(keys))

    @classmethod
    def _of(cls, rows: "Rows", keys: Source) -> "KeyTable":
        ends = accumulate(count for _, count in rows.groups)
        width = rows.key_bytes
        return cls(
            tuple(
                KeyGroup(attributes, width, keys.read((end - count) * width, count * width))
                for (attributes, count), end in zip(rows.groups, ends, strict=True)
            )
        )

    def encode(self) -> bytes:
        """Return the canonical encoding."""
        return encode(self.to_value())

    @classmethod
    def decode(cls, data: bytes) -> "KeyTable":
        """Return the table whose canonical encoding this is; MalformedError otherwise."""
        return cls._of(*read_rows(Buffer(data)))


class Rows(NamedTuple):
    """What a table says beside its keys.

    Attributes:
        key_bytes: how long a key is; 0 where there is none.
        groups: the attributes of each group, and how many keys it has; not yet known to ascend.
    """

    key_bytes: int
    groups: list[tuple[tuple[int, ...], int]]


def read_rows(source: Source) -> tuple[Rows, Source]:
    """Return what an encoded table says beside its keys, and where these stand [BATCH-2]."""
    value, keys = cut_out(source, "keys", limit_items=_MAX_ITEMS)
    fields = Fields(value, what=_WHAT)
    fields.octets("keys")
    return take_rows(fields, keys.size_bytes), keys


def require_attributes(attributes: tuple[int, ...]) -> None:
    """Raise MalformedError unless a record may have these attributes [BATCH-2]."""
    if not 1 <= len(attributes) <= MAX_ATTRIBUTES:
        raise MalformedError(f"a key has 1 to {MAX_ATTRIBUTES} attributes")
    if any(
        type(number) is not int or not ATTRIBUTE_LOWEST <= number <= ATTRIBUTE_HIGHEST
        for number in attributes
    ):
        raise MalformedError("an attribute is not an integer in range")


def take_rows(fields: Fields, bytes_of_keys: int) -> Rows:
    """Take all fields of a table but its keys, of which there are so many bytes [BATCH-2]."""
    key_bytes = fields.integer("key_bytes", 0, KEY_SIZES.stop - 1)
    attributes, rows = fields.items("attributes", most=MAX_ATTRIBUTES), fields.value("counts")
    fields.done()
    if not key_bytes and (bytes_of_keys or attributes or rows):
        raise MalformedError("only an empty table has keys of no bytes")
    # A group has a key at least, so a run that claims more rows than keys is not written out.
    most = min(MAX_GROUPS, bytes_of_keys // key_bytes) if key_bytes else 0
    counts = decode_runs(rows, most=most)
    columns = [sums(decode_runs(column, most=most)) for column in attributes]
    if any(len(column) != len(counts) for column in columns):
        raise MalformedError("the table has columns of different lengths")
    if any(count < 1 for count in counts) or sum(counts) * key_bytes != bytes_of_keys:
        raise MalformedError("the counts do not add up to the keys")
    if not counts and (columns or key_bytes):
        raise MalformedError("an empty table has neither columns nor a length of keys")
    values = list(zip(*columns, strict=True)) if columns else [()] * len(counts)
    return Rows(key_bytes, list(zip(values, counts, strict=True)))


def ascending(keys: bytes, width: int) -> bool:
    """Return whether keys of a width that stand back to back ascend, each once."""
    for at in range(0, len(keys), _COMPARED_KEYS * width):
        part = keys[at : at + (_COMPARED_KEYS + 1) * width]
        column = unpack(f"{width}s" * (len(part) // width), part)
        if not all(map(lt, column, column[1:])):
            return False
    return True
