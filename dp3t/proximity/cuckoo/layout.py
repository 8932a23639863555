"""How a filter's table is divided, and where the fingerprint of an item may stand in it.

An item has two buckets of four slots. One bucket and the fingerprint give the other bucket, so a
fingerprint can move without its item [CUCKOO-6].
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dp3t.errors import LimitError, MalformedError
from dp3t.primitives import hmac_sha256

BUCKET_SLOTS = 4
FINGERPRINT_SIZES = range(1, 9)
MAX_BUCKETS_LOG2 = 16
MAX_SEGMENTS = 2**16
MAX_TABLE_BYTES = 2**26 - 2**13
"""The longest table; 8 KiB of a batch's 2**26 bytes are left for all else [CUCKOO-12]."""
LOADED, OF_SLOTS = 19, 20
"""At most so many of so many slots hold a fingerprint [CUCKOO-18]."""

_SEGMENTS_CHOSEN = 127  # a large table has at least 64, so rounding up costs one in 64 at most
_DIGEST = struct.Struct(">QII16x")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is divided.

    Attributes:
        fingerprint_bytes: length of a fingerprint, 1 to 8.
        buckets_log2: each segment has 2**buckets_log2 buckets, 0 to 16.
        segments: how many segments, 0 to 65,536; 0 only where there is no item.

    Raises:
        MalformedError: a length or a logarithm out of range.
        LimitError: too many segments, or too long a table [CUCKOO-12].
    """

    fingerprint_bytes: int
    buckets_log2: int
    segments: int

    def __post_init__(self) -> None:
        if self.fingerprint_bytes not in FINGERPRINT_SIZES:
            raise MalformedError("a fingerprint has 1 to 8 bytes")
        if not 0 <= self.buckets_log2 <= MAX_BUCKETS_LOG2 or self.segments < 0:
            raise MalformedError("the filter's segments or buckets are out of range")
        if self.segments > MAX_SEGMENTS or self.table_bytes > MAX_TABLE_BYTES:
            raise LimitError("too many items for one filter")

    @classmethod
    def for_items(cls, count: int, *, fingerprint_bytes: int, growth: int = 0) -> "Layout":
        """Return the layout for so many items, one 64th larger for each `growth` [CUCKOO-15]."""
        slots = -(-count * OF_SLOTS // LOADED)
        least = -(-slots // BUCKET_SLOTS)
        buckets = least + growth * max(1, least // 64)
        log2 = 0
        while (
            log2 < min(MAX_BUCKETS_LOG2, 4 * fingerprint_bytes)
            and buckets > _SEGMENTS_CHOSEN << log2
        ):
            log2 += 1
        return cls(fingerprint_bytes, log2, -(-buckets >> log2))

    @property
    def slots(self) -> int:
        """How many fingerprints fit."""
        return BUCKET_SLOTS * self.segments << self.buckets_log2

    @property
    def table_bytes(self) -> int:
        """How long the table is."""
        return self.slots * self.fingerprint_bytes

    def entries(self, items: Iterable[bytes], *, key: bytes) -> Iterator[tuple[bytes, int, int]]:
        """Yield each item with its fingerprint and its first bucket [CUCKOO-4] [CUCKOO-5]."""
        dropped_bits = 8 * (FINGERPRINT_SIZES[-1] - self.fingerprint_bytes)
        segments, log2, mask = self.segments, self.buckets_log2, (1 << self.buckets_log2) - 1
        unpack = _DIGEST.unpack
        for item in items:
            head, high, low = unpack(hmac_sha256(key, item))
            yield item, head >> dropped_bits or 1, (high * segments >> 32 << log2) | low & mask

    def other(self, bucket: int, fingerprint: int) -> int:
        """Return the other bucket of a fingerprint that may stand in this one [CUCKOO-6]."""
        log2 = self.buckets_log2
        segment = ((fingerprint >> log2) - (bucket >> log2)) % self.segments
        return segment << log2 | (bucket ^ fingerprint) & ((1 << log2) - 1)
