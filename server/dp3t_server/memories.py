"""By what the server remembers the keys that it has published.

A digest takes the place of the key. Where a design lets a key be published once more with other
attributes, those that are out stay beside it until they were.
"""

import json
from collections.abc import Collection, Iterable

from dp3t.primitives import hmac_sha256
from dp3t.proximity import revisable
from dp3t.publication import KeyRecord

Memory = tuple[bytes, str | None]
"""The digest of a key, and the attributes that another report may revise [SERVER-52]."""

_DIGEST_BYTES = 32
_NUMBER_BYTES = 4


def key_digest(design: str, key: bytes, *, digest_key: bytes) -> bytes:
    """Return the 32 bytes by which a published key is remembered [SERVER-52].

    Args:
        design: name of the design.
        key: the key.
        digest_key: the 32 bytes under which codes and commitments are stored too.
    """
    return hmac_sha256(digest_key, _digest_prefix(design) + key)


def _digest_prefix(design: str) -> bytes:
    return b"dp3t key 1" + bytes([len(design)]) + design.encode()


class Memories:
    """What to remember of the keys of one batch, in ascending order of their digests.

    Attributes sit beside the digests as numbers, within the same bytes: a batch can have a million
    keys, and few of their attributes differ.

    Args:
        design: name of the design.
        records: what the batch publishes.
        final: the keys that nothing may follow any more.
        digest_key: see `key_digest`.
    """

    def __init__(
        self,
        design: str,
        records: Iterable[KeyRecord],
        *,
        final: Collection[bytes] = (),
        digest_key: bytes,
    ) -> None:
        known: dict[tuple[int, ...], bytes] = {}
        forgotten = bytes(_NUMBER_BYTES)
        prefix, may_follow = _digest_prefix(design), revisable(design)
        found = list[bytes]()
        for record in records:
            number = forgotten
            if may_follow and record.key not in final:
                number = known.get(record.attributes, b"")
                if not number:
                    number = known[record.attributes] = (len(known) + 1).to_bytes(_NUMBER_BYTES)
            found.append(hmac_sha256(digest_key, prefix + record.key) + number)
        found.sort()
        self._sorted = found
        self._attributes = (None, *map(json.dumps, known))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._sorted)

    def part(self, start: int, count: int) -> list[Memory]:
        """Return some of them, from a place on."""
        return [
            (
                each[:_DIGEST_BYTES],
                self._attributes[int.from_bytes(each[_DIGEST_BYTES:])],
            )
            for each in self._sorted[start : start + count]
        ]
