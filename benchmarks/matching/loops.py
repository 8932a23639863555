"""The portable way at its best: a plain loop over the cryptographic library, and nothing else."""

from collections.abc import Callable, Collection
from itertools import chain
from struct import unpack

from benchmarks.matching.data import DAY, RETENTION
from dp3t.params import EPHID_BYTES, STANDARD
from dp3t.primitives import aes128_ecb, aes_ctr_keystream, hmac_sha256, sha256
from dp3t.publication.records import KeyTable

Loop = Callable[[KeyTable, Collection[bytes]], int]
"""How many keys of a table have an identifier among those heard."""

_RPIS = "16s" * 144
_DAY_BYTES = EPHID_BYTES * STANDARD.epochs_per_day
_WINDOW_BYTES = EPHID_BYTES * STANDARD.window_minutes // STANDARD.epoch_minutes


def gaen(table: KeyTable, heard: Collection[bytes]) -> int:
    """HKDF as two HMACs, and one call of AES for the 144 intervals of a key."""
    disjoint, salt, found = frozenset(heard).isdisjoint, bytes(32), 0
    for group in table.groups:
        first = group.attributes[0]
        blocks = b"".join(
            b"EN-RPI" + bytes(6) + at.to_bytes(4, "little") for at in range(first, first + 144)
        )
        for key in group:
            rpik = hmac_sha256(hmac_sha256(salt, key), b"EN-RPIK\x01")[:16]
            found += not disjoint(unpack(_RPIS, aes128_ecb(rpik, blocks)))
    return found


def lowcost(table: KeyTable, heard: Collection[bytes]) -> int:
    """One HMAC, one call of AES and one hash for each of the fourteen days of a key."""
    disjoint, found = frozenset(heard).isdisjoint, 0
    form = "16s" * STANDARD.epochs_per_day
    for group in table.groups:
        for key in group:
            days = []
            for _ in range(DAY - RETENTION, DAY):
                stream_key = hmac_sha256(key, b"broadcast key")
                days.append(unpack(form, aes_ctr_keystream(stream_key, _DAY_BYTES)))
                key = sha256(key)
            found += not disjoint(chain.from_iterable(days))
    return found


def hybrid(table: KeyTable, heard: Collection[bytes]) -> int:
    """One HMAC and one call of AES for the window of a seed."""
    disjoint, found = frozenset(heard).isdisjoint, 0
    form = "16s" * (_WINDOW_BYTES // EPHID_BYTES)
    for group in table.groups:
        for seed in group:
            stream_key = hmac_sha256(seed, b"DP3T-HYBRID")
            found += not disjoint(unpack(form, aes_ctr_keystream(stream_key, _WINDOW_BYTES)))
    return found


LOOPS: dict[str, Loop] = {"gaen": gaen, "lowcost": lowcost, "hybrid": hybrid}
