"""A chain as the board knows it: where it ends, and the digests of its last acts."""

from dp3t.facilities.act import START, ActHead, ChainEnd
from dp3t.facilities.refusal import BoardRefusal, require

REMEMBERED_ACTS = 32
"""How many of its last acts a chain knows again; an older one counts as forked [RECORD-4]."""


class Chain:
    """The acts of the authority, or of one facility, as far as the next one needs them."""

    __slots__ = ("_digests", "_next", "_previous")

    def __init__(self) -> None:
        self._next = START.number
        self._previous = START.previous
        self._digests: dict[int, bytes] = {}

    @property
    def end(self) -> ChainEnd:
        """Where the next act goes."""
        return ChainEnd(self._next, self._previous)

    def knows(self, number: int, digest: bytes) -> bool:
        """Return whether this very act stands in the chain."""
        return self._digests.get(number) == digest

    def require_next(self, head: ActHead) -> None:
        """Raise RefusedError unless an act goes where the chain ends [RECORD-4]."""
        require(head.number >= self._next, BoardRefusal.FORKED)
        is_next = (head.number, head.previous) == (self._next, self._previous)
        require(is_next, BoardRefusal.GAP)

    def add(self, digest: bytes) -> None:
        """Add the next act."""
        self._digests[self._next] = digest
        self._digests.pop(self._next - REMEMBERED_ACTS, None)
        self._next += 1
        self._previous = digest
