"""The kernels of filters: hash items under a key, fill a table, look items up in one."""

import numpy as np
import numpy.typing as npt

from dp3t.proximity.kernels.compiling import native, pasted
from dp3t.proximity.kernels.features import LANES
from dp3t.proximity.kernels.index import Quads, Words
from dp3t.proximity.kernels.programs import (
    hmac_states,
    item_digests,
    swapped_word,
)

Bytes = npt.NDArray[np.uint8]

ITEM_WORDS = 8
"""An item has 32 bytes."""
DIGEST_WORDS = 4
"""So much of a digest is used."""
BUCKET_SLOTS = 4


@native
def digests(key: Words, items: Words, hashed: Words) -> None:
    """Write the first 16 bytes of the HMAC-SHA256 of items, as four big-endian numbers each.

    Args:
        key: 32 bytes as they stand in memory.
        items: 32 bytes each, as they stand in memory.
        hashed: room for four words an item.
    """
    taken = np.zeros((ITEM_WORDS + 16) * LANES, np.uint32)
    keys, given = np.zeros(8 * LANES, np.uint32), np.zeros(16 * LANES, np.uint32)
    for word in range(8):
        keys[word * LANES : (word + 1) * LANES] = swapped_word(key[word])
    hmac_states(keys, given)
    taken[ITEM_WORDS * LANES :] = given
    count = len(items) // ITEM_WORDS
    for first in range(0, count, LANES):
        lanes = min(LANES, count - first)
        for lane in range(lanes):
            for word in range(ITEM_WORDS):
                item = (first + lane) * ITEM_WORDS
                taken[word * LANES + lane] = swapped_word(items[item + word])
        item_digests(taken, given)
        for lane in range(lanes):
            for word in range(DIGEST_WORDS):
                hashed[(first + lane) * DIGEST_WORDS + word] = given[word * LANES + lane]


@pasted
def _entry(
    hashed: Words, item: int, dropped_bits: int, log2: int, segments: int
) -> tuple[np.uint64, np.uint64]:
    """Return the fingerprint and the first bucket of an item [CUCKOO-4] [CUCKOO-5]."""
    head = np.uint64(hashed[DIGEST_WORDS * item]) << np.uint64(32)
    head |= np.uint64(hashed[DIGEST_WORDS * item + 1])
    fingerprint = max(head >> np.uint64(dropped_bits), np.uint64(1))
    segment = np.uint64(hashed[DIGEST_WORDS * item + 2]) * np.uint64(segments) >> np.uint64(32)
    place = np.uint64(hashed[DIGEST_WORDS * item + 3]) & (
        (np.uint64(1) << np.uint64(log2)) - np.uint64(1)
    )
    return fingerprint, segment << np.uint64(log2) | place


@pasted
def _other(bucket: np.uint64, fingerprint: np.uint64, log2: int, segments: int) -> np.uint64:
    """Return the other bucket of a fingerprint [CUCKOO-6]."""
    bits, count = np.uint64(log2), np.uint64(segments)
    segment = ((fingerprint >> bits) % count + count - (bucket >> bits)) % count
    place = (bucket ^ fingerprint) & ((np.uint64(1) << bits) - np.uint64(1))
    return segment << bits | place


@native
def fill(
    hashed: Words,
    slots: Quads,
    dropped_bits: int,
    log2: int,
    segments: int,
    max_moves: int,
) -> bool:
    """Put the fingerprints of hashed items into slots as `filled_slots` does, move by move.

    Return whether each has found room.
    """
    used = np.zeros(len(slots) // BUCKET_SLOTS, np.uint8)
    turn = 0
    for item in range(len(hashed) // DIGEST_WORDS):
        fingerprint, first = _entry(hashed, item, dropped_bits, log2, segments)
        second = _other(first, fingerprint, log2, segments)
        bucket = second if used[second] < used[first] else first
        placed = False
        for _ in range(max_moves):
            if used[bucket] < BUCKET_SLOTS:
                slots[np.uint64(BUCKET_SLOTS) * bucket + np.uint64(used[bucket])] = fingerprint
                used[bucket] += 1
                placed = True
                break
            turn = (turn + 1) % BUCKET_SLOTS
            at = np.uint64(BUCKET_SLOTS) * bucket + np.uint64(turn)
            evicted = slots[at]
            slots[at] = fingerprint
            fingerprint = evicted
            bucket = _other(bucket, fingerprint, log2, segments)
        if not placed:
            return False
    return True


@pasted
def _holds(table: Bytes, width: int, bucket: np.uint64, fingerprint: np.uint64) -> bool:
    """Return whether a bucket holds a fingerprint."""
    start = np.int64(bucket) * BUCKET_SLOTS * width
    held = False
    for slot in range(BUCKET_SLOTS):
        word = np.uint64(0)
        for at in range(width):
            word = word << np.uint64(8) | np.uint64(table[start + slot * width + at])
        held |= word == fingerprint
    return held


@native
def look_up(
    hashed: Words,
    table: Bytes,
    found: Bytes,
    width: int,
    log2: int,
    segments: int,
) -> None:
    """Flag the hashed items that a table holds [CUCKOO-9]."""
    dropped_bits = 64 - 8 * width
    for item in range(len(found)):
        fingerprint, first = _entry(hashed, item, dropped_bits, log2, segments)
        second = _other(first, fingerprint, log2, segments)
        held = _holds(table, width, first, fingerprint)
        found[item] = held or _holds(table, width, second, fingerprint)
