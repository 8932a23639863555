"""A chain as the board knows it: where it ends, and the digests of its last acts."""

from dp3t.facilities.act import START, ActHead, ChainEnd
from dp3t.facilities.refusal import BoardRefusal, require

REMEMBERED_ACTS = 128
"""How many of its last acts a chain knows again; an older one counts as forked [RECORD-4]."""


class Chain:
    """The acts of the authority, or of one facility, as far as the next one needs them."""

    __slots__ = ("_digests", "end")

    def __init__(self) -> None:
        self.end: ChainEnd = START
        self._digests: dict[int, bytes] = {}

    def knows(self, number: int, digest: bytes) -> bool:
        """Return whether this very act stands in the chain."""
        return self._digests.get(number) == digest

    def require_next(self, head: ActHead) -> None:
        """Raise RefusedError unless an act goes where the chain ends [RECORD-4]."""
        require(head.number >= self.end.number, BoardRefusal.FORKED)
        require(head.place == self.end, BoardRefusal.GAP)

    def add(self, number: int, digest: bytes) -> None:
        """Add the next act."""
        self.end = ChainEnd(number + 1, digest)
        self._digests[number] = digest
        self._digests.pop(number - REMEMBERED_ACTS, None)
