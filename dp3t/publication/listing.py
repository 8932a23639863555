"""What an index lists: published files by name, length, digest and place in the log.

Files of the newest two days stand in the index itself, older ones in a list for each day that no
longer changes, so that a phone that looks every two hours fetches few bytes [INDEX-8].
"""

from dataclasses import dataclass
from itertools import pairwise

from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import LimitError, MalformedError
from dp3t.params import DAY_SECONDS, LAST_DAY, LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.primitives import equal, sha256
from dp3t.publication.batch import MAX_BATCH_BYTES, require_design, require_region
from dp3t.publication.transparency import BATCH_KIND, Entry
from dp3t.timeline import Day, Instant, checked_release, day_of, day_start

MAX_DAY_ENTRIES = 2**9
"""How many batches one day can have: twelve releases of more designs than there are."""

MAX_DAY_BYTES = 2**17
"""The longest list of a day."""

MAX_LEAF = 2**48 - 1
_MAX_ITEMS = 2**13
_VERSION = 1
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class IndexEntry:
    """One batch file.

    Attributes:
        release: its release time.
        design: its design.
        size_bytes: length of the signed file.
        digest: SHA-256 of the signed file.
        leaf: which entry of the transparency log names it, 0 to 2^48 - 1.

    Raises:
        MalformedError: an entry that no index may hold [INDEX-2].
    """

    release: Instant
    design: str
    size_bytes: int
    digest: bytes
    leaf: int

    def __post_init__(self) -> None:
        checked_release(self.release)
        require_design(self.design)
        _require_file(self.size_bytes, self.digest, most_bytes=MAX_BATCH_BYTES)
        if not 0 <= self.leaf <= MAX_LEAF:
            raise MalformedError("an index entry names an impossible leaf")

    @classmethod
    def of_file(cls, data: bytes, *, design: str, release: Instant, leaf: int) -> "IndexEntry":
        """Describe a signed batch file."""
        return cls(
            release=release, design=design, size_bytes=len(data), digest=sha256(data), leaf=leaf
        )

    @property
    def name(self) -> str:
        """The batch's name in a URL: design, hyphen, release time [INDEX-1]."""
        return f"{self.design}-{self.release}"

    def logged(self, region: str) -> Entry:
        """Return the entry of the log that stands at `leaf` for a batch of a region [INDEX-15]."""
        return Entry(
            kind=BATCH_KIND,
            region=region,
            name=self.design,
            moment=self.release,
            size_bytes=self.size_bytes,
            digest=self.digest,
        )

    def require_describes(self, data: bytes) -> None:
        """Raise MalformedError unless `data` is the file this entry describes [INDEX-4]."""
        _require_described(data, self.size_bytes, self.digest, what=f"batch {self.name}")

    def to_value(self) -> Value:
        """Return the entry for encoding."""
        return {
            "design": self.design,
            "digest": self.digest,
            "leaf": self.leaf,
            "release": self.release,
            "size_bytes": self.size_bytes,
        }

    @classmethod
    def from_value(cls, value: Value) -> "IndexEntry":
        """Return an entry that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="an index entry")
        entry = cls(
            release=Instant(fields.integer("release", 0, LAST_INSTANT)),
            design=fields.text("design", longest=MAX_NAME_LENGTH),
            size_bytes=fields.integer("size_bytes", 1, MAX_BATCH_BYTES),
            digest=fields.octets("digest"),
            leaf=fields.integer("leaf", 0, MAX_LEAF),
        )
        fields.done()
        return entry


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DayEntry:
    """The list of one day.

    Attributes:
        day: the UTC day of the releases it lists.
        size_bytes: length of the list.
        digest: SHA-256 of the list.

    Raises:
        MalformedError: an entry that no index may hold [INDEX-2].
    """

    day: Day
    size_bytes: int
    digest: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.day <= LAST_DAY:
            raise MalformedError("an index names an impossible day")
        _require_file(self.size_bytes, self.digest, most_bytes=MAX_DAY_BYTES)

    @property
    def name(self) -> str:
        """The list's name in a URL: the day in decimal [INDEX-9]."""
        return str(self.day)

    def open(self, data: bytes, *, region: str) -> "DayList":
        """Return the list that this entry describes [INDEX-9].

        Raises:
            MalformedError: other bytes, or a list of another day or region.
        """
        _require_described(data, self.size_bytes, self.digest, what=f"the list of day {self.day}")
        listed = DayList.decode(data)
        if (listed.day, listed.region) != (self.day, region):
            raise MalformedError(f"the list of day {self.day} is of another day or region")
        return listed

    def to_value(self) -> Value:
        """Return the entry for encoding."""
        return {"day": self.day, "digest": self.digest, "size_bytes": self.size_bytes}

    @classmethod
    def from_value(cls, value: Value) -> "DayEntry":
        """Return an entry that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="an index's day")
        entry = cls(
            day=Day(fields.integer("day", 0, LAST_DAY)),
            size_bytes=fields.integer("size_bytes", 1, MAX_DAY_BYTES),
            digest=fields.octets("digest"),
        )
        fields.done()
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class DayList:
    """Every batch of a region that was released on one UTC day.

    Attributes:
        region: name of the region.
        day: the day.
        entries: ascending by release and design, each name once, one at least.

    Raises:
        MalformedError: a list that nobody may publish [INDEX-9].
    """

    region: str
    day: Day
    entries: tuple[IndexEntry, ...]

    def __post_init__(self) -> None:
        require_region(self.region)
        if not 1 <= len(self.entries) <= MAX_DAY_ENTRIES:
            raise LimitError(f"the list of a day has 1 to {MAX_DAY_ENTRIES} entries")
        require_ascending(self.entries)
        first, end = day_start(self.day), day_start(self.day) + DAY_SECONDS
        if not first <= self.entries[0].release <= self.entries[-1].release < end:
            raise MalformedError("the list of a day names a batch of another day")

    def entry(self) -> DayEntry:
        """Describe the list."""
        data = self.encode()
        return DayEntry(day=self.day, size_bytes=len(data), digest=sha256(data))

    def encode(self) -> bytes:
        """Return the canonical encoding, which is not signed: an index vouches for its digest."""
        return encode(
            {
                "day": self.day,
                "entries": [entry.to_value() for entry in self.entries],
                "region": self.region,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "DayList":
        """Return the list whose canonical encoding this is [INDEX-9].

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        value = decode(data, limit_bytes=MAX_DAY_BYTES, limit_items=_MAX_ITEMS)
        fields = Fields(value, what="the list of a day")
        fields.version(_VERSION)
        entries = fields.items("entries", most=MAX_DAY_ENTRIES)
        listed = cls(
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            day=Day(fields.integer("day", 0, LAST_DAY)),
            entries=tuple(IndexEntry.from_value(item) for item in entries),
        )
        fields.done()
        return listed


