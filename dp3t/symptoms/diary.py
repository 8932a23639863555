"""A family's diary: who is in it and how each was on each day; it stays on the device, sealed.

A diary is a value: every change gives another one. The key comes from the device's key store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from dp3t.codec import Fields, Value, decode, encode, pad, unpad
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.params import LAST_DAY
from dp3t.primitives import SEAL_NONCE_BYTES, SEAL_TAG_BYTES, Rand, seal, unseal
from dp3t.symptoms.entry import Entry
from dp3t.symptoms.words import require_text
from dp3t.timeline import Day, day_to_date

DIARY_KEY_BYTES = 32
DIARY_RETENTION_DAYS = 28
MAX_MEMBERS = 16
MAX_DIARY_BYTES = 2**20
MAX_NAME_BYTES = 60

_MAGIC = b"dp3t symptom diary"
_VERSION = 1
_HEADER = _MAGIC + _VERSION.to_bytes(2, "big")
_STEP_BYTES = 4_096
_FIRST_YEAR = 1880
_LAST_YEAR = 2106


def _no_entries() -> Mapping[tuple[int, Day], Entry]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Member:
    """A person of the family, as far as rules need to know them.

    Attributes:
        number: 1 to 255, the person's own in this diary.
        name: any name, one line of 1 to 60 bytes.
        birth_year: 1880 to 2106.
        birth_month: 1 to 12; 0 where it is not known. It matters for children under five.
        chronic: whether they have a chronic illness.
        pregnant: whether they are.

    Raises:
        MalformedError: a field that none has; the message holds nothing of it.
    """

    number: int
    name: str
    birth_year: int
    birth_month: int = 0
    chronic: bool = False
    pregnant: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 255:
            raise MalformedError("the number of a member is 1 to 255")
        require_text(self.name, longest_bytes=MAX_NAME_BYTES, what="a member's name")
        if not _FIRST_YEAR <= self.birth_year <= _LAST_YEAR:
            raise MalformedError("the year of birth is out of range")
        if not 0 <= self.birth_month <= 12:
            raise MalformedError("the month of birth is out of range")

    def __repr__(self) -> str:
        return "Member(hidden)"

    def age_months(self, day: Day) -> tuple[int, int]:
        """Return the least and the greatest age, in completed months, that they can have on a day.

        Of a person whose month of birth is not known they are twelve months apart. Nobody is
        younger than 0.
        """
        date = day_to_date(day)
        months = 12 * date.year + date.month
        born_last = 12 * self.birth_year + (self.birth_month or 12)
        born_first = 12 * self.birth_year + (self.birth_month or 1)
        return max(0, months - born_last - 1), max(0, months - born_first)

    def to_value(self) -> Value:
        """Return the member for encoding."""
        return {name: getattr(self, name) for name in sorted(self.__slots__)}

    @classmethod
    def from_value(cls, value: Value) -> "Member":
        """Return a member that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="a member")
        member = cls(
            number=fields.integer("number", 1, 255),
            name=fields.text("name", longest=MAX_NAME_BYTES),
            birth_year=fields.integer("birth_year", _FIRST_YEAR, _LAST_YEAR),
            birth_month=fields.integer("birth_month", 0, 12),
            chronic=fields.boolean("chronic"),
            pregnant=fields.boolean("pregnant"),
        )
        fields.done()
        return member


