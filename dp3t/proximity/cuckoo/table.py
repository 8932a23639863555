"""The slots of a filter: filled with fingerprints, written in one order, read back."""

from array import array
from collections.abc import Iterable

from dp3t.errors import MalformedError
from dp3t.proximity.cuckoo.layout import BUCKET_SLOTS, Layout

MAX_MOVES = 500
"""How many fingerprints give way to one new one before a try has failed [CUCKOO-8]."""


def filled_slots(entries: Iterable[tuple[int, int]], layout: Layout) -> "array[int] | None":
    """Return the slots, each fingerprint in one of its two buckets; None where one has no room.

    A fingerprint goes into the emptier bucket. Where both are full it takes the place of another,
    which moves to its own other bucket, and so on; the slot to clear takes turns.

    Args:
        entries: fingerprints, each with its first bucket.
        layout: of the table.
    """
    slots = array("Q", bytes(8 * layout.slots))
    used = bytearray(layout.slots // BUCKET_SLOTS)
    other, turn = layout.other, 0
    for fingerprint, first in entries:
        second = other(first, fingerprint)
        bucket = second if used[second] < used[first] else first
        for _ in range(MAX_MOVES):
            if used[bucket] < BUCKET_SLOTS:
                slots[BUCKET_SLOTS * bucket + used[bucket]] = fingerprint
                used[bucket] += 1
                break
            turn = (turn + 1) % BUCKET_SLOTS
            at = BUCKET_SLOTS * bucket + turn
            fingerprint, slots[at] = slots[at], fingerprint
            bucket = other(bucket, fingerprint)
        else:
            return None
    return slots


def packed(slots: "array[int]", width: int) -> bytes:
    """Return the table, the slots of each bucket in ascending order."""
    table = bytearray()
    for at in range(0, len(slots), BUCKET_SLOTS):
        for fingerprint in sorted(slots[at : at + BUCKET_SLOTS]):
            table += fingerprint.to_bytes(width, "big")
    return bytes(table)


def occupied_slots(table: bytes, width: int) -> int:
    """Return how many slots hold a fingerprint; MalformedError where a bucket is out of order."""
    empty, occupied = bytes(width), 0
    for start in range(0, len(table), BUCKET_SLOTS * width):
        bucket = [
            table[start + at : start + at + width] for at in range(0, BUCKET_SLOTS * width, width)
        ]
        if bucket != sorted(bucket):
            raise MalformedError("a bucket of the filter is not in ascending order")
        occupied += BUCKET_SLOTS - bucket.count(empty)
    return occupied
