"""The acts of a facility: what it attests for a day, how it answers, under which key it goes on."""

from dataclasses import dataclass
from typing import ClassVar

from dp3t.canonical_json import JsonValue
from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError
from dp3t.facilities.act import ActHead
from dp3t.facilities.checklist import MAX_TASKS, require_role, require_task
from dp3t.facilities.facility import require_facility
from dp3t.facilities.json_fields import (
    DIGEST_BYTES,
    HIGHEST_NUMBER,
    octets_of,
    require_day,
    require_octets,
    require_range,
    take_day,
    take_instant,
    take_octets,
    take_optional_octets,
    take_text,
)
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.words import NO_WORDS
from dp3t.timeline import Instant

MAX_PHOTOS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A task that was done.

    Attributes:
        task: its name in the checklist.
        role: who did it.
        at: when.

    Raises:
        MalformedError: a task or role that none can have.
    """

    task: str
    role: str
    at: Instant

    def __post_init__(self) -> None:
        require_task(self.task)
        require_role(self.role)

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields for encoding."""
        return {"at": self.at, "role": self.role, "task": self.task}

    @classmethod
    def of_value(cls, value: Value) -> "Done":
        """Return what `to_json` described; MalformedError otherwise."""
        fields = Fields(value, what="a done task")
        done = cls(
            task=take_text(fields, "task"),
            role=take_text(fields, "role"),
            at=take_instant(fields, "at"),
        )
        fields.done()
        return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """What a facility says of one of its days [ATTESTATION-1] to [ATTESTATION-4].

    Attributes:
        head: of the act.
        facility: its name in the record.
        day: which local day.
        checklist: the number of the list it goes by.
        done: the tasks that were done, ascending by name, at most 40.
        absent: the names of tasks that it says were not done, ascending; none of them done.
        closed: whether it is closed that day; no task is named then.
        photos: SHA-256 of pictures that it keeps, at most 8, none twice.
        presence: 32 bytes, Ed25519: under which visitors of that day prove they were there; empty
            where it has none.
        corrects: 32 bytes, the digest of the attestation of that day it replaces; empty for the
            first of the day.
        words: 32 bytes, the commitment to a note; empty without one.

    Raises:
        MalformedError: a value that the chapter does not allow.
    """

    kind: ClassVar[str] = "attestation"
    head: ActHead
    facility: str
    day: LocalDay
    checklist: int
    done: tuple[Done, ...]
    absent: tuple[str, ...] = ()
    closed: bool = False
    photos: tuple[bytes, ...] = ()
    presence: bytes = b""
    corrects: bytes = b""
    words: bytes = NO_WORDS

    def __post_init__(self) -> None:
        require_facility(self.facility)
        require_day(self.day, what="day")
        require_range(self.checklist, 1, HIGHEST_NUMBER, what="checklist")
        self._require_tasks()
        self._require_photos()
        for what in ("presence", "corrects", "words"):
            require_octets(getattr(self, what), what=what, optional=True)

    def _require_tasks(self) -> None:
        done = [each.task for each in self.done]
        for names, what in ((done, "done"), (list(self.absent), "absent")):
            if names != sorted(set(names)):
                raise MalformedError(f"{what}: tasks stand twice or out of order")
        for name in self.absent:
            require_task(name)
        if len(done) + len(self.absent) > MAX_TASKS:
            raise MalformedError("an attestation has more tasks than a checklist")
        if set(done) & set(self.absent):
            raise MalformedError("a task is both done and absent")
        if any(each.at > self.head.made for each in self.done):
            raise MalformedError("a task is done after the attestation is made")
        if self.closed and (done or self.absent):
            raise MalformedError("a closed facility names a task")

    def _require_photos(self) -> None:
        for photo in self.photos:
            require_octets(photo, what="photos")
        if len(self.photos) > MAX_PHOTOS or len(set(self.photos)) < len(self.photos):
            raise MalformedError("photos are too many or stand twice")

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields beside those of the head."""
        return {
            "absent": list(self.absent),
            "checklist": self.checklist,
            "closed": self.closed,
            "corrects": self.corrects.hex(),
            "day": self.day,
            "done": [each.to_json() for each in self.done],
            "facility": self.facility,
            "photos": [photo.hex() for photo in self.photos],
            "presence": self.presence.hex(),
            "words": self.words.hex(),
        }

    @classmethod
    def take(cls, fields: Fields, head: ActHead) -> "Attestation":
        """Take the fields beside those of the head."""
        return cls(
            head=head,
            facility=take_text(fields, "facility"),
            day=take_day(fields, "day"),
            checklist=fields.integer("checklist", 1, HIGHEST_NUMBER),
            done=tuple(Done.of_value(each) for each in fields.items("done", most=MAX_TASKS)),
            absent=_texts(fields.items("absent", most=MAX_TASKS), what="absent"),
            closed=fields.boolean("closed"),
            photos=tuple(
                octets_of(each, length=DIGEST_BYTES, what="photos")
                for each in _texts(fields.items("photos", most=MAX_PHOTOS), what="photos")
            ),
            presence=take_optional_octets(fields, "presence"),
            corrects=take_optional_octets(fields, "corrects"),
            words=take_optional_octets(fields, "words"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a facility answers to an objection [ATTESTATION-5].

    Attributes:
        head: of the act.
        facility: its name in the record.
        objection: 32 bytes, the digest of the signed objection.
        words: 32 bytes, the commitment to the answer.
    """

    kind: ClassVar[str] = "answer"
    head: ActHead
    facility: str
    objection: bytes
    words: bytes

    def __post_init__(self) -> None:
        require_facility(self.facility)
        require_octets(self.objection, what="objection")
        require_octets(self.words, what="words")

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields beside those of the head."""
        return {
            "facility": self.facility,
            "objection": self.objection.hex(),
            "words": self.words.hex(),
        }

    @classmethod
    def take(cls, fields: Fields, head: ActHead) -> "Answer":
        """Take the fields beside those of the head."""
        return cls(
            head=head,
            facility=take_text(fields, "facility"),
            objection=take_octets(fields, "objection"),
            words=take_octets(fields, "words"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekey:
    """The facility's acts after this one verify under another key [ATTESTATION-6].

    The key made at enrolment is known to the official who made it; this one only to the facility.

    Attributes:
        head: of the act.
        facility: its name in the record.
        public: 32 bytes, Ed25519.
    """

    kind: ClassVar[str] = "rekey"
    head: ActHead
    facility: str
    public: bytes

    def __post_init__(self) -> None:
        require_facility(self.facility)
        require_octets(self.public, what="public")

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields beside those of the head."""
        return {"facility": self.facility, "public": self.public.hex()}

    @classmethod
    def take(cls, fields: Fields, head: ActHead) -> "Rekey":
        """Take the fields beside those of the head."""
        return cls(
            head=head,
            facility=take_text(fields, "facility"),
            public=take_octets(fields, "public"),
        )


FacilityAct = Attestation | Answer | Rekey


def _texts(values: list[Value], *, what: str) -> tuple[str, ...]:
    if not all(isinstance(each, str) for each in values):
        raise MalformedError(f"{what} holds something other than text")
    return tuple(str(each) for each in values)
