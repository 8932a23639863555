"""How long a fingerprint is, from how many false positives are wanted."""

from dp3t.proximity.cuckoo.layout import BUCKET_SLOTS, FINGERPRINT_SIZES, LOADED, OF_SLOTS

LOOKUPS = 3 * 168 * 10**4 * 1825 * 10**6
"""What a million phones look up in five years: 10**4 observations a day for 1825 days, each tested
against the 168 filters of 14 days under the hashes of up to three epochs [CUCKOO-13]."""


def false_positive_rate(fingerprint_bytes: int) -> float:
    """Return the bound on the chance that a filter holds an item it was not built of [CUCKOO-13].

    It is reached at the maximum load: eight slots, each equal with the chance that two fingerprints
    are, of which 1 is twice as likely as any other.
    """
    values = 2.0 ** (8 * fingerprint_bytes)
    return 2 * BUCKET_SLOTS * LOADED / OF_SLOTS * (1 / values + 2 / values**2)


def fingerprint_bytes_for(*, lookups: float, false_positives: float) -> int:
    """Return the least length, 1 to 8 bytes, that keeps to a budget [CUCKOO-13].

    Args:
        lookups: how many items that no filter was built of will be looked up.
        false_positives: how many of them may be found, in expectation.

    Raises:
        ValueError: no length keeps to it.
    """
    for length in FINGERPRINT_SIZES:
        if lookups * false_positive_rate(length) <= false_positives:
            return length
    raise ValueError("no fingerprint of up to 8 bytes keeps to this budget")


FINGERPRINT_BYTES = fingerprint_bytes_for(lookups=LOOKUPS, false_positives=1)
"""7: one false positive in a million users over five years."""