def days_of(entries: tuple[IndexEntry, ...], *, region: str) -> list[DayList]:
    """Return the lists of the days of some entries, ascending by day."""
    by_day: dict[Day, list[IndexEntry]] = {}
    for entry in sorted(entries):
        by_day.setdefault(day_of(entry.release), []).append(entry)
    return [
        DayList(region=region, day=day, entries=tuple(of_day))
        for day, of_day in sorted(by_day.items())
    ]


def require_ascending(entries: tuple[IndexEntry, ...]) -> None:
    """Raise MalformedError unless entries ascend by release and design, each name once."""
    places = [(entry.release, entry.design) for entry in entries]
    if any(not before < after for before, after in pairwise(places)):
        raise MalformedError("the index entries are not in ascending order")


def _require_file(size_bytes: int, digest: bytes, *, most_bytes: int) -> None:
    if not 1 <= size_bytes <= most_bytes:
        raise MalformedError("an index entry describes a file of impossible length")
    if len(digest) != _DIGEST_BYTES:
        raise MalformedError("an index entry has a digest of 32 bytes")


def _require_described(data: bytes, size_bytes: int, digest: bytes, *, what: str) -> None:
    if len(data) != size_bytes or not equal(sha256(data), digest):
        raise MalformedError(f"{what} is not the file the index describes")
