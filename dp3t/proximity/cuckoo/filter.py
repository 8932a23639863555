"""The Cuckoo filter of the unlinkable design: a set of hashes in a few bytes for each.

A filter answers whether an item was among those it was built of. It never says no to one that was
[CUCKOO-16], and says yes to another one no more often than its fingerprints are sized for.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from dp3t.codec import Fields, decode, encode
from dp3t.errors import LimitError, MalformedError
from dp3t.primitives import Rand, hmac_sha256
from dp3t.proximity.cuckoo.budget import FINGERPRINT_BYTES
from dp3t.proximity.cuckoo.layout import (
    BUCKET_SLOTS,
    FINGERPRINT_SIZES,
    LOADED,
    MAX_BUCKETS_LOG2,
    MAX_SEGMENTS,
    MAX_TABLE_BYTES,
    OF_SLOTS,
    Layout,
)
from dp3t.proximity.cuckoo.table import filled_slots, occupied_slots, packed
from dp3t.proximity.kernels.engine import filters

ITEM_BYTES = 32
SALT_BYTES = 16
KEY_LABEL = b"dp3t cuckoo 1"
MAX_FILTER_BYTES = MAX_TABLE_BYTES + 2**7
"""The longest encoding [CUCKOO-12]."""
MAX_TRIES = 32

_TRIES_PER_SIZE = 4
_VERSION = 1
_MAX_ITEMS = 15  # the map, its seven names and their values


@dataclass(frozen=True, slots=True, kw_only=True)
class CuckooFilter:
    """A set of 32-byte items, as published for one batch.

    Attributes:
        batch_id: names the batch, one name for each; both ends know it, it is not encoded.
        salt: 16 bytes.
        layout: how the table is divided.
        count: how many items.
        table: the slots of all buckets back to back, big-endian; zeros where empty.

    Raises:
        MalformedError: a filter that nobody may publish [CUCKOO-11].
    """

    batch_id: bytes
    salt: bytes
    layout: Layout
    count: int
    table: bytes = field(repr=False)
    _key: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", _key_of(self.salt, self.batch_id))
        if len(self.salt) != SALT_BYTES:
            raise MalformedError("the filter's salt has not 16 bytes")
        if len(self.table) != self.layout.table_bytes:
            raise MalformedError("the filter's table does not have the length of its layout")
        if self.count * OF_SLOTS > self.layout.slots * LOADED:
            raise MalformedError("the filter is loaded beyond 19 slots in 20")
        if not self.count and self.layout != Layout(self.layout.fingerprint_bytes, 0, 0):
            raise MalformedError("a filter without items has a table")
        if _occupied(self.table, self.layout.fingerprint_bytes) != self.count:
            raise MalformedError("the filter's count is not that of its fingerprints")

    @classmethod
    def build(
        cls,
        items: Iterable[bytes],
        *,
        batch_id: bytes,
        rand: Rand,
        fingerprint_bytes: int = FINGERPRINT_BYTES,
    ) -> "CuckooFilter":
        """Return a filter of the items, each once and whatever their order [CUCKOO-17].

        An item that finds no room starts the next try, with a fresh salt [CUCKOO-8]. What is
        returned has been asked for every item [CUCKOO-14].

        Raises:
            ValueError: an item that has not 32 bytes, or a fingerprint of no length allowed.
            LimitError: more items than a filter may have, or no filter after 32 tries; a filter
                that lacks an item is never returned.
        """
        if fingerprint_bytes not in FINGERPRINT_SIZES:
            raise ValueError("a fingerprint has 1 to 8 bytes")
        members = sorted(set(items))
        if any(len(item) != ITEM_BYTES for item in members):
            raise ValueError("an item has 32 bytes")
        for tried in range(MAX_TRIES):
            layout = Layout.for_items(
                len(members), fingerprint_bytes=fingerprint_bytes, growth=tried // _TRIES_PER_SIZE
            )
            built = cls._tried(members, layout, batch_id=batch_id, salt=rand(SALT_BYTES))
            if built is not None:
                return built
        raise LimitError("the items do not fit into a filter")

    @classmethod
    def _tried(
        cls, members: list[bytes], layout: Layout, *, batch_id: bytes, salt: bytes
    ) -> "CuckooFilter | None":
        table = _table(members, layout, key=_key_of(salt, batch_id))
        if table is None:
            return None
        count = len(members)
        built = cls(batch_id=batch_id, salt=salt, layout=layout, count=count, table=table)
        return built if sum(1 for _ in built.found(members)) == len(members) else None

    def __len__(self) -> int:
        return self.count

    def __contains__(self, item: bytes) -> bool:
        return any(True for _ in self.found((item,)))

    def found(self, items: Iterable[bytes]) -> Iterator[bytes]:
        """Yield those of the 32-byte items that the filter holds, in their order [CUCKOO-9]."""
        if not self.count:
            return
        kernels = filters(len(items), asking=True) if isinstance(items, Collection) else None
        if kernels is not None and all(len(item) == ITEM_BYTES for item in items):
            yield from kernels.held(list(items), self.table, self.layout, key=self._key)
            return
        layout, width = self.layout, self.layout.fingerprint_bytes
        for item, fingerprint, bucket in layout.entries(items, key=self._key):
            word = fingerprint.to_bytes(width, "big")
            if self._holds(bucket, word) or self._holds(layout.other(bucket, fingerprint), word):
                yield item

    def _holds(self, bucket: int, word: bytes) -> bool:
        width = len(word)
        start = bucket * BUCKET_SLOTS * width
        end = start + BUCKET_SLOTS * width
        at = self.table.find(word, start, end)
        while at >= 0 and (at - start) % width:  # across two slots
            at = self.table.find(word, at + 1, end)
        return at >= 0

    def encode(self) -> bytes:
        """Return the one encoding [CUCKOO-10]."""
        return encode(
            {
                "buckets_log2": self.layout.buckets_log2,
                "count": self.count,
                "fingerprint_bytes": self.layout.fingerprint_bytes,
                "salt": self.salt,
                "segments": self.layout.segments,
                "table": self.table,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, data: bytes, *, batch_id: bytes) -> "CuckooFilter":
        """Return the filter whose encoding this is [CUCKOO-10] [CUCKOO-11].

        Raises:
            MalformedError: any other bytes; LimitError where they are too many [CUCKOO-12].
        """
        value = decode(data, limit_bytes=MAX_FILTER_BYTES, limit_items=_MAX_ITEMS)
        fields = Fields(value, what="the filter")
        fields.version(_VERSION)
        layout = Layout(
            fields.integer("fingerprint_bytes", FINGERPRINT_SIZES[0], FINGERPRINT_SIZES[-1]),
            fields.integer("buckets_log2", 0, MAX_BUCKETS_LOG2),
            fields.integer("segments", 0, MAX_SEGMENTS),
        )
        salt = fields.octets("salt", length=SALT_BYTES)
        count = fields.integer("count", 0, MAX_FILTER_BYTES)
        table = fields.octets("table")
        fields.done()
        return cls(batch_id=batch_id, salt=salt, layout=layout, count=count, table=table)


def _key_of(salt: bytes, batch_id: bytes) -> bytes:
    """Return what the items of one filter are hashed with [CUCKOO-3]."""
    return hmac_sha256(salt, KEY_LABEL + batch_id)


def _table(members: list[bytes], layout: Layout, *, key: bytes) -> bytes | None:
    """Return the table of a filter; None where an item finds no room [CUCKOO-8]."""
    kernels = filters(len(members))
    if kernels is not None:
        return kernels.table(members, layout, key=key)
    slots = filled_slots((entry[1:] for entry in layout.entries(members, key=key)), layout)
    return None if slots is None else packed(slots, layout.fingerprint_bytes)


def _occupied(table: bytes, width: int) -> int:
    """Return how many slots hold a fingerprint; MalformedError where a bucket is out of order."""
    kernels = filters(len(table) // width)
    occupied = None if kernels is None else kernels.occupied(table, width)
    return occupied_slots(table, width) if occupied is None else occupied
