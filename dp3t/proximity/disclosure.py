"""A disclosure: what a case or a suspected case chooses to show to the health authority.

It is sealed to the authority's key, and every one has the same length, so that whoever carries or
stores it learns that it exists and nothing else [DISCLOSURE-9].
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from dp3t.codec import Fields, Value, decode, encode, integers, pad, unpad
from dp3t.errors import (
    ExpiredError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    TransportError,
)
from dp3t.params import DAY_SECONDS, LAST_INSTANT
from dp3t.primitives import (
    SEALED_BOX_OVERHEAD_BYTES,
    Rand,
    X25519PrivateKey,
    X25519PublicKey,
    open_box,
    seal_box,
    sha256,
)
from dp3t.proximity.encounters import AttenuationClass, Encounter
from dp3t.publication.answer import padded_answer
from dp3t.timeline import Day, Instant, day_of, day_start

DISCLOSURE_BYTES = 4096
MAX_AGE_DAYS = 63
MAX_ROWS = 384
MAX_COUNT = 2**17
MAX_VALIDITY_DAYS = 30
VALIDITY_DAYS = 7
CLOCK_TOLERANCE_SECONDS = 7200
_CONTENT_BYTES = DISCLOSURE_BYTES - SEALED_BOX_OVERHEAD_BYTES
_LAST_DAY = LAST_INSTANT // DAY_SECONDS
_MOST_OMITTED = 2**32 - 1
_REFERENCE = re.compile("[0-9A-Z-]{1,16}", re.ASCII)
_VERSION = 1


class Standing(StrEnum):
    """On what ground a person discloses [DISCLOSURE-5]."""

    CASE = "case"
    SUSPECTED = "suspected"


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """Encounters that look the same, and how many there are, 1 to 131,072."""

    encounter: Encounter
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What the official reads. Its repr shows nothing that is about a person.

    Attributes:
        standing: case or suspected case.
        reference: what the official gave the person in the interview: 1 to 16 of 0 to 9, A to Z
            and hyphen.
        issued: the UTC day on which it was made.
        expires: the UTC day with whose beginning it stops being readable.
        days: the days chosen, ascending.
        rows: the encounters of these days, ascending.
        omitted: how many encounters found no room.
    """

    standing: Standing
    reference: str = field(repr=False)
    issued: Day
    expires: Day
    days: tuple[Day, ...] = field(repr=False)
    rows: tuple[Row, ...] = field(repr=False)
    omitted: int = field(repr=False)

    @classmethod
    def of(
        cls,
        encounters: Iterable[Encounter],
        *,
        days: Collection[Day],
        standing: Standing,
        reference: str,
        now: Instant,
        retention_days: int,
        validity_days: int = VALIDITY_DAYS,
    ) -> "Disclosure":
        """Make a disclosure of the days that its person has chosen [DISCLOSURE-4].

        Args:
            encounters: from everything heard for a case, from matches for a suspected case; those
                of other days are left out.
            days: the days, at least one; there is no default.
            standing: on what ground.
            reference: what the official gave.
            now: the present moment.
            retention_days: how many days before today can be chosen, 1 to 63.
            validity_days: for how many days after today it can be read, 1 to 30.

        Raises:
            PolicyError: no day, or one that is to come or no longer kept [DISCLOSURE-6].
            MalformedError: a reference of another form.
            ValueError: a retention or a validity outside its range.
        """
        if not 1 <= retention_days <= MAX_AGE_DAYS or not 1 <= validity_days <= MAX_VALIDITY_DAYS:
            raise ValueError("a disclosure keeps 1 to 63 days and is good for 1 to 30")
        today, chosen = day_of(now), tuple(sorted(set(days)))
        if not chosen:
            raise PolicyError("no day was chosen to disclose")
        if chosen[0] < today - retention_days or chosen[-1] > today:
            raise PolicyError("a day was chosen that is to come or no longer kept")
        _require_reference(reference)
        rows, omitted = _rows(each for each in encounters if each.day in chosen)
        return cls(
            standing=standing,
            reference=reference,
            issued=today,
            expires=Day(today + validity_days + 1),
            days=chosen,
            rows=rows,
            omitted=omitted,
        )

    def seal(self, authority: X25519PublicKey, *, rand: Rand) -> bytes:
        """Return 4096 bytes that only the authority can read [DISCLOSURE-9].

        Args:
            authority: its key, from the app's own package [DISCLOSURE-10].
            rand: a source of randomness.

        Raises:
            MalformedError: a disclosure that nobody would read; `of` makes none.
            TypeError: the key is not an X25519PublicKey.
        """
        if not isinstance(authority, X25519PublicKey):
            raise TypeError("the authority's key is an X25519PublicKey of its 32 bytes")
        value = self.to_value()
        Disclosure.from_value(value)
        return seal_box(authority, pad(encode(value), to_bytes=_CONTENT_BYTES), rand=rand)

    @classmethod
    def open(cls, sealed: bytes, private: X25519PrivateKey, *, now: Instant) -> "Disclosure":
        """Return the disclosure that `seal` was given [DISCLOSURE-11].

        Raises:
            MalformedError: another length than 4096 bytes, or a content that `seal` cannot have
                made.
            VerificationError: sealed to another key, or altered.
            ExpiredError: it has expired [DISCLOSURE-12].
            TooEarlyError: it was made on a day to come.
        """
        if len(sealed) != DISCLOSURE_BYTES:
            raise MalformedError(f"a disclosure has {DISCLOSURE_BYTES} bytes, not {len(sealed)}")
        content = unpad(open_box(private, sealed), of_bytes=_CONTENT_BYTES)
        disclosure = cls.from_value(decode(content, limit_bytes=_CONTENT_BYTES))
        if now + CLOCK_TOLERANCE_SECONDS < day_start(disclosure.issued):
            raise TooEarlyError("the disclosure was made on a day that is to come")
        if day_of(now) >= disclosure.expires:
            raise ExpiredError("the disclosure has expired")
        return disclosure

    def to_value(self) -> Value:
        """Return the disclosure for encoding [DISCLOSURE-7]."""
        return {
            "days": [self.issued - day for day in reversed(self.days)],
            "expires": self.expires,
            "issued": self.issued,
            "omitted": self.omitted,
            "reference": self.reference,
            "rows": sorted(_row_to_value(row, self.issued) for row in self.rows),
            "standing": str(self.standing),
            "version": _VERSION,
        }

    @classmethod
    def from_value(cls, value: Value) -> "Disclosure":
        """Return a disclosure that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the disclosure")
        fields.version(_VERSION)
        issued = fields.integer("issued", 0, _LAST_DAY)
        oldest = min(MAX_AGE_DAYS, issued)
        expires = fields.integer("expires", issued + 2, issued + MAX_VALIDITY_DAYS + 1)
        raw_ages = fields.items("days", most=MAX_AGE_DAYS + 1)
        ages = integers(raw_ages, lowest=0, highest=oldest, what="the days")
        standing = _standing(fields.text("standing", longest=16))
        reference = fields.text("reference", longest=16)
        omitted = fields.integer("omitted", 0, _MOST_OMITTED)
        raw_rows = fields.items("rows", most=MAX_ROWS)
        fields.done()
        _require_reference(reference)
        if not ages or any(not one < other for one, other in pairwise(ages)):
            raise MalformedError("the disclosure has no days, or not in ascending order")
        return cls(
            standing=standing,
            reference=reference,
            issued=Day(issued),
            expires=Day(expires),
            days=tuple(Day(issued - age) for age in reversed(ages)),
            rows=_rows_from_value(raw_rows, issued=issued, ages=ages),
            omitted=omitted,
        )


def name_of(sealed: bytes) -> str:
    """Return the name of a sealed disclosure, by which a repeat is recognised [DISCLOSURE-13].

    Nobody can change the bytes of one so that it still opens, so two names are two sealings.
    """
    return sha256(sealed).hex()


def encode_disclosure_answer(*, accepted: bool) -> bytes:
    """Return the 256 bytes that answer a disclosure: JSON and spaces [DISCLOSURE-14]."""
    return padded_answer(None if accepted else "full")


def check_disclosure_answer(body: bytes) -> None:
    """Return if the answer says that the server keeps the disclosure [DISCLOSURE-14].

    Raises:
        PolicyError: it says that the server has no room.
        TransportError: the bytes are none of the two answers.
    """
    if body == encode_disclosure_answer(accepted=True):
        return
    if body == encode_disclosure_answer(accepted=False):
        raise PolicyError("the server has no room for the disclosure")
    raise TransportError("the server's answer to the disclosure is not understood")


def _rows(encounters: Iterable[Encounter]) -> tuple[tuple[Row, ...], int]:
    """Return the strongest rows that fit, ascending, and how many encounters do not [DISCLOSURE-8].

    Strongest are those of the highest score, then of the longest time, then of the latest day.
    """
    counts = Counter(encounters)
    strongest = sorted(
        counts, key=lambda each: (-each.score, -each.minutes, -each.day, each.attenuation_class)
    )
    rows = [Row(each, min(counts[each], MAX_COUNT)) for each in strongest[:MAX_ROWS]]
    omitted = counts.total() - sum(row.count for row in rows)
    return tuple(sorted(rows)), min(omitted, _MOST_OMITTED)


def _row_to_value(row: Row, issued: Day) -> list[int]:
    each = row.encounter
    return [issued - each.day, each.minutes, int(each.attenuation_class), each.score, row.count]


def _rows_from_value(
    raw_rows: list[Value], *, issued: int, ages: Collection[int]
) -> tuple[Row, ...]:
    values = [
        integers(raw, lowest=0, highest=MAX_COUNT, what="a row of the disclosure")
        for raw in raw_rows
    ]
    if any(not one[:-1] < other[:-1] for one, other in pairwise(values)):
        raise MalformedError("the rows of the disclosure are not in ascending order")
    return tuple(sorted(_row(value, issued=issued, ages=ages) for value in values))


def _row(value: list[int], *, issued: int, ages: Collection[int]) -> Row:
    if len(value) != 5:
        raise MalformedError("a row of the disclosure has five numbers")
    age, minutes, nearness, score, count = value
    if age not in ages or not count:
        raise MalformedError("a row of the disclosure is of a day not chosen, or counts none")
    try:
        encounter = Encounter(Day(issued - age), minutes, AttenuationClass(nearness), score)
    except ValueError as error:
        raise MalformedError(f"a row of the disclosure: {error}") from None
    return Row(encounter, count)


def _standing(text: str) -> Standing:
    try:
        return Standing(text)
    except ValueError:
        raise MalformedError("a disclosure is of a case or of a suspected case") from None


def _require_reference(reference: str) -> None:
    if not _REFERENCE.fullmatch(reference):
        raise MalformedError("a reference is 1 to 16 of 0 to 9, A to Z and hyphen")
