"""Used-lists: sealed marks, in which gates find the uses of a receipt and which they exchange.

Lists only ever grow together, and old marks leave them by their day: so gates that exchange lists
in whatever order, as often as they like, end with the same one [GATE-5].
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice, pairwise

from dp3t.arrivals.mark import MARK_BYTES, GateSecret, Mark, expiry_day_in, tag_in
from dp3t.errors import Dp3tError, LimitError, MalformedError, VerificationError
from dp3t.timeline import Day

MAX_MARKS = 2**17
"""More than six marks for every passenger of a day at the country's largest airport."""

MAX_USED_LIST_BYTES = MAX_MARKS * MARK_BYTES


@dataclass(frozen=True, slots=True)
class UsedList:
    """Sealed marks by their tag; whoever makes one from outside bytes uses `merged`."""

    _by_tag: Mapping[bytes, frozenset[bytes]]

    @classmethod
    def empty(cls) -> "UsedList":
        """Return the list of a gate that has seen nobody."""
        return cls({})

    def __len__(self) -> int:
        return sum(map(len, self._by_tag.values()))

    def require_secret(self, secret: GateSecret) -> None:
        """Raise VerificationError if the marks are of gates with another secret [GATE-16].

        One mark tells: only marks of one secret get into a list.
        """
        for mark in islice(chain.from_iterable(self._by_tag.values()), 1):
            if not _opens(mark, secret):
                raise VerificationError("the gate's marks were made with another secret of gates")

    def uses(self, tag: bytes, secret: GateSecret) -> tuple[Mark, ...]:
        """Return the uses of the receipt with this tag, the first one first [GATE-3].

        Raises:
            VerificationError: another secret than that of the marks [GATE-16].
        """
        self.require_secret(secret)
        return _in_order(self._by_tag.get(tag, ()), secret)

    def conflicts(self, secret: GateSecret) -> tuple[tuple[Mark, ...], ...]:
        """Return the uses of each receipt that was used more than once [GATE-7].

        Raises:
            VerificationError: another secret than that of the marks [GATE-16].
        """
        self.require_secret(secret)
        found = (marks for marks in self._by_tag.values() if len(marks) > 1)
        return tuple(sorted((_in_order(marks, secret) for marks in found), key=_when))

    def merged(self, sealed: Iterable[bytes], secret: GateSecret) -> tuple["UsedList", int]:
        """Return this list and other marks, and how many of those do not open [GATE-5] [GATE-6].

        Raises:
            LimitError: more marks than a list holds; this one stays as it is.
            VerificationError: another secret than that of this list's marks [GATE-16].
        """
        self.require_secret(secret)
        by_tag, refused = dict(self._by_tag), 0
        for mark in sealed:
            known = by_tag.get(tag_in(mark), frozenset())
            if mark in known:
                continue
            if _opens(mark, secret):
                by_tag[tag_in(mark)] = known | {mark}
            else:
                refused += 1
        merged = UsedList(by_tag)
        if len(merged) > MAX_MARKS:
            raise LimitError(f"a used-list holds at most {MAX_MARKS} marks")
        return merged, refused

    def kept(self, today: Day) -> "UsedList":
        """Return the list without what is to be erased by a UTC day [GATE-8]."""
        kept = {
            tag: frozenset(mark for mark in marks if today < expiry_day_in(mark))
            for tag, marks in self._by_tag.items()
        }
        return UsedList({tag: marks for tag, marks in kept.items() if marks})

    def encode(self) -> bytes:
        """Return the marks one after another, in ascending order [GATE-2]."""
        return b"".join(sorted(mark for marks in self._by_tag.values() for mark in marks))

    @classmethod
    def decode(cls, data: bytes) -> "UsedList":
        """Return a list of one's own, as `encode` wrote it; its marks are opened when needed.

        Raises:
            LimitError: more marks than a list holds.
            MalformedError: not whole marks, in ascending order, each once.
        """
        by_tag = dict[bytes, frozenset[bytes]]()
        marks = split_marks(data)
        if any(one >= other for one, other in pairwise(marks)):
            raise MalformedError("the marks of a used-list stand twice or out of order")
        for mark in marks:
            by_tag[tag_in(mark)] = by_tag.get(tag_in(mark), frozenset()) | {mark}
        return cls(by_tag)


def split_marks(data: bytes) -> list[bytes]:
    """Return the sealed marks that stand one after another.

    Raises:
        LimitError: more than a list holds.
        MalformedError: the last one is cut.
    """
    if len(data) > MAX_USED_LIST_BYTES:
        raise LimitError(f"a used-list holds at most {MAX_MARKS} marks")
    if len(data) % MARK_BYTES:
        raise MalformedError(f"marks have {MARK_BYTES} bytes each")
    return [data[at : at + MARK_BYTES] for at in range(0, len(data), MARK_BYTES)]


def _in_order(sealed: Iterable[bytes], secret: GateSecret) -> tuple[Mark, ...]:
    return tuple(sorted((Mark.open(mark, secret) for mark in sealed), key=_first_of_all))


def _first_of_all(mark: Mark) -> tuple[int, str, bytes]:
    return mark.moment, mark.gate, mark.draw


def _when(uses: tuple[Mark, ...]) -> tuple[int, str, bytes]:
    return _first_of_all(uses[0])


def _opens(sealed: bytes, secret: GateSecret) -> bool:
    try:
        Mark.open(sealed, secret)
    except Dp3tError:
        return False
    return True
