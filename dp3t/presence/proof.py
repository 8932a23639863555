"""Proofs of presence: what only who scanned an entry code can sign with, on one day.

All who were at a place on a day have one key. A signature under it says that its maker had the
place's code, and nothing of who that is.
"""

from dp3t.params import LAST_DAY
from dp3t.presence.entry import EntryCode
from dp3t.primitives import hkdf_sha256

PROOF_SEED_BYTES = 32

_INFO = b"dp3t presence proof 1"
_DAY_BYTES = 4


def presence_proof_seed(entry: EntryCode, local_day: int) -> bytes:
    """Return the seed of the key of all who had an entry code on a day: 32 bytes [PROOF-1].

    It is a secret, and tells who has it and knows the place that somebody was there [PROOF-4].

    Args:
        entry: as it was scanned, or as the place's owner shows it.
        local_day: a day as people there count it: days since 1970-01-01.

    Raises:
        ValueError: a day before 1970 or after 2106.
    """
    if not 0 <= local_day <= LAST_DAY:
        raise ValueError("a day lies between 1970 and 2106")
    info = _INFO + local_day.to_bytes(_DAY_BYTES, "big")
    return hkdf_sha256(entry.payload, info, PROOF_SEED_BYTES)
