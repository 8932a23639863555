"""The acts of the authority: what it settles, whom it enrols, what it decides."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from dp3t.canonical_json import JsonValue
from dp3t.codec import Fields
from dp3t.errors import MalformedError
from dp3t.facilities.act import ActHead
from dp3t.facilities.checklist import Checklist
from dp3t.facilities.facility import Facility, require_facility
from dp3t.facilities.json_fields import (
    require_day,
    require_octets,
    take_day,
    take_octets,
    take_optional_octets,
    take_text,
)
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.settings import Settings
from dp3t.facilities.texts import require_line
from dp3t.params import LAST_DAY

UNTIL_OPENED = -1
"""The last day of a closure that lasts until the authority opens the facility again."""

MAX_REASON = 200


class Verdict(StrEnum):
    """How the authority decides on an objection."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsAct:
    """The settings of the region from now on [CHECKLIST-1]."""

    kind: ClassVar[str] = "settings"
    head: ActHead
    settings: Settings

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields beside those of the head."""
        return self.settings.to_json()

    @classmethod
    def take(cls, fields: Fields, head: ActHead) -> "SettingsAct":
        """Take the fields beside those of the head."""
        return cls(head=head, settings=Settings.take(fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistAct:
    """A checklist, which holds for its kind from its first day on [CHECKLIST-4]."""

    kind: ClassVar[str] = "checklist"
    head: ActHead
    checklist: Checklist

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields beside those of the head."""
        return self.checklist.to_json()

    @classmethod
    def take(cls, fields: Fields, head: ActHead) -> "ChecklistAct":
        """Take the fields beside those of the head."""
        return cls(head=head, checklist=Checklist.take(fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A facility and its key, or the same facility with other details [FACILITY-1].

    Attributes:
        head: of the act.
        facility: who is enrolled.
        public: 32 bytes, Ed25519: under which its acts verify from now on.
        first_day: from which it attests.
    """

    kind: ClassVar[str] = "enrolment"
    head: ActHead
    facility: Facility
    public: bytes
    first_day: LocalDay

    def __post_init__(self) -> None:
        require_octets(self.public, what="public")
        require_day(self.first_day, what="first_day")

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields beside those of the head."""
        return {
            **self.facility.to_json(),
            "first_day": self.first_day,
            "public": self.public.hex(),
        }

    @classmethod
    def take(cls, fields: Fields, head: ActHead) -> "Enrolment":
        """Take the fields beside those of the head."""
        return cls(
            head=head,
            facility=Facility.take(fields),
            public=take_octets(fields, "public"),
            first_day=take_day(fields, "first_day"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """The authority closes a facility [FACILITY-4].

    Attributes:
        head: of the act.
        facility: its name in the record.
        from_day: first day on which it is closed.
        until_day: the last such day, or `UNTIL_OPENED`.
        words: 32 bytes, the commitment to the reason; empty without one.
    """

    kind: ClassVar[str] = "closure"
    head: ActHead
    facility: str
    from_day: LocalDay
    until_day: int
    words: bytes

    def __post_init__(self) -> None:
        require_facility(self.facility)
        require_day(self.from_day, what="from_day")
        require_octets(self.words, what="words", optional=True)
        if self.until_day != UNTIL_OPENED and not self.from_day <= self.until_day <= LAST_DAY:
            raise MalformedError("a closure ends before it begins")

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields beside those of the head."""
        return {
            "facility": self.facility,
            "from_day": self.from_day,
            "until_day": self.until_day,
            "words": self.words.hex(),
        }

    @classmethod
    def take(cls, fields: Fields, head: ActHead) -> "Closure":
        """Take the fields beside those of the head."""
        return cls(
            head=head,
            facility=take_text(fields, "facility"),
            from_day=take_day(fields, "from_day"),
            until_day=fields.integer("until_day", UNTIL_OPENED, LAST_DAY),
            words=take_optional_octets(fields, "words"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The authority opens a facility again: no closure before this holds then [FACILITY-5]."""

    kind: ClassVar[str] = "opening"
    head: ActHead
    facility: str
    from_day: LocalDay

    def __post_init__(self) -> None:
        require_facility(self.facility)
        require_day(self.from_day, what="from_day")

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields beside those of the head."""
        return {"facility": self.facility, "from_day": self.from_day}

    @classmethod
    def take(cls, fields: Fields, head: ActHead) -> "Opening":
        """Take the fields beside those of the head."""
        return cls(
            head=head,
            facility=take_text(fields, "facility"),
            from_day=take_day(fields, "from_day"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The authority decides on an objection [FACILITY-6].

    Attributes:
        head: of the act.
        objection: 32 bytes, the digest of the signed objection.
        verdict: what is decided.
        words: 32 bytes, the commitment to the reason; empty without one.
    """

    kind: ClassVar[str] = "resolution"
    head: ActHead
    objection: bytes
    verdict: Verdict
    words: bytes

    def __post_init__(self) -> None:
        require_octets(self.objection, what="objection")
        require_octets(self.words, what="words", optional=True)

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields beside those of the head."""
        return {
            "objection": self.objection.hex(),
            "verdict": self.verdict.value,
            "words": self.words.hex(),
        }

    @classmethod
    def take(cls, fields: Fields, head: ActHead) -> "Resolution":
        """Take the fields beside those of the head."""
        return cls(
            head=head,
            objection=take_octets(fields, "objection"),
            verdict=_verdict(take_text(fields, "verdict")),
            words=take_optional_octets(fields, "words"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """The authority has the words of an act erased [FACILITY-7].

    Attributes:
        head: of the act.
        act: 32 bytes, the digest of the signed act whose words go.
        reason: for everybody to read, 1 to 200 characters; it names nobody.
    """

    kind: ClassVar[str] = "strike"
    head: ActHead
    act: bytes
    reason: str

    def __post_init__(self) -> None:
        require_octets(self.act, what="act")
        require_line(self.reason, longest=MAX_REASON, what="the reason of a strike")

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields beside those of the head."""
        return {"act": self.act.hex(), "reason": self.reason}

    @classmethod
    def take(cls, fields: Fields, head: ActHead) -> "Strike":
        """Take the fields beside those of the head."""
        return cls(head=head, act=take_octets(fields, "act"), reason=take_text(fields, "reason"))


AuthorityAct = SettingsAct | ChecklistAct | Enrolment | Closure | Opening | Resolution | Strike


def _verdict(word: str) -> Verdict:
    if word not in list(Verdict):
        raise MalformedError("the verdict is none of the three")
    return Verdict(word)
