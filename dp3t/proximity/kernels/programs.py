"""What kernels are built of, emitted for this processor: hashes, key schedules, groups of blocks.

Whoever imports this module has numba and a processor with AES instructions (see `engine`).
"""

from dp3t.proximity.kernels.aes import ArmAes, Form, X86Aes, schedule, two_blocks
from dp3t.proximity.kernels.features import ARM, LANES, WIDTH
from dp3t.proximity.kernels.lanes import Sha256, Vector, in_lanes
from dp3t.proximity.kernels.probe import group, lowest_bit, plain_group, reversed_bytes


def _gaen_keys(sha: Sha256, words: list[Vector]) -> list[Vector]:
    """Return RPI keys of temporary exposure keys: HKDF with an empty salt [GAEN-2].

    After the key come both states of HMAC under the salt, the same for all keys.
    """
    key, inner, outer = words[:4], words[4:12], words[12:]
    hashed = sha.compress(inner, sha.last_block(key, hashed_bytes=80))
    extracted = sha.outer(outer, hashed)
    return sha.hmac(extracted, b"EN-RPIK\x01")[:4]


def _day_stream_keys(sha: Sha256, words: list[Vector]) -> list[Vector]:
    """Return the stream keys of low-cost day keys [LOWCOST-3]."""
    return sha.hmac(words, b"broadcast key")


def _window_stream_keys(sha: Sha256, words: list[Vector]) -> list[Vector]:
    """Return the stream keys of hybrid seeds [HYBRID-3]."""
    return sha.hmac(words, b"DP3T-HYBRID")


def _next_day_keys(sha: Sha256, words: list[Vector]) -> list[Vector]:
    """Return the low-cost keys of the day after [LOWCOST-2]."""
    initial = sha.initial()
    return sha.compress(initial, sha.last_block(words, hashed_bytes=32))


def _hmac_states(sha: Sha256, words: list[Vector]) -> list[Vector]:
    """Return both states after HMAC's first block, under keys of 32 bytes."""
    return sha.keyed(words, 0x36) + sha.keyed(words, 0x5C)


def _item_digests(sha: Sha256, words: list[Vector]) -> list[Vector]:
    """Return what a filter uses of the HMAC of items of 32 bytes, from the states [CUCKOO-4]."""
    item, inner, outer = words[:8], words[8:16], words[16:]
    hashed = sha.compress(inner, sha.last_block(item, hashed_bytes=96))
    return sha.outer(outer, hashed)[:4]


def _compressed(sha: Sha256, words: list[Vector]) -> list[Vector]:
    return sha.compress(words[:8], words[8:])


ONE_BLOCK = ArmAes if ARM else X86Aes
"""AES of one block; in schedules a wider vector would wait for the same results."""
BLOCKS = two_blocks if WIDTH == 2 else ONE_BLOCK
"""AES of as many blocks as an instruction takes."""

RPI = Form(10, int.from_bytes(b"EN-RPI\0\0", "little"), 1 << 32, BLOCKS)
"""Blocks of GAEN: the interval stands little-endian in the last four bytes."""
COUNTER = Form(14, 0, 1 << 56, BLOCKS)
"""Blocks of CTR mode: the counter stands big-endian at the end; sixteen do not carry."""

gaen_keys = in_lanes(_gaen_keys, words=20, lanes=LANES)
day_stream_keys = in_lanes(_day_stream_keys, words=8, lanes=LANES)
window_stream_keys = in_lanes(_window_stream_keys, words=4, lanes=LANES)
next_day_keys = in_lanes(_next_day_keys, words=8, lanes=LANES)
hmac_states = in_lanes(_hmac_states, words=8, lanes=LANES)
item_digests = in_lanes(_item_digests, words=24, lanes=LANES)
compressed = in_lanes(_compressed, words=24, lanes=LANES)
schedule_128, schedule_256 = schedule(10, ONE_BLOCK), schedule(14, ONE_BLOCK)
rpi_group, counter_group, last_group = group(RPI), group(COUNTER), group(None)
plain_rpi_group, plain_counter_group = plain_group(RPI), plain_group(COUNTER)
lowest, swapped_word, swapped_quad = lowest_bit(), reversed_bytes(32), reversed_bytes(64)
