"""The book in which a venue keeps slips: sorted bytes, of which it can read none.

A book tells how many slips there are of each day, and nothing else: not who, not when within the
day, and not which slips belong to one person.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from dp3t.errors import LimitError, MalformedError, UnsupportedVersionError
from dp3t.presence.identity import VISIT_RETENTION_DAYS
from dp3t.presence.slip import CIPHERTEXT_BYTES, Slip
from dp3t.timeline import Day, Instant, day_of

MAX_SLIPS = 2**17
"""How many a book holds, 48.9 MB: eleven days of 11,900."""

_MAGIC = b"dp3t slips "
_HEADER = _MAGIC + b"1\n"
_DAY_BYTES = 4
_SLIP_BYTES = _DAY_BYTES + CIPHERTEXT_BYTES


@dataclass(frozen=True, slots=True)
class SlipBook:
    """The slips of one venue, or of several; `added` makes a new book.

    Attributes:
        slips: ascending by day and bytes, each once.
    """

    slips: tuple[Slip, ...] = field(default=(), repr=False)

    def added(self, slips: Iterable[Slip], *, now: Instant) -> "SlipBook":
        """Return the book with more slips, and without those that are too old [SLIP-11].

        Raises:
            LimitError: there is no room; nothing is displaced [SLIP-12].
        """
        oldest = day_of(now) - VISIT_RETENTION_DAYS
        kept = {_row(slip): slip for slip in (*self.slips, *slips) if slip.day >= oldest}
        if len(kept) > MAX_SLIPS:
            raise LimitError(f"a book has room for {MAX_SLIPS} slips")
        return SlipBook(tuple(kept[row] for row in sorted(kept)))

    def of_days(self, first: Day, last: Day) -> "SlipBook":
        """Return a book of the slips of some days, both ends included: what an authority needs."""
        return SlipBook(tuple(slip for slip in self.slips if first <= slip.day <= last))

    def encode(self) -> bytes:
        """Return the bytes of the book's file [SLIP-9]."""
        return _HEADER + b"".join(map(_row, self.slips))

    @classmethod
    def decode(cls, data: bytes) -> "SlipBook":
        """Return the book in a file [SLIP-10]; no point is checked.

        Raises:
            UnsupportedVersionError: a book of another version.
            LimitError: more slips than a book has.
            MalformedError: anything else that `encode` cannot have made.
        """
        if data.startswith(_MAGIC) and not data.startswith(_HEADER):
            raise UnsupportedVersionError("the book of slips has another version than 1")
        if not data.startswith(_HEADER) or (len(data) - len(_HEADER)) % _SLIP_BYTES:
            raise MalformedError("the file is no book of slips, or it is cut")
        if len(data) > len(_HEADER) + MAX_SLIPS * _SLIP_BYTES:
            raise LimitError(f"a book has at most {MAX_SLIPS} slips")
        starts = range(len(_HEADER), len(data), _SLIP_BYTES)
        rows = [data[at : at + _SLIP_BYTES] for at in starts]
        if any(one >= other for one, other in pairwise(rows)):
            raise MalformedError("the slips are not in ascending order")
        return cls(tuple(map(_slip, rows)))


def _row(slip: Slip) -> bytes:
    return slip.day.to_bytes(_DAY_BYTES, "big") + slip.ciphertext


def _slip(row: bytes) -> Slip:
    return Slip(Day(int.from_bytes(row[:_DAY_BYTES], "big")), row[_DAY_BYTES:])
