"""Which k and n let the near recover an identifier and keep it from the far, if any do.

A sender advertises every `interval_ms`, one share each time, n to a group. A listener hears the
advertisements that fall into its scans, each with the same probability and independently. It
succeeds if it hears k shares of one group. Where in a group the contact begins, and where in a
scan, is uniform; the results are exact averages over both, not simulations.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import expm1, log1p

from dp3t.proximity.sharing.binomial import tails
from dp3t.proximity.sharing.share import MAX_SHARES

NEAR_SUCCESS = 0.999
"""What a phone within 5 m has to reach in five minutes (white paper, page 40)."""

FAR_SUCCESS = 0.01
"""Below what an eavesdropper at 16 m has to stay (white paper, page 40)."""

MAX_ADVERTISEMENTS = 5_000

Shape = bytes
"""For each advertisement from the first that falls into a scan to the last, 1 if it does or 0."""

Counts = tuple[tuple[int, int], ...]
"""How many advertisements of a group can be heard, and of how many groups that is so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who listens, for how long, and how well.

    Attributes:
        reception: probability that an advertisement within a scan is received, 0 to 1.
        contact_ms: how long the listener is in range.
        scan_ms: length of a scan.
        scan_every_ms: from the start of one scan to the next; equal to `scan_ms` where the
            listener scans all the time.

    Raises:
        ValueError: a value outside its range.
    """

    reception: float
    contact_ms: int = 300_000
    scan_ms: int = 1
    scan_every_ms: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.reception <= 1:
            raise ValueError("a reception lies between 0 and 1")
        if not 1 <= self.scan_ms <= self.scan_every_ms or self.contact_ms < 1:
            raise ValueError("1 <= scan_ms <= scan_every_ms, and a contact lasts at least 1 ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A threshold that serves, and how well.

    Attributes:
        threshold: k.
        near_success: probability that the near listener recovers the identifier.
        far_success: probability that the far one does.
    """

    threshold: int
    near_success: float
    far_success: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one group size allows.

    Attributes:
        shares: n.
        near_most: the largest k at which the near listener succeeds; 0 if none.
        far_least: the smallest k at which the far listener fails; n + 1 if none.
        options: every k from 2 on that serves both ends; k = 1 would be no sharing.
    """

    shares: int
    near_most: int
    far_least: int
    options: tuple[Option, ...]


class Chances:
    """How likely one listener recovers an identifier, for any k and n."""

    def __init__(self, listener: Listener, *, interval_ms: int) -> None:
        """Work out what falls into the listener's scans.

        Raises:
            ValueError: an interval that is not positive, or too many advertisements in a contact.
        """
        self._shapes = _shapes(listener, interval_ms)
        self._tails = [tails(count, listener.reception) for count in range(MAX_SHARES + 1)]
        self._cases: dict[int, dict[Counts, int]] = {}

    def success(self, *, threshold: int, shares: int) -> float:
        """Return the probability to hear `threshold` shares of one group of `shares`."""
        cases = self._cases.get(shares)
        if cases is None:
            cases = self._cases[shares] = _cases(self._shapes, shares)
        total = sum(cases.values())
        return (
            sum(weight * self._any(counts, threshold) for counts, weight in cases.items()) / total
        )

    def _any(self, counts: Counts, threshold: int) -> float:
        missed = 0.0
        for count, groups in counts:
            if count >= threshold:
                caught = self._tails[count][threshold]
                if caught >= 1:
                    return 1.0
                missed += groups * log1p(-caught)
        return -expm1(missed)


def plan(
    *,
    near: Listener,
    far: Listener,
    interval_ms: int,
    shares: Iterable[int] = range(2, MAX_SHARES + 1),
    near_success: float = NEAR_SUCCESS,
    far_success: float = FAR_SUCCESS,
) -> list[Row]:
    """Return a row for each group size n.

    A k serves where the near listener's success is at least `near_success` and the far one's is
    below `far_success`. Where no row has options, no k and n do.

    Raises:
        ValueError: an n outside 2 to 255, an interval that is not positive, or more
            advertisements in a contact than are counted.
    """
    close = Chances(near, interval_ms=interval_ms)
    distant = Chances(far, interval_ms=interval_ms)
    return [_row(close, distant, count, near_success, far_success) for count in shares]


def _row(close: Chances, distant: Chances, shares: int, reach: float, limit: float) -> Row:
    if not 2 <= shares <= MAX_SHARES:
        raise ValueError("a group has 2 to 255 shares")
    near_most = far_least = 0
    for step in (128, 64, 32, 16, 8, 4, 2, 1):  # both fall as k grows, so search by halves
        k = near_most + step
        if k <= shares and close.success(threshold=k, shares=shares) >= reach:
            near_most = k
        k = far_least + step
        if k <= shares and distant.success(threshold=k, shares=shares) >= limit:
            far_least = k
    far_least += 1
    options = tuple(
        Option(
            threshold=k,
            near_success=close.success(threshold=k, shares=shares),
            far_success=distant.success(threshold=k, shares=shares),
        )
        for k in range(max(2, far_least), near_most + 1)
    )
    return Row(shares=shares, near_most=near_most, far_least=far_least, options=options)


def _shapes(listener: Listener, interval_ms: int) -> dict[Shape, int]:
    """Return what can be heard in a contact, with the weight of the phases at which that is so.

    What is heard changes only where a scan begins or ends at an advertisement, so one phase
    between each two such moments stands for all. Groups begin anywhere, so it does not matter
    where in the contact a shape lies.
    """
    if interval_ms < 1:
        raise ValueError("an advertisement interval is positive")
    sent = listener.contact_ms // interval_ms
    if sent > MAX_ADVERTISEMENTS:
        raise ValueError(f"more than {MAX_ADVERTISEMENTS} advertisements in a contact")
    scan, every = listener.scan_ms, listener.scan_every_ms
    if scan == every:
        return {b"\1" * sent: 1}
    moments = {at * interval_ms % every for at in range(sent)}
    changes = sorted({0, every} | moments | {(moment - scan) % every for moment in moments})
    found: dict[Shape, int] = {}
    for begin, end in pairwise(changes):
        doubled = range(-begin - end, 2 * sent * interval_ms - begin - end, 2 * interval_ms)
        heard = [moment % (2 * every) < 2 * scan for moment in doubled]
        shape = _trimmed(heard)
        found[shape] = found.get(shape, 0) + end - begin
    return found


def _trimmed(heard: list[bool]) -> Shape:
    if True not in heard:
        return b""
    return bytes(heard[heard.index(True) : len(heard) - heard[::-1].index(True)])


def _cases(shapes: dict[Shape, int], shares: int) -> dict[Counts, int]:
    """Return how the shapes fall into groups, wherever in a group they begin."""
    found: dict[Counts, int] = {}
    for shape, weight in shapes.items():
        heard = [0, *accumulate(shape)]
        for first in range(1, shares + 1):  # how many advertisements the first group has left
            ends = [heard[0], *heard[first::shares], heard[-1]]
            sizes: dict[int, int] = {}
            for begin, end in pairwise(ends):
                sizes[end - begin] = sizes.get(end - begin, 0) + 1
            counts = tuple(sorted(sizes.items()))
            found[counts] = found.get(counts, 0) + weight
    return found
