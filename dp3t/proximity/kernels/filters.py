"""Filters of many items: from bytes to arrays for the kernels, and back."""

from collections.abc import Sequence

import numpy as np

from dp3t.primitives import sha256
from dp3t.proximity.cuckoo import table as cuckoo_table
from dp3t.proximity.cuckoo.layout import BUCKET_SLOTS, FINGERPRINT_SIZES, Layout
from dp3t.proximity.kernels import hashing
from dp3t.proximity.kernels.features import require_support
from dp3t.proximity.kernels.index import Words
from dp3t.proximity.kernels.status import UnusableError


class Filters:
    """What a filter of many items is built and asked with."""

    def table(self, items: Sequence[bytes], layout: Layout, *, key: bytes) -> bytes | None:
        """Return the table of a filter of some items; None where one finds no room [CUCKOO-8].

        Args:
            items: 32 bytes each, ascending, each once.
            layout: of the table.
            key: the filter's, 32 bytes.
        """
        slots = np.zeros(layout.slots, np.uint64)
        width = layout.fingerprint_bytes
        hashed = _hashed(items, key)
        dropped_bits = 64 - 8 * width
        moves = cuckoo_table.MAX_MOVES
        log2, segments = layout.buckets_log2, layout.segments
        if not hashing.fill(hashed, slots, dropped_bits, log2, segments, moves):
            return None
        slots.reshape(-1, BUCKET_SLOTS).sort(axis=1)
        return slots.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - width :].tobytes()

    def held(
        self, items: Sequence[bytes], table: bytes, layout: Layout, *, key: bytes
    ) -> list[bytes]:
        """Return the items of 32 bytes whose fingerprint a table holds, in their order."""
        found = np.zeros(len(items), np.uint8)
        hashing.look_up(
            _hashed(items, key),
            np.frombuffer(table, np.uint8),
            found,
            layout.fingerprint_bytes,
            layout.buckets_log2,
            layout.segments,
        )
        return [items[place] for place in np.flatnonzero(found).tolist()]

    def occupied(self, table: bytes, width: int) -> int | None:
        """Return how many slots hold a fingerprint; None where a bucket is out of order."""
        slots = np.zeros((len(table) // width, 8), np.uint8)
        slots[:, 8 - width :] = np.frombuffer(table, np.uint8).reshape(-1, width)
        buckets = slots.view(">u8").astype(np.uint64).reshape(-1, BUCKET_SLOTS)
        if (buckets[:, 1:] < buckets[:, :-1]).any():
            return None
        return int(np.count_nonzero(buckets))


def _hashed(items: Sequence[bytes], key: bytes) -> Words:
    hashed = np.zeros(hashing.DIGEST_WORDS * len(items), np.uint32)
    joined = np.frombuffer(b"".join(items), np.uint32)
    hashing.digests(np.frombuffer(key, np.uint32), joined, hashed)
    return hashed


def loaded() -> Filters:
    """Return the kernels of filters, which do what the portable path does [KERNELS-4].

    Raises:
        UnusableError: the processor lacks the instructions, or the kernels do something else.
        Exception: whatever keeps numba from compiling.
    """
    require_support()
    if not all(map(_agrees, FINGERPRINT_SIZES)):
        raise UnusableError("the kernels build or read other filters than the portable path")
    return Filters()


def _agrees(width: int) -> bool:
    """Return whether a table of known items comes out alike, and so do look-ups in it."""
    filters, key = Filters(), sha256(b"filter")
    every = sorted(sha256(number.to_bytes(2, "big")) for number in range(600))
    items = every[::2]
    layout = Layout.for_items(len(items), fingerprint_bytes=width, growth=4)
    slots = cuckoo_table.filled_slots(
        (entry[1:] for entry in layout.entries(items, key=key)), layout
    )
    table = filters.table(items, layout, key=key)
    if slots is None or table is None:
        return slots is None and table is None
    found = filters.held(every, table, layout, key=key)
    return (
        table == cuckoo_table.packed(slots, width)
        and filters.occupied(table, width) == cuckoo_table.occupied_slots(table, width)
        and found[:1] == items[:1]
        and set(items) <= set(found)
    )