@dataclass(frozen=True, slots=True, repr=False)
class Diary:
    """Members and their days.

    Attributes:
        members: ascending by number.
        entries: by number and day, which is one of the calendar where the family lives, not of UTC
            [SYMPTOM-DIARY-10].
    """

    members: tuple[Member, ...] = ()
    entries: Mapping[tuple[int, Day], Entry] = field(default_factory=_no_entries)

    def __repr__(self) -> str:
        return "Diary(hidden)"

    def member(self, number: int) -> Member:
        """Return a member; PolicyError where the diary has none of that number."""
        for member in self.members:
            if member.number == number:
                return member
        raise PolicyError("the diary has no such member")

    def with_member(self, member: Member) -> "Diary":
        """Return the diary with a member, who takes the place of one of the same number.

        Raises:
            LimitError: more than 16 members.
        """
        others = {each.number: each for each in self.members}
        members = {**others, member.number: member}
        if len(members) > MAX_MEMBERS:
            raise LimitError(f"a diary has at most {MAX_MEMBERS} members")
        return replace(self, members=tuple(members[number] for number in sorted(members)))

    def without_member(self, number: int) -> "Diary":
        """Return the diary without a member and all that was noted of them [SYMPTOM-DIARY-5]."""
        self.member(number)
        entries = {key: entry for key, entry in self.entries.items() if key[0] != number}
        members = tuple(each for each in self.members if each.number != number)
        return Diary(members, MappingProxyType(entries))

    def noted(
        self, number: int, day: Day, entry: Entry, *, today: Day, instead: bool = False
    ) -> "Diary":
        """Return the diary with a note, and without what is too old [SYMPTOM-DIARY-3].

        Args:
            number: of whom.
            day: of which day of the family's calendar [SYMPTOM-DIARY-10].
            entry: how they were.
            today: the present day of the family's calendar.
            instead: whether it takes the place of what was noted of that day before.

        Raises:
            PolicyError: the diary has no such member.
            ExpiredError: the day is too old to be kept.
            TooEarlyError: the day lies ahead.
        """
        self.member(number)
        if day > today:
            raise TooEarlyError("a day that lies ahead cannot be noted")
        if day < today - DIARY_RETENTION_DAYS:
            raise ExpiredError(f"a diary keeps {DIARY_RETENTION_DAYS} days")
        before = self.entries.get((number, day))
        merged = entry if before is None or instead else before.followed_by(entry)
        return replace(
            self, entries=MappingProxyType({**self.entries, (number, day): merged})
        ).kept(today)

    def without_entry(self, number: int, day: Day) -> "Diary":
        """Return the diary without what was noted of somebody on a day [SYMPTOM-DIARY-5]."""
        entries = {key: entry for key, entry in self.entries.items() if key != (number, day)}
        return replace(self, entries=MappingProxyType(entries))

    def kept(self, today: Day) -> "Diary":
        """Return the diary without days more than 28 days before today [SYMPTOM-DIARY-4]."""
        first = today - DIARY_RETENTION_DAYS
        entries = {key: entry for key, entry in self.entries.items() if key[1] >= first}
        return replace(self, entries=MappingProxyType(entries))

    def days_of(self, number: int) -> dict[Day, Entry]:
        """Return what was noted of somebody, by day, the oldest first."""
        return {day: self.entries[of, day] for of, day in sorted(self.entries) if of == number}

    def save(self, *, key: bytes, today: Day, rand: Rand) -> bytes:
        """Return the diary sealed, without what is too old [SYMPTOM-DIARY-4] [SYMPTOM-DIARY-6].

        Args:
            key: 32 bytes, from the device's key store.
            today: the present day of the family's calendar.
            rand: one draw of 24 bytes.

        Raises:
            ValueError: a key of another length.
        """
        padded = _padded(encode(self.kept(today)._to_value()))
        return _HEADER + seal(_checked(key), padded, header=_HEADER, rand=rand)

    @classmethod
    def load(cls, data: bytes, *, key: bytes, today: Day) -> "Diary":
        """Return a saved diary, without what is too old [SYMPTOM-DIARY-4] [SYMPTOM-DIARY-7].

        Raises:
            LimitError: longer than any diary.
            MalformedError: truncated, or no diary.
            UnsupportedVersionError: saved by a later release.
            VerificationError: the wrong key, or altered bytes.
            ValueError: a key of another length.
        """
        content = _opened(data, _checked(key))
        diary = _decoded(content)
        if diary is None:  # raised here, where no other exception that has the content is near
            raise MalformedError("the diary opens, but no release writes what is in it")
        return diary.kept(today)

    def _to_value(self) -> Value:
        return {
            "entries": [
                {"day": day, "entry": self.entries[number, day].to_value(), "member": number}
                for number, day in sorted(self.entries)
            ],
            "members": [member.to_value() for member in self.members],
        }

    @classmethod
    def _of_value(cls, value: Value) -> "Diary":
        fields = Fields(value, what="the diary")
        members = tuple(map(Member.from_value, fields.items("members", most=MAX_MEMBERS)))
        entries = list(map(_entry_of, fields.items("entries", most=2**14)))
        fields.done()
        numbers = [(member.number,) for member in members]
        keys = [key for key, _ in entries]
        _require_ascending(numbers)
        _require_ascending(keys)
        if not {(number,) for number, _ in keys} <= set(numbers):
            raise MalformedError("the diary has an entry of nobody")
        return cls(members, MappingProxyType(dict(entries)))


def _checked(key: bytes) -> bytes:
    if len(key) != DIARY_KEY_BYTES:
        raise ValueError(f"the key of a diary has {DIARY_KEY_BYTES} bytes")
    return key


def _opened(data: bytes, key: bytes) -> bytes:
    """Return what was sealed, after every check that needs no look into it."""
    if len(data) > MAX_DIARY_BYTES:
        raise LimitError(f"a saved diary has at most {MAX_DIARY_BYTES} bytes, not {len(data)}")
    if not data.startswith(_MAGIC):
        raise MalformedError("these bytes are not a saved diary")
    if len(data) < len(_HEADER) + SEAL_NONCE_BYTES + SEAL_TAG_BYTES:
        raise MalformedError("the saved diary is truncated")
    version = int.from_bytes(data[len(_MAGIC) : len(_HEADER)], "big")
    if version != _VERSION:
        raise UnsupportedVersionError(f"the saved diary has version {version}")
    try:
        return unseal(key, data[len(_HEADER) :], header=_HEADER)
    except VerificationError:
        raise VerificationError(
            "the diary does not open: wrong key, or altered or truncated bytes"
        ) from None


def _padded(encoded: bytes) -> bytes:
    return pad(encoded, to_bytes=(len(encoded) // _STEP_BYTES + 1) * _STEP_BYTES)


def _decoded(padded: bytes) -> Diary | None:
    try:
        encoded = unpad(padded, of_bytes=len(padded))
        diary = Diary._of_value(decode(encoded, limit_bytes=MAX_DIARY_BYTES))
    except Dp3tError:
        return None
    return diary if _padded(encoded) == padded else None


def _entry_of(value: Value) -> tuple[tuple[int, Day], Entry]:
    fields = Fields(value, what="a note")
    number = fields.integer("member", 1, 255)
    day = Day(fields.integer("day", 0, LAST_DAY))
    entry = Entry.from_fields(fields.nested("entry"))
    fields.done()
    return (number, day), entry


def _require_ascending(keys: Sequence[tuple[int, ...]]) -> None:
    if list(keys) != sorted(set(keys)):
        raise MalformedError("the diary has something twice or out of order")
