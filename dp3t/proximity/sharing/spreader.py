"""The sender's side: an identifier, one share at a time."""

from dp3t.params import EPHID_BYTES
from dp3t.primitives import Rand
from dp3t.proximity.advertisement import EphID, ServiceData
from dp3t.proximity.sharing.polynomial import drawn
from dp3t.proximity.sharing.share import TAG_BYTES, Sharing, share_of


class Spreader:
    """Shares of one identifier without end: a fresh group whenever one is used up [SHARING-5].

    Every identifier needs a spreader of its own. Nothing in it is worth saving: after a restart a
    new spreader begins a new group.
    """

    def __init__(self, identifier: EphID, *, sharing: Sharing, rand: Rand) -> None:
        """Begin with a fresh group.

        Args:
            identifier: 16 bytes, of whatever design.
            sharing: the region's.
            rand: the operating system's secure source; kept, for later groups.

        Raises:
            ValueError: an identifier of another length.
        """
        if len(identifier) != EPHID_BYTES:
            raise ValueError(f"an identifier has {EPHID_BYTES} bytes")
        self._identifier = identifier
        self._sharing = sharing
        self._rand = rand
        self._begin()

    def next(self) -> ServiceData:
        """Return the service data of the next advertisement; no two calls give the same share."""
        if self._place == self._sharing.shares:
            self._begin()
        self._place += 1
        return share_of(self._polynomial, place=self._place, tag=self._tag).encode()

    def _begin(self) -> None:
        """Draw tag and polynomial, independently of each other and of all before [SHARING-6]."""
        threshold = self._sharing.threshold
        self._tag = self._rand(TAG_BYTES)
        self._polynomial = drawn(self._identifier, threshold=threshold, rand=self._rand)
        self._place = 0
