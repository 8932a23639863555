"""The second witness of receipts: the promise, its signature, and verdicts by counting."""

from collections.abc import Sequence

import oracle
from oracle_crypto import sha256

Record = tuple[tuple[int, ...], bytes]

_REVISIONS = {(1, 5), (2, 1), (2, 5), (3, 1), (3, 2), (3, 5)}


def promise(design: str, region: str, records: Sequence[Record], published_by: int) -> bytes:
    """Return the bytes that are signed."""
    table = oracle.msgpack_encode(oracle.key_table(oracle.key_groups(records)))
    return oracle.msgpack_encode(
        {
            "region": region,
            "records": sha256(table),
            "design": design,
            "published_by": published_by,
        }
    )


def receipt(seed: bytes, signed: bytes) -> tuple[bytes, bytes]:
    """Return key id and signature."""
    file = oracle.signed_file(seed, "dp3t receipt 1", signed)
    return file[:8], file[8:72]


def verdict(
    design: str,
    reported: Sequence[Record],
    batches: Sequence[tuple[int, Sequence[Record]]],
    *,
    published_by: int,
    complete: tuple[int, int],
) -> str:
    """Return the word for a promise."""
    words = set()
    for attributes, key in reported:
        seen = sorted(
            (release, found)
            for release, records in batches
            if release <= published_by
            for found, other in records
            if other == key and (design != "unlinkable" or found == attributes)
        )
        if not seen:
            words.add("missing")
        elif all(found != attributes for _, found in seen):
            to_come = len(seen) == 1 and _revised(design, (0, seen[0][1]), (1, attributes))
            words.add("missing" if to_come else "altered")
        elif len(seen) > 2 or (len(seen) == 2 and not _revised(design, *seen)):
            words.add("twice")
    for word in ("altered", "twice"):
        if word in words:
            return word
    if complete[0] > published_by - 259_200 or complete[1] < published_by:
        return "waiting"
    return "missing" if words else "kept"


def _revised(
    design: str, first: tuple[int, tuple[int, ...]], second: tuple[int, tuple[int, ...]]
) -> bool:
    (earlier, before), (later, after) = first, second
    types = (before[2], after[2]) if design == "gaen" else (0, 0)
    return earlier < later and before[:2] == after[:2] and types in _REVISIONS
